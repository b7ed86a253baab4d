"""The play. Act one: a poisoned dependency in a function, without ALPS. Act two: what the functions need, by their source.
Act three: the same app, held to it. Every fact is checked from the server's side: the tables, the attacker's log, the bytes
that the TLS front counted."""

import json
import os
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "demo" / "world"))

import latency  # noqa: E402
import say  # noqa: E402
from front import QUICK  # noqa: E402
from functions import BUILD, node, template  # noqa: E402
from world import World  # noqa: E402

ALPS = os.environ.get("ALPS_BIN") or str(BUILD / "alps")
OUT = BUILD / "demo"
ORDER = {"customer": "Ada Lovelace", "card": "4111 1111 1111 1111", "items": [{"price": 12.5, "quantity": 2}]}
FIRST, SECOND = "A-1001", "A-1002"


def shown(path):
    """${path} as one would type it from the root of the repository."""
    return os.path.relpath(path, ROOT)


def attacks(stderr):
    """What the poisoned package noted about its three attempts (it writes its notes where NODE_DEBUG asks for them)."""
    notes = re.findall(r"^ORDER-TOTALS \d+: (\{.*\})$", stderr.read_text(), re.M)
    return {note["what"]: note for note in map(json.loads, notes)}


def place_order(world, order_id, *before):
    """One order through create-order, freshly started. Returns (response, the thief's notes, connections at the front)."""
    function = world.functions["create-order"]
    errors = world.folder / f"{order_id}.stderr"
    mark = world.front.mark()
    with errors.open("wb") as f:
        function.start(*before, stderr=f, NODE_DEBUG="order-totals")
        try:
            response = function.invoke({"orderId": order_id, **ORDER})
        except (RuntimeError, TimeoutError) as e:
            response = {"failed": str(e), "stderr": errors.read_text()[-500:]}
        finally:
            function.stop()
    return response, attacks(errors), world.front.since(mark)


def payments(world, order_id):
    return {row["paymentId"]: row for row in world.cloud.rows("PAYMENTS") if row["orderId"] == order_id}


def order_written(world, order_id, response):
    rows = [r for r in world.cloud.rows("ORDERS") if r["orderId"] == order_id]
    say.check(response.get("statusCode") == 201 and len(rows) == 1,
              f"the order is in ORDERS: {order_id}, {ORDER['customer']}, total {rows[0]['total'] if rows else '?'}",
              response)


def without_alps(world):
    say.heading("1  Without ALPS")
    say.plain("A customer orders; create-order handles it. Its dependency order-totals 2.4.1 has come with more than sums.")
    response, _, _ = place_order(world, FIRST)
    order_written(world, FIRST, response)
    forged, loot = payments(world, FIRST), [body for _, body in world.stranger.loot]
    a, b = forged.get(f"{FIRST}-invoked"), forged.get(f"{FIRST}-forged")
    say.bad(a and a.get("settledBy") == "settle-payment",
            f"the package invoked settle-payment, and PAYMENTS says: {FIRST}-invoked, 0.00, PAID", forged)
    say.bad(bool(b), f"the package wrote into PAYMENTS itself:           {FIRST}-forged, 0.00, PAID", forged)
    say.bad(len(loot) == 1 and json.loads(loot[0]) == {"orderId": FIRST, **ORDER},
            f"attacker.example has received the order: {loot[0].decode()[:61] if loot else ''}…", loot)
    say.plain("IAM did not mind: the role allows dynamodb:* and lambda:*, and no role says where a function may send data.")


def analyze():
    say.heading("2  What does each function need?")
    say.command(f"alps analyze demo/app --out {shown(OUT)}")
    done = subprocess.run([ALPS, "analyze", "demo/app", "--out", str(OUT)], cwd=ROOT, capture_output=True, text=True)
    say.block(done.stdout + done.stderr)
    say.check(done.returncode == 0, "alps analyze has understood all of it (exit status 0)", done.returncode)
    for name, table in (("create-order", "ORDERS"), ("settle-payment", "PAYMENTS")):
        allowlist, policy = OUT / name / "allowlist.json", OUT / name / "policy.aws.json"
        actions, asked = [], ""
        if allowlist.exists() and policy.exists():
            for statement in json.loads(policy.read_text())["Statement"]:
                if "logs:PutLogEvents" not in statement["Action"]:  # what every function needs to have a log
                    actions.append(statement["Action"])
                    asked = statement["Resource"]
        say.check(actions == ["dynamodb:PutItem"] and asked.endswith(f":table/{table}"),
                  f"IAM policy for {name + ':':<16} dynamodb:PutItem on {asked}", actions)
    say.plain(f"Both roles had dynamodb:* and lambda:* on everything. {shown(OUT)}/NAME/ has the policies and the allowlists.")


def refused(note, what):
    """The SDK's own error, after one attempt."""
    note = note or {}
    say.check(note.get("name") == "AccessDeniedException" and note.get("status") == 403 and note.get("attempts") == 1,
              f"{what}: AccessDeniedException from the SDK, after one attempt", note)
    if note.get("message"):
        say.wrapped(note["message"])


def front_counted(connections):
    """The bytes that reached the front, by host and by what they were for."""
    table = defaultdict(lambda: [0, 0, 0])
    for c in connections:
        row = table[c.sni or "?"]
        row[0] += 1
        row[1] += len(c.requests)
        row[2] += c.bytes
    say.plain("What the TLS front saw leave the function:      connections  requests  bytes")
    for host, (opened, requests, size) in sorted(table.items()):
        say.plain(f"  {host:<46}{opened:>11}{requests:>10}{size:>7}")
    requests = [r for c in connections for r in c.requests]
    own = [r for r in requests if r["operation"].endswith(".PutItem") and json.loads(r["body"])["TableName"] == "ORDERS"]
    left = sum(c.bytes for c in connections) - sum(r["bytes"] for r in own)
    say.check(len(own) == 1 and requests == own and left == 0,
              f"that is the order's own PutItem, {own[0]['bytes'] if own else 0} bytes;"
              f" for the three attacks: {left} request bytes",
              [(r["host"], r["target"], r["body"]) for r in requests])


def with_alps(world, log):
    allowlist = OUT / "create-order" / "allowlist.json"
    before = [ALPS, "run", "--allowlist", allowlist, "--log", log, "--"]
    say.heading("3  The same app, held to its allowlist")
    say.command(f"alps run --allowlist {shown(allowlist)} -- node …")
    n_loot, earlier = len(world.stranger.loot), world.cloud.rows("PAYMENTS")
    response, notes, connections = place_order(world, SECOND, *before)
    order_written(world, SECOND, response)
    refused(notes.get("invoke"), "invoke settle-payment")
    refused(notes.get("forge"), "write into PAYMENTS")
    steal = notes.get("steal") or {"ok": None}
    say.check(steal["ok"] is False,
              f"post to attacker.example: the connection ends ({steal.get('message')}, {steal.get('code')})", steal)
    say.check(world.cloud.rows("PAYMENTS") == earlier, "PAYMENTS is unchanged", payments(world, SECOND))
    say.check(len(world.stranger.loot) == n_loot, "attacker.example has received nothing", world.stranger.loot[n_loot:])
    front_counted(connections)
    settle(world)


def settle(world):
    """The other function under its own allowlist: what it is meant to do still works."""
    function = world.functions["settle-payment"]
    function.stop()
    errors = world.folder / "settle-payment.stderr"
    with errors.open("wb") as f:
        function.start(ALPS, "run", "--allowlist", OUT / "settle-payment" / "allowlist.json", "--log",
                       OUT / "settle-payment.jsonl", "--", stderr=f)
    try:
        function.invoke({"paymentId": f"{SECOND}-paid", "orderId": SECOND, "amount": 25})
    except (RuntimeError, TimeoutError) as e:
        say.check(False, "settle-payment works under its own allowlist", f"{e} {errors.read_text()[-500:]}")
    else:
        say.check(f"{SECOND}-paid" in payments(world, SECOND),
                  f"settle-payment, called by the bank and under its own allowlist, works: {SECOND}-paid, 25, PAID")


def decisions(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def explain(world, log):
    say.heading("4  Why?")
    denied = [d for d in decisions(log) if d["verdict"] == "deny"]
    say.check(len(denied) == 3, f"{shown(log)} has three refusals", [(d["operation"], d["reason"]) for d in denied])
    allowlist = OUT / "create-order" / "allowlist.json"
    say.command(f"alps explain --allowlist {shown(allowlist)} {shown(log)}        # with create-order's environment")
    done = subprocess.run([ALPS, "explain", "--allowlist", shown(allowlist), shown(log)], cwd=ROOT, capture_output=True,
                          text=True, env=world.functions["create-order"].environment())
    say.block(done.stdout + done.stderr)
    said = [w in done.stdout for w in ("lambda:InvokeFunction", "table/PAYMENTS", "attacker.example", "app.js:")]
    say.check(all(said) and done.stdout.count("allow it with") == 3,
              "it names all three and what would allow them, and for the order the line of source that did", done.stdout)


def cost(world, log):
    say.heading("5  What does it cost?")
    function = world.functions["create-order"]
    before = [ALPS, "run", "--allowlist", str(OUT / "create-order" / "allowlist.json"), "--log", str(log), "--"]
    plain, again, guarded = latency.measure(node(), function.environment(AWS_REGION=QUICK), before)
    verdict = [d["ns"] for d in decisions(log) if d["verdict"] == "allow" and d["operation"] == "dynamodb.PutItem"]
    say.plain(f"A warm PutItem: {plain:.3f} ms without ALPS, {guarded:.3f} ms with: {1000 * (guarded - plain):+.0f} µs per call"
              + (f", {statistics.median(verdict) / 1000:.1f} µs of it the verdict." if verdict else "."))
    say.plain(f"This machine's noise: {1000 * (again - plain):+.0f} µs for a second copy without ALPS. (Medians of {latency.CALLS} "
              f"calls in turn, quietest of {latency.ROUNDS} rounds;")
    say.plain("the server answers at once, where AWS takes milliseconds.)")


def closing():
    if say.failed:
        say.heading(f"{len(say.failed)} of the demo's claims did not hold")
        print("\n".join(f"  FAILED  {f}" for f in say.failed))
        return 1
    say.heading("That was")
    took = f"{say.seconds():.0f} s"
    say.plain(f"An unchanged app, its unchanged SDKs, real TLS: what its source asks for passed, the rest never left ({took}).")
    say.plain("On your function:  build/alps analyze path/to/function --out out/")
    say.plain("                   build/alps run --allowlist out/NAME/allowlist.json -- your command")
    return 0


def main():
    os.chdir(ROOT)
    say.title("ALPS: a poisoned dependency in a serverless app, without and with ALPS")
    say.plain("create-order (Node, AWS SDK for JavaScript v3) writes ORDERS; settle-payment (Python, boto3) writes PAYMENTS.")
    say.plain("The cloud: moto behind nginx, by AWS's own host names and TLS, in a network namespace; nothing leaves this machine.")
    world = World()
    for name, properties in template("demo/app/template.yaml").items():
        world.add(name, properties, OUT / "app" / properties["CodeUri"])
    with world:
        world.cloud.create_table("ORDERS", "orderId")
        world.cloud.create_table("PAYMENTS", "paymentId")
        world.functions["settle-payment"].start()
        without_alps(world)
        analyze()
        if not say.failed:
            log = OUT / "decisions.jsonl"
            with_alps(world, log)
            explain(world, log)
        if not say.failed:
            cost(world, OUT / "cost.jsonl")
    return closing()


if __name__ == "__main__":
    sys.exit(main())
