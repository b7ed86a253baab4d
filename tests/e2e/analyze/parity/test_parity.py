#!/usr/bin/env python3
"""The same program in several languages needs the same: each snippet of *.txt is analysed by itself, and must need exactly what
stands above it. "key": made with a key, so no policy may name it; "implied": the platform asks, not the code."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
import harness  # noqa: E402

SUFFIX = {"py": "app.py", "js": "app.mjs", "go": "app.go"}


def programs(path):
    """(title, flags, expected lines, [(language, source)])"""
    aliases, title, found, expected, snippets = {}, None, [], [], []
    for line in path.read_text().splitlines() + ["## "]:
        if line.startswith("## "):
            if title:
                flags = [e for e in expected if e in ("key", "implied", "-")]
                found.append((title, flags, sorted(e for e in expected if e not in flags), snippets))
            title, expected, snippets = line[3:], [], []
        elif line.startswith("@") and title is None:
            name, _, text = line[1:].partition(" ")
            aliases[name] = text
        elif line.startswith("--- "):
            snippets.append((line[4:], []))
        elif snippets:
            snippets[-1][1].append(line)
        elif line and not line.startswith("#"):
            for name, text in aliases.items():
                line = text + line[len(name) + 1:] if line.startswith("@" + name) else line
            expected.append(line)
    return found


def source(language, lines):
    text = "\n".join(lines) + "\n"
    if language == "go":
        text = "package app\n\nimport \"context\"\n" + text
    return text


def judge(language, lines, flags, expected):
    with tempfile.TemporaryDirectory() as folder:
        name = "app.js" if language == "js" and any("require(" in x for x in lines) else SUFFIX[language]
        (Path(folder) / name).write_text(source(language, lines))
        done = subprocess.run([harness.ALPS, "analyze", folder, "--json"], capture_output=True, text=True)
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return [f"exit status {done.returncode}: {done.stderr}"]
    function = document["functions"][0]
    found = sorted({f"{a['action']} {a['resource']}" for c in function["calls"] for a in c["accesses"]})
    problems = [f"missing {x}" for x in expected if x not in found] + [f"too much {x}" for x in found if x not in expected]
    notes = function["diagnostics"] + document["diagnostics"]
    problems += [f"{d['code']}: {d['text']}" for d in notes if d["code"] not in ("key-access", "unresolved-env")]
    if ("key" in flags) != any(d["code"] == "key-access" for d in notes):
        problems.append("access by key is not told right")
    if any(c["implied"] != ("implied" in flags) for c in function["calls"]):
        problems.append("implied is not told right")
    policy = json.dumps(function["policies"])
    if "key" in flags and "Microsoft.Storage" in policy:
        problems.append(f"a policy for what no role is asked for: {policy}")
    return problems


def main():
    tally = harness.Tally()
    for path in sorted(HERE.glob("*.txt")):
        for title, flags, expected, snippets in programs(path):
            for i, (language, lines) in enumerate(snippets):
                problems = judge(language, lines, flags, expected)
                tally.test(f"{path.stem} {title} ({language} {i + 1})", problems + lines if problems else [])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
