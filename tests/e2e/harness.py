"""What end-to-end tests share: the demo's world as a library, SDK callers, and a count of what passed.

A test is an executable Python file that starts with `harness.in_world(__file__)`: it then runs inside demo/world/enter."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ALPS_BUILD") or ROOT / "build").absolute()
ALPS = os.environ.get("ALPS_BIN") or str(BUILD / "alps")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "demo" / "world"))


def in_world(file):
    """Start again inside the world's namespaces, unless this already is inside."""
    if "ALPS_WORLD" not in os.environ:
        python = BUILD / "venv" / "bin" / "python"
        enter = ROOT / "demo" / "world" / "enter"
        os.execv(enter, [str(enter), str(python), str(Path(file).resolve()), *sys.argv[1:]])


class Tally:
    """Prints one line per test, and the closing line that tests/run reads."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0

    def test(self, name, problems):
        """${problems}: what is wrong, as a list of sentences; empty when the test passed."""
        if problems:
            self.failed += 1
            print(f"not ok {name}", *(f"    {p}" for p in problems), sep="\n", flush=True)
        else:
            self.passed += 1
            print(f"ok {name}", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"skip {name}: {why}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0


def call(language, steps, env, before=(), timeout_s=120):
    """Make SDK calls in a new process: ${steps} is a list of {service, operation, params}. Returns (answers, process).
    An answer is {ok, code, status, attempts, ms, message}."""
    from functions import node

    programs = {
        "python": [sys.executable, str(HERE / "callers" / "caller.py")],
        "node": [node(), str(HERE / "callers" / "caller.cjs")],
    }
    done = subprocess.run(
        [*map(str, before), *programs[language]],
        input="".join(json.dumps(s) + "\n" for s in steps),
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(answers) != len(steps):
        raise RuntimeError(f"{language} caller: {len(answers)} answers to {len(steps)} calls\n{done.stdout}{done.stderr}")
    return answers, done
