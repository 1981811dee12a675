"""Loads an adapter this program has trained in transformers + PEFT and in llama.cpp, and compares completion losses.

    cargo bench -p fourfold-engine --bench tune -- save ADAPTER quick 60
    python -m venv v && v/bin/pip install torch transformers peft gguf safetensors accelerate sentencepiece
    v/bin/pip install llama-cpp-python        # optional: built from source
    v/bin/python tests/interop/adapters.py ADAPTER SmolLM2-135M-Instruct.Q4_1.gguf

Keep the environment outside the checkout: it takes 5.6 GB. ADAPTER/reference.jsonl holds tokens, log-probabilities and
logits as the engine computes them at 32 bits. Exact answers prove nothing here: with queries and keys in the wrong order
they stay the same, and only losses show it.
"""

import json
import math
import os
import sys

FOLDER, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
LINES = [json.loads(line) for line in open(os.path.join(FOLDER, "reference.jsonl"))]


def loss(log_probabilities):
    tokens = sum(len(line) for line in log_probabilities)
    return -sum(sum(line) for line in log_probabilities) / tokens


def compare(name, measure, tolerance):
    """`measure` gives a line's log-probabilities and the logits after its last token."""
    worst = 0.0
    for tuned in (False, True):
        lines = [line for line in LINES if line["tuned"] == tuned]
        measured = [measure(line, tuned) for line in lines]
        theirs, ours = loss([m[0] for m in measured]), loss([line["log_probabilities"] for line in lines])
        logits = max(
            abs(a - b) for line, m in zip(lines, measured) if m[1] is not None for a, b in zip(line["logits"], m[1])
        ) if measured[0][1] is not None else math.nan
        what = "tuned" if tuned else "base"
        print(f"{name:12} {what:5} loss per token {theirs:.5f}, engine {ours:.5f}; logits differ by at most {logits:.2e}")
        worst = max(worst, abs(theirs - ours))
    if worst > tolerance:
        sys.exit(f"{name}: losses differ by {worst:.5f}, more than {tolerance}")


def peft():
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    torch.set_grad_enabled(False)
    folder, file = os.path.split(MODEL)
    base = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    model = PeftModel.from_pretrained(base, FOLDER).eval()

    def measure(line, tuned):
        tokens = torch.tensor([line["prompt"] + line["completion"]])
        if tuned:
            logits = model(tokens).logits[0]
        else:
            with model.disable_adapter():
                logits = model(tokens).logits[0]
        start = len(line["prompt"]) - 1
        rows = torch.log_softmax(logits[start:-1].double(), -1)
        found = [rows[i, token].item() for i, token in enumerate(line["completion"])]
        return found, logits[-1, : len(line["logits"])].tolist()

    compare("PEFT", measure, 5e-4)


def llama_cpp():
    import llama_cpp
    import numpy as np

    # Some virtual machines name matrix units that they do not let programs use; llama.cpp would die of them.
    defaults = llama_cpp.llama_model_default_params

    def without_extra_buffers():
        parameters = defaults()
        parameters.use_extra_bufts = False
        return parameters

    llama_cpp.llama_model_default_params = without_extra_buffers
    llama_cpp.llama.llama_cpp.llama_model_default_params = without_extra_buffers

    def load(adapter):
        return llama_cpp.Llama(MODEL, lora_path=adapter, n_ctx=512, logits_all=True, verbose=False)

    models = {False: load(None), True: load(os.path.join(FOLDER, "adapter.gguf"))}

    def measure(line, tuned):
        model = models[tuned]
        model.reset()
        model.eval(line["prompt"] + line["completion"])
        start = len(line["prompt"]) - 1
        rows = np.array(model.scores[start : start + len(line["completion"])], dtype=np.float64)
        rows -= rows.max(-1, keepdims=True)
        rows -= np.log(np.exp(rows).sum(-1, keepdims=True))
        return [rows[i, token] for i, token in enumerate(line["completion"])], None

    # llama.cpp multiplies 4-bit weights with 8-bit activations: its base differs from 32 bits by about 0.02.
    compare("llama.cpp", measure, 3e-2)


peft()
try:
    import llama_cpp as _  # noqa: F401
except ImportError:
    print("llama.cpp: skipped, llama-cpp-python is not installed")
else:
    llama_cpp()
