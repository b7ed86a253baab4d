#!/usr/bin/env python3
"""The `alps` command as a shell sees it: outputs and exit statuses, row by row. No world and no network is needed."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

APP = Path(__file__).resolve().parents[3] / "demo" / "app"
SUBCOMMANDS = ["analyze", "run", "explain", "map", "diff", "learn", "doctor", "help"]
ALLOWLIST = {
    "alps": 1,
    "context": {"account": "111122223333", "region": "eu-west-1"},
    "allow": {
        "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/orders": ["dynamodb:PutItem"]},
        "s3": {"arn:aws:s3:::reports/*": ["s3:PutObject"]},
    },
    "hosts": ["api.stripe.com"],
    "evidence": {"s3:PutObject arn:aws:s3:::reports/*": ["app.py:12:5 literal \"reports\""]},
}
ORDERS = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


def alps(*args, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ALPS_") and k != "LD_PRELOAD"} | more.pop("env", {})
    return subprocess.run([harness.ALPS, *map(str, args)], capture_output=True, text=True, timeout=120, env=env, **more)


class Rows:
    """Tests whose rows are: name, process, exit status, and what its output has to hold."""

    def __init__(self, tally):
        self.tally = tally

    def row(self, name, done, status, *, out=(), err=(), problems=()):
        problems = list(problems)
        if done.returncode != status:
            problems.append(f"exit status {done.returncode}, not {status}")
        problems += [f"standard output lacks {w!r}" for w in out if w not in done.stdout]
        problems += [f"standard error lacks {w!r}" for w in err if w not in done.stderr]
        if "Sanitizer" in done.stderr or done.returncode < 0:
            problems.append("it crashed")
        self.tally.test(name, problems + (done.stdout + done.stderr).splitlines()[:12] if problems else [])


def help_and_table(rows):
    rows.row("no subcommand", alps(), 2, err=["Usage"])
    rows.row("--help", alps("--help"), 0, out=SUBCOMMANDS)
    rows.row("an unknown subcommand", alps("frobnicate"), 2, err=["frobnicate"])
    man, bash, fish = (alps("help", *w).stdout for w in (["--man"], ["--completion", "bash"], ["--completion", "fish"]))
    zsh = alps("help", "--completion", "zsh").stdout
    for name in SUBCOMMANDS:
        done = alps(name, "--help")
        options = [w for w in done.stdout.replace(".", " ").split() if w.startswith("--") and w != "--" and w != "--help"]
        missing = [f"{o} is not in {what}" for o in options for what, text in
                   {"the manual": man.replace("\\-", "-"), "bash": bash, "zsh": zsh}.items() if o not in text]
        missing += [f"{o} is not in fish" for o in options if f"-l {o[2:]}" not in fish]
        rows.row(f"{name} --help; the same in manual and completions", done, 0, out=["Usage: alps " + name], problems=missing)
        rows.row(f"{name}: an unknown option", alps(name, "--no-such-option"), 2, err=["--no-such-option"])
    rows.row("a word that an option does not know", alps("run", "--mode", "maybe", "--", "true"), 2, err=["enforce|observe"])
    rows.row("an argument that is missing", alps("map", "--allowlist"), 2, err=["--allowlist"])
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.ALPS, "help"], stdout=full, stderr=subprocess.PIPE, text=True)
    rows.tally.test("a full disk is no success", [] if done.returncode == 2 and "standard output" in done.stderr else [done.stderr])
    script = bash + '\nCOMP_WORDS=(alps r); COMP_CWORD=1; _alps; echo "${COMPREPLY[@]}"' \
        '\nCOMP_WORDS=(alps run --mode ""); COMP_CWORD=3; _alps; echo "${COMPREPLY[@]}"' \
        '\nCOMP_WORDS=(alps map --a); COMP_CWORD=2; _alps; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    rows.row("bash completes", done, 0, problems=[] if done.stdout == "run\nenforce observe\n--allowlist\n" else [done.stdout])
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=man, capture_output=True, text=True)
        rows.row("the manual page has no roff mistakes", done, 0, problems=done.stderr.splitlines(), out=["SUBCOMMANDS"])


def signed(service):
    return ["authorization", f"AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/{service}/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64]


def line(id_, host, method, target, headers, body=b"", **more):
    return json.dumps({"id": id_, "sni": host, "method": method, "target": target, "headers": [["host", host], *headers],
                       "body_base64": base64.b64encode(body).decode(), **more}) + "\n"


def dynamodb(id_, operation, table):
    body = json.dumps({"TableName": table}).encode()
    return line(id_, "dynamodb.eu-west-1.amazonaws.com", "POST", "/",
                [["x-amz-target", "DynamoDB_20120810." + operation], ["content-type", "application/x-amz-json-1.0"],
                 ["content-length", str(len(body))], signed("dynamodb")], body)


def over_http2(id_, table):
    pseudo = [[":method", "POST"], [":scheme", "https"], [":authority", "dynamodb.eu-west-1.amazonaws.com"], [":path", "/"]]
    return json.dumps({"id": id_, "sni": "dynamodb.eu-west-1.amazonaws.com", "http": 2, "headers":
                       [*pseudo, ["x-amz-target", "DynamoDB_20120810.PutItem"], signed("dynamodb")],
                       "body_base64": base64.b64encode(json.dumps({"TableName": table}).encode()).decode()}) + "\n"


def mapping(rows, folder, allowlist):
    s3 = "salaries.s3.eu-west-1.amazonaws.com"
    table = [       # line, operation, resource, reason, verdict
        (dynamodb("1", "PutItem", "orders"), "dynamodb.PutItem", ORDERS, "MAPPED", "allow"),
        (dynamodb("2", "PutItem", "orders2"), "dynamodb.PutItem", ORDERS + "2", "MAPPED", "deny"),
        (dynamodb(3, "Scan", "orders"), "dynamodb.Scan", ORDERS, "MAPPED", "deny"),
        (over_http2("4", "orders"), "dynamodb.PutItem", ORDERS, "MAPPED", "allow"),
        (line("5", s3, "PUT", "/q3.csv", [["transfer-encoding", "chunked"], signed("s3")], b"abc"), "s3.PutObject",
         "arn:aws:s3:::salaries/q3.csv", "MAPPED", "deny"),
        (line("6", "attacker.example", "POST", "/", [["content-length", "1"]], b"x"), None, None, "HOST_NOT_LISTED", "deny"),
        (line("7", "api.stripe.com", "GET", "/", []), None, None, "HOST_LISTED", "allow"),
        (dynamodb("8", "Nonsense", "orders"), None, None, "UNKNOWN_API", "deny"),
        (line("9", s3, "PUT", "/a b", [signed("s3")]), None, None, "MALFORMED_LINE", "deny"),
        (line("10", s3, "PUT", "/k", [["content-length", "7"], signed("s3")], b"abc"), None, None, "FRAMING", "deny"),
    ]
    done = alps("map", "--allowlist", allowlist, input="".join(row[0] for row in table))
    found = [json.loads(text) for text in done.stdout.splitlines()]
    problems = [] if len(found) == len(table) else [f"{len(found)} lines"]
    for row, got in zip(table, found):
        resource = got["accesses"][0]["resource"] if got["accesses"] else None
        if (json.loads(row[0])["id"], *row[1:]) != (got["id"], got["operation"], resource, got["reason"], got["verdict"]):
            problems.append(f"{row[1:]}: {got}")
        if (got["rule"] is None) != (got["verdict"] == "deny" or got["reason"] == "HOST_LISTED"):
            problems.append(f"rule: {got}")
    rows.row("map: lines, in their order, and what an allowlist decides", done, 1, problems=problems)
    rows.row("map: all understood", alps("map", "--json", input=table[0][0]), 0, out=['"id":"1"', '"candidates":[]'])
    rows.row("map: an account that nobody knows is a star", alps("map", input=table[0][0]), 0, out=["eu-west-1:*:table/orders"])
    rows.row("map: a line that is none", alps("map", input=table[0][0] + "{"), 2, out=["dynamodb.PutItem"], err=["line 2"])
    raw, more = folder / "request", folder / "request and more"
    raw.write_text("PUT /q3.csv HTTP/1.1\r\nHost: reports.s3.eu-west-1.amazonaws.com\r\nContent-Length: 2\r\n\r\nab")
    more.write_bytes(raw.read_bytes() + b"x")
    rows.row("map: a raw request", alps("map", "--allowlist", allowlist, raw), 0,
             out=["s3.PutObject", "arn:aws:s3:::reports/q3.csv", '"verdict":"allow"', str(raw)])
    rows.row("map: bytes behind a raw request's end", alps("map", raw, more), 1, out=["MAPPED", "FRAMING"])
    rows.row("map: a file that is not there", alps("map", folder / "nothing"), 2, err=["nothing: No such file"])
    many, start = "".join(dynamodb(str(i), "PutItem", f"t{i}") for i in range(100000)), time.monotonic()
    done = alps("map", input=many)
    seconds = time.monotonic() - start
    rows.row(f"map: 100,000 requests ({seconds:.1f} s)", done, 0, problems=[f"{seconds} s"] if seconds > 60 else [],
             out=["table/t99999"])


def running(rows, folder, allowlist):
    def run(*args, **more):
        return alps("run", "--allowlist", allowlist, *args, **more)

    rows.row("run: the exit status is the program's", run("--", "sh", "-c", "exit 41"), 41)
    rows.row("run: so is the signal's", run("--", "sh", "-c", 'sh -c "kill -9 \\$\\$"'), 137)
    rows.row("run: options are the program's, too", run("sh", "-c", 'echo "$1"', "sh", "--help"), 0, out=["--help\n"])
    rows.row("run: a program that is not there", run("--", "no-such-program"), 127, err=["no-such-program"])
    rows.row("run: nothing to run", run(), 2, err=["what is to be run"])
    rows.row("run: what this build has not", run("--via", "supervisor", "--", "true"), 2, err=["supervisor"])
    done = run("--log", "log.jsonl", "--function", "checkout", "--mode", "observe", "--", "env", cwd=folder,
               env={"LD_PRELOAD": "/usr/lib/nothing.so", "ALPS_MODE": "enforce"})
    rows.row("run: the guard's environment", done, 0,
             out=["libalps_guard.so:/usr/lib/nothing.so", f"ALPS_ALLOWLIST={allowlist}", "ALPS_MODE=observe",
                  f"ALPS_LOG={folder}/log.jsonl", "ALPS_FUNCTION=checkout"])
    rows.row("run: enforce, whatever the environment says", run("--", "env", env={"ALPS_MODE": "observe"}), 0,
             out=["ALPS_MODE=enforce"])
    rows.row("run: no allowlist", alps("run", "--", "touch", "started", cwd=folder), 2, err=["allowlist.json", "--allowlist"],
             problems=["it was started"] if (folder / "started").exists() else [])
    shutil.copy(allowlist, folder / "allowlist.json")
    rows.row("run: ./allowlist.json", alps("run", "--", "true", cwd=folder), 0)
    unheld(rows, folder, run)


def unheld(rows, folder, run):
    """Programs that the guard cannot hold are not started."""
    static, script, env_script, ok = (folder / name for name in ("static", "script", "env-script", "ok"))
    (folder / "static.c").write_text('#include <stdio.h>\nint main(void) { return puts("started") < 0; }\n')
    if subprocess.run(["cc", "-static", "-o", static, folder / "static.c"], capture_output=True).returncode:
        rows.tally.skip("run: static programs", "there is no static C library")
        return
    script.write_text(f"#!{static}\n")
    env_script.write_text("#!/usr/bin/env -S A=b static\n")
    ok.write_text("#!/usr/bin/env sh\necho held\n")
    for file in (script, env_script, ok):
        file.chmod(0o755)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    for name, argv in {"static": [static], "script": [script], "env": ["env", "A=b", static], "env-script": [env_script]}.items():
        done = run("--", *argv, env=path)
        rows.row(f"run: not started, since static: {name}", done, 2, err=["linked statically"],
                 problems=["it was started"] if "started" in done.stdout else [])
    rows.row("run: a script whose interpreter can be held", run("--", ok), 0, out=["held"])
    if os.geteuid() == 0:
        elevated = folder / "elevated"
        shutil.copy("/bin/true", elevated)
        os.chown(elevated, 65534, 65534)
        elevated.chmod(0o4755)
        rows.row("run: not started, since setuid", run("--", elevated), 2, err=["setuid"])


def explaining(rows, folder, allowlist):
    def decision(verdict, reason, *accesses, host="h", operation=None):
        return json.dumps({"verdict": verdict, "reason": reason, "operation": operation, "host": host,
                           "accesses": [{"action": a, "resource": r} for a, r in accesses]}) + "\n"

    log = folder / "decisions.jsonl"
    log.write_text(decision("deny", "NOT_LISTED", ("s3:PutObject", "arn:aws:s3:::salaries/q3.csv")) * 2
                   + decision("deny", "NOT_LISTED", ("dynamodb:DeleteItem", ORDERS))
                   + decision("deny", "NOT_LISTED", ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:\x1b[2Jq"))
                   + decision("deny", "HOST_NOT_LISTED", host="attacker.example")
                   + decision("deny", "BODY_DUPLICATE", host="dynamodb.eu-west-1.amazonaws.com")
                   + decision("allow", "LISTED", ("dynamodb:PutItem", ORDERS)))
    done = alps("explain", "--allowlist", allowlist, log)
    problems = [] if done.stdout.count("salaries/q3.csv on") + done.stdout.count("on arn:aws:s3:::salaries/q3.csv") == 1 else ["twice"]
    problems += ["the terminal is told to obey"] if "\x1b" in done.stdout else []
    rows.row("explain: a log", done, 1, problems=problems,
             out=["its resource is reports/*, not salaries/q3.csv", 'because app.py:12:5 literal "reports"',
                  '{"allow": {"s3": {"arn:aws:s3:::salaries/q3.csv": ["s3:PutObject"]}}}', "but its action is dynamodb:PutItem",
                  "no rule names this service", '{"hosts": ["attacker.example"]}', "nothing in an allowlist can allow it",
                  "allowed  dynamodb:PutItem", f"{allowlist}:"])
    done = alps("explain", "--json", "--allowlist", allowlist, "--log", log)
    found = [json.loads(text) for text in done.stdout.splitlines()]
    merged = dict(ALLOWLIST, allow={**ALLOWLIST["allow"], "s3": {**ALLOWLIST["allow"]["s3"], **found[0]["add"]["allow"]["s3"]}})
    rows.row("explain: a log, as JSON", done, 1, problems=[] if [f["verdict"] for f in found] == ["deny"] * 5 + ["allow"] else found)
    fixed = folder / "fixed.json"
    fixed.write_text(json.dumps(merged))
    ask = ["--action", "s3:PutObject", "--resource", "arn:aws:s3:::salaries/q3.csv"]
    rows.row("explain: one access", alps("explain", "--allowlist", allowlist, *ask), 1, out=["denied"])
    rows.row("explain: what it says would allow it does", alps("explain", "--allowlist", fixed, *ask), 0, out=["allowed"])
    rows.row("explain: a raw request", alps("explain", "--allowlist", allowlist, folder / "request"), 0,
             out=["allowed  s3:PutObject on arn:aws:s3:::reports/q3.csv"])
    rows.row("explain: standard input", alps("explain", "--allowlist", allowlist, input=log.read_text()), 1, out=["attacker.example"])
    rows.row("explain: what is no log", alps("explain", "--allowlist", allowlist, input='{"a": 1}\n'), 2, err=["-:1"])
    rows.row("explain: an action that does not exist", alps("explain", "--allowlist", allowlist, "--action", "s3:Put"), 2, err=["s3:Put"])
    rows.row("explain: what a platform does by itself", alps("explain", "--platform"), 0, out=["aws-sts-get-caller-identity"])


def differing(rows, folder, allowlist):
    other = folder / "other.json"
    other.write_text(json.dumps(dict(ALLOWLIST, hosts=["api.example.com"], allow={
        "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/orders": ["dynamodb:GetItem"]},
        "s3": {"arn:aws:s3:::rep*": ["s3:PutObject"]}})))
    rows.row("diff: the same", alps("diff", allowlist, allowlist), 0, problems=alps("diff", allowlist, allowlist).stdout.splitlines())
    rows.row("diff: gained, lost, widened", alps("diff", allowlist, other), 1,
             out=["gained    dynamodb:GetItem", "lost      dynamodb:PutItem", "widened   s3:PutObject on arn:aws:s3:::rep*",
                  "gained    host api.example.com", "lost      host api.stripe.com"])
    done = alps("diff", "--json", other, allowlist)
    found = {json.loads(text)["change"] for text in done.stdout.splitlines()}
    rows.row("diff: the other way, as JSON", done, 1, problems=[] if found == {"gained", "lost", "narrowed"} else [found])
    rows.row("diff: one allowlist", alps("diff", allowlist), 2, err=["two allowlists"])
    code = folder / "code"
    shutil.copytree(APP, code)
    rows.row("diff: the same code", alps("diff", APP, code), 0)
    with open(code / "settle-payment" / "app.py") as f:
        changed = f.read().replace("put_item", "delete_item")
    with open(code / "settle-payment" / "app.py", "w") as f:
        f.write(changed)
    rows.row("diff: code that was changed", alps("diff", APP, code), 1,
             out=["settle-payment: gained    dynamodb:DeleteItem on", "settle-payment: lost      dynamodb:PutItem on"])
    with open(code / "settle-payment" / "app.py", "a") as f:
        f.write("def broken(:\n")
    rows.row("diff: code that does not parse", alps("diff", APP, code), 2, err=["not all of it is understood"])


def doctoring(rows):
    done = alps("doctor", "--json")
    report = json.loads(done.stdout)
    names = {p["probe"] for p in report["probes"]}
    wanted = {"LD_PRELOAD", "text can be patched", "seccomp listener", "BPF connect program", "uprobe", "io_uring", "memory sealing"}
    problems = [f"no probe {n}" for n in wanted - names] + ([] if report["guard"] == (done.returncode == 0) else ["status and report differ"])
    rows.row("doctor: every probe reports", done, done.returncode, problems=problems)
    rows.row("doctor: for people", alps("doctor", env={"PATH": "/usr/bin:/bin"}), done.returncode, out=["seccomp listener", "guard"])


def main():
    tally = harness.Tally()
    rows = Rows(tally)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        allowlist = folder / "rules.json"
        allowlist.write_text(json.dumps(ALLOWLIST))
        help_and_table(rows)
        mapping(rows, folder, allowlist)
        running(rows, folder, allowlist)
        explaining(rows, folder, allowlist)
        differing(rows, folder, allowlist)
        doctoring(rows)
    return tally.close()


sys.exit(main())
