"""Makes the code review rows: `python3 sample-prompts/make/review.py [folder]`. Same seed, same bytes.

A function and a reviewer's comment in, the function after the change out. Each split has functions, comments and names
of its own for every kind of change.
"""

import random
import sys
from pathlib import Path

from common import Rows
from review_edits import EDITS

SEED = 6203
SIZES = {"train": 120, "dev": 40, "test": 120}
WAY = {"train": 0, "dev": 1, "test": 2}
# (the thing, several of it, a field)
THINGS = {
    "train": [("order", "orders", "amount"), ("user", "users", "age"), ("ticket", "tickets", "price"), ("parcel", "parcels", "weight"), ("page", "pages", "title"), ("room", "rooms", "size"), ("song", "songs", "length"), ("seat", "seats", "row")],
    "dev": [("crate", "crates", "volume"), ("letter", "letters", "stamp"), ("train", "trains", "speed"), ("shelf", "shelves", "height")],
    "test": [("invoice", "invoices", "sum"), ("sensor", "sensors", "reading"), ("branch", "branches", "tip"), ("route", "routes", "distance"), ("badge", "badges", "colour"), ("meter", "meters", "value"), ("pixel", "pixels", "shade"), ("recipe", "recipes", "yield_")],
}
VERBS = {"train": ["get", "load", "sum_up", "check", "make", "show"], "dev": ["fetch", "count", "build"], "test": ["collect", "compute", "resolve", "measure", "pick", "render"]}
SECOND = {"train": ["limit", "offset", "factor", "bonus"], "dev": ["margin", "start"], "test": ["ceiling", "shift", "ratio", "extra"]}


def main(folder):
    rng = random.Random(SEED)
    rows = Rows(SIZES)
    for split in SIZES:
        edits = EDITS[WAY[split] :: 3]
        turns = 0
        while not rows.full(split):
            before, after, comments = edits[turns % len(edits)]
            turns += 1
            assert turns < 20_000, f"{split}: too few changes this different"
            thing, several, field = rng.choice(THINGS[split])
            slots = {
                "f": f"{rng.choice(VERBS[split])}_{rng.choice([several, thing])}",
                "a": thing,
                "b": rng.choice(SECOND[split]),
                "s": several,
                "k": field,
                "n": rng.randrange(2, 60),
            }
            before, after, comment = (text.format(**slots) for text in (before, after, rng.choice(comments)))
            key = f"{before}\n{comment}"
            rows.offer(split, key, key, {"before": before, "comment": comment, "after": after})
    rows.write(folder, rng)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(sys.argv[1] if len(sys.argv) > 1 else here.parent / "review" / "data")
