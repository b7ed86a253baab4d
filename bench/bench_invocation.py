#!/usr/bin/env python3
"""One to five calls of a cloud's own SDK per invocation, for three clouds, with ALPS and without, in alternation and in one run;
and what that costs at the clouds' prices.

    bench_invocation.py [--quick] [--json]

Against the emulators of tests/e2e/matrix, which its install brings. Durations are those of a warm function; medians. CPU is the
function's own: what neighbours do is not in it."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "e2e" / "matrix")]
# dollars per GB-second and per million requests, as the vendors' price pages list them for their first region and tier:
# AWS Lambda (x86), Cloud Run functions (1st gen, GB-second plus 1.4 GHz per GB), Azure Functions (consumption)
PRICES = {"aws": (0.0000166667, 0.20), "google": (0.0000025 + 1.4 * 0.00001, 0.40), "azure": (0.000016, 0.20)}
GB = 0.128


def say(*rows):
    for row in rows:
        print(json.dumps(row))


def million(cloud, ms):
    """Dollars for a million invocations of this duration."""
    second, requests = PRICES[cloud]
    return requests + 1e6 * ms / 1000 * GB * second


def measure(world, matrix, harness, cloud, rounds, count):
    python = next(r.command[0] for r in matrix.runtimes(False) if r.kind == "python")
    before = [harness.ALPS, "run", "--allowlist", world.folder / "allowlist.json", "--"]
    got = [{}, {}]
    for _ in range(rounds):
        for which, prefix in enumerate(([], before)):
            done = subprocess.run([*map(str, prefix), python, HERE / "invocation.py", cloud, str(count)], env=world.environment(),
                                  capture_output=True, text=True, check=True, cwd=world.folder)
            for n, took in json.loads(done.stdout).items():
                got[which].setdefault(int(n), []).extend(took)
    return got


def main():
    if "ALPS_WORLD" not in os.environ:
        subprocess.run([ROOT / "tests" / "e2e" / "matrix" / "install"], check=True, stdout=sys.stderr)
        enter = ROOT / "demo" / "world" / "enter"
        os.execv(enter, [str(enter), str(ROOT / "build" / "venv" / "bin" / "python"), str(HERE / "bench_invocation.py"), *sys.argv[1:]])
    import harness
    import matrix
    from emulators import World

    rounds, count = (1, 10) if "--quick" in sys.argv else (8, 60)
    with World() as world:
        matrix.setup(world)
        for cloud in PRICES:
            without, with_alps = measure(world, matrix, harness, cloud, rounds, count)
            for n in without:
                (a, a_cpu), (b, b_cpu) = ([statistics.median(column) for column in zip(*g[n])] for g in (without, with_alps))
                say({"bench": "invocation", "cloud": cloud, "calls": n, "without_ms": round(a, 3), "with_ms": round(b, 3),
                     "added_ms": round(b - a, 3), "added_cpu_ms": round(b_cpu - a_cpu, 3),
                     "usd_per_million_without": round(million(cloud, a), 4),
                     "usd_per_million_with": round(million(cloud, b), 4)})


main()
