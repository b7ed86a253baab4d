#!/usr/bin/env python3
"""The demo passes with ALPS, and fails without: where `alps run` only runs the program, every one of its claims about
refusals has to be reported as not holding."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

PRETENDER = """#!/bin/bash
if [ "$1" = run ]; then while [ "$1" != -- ]; do shift; done; shift; exec "$@"; fi
exec {alps} "$@"
"""
CLAIMS = ["invoke settle-payment", "write into PAYMENTS", "post to attacker.example", "PAYMENTS is unchanged",
          "attacker.example has received nothing", "for the three attacks", "three refusals"]


def demo(alps, folder):
    done = subprocess.run([harness.ROOT / "demo" / "demo"], env={**os.environ, "ALPS_BIN": str(alps), "TMPDIR": folder}, cwd="/",
                          capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:       # where the demo makes its world
        return play(folder)


def play(folder):
    tally = harness.Tally()
    status, output = demo(harness.ALPS, folder)
    problems = [] if status == 0 else [f"exit status {status}", *output.splitlines()[-40:]]
    tally.test("the demo passes", problems + ["colour without a terminal"] * ("\033" in output))

    with tempfile.TemporaryDirectory() as other:
        pretender = Path(other) / "alps"
        pretender.write_text(PRETENDER.format(alps=harness.ALPS))
        pretender.chmod(0o755)
        status, output = demo(pretender, folder)
    failed = re.findall(r"^  FAILED  (.*)", output, re.M)
    problems = [f"not reported: {c}" for c in CLAIMS if not any(c in f for f in failed)]
    if status != 1:
        problems.append(f"exit status {status} instead of 1")
    tally.test("without enforcement the demo fails, claim by claim", problems + (output.splitlines()[-40:] if problems else []))

    tally.test("nothing of its world is left", [str(p) for p in Path(folder).glob("alps-world-*")])
    return tally.close()


sys.exit(main())
