#!/usr/bin/env python3
"""HTTP/2 under the guard: streams judged one by one, seen from the server's side.

    test_http2.py [GUARD.so] [--only TEXT]"""

import json
import os
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, HERE)
import run                                                              # noqa: E402

run.NAMES += ["kinesis.eu-west-1.amazonaws.com"]
run.ALLOW["allow"]["kinesis"] = {"arn:aws:kinesis:eu-west-1:${account}:stream/clicks": ["kinesis:PutRecord"]}
NODE = os.path.join(ROOT, "build", "venv", "bin", "node")
MODULES = os.path.join(ROOT, "build", "node", "node_modules")
NO, OK = [403, True], [200, False]
STEPS = [
    # program, step, result, streams that arrive
    ("node", "allowed", [200] * 5, 5),
    ("node", "denied", [OK, NO, OK, NO, OK], 3),
    ("node", "denied_first", [NO, OK], 1),
    ("node", "many", [67, 33, 200], 68),
    ("node", "body", [200, 403, 200, 403, 200, 200, 403, 200], 5),
    ("node", "upload", [403] * 10 + [200], 1),
    ("node", "download", [[[200, 1 << 20]] * 4, 20], 4),
    ("node", "swallowed", [403] * 6 + [200], 1),
    ("node", "trailers", [403, 200], 1),
    ("node", "foreign", [403], 0),
    ("node", "other_host", [403, False], 0),
    ("node", "time", [True], 1),
    ("node", "sdk_kinesis", [[200, 1], ["AccessDeniedException", 403, 1, True], [200, 1]], 2),
    ("node", "grpc", [[0], [7, True], [0], [7, True]], 2),
    ("python", "httpx_sync", [["HTTP/2", 200, False], ["HTTP/2", 403, True], ["HTTP/2", 200, False], ["HTTP/2", 403, True],
                              ["HTTP/2", 200, False]], 3),
    ("python", "httpx_async", [40, 20, True], 41),
]


class Server:
    """http2_server.js, and what arrived there."""

    def __init__(self, chain):
        self.p = subprocess.Popen([NODE, os.path.join(HERE, "http2_server.js"), chain], stdout=subprocess.PIPE, text=True)
        self.streams = []
        self.p.stdout.readline()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.p.stdout:
            self.streams.append(json.loads(line))


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("-")]
    if "--only" in sys.argv:
        run.only = args.pop()
    guard = os.path.abspath(args[0]) if args else os.path.join(ROOT, "build", "libalps_guard.so")
    run.enter_name_spaces()
    programs = {"node": run.Program("node", [NODE, os.path.join(HERE, "http2_client.js")], {"NODE_PATH": MODULES}),
                "python": run.Program("python", [os.path.join(ROOT, "build/venv/bin/python"), os.path.join(HERE, "http2_client.py")])}
    with tempfile.TemporaryDirectory() as folder:
        world = run.World(folder)
        server = Server(world.chain)
        for label, step, want, arrive in STEPS:
            name = "%s http2 %s" % (label, step)
            if not run.wanted(name):
                continue
            server.streams.clear()
            rc, out, err = programs[label].run([step], guard, world)
            got = out.get(step, {}).get("result")
            seen = list(server.streams)
            if "No module" in str(got) or "Cannot find module" in str(got):
                run.report(name, got, skip=True)
            elif got != want:
                run.report(name, "got %s, want %s; %s" % (json.dumps(got), json.dumps(want), err[-600:].strip()))
            elif len(seen) != arrive or any("denied" in json.dumps(s) or "tolen" in json.dumps(s) for s in seen):
                run.report(name, "%d streams arrived, not %d: %s" % (len(seen), arrive, seen[:3]))
            elif any(s.get("mark") and s["mark"][1:] != s["path"][2:] for s in seen):
                run.report(name, "header fields were mixed up")
            else:
                run.report(name)
                if step == "time":
                    print("   ", [l for l in err.splitlines() if "median" in l])
        server.p.terminate()
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    sys.exit(run.count["failed"] > 0)


if __name__ == "__main__":
    main()
