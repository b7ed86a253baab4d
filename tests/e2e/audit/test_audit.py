#!/usr/bin/env python3
"""Audit lines: whole and complete in a file, however many threads and processes write; and where they cannot be written (full
disk, pipes without a reader, or with one that sleeps) counted, without ever holding the program up."""

import json
import os
import ssl
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guard"))
import recorder                                                         # noqa: E402
import run                                                              # noqa: E402

PYTHON = "/usr/bin/python3"
SLOWEST_MS = 20000                      # a program that waits for its log waits for ever


def start(world, log, *args, guard, **more):
    env = dict(PATH="/usr/bin:/bin", TEST_CA=world.ca, TEST_CLIENT=run.HERE, LD_PRELOAD=guard, ALPS_ALLOWLIST=world.allowlist)
    env.update({"ALPS_LOG": log} if log else {})
    return subprocess.Popen([PYTHON, os.path.join(HERE, "client.py"), *map(str, args)], env=env, text=True,
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.PIPE, **more})


def counted(path):
    """(lines that are decisions, lines that are lost, lines that are neither)"""
    whole = lost = other = 0
    with open(path) as f:
        for line in f:
            try:
                d = json.loads(line)
                whole += "verdict" in d
                lost += d.get("lost", 0)
            except ValueError:
                other += 1
    return whole, lost, other


def report(name, *problems):
    problems = [p for p in problems if p]
    run.report(name, "; ".join(problems) or None)


def all_of_them(world, guard):
    log = os.path.join(world.folder, "all.log")
    programs = [start(world, log, 16, 20, guard=guard) for _ in range(3)]
    ends = [p.communicate(timeout=100) for p in programs]
    report("3 processes of 16 threads write one file: every line is there, and whole", counted(log) != (960, 0, 0) and
           str(counted(log)), any(e[0].split()[0] != "320" for e in ends) and str(ends)[:400])


def full_disk(world, guard):
    at = os.path.join(world.folder, "small")
    os.mkdir(at)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", at], check=True)
    log, filler = at + "/log", at + "/filler"
    with open(filler, "wb") as f:
        f.write(b"x" * 8192)
    p = start(world, log, 1, 60, "pause", guard=guard)
    said = []
    for i in range(60):
        if i == 50:
            os.unlink(filler)           # room again
        p.stdin.write("\n")
        p.stdin.flush()
        said.append(p.stdout.readline().strip())
    out, err = p.communicate(timeout=60)
    whole, lost, other = counted(log)
    subprocess.run(["umount", at], check=True)
    report("full disk: every line is there or counted, also in the log when there is room again [%d written, %d lost]" % (whole, lost),
           said != ["403"] * 60 and str(said), whole + lost != 60 and "%d + %d" % (whole, lost), (not lost or not whole) and "not full",
           other > 1 and "%d torn" % other, "%d lines of the log" % lost not in err and "said: " + err[-300:])


def no_reader(world, guard):
    pipe = os.path.join(world.folder, "pipe")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    p = start(world, pipe, 1, 30, "pause", guard=guard)
    got = b""
    for i in range(30):
        if i == 10:
            os.close(reader)            # killed
        if i == 20:
            reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        p.stdin.write("\n")
        p.stdin.flush()
        p.stdout.readline()
        if not 10 <= i < 20:
            got += os.read(reader, 65536)
    out, err = p.communicate(timeout=60)
    lines = [json.loads(line) for line in got.splitlines()]
    report("a pipe whose reader is killed, and comes again", p.returncode and "exit %d" % p.returncode,
           sum("verdict" in line for line in lines) != 20 and "%d lines" % len(lines),
           sum(line.get("lost", 0) for line in lines) != 10 and "lost: %s" % [l for l in lines if "lost" in l],
           "alps: 10 lines of the log" not in err and "said: " + err[-300:])


def sleeping_reader(world, guard):
    """A pipe that nobody empties: as the log, and as standard error."""
    pipe = os.path.join(world.folder, "sleeping")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    p = start(world, pipe, 4, 100, guard=guard)
    out, err = p.communicate(timeout=100)
    refused, slowest = map(int, out.split())
    got = b""
    while True:
        try:
            more = os.read(reader, 65536)
        except BlockingIOError:
            more = b""
        if not more:
            break
        got += more
    whole = sum(line.startswith(b'{"at"') and line.endswith(b"}") for line in got.split(b"\n"))
    lost = int(err.split(" lines of the log")[0].rsplit(" ", 1)[-1]) if " lines of the log" in err else 0
    report("a log's reader that sleeps holds nobody up [%d written, %d lost, slowest %d ms]" % (whole, lost, slowest),
           refused != 400 and out, whole + lost != 400 and "not all counted", not lost and "it was never full", slowest > SLOWEST_MS and "slow")
    out_r, out_w = os.pipe()
    p = start(world, None, 4, 300, guard=guard, stderr=out_w)
    out = p.communicate(timeout=100)[0]
    os.close(out_w)
    os.close(out_r)
    report("so does one of standard error", p.returncode and "exit %d" % p.returncode, out.split()[:1] != ["1200"] and out)


def main():
    if os.geteuid() != 0:
        run.report("audit", "needs root to make a disk that is full", skip=True)
        print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
        return 0
    run.enter_name_spaces()
    guard = os.path.join(run.ROOT, "build", "libalps_guard.so")
    with tempfile.TemporaryDirectory(prefix="alps-audit-") as folder:
        world = run.World(folder)
        with recorder.Recorder(world.chain, ssl.TLSVersion.TLSv1_3):
            for test in (all_of_them, full_disk, no_reader, sleeping_reader):
                test(world, guard)
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


sys.exit(main())
