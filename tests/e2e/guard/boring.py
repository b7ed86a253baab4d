#!/usr/bin/env python3
"""Wheels that carry a TLS library of their own (boring.txt), against a recording server that speaks HTTP/2, too.

    boring.py [GUARD.so] [--only TEXT]

Brings the wheels (build/boring).  For each: without the guard its call arrives; with it no byte of the call does, and
the client is told so at once; in observe mode the call arrives again.  Prints as run.py does."""

import glob
import os
import ssl
import subprocess
import sys
import tempfile
import time

import recorder
import run

HERE, ROOT = run.HERE, run.ROOT
BAD, LISTED = run.NAMES[6], run.NAMES[7]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CALLS = {"curl_cffi": ["curl_cffi", "curl_cffi_h2"]}


def frame(kind, flags, stream, body=b""):
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def literal(name, value):
    """HPACK, literal without indexing (RFC 7541 section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


class Recorder(recorder.Recorder):
    """Also HTTP/2: every request is answered at once; a gRPC call with status 12, anything else with 204."""

    def _talk(self, c, s):
        if s.selected_alpn_protocol() != "h2":
            return super()._talk(c, s)
        s.sendall(frame(4, 0, 0))
        buf, c.greeting = b"", 0
        while data := s.recv(65536):
            c.take(data)
            buf += data
            if buf.startswith(PREFACE):
                buf = buf[len(PREFACE):]
                c.greeting += len(PREFACE)
            while len(buf) >= 9 and len(buf) >= 9 + int.from_bytes(buf[:3], "big"):
                n, kind, flags, stream = int.from_bytes(buf[:3], "big"), buf[3], buf[4], int.from_bytes(buf[5:9], "big")
                body, buf = buf[9:9 + n], buf[9 + n:]
                if stream == 0 and kind in (4, 6, 7, 8):    # settings, pings, goodbye, windows
                    c.greeting += 9 + n
                if kind == 4 and not flags & 1:
                    s.sendall(frame(4, 1, 0))
                elif kind == 6 and not flags & 1:
                    s.sendall(frame(6, 1, 0, body))
                elif kind in (0, 1) and flags & 1:
                    c.requests.append(stream)
                    s.sendall(frame(1, 5, stream, b"\x88" + literal(b"content-type", b"application/grpc") +
                                    literal(b"grpc-status", b"12")))


def wheels():
    with open(os.path.join(HERE, "boring.txt")) as f:
        for line in f:
            words = line.partition("#")[0].split()
            if words:
                yield words


def bring(version, wheel):
    """An interpreter that has it, or why not."""
    found = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/%s.*/bin/python3" % version)))
    found += glob.glob("/usr/bin/python" + version)
    if not found:
        return None, "there is no Python " + version
    folder = os.path.join(ROOT, "build", "boring", version + "-" + wheel)
    if not os.path.isdir(folder):
        pip = [found[-1], "-m", "pip"]          # an interpreter's own pip knows it; ours serves those that have none
        if not run.runs(pip + ["--version"]):
            pip = [os.path.join(ROOT, "build", "venv", "bin", "pip"), "--python", found[-1]]
        p = subprocess.run(pip + ["-q", "--disable-pip-version-check", "install",
                                  "--only-binary", ":all:", "--target", folder, wheel], stderr=subprocess.PIPE)
        if p.returncode:
            return None, p.stderr.decode()[-200:]
    return run.Program(version + " " + wheel, [found[-1], os.path.join(HERE, "boring_client.py")],
                       {"PYTHONPATH": folder}), None


def arrived(server):
    """Requests, and bytes that belong to one."""
    time.sleep(0.1)
    return (sum(len(c.requests) for c in server.connections),
            sum(c.count - getattr(c, "greeting", 0) for c in server.connections))


def try_call(p, call, kind, world, server, guard):
    name, step = p.label + " " + call, call + "@" + BAD
    quiet = {"GRPC_VERBOSITY": "NONE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": world.ca}
    seen = {}
    for mode in ("none", "enforce", "observe"):
        server.clear()
        bare = mode == "none"
        rc, out, err = p.run([step], None if bare else guard, world, ALPS_MODE=None if bare else mode, **quiet)
        seen[mode] = (rc, out.get(step, {}), arrived(server), err.strip())
        if any(c.broken for c in server.connections):
            run.report(name + ": sent what is no TLS, in mode " + mode, str(seen[mode]))
    rc, out, (requests, count), err = seen["none"]
    run.report(name + ": without the guard the call arrives", None if rc == 0 and requests else str(seen["none"]))
    rc, out, (requests, count), err = seen["enforce"]
    at_once = out.get("ms", 10 ** 9) < 3000
    if kind == "ends":
        good = rc == 126 and "cannot be guarded" in err
    else:
        loud = {"hooked": "alps deny", "denied": "its connections are refused"}[kind]
        good = rc == 0 and at_once and loud in err
    run.report(name + ": nothing of it leaves [%s, %s ms]" % (out.get("result", "exit %s" % rc), out.get("ms")),
               None if good and not requests and not count else str(seen["enforce"]))
    rc, out, (requests, count), err = seen["observe"]
    run.report(name + ": observe mode lets it pass", None if rc == 0 and requests else str(seen["observe"]))


def try_allowed(p, call, world, server, guard):
    """A listed host: the same bytes as without the guard, and the same answer."""
    seen = []
    for g in (None, guard):
        server.clear()
        rc, out, err = p.run([call + "@" + LISTED], g, world)
        time.sleep(0.1)
        seen.append((rc, out.get(call + "@" + LISTED, {}).get("result"), err,
                     [(c.count, c.digest.hexdigest()) for c in server.connections]))
    run.report("%s %s: to a listed host byte for byte the same" % (p.label, call),
               None if seen[0] == seen[1] and seen[0][3] and seen[0][3][0][0] else str(seen))


def main():
    args = sys.argv[1:]
    only = args.pop(args.index("--only") + 1) if "--only" in args else ""
    guard = os.path.abspath(next((a for a in args if not a.startswith("-")),
                                 os.path.join(ROOT, "build", "libalps_guard.so")))
    programs = []
    for version, wheel, kind in wheels():
        if only in version + " " + wheel:
            p, why = bring(version, wheel)
            if p:
                programs.append((p, wheel.partition("=")[0], kind))
            else:
                run.report(version + " " + wheel, why, skip=True)
    run.enter_name_spaces()
    with tempfile.TemporaryDirectory(prefix="alps-boring-") as folder:
        world = run.World(folder)
        with Recorder(world.chain, ssl.TLSVersion.TLSv1_3) as server:
            for p, name, kind in programs:
                for call in CALLS.get(name, [name]):
                    try_call(p, call, kind, world, server, guard)
                if name == "curl_cffi":
                    try_allowed(p, "curl_cffi", world, server, guard)
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
