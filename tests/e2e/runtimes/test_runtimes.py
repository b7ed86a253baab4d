#!/usr/bin/env python3
"""Every Python (3.9 and later) and Node (18 and later) that this machine has: keep-alive, concurrency, event loops, streamed
bodies; allowed and refused calls mixed on the same connections. An interpreter that is not here is a skip.

    test_runtimes.py [--without]        --without: only show that all of it arrives without ALPS"""

import glob
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

harness.in_world(__file__)

from functions import ACCOUNT, REGION, lambda_environment  # noqa: E402
from world import World  # noqa: E402

CALLERS = harness.HERE / "callers"
MIB = 1 << 20
ALLOW = {"dynamodb": {f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders": ["dynamodb:PutItem"]},
         "s3": {"arn:aws:s3:::reports/*": ["s3:PutObject"]}}


def signed(service, **headers):
    scope = f"AKIAIOSFODNN7EXAMPLE/20261121/{REGION}/{service}/aws4_request"
    sign = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return {**headers, "X-Amz-Date": "20261121T120000Z", "Authorization": sign}


def put_item(table, size=0):
    item = {"id": {"S": "1"}, **({"pad": {"S": "x" * size}} if size else {})}
    return {"host": f"dynamodb.{REGION}.amazonaws.com", "method": "POST", "path": "/",
            "headers": signed("dynamodb", **{"X-Amz-Target": "DynamoDB_20120810.PutItem",
                                             "Content-Type": "application/x-amz-json-1.0"}),
            "body": json.dumps({"TableName": table, "Item": item})}


def put_object(bucket, size):
    return {"host": f"{bucket}.s3.{REGION}.amazonaws.com", "method": "PUT", "path": "/big", "size": size,
            "headers": signed("s3", **{"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}), "body": ""}


A, D = put_item("orders"), put_item("needle")
SCRIPTS = {  # name: (how, steps)
    "keep-alive": ("keep-alive", [A, D, A, A, D, D, A]),
    "concurrency": ("concurrent", [A, D, A, D, D, A] * 5),
    "bodies of 20 and 90 KB": ("keep-alive", [put_item("orders", 20000), put_item("needle", 20000), put_item("orders", 90000)]),
    "streamed bodies": ("keep-alive", [put_object("reports", 3 * MIB), put_object("needle-salaries", 3 * MIB),
                                       put_object("reports", MIB)]),
}
OWN = {"python": ("an event loop", ("asyncio", [A, D, A, D])), "node": ("fetch", ("fetch", [A, D, A, D, A]))}


TLS12 = {"TLS_AT_MOST": "1.2", "NODE_OPTIONS": "--tls-max-v1.2"}  # no session tickets to wake a reader by accident


def scripts(kind):
    """[(name, how, steps, environment)]"""
    plain = [(name, how, steps, {}) for name, (how, steps) in [*SCRIPTS.items(), OWN[kind]]]
    return plain + [(f"TLS 1.2, {n}", how, steps, TLS12) for n, how, steps, _ in plain if not n.startswith("bodies")]


def version(program):
    text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return tuple(map(int, re.findall(r"\d+", text)[:2]))


def interpreters():
    """[(label, kind, path)], the newest of each minor version, and labels of those that are missing."""
    found = {}
    candidates = [("python", p) for p in ["/usr/bin/python3", sys.executable,
                                          *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python"))]]
    candidates += [("node", p) for p in [str(harness.BUILD / "venv/bin/node"), "/usr/bin/node",
                                         *glob.glob(str(harness.BUILD / "node/runtimes/*/node_modules/node/bin/node"))]]
    for kind, path in candidates:
        if os.path.exists(path):
            v = version(path)
            if v >= ((3, 9) if kind == "python" else (18, 0)):
                found.setdefault((kind, v[1] if kind == "python" else v[0]), path)
    wanted = [("python", n) for n in range(9, 14)] + [("node", n) for n in (18, 20, 22, 24)]
    named = {k: f"Python 3.{k[1]}" if k[0] == "python" else f"Node {k[1]}" for k in [*wanted, *found]}
    return [(named[k], k[0], p) for k, p in sorted(found.items())], [named[k] for k in wanted if k not in found]


def play(world, kind, path, how, steps, env, before):
    """Returns (problems, answers, requests at the server)."""
    mark = world.front.mark()
    caller = CALLERS / ("raw.py" if kind == "python" else "raw.cjs")
    try:
        done = subprocess.run([*map(str, before), path, str(caller), how], input=json.dumps(steps), env=env,
                              capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired as e:
        return [f"not done after 60 s: {e.stderr}"], [], []
    connections = world.front.since(mark)
    requests = [r for c in connections for r in c.requests]
    if "TLS_AT_MOST" in env and {c.tls for c in connections} != {"TLSv1.2"}:
        return [f"spoke {[c.tls for c in connections]}"], [], requests
    try:
        return [], json.loads(done.stdout), requests + [
            {"bytes beside requests": c.bytes - sum(r["bytes"] for r in c.requests)}
            for c in connections if c.bytes != sum(r["bytes"] for r in c.requests)]
    except ValueError:
        return [f"exit status {done.returncode}: {done.stdout}{done.stderr[-800:]}"], [], requests


def denied(step):
    return "needle" in json.dumps(step)


def judge(steps, problems, answers, requests, enforced):
    if problems:
        return problems
    for step, (status, body) in zip(steps, answers):
        if enforced and denied(step):
            if status != 403 or "AccessDenied" not in body:
                problems.append(f"refused call got {status} {body}")
        elif status != 200:
            problems.append(f"call got {status} {body}")
    expected = [s for s in steps if not (enforced and denied(s))]
    if len(requests) != len(expected):
        problems.append(f"{len(requests)} requests at the server instead of {len(expected)}: {str(requests)[:600]}")
    if enforced and "needle" in json.dumps(requests):
        problems.append("what was refused arrived: " + str([r for r in requests if "needle" in json.dumps(r)])[:600])
    return problems


def main():
    tally, without = harness.Tally(), "--without" in sys.argv
    with World(buckets=("reports", "needle-salaries")) as world:
        world.cloud.create_table("orders", "id")
        world.cloud.create_table("needle", "id")
        for bucket in ("reports", "needle-salaries"):
            world.cloud.request("s3", "PUT", "/", b"<CreateBucketConfiguration><LocationConstraint>eu-west-1"
                                b"</LocationConstraint></CreateBucketConfiguration>", host=f"{bucket}.s3.{REGION}.amazonaws.com")
        env = lambda_environment(world.ca)
        allowlist = world.folder / "allowlist.json"
        allowlist.write_text(json.dumps({"alps": 1, "function": "runtimes", "context": {"account": ACCOUNT}, "allow": ALLOW}))
        before = [harness.ALPS, "run", "--allowlist", allowlist, "--log", world.folder / "log", "--"]
        here, missing = interpreters()
        proven = set()
        for label, kind, path in here:
            for name, how, steps, more in scripts(kind):
                if kind not in proven or without:
                    problems = judge(steps, *play(world, kind, path, how, steps, {**env, **more}, []), enforced=False)
                    tally.test(f"{label}, {name}: without ALPS all of it arrives", problems)
                if not without:
                    problems = judge(steps, *play(world, kind, path, how, steps, {**env, **more}, before), enforced=True)
                    tally.test(f"{label}, {name}: the allowed arrives, the refused gets its 403", problems)
            proven.add(kind)
        for label in missing:
            tally.skip(label, "not on this machine")
    return tally.close()


sys.exit(main())
