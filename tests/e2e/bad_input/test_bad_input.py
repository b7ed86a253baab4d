#!/usr/bin/env python3
"""Broken allowlists and logs. `alps run` names file, line and column and does not start the program; the guard alone (a layer
cannot refuse to start) starts it, refuses every cloud call and says why once."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

harness.in_world(__file__)

import subprocess  # noqa: E402

from functions import lambda_environment  # noqa: E402
from world import World  # noqa: E402

GUARD = str(harness.BUILD / "libalps_guard.so")
GOOD = {"alps": 1, "context": {"account": "123456789012"},
        "allow": {"dynamodb": {"arn:aws:dynamodb:eu-west-1:123456789012:table/orders": ["dynamodb:PutItem"]}}}
BROKEN = {
    "no JSON": '{\n  "alps": 1,\n  "allow": {,}\n}\n',
    "an unknown key": '{\n  "alps": 1,\n  "alow": {}\n}\n',
    "a key said twice": '{\n  "alps": 1,\n  "allow": {},\n  "allow": {}\n}\n',
    "an unknown action": '{\n  "alps": 1,\n  "allow": { "s3": { "arn:aws:s3:::b/*": ["s3:PutObjekt"] } }\n}\n',
    "a bad ARN": '{\n  "alps": 1,\n  "allow": { "s3": { "arn:aws:s3": ["s3:PutObject"] } }\n}\n',
    "an empty file": "",
}
PUT = {"service": "dynamodb", "operation": "PutItem", "params": {"TableName": "orders", "Item": {"id": {"S": "1"}}}}
OTHER = {"service": "dynamodb", "operation": "PutItem", "params": {"TableName": "needle", "Item": {"id": {"S": "1"}}}}


def run_refuses(tally, world):
    for what, text in BROKEN.items():
        file, started = world.folder / "broken.json", world.folder / "started"
        file.write_text(text)
        done = subprocess.run([harness.ALPS, "run", "--allowlist", file, "--", "touch", started], capture_output=True, text=True)
        problems = [f"exit status {done.returncode}"] * (done.returncode != 2) + ["the program ran"] * started.exists()
        place = done.stderr.split("broken.json:", 1)[-1].split(":")
        if len(place) < 3 or not (place[0].isdigit() and place[1].isdigit()):
            problems.append(f"no file:line:column: {done.stderr}")
        tally.test(f"alps run: {what} is named with its place, and nothing starts", problems)
    for what, file in {"missing": "/nowhere/allowlist.json", "a folder": str(world.folder)}.items():
        done = subprocess.run([harness.ALPS, "run", "--allowlist", file, "--", "true"], capture_output=True, text=True)
        tally.test(f"alps run: an allowlist that is {what} is named, and nothing starts",
                   [] if done.returncode == 2 and file in done.stderr else [f"{done.returncode} {done.stderr}"])


def guard_refuses(tally, world, env):
    variants = {what: {"ALPS_ALLOWLIST": text or str(world.folder / "empty.json")} for what, text in BROKEN.items()}
    variants |= {"no allowlist at all": {}, "a missing file": {"ALPS_ALLOWLIST": "/nowhere/allowlist.json"}}
    (world.folder / "empty.json").write_text("")
    for what, more in variants.items():
        for language in ("python", "node"):
            mark = world.front.mark()
            answers, done = harness.call(language, [PUT, PUT], {**env, "LD_PRELOAD": GUARD, **more})
            arrived = [(c.sni, c.bytes) for c in world.front.since(mark) if c.bytes]
            problems = [f"{a}" for a in answers if a["ok"] or a["attempts"] != 1] + [f"left: {a}" for a in arrived]
            said = [line for line in done.stderr.splitlines() if "alps" in line.lower()]
            if not said or sum("allowlist" in line.lower() for line in said) > 1:
                problems.append(f"it has to say why, once: {said}")
            tally.test(f"guard alone, {language}: {what}: the program starts, every cloud call is refused", problems)


def logs(tally, world, env):
    """A log that cannot be written changes no verdict; that lines are lost is said at the first, and how many at the end."""
    for what, path in {"no such folder": "/nowhere/log", "a full disk": "/dev/full"}.items():
        for language in ("python", "node"):
            mark = world.front.mark()
            steps = [PUT, OTHER, PUT, OTHER]
            answers, done = harness.call(language, steps, {**env, "LD_PRELOAD": GUARD, "ALPS_ALLOWLIST": json.dumps(GOOD),
                                                           "ALPS_LOG": path})
            requests = [r for c in world.front.since(mark) for r in c.requests]
            problems = [str(a) for a, ok in zip(answers, [True, False, True, False]) if a["ok"] != ok]
            if len(requests) != 2 or any("needle" in r["body"] for r in requests):
                problems.append(f"at the server: {requests}")
            said = [line for line in done.stderr.splitlines() if "log" in line.lower() and "alps" in line.lower()]
            if not any("1 line lost so far" in line for line in said) or not said[-1].endswith(f"4 lines of the log {path} lost"):
                problems.append(f"said about the log: {done.stderr!r}")
            tally.test(f"guard, {language}: the log goes to {what}: enforcement goes on", problems)


def main():
    tally = harness.Tally()
    with World() as world:
        for table in ("orders", "needle"):
            world.cloud.create_table(table, "id")
        env = lambda_environment(world.ca)
        run_refuses(tally, world)
        guard_refuses(tally, world, env)
        logs(tally, world, env)
    return tally.close()


sys.exit(main())
