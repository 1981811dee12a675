"""Makes the tone rows: `python3 sample-prompts/make/tone.py [folder]`. Same seed, same bytes.

A blunt note in, the polite letter out: a greeting, one or two matters, a closing line, the name. Each split is blunt in
its own words.
"""

import random
import sys
from pathlib import Path

from common import Rows
from tone_parts import DAYS, ITEMS, MATTERS, NAMES, PAPERS, THINGS

SEED = 8117
SIZES = {"train": 120, "dev": 40, "test": 120}
WAY = {"train": 0, "dev": 1, "test": 2}


def note(rng, split, matters):
    """A blunt note and its polite form."""
    slots = {
        "item": rng.choice(ITEMS[split]),
        "paper": rng.choice(PAPERS[split]),
        "thing": rng.choice(THINGS[split]),
        "day": rng.choice(DAYS),
        "time": f"{rng.randrange(8, 23)}:{rng.choice(['00', '15', '30', '45'])}",
        "money": f"{rng.randrange(60, 400)} euros",
        "money2": f"{rng.randrange(20, 59)} euros",
        "room": rng.randrange(2, 400),
        "page": rng.randrange(2, 90),
        "count": rng.randrange(3, 40),
    }
    to, sender = rng.sample(NAMES[split], 2)
    blunt = [matter[0][WAY[split]].format(**slots) for matter in matters]
    polite = [matter[1][0].format(**slots) for matter in matters]
    opening = [f"{to}, ", f"to {to}: ", f"{to}! "][WAY[split]]
    ending = [f" - {sender}", f" {sender}.", f" Signed: {sender}"][WAY[split]]
    text = opening + " ".join(blunt) + ending
    answer = f"Dear {to},\n\n{' '.join(polite)}\n\nKind regards,\n{sender}"
    return text, answer


def main(folder):
    rng = random.Random(SEED)
    rows = Rows(SIZES)
    for split in SIZES:
        turns = 0
        while not rows.full(split):
            first = MATTERS[turns % len(MATTERS)]
            others = [matter for matter in MATTERS if matter is not first]
            matters = [first] if rng.random() < 0.4 else [first, rng.choice(others)]
            turns += 1
            assert turns < 20_000, f"{split}: too few notes this different"
            text, answer = note(rng, split, matters)
            rows.offer(split, text, text, {"note": text, "answer": answer})
    rows.write(folder, rng)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(sys.argv[1] if len(sys.argv) > 1 else here.parent / "tone" / "data")
