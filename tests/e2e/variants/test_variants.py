#!/usr/bin/env python3
"""The demo is not special: its app in other words (apps.py) is analysed, and the allowlist that comes out is judged by what it
decides. It must allow the one call that each variant makes, and nothing else."""

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402
from apps import VARIANTS, sam  # noqa: E402

REGION, ACCOUNT = "eu-west-1", "123456789012"
ENV = {"AWS_REGION": REGION, "AWS_ACCOUNT_ID": ACCOUNT, "TABLE": "LEDGER", "BOOKS": "LEDGER", "PATH": "/usr/bin:/bin",
       "ORDERS_TABLE": "ORDERS", "PAYMENTS_TABLE": "PAYMENTS"}


def dynamodb(operation, table):
    return request("dynamodb", "/", json.dumps({"TableName": table, "Item": {"id": {"S": "1"}}}),
                   [["x-amz-target", f"DynamoDB_20120810.{operation}"], ["content-type", "application/x-amz-json-1.0"]])


def request(service, target, body, headers):
    host = f"{service}.{REGION}.amazonaws.com"
    scope = f"AKIAIOSFODNN7EXAMPLE/20261121/{REGION}/{service}/aws4_request"
    sign = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return {"sni": host, "method": "POST", "target": target, "body_base64": base64.b64encode(body.encode()).decode(),
            "headers": [["host", host], ["content-length", str(len(body))], ["authorization", sign], *headers]}


INVOKE = request("lambda", "/2015-03-31/functions/settle-payment/invocations", "{}", [["content-type", "application/json"]])


def decides(allowlist, requests):
    """["allow" or "deny" …], by `alps map`."""
    lines = "".join(json.dumps({"id": str(i), **r}) + "\n" for i, r in enumerate(requests))
    done = subprocess.run([harness.ALPS, "map", "--json", "--allowlist", allowlist], input=lines, env=ENV,
                          capture_output=True, text=True)
    return [json.loads(line)["verdict"] for line in done.stdout.splitlines()] or [done.stderr]


def judge(allowlist, table, other):
    """Exactly PutItem on ${table}."""
    if not allowlist.exists():
        return [f"no {allowlist.name}: {sorted(p.name for p in allowlist.parent.parent.glob('*'))}"]
    found = decides(allowlist, [dynamodb("PutItem", table), dynamodb("PutItem", other), dynamodb("Scan", table),
                                dynamodb("DeleteItem", table), INVOKE])
    expected = ["allow", "deny", "deny", "deny", "deny"]
    return [] if found == expected else [f"decided {found}", allowlist.read_text()]


def analyze(path, out):
    return subprocess.run([harness.ALPS, "analyze", path, "--out", out], capture_output=True, text=True)


def main():
    tally = harness.Tally()
    for name, files in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            app, out = Path(folder) / "app", Path(folder) / "out"
            for path, text in {"template.yaml": sam(), **files}.items():
                (app / path).parent.mkdir(parents=True, exist_ok=True)
                (app / path).write_text(text)
            done = analyze(app, out)
            function = "book-keeping" if name == "other names" else "fn"
            problems = judge(out / function / "allowlist.json", "LEDGER", "PAYMENTS")
            if done.returncode:
                problems += [f"exit status {done.returncode}"]
            tally.test(name, problems + (done.stdout + done.stderr).splitlines()[-20:] if problems else [])
    with tempfile.TemporaryDirectory() as out:
        done = analyze(harness.ROOT / "demo" / "app", out)
        problems = judge(Path(out) / "create-order" / "allowlist.json", "ORDERS", "PAYMENTS")
        problems += judge(Path(out) / "settle-payment" / "allowlist.json", "PAYMENTS", "ORDERS")
        tally.test("the demo's own app", problems + (done.stdout + done.stderr).splitlines()[-20:] if problems else [])
    return tally.close()


sys.exit(main())
