"""Plays every client of cases.py in every runtime, and judges it; see run."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import harness
import wire
from cases import ALLOW, ALLOWED, CLIENTS, REFUSED, SYSTEM
from emulators import ACCOUNT, MADE, PROJECT, REGION, ROOT, World

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 90
SURE = (SYSTEM, "Node 22")          # every client runs in these; not all do in older and newer ones


class Runtime:
    def __init__(self, kind, label, command, env):
        self.kind, self.label, self.command, self.env = kind, label, command, env


def runtimes(full):
    """Those that install brought, oldest first; without ${full} the one Python and one Node that every machine has."""
    found = []
    for stamp in sorted(MADE.glob(".py-*.stamp"), key=lambda p: int(p.name.split(".")[2])):
        folder = MADE / stamp.name[1 : -len(".stamp")]
        found.append(Runtime("python", "Python " + folder.name[3:], [folder / "bin" / "python", HERE / "clients" / "clients.py"], {}))
    nodes = {int(p.name.split("-")[-1]): p / "node_modules" / "node" / "bin" / "node"
             for p in [*MADE.glob("node-*"), *(ROOT / "build" / "node" / "runtimes").glob("*")]}
    found += [Runtime("node", f"Node {v}", [nodes[v], HERE / "clients" / "clients.cjs"], {}) for v in sorted(nodes)]
    for kind, label, ending in (("ruby", "Ruby", "rb"), ("php", "PHP", "php")):
        if program := shutil.which(kind):
            found.append(Runtime(kind, label, [program, HERE / "clients" / f"clients.{ending}"], {}))
    if full:
        return found
    return [r for r in found if r.label in SURE]


def play(world, runtime, client, steps, before=()):
    """(answers, problems, requests that arrived, bytes beside them)"""
    mark = world.front.mark()
    command = [*map(str, before), *map(str, runtime.command), client]
    try:
        done = subprocess.run(command, input=json.dumps(steps), env={**world.environment(), **runtime.env}, capture_output=True,
                              text=True, timeout=TIMEOUT_S, cwd=world.folder)
        out, problems = done.stdout, []
        if done.returncode:
            problems.append(f"exit status {done.returncode}: {done.stderr.strip()[-700:]}")
    except subprocess.TimeoutExpired as e:
        out, problems = (e.stdout or b"").decode(), [f"not done after {TIMEOUT_S} s: {(e.stderr or b'').decode()[-700:]}"]
    arrived, beside = [], 0
    for c in world.seen(mark):
        requests, more = wire.requests(c)
        arrived += requests
        beside += more
        problems += [f"to {c.sni}: {c.broken}"] * bool(c.broken)
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")], problems, arrived, beside


def refused(request, case):
    text = f"{request.method} {request.target}\n" + request.text()
    return REFUSED in text and not (case.listed and re.match(case.listed, text))


def steps_of(case):
    return [(what, name) for what in case.steps for name in (ALLOWED, REFUSED, ALLOWED)]


def bare(world, runtime, case):
    """Without ALPS. (problems, why it cannot be tried here at all, requests)"""
    steps = steps_of(case)
    answers, problems, arrived, _ = play(world, runtime, case.name, steps)
    if not any(a["ok"] for a in answers) and runtime.label not in SURE:
        why = next((a["message"] for a in answers if not a["ok"] and "message" in a), "".join(problems))
        return problems, why.strip().splitlines()[-1] if why.strip() else "no answer", []
    if len(answers) != len(steps):
        problems.append(f"{len(answers)} answers to {len(steps)} calls")
    problems += [f"{what} {name}: {a}" for (what, name), a in zip(steps, answers) if name == ALLOWED and not a["ok"]]
    n = sum(refused(r, case) for r in arrived)
    if n < len(case.steps):
        problems.append(f"{len(case.steps)} calls that will be refused, {n} seen by the server")
    return problems, None, arrived


def denied(step, answer, silent):
    """What is wrong with how the SDK took a refusal."""
    kind, code, status, action, resource = step
    problems = []
    if answer["ok"]:
        return ["it was answered"]
    if kind not in answer["types"]:
        problems.append(f"class {answer['types']} instead of {kind}")
    if answer["code"] != code:
        problems.append(f"code {answer['code']} instead of {code}")
    if answer["status"] != status:
        problems.append(f"status {answer['status']}")
    if not silent:
        problems += [f"no {part} in {answer['message'][:300]}" for part in (action, resource) if part not in answer["message"]]
    return problems


def held(world, runtime, case, reference):
    """Under the allowlist: (problems with allowed calls, with refused ones)."""
    steps = steps_of(case)
    log = world.folder / "log"
    log.unlink(missing_ok=True)
    before = [harness.ALPS, "run", "--allowlist", world.folder / "allowlist.json", "--log", log, "--"]
    answers, problems, arrived, beside = play(world, runtime, case.name, steps, before)
    bad = []
    if len(answers) != len(steps):
        problems.append(f"{len(answers)} answers to {len(steps)} calls")
    for (what, name), a in zip(steps, answers):
        if name == ALLOWED and not a["ok"]:
            problems.append(f"{what}: {a}")
        elif name == REFUSED:
            bad += [f"{what}: {p}" for p in denied(case.steps[what], a, what in case.silent)]
    bad += [f"arrived: {r.method} {r.host}{r.target}" for r in arrived if refused(r, case)]
    if beside:
        bad.append(f"{beside} bytes at the server that are no whole request's")
    same = [sorted(wire.comparable(r) for r in rs if not refused(r, case) and case.host in r.host) for rs in (reference, arrived)]
    if same[0] != same[1]:
        problems.append("not the bytes that arrive without ALPS: " + difference(*same))
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    bad += attempts(case, lines)
    return problems, bad, answers, lines


def difference(a, b):
    if len(a) != len(b):
        return f"{len(a)} requests without, {len(b)} with: " + str([t.split(chr(10))[:2] for t in a]) + str([t.split(chr(10))[:2] for t in b])
    left, right = next((x, y) for x, y in zip(a, b) if x != y)
    at = next((i for i, (x, y) in enumerate(zip(left, right)) if x != y), min(len(left), len(right)))
    return f"{left[max(0, at - 60):at + 60]!r} and {right[max(0, at - 60):at + 60]!r}"


def attempts(case, lines):
    """Each refused step was tried once (or as often as the SDK itself does): so many refusals of its action on its resource."""
    wrong = []
    for action, resource in sorted({step[3:] for step in case.steps.values()}):
        wanted = sum(step[3:] == (action, resource) for step in case.steps.values())
        tries = case.tries.get(action, 1)
        got = sum(any(a["action"] == action and resource in (a["resource"] or "") for a in line["accesses"])
                  for line in lines if line["verdict"] == "deny")
        if got != wanted * tries:
            wrong.append(f"{got} attempts at {action} on {resource} instead of {wanted * tries}")
    return wrong


def stress(world, runtime, each, many):
    """clients/stress.py under the allowlist, its messages compared with those that arrived."""
    mark = world.front.mark()
    command = [harness.ALPS, "run", "--allowlist", world.folder / "allowlist.json", "--log", world.folder / "log", "--",
               runtime.command[0], HERE / "clients" / "stress.py", ALLOWED, REFUSED, str(each), str(many)]
    done = subprocess.run([*map(str, command)], env=world.environment(), capture_output=True, text=True, timeout=300,
                          cwd=world.folder)
    if done.returncode:
        return [f"exit status {done.returncode}: {done.stderr[-1500:]}"]
    said, arrived, connections = json.loads(done.stdout), [], []
    for c in world.seen(mark):
        found, beside = wire.requests(c)
        published = [r for r in found if r.target.endswith("/Publish")]
        arrived += published
        connections += [len(published)] * bool(published)
    bodies = sorted(hashlib.sha256(r.body[5:]).hexdigest() for r in arrived)     # behind gRPC's own five bytes
    calls = 12 * each + many
    wanted = {"allowed OK": calls - calls // 5, "refused PERMISSION_DENIED": calls // 5}
    problems = list(said["wrong"])
    if said["results"] != wanted:
        problems.append(f"{said['results']} instead of {wanted}")
    if bodies != sorted(said["bodies"]):
        problems.append(f"{len(bodies)} messages arrived, {len(said['bodies'])} were sent; they are not the same")
    if len(connections) != 2:
        problems.append(f"{len(connections)} connections instead of one of the threads and one of the loop: {connections}")
    if not said["streamed"]:
        problems.append("the stream beside them brought nothing")
    return problems


def setup(world):
    python = next(r.command[0] for r in runtimes(False) if r.kind == "python")
    allowlist = {"alps": 1, "function": "matrix", "context": {"account": ACCOUNT, "region": REGION, "project": PROJECT}, "allow": ALLOW}
    (world.folder / "allowlist.json").write_text(json.dumps(allowlist))
    done = subprocess.run([python, HERE / "clients" / "setup.py", ALLOWED, REFUSED], env=world.environment(), capture_output=True,
                          text=True, timeout=240)
    if done.returncode:
        logs = "\n".join(p.read_text(errors="replace")[-1500:] for p in world.folder.glob("*.log"))
        sys.exit(f"the world cannot be furnished: {done.stderr[-2000:]}\n{logs}")


def main(args):
    full, show = "--full" in args, "--show" in args
    only = args[args.index("--only") + 1] if "--only" in args else ""
    tally, table, columns = harness.Tally(), {}, runtimes(full)
    if not columns:
        sys.exit("no runtimes: tests/e2e/matrix/install brings them")
    with World() as world:
        setup(world)
        for runtime in columns:
            for case in CLIENTS:
                name = f"{runtime.label}, {case.name}"
                if case.kind != runtime.kind or only not in name or case.only not in ("", runtime.label):
                    continue
                problems, cannot, reference = bare(world, runtime, case)
                row = table.setdefault(case, {})
                if cannot:
                    tally.skip(name, cannot[:160])
                    row[runtime.label] = "–"
                    continue
                if problems:
                    tally.test(f"{name}: without ALPS it works", problems)
                    row[runtime.label] = "FAIL"
                    continue
                good, bad, answers, lines = held(world, runtime, case, reference)
                tally.test(f"{name}: what is allowed arrives as it was, and is answered", good)
                tally.test(f"{name}: what is refused stays, and is told in the SDK's own words", bad)
                row[runtime.label] = "ok" if not good + bad else "FAIL"
                if show:
                    print(*(json.dumps(a)[:1500] for a in answers), *(json.dumps(x)[:700] for x in lines), sep="\n")
        for runtime in (r for r in columns if r.kind == "python" and only in f"{r.label}, gRPC, many calls at once"):
            each, many = (400, 300) if full else (100, 200)
            tally.test(f"{runtime.label}, gRPC, many calls at once: {12 * each + many} of them", stress(world, runtime, each, many))
    print_table(table, [c.label for c in columns], "--markdown" in args)
    return tally.close()


def print_table(table, columns, markdown):
    """One row per client, a column per runtime; a client of Python has no cell in a column of Node's."""
    rows = [["client", "cloud", "speaks", *columns]]
    rows += [[c.name, c.cloud, c.speaks, *(cells.get(label, "") for label in columns)] for c, cells in table.items()]
    if markdown:
        rows.insert(1, ["---"] * len(rows[0]))
        print(*("| " + " | ".join(row) + " |" for row in rows), sep="\n")
        return
    widths = [max(map(len, column)) for column in zip(*rows)]
    print(*("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows), sep="\n")
