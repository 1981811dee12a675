"""Makes tests/oracle/made_code.jsonl: CodeBLEU by the reference package for languages and syntax that visible.jsonl does not have.

    python3.11 -m venv v
    v/bin/pip install codebleu==0.7.0 tree-sitter==0.22.3 tree-sitter-cpp==0.22.3 'tree-sitter-c-sharp<0.22' 'tree-sitter-php<0.23' \
        'tree-sitter-ruby<0.22' tree-sitter-javascript==0.21.4
    v/bin/python tests/oracle/make/code_bleu.py > tests/oracle/made_code.jsonl

The package's data flow hangs on Python's hash seed; a pair whose values differ between seeds is refused.
"""

import json
import os
import subprocess
import sys

SEEDS = ["0", "1", "3", "7", "11"]

PAIRS = [
    ("cpp", "guard added", """int total(const std::vector<int>& v) {
    int sum = 0;
    for (int i = 0; i < v.size(); i++) {
        sum += v[i];
    }
    return sum;
}
""", """int total(const std::vector<int>& v) {
    if (v.empty()) return 0;
    int sum = 0;
    for (int i = 0; i < v.size(); i++) {
        sum = sum + v[i];
    }
    return sum;
}
"""),
    ("cpp", "renamed", "double half(double x) {\n    double y = x / 2;\n    return y;\n}\n",
     "double half(double value) {\n    double result = value / 2;\n    return result;\n}\n"),
    ("cpp", "comment only", "// swaps\nvoid swap(int& a, int& b) { int t = a; a = b; b = t; }\n",
     "void swap(int& a, int& b) { /* in place */ int t = a; a = b; b = t; }\n"),
    ("cpp", "empty hypothesis", "int f() { return 1; }", ""),
    ("c_sharp", "assignments", """class Counter {
    int Count(int[] xs) {
        int n = 0;
        foreach (var x in xs) {
            if (x > 0) { n = n + x; } else { n = n - 1; }
        }
        return n;
    }
}
""", """class Counter {
    int Count(int[] xs) {
        int n = 0;
        foreach (var x in xs) {
            n = n + x;
        }
        return n;
    }
}
"""),
    ("c_sharp", "renamed", "class A { int F(int a) { int b; b = a + 1; b++; return b; } }",
     "class A { int F(int x) { int y; y = x + 1; y++; return y; } }"),
    ("c_sharp", "while", "class A { void F(int a) { while (a > 0) { a = a - 1; Use(a); } } }",
     "class A { void F(int a) { while (a > 1) { a = a - 2; } } }"),
    ("php", "loop", """<?php
function total($items) {
    $sum = 0;
    foreach ($items as $item) {
        $sum = $sum + $item;
    }
    return $sum;
}
""", """<?php
function total($items) {
    $sum = 0;
    for ($i = 0; $i < count($items); $i++) {
        $sum += $items[$i];
    }
    return $sum;
}
"""),
    ("php", "renamed", "<?php\nfunction twice($a) {\n    $b = $a * 2;\n    return $b;\n}\n",
     "<?php\nfunction twice($x) {\n    $y = $x * 2;\n    return $y;\n}\n"),
    ("php", "branches", "<?php\nif ($a > 1) { $b = $a; } else { $b = 2; }\necho $b;\n",
     "<?php\nif ($a > 1) { $b = $a; }\necho $b;\n"),
    ("php", "no tag", "$a = 1;", "$a = 2;"),
    ("ruby", "guard", "def mean(values)\n  total = 0\n  for v in values\n    total += v\n  end\n  total / values.size\nend\n",
     "def mean(values)\n  return 0 if values.empty?\n  total = 0\n  for v in values\n    total += v\n  end\n  total / values.size\nend\n"),
    ("ruby", "renamed", "def f(a)\n  b = a + 1\n  if b > 2\n    c = b\n  else\n    c = a\n  end\n  c\nend\n",
     "def f(x)\n  y = x + 1\n  if y > 2\n    z = y\n  else\n    z = x\n  end\n  z\nend\n"),
    ("ruby", "several at once", "a, b = 1, 2\na, b = b, a\nputs a # first\n", "a, b = 1, 2\nt = a\na = b\nb = t\nputs a\n"),
    ("javascript", "head of a for", "for (let i = 0; i < 3; i++) { f(i); }", "for (let i = 0; i < 3; i++) { g(1, i); }"),
    ("javascript", "heads of for", "for (i = 0; i < n; i++) { s = s + i; }\nfor (;;) { g(s); }\n",
     "for (i = 0; ; i++) { s = s + i; }\nfor (; s;) { g(s); }\n"),
]


def scores():
    from codebleu import calc_codebleu

    found = []
    for lang, _, reference, hypothesis in PAIRS:
        result = calc_codebleu([reference], [hypothesis], lang)
        parts = [result[f"{part}_match_score"] for part in ("ngram", "weighted_ngram", "syntax", "dataflow")]
        names = ("ngram", "weighted_ngram", "syntax", "dataflow")
        found.append({"pypi_0_7_0": result["codebleu"], "strict": sum(parts) / 4, **dict(zip(names, parts))})
    return found


def main():
    if os.environ.get("FOURFOLD_INNER"):
        print(json.dumps(scores()))
        return
    by_seed = [
        json.loads(
            subprocess.run(
                [sys.executable, __file__],
                env={**os.environ, "FOURFOLD_INNER": "1", "PYTHONHASHSEED": seed},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for seed in SEEDS
    ]
    for number, (lang, note, reference, hypothesis) in enumerate(PAIRS, 1):
        values = [seed[number - 1] for seed in by_seed]
        if any(value != values[0] for value in values):
            print(f"{lang} {note}: differs between seeds, left out", file=sys.stderr)
            continue
        record = {
            "id": f"made-code-{number:02}", "kind": "code", "lang": lang, "note": f"{lang} {note}",
            "reference": reference, "hypothesis": hypothesis, "scores": {"codebleu": values[0]},
        }
        print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    main()
