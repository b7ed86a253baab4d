"""botocore's protocol tests (made from Smithy's): toy services in every protocol, as a catalogue of their own; each request
must be its operation, and every text among its parameters must be found where the model says it lies.

    tests/vectors/protocols.py table BOTOCORE DIR      write the toy catalogue's tables to DIR/aws
    tests/vectors/protocols.py check BOTOCORE MAP      MAP: tests/vectors/map.c, linked with that catalogue
"""
import base64
import collections
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SUFFIX = "toy.test"


def suites(botocore):
    """(file, name, suite) of every group of cases that shares a model."""
    number = 0
    for path in sorted(glob.glob(f"{botocore}/tests/unit/protocols/input/*.json")):
        with open(path, encoding="utf-8") as f:
            for suite in json.load(f):
                number += 1
                yield os.path.basename(path)[:-5], f"toy{number}", suite


def place(protocol, name, ref, rest):
    where, wire = ref.get("location"), ref.get("locationName", name)
    if where == "uri":
        return "label:" + wire
    if where == "querystring":
        return "query:" + wire
    if where == "header":
        return "header:" + wire.lower()
    if where or rest:
        return None
    if protocol == "ec2":
        wire = ref.get("queryName") or wire[0].upper() + wire[1:]
    return "body:" + wire


def texts(suite, given):
    """{member: place} of the input's members that are plain text."""
    shapes = suite["shapes"]
    shape = shapes.get(given.get("input", {}).get("shape"), {})
    out = {}
    for name, ref in shape.get("members", {}).items():
        kind = shapes[ref["shape"]]
        if kind["type"] != "string" or ref.get("jsonvalue") or kind.get("jsonvalue") or shape.get("payload") == name or \
                ref.get("hostLabel") or ref.get("idempotencyToken") or ref.get("xmlAttribute"):
            continue
        at = place(suite["metadata"]["protocol"], name, ref, bool(shape.get("payload")))
        if at:
            out[name] = at
    return out


def protocol(suite):
    meta = suite["metadata"]
    name = meta["protocol"]
    if name == "json":
        return f'json{meta.get("jsonVersion", "1.0").replace(".", "")}\t{meta["targetPrefix"].split(".")[-1]}'
    if name in ("query", "ec2"):
        return f'{name}\t{meta["apiVersion"]}'
    if name == "smithy-rpc-v2-cbor":
        return f'cbor\t{meta["targetPrefix"]}'
    return f"{name}\t-"


def table(name, suite):
    rest = suite["metadata"]["protocol"].startswith("rest")
    out = [f"@service\t{name}", "@prefix\ttoy", f"@host\t{name}.{{region}}", f"@protocol\t{protocol(suite)}"]
    for given in {c["given"]["name"]: c["given"] for c in suite["cases"]}.values():
        found = texts(suite, given)
        accesses = "; ".join(["toy:Say *"] + [f"toy:Say {m}={{{m}:text}} if {m}" for m in found])
        request = f'{given["http"].get("method", "POST")} {given["http"]["requestUri"]}' if rest else "-"
        members = " ".join(f"{m}={at}" for m, at in found.items()) or "-"
        out.append("\t".join((given["name"], request, accesses, members)))
    return "\n".join(out) + "\n"


def write_tables(botocore, folder):
    os.makedirs(f"{folder}/aws", exist_ok=True)
    for _, name, suite in suites(botocore):
        with open(f"{folder}/aws/{name}.tsv", "w", encoding="utf-8") as f:
            f.write(table(name, suite))
    with open(f"{folder}/aws/actions.tsv", "w", encoding="utf-8") as f:
        f.write(f"@action\ttoy:Say\tRead\t-\n@suffix\taws\t{SUFFIX}\taws\n@region\teu-west-1\taws\n")


def message(name, meta, case):
    said = case["serialized"]
    body = said.get("body") or ""
    data = base64.b64decode(body) if "cbor" in meta["protocol"] and body else body.encode()
    fields = {k.lower(): v for k, v in (said.get("headers") or {}).items()}
    fields["host"] = f"{name}.eu-west-1.{SUFFIX}"
    if data:
        fields["content-length"] = str(len(data))
    if meta["protocol"] == "json":                      # some tests leave out what they do not test
        fields.setdefault("x-amz-target", f'{meta["targetPrefix"]}.{case["given"]["name"]}')
    if meta["protocol"] in ("query", "ec2"):
        fields.setdefault("content-type", "application/x-www-form-urlencoded")
    method = said.get("method") or case["given"]["http"].get("method", "POST")
    lines = [f'{method} {said.get("uri", "/")} HTTP/1.1'] + [f"{k}: {v}" for k, v in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), data


def adjudicated():
    with open(f"{HERE}/adjudicated.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    return {(r[1], r[2]): r[3] for r in rows if r[0] == "protocol"}


def check(botocore, program):
    cases = [(*which, case) for which in suites(botocore) for case in which[2]["cases"]]
    stdin = b"".join(b"%d %d\n" % (len(h), len(b)) + h + b
                     for h, b in (message(name, suite["metadata"], case) for _, name, suite, case in cases))
    done = subprocess.run([program], input=stdin, capture_output=True, check=False)
    answers = done.stdout.decode("utf-8", "replace").split("\n")[:-1]
    if len(answers) != len(cases):
        sys.exit(f"{len(answers)} answers to {len(cases)} requests")
    count, told, used, values = collections.Counter(), adjudicated(), set(), 0
    for (file, _, suite, case), answer in zip(cases, answers):
        operation, *got = answer.split("\t")
        got = [g for g in got if g != "*"]
        found = {m: v for m, v in (case.get("params") or {}).items() if m in texts(suite, case["given"]) and v is not None}
        want = sorted(f"{m}={v}" for m, v in found.items())
        empty = operation == "NO_RESOURCE" and "" in found.values()           # a name of no bytes is no name
        if empty or (operation == case["given"]["name"] and sorted(got) == want):
            count["passed"] += 1
            values += len(want)
        elif (file, case["id"]) in told:
            count["adjudicated"] += 1
            used.add((file, case["id"]))
        else:
            count["missed"] += 1
            print(f'{file}\t{case["id"]}: {case["given"]["name"]} {want}'[:200] + f", not {answer!r}"[:200])
    for key in sorted(set(told) - used):
        print(f"adjudicated.tsv: nothing needs {key[0]} {key[1]} any more")
    print(f"{len(cases)} requests, {values} texts: " + ", ".join(f"{k} {v}" for k, v in count.most_common()))
    sys.exit(count["missed"] != 0 or bool(set(told) - used))


if __name__ == "__main__":
    if sys.argv[1] == "table":
        write_tables(*sys.argv[2:])
    else:
        check(*sys.argv[2:])
