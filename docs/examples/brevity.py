"""A metric of one's own: how much shorter than the reference the answer is, down to half its length.

In fourfold.toml:

    [score]
    metrics = ["token-f1", { name = "command", id = "brevity", command = "python3 brevity.py", aspect = "form" }]

fourfold writes one JSON object to standard input, with `metric`, `answer`, `reference` (empty where the case has none) and `variables`
(the case's, by their names), and reads one number between 0 and 1 from standard output, or an object with `score` and
`reason`. An exit code other than 0, no answer within the timeout, or anything else on standard output is a missing score, with the reason; the last line of standard error is quoted.
"""

import json
import sys


def main():
    case = json.load(sys.stdin)
    answer, reference = len(case["answer"].split()), len(case["reference"].split())
    if reference == 0:
        sys.exit("there is no reference to be shorter than")
    share = answer / reference
    score = min(1.0, max(0.0, 2 * (1 - share)))
    json.dump({"score": score, "reason": f"{answer} words where the reference has {reference}"}, sys.stdout)


if __name__ == "__main__":
    main()
