#!/usr/bin/env python3
"""What the guard costs: the same program with and without it, in alternation, in one run.

    bench_guard.py [GUARD.so] [--rounds N] [--quick] [--json]

Per program medians without and with the guard, and their ratio or difference: one JSON document, or with --json one
object per line and figure.
Runs in name spaces of its own, like tests/e2e/guard/run.py, whose server and certificates it uses."""

import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e", "guard"))
import recorder                                                         # noqa: E402

HOSTS = ["reports.s3.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"]
ALLOW = {"alps": 1, "function": "bench", "context": {"account": "111122223333", "region": "eu-west-1"},
         "allow": {"s3": {"arn:aws:s3:::reports/*": ["s3:PutObject"]},
                   "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/ORDERS": ["dynamodb:PutItem"]}}}

# The head decides (S3), or the body (DynamoDB, 1 KB).  Prints the first call and the median of warm ones, in us.
RAW = r"""
import http.client, os, ssl, statistics, sys, time
host, kind, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
sign = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/%s/aws4_request, "
                         "SignedHeaders=host, Signature=00" % kind, "x-amz-date": "20261121T000000Z"}
if kind == "dynamodb":
    method, path, body = "POST", "/", b'{"TableName":"ORDERS","Item":{"id":{"S":"1"},"t":{"S":"' + b"x" * 950 + b'"}}}'
    sign.update({"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"})
else:
    method, path, body = "PUT", "/k", b"x" * 1000
    sign["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
conn = http.client.HTTPSConnection(host, context=ssl.create_default_context(cafile=os.environ["TEST_CA"]))
conn.connect()
took = []
for _ in range(n):
    t = time.perf_counter_ns()
    conn.request(method, path, body=body, headers=sign)
    r = conn.getresponse(); r.read()
    took.append((time.perf_counter_ns() - t) / 1000)
    assert r.status == 200, r.status
print(took[0], statistics.median(took[20:]))
"""
BOTO = r"""
import os, statistics, sys, time, boto3
d = boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="x",
                 verify=os.environ["TEST_CA"])
took = []
for _ in range(int(sys.argv[1])):
    t = time.perf_counter_ns()
    d.put_item(TableName="ORDERS", Item={"id": {"S": "1"}, "t": {"S": "x" * 900}})
    took.append((time.perf_counter_ns() - t) / 1000)
print(took[0], statistics.median(took[20:]))
"""
MEMORY = {"python": "import ssl, sys; print(1, flush=True); sys.stdin.read()",
          "node": "console.log(1); process.stdin.resume()"}


def enter_name_spaces():
    if os.environ.get("ALPS_BENCH_INSIDE"):
        return
    with tempfile.NamedTemporaryFile("w", prefix="alps-hosts-") as hosts:
        hosts.write("127.0.0.1 localhost\n" + "".join("127.0.0.1 %s\n" % n for n in HOSTS))
        hosts.flush()
        flags = [*recorder.mounts_of_its_own(), "-n"]
        inner = "mount --bind %s /etc/hosts && ip link set lo up && exec \"$@\"" % hosts.name
        sys.exit(subprocess.call(["unshare", *flags, "sh", "-c", inner, "sh", sys.executable, *sys.argv],
                                 env=dict(os.environ, ALPS_BENCH_INSIDE="1")))


def environments(guard, world):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ALPS_", "AWS_", "LD_"))}
    env.update(TEST_CA=world["ca"], AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null",
               AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    return env, dict(env, LD_PRELOAD=guard, ALPS_ALLOWLIST=world["allowlist"])


def alternate(rounds, envs, measure):
    """measure(env) → numbers; medians of each, without and with."""
    got = [[], []]
    for _ in range(rounds):
        for i, env in enumerate(envs):
            got[i].append(measure(env))
    return [[statistics.median(column) for column in zip(*g)] for g in got]


def start(command):
    def measure(env):
        t = time.perf_counter()
        pid = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        used = os.wait4(pid.pid, 0)[2]
        pid.returncode = 0
        return (time.perf_counter() - t) * 1000, (used.ru_utime + used.ru_stime) * 1000
    return measure


def memory(command):
    def measure(env):
        p = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdout.readline()
        kb = {w[0]: int(w[1]) for w in (l.split() for l in open("/proc/%d/smaps_rollup" % p.pid)) if len(w) == 3}
        p.stdin.close()
        p.wait()
        return kb["Private_Clean:"] + kb["Private_Dirty:"], kb["Private_Dirty:"]
    return measure


def calls(command):
    return lambda env: tuple(map(float, subprocess.check_output(command, env=env).split()))


def show(pair, i, unit, ratio):
    a, b = pair[0][i], pair[1][i]
    d = {"without_" + unit: round(a, 2), "with_" + unit: round(b, 2), "added_" + unit: round(b - a, 2)}
    return dict(d, ratio=round(b / a, 4)) if ratio else d


def rows(out):
    """One flat object per figure, for bench/run."""
    for name, figure in out.items():
        if isinstance(figure, dict):
            plain = {k: v for k, v in figure.items() if not isinstance(v, dict)}
            for what, part in [(name, plain), *((f"{name} {k}", v) for k, v in figure.items() if isinstance(v, dict))]:
                if part:
                    yield {"bench": "guard", "what": what, **part}


def main():
    args = sys.argv[1:]
    rounds = int(args.pop(args.index("--rounds") + 1)) if "--rounds" in args else 3 if "--quick" in args else 15
    args = [a for a in args if not a.startswith("--")]
    guard = os.path.abspath(args[0] if args else os.path.join(ROOT, "build", "libalps_guard.so"))
    enter_name_spaces()
    out = {"guard": {"bytes": os.path.getsize(guard)}, "rounds": rounds}
    with tempfile.TemporaryDirectory(prefix="alps-bench-") as folder:
        ca, chain = recorder.make_certificates(folder, HOSTS)
        world = {"ca": ca, "allowlist": os.path.join(folder, "allow.json")}
        json.dump(ALLOW, open(world["allowlist"], "w"))
        envs = environments(guard, world)
        # The server is a process of its own: its interpreter must not share a lock with the client's.
        pid = os.fork()
        if pid == 0:
            with recorder.Recorder(chain, ssl.TLSVersion.TLSv1_3):
                time.sleep(3600)
        time.sleep(0.5)
        try:
            py = os.path.join(ROOT, "build/venv/bin/python3")
            py = py if os.path.exists(py) else "python3"
            programs = {"python": [py, "-c", "import ssl"], "node": [os.path.join(ROOT, "build/venv/bin/node"), "-e", "0"], "true": ["/bin/true"]}
            for name, command in programs.items():
                try:
                    pair = alternate(rounds * 2, envs, start(command))
                except OSError:
                    continue
                out["cold_start_" + name] = dict(show(pair, 0, "ms", True), cpu=show(pair, 1, "ms", False))
            for name, text in MEMORY.items():
                try:
                    pair = alternate(3, envs, memory([programs[name][0], "-c" if name == "python" else "-e", text]))
                except OSError:
                    continue
                out["memory_" + name] = {"private": show(pair, 0, "kb", False), "dirty": show(pair, 1, "kb", False)}
            for kind, host in (("s3", HOSTS[0]), ("dynamodb", HOSTS[1])):
                pair = alternate(rounds, envs, calls([py, "-c", RAW, host, kind, "300"]))
                out["http_" + kind] = {"first": show(pair, 0, "us", True), "warm": show(pair, 1, "us", True)}
            if subprocess.call([py, "-c", "import boto3"], stderr=subprocess.DEVNULL) == 0:
                pair = alternate(max(3, rounds // 3), envs, calls([py, "-c", BOTO, "200"]))
                out["boto3_dynamodb"] = {"first": show(pair, 0, "us", True), "warm": show(pair, 1, "us", True)}
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    if "--json" in sys.argv:
        for row in rows(out):
            print(json.dumps(row))
    else:
        print(json.dumps(out, indent=2))


main()
