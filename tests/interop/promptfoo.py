#!/usr/bin/env python3
"""Does promptfoo itself read what `fourfold export --format promptfoo` writes, and does it come back?

    python3 tests/interop/promptfoo.py FOURFOLD PROMPTFOO

FOURFOLD is the built program, PROMPTFOO the other tool's command (`npm install promptfoo` makes node_modules/.bin/promptfoo). Nothing
leaves this machine: a server here plays the model, the judge and the embedder. Prints what was found; ends with 1 where something
does not fit.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Model(BaseHTTPRequestHandler):
    """Chat completions and embeddings as OpenAI writes them; the answer is what the last message ends with."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/embeddings"):
            texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
            data = [{"index": place, "embedding": [1.0, float(len(text) % 7)]} for place, text in enumerate(texts)]
            return self.reply({"data": data, "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1}})
        text = str(asked["messages"][-1]["content"])
        if "Rubric" in text:
            said = json.dumps({"pass": True, "score": 1, "reason": "as asked"})
        elif "expert answer" in text.lower():
            said = "(C) the same"
        else:
            said = "Paris, the capital of France" if "France" in text else "Rome and nothing else"
        usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
        message = {"role": "assistant", "content": said}
        self.reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage})

    def reply(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


TOML = """version = 1
[[model]]
id = "m"
provider = "openai"
model = "small"
base_url = "{url}/v1"
api_key = {{ env = "FAKE_KEY" }}
temperature = 0.0
[[model]]
id = "referee"
provider = "openai"
model = "large"
base_url = "{url}/v1"
api_key = {{ env = "FAKE_KEY" }}
[[arm]]
id = "plain"
prompt = "ask.prompty"
model = "m"
[data]
file = {{ dev = "dev.jsonl" }}
map = {{ reference = "answer" }}
[score]
metrics = [
  "contains", {{ name = "not-contains", text = "As an AI" }}, {{ name = "contains-any", texts = ["Paris", "Rome"] }},
  {{ name = "contains-all", texts = ["a", "e"], ignore_case = true }}, "levenshtein", "no-refusal",
]
primary = "contains"
[judge]
model = "referee"
rubric = "It names a city."
"""


def run(command, folder, keep=None):
    done = subprocess.run(command, cwd=folder, env=keep, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def main():
    fourfold, promptfoo = (str(Path(one).resolve()) for one in sys.argv[1:3])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "bench"
        folder.mkdir()
        (folder / "fourfold.toml").write_text(TOML.format(url=url))
        (folder / "ask.prompty").write_text('system:\nYou say "little".\n\nuser:\nWhat is the capital of {{ country }}?\n')
        rows = [
            {"id": "fr", "country": "France", "answer": "Paris"},
            {"id": "it", "country": "Italy, or {{ so }}", "answer": "Rome"},
        ]
        (folder / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "FAKE_KEY": "none",
            "OPENAI_API_KEY": "none",
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
            "PROMPTFOO_CONFIG_DIR": home,
        }
        code, written, fault = run([fourfold, "export", "--format", "promptfoo"], folder, environment)
        assert code == 0, fault
        config = folder / "promptfooconfig.yaml"
        config.write_text(written)
        print(written)
        code, out, fault = run([promptfoo, "validate", "-c", str(config)], folder, environment)
        print("validate:", code, out.strip().splitlines()[-1:], fault.strip().splitlines()[-1:])
        failed = code != 0
        results = folder / "results.json"
        command = [promptfoo, "eval", "-c", str(config), "--no-cache", "--no-table", "-o", str(results)]
        code, out, fault = run(command, folder, environment)
        if not results.exists():
            print(out, fault)
            return 1
        for one in json.loads(results.read_text())["results"]["results"]:
            parts = (one.get("gradingResult") or {}).get("componentResults") or []
            for part in parts:
                kind = (part.get("assertion") or {}).get("type")
                print(f"  {one['vars'].get('country')!r:24} {kind:14} pass {part['pass']} score {part['score']}")
            if one.get("error") and not parts:
                print("  error:", one["error"][:300])
                failed = True
        code, out, fault = run([fourfold, "import", str(config), str(Path(home) / "again"), "--json"], folder, environment)
        print("import:", code, out, fault)
        told = json.loads(out)
        failed |= code != 0 or bool(told["left_out"]) or told["cases"] != 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
