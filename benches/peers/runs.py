"""promptfoo and inspect_ai on the cases and the server of `cargo bench --bench run -- serve`, for what a trial costs them.

    cargo bench --bench run -- serve          # prints the server's address and waits
    python3 benches/peers/runs.py http://127.0.0.1:PORT/v1 4000

Needs `promptfoo` (npm) and `inspect` (pip install inspect-ai openai) on the PATH; what is not there is left out. Each is told to keep
32 calls under way and to cache nothing.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

AT_A_TIME = "32"


def measured(name, command, folder, trials, variables):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.time()
    done = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True)
    wall = time.time() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    written = sum(
        os.path.getsize(os.path.join(place, file)) for place, _, files in os.walk(folder) for file in files
    )
    print(
        f"{name}: exit {done.returncode}, {1000 * cpu / trials:.2f} ms CPU and {written / 1024 / trials:.1f} KB a trial, "
        f"at most {after.ru_maxrss / 1024:.0f} MB, {wall:.1f} s"
    )
    if done.returncode not in (0, 100):
        print(done.stderr[-2000:])


def rows(trials):
    return [{"text": f"Order {row}: two kettles to Oslo", "answer": "two kettles"} for row in range(trials // 2)]


def promptfoo(url, trials):
    with tempfile.TemporaryDirectory() as folder:
        config = {
            "prompts": ["What is ordered? {{text}}", "Be brief. What is ordered here, please? {{text}}"],
            "providers": [{"id": "openai:chat:m", "config": {"apiBaseUrl": url, "apiKey": "none"}}],
            "tests": [
                {
                    "vars": {"text": row["text"]},
                    "assert": [
                        {"type": "equals", "value": row["answer"]},
                        {"type": "rouge-n", "value": row["answer"], "threshold": 0.5},
                        {"type": "levenshtein", "value": row["answer"], "threshold": 50},
                    ],
                }
                for row in rows(trials)
            ],
        }
        with open(os.path.join(folder, "promptfooconfig.json"), "w") as file:
            json.dump(config, file)
        command = ["promptfoo", "eval", "-c", "promptfooconfig.json", "-j", AT_A_TIME, "--no-cache", "--no-table"]
        variables = {"PROMPTFOO_CONFIG_DIR": os.path.join(folder, "home"), "PROMPTFOO_DISABLE_TELEMETRY": "1"}
        measured("promptfoo", command, folder, trials, variables)


INSPECT = '''
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import exact, f1, includes
from inspect_ai.solver import generate

@task
def orders():
    samples = [Sample(input=f"What is ordered? Order {row}: two kettles to Oslo", target="two kettles") for row in range(TRIALS)]
    return Task(dataset=samples, solver=generate(), scorer=[exact(), f1(), includes()])
'''


def inspect_ai(url, trials):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "orders.py"), "w") as file:
            file.write(INSPECT.replace("TRIALS", str(trials)))
        command = ["inspect", "eval", "orders.py", "--model", "openai/m", "--max-connections", AT_A_TIME]
        command += ["--max-samples", AT_A_TIME, "--display", "none", "--no-fail-on-error"]
        measured("inspect_ai", command, folder, trials, {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"})


if __name__ == "__main__":
    address, count = sys.argv[1], int(sys.argv[2])
    for program, run in (("promptfoo", promptfoo), ("inspect", inspect_ai)):
        if shutil.which(program):
            run(address, count)
        else:
            print(f"{program} is not there")
