"""Makes the triage rows: `python3 sample-prompts/make/triage.py [folder]`. Same seed, same bytes.

The labels follow from the parts a ticket is put together from; the detailed prompt states the same rules in words.
"""

import random
import sys
from pathlib import Path

from common import SIZES, Rows, compact
from triage_topics import FAREWELLS, GREETINGS, NAMES, NEUTRAL, NO_HURRY, PERSON, PRODUCTS, TODAY, TOPICS

SEED = 7311
URGENCY = {"problem": "normal", "question": "low", "money": "normal", "danger": "high"}
SENTENCES = {"train": slice(0, 2), "dev": slice(2, 3), "test": slice(3, 6)}


def ticket(rng, topic, sentence):
    """One ticket and its labels."""
    area, kind, _ = topic
    subject, body = sentence
    urgency, human = URGENCY[kind], kind in ("money", "danger")
    chance = rng.random()
    # Praise with a deadline, or a fire without hurry, is no ticket anybody writes.
    if chance < 0.22 and kind in ("problem", "money"):
        added, urgency = rng.choice(TODAY), "high"
    elif chance < 0.42 and kind in ("problem", "money"):
        added, urgency = rng.choice(NO_HURRY), "low"
    elif chance < 0.60 and kind == "problem":
        added, human = rng.choice(PERSON), True
    else:
        added = rng.choice(NEUTRAL) if kind != "question" else rng.choice(NEUTRAL + [""] * 8)
    casual = body[0].islower() or body[0] == "{"
    text = " ".join(part for part in (body, added) if part)
    if not casual:
        greeting = rng.choice(GREETINGS)
        keeps_capital = text.startswith(("I ", "I'", "My VAT", "{"))
        if greeting and not keeps_capital:
            text = text[0].lower() + text[1:]
        text = greeting + text + rng.choice(FAREWELLS)
    elif added:
        text = body + ". " + added.lower()
    amount = f"{rng.randrange(9, 140)}.{rng.randrange(10, 99)} euros"
    slots = {"order": rng.randrange(10000, 99999), "amount": amount, "product": rng.choice(PRODUCTS), "name": rng.choice(NAMES)}
    labels = {"area": area, "urgency": urgency, "needs_human": human}
    return subject, text.format(**slots), labels


def main(folder):
    rng = random.Random(SEED)
    rows = Rows()
    for split in SIZES:
        sources = [(topic, sentence) for topic in TOPICS for sentence in topic[2][SENTENCES[split]]]
        turns = 0
        while not rows.full(split):
            subject, body, labels = ticket(rng, *sources[turns % len(sources)])
            turns += 1
            assert turns < 20_000, f"{split}: too few sentences for rows this different"
            row = {"subject": subject, "body": body, "answer": compact(labels)}
            rows.offer(split, f"{subject} {body}", body, row)
    rows.write(folder, rng)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(sys.argv[1] if len(sys.argv) > 1 else here.parent / "triage" / "data")
