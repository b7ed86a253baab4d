#!/usr/bin/env python3
"""alps-sidecar egress: what is listed leaves, everything else fails with EPERM before a byte leaves and is one line of the
log; nothing stays attached.  Each refused call is first made without ALPS and has to arrive.  Needs root and cgroup v2."""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("ALPS_BUILD", HERE.parents[2] / "build"))
SIDECAR = str(BUILD / "alps-sidecar")
PYTHON = "/usr/bin/python3"             # not pyenv's: another user has to reach it
# A root directory of mode 0700 (some chroots) shuts everybody out but root, who is then held without capabilities.
NOBODY = "65534" if os.stat("/").st_mode & 1 else "0"
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
TMP = Path(tempfile.mkdtemp(prefix="alps-egress-"))
CALLER = str(TMP / "caller")
PY_CALLER = """
import errno, socket, sys
how, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if how == "tcp" else socket.SOCK_DGRAM)
try:
    if how == "tcp" or how == "connected":
        s.connect((address, port)); s.send(b"x")
    elif how == "connected-then-sendto":
        s.connect((address, int(sys.argv[4]))); s.send(b"x"); s.sendto(b"x", (address, port))
    else:
        s.sendto(b"x", (address, port))
    print("ok")
except OSError as e:
    print(errno.errorcode[e.errno])
"""
atexit.register(shutil.rmtree, TMP, ignore_errors=True)
passed = failed = skipped = 0


def check(name, truth, detail=""):
    global passed, failed
    if truth:
        passed += 1
        print(f"ok {name}")
    else:
        failed += 1
        print(f"not ok {name}: {detail}")


def skip(name, reason):
    print(f"skip {name}: {reason}\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)


class Server:
    """One port of every loopback address, TCP and UDP; counts the bytes that arrive."""

    def __init__(self):
        self.got, self.sockets, self.lock = 0, [], threading.Lock()
        while not self.sockets:
            self.try_port()
        for s, kind in self.sockets:
            threading.Thread(target=self.serve, args=(s, kind), daemon=True).start()

    def try_port(self):
        self.port = 0
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                s = socket.socket(family, kind)
                try:
                    s.bind((address, self.port))
                except OSError:
                    self.sockets = []
                    return
                self.port = s.getsockname()[1]
                if kind == socket.SOCK_STREAM:
                    s.listen(64)
                self.sockets.append((s, kind))

    def serve(self, s, kind):
        while True:
            if kind == socket.SOCK_DGRAM:
                self.count(len(s.recv(2048)))
            else:
                connection, _ = s.accept()
                threading.Thread(target=self.drain, args=(connection,), daemon=True).start()

    def count(self, n):
        with self.lock:
            self.got += n

    def drain(self, connection):
        self.count(1)                   # a connection alone is a sign of life
        try:
            while data := connection.recv(2048):
                self.count(len(data))
        except OSError:
            pass

    def bytes_of(self, action, want=0):
        """What arrives during ${action}, and what ${action} returned.  Waits for ${want} bytes to come, or for none."""
        before = self.got
        result = action()
        until = time.monotonic() + (5 if want else 0.05)
        while self.got - before < (want or 1) and time.monotonic() < until:
            time.sleep(0.002)
        return self.got - before, result


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=60, **more)


def lines(log):
    return [json.loads(line) for line in Path(log).read_text().splitlines()] if Path(log).exists() else []


def egress(options, *command, user=NOBODY):
    """One run of ${command}: (exit status, standard output, standard error, log)."""
    log = TMP / "log"
    log.unlink(missing_ok=True)
    done = run(SIDECAR, "egress", "--log", str(log), *options, *(["--user", user] if user else []), "--", *command)
    return done.returncode, done.stdout.strip(), done.stderr, lines(log)


def python(*args):
    return (PYTHON, "-c", PY_CALLER, *map(str, args))


def static(*args):
    return (CALLER, *map(str, args))


def host(address, port):
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address).removeprefix("::ffff:")
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def check_call(name, listed, open_, closed, caller, how, address, hook):
    """The call to ${closed} arrives without ALPS; with ALPS it is refused and logged; to ${open_} it arrives."""
    udp = hook.startswith("sendmsg") or how == "connected"
    options = [f"--allow={host(listed, open_.port)}{'/udp' if udp else ''}"]
    sent = 1 if udp else 2              # a connection counts for one
    arrived, done = closed.bytes_of(lambda: run(*caller(how, address, closed.port)), sent)
    if done.stdout.strip() != "ok" or arrived != sent:
        check(f"{name}: arrives without ALPS", False, f"{done.stdout!r} {done.stderr!r} {arrived} bytes")
        return
    arrived, (status, out, err, log) = closed.bytes_of(lambda: egress(options, *caller(how, address, closed.port)))
    told = [(e["verdict"], e["reason"], e["host"], e["protocol"], e["hook"], e["uid"], e["via"]) for e in log]
    want = [("deny", "NOT_LISTED", host(address, closed.port), "udp" if udp else "tcp", hook, int(NOBODY), "kernel")]
    check(f"{name}: refused, nothing arrives, one line", (status, out, arrived, told) == (0, "EPERM", 0, want),
          f"status {status}, {out!r} {err!r}, {arrived} bytes, {told}")
    arrived, (status, out, err, log) = open_.bytes_of(lambda: egress(options, *caller(how, address, open_.port)), sent)
    check(f"{name}: to what is listed it arrives", (out, log, arrived) == ("ok", [], sent),
          f"{out!r} {err!r} {log} {arrived} bytes")


def calls(open_, closed):
    four, six = ("127.0.0.1", "127.0.0.1"), ("::1", "::1")
    mapped, any4, any6 = ("127.0.0.1", "::ffff:127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("::1", "::")
    for who, caller, ways in (
            ("python", python, [("tcp", four, "connect4"), ("tcp", six, "connect6"), ("tcp", mapped, "connect6"),
                                ("tcp", any4, "connect4"), ("tcp", any6, "connect6"), ("udp", four, "sendmsg4"),
                                ("udp", six, "sendmsg6"), ("connected", four, "connect4"), ("connected", six, "connect6")]),
            ("static", static, [("tcp", four, "connect4"), ("tcp", six, "connect6"), ("tcp", mapped, "connect6"),
                                ("fastopen", four, "connect4"), ("fastopen", six, "connect6"),
                                ("io_uring", four, "connect4"), ("io_uring", six, "connect6"),
                                ("udp", four, "sendmsg4"), ("udp", six, "sendmsg6"), ("udp", mapped, "sendmsg4"),
                                ("udp@6", four, "sendmsg4"), ("sendmsg", four, "sendmsg4"), ("sendmsg", six, "sendmsg6"),
                                ("sendmmsg", four, "sendmsg4"), ("connected", four, "connect4")])):
        for how, (listed, address), hook in ways:
            check_call(f"{who} {how} {address}", listed, open_, closed, caller, how, address, hook)


def sockets_of_other_kinds(closed):
    """They have no hook that sees addresses: the socket itself is refused, whatever is listed."""
    global skipped
    for how, proto in (("mptcp", 262), ("udplite", 136)):
        if run(*static(how, "127.0.0.1", closed.port)).stdout.strip() != "ok":
            skipped += 1
            print(f"skip {how}: not in this kernel")
            continue
        _, out, _, log = egress(["--loopback"], *static(how, "127.0.0.1", closed.port))
        told = [(e["reason"], e["hook"], e["protocol"], e["host"]) for e in log]
        check(f"static {how}: no such socket", (out, told) == ("EPERM", [("SOCKET_KIND", "socket", proto, None)]), f"{out} {told}")


def flags(open_, closed):
    arrived, (_, out, _, log) = closed.bytes_of(lambda: egress(["--observe"], *python("tcp", "127.0.0.1", closed.port)), 2)
    check("observe: it arrives, and the log says what would have been refused",
          out == "ok" and arrived == 2 and [(e["verdict"], e["reason"]) for e in log] == [("allow", "OBSERVED")], f"{out} {log}")
    for address in "127.0.0.1", "::1":
        _, out, _, log = egress(["--loopback"], *python("tcp", address, closed.port))
        check(f"--loopback lets {address} through", (out, log) == ("ok", []), f"{out} {log}")
    _, out, _, _ = egress(["--loopback"], *python("udp", "192.0.2.1", closed.port))
    check("--loopback lets nothing else through", out == "EPERM", out)
    for how in "udp", "tcp":
        _, out, _, log = egress(["--resolver=127.0.0.9"], *python(how, "127.0.0.9", 53))
        check(f"--resolver lets its port 53 through, {how}", out in ("ok", "ECONNREFUSED") and log == [], f"{out} {log}")
    for address, port in ("127.0.0.9", 54), ("127.0.0.8", 53):
        _, out, _, _ = egress(["--resolver=127.0.0.9"], *python("udp", address, port))
        check(f"--resolver does not let {address}:{port} through", out == "EPERM", out)
    _, out, _, log = egress([f"--allow={host('127.0.0.1', open_.port)}/udp"],
                            *python("connected-then-sendto", "127.0.0.1", closed.port, open_.port))
    check("a datagram to elsewhere on a connected socket is refused", out == "EPERM" and len(log) == 1, f"{out} {log}")
    _, out, _, _ = egress([f"--allow=127.0.0.1:{open_.port}"], *python("udp", "127.0.0.1", open_.port))
    check("a TCP flow does not let UDP through", out == "EPERM", out)


def flood():
    """More refusals than the ring holds: every one is refused, and a line of the log or counted."""
    script = """
import socket
s, n = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
for _ in range(50000):
    try: s.sendto(b"x", ("127.0.0.1", 9))
    except PermissionError: n += 1
print(n)
"""
    _, out, err, log = egress([], PYTHON, "-c", script)
    lost = int((re.search(r"(\d+) refusals found no room", err) or [0, 0])[1])
    check("a flood: all refused, each in the log or counted", out == "50000" and len(log) + lost == 50000,
          f"{out} refused, {len(log)} lines, {lost} lost")


def groups():
    """The cgroups that sidecars made, below every mount."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        if line.split()[2] == "cgroup2":
            found += [str(d) for d in Path(line.split()[1]).glob("**/alps-*") if d.is_dir()]
    return found


def endings(closed):
    check("the status is the command's", egress([], "/bin/sh", "-c", "exit 7")[0] == 7)
    check("… or 128 and its signal", egress([], "/bin/sh", "-c", "kill -9 $$")[0] == 137)
    check("… or 127 if there is none", egress([], "/no/such/command")[0] == 127)
    process = subprocess.Popen([SIDECAR, "egress", "--user", NOBODY, "--", "/bin/sleep", "60"])
    until = time.monotonic() + 5
    while not (group := groups()) and time.monotonic() < until:
        time.sleep(0.01)
    while group and not Path(group[0], "cgroup.procs").read_text() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    check("SIGTERM is passed on", process.wait(10) == 143, process.returncode)
    status, out, _, _ = egress([], "/bin/sh", "-c", "(trap '' TERM HUP; setsid sleep 300 >/dev/null 2>&1 & echo $!); exit 3")
    check("what the command left behind is ended with it", status == 3 and not Path("/proc", out).exists(), f"{status} {out}")
    _, out, _, _ = egress([], "/bin/sh", "-c", "grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; id -u")
    check("--user leaves the command no capability", re.sub(r"\s+", " ", out) ==
          f"CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 {NOBODY}", out)
    done = run(SIDECAR, "egress", "--user", NOBODY, "--log", "/dev/full", "--", "/bin/sh", "-c",
               " ".join(["{}; {}"]).format(*[f"{CALLER} tcp 127.0.0.1 {closed.port}"] * 2))
    check("a full disk: still refused, said once", (done.stdout, done.stderr.count("\n")) == ("EPERM\nEPERM\n", 1) and
          "No space left" in done.stderr, done)
    check("no cgroup is left", groups() == [], groups())


class Held:
    """A cgroup of the test's own, and calls from processes in it."""

    def __init__(self):
        root = next(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines() if line.split()[2] == "cgroup2")
        self.dir = Path(root) / f"alpstest{os.getpid()}"
        self.dir.mkdir()

    def call(self, port, how="tcp"):
        enter = f"echo 0 >{self.dir}/cgroup.procs; exec {CALLER} {how} 127.0.0.1 {port}"
        return run("/bin/sh", "-c", enter).stdout.strip()

    def hold(self, *options):
        return subprocess.Popen([SIDECAR, "egress", "--cgroup", self.dir, "--log", TMP / "held", *options],
                                stderr=subprocess.PIPE, text=True)

    def until(self, port, answer):
        until = time.monotonic() + 5
        while (got := self.call(port)) != answer and time.monotonic() < until:
            time.sleep(0.02)
        return got == answer

    def end(self):
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                return self.dir.rmdir()
            except OSError:
                time.sleep(0.02)


def existing_group(open_, closed):
    held = Held()
    try:
        check("a cgroup that is there: not held, it arrives", held.call(closed.port) == held.call(closed.port, "raw") == "ok")
        sidecar = held.hold(f"--allow=127.0.0.1:{open_.port}")
        check("… held, it is refused", held.until(closed.port, "EPERM"))
        check("… what is listed arrives", held.call(open_.port) == "ok")
        raw = held.call(closed.port, "raw")
        told = time.monotonic() + 5             # the line comes through a ring, a moment later
        while lines(TMP / "held")[-1]["reason"] != "SOCKET_KIND" and time.monotonic() < told:
            time.sleep(0.02)
        check("… not even root gets a raw socket", raw == "EPERM" and lines(TMP / "held")[-1]["reason"] == "SOCKET_KIND", raw)
        second = held.hold()
        check("a second sidecar of the same cgroup is told so", second.wait(10) == 2 and "another alps-sidecar" in
              second.stderr.read())
        sidecar.kill()
        sidecar.wait()
        check("a sidecar that is killed leaves its refusals in force", held.call(closed.port) == "EPERM")
        sidecar = held.hold(f"--allow=127.0.0.1:{closed.port}")
        check("… the next one takes its place", held.until(closed.port, "ok"))
        check("… with its own list alone", held.call(open_.port) == "EPERM")
        sidecar.terminate()
        check("… and takes everything off at its end", sidecar.wait(10) == 0 and held.call(open_.port) == "ok" and
              held.call(closed.port) == "ok", sidecar.returncode)
        check("the cgroup itself stays", held.dir.is_dir())
        missing = held.dir / "made"
        done = run(SIDECAR, "egress", "--cgroup", missing, "--log", "/dev/null", "--", *static("tcp", "127.0.0.1", closed.port))
        check("a cgroup that is missing is made, and removed at the end", done.stdout.strip() == "EPERM" and not missing.exists(),
              done)
    finally:
        held.end()


def refusals_to_start():
    for name, args, text in (
            ("a flow that is none", ["--allow", "localhost:443", "--", "/bin/echo", "started"], "ADDR:PORT"),
            ("a user that is none", ["--user", "no-such-user", "--", "/bin/echo", "started"], "no such user"),
            ("a directory that is no cgroup", ["--cgroup", "/tmp", "--", "/bin/echo", "started"], "cgroup v2"),
            ("neither cgroup nor command", [], "nothing to hold"),
            ("a log that cannot be opened", ["--log", "/no/such/dir/log", "--", "/bin/echo", "started"], "/no/such/dir/log")):
        done = run(SIDECAR, "egress", *args)
        check(f"{name}: status 2, a reason, not started", done.returncode == 2 and done.stdout == "" and text in done.stderr, done)
    done = run(*POWERLESS, SIDECAR, "egress", "--", "/bin/echo", "started")
    check("without privilege: status 2, what it takes, not started", done.returncode == 2 and done.stdout == "" and
          "CAP_BPF" in done.stderr, done)


def probes():
    done = run(SIDECAR, "probe", "--json")
    features = json.loads(done.stdout)["features"]
    check("probe as root: egress works, and status 0", done.returncode == 0 and features[-1]["name"] == "egress" and
          features[-1]["works"], done)
    check("probe: every feature works or says why not", all(f["works"] == (f["why"] is None) for f in features), features)
    done = run(*POWERLESS, SIDECAR, "probe", "--json")
    features = {f["name"]: f for f in json.loads(done.stdout)["features"]}
    check("probe without privilege: egress does not, status 1, and it says why", done.returncode == 1 and
          "CAP_BPF" in features["egress"]["why"] and not features["cgroup/connect4"]["works"], done)
    check("probe leaves no cgroup", groups() == [], groups())


def without_mount(closed):
    """Machines that mount version 1 alone."""
    global skipped
    if (denied := run("unshare", "-m", "true")).returncode != 0:    # in a chroot whose root is no mount point
        skipped += 1
        print(f"skip cgroup v2 mounted nowhere: {denied.stderr.strip()}")
        return
    script = 'awk \'$3 == "cgroup2" { print $2 }\' /proc/mounts | while read -r m; do umount -l "$m"; done; exec "$@"'
    done = run("unshare", "-m", "/bin/sh", "-c", script, "sh", SIDECAR, "egress", "--log", "/dev/null", "--user", NOBODY, "--",
               *static("tcp", "127.0.0.1", closed.port))
    check("cgroup v2 mounted nowhere: held all the same", done.stdout.strip() == "EPERM", done)
    check("… and no cgroup is left", groups() == [], groups())


def main():
    if not os.access(SIDECAR, os.X_OK):
        skip("egress", "alps-sidecar is not built")
    if os.geteuid() != 0:
        skip("egress", "not root")
    probe = json.loads(run(SIDECAR, "probe", "--json").stdout)
    works = {f["name"]: f["why"] for f in probe["features"]}
    if works["egress"]:
        skip("egress", works["egress"])
    TMP.chmod(0o755)
    compiler = ["gcc", "-O1", "-static", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*compiler, "-o", CALLER, HERE / "caller.c"], check=True)
    open_, closed = Server(), Server()
    calls(open_, closed)
    sockets_of_other_kinds(closed)
    flags(open_, closed)
    flood()
    endings(closed)
    existing_group(open_, closed)
    refusals_to_start()
    probes()
    without_mount(closed)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0)


main()
