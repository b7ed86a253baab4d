#!/usr/bin/env python3
"""The same function in Python, JavaScript and Go needs the same permissions: each folder of parity/ holds it thrice.

usage: test_parity.py [NAME…]    ALPS_BIN: the folder of the program (build)
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ALPS = os.path.join(os.environ.get("ALPS_BIN") or os.path.join(HERE, "..", "..", "..", "build"), "alps")
FILES = ("app.py", "app.js", "main.go")


def needs(folder):
    """per file: its accesses and what was said of it"""
    paths = [os.path.join(folder, f) for f in FILES]
    run = subprocess.run([ALPS, "analyze", "--json", *paths], capture_output=True, text=True, check=False)
    out = {}
    for function in json.loads(run.stdout)["functions"]:
        accesses = {(c["operation"], a["action"], a["resource"], a["level"], a["rooted"], a["why"])
                    for c in function["calls"] for a in c["accesses"]}
        calls = {c["operation"] for c in function["calls"]}
        errors = [d["text"] for d in function["diagnostics"] if d["code"] in ("syntax", "unknown-call", "self-check")]
        out[os.path.basename(function["path"])] = (accesses, calls, errors)
    return out


def main():
    passed = failed = 0
    names = sys.argv[1:] or sorted(n for n in os.listdir(os.path.join(HERE, "parity"))
                                   if os.path.isfile(os.path.join(HERE, "parity", n, FILES[0])))
    for name in names:
        got = needs(os.path.join(HERE, "parity", name))
        first = got[FILES[0]]
        if all(got[f] == first for f in FILES) and first[1] and not first[2]:
            passed += 1
            continue
        failed += 1
        print(f"not ok {name}")
        for f in FILES:
            print(f"  {f}: {sorted(got[f][0], key=str)} {got[f][2]}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


main()
