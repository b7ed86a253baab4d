"""What ALPS adds to a call: the same program with and without it, call by call in alternation. Several rounds, of which the
one counts in which the program without ALPS was quickest: there the machine had the least else to do."""

import os
import signal
import statistics
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent / "latency.js"
WARM, CALLS, ROUNDS = 60, 100, 6


def measure(node, env, before):
    """Milliseconds per warm call, medians: (without ALPS, without it in a second copy, with ALPS). The difference of the first
    two is noise. ${before} is the command line that runs a program under ALPS."""
    programs = [
        subprocess.Popen(
            [*prefix, node, str(PROGRAM)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        for prefix in ([], [], before)
    ]
    took = ([], [], [])
    try:
        for i in range(WARM + CALLS * ROUNDS):
            for which in (0, 1, 2) if i % 2 else (2, 1, 0):
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
    medians = [[statistics.median(t[n : n + CALLS]) for t in took] for n in range(0, CALLS * ROUNDS, CALLS)]
    return tuple(min(medians))
