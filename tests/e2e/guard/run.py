#!/usr/bin/env python3
"""The guard against real clients, judged from the server's side of the wire.

    run.py [GUARD.so] [--only TEXT] [--quick]

Runs in name spaces of its own (its hosts file, its loopback).  Prints `ok NAME`, `FAIL NAME: why`, `skip NAME: why`,
then one line `guard: N ok, N failed, N skipped`; exits 1 if anything failed."""

import glob
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, HERE)
import recorder                                                         # noqa: E402

GOOD, BAD = "reports.s3.eu-west-1.amazonaws.com", "denied-salaries.s3.eu-west-1.amazonaws.com"
NAMES = [GOOD, BAD, "s3.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", "lambda.eu-west-1.amazonaws.com",
         "111122223333.ddb.eu-west-1.amazonaws.com", "evil.example", "api.listed.example"]
ALLOW = {"alps": 1, "function": "guard-test", "context": {"account": "111122223333", "region": "eu-west-1"},
         "allow": {"s3": {"arn:aws:s3:::reports/*": ["s3:PutObject"]},
                   "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/ORDERS": ["dynamodb:PutItem"]}},
         "hosts": ["api.listed.example"]}
count = {"ok": 0, "failed": 0, "skipped": 0}
only = None


def report(name, why=None, skip=False):
    kind, word = ("skipped", "skip") if skip else ("failed", "FAIL") if why else ("ok", "ok")
    count[kind] += 1
    print(word, name + (": %s" % why if why else ""), flush=True)


def enter_name_spaces():
    """Again, with a loopback and a hosts file that nobody else sees."""
    if os.environ.get("ALPS_TEST_INSIDE"):
        return
    hosts = tempfile.NamedTemporaryFile("w", delete=False, prefix="alps-hosts-")
    hosts.write("127.0.0.1 localhost\n" + "".join("127.0.0.1 %s\n" % n for n in NAMES))
    hosts.close()
    os.chmod(hosts.name, 0o644)
    flags = [*recorder.mounts_of_its_own(), "-n"]
    inner = "mount --bind %s /etc/hosts && ip link set lo up && exec \"$@\"" % hosts.name
    rc = subprocess.call(["unshare", *flags, "sh", "-c", inner, "sh", sys.executable, *sys.argv],
                         env=dict(os.environ, ALPS_TEST_INSIDE="1"))
    os.unlink(hosts.name)
    sys.exit(rc)


class Program:
    """One interpreter with its client script."""

    patience = 60                       # seconds until it counts as hanging

    def __init__(self, label, command, env=None):
        self.label, self.command, self.env = label, command, env or {}

    def run(self, steps, guard, world, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("ALPS_", "AWS_", "LD_"))}
        env.update(self.env, TEST_CA=world.ca, NODE_EXTRA_CA_CERTS=world.ca, AWS_EC2_METADATA_DISABLED="true",
                   PYTHONHASHSEED="0", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
        if guard:
            env.update(LD_PRELOAD=guard, ALPS_ALLOWLIST=world.allowlist)
        env.update({k: v for k, v in more.items() if v is not None})
        try:
            p = subprocess.run(self.command + steps, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               timeout=self.patience, cwd=world.folder)
        except subprocess.TimeoutExpired:
            return -1, {}, "still running after %d s" % self.patience
        out = {}
        for line in p.stdout.decode().splitlines():
            d = json.loads(line)
            out[d["step"]] = d
        return p.returncode, out, p.stderr.decode(errors="replace")


    def say(self, steps, guard, world):
        """For programs that print a line and no JSON: that line, or how it ended."""
        p = subprocess.run(self.command + steps, env=dict(os.environ, LD_PRELOAD=guard, ALPS_ALLOWLIST=world.allowlist, TEST_CA=world.ca),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        return p.stdout.decode().strip() or "exit %d, %s" % (p.returncode, p.stderr.decode()[-300:])


def runs(command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except OSError:
        return False


def pythons():
    found = [("system", "/usr/bin/python3")]
    for v in ("3.9", "3.10", "3.11", "3.12", "3.13"):
        found += [(os.path.basename(os.path.dirname(os.path.dirname(p))), p)
                  for p in sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/%s.*/bin/python3" % v)))]
    for label, p in found:
        if runs([p, "-c", "import ssl, sys; sys.exit(sys.version_info < (3, 9))"]):
            say = "import sys; print('%d.%d' % sys.version_info[:2])"
            version = subprocess.check_output([p, "-c", say]).decode().strip()
            yield Program("python-" + label, [p, os.path.join(HERE, "client.py")],
                          {"PYTHONPATH": os.path.join(ROOT, "build", "guard-site", version)})


def nodes(versions):
    seen = set()
    candidates = [("system", os.path.join(ROOT, "build", "venv", "bin", "node"))]
    for v in versions:
        folder = os.path.join(ROOT, "build", "node", "runtimes", v)
        path = os.path.join(folder, "node_modules", "node", "bin", "node")
        if not os.path.exists(path) and not os.environ.get("ALPS_TEST_NO_INSTALL"):
            report("node-%s" % v, "not installed: tests/e2e/guard/install brings it", skip=True)
            continue
        candidates.append((v, path))
    modules = os.path.join(ROOT, "build", "node", "node_modules")
    for label, path in candidates:
        if runs([path, "-e", "0"]) and path not in seen:
            seen.add(path)
            yield Program("node-" + label, [path, os.path.join(HERE, "client.js")], {"NODE_PATH": modules})


class World:
    def __init__(self, folder):
        self.folder = folder
        self.ca, self.chain = recorder.make_certificates(folder, NAMES)
        self.allowlist = os.path.join(folder, "allowlist.json")
        with open(self.allowlist, "w") as f:
            json.dump(ALLOW, f)


def wanted(name):
    return not only or only in name


def check(name, got, want):
    report(name, None if got == want else "got %s, want %s" % (json.dumps(got), json.dumps(want)))


def expect(program, world, server, guard, tls, step, want, at_most_ms=None, needs=None, nothing_for=()):
    """One step under the guard: its result must be ${want}, and no application byte may have gone to ${nothing_for}."""
    name = "%s %s %s" % (program.label, tls, step)
    if not wanted(name):
        return
    server.clear()
    rc, out, err = program.run([step], guard, world)
    got = out.get(step, {}).get("result")
    if rc != 0 or got is None:
        return report(name, "exit %d, %s" % (rc, err[-400:].strip()))
    if isinstance(got, str) and needs and ("No module" in got or "Cannot find module" in got or got.startswith(needs)):
        return report(name, got, skip=True)
    if got != want:
        return report(name, "got %s, want %s; %s" % (json.dumps(got), json.dumps(want), err[-300:].strip()))
    for needle in nothing_for:
        if server.bytes_for(needle):
            return report(name, "%d application bytes for %s arrived" % (server.bytes_for(needle), needle))
    if at_most_ms and out[step]["ms"] > at_most_ms:
        return report(name, "took %.0f ms" % out[step]["ms"])
    report(name)


def identical(program, world, server, guard, tls, step):
    """The same program with and without the guard: the same bytes arrive, connection by connection."""
    name = "%s %s %s is byte for byte the same" % (program.label, tls, step)
    if not wanted(name):
        return
    seen = []
    for g in (None, guard):
        server.clear()
        rc, out, err = program.run([step], g, world)
        time.sleep(0.05)                # the last connection's end
        seen.append((rc, out.get(step, {}).get("result"),
                     sorted((c.count, c.digest.hexdigest()) for c in server.connections)))
        if g and err:
            return report(name, "not silent: " + err[:200])
    report(name, None if seen[0] == seen[1] and seen[0][0] == 0 and any(c for c, _ in seen[0][2])
           else "without %s, with %s" % (seen[0], seen[1]))


def reaches_without(program, world, server, tls, needle):
    """The control: without the guard the same call does arrive."""
    name = "%s %s without the guard the denied call arrives" % (program.label, tls)
    if wanted(name):
        server.clear()
        program.run(["denied"], None, world)
        report(name, None if server.bytes_for(needle) > 0 else "it did not, so the other tests prove nothing")


def test_python(p, world, server, guard, tls):
    e = lambda *a, **k: expect(p, world, server, guard, tls, *a, **k)
    reaches_without(p, world, server, tls, "denied-salaries")
    for step in ("allowed", "chunked", "single_bytes", "nonblocking_upload"):
        identical(p, world, server, guard, tls, step)
    e("denied", [403, True], 1000, nothing_for=["denied"])
    e("denied_after_allowed", [200, 403, True, True], 1000, nothing_for=["DELETE"])
    e("head_denied", [403, 0], 1000, nothing_for=["denied"])
    e("expect_continue", [403], 1000, nothing_for=["denied"])
    e("foreign", ["RemoteDisconnected"], 1000, nothing_for=["evil"])
    e("listed_host", [200])
    e("alpn", ["h2"])
    e("http2", [True], nothing_for=["PRI"])
    e("mixed", [True], nothing_for=["PUT"])
    e("plain_name", [""], nothing_for=["denied"])
    e("copies", [True, True, True])
    e("sealed", [True])
    e("pyopenssl", ["200", "200", "403", "403"], needs="ImportError", nothing_for=["denied"])
    e("gnutls", [-10], needs="OSError")
    e("reader_waits", [True, "HTTP/1.1 403"], nothing_for=["denied"])
    e("threads", [256, True], nothing_for=["denied"])
    e("loop", [100, 100], nothing_for=["denied"])
    e("fork", [True], nothing_for=["denied"])
    e("upload", [200, True])
    denied = ["AccessDenied", 0]
    e("boto3_s3", [[200, 0], denied, denied, [200, 0]], 8000, needs="ImportError", nothing_for=["denied"])
    denied = ["AccessDeniedException", 0]
    e("boto3_lambda", [denied], 8000, needs="ImportError", nothing_for=["denied"])
    e("boto3_dynamodb", [[200, 0], denied, [200, 0]], 8000, needs="ImportError", nothing_for=["denied"])
    e("requests_foreign", ["ConnectionError"], 8000, needs="ImportError", nothing_for=["evil"])
    e("aiohttp_calls", [200, 403, 200], 8000, needs="ImportError", nothing_for=["denied"])


def test_node(p, world, server, guard, tls):
    e = lambda *a, **k: expect(p, world, server, guard, tls, *a, **k)
    reaches_without(p, world, server, tls, "denied-salaries")
    identical(p, world, server, guard, tls, "allowed")
    identical(p, world, server, guard, tls, "upload")
    e("denied", [403, True], 1000, nothing_for=["denied"])
    e("foreign", ["ECONNRESET"], 1000, nothing_for=["evil"])
    e("fetch_denied", [403, True], 2000, nothing_for=["denied"])
    e("fetch_foreign", ["TypeError", "UND_ERR_SOCKET"], 2000, nothing_for=["evil"])
    e("many", [100, 100], nothing_for=["denied"])
    e("sdk_s3", [[200, 1], ["AccessDenied", 403, 1], [200, 1]], 4000, needs="Error", nothing_for=["denied"])
    e("sdk_dynamodb", [[200, 1], ["AccessDeniedException", 403, 1], [200, 1]], 4000, needs="Error",
      nothing_for=["denied"])
    e("sdk_lambda", [["AccessDeniedException", 403, 1]], 4000, needs="Error", nothing_for=["denied"])


def test_c(world, server, guard, tls):
    """One OpenSSL program three times: shared library, linked in, linked in and stripped; by every way to write."""
    source, made = os.path.join(HERE, "client.c"), {}
    static = ["-l:libssl.a", "-l:libcrypto.a", "-ldl", "-lpthread"]
    for label, libs in (("shared", ["-lssl", "-lcrypto"]), ("static", static), ("stripped", static + ["-s"])):
        made[label] = os.path.join(world.folder, "client-" + label)
        subprocess.run(["gcc", "-O2", "-o", made[label], source, *libs], check=True)
    for label, path in made.items():
        for way in ("write", "write_ex", "bytes", "unshaken"):
            for host, target, want in ((GOOD, "/a", "200"), (BAD, "/denied", "403")):
                if wanted(name := "c-%s %s %s %s" % (label, tls, way, host.split(".")[0])):
                    server.clear()
                    got = Program("", [path, way, host, target]).say([], guard, world)
                    sent = want != "200" and server.bytes_for("denied")
                    report(name, None if got.startswith(want) and not sent else got)
        for way, host in (("early", GOOD), ("shared", GOOD), ("bio", BAD)):
            if wanted(name := "c-%s %s %s sends nothing" % (label, tls, way)):
                server.clear()
                got = Program("", [path, way, host, "/denied"]).say([], guard, world)
                time.sleep(0.05)
                sent = any(c.count for c in server.connections)
                report(name, None if got[:4] in ("none", "403") and not sent else got)


def test_gone_reader(world, server, guard):
    """Nobody reads standard error any more: no SIGPIPE ends the program."""
    if wanted(name := "a standard error without a reader ends no program"):
        server.clear()
        reader, err = os.pipe()
        p = subprocess.Popen([os.path.join(world.folder, "client-shared"), "write", BAD, "/denied"], stderr=err,
                             stdout=subprocess.PIPE, env=dict(os.environ, LD_PRELOAD=guard, ALPS_ALLOWLIST=world.allowlist, TEST_CA=world.ca))
        os.close(err)
        os.close(reader)
        out = p.communicate(timeout=60)[0].decode().strip()
        check(name, [p.returncode, out, server.bytes_for("denied")], [0, "403", 0])


def test_no_proc(world, server, guard, program):
    """A root file system without /proc: hooks are placed by other means."""
    if wanted("no-proc") and os.geteuid() == 0:
        server.clear()
        inner = "umount -l /proc && exec env LD_PRELOAD=%s \"$@\"" % guard
        program = Program("", ["unshare", *recorder.mounts_of_its_own(), "sh", "-c", inner, "sh", *program.command], program.env)
        rc, out, err = program.run(["allowed", "denied"], None, world, ALPS_ALLOWLIST=world.allowlist)
        got = [out.get(s, {}).get("result") for s in ("allowed", "denied")]
        check("no-proc " + program.command[-2], [rc, got, server.bytes_for("denied")], [0, [[200] * 5, [403, True]], 0])


def test_modes(p, world, server, guard):
    """Observe mode, broken allowlists, logs that cannot be written."""
    if wanted("observe"):
        server.clear()
        log = os.path.join(world.folder, "observe.log")
        rc, out, err = p.run(["denied", "foreign"], guard, world, ALPS_MODE="observe", ALPS_LOG=log)
        lines = [json.loads(l) for l in open(log)]
        arrived = [server.bytes_for(n) > 0 for n in ("denied", "evil")]
        check("observe lets everything pass and tells",
              [out["denied"]["result"], arrived, err, [l["reason"] for l in lines]],
              [[200, False], [True, True], "", ["OBSERVED", "OBSERVED"]])
    for what, allowlist in (("missing", "/nonexistent.json"), ("unset", ""),
                            ("broken", '{"alps": 1,\n  "allow": nonsense}')):
        name = "an allowlist that is %s refuses everything and says so once" % what
        if wanted(name):
            server.clear()
            rc, out, err = p.run(["denied", "allowed"], guard, world, ALPS_ALLOWLIST=allowlist)
            said = [l for l in err.splitlines() if "nothing may leave" in l]
            report(name, None if rc == 0 and out["denied"]["result"] == [403, True] and len(said) == 1
                   and not any(c.count for c in server.connections) and "NO_POLICY" in err
                   else "exit %s, %s, %s" % (rc, out, err[-300:]))
    for what, log in (("full", "/dev/full"), ("unwritable", "/proc/nothing/log")):
        name = "a log that is %s is said once, and enforcement goes on" % what
        if wanted(name):
            server.clear()
            rc, out, err = p.run(["denied", "allowed", "denied_after_allowed"], guard, world, ALPS_LOG=log)
            good = out["denied"]["result"] == [403, True] and out["allowed"]["result"] == [200] * 5
            said = err.count("enforcement goes on") == 1
            report(name, None if rc == 0 and good and said and server.bytes_for("denied") == 0
                   else "%s %s" % (out, err[-300:]))
    if wanted("audit"):
        log = os.path.join(world.folder, "audit.log")
        rc, out, err = p.run(["allowed", "denied"], guard, world, ALPS_LOG=log)
        lines = [json.loads(l) for l in open(log)]
        check("audit has one line per verdict", [[l["verdict"] for l in lines], err], [["allow"] * 5 + ["deny"], ""])


def main():
    global only
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--only" in sys.argv:
        only = sys.argv[sys.argv.index("--only") + 1]
        args.remove(only)
    quick = "--quick" in sys.argv
    guard = os.path.abspath(args[0] if args else os.path.join(ROOT, "build", "libalps_guard.so"))
    enter_name_spaces()
    with tempfile.TemporaryDirectory(prefix="alps-guard-") as folder:
        os.chmod(folder, 0o755)
        world = World(folder)
        py, js = list(pythons()), list(nodes(["18", "20", "22", "24"]))
        if quick:
            py, js = py[:1], js[:1]
        for version, tls in ((ssl.TLSVersion.TLSv1_3, "tls1.3"), (ssl.TLSVersion.TLSv1_2, "tls1.2")):
            with recorder.Recorder(world.chain, version) as server:
                for p in py:
                    test_python(p, world, server, guard, tls)
                for p in js:
                    test_node(p, world, server, guard, tls)
                test_c(world, server, guard, tls)
                test_gone_reader(world, server, guard)
                if tls == "tls1.3":
                    for p in py[:1] + js[:1]:
                        test_no_proc(world, server, guard, p)
                    test_modes(py[0], world, server, guard)
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % count)
    return 1 if count["failed"] or not count["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
