"""Makes the order rows: `python3 sample-prompts/make/orders.py [folder]`. Same seed, same bytes.

The order in the answer is always the one to be delivered: who it is for, the city it goes to, what, how many, which day.
Returns, passers-on, phone numbers and other days are there to be left out.
"""

import random
import sys
from pathlib import Path

from common import SIZES, Rows, compact
from orders_frames import APART, HAND, SHARED
from orders_words import (
    CITIES, DAYS, FRESH_CITIES, FRESH_ITEMS, FRESH_NAMES, GROUPS, ITEMS, NAMES, NUMBERS, QUANTITIES,
    REASONS, STREETS,
)

SEED = 20417
# Orders to one shop resemble each other: the ways of putting one recur.
MOST_SHARED = 0.6
# The part of the names, cities and goods in dev and test that train does not have.
FRESH = 0.15
# One row in so many of dev and test is put in a way that train does not have.
APART_EVERY = 8


def amount(rng, qty):
    """How a person writes the number."""
    kind = rng.random()
    if qty in GROUPS and kind < 0.5:
        return GROUPS[qty]
    return NUMBERS.get(qty, str(qty)) if kind < 0.65 else str(qty)


def weekday(rng, day):
    """How a person writes the day."""
    full, others = DAYS[day]
    return full if rng.random() < 0.7 else rng.choice(others)


def draw(rng, split, words, fresh):
    """One of the words a shop knows; in dev and test sometimes one that train does not have."""
    is_fresh = split != "train" and rng.random() < FRESH
    return rng.choice(fresh if is_fresh else words)


def fill(rng, frame, split):
    """One order in the words of `frame`, and its reference."""
    name, they = draw(rng, split, NAMES, FRESH_NAMES)
    city = draw(rng, split, CITIES, FRESH_CITIES)
    item, items = draw(rng, split, ITEMS, FRESH_ITEMS)
    (other, _), town, (_, things) = rng.choice(NAMES), rng.choice(CITIES), rng.choice(ITEMS)
    qty, count = rng.choice(QUANTITIES), rng.choice(range(2, 10))
    day, past = rng.choice(list(DAYS)), rng.choice(list(DAYS))
    # A distractor that repeats the true value would not distract.
    if other == name or town == city or things == items or past == day or count == qty:
        return None
    lots = amount(rng, qty)
    text = frame.format(
        who=name, they=they, sibling={"she": "sister", "he": "brother"}[they], their={"she": "her", "he": "his"}[they], them={"she": "her", "he": "him"}[they],
        They=they.capitalize(), city=city, n=f"{lots} {items}", N=f"{lots[0].upper()}{lots[1:]} {items}", qty=qty,
        items=items, Items=items[0].upper() + items[1:], item=item, day=weekday(rng, day), other=other, town=town,
        things=things, count=NUMBERS[count], past=DAYS[past][0],
        phone=f"{rng.randrange(100, 999)} {rng.randrange(10, 99)} {rng.randrange(100, 999)}",
        hour=rng.randrange(8, 18), number=rng.randrange(1000, 9999), street=rng.choice(STREETS), reason=rng.choice(REASONS),
    )
    return text, {"who": name, "city": city, "item": item, "qty": qty, "day": day}


def main(folder):
    rows = Rows({**SIZES, "train": 200}, MOST_SHARED)
    for split, text, answer in HAND:
        fields = dict(zip(("who", "city", "item", "qty", "day"), answer))
        taken = rows.offer(split, text, tuple(answer), {"text": text, "answer": compact(fields)})
        assert taken, text
    # Each split has a sequence of its own: more words for one leave the others as they are.
    for split in ("test", "dev", "train"):
        rng, turns = random.Random(f"{SEED} {split}"), 0
        while not rows.full(split):
            apart = split != "train" and turns % APART_EVERY == 0
            filled = fill(rng, rng.choice(APART) if apart else SHARED[turns % len(SHARED)], split)
            turns += 1
            assert turns < 20_000, f"{split}: too few frames for rows this different"
            if filled:
                text, fields = filled
                rows.offer(split, text, tuple(fields.values()), {"text": text, "answer": compact(fields)})
    rows.write(folder, random.Random(SEED))


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(sys.argv[1] if len(sys.argv) > 1 else here.parent / "orders" / "data")
