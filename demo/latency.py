"""What ALPS adds to a call: the same program with and without it, call by call in alternation, medians."""

import os
import signal
import statistics
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent / "latency.js"
WARM, CALLS = 60, 400


def measure(node, env, before):
    """Milliseconds per warm call: (without ALPS, with ALPS). ${before} is the command line that runs a program under ALPS."""
    programs = [
        subprocess.Popen(
            [*prefix, node, str(PROGRAM)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        for prefix in ([], before)
    ]
    took = ([], [])
    try:
        for i in range(WARM + CALLS):
            for which in (0, 1) if i % 2 else (1, 0):
                p = programs[which]
                p.stdin.write(b"\n")
                p.stdin.flush()
                line = p.stdout.readline()
                if not line:
                    raise RuntimeError(f"{' '.join(map(str, p.args))} ended")
                if i >= WARM:
                    took[which].append(float(line))
    finally:
        for p in programs:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
    return tuple(statistics.median(t) for t in took)
