"""What both generators share: near-duplicate measure, splitting, writing rows."""

import json
import re
from pathlib import Path

SIZES = {"train": 120, "dev": 40, "test": 200}
# Two rows of different splits share at most this part of the shorter one's three-word sequences, unless a sample says more.
MOST_SHARED = 0.5


def trigrams(text):
    """The three-word sequences of `text`, lower case, words and numbers only."""
    words = re.findall(r"[^\W_]+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def containment(left, right):
    """The part of the smaller set of sequences that the other one holds too."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


class Rows:
    """The rows accepted so far; refuses what is too near to a row of another split, or equal in its own."""

    def __init__(self, sizes=None, most_shared=MOST_SHARED):
        self.sizes = sizes or SIZES
        self.most_shared = most_shared
        self.rows = {split: [] for split in self.sizes}
        self.seen = {split: [] for split in self.sizes}
        self.keys = set()

    def offer(self, split, text, key, row):
        """Takes the row if it is new enough; says whether it did."""
        grams = trigrams(text)
        if key in self.keys:
            return False
        for other, seen in self.seen.items():
            limit = 0.8 if other == split else self.most_shared
            if any(containment(grams, known) > limit for known in seen):
                return False
        self.keys.add(key)
        self.seen[split].append(grams)
        self.rows[split].append(row)
        return True

    def full(self, split):
        """Whether the split has all its rows."""
        return len(self.rows[split]) >= self.sizes[split]

    def write(self, folder, random):
        """Writes one file a split, shuffled, with ids."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for split, rows in self.rows.items():
            random.shuffle(rows)
            lines = []
            for number, row in enumerate(rows, start=1):
                lines.append(json.dumps({"id": f"{split}-{number:03}", **row}, ensure_ascii=False))
            (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def compact(value):
    """JSON as the references have it: no spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
