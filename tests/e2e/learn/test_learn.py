#!/usr/bin/env python3
"""`alps learn`, with boto3 against moto by the real host names: what a run used becomes an allowlist under which the same run
passes and no other; earlier runs are kept; against the analyzed allowlist it says what is missing and what nobody used."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "true_path"))
import harness  # noqa: E402

harness.in_world(__file__)

import boto3  # noqa: E402
from cases import arn, build, cases, queue  # noqa: E402
from functions import lambda_environment  # noqa: E402
from world import World  # noqa: E402

ECHO = Path(__file__).resolve().parents[1] / "true_path" / "echo"
OWN = "arn:aws:{}:${{region}}:${{account}}:{}"  # how a learnt rule names what is the function's own
HOST = """import http.client, os, ssl
c = http.client.HTTPSConnection("partner.example", context=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]))
c.request("GET", "/")
c.getresponse().read()"""


def learn(folder, *options, env, steps=None, command=None, language="python"):
    """(process, answers) of alps learn around an SDK caller, or around a command."""
    before = [harness.ALPS, "learn", *map(str, options), "--"]
    if command:
        return subprocess.run([*before, *command], env=env, capture_output=True, text=True, timeout=120), None
    caller = {"python": [sys.executable, str(harness.HERE / "callers" / "caller.py")],
              "node": [lambda_node(), str(harness.HERE / "callers" / "caller.cjs")]}[language]
    done = subprocess.run([*before, *caller], env=env, capture_output=True, text=True, timeout=120,
                          input="".join(json.dumps(s) + "\n" for s in steps))
    lines = (done.stdout + done.stderr).splitlines()
    return done, [json.loads(line) for line in lines if line.startswith('{"ok"')]


def lambda_node():
    from functions import node
    return node()


def step(service, operation, **params):
    return {"service": service, "operation": operation, "params": params}


def rules(path):
    """{(resource, action)} of an allowlist."""
    allow = json.loads(Path(path).read_text()).get("allow", {})
    return {(r, a) for service in allow.values() for r, actions in service.items() for a in actions}


def differs(what, got, want):
    return [] if got == want else [f"{what}: {got} instead of {want}"]


def same_run_passes(folder, env, made):
    """Every service: what was learnt lets the same calls pass, and none of those that true_path refuses."""
    problems = []
    for language in ("python", "node"):
        allowed = [step(s, o, **p) for s, (o, p), _, _ in cases(made)]
        refused = [step(s, o, **p) for s, _, others, _ in cases(made) for o, p in others]
        out = folder / f"all-{language}.json"
        done, answers = learn(folder, "-o", out, env=env, steps=allowed, language=language)
        problems += differs("status", done.returncode, 0) + [str(a) for a in answers if not a["ok"]]
        again, _ = harness.call(language, allowed + refused, env, [harness.ALPS, "run", "--allowlist", out, "--"])
        problems += [f"{language}: {s} {a}" for s, a in zip(allowed, again) if not a["ok"]]
        problems += [f"{language} passed: {s}" for s, a in zip(refused, again[len(allowed):]) if a["ok"]]
    return problems


def variables_come_back(folder, env, made):
    env = {**env, "TABLE": "orders", "JOBS_URL": queue("jobs"), "TOPIC_ARN": arn("sns", "news"), "BUCKET": "reports",
           "LIMIT_NAME": "/shop/limit", "UNRELATED": "queue-of-nobody", "MODE": "table", "ZZZ_TABLE": "orders"}
    out = folder / "variables.json"
    done, _ = learn(folder, "--out", out, "--function", "shop", env=env, steps=[
        step("dynamodb", "PutItem", TableName="orders", Item={"id": {"S": "1"}}),
        step("sqs", "SendMessage", QueueUrl=queue("jobs"), MessageBody="x"),
        step("sns", "Publish", TopicArn=arn("sns", "news"), Message="x"),
        step("s3", "PutObject", Bucket="reports", Key="2026/q3.csv", Body="x"),
        step("s3", "CopyObject", Bucket="reports", Key="copy.csv", CopySource="reports/2026/q3.csv"),
        step("ssm", "GetParameter", Name="/shop/limit"),
        step("lambda", "Invoke", FunctionName="echo", Payload="{}"),
        step("sts", "GetCallerIdentity"),
    ])
    text = json.loads(out.read_text())
    return (differs("status", done.returncode, 0) + differs("function", text["function"], "shop")
            + differs("context", text["context"], {"account": "${env:AWS_ACCOUNT_ID}", "region": "${env:AWS_REGION}"})
            + differs("rules", rules(out), {
                (OWN.format("dynamodb", "table/${env:TABLE}"), "dynamodb:PutItem"),
                ("${env:JOBS_URL}", "sqs:SendMessage"), ("${env:TOPIC_ARN}", "sns:Publish"),
                ("arn:aws:s3:::${env:BUCKET}/2026/q3.csv", "s3:PutObject"), ("arn:aws:s3:::${env:BUCKET}/2026/q3.csv", "s3:GetObject"),
                ("arn:aws:s3:::${env:BUCKET}/copy.csv", "s3:PutObject"),
                (OWN.format("ssm", "parameter/shop/limit"), "ssm:GetParameter"),
                (OWN.format("lambda", "function:echo"), "lambda:InvokeFunction")})
            + ([] if any("seen s3.CopyObject" in lines for lines in text["evidence"].values()) else ["no evidence"]))


def deterministic(folder, env, made):
    texts = []
    for order in (1, -1):
        steps = [step(s, o, **p) for s, (o, p), _, _ in cases(made)][::order]
        done, _ = learn(folder, env=env, steps=steps)
        texts.append(done.stdout)
    return differs("another order of calls, another text", texts[0], texts[1]) + ([] if texts[0].startswith("{") else [texts[0][:200]])


def merged(folder, env, made):
    out = folder / "merged.json"
    put = step("dynamodb", "PutItem", TableName="orders", Item={"id": {"S": "1"}})
    problems = differs("first", learn(folder, "--merge", out, "-o", out, env=env, steps=[put])[0].returncode, 0)
    first = rules(out)
    text = json.loads(out.read_text())
    text["allow"]["s3"] = {"arn:aws:s3:::reports/2026/*": ["s3:PutObject"]}     # widened by hand
    out.write_text(json.dumps(text))
    learn(folder, "--merge", out, "-o", out, env=env, steps=[
        put, step("s3", "PutObject", Bucket="reports", Key="2026/a.csv", Body="x"),
        step("s3", "PutObject", Bucket="reports", Key="b.csv", Body="x")])
    return problems + differs("both", rules(out), first | {("arn:aws:s3:::reports/2026/*", "s3:PutObject"),
                                                           ("arn:aws:s3:::reports/b.csv", "s3:PutObject")})


def compared(folder, env, made):
    analysed = folder / "analysed.json"
    analysed.write_text(json.dumps({"alps": 1, "context": {"account": "${env:AWS_ACCOUNT_ID}", "region": "${env:AWS_REGION}"}, "allow": {
        "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/${env:ORDERS}": ["dynamodb:PutItem", "dynamodb:Scan"]}}}))
    env = {**env, "ORDERS": "orders", "A_TABLE": "orders"}
    put = step("dynamodb", "PutItem", TableName="orders", Item={"id": {"S": "1"}})
    out = folder / "compared.json"
    done, _ = learn(folder, "--diff", analysed, "-o", out, env=env, steps=[put])
    unused = "unused   dynamodb:Scan on arn:aws:dynamodb:${region}:${account}:table/${env:ORDERS}"
    said = [line for line in done.stdout.splitlines() if not line.startswith("{")]
    problems = differs("nothing is missing", (done.returncode, said), (0, [unused]))
    problems += differs("the analyzed name of it", rules(out), {(OWN.format("dynamodb", "table/${env:ORDERS}"), "dynamodb:PutItem")})
    done, _ = learn(folder, "--diff", analysed, "-o", out, env=env, steps=[put, step("sqs", "SendMessage", QueueUrl=queue("jobs"),
                                                                                    MessageBody="x")])
    said = [line for line in done.stdout.splitlines() if not line.startswith("{")]
    return problems + differs("a queue is missing", (done.returncode, said),
                              (1, [f"missing  sqs:SendMessage on {arn('sqs', 'jobs')}", unused]))


def hosts(folder, env, made):
    out = folder / "hosts.json"
    done, _ = learn(folder, "-o", out, env=env, command=[sys.executable, "-c", HOST])
    text = json.loads(out.read_text())
    return differs("status", done.returncode, 0) + differs("hosts", text.get("hosts"), ["partner.example"])


def statuses(folder, env, made):
    out = folder / "none.json"
    nothing, _ = learn(folder, "-o", out, env=env, command=["sh", "-c", "exit 0"])
    own, _ = learn(folder, "-o", out, env=env, command=["sh", "-c", "exit 7"])
    killed, _ = learn(folder, "-o", out, env=env, command=["sh", "-c", "kill -TERM $$"])
    missing, _ = learn(folder, "-o", out, env=env, command=["no-such-program"])
    nobody = subprocess.run([harness.ALPS, "learn"], env=env, capture_output=True, text=True)
    wrong, _ = learn(folder, "-o", "/nonexistent/x.json", env=env, command=["true"])
    broken = folder / "broken.json"
    broken.write_text('{ "alps": 1, "alow": {} }')
    bad, _ = learn(folder, "--diff", broken, env=env, command=["touch", str(folder / "started")])
    left = [p for p in os.listdir(env.get("TMPDIR", "/tmp")) if p.startswith("alps-learn-")]
    return (differs("nothing was seen", (nothing.returncode, "no request was seen" in nothing.stderr), (1, True))
            + differs("the program's own", own.returncode, 7) + differs("killed", killed.returncode, 143)
            + differs("no such program", missing.returncode, 127) + differs("no program", nobody.returncode, 2)
            + differs("cannot be written", wrong.returncode, 2) + differs("broken allowlist", bad.returncode, 2)
            + (["it was started all the same"] if (folder / "started").exists() else [])
            + differs("left behind", left, []))


def main():
    tally = harness.Tally()
    world = World(buckets=("reports", "needle-salaries"), strangers=("partner.example",))
    for name in ("echo", "needle-echo"):
        world.add(name, {"Runtime": "nodejs22.x", "Handler": "echo.handler"}, ECHO)
    with world:
        for function in world.functions.values():
            function.start()
        env = {**lambda_environment(world.ca), "PYTHONHASHSEED": "0", "TMPDIR": str(world.folder)}
        os.environ.update({k: v for k, v in env.items() if k.startswith("AWS_")})
        made = build(boto3.client)
        for name, test in (("the same run passes under what was learnt, and nothing else", same_run_passes),
                           ("values of the environment become variables again", variables_come_back),
                           ("the same calls in any order give the same text", deterministic),
                           ("earlier runs are kept, and what was widened by hand", merged),
                           ("against the analyzed allowlist: missing and unused", compared),
                           ("hosts that are no cloud API", hosts), ("exit statuses", statuses)):
            try:
                problems = test(world.folder, env, made)
            except Exception as e:  # a test that cannot be made is one that failed
                problems = [f"{type(e).__name__}: {e}"]
            tally.test(name, problems)
    return tally.close()


sys.exit(main())
