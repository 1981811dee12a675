"""The same pairs as `cargo bench --bench metrics`, scored by the reference implementations; milliseconds a pair, medians of seven.

    python -m venv v
    v/bin/pip install codebleu==0.7.0 tree-sitter==0.22.3 'tree-sitter-python<0.22' sacrebleu==2.6.0 rouge-score==0.1.2 rapidfuzz
    v/bin/python benches/peers/metrics.py

Run from the repository's root on a machine with nothing else to do.
"""

import statistics
import time
from pathlib import Path

from codebleu import calc_codebleu
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

TEXTS = Path(__file__).parent.parent / "texts"


def text(name):
    return (TEXTS / name).read_text(encoding="utf-8")


def milliseconds(work, rounds=50):
    def once():
        start = time.perf_counter()
        for _ in range(rounds):
            work()
        return 1000 * (time.perf_counter() - start) / rounds

    once()
    return statistics.median(once() for _ in range(7))


class Fresh:
    """sacreBLEU keeps the tokens of texts it has seen; a blank at the end makes each round's new."""

    def __init__(self, *texts):
        self.texts, self.round = texts, 0

    def __call__(self):
        self.round += 1
        return [text + " " * (self.round % 5000) for text in self.texts]


def main():
    prose = text("prose_reference.txt"), text("prose_answer.txt")
    letters = text("letters_reference.txt"), text("letters_answer.txt")
    code = text("code_reference.py"), text("code_answer.py")
    bleu, chrf = BLEU(effective_order=True), CHRF()
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"])
    fresh = Fresh(*prose)

    def run_bleu():
        reference, answer = fresh()
        bleu.sentence_score(answer, [reference])

    for name, work in {
        "bleu": run_bleu,
        "chrf": lambda: chrf.sentence_score(prose[1], [prose[0]]),
        "rouge_1_2_l": lambda: rouge.score(*prose),
        "levenshtein_of_400": lambda: Levenshtein.distance(*letters),
        "indel_of_400": lambda: fuzz.ratio(*letters),
        "code_bleu_cold": lambda: calc_codebleu([code[0]], [code[1]], "python"),
    }.items():
        print(f"{name:<20}{milliseconds(work):>9.4f} ms")


if __name__ == "__main__":
    main()
