"""The same training as `cargo bench -p fourfold-engine --bench tune`, by PyTorch + PEFT, and the ratio of the two.

    python -m venv v && v/bin/pip install torch transformers peft gguf safetensors accelerate sentencepiece
    MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_MMAP_THRESHOLD_=1000000000 \\
        v/bin/python benches/peers/peft.py SmolLM2-135M-Instruct.Q4_1.gguf

Run from the repository's root on a machine with nothing else to do; the installs take 5.6 GB, so keep them outside the
checkout. Loss on completion tokens, logits of those only, no padding at batch 1: as fast as PEFT was seen to be.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time

# This file has the name of the package it measures.
sys.path.pop(0)
import torch  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

ROWS, SYSTEM = 60, "Turn the order into JSON."
folder, file = os.path.split(os.path.abspath(sys.argv[1]))
torch.set_num_threads(os.cpu_count())
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
rows = [json.loads(line) for line in open("sample-prompts/orders/data/train.jsonl")][:ROWS]


def example(row):
    prompt = (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{row['text']}<|im_end|>\n<|im_start|>assistant\n"
    )
    encode = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]  # noqa: E731
    return encode(prompt), encode(row["answer"] + "<|im_end|>")


EXAMPLES = [example(row) for row in rows]


def train(batch):
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM"))
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=5e-4, weight_decay=0.0)
    tokens, losses, start = 0, [], time.perf_counter()
    for at in range(0, len(EXAMPLES), batch):
        chosen = EXAMPLES[at : at + batch]
        longest = max(len(prompt) + len(completion) for prompt, completion in chosen)
        ids, mask, labels = [], [], []
        for prompt, completion in chosen:
            rest = longest - len(prompt) - len(completion)
            ids.append(prompt + completion + [0] * rest)
            mask.append([1] * (longest - rest) + [0] * rest)
            labels.append([-100] * len(prompt) + completion + [-100] * rest)
            tokens += longest - rest
        inner = model.get_base_model()
        hidden = inner.model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).last_hidden_state
        wanted = torch.tensor(labels)[:, 1:]
        kept = wanted != -100
        logits = inner.lm_head(hidden[:, :-1][kept])
        loss = torch.nn.functional.cross_entropy(logits, wanted[kept])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        losses.append(loss.item())
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"PEFT, batch {batch}: {tokens / seconds:.0f} tok/s, {seconds:.1f} s, peak {peak:.0f} MB so far, first loss {losses[0]:.3f}")
    return tokens / seconds


ours = subprocess.run(
    ["cargo", "bench", "-p", "fourfold-engine", "--bench", "tune"], check=True, capture_output=True, text=True
).stdout
print(ours)
speeds = [float(speed) for speed in re.findall(r"tokens in .*?: (\d+) tok/s", ours)]
for batch, speed in zip((1, 4), speeds):
    print(f"batch {batch}: the engine is {speed / train(batch):.2f} times as fast as PEFT")
