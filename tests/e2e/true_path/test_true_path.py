#!/usr/bin/env python3
"""Thirteen services, two SDKs, unmodified, against moto by the real host names: with ALPS an allowed call passes, a refused one
raises the SDK's own error after one attempt, the server has not seen a byte of it, and the next allowed call passes again.
First, without ALPS, every one of these calls is shown to reach the server: what does not arrive then was stopped by ALPS.

    test_true_path.py [--without] [SERVICE…]"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

harness.in_world(__file__)

import boto3  # noqa: E402
from cases import NEEDLE, build, cases  # noqa: E402
from functions import lambda_environment  # noqa: E402
from world import World  # noqa: E402

ECHO = Path(__file__).resolve().parent / "echo"
DENIED = {"s3": "AccessDenied", "sqs": "AccessDenied", "sns": "AuthorizationError", "sts": "AccessDenied"}
CONTEXT = {"account": "${env:AWS_ACCOUNT_ID}", "region": "${env:AWS_REGION}"}
SLOWEST_MS = 2000  # a refusal that an SDK retries takes longer than this


def seen(connections):
    """Every request that arrived, as searchable text, and how many bytes came beside them."""
    requests = [r for c in connections for r in c.requests]
    return requests, sum(c.bytes for c in connections) - sum(r["bytes"] for r in requests)


def with_needle(requests):
    return [r for r in requests if NEEDLE in json.dumps(r)]


def arrives(world, language, service, allowed, refused, env):
    """Without ALPS: every call reaches the server, which answers it (what is made once can be made only once: 4xx)."""
    steps = [{"service": service, "operation": o, "params": p} for o, p in [allowed, *refused]]
    mark = world.front.mark()
    answers, _ = harness.call(language, steps, env)
    requests, beside = seen(world.front.since(mark))
    problems = [f"{s['operation']}: {a}" for s, a in zip(steps, answers) if not a["status"] or a["status"] >= 500]
    problems += [f"{allowed[0]}: {a}" for a in answers[:1] if not a["ok"]]
    found = with_needle(requests)
    if len(found) < len(refused):
        problems.append(f"{len(refused)} calls to be refused later, {len(found)} seen by the server: {requests}")
    if beside:
        problems.append(f"{beside} bytes beside the requests")
    return problems


def is_denial(service, answer):
    expected = DENIED.get(service, "AccessDeniedException")
    # botocore and SDK v3 name errors of the query protocols by code or by the service model's shape of that code
    return answer["code"] in (expected, expected + "Exception") and answer["status"] == 403 and answer["attempts"] == 1


def held(world, language, service, allowed, refused, rules, env):
    """With ALPS: allowed, refused …, allowed again, in one process and with its connections kept."""
    prefix = next(iter(rules.values()))[0].split(":")[0]
    allowlist = world.folder / f"{service}.json"
    allowlist.write_text(json.dumps({"alps": 1, "function": f"{service}-{language}", "context": CONTEXT,
                                     "allow": {prefix: rules}}))
    log = world.folder / f"{service}-{language}.log"
    steps = [{"service": service, "operation": o, "params": p} for o, p in [allowed, *refused, allowed]]
    mark = world.front.mark()
    answers, done = harness.call(language, steps, env, [harness.ALPS, "run", "--allowlist", allowlist, "--log", log, "--"])
    requests, beside = seen(world.front.since(mark))
    problems = []
    for s, a, must in zip(steps, answers, [True, *[False] * len(refused), True]):
        if must and not a["ok"]:
            problems.append(f"allowed {s['operation']} {s['params']}: {a}")
        elif not must and not is_denial(service, a):
            problems.append(f"refused {s['operation']} {s['params']}: {a}")
        elif a["ms"] > SLOWEST_MS:
            problems.append(f"{s['operation']}: {a['ms']} ms")
    problems += [f"left: {r['method']} {r['host']}{r['target']} {r['operation']}" for r in with_needle(requests)]
    if len(requests) != 2:
        problems.append(f"{len(requests)} requests at the server instead of the two allowed ones: "
                        + str([(r["host"], r["target"], r["operation"]) for r in requests]))
    if beside:
        problems.append(f"{beside} bytes at the server beside the requests")
    verdicts = [json.loads(line)["verdict"] for line in log.read_text().splitlines()] if log.exists() else []
    if verdicts.count("deny") != len(refused):
        problems.append(f"{verdicts.count('deny')} refusals in the log instead of {len(refused)}")
    if problems and done.stderr.strip():
        problems.append("stderr: " + done.stderr.strip()[-600:])
    return problems


def http2(world, env, without):
    """Kinesis as SDK v3 has it by default, over HTTP/2, to a server that did not agree to speak it: nothing of it leaves, listed
    or not.  (Where it did, streams are judged: tests/e2e/guard/test_http2.py.)"""
    rules = {"arn:aws:kinesis:eu-west-1:123456789012:stream/clicks": ["kinesis:PutRecord"]}
    allowlist = world.folder / "http2.json"
    allowlist.write_text(json.dumps({"alps": 1, "context": CONTEXT, "allow": {"kinesis": rules}}))
    before = [] if without else [harness.ALPS, "run", "--allowlist", allowlist, "--log", world.folder / "http2.log", "--"]
    step = {"service": "kinesis-h2", "operation": "PutRecord",
            "params": {"StreamName": "clicks", "PartitionKey": "1", "Data": "aGVsbG8="}}
    mark = world.front.mark()
    answers, _ = harness.call("node", [step], env, before)
    left = sum(c.bytes for c in world.front.since(mark))
    if without:
        return [] if left else ["nothing arrived"]
    return [f"{left} bytes left"] * (left > 0) + [f"it went well: {a}" for a in answers if a["ok"]]


def main():
    without = "--without" in sys.argv
    only = [a for a in sys.argv[1:] if not a.startswith("-")]
    tally = harness.Tally()
    world = World(buckets=("reports", "needle-salaries"))
    for name in ("echo", "needle-echo"):
        world.add(name, {"Runtime": "nodejs22.x", "Handler": "echo.handler"}, ECHO)
    with world:
        for function in world.functions.values():
            function.start()
        env = {**lambda_environment(world.ca), "PYTHONHASHSEED": "0"}
        os.environ.update({k: v for k, v in env.items() if k.startswith("AWS_")})
        made = build(boto3.client)
        for service, allowed, refused, rules in cases(made):
            if only and service not in only:
                continue
            for language in ("python", "node"):
                tally.test(f"{service}, {language}: without ALPS the calls to be refused reach the server",
                           arrives(world, language, service, allowed, refused, env))
                if not without:
                    tally.test(f"{service}, {language}: allowed passes, refused raises the SDK's own error, 0 bytes leave",
                               held(world, language, service, allowed, refused, rules, env))
        if not only:
            tally.test("HTTP/2, node: without ALPS it leaves", http2(world, env, without=True))
            if not without:
                tally.test("HTTP/2, node: what the server did not agree to does not leave", http2(world, env, without=False))
    return tally.close()


sys.exit(main())
