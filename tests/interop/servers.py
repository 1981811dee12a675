"""Asks servers that nobody here wrote, in every dialect, and says what did not come out as it should.

    cargo build
    python -m venv v && v/bin/pip install 'llama-cpp-python[server]'      # built from source: real tokens
    npm install --prefix n @copilotkit/aimock                             # OpenAI, Responses, Anthropic, Gemini, Ollama shapes
    python -m venv l && l/bin/pip install 'litellm[proxy]'                # chat, Anthropic and Gemini shapes
    v/bin/python tests/interop/servers.py target/debug/fourfold --weights SmolLM2-135M-Instruct.Q4_1.gguf --aimock n --litellm l

A part is left out where its option is. Keep the environments outside the checkout. It starts the servers itself, on ports
that are free, and ends with 1 if anything failed. llama-cpp-python's server breaks a running answer off when another request comes,
and ends that stream without a finish reason: such an answer must count as cut, never as an answer.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ARGUMENTS = argparse.ArgumentParser()
ARGUMENTS.add_argument("program")
ARGUMENTS.add_argument("--weights")
ARGUMENTS.add_argument("--aimock")
ARGUMENTS.add_argument("--litellm")
ARGUMENTS = ARGUMENTS.parse_args()
PROGRAM = os.path.abspath(ARGUMENTS.program)
FAILED = []


def check(name, holds, seen=""):
    print(("ok      " if holds else "FAILED  ") + name + ("" if holds else f": {seen}"), flush=True)
    if not holds:
        FAILED.append(name)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def serve(command, port, log, **options):
    """Starts a server and waits until it answers anything at all."""
    server = subprocess.Popen(command, stdout=open(log, "w"), stderr=subprocess.STDOUT, **options)
    for _ in range(1200):
        if server.poll() is not None:
            sys.exit(f"{command[0]} ended: {open(log).read()[-800:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5)
        except urllib.error.HTTPError:
            pass
        except OSError:
            time.sleep(0.25)
            continue
        return server
    sys.exit(f"{command[0]} did not come up")


class Bench:
    """A workbench of one case, with an arm for each model."""

    def __init__(self, folder, models, order="Say hello."):
        self.folder = folder
        os.makedirs(os.path.join(folder, "data"))
        self.write("ask.prompty", "system:\nYou answer shortly.\nuser:\n{{ order }}\n")
        self.write("data/dev.jsonl", json.dumps({"id": "one", "order": order, "answer": "hello"}) + "\n")
        text = "version = 1\n"
        for name, lines in models.items():
            text += f'[[model]]\nid = "{name}"\n{lines}\n[[arm]]\nid = "{name}"\nprompt = "ask.prompty"\nmodel = "{name}"\n'
        self.write("fourfold.toml", text + '[data]\nfile = { dev = "data/dev.jsonl" }\nmap = { reference = "answer" }\n')

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def start(self, *arguments):
        home = os.path.join(self.folder, "home")
        environment = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm", "MOCK_KEY": "sk-mock"}
        return subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    def ask(self, arm, *more):
        """The line of JSON about the answer."""
        code, out, err = self.run("run", "--case", "1", "--arm", arm, "--diff", "none", "--json", *more)
        lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        answers = [line for line in lines if "outcome" in line]
        return answers[0] if answers else {"outcome": f"nothing (exit {code})", "answer": "", "error": err}


def model(provider, url, name, more="", key=True):
    key = '\napi_key = { env = "MOCK_KEY" }' if key else ""
    return f'provider = "{provider}"\nbase_url = "{url}"\nmodel = "{name}"{key}\n{more}'


def llama(folder):
    port = free_port()
    # Its kernels for matrix units crash in virtual machines that do not grant these units: the plain ones do for everyone.
    plain = "import runpy, llama_cpp.llama_cpp as low; usual = low.llama_model_default_params\n"
    plain += "def params():\n    plain = usual()\n    plain.use_extra_bufts = False\n    return plain\n"
    plain += "low.llama_model_default_params = params; import llama_cpp; llama_cpp.llama_model_default_params = params\n"
    plain += "runpy.run_module('llama_cpp.server', run_name='__main__')"
    command = [sys.executable, "-c", plain, "--model", os.path.abspath(ARGUMENTS.weights), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--n_ctx", "2048", "--logits_all", "true", "--model_alias", "smol"]
    server = serve(command, port, os.path.join(folder, "llama.log"))
    try:
        url = f"http://127.0.0.1:{port}/v1"
        long = "Write a very long story about the sea."
        bench = Bench(
            os.path.join(folder, "llama"),
            {
                "short": model("openai", url, "smol", "temperature = 0.8\nmax_tokens = 24", key=False),
                "sure": model("openai", url, "smol", "temperature = 0.0\nmax_tokens = 12\nlogprobs = 1", key=False),
                "long": model("openai", url, "smol", "temperature = 0.0\nmax_tokens = 1500", key=False),
            },
            long,
        )
        # What it keeps of a prompt changes the last digits: its first answer may differ from all later ones.
        bench.ask("short", "--seed", "7")
        first, again, other = (bench.ask("short", "--seed", seed) for seed in ("7", "7", "8"))
        check("llama-cpp-python: an answer of real tokens", first["outcome"] in ("answer", "non-answer:length"), first)
        check("llama-cpp-python: a seed makes it repeatable", first["answer"] and first["answer"] == again["answer"], again)
        check("llama-cpp-python: another seed, another answer", first["answer"] != other["answer"], other)
        check("llama-cpp-python: the token limit is no answer", first["outcome"] == "non-answer:length", first)
        sure = bench.ask("sure")
        check("llama-cpp-python: log-probabilities are told", "token probability" in json.dumps(sure.get("notes", "")), sure)
        code, out, err = bench.run("doctor", "--online", "--json")
        check("llama-cpp-python: the doctor reaches it", '"smol"' in out or "1 model" in out or code == 0, out + err)

        stopped = bench.start("run", "--case", "1", "--arm", "long", "--json", "--diff", "none")
        time.sleep(4)
        stopped.send_signal(signal.SIGINT)
        out, err = stopped.communicate(timeout=30)
        check("llama-cpp-python: Ctrl+C ends it at once", stopped.returncode in (1, 130), (stopped.returncode, out, err))

        # Another request breaks this one off.
        running = bench.start("run", "--case", "1", "--arm", "long", "--json", "--diff", "none")
        time.sleep(4)
        bench.ask("short")
        out, err = running.communicate(timeout=600)
        cut = [json.loads(line) for line in out.splitlines() if '"outcome"' in line]
        broken = bool(cut) and cut[0]["outcome"] == "missing:truncated" and bool(cut[0]["answer"])
        check("llama-cpp-python: an answer that another request broke off is cut, with its text", broken, out + err)
    finally:
        server.terminate()


def aimock(folder):
    fixtures = os.path.join(folder, "fixtures.json")
    text = "Grüße – 漢字: " + "one two three four five. " * 8
    known = {"hello": text, "rocket": "up 👩‍🚀👩‍🚀👩‍🚀"}
    with open(fixtures, "w") as file:
        fixture = lambda asked, said: {"match": {"userMessage": asked}, "response": {"content": said}}
        json.dump({"fixtures": [fixture(*pair) for pair in known.items()]}, file)

    def start(name, *more):
        port = free_port()
        command = ["node", os.path.join(ARGUMENTS.aimock, "node_modules/.bin/llmock"), "--port", str(port), "-f", fixtures]
        return port, serve([*command, "--chunk-size", "3", *more], port, os.path.join(folder, name + ".log"))

    def bench_of(port, name, more="", order="hello"):
        root = f"http://127.0.0.1:{port}"
        return Bench(
            os.path.join(folder, name),
            {
                "openai": model("openai", root + "/v1", "gpt-4o", more),
                "responses": model("responses", root + "/v1", "gpt-4o", more),
                "anthropic": model("anthropic", root, "claude-sonnet-4-5", more),
                "gemini": model("gemini", root, "gemini-2.5-flash", more),
                "ollama": model("ollama", root, "llama3.2", more, key=False),
            },
            order,
        )

    dialects = ["openai", "responses", "anthropic", "gemini", "ollama"]
    port, server = start("whole", "--latency", "2")
    try:
        bench = bench_of(port, "whole")
        for dialect in dialects:
            told = bench.ask(dialect)
            check(f"aimock: {dialect} streams an answer", told["outcome"] == "answer" and told["answer"].strip() == text.strip(), told)
        # It cuts by JavaScript's units, two of which make an emoji: half a character is no text.
        odd = bench_of(port, "odd", order="rocket")
        for dialect in dialects:
            told = odd.ask(dialect)
            check(f"aimock: half a character from {dialect} is a bad frame", told["outcome"] == "missing:failed", told)
        code, out, err = bench.run("doctor", "--online", "--all")
        check("aimock: the doctor says something of each", all(dialect in out for dialect in dialects), out + err)
    finally:
        server.terminate()
    for chaos, fine in [
        ("--chaos-drop", ["missing:failed", "missing:network"]),
        ("--chaos-malformed", ["missing:failed", "missing:truncated"]),
        ("--chaos-disconnect", ["missing:network", "missing:truncated"]),
        ("--chaos-ratelimit", ["missing:rate-limited", "missing:rate_limited"]),
    ]:
        port, server = start(chaos, chaos, "1")
        try:
            bench = bench_of(port, chaos.strip("-"), "retries = 0")
            for dialect in dialects:
                told = bench.ask(dialect)
                check(f"aimock {chaos}: {dialect} is missing", told["outcome"] in fine, told)
        finally:
            server.terminate()


def litellm(folder):
    text = "Grüße – 漢字: one two three four five. up 👩‍🚀!"
    config = os.path.join(folder, "litellm.yaml")
    with open(config, "w", encoding="utf-8") as file:
        known = {"fine": text, "limited": "litellm.RateLimitError"}
        models = [
            {"model_name": name, "litellm_params": {"model": "openai/" + name, "api_key": "none", "mock_response": said}}
            for name, said in known.items()
        ]
        # JSON is YAML.
        json.dump({"model_list": models, "general_settings": {"master_key": "sk-mock"}}, file, ensure_ascii=False)
    port = free_port()
    command = [os.path.join(ARGUMENTS.litellm, "bin/litellm"), "--config", config, "--port", str(port), "--host", "127.0.0.1"]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    server = serve(command, port, os.path.join(folder, "litellm.log"), env=environment)
    try:
        root = f"http://127.0.0.1:{port}"
        # Its mock of the Responses API fails by itself, with a 500 whose body is an event.
        shapes = {"openai": root + "/v1", "anthropic": root, "gemini": root, "responses": root + "/v1"}
        for name in ["fine", "limited"]:
            models = {shape: model(shape, url, name, "retries = 0") for shape, url in shapes.items()}
            bench = Bench(os.path.join(folder, "litellm-" + name), models)
            for shape in ["openai", "anthropic", "gemini"]:
                told = bench.ask(shape)
                if name == "fine":
                    check(f"litellm: {shape} answers", (told["outcome"], told["answer"]) == ("answer", text), told)
                    check(f"litellm: {shape} counts tokens", (told["usage"]["output"] or 0) > 0, told)
                else:
                    check(f"litellm: {shape} is told to wait", told["outcome"] == "missing:rate-limited", told)
            if name == "fine":
                told = bench.ask("responses")
                said = (told.get("error") or [""])[0]
                check("litellm: a fault in an event is read", told["outcome"] == "missing:failed" and "data:" not in said, told)
    finally:
        server.terminate()


with tempfile.TemporaryDirectory() as folder:
    if ARGUMENTS.litellm:
        litellm(folder)
    if ARGUMENTS.weights:
        llama(folder)
    if ARGUMENTS.aimock:
        aimock(folder)
print(f"{len(FAILED)} failed")
sys.exit(bool(FAILED))
