"""The same measurements as `cargo bench -p fourfold-engine`, for llama.cpp, and the ratio of the two.

    python -m venv v && v/bin/pip install llama-cpp-python numpy
    v/bin/python benches/peers/llama_cpp.py SmolLM2-135M-Instruct.Q4_1.gguf

Run from the repository's root on a machine with nothing else to do; medians of five. llama.cpp multiplies the 4-bit weights
of the file, the engine 8-bit ones made of them.
"""

import ctypes
import os
import re
import statistics
import subprocess
import sys
import time

# This file has the name of the package it measures.
sys.path.pop(0)
import llama_cpp  # noqa: E402
import numpy as np  # noqa: E402

THREADS = os.cpu_count()
PROMPT, ANSWER, SEQUENCES, SAMPLES = 512, 128, 4, 5


def load(path):
    return llama_cpp.Llama(path, n_ctx=2048, n_batch=512, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)


def median(measure):
    return statistics.median(measure() for _ in range(SAMPLES))


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def prompt(model):
    tokens = [(position * 37) % 40000 + 300 for position in range(PROMPT)]

    def measure():
        model.reset()
        return PROMPT / timed(lambda: model.eval(tokens))

    return measure


def decode(model, before):
    def measure():
        model.reset()
        model.eval([(position * 37) % 40000 + 300 for position in range(before)])

        def answer():
            for position in range(ANSWER):
                # The token does not matter for the time; taking the logits does.
                model.eval([position + 300])

        return ANSWER / timed(answer)

    return measure


def together(path):
    """Four sequences in one batch, through the C interface."""
    parameters = llama_cpp.llama_model_default_params()
    model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_seq_max = 4096, SEQUENCES
    parameters.n_threads = parameters.n_threads_batch = THREADS
    context = llama_cpp.llama_init_from_model(model, parameters)
    batch = llama_cpp.llama_batch_init(SEQUENCES, 0, 1)
    memory = llama_cpp.llama_get_memory(context)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))

    def measure():
        llama_cpp.llama_memory_clear(memory, True)

        def answers():
            for position in range(ANSWER):
                batch.n_tokens = SEQUENCES
                for sequence in range(SEQUENCES):
                    batch.token[sequence] = position + 300 + sequence
                    batch.pos[sequence] = position
                    batch.n_seq_id[sequence] = 1
                    batch.seq_id[sequence][0] = sequence
                    batch.logits[sequence] = True
                assert llama_cpp.llama_decode(context, batch) == 0
                for sequence in range(SEQUENCES):
                    logits = llama_cpp.llama_get_logits_ith(context, sequence)
                    np.ctypeslib.as_array(ctypes.cast(logits, ctypes.POINTER(ctypes.c_float)), (vocabulary,)).argmax()

        return SEQUENCES * ANSWER / timed(answers)

    return measure


def ours(path):
    """The medians that our own bench prints, by name."""
    environment = {**os.environ, "FOURFOLD_MODEL": os.path.abspath(path)}
    command = ["cargo", "bench", "--package", "fourfold-engine", "--bench", "generate"]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    medians, name = {}, None
    for line in output.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        found = re.match(r"^[├╰]─ (\w+)", line)
        if found:
            name = found.group(1)
            time_cell = re.search(r"([\d.]+) (ms|s)$", cells[2])
            if time_cell:
                medians[name] = float(time_cell.group(1)) / (1000 if time_cell.group(2) == "ms" else 1)
        elif "item/s" in line:
            values = [float(value) for value in re.findall(r"([\d.]+) item/s", line)]
            medians[name] = values[2]
    return medians


def main(path):
    load_seconds = median(lambda: timed(lambda: load(path)))
    model = load(path)
    theirs = {
        "load": load_seconds,
        "prompt_512": median(prompt(model)),
        "decode_128": median(decode(model, 32)),
        "decode_128_after_512": median(decode(model, PROMPT)),
        "four_sequences": median(together(path)),
    }
    engine = ours(path)
    print(f"{'':24}{'engine':>10}{'llama.cpp':>12}{'ratio':>8}")
    for name, value in theirs.items():
        unit = "s" if name == "load" else "tok/s"
        mine = engine.get(name, float("nan"))
        print(f"{name:24}{mine:>10.2f}{value:>12.2f}{mine / value:>8.2f}  {unit}")


main(sys.argv[1])
