#!/usr/bin/env python3
"""The bypass catalogue's rows that are requests (rows.py), from a guarded program, judged at the other end of the wire.
Without the guard each of them arrives; with it those that a row refuses do not, not one byte, however they are cut.

    test_requests.py [ROW…]"""

import base64
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guard"), HERE]
import recorder                                                         # noqa: E402
import rows                                                             # noqa: E402
import run                                                              # noqa: E402

run.NAMES[:] = rows.NAMES
run.ALLOW.clear()
run.ALLOW.update(rows.ALLOW)
PIECES = (0, 1, 7)                      # whole; byte by byte; a few at a time
LONG = 20000                            # longer ones are not cut into single bytes: that would be a test of patience


class Listener(recorder.Recorder):
    """Takes all that comes and answers 200 once, so that nothing of the request's form matters here."""

    def _talk(self, c, s):
        while data := s.recv(65536):
            if not c.count:
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            c.take(data)


def play(world, server, guard, jobs):
    """Every job on its own connection, one after another; returns what each got and how many bytes of it arrived."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ALPS_", "AWS_", "LD_"))}
    env.update(TEST_CA=world.ca, **({"LD_PRELOAD": guard, "ALPS_ALLOWLIST": world.allowlist} if guard else {}))
    server.clear()
    text = "".join(json.dumps([name, base64.b64encode(raw).decode(), piece]) + "\n" for _, _, name, raw, _, piece in jobs)
    p = subprocess.run([sys.executable, os.path.join(HERE, "requests_client.py")], input=text, env=env, capture_output=True,
                       text=True, timeout=300)
    time.sleep(0.1)
    answers = [json.loads(line) for line in p.stdout.splitlines()]
    if p.returncode or len(answers) != len(jobs) or len(server.connections) != len(jobs):
        sys.exit("%d answers, %d connections to %d requests: %s" % (len(answers), len(server.connections), len(jobs), p.stderr[-2000:]))
    return [(a, c.count, c.bytes) for a, c in zip(answers, server.connections)]


def main():
    only = sys.argv[1:]
    guard = os.path.join(run.ROOT, "build", "libalps_guard.so")
    run.enter_name_spaces()
    with tempfile.TemporaryDirectory(prefix="alps-bypass-") as folder:
        world = run.World(folder)
        jobs = [(*row, piece) for row in rows.ROWS for piece in PIECES
                if (not only or row[0] in only) and (len(row[3]) <= LONG or piece == 0)]
        with Listener(world.chain, ssl.TLSVersion.TLSv1_3) as server:
            bare = play(world, server, None, [j for j in jobs if j[5] == 0])
            held = play(world, server, guard, jobs)
        for (row, what, _, raw, _, _), (_, count, _) in zip([j for j in jobs if j[5] == 0], bare):
            if count != len(raw):
                run.report(ascii("%s %s" % (row, what)), "without the guard only %d of %d bytes arrive" % (count, len(raw)))
        for (row, what, _, raw, goes, piece), (answer, count, arrived) in zip(jobs, held):
            if goes is rows.CUT and piece:
                good = (not arrived or not raw.endswith(arrived[-8:])) and raw.startswith(arrived) and b"all.csv" not in arrived
            else:
                good = count == (len(raw) if goes else 0) and (answer == "200") == bool(goes)
            run.report(ascii("%s %s%s" % (row, what, ", by %d" % piece if piece else ""))[1:-1],
                       None if good else "%d of %d bytes arrived, answer %r" % (count, len(raw), answer))
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


sys.exit(main())
