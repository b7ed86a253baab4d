#!/usr/bin/env python3
"""The bypass catalogue's rows that are no requests: ways round the guard, tried by attack.py, judged at the other end of the
wire.  Without the guard what each of them sends arrives; with it nothing of it does.

    test_guard.py [STEP…]"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guard"), HERE]
import recorder                                                         # noqa: E402
import run                                                              # noqa: E402

GOOD, BAD, PATH = "reports.s3.eu-west-1.amazonaws.com", "salaries.s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"
run.NAMES[:] = [GOOD, BAD, PATH, "evil.example", "api.listed.example"]
SITE = os.path.join(run.ROOT, "build", "bypass-site")
ADDRESSES = ("203.0.113.9", "169.254.169.254")  # somewhere else (RFC 5737), and where metadata is
DENIED, REFUSED, BOTH = "403", "PermissionError: [Errno 13] Permission denied", ["403", "403"]
END = "0 bytes"                          # what is for no cloud has no words of its own for a refusal
ROWS = [
    # step, what it is told
    ("a01_software_tls_by_number", REFUSED), ("a01_software_tls_by_libc", REFUSED), ("a01_software_tls_cut_up", "TLSAbruptCloseError"),
    ("a20_software_tls", REFUSED),
    ("a06_real_function", DENIED), ("a07_looked_up", DENIED), ("a09_copied_library", DENIED),
    ("a11_bio", "no BIO_f_ssl"), ("a11_sendfile", "SSL_sendfile says -1"),
    ("a12_record_by_hand", REFUSED), ("a12_plaintext_beneath", REFUSED), ("a13_kernel_tls", "ENOENT"),
    ("a14_copied_descriptor", REFUSED), ("a14_passed_descriptor", REFUSED), ("a14_inherited_descriptor", "exit 1"),
    ("a15_session_for_another_host", ["200", DENIED]),
    ("a17_buffer_that_changes", []),
    ("b08_unloaded_guard", BOTH),
    ("c01_static_program", "PermissionError"), ("c02_cleared_environment", BOTH), ("c02_unset", BOTH), ("c02_own_allowlist", BOTH),
    ("c02_exec", BOTH), ("c03_memory_program", BOTH), ("c03_static_in_memory", 126), ("c05_by_the_loader", "PermissionError"),
    ("c06_other_rights", "PermissionError"), ("c07_other_processor", "PermissionError"), ("c08_daemon", BOTH),
    ("c09_openssl", DENIED), ("c09_bash", "1 bytes"), ("c10_posix_spawn", BOTH), ("c10_vfork_by_number", BOTH),
    ("b01_process_memory", "held"), ("b02_writable_text", "held"), ("b04_clean_page", "held"),
    ("b03_write_memory", "EPERM"), ("b05_ptrace", "EPERM"), ("d01_ring", "ENOSYS"), ("d04_d05_families", []),
    ("d07_bpf", ["EPERM", "EACCES"]),
    ("d02_fast_open", "OSError: [Errno 95] Operation not supported"), ("d03_sendfile", "OSError: [Errno 22] Invalid argument"),
    ("d03_splice", "OSError: [Errno 22] Invalid argument"),
    ("e01_quic", REFUSED), ("e01_quic_connected", REFUSED), ("e01_quic_elsewhere", REFUSED),
    ("e05_plain_http", [DENIED, True]), ("e05_plain_http_by_writev", DENIED), ("e05_plain_http_by_bytes", DENIED),
    ("e05_plain_http_by_sendmmsg", DENIED), ("e05_plain_http_by_fdopen", DENIED), ("e05_plain_foreign", END),
    ("e05_plain_then_denied", ["200", DENIED]), ("e05_own_protocol_at_80", REFUSED), ("e08_foreign_proxy", END),
    ("f02_metadata_else", END),
    ("h02_nobody_verifies", DENIED), ("h02_certificate_of_another", DENIED),
]
# what an allowed function does, and must go on doing
GOES = [("h02_verified_without_saying", "200"), ("e05_plain_allowed", ["200"] * 3), ("e05_plain_upload", ["200", True]), ("e07_own_protocol_elsewhere", "N"),
        ("c12_local_service", "200"), ("b03_read_memory", "EINVAL"), ("d05_ordinary_families", True), ("e01_other_datagrams", 7), ("f02_metadata_of_the_sdk", ["200", "200"])]
ARRIVES_NEVER = ("a12_record_by_hand", "a12_plaintext_beneath", "a13_kernel_tls", "a14_copied_descriptor", "a14_passed_descriptor",
                 "a14_inherited_descriptor", "a11_sendfile", "b03_write_memory", "b05_ptrace", "d01_ring", "d04_d05_families",
                 "d07_bpf", "c07_other_processor")
# ^ that they would be understood at the other end is beyond this test: it shows that they do not leave


class Plain:
    """Listens without TLS and answers what a server would."""

    def __init__(self, port, answer, datagrams=False):
        self.answer, self.bytes = answer, b""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("0.0.0.0", port))
        threading.Thread(target=self.hear if datagrams else self.listen, daemon=True).start()

    def hear(self):
        while True:
            data = self.socket.recv(65536)
            self.bytes += data

    def listen(self):
        self.socket.listen(64)
        while True:
            threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, s):
        buf, need = b"", 0
        with s:
            try:
                while data := s.recv(1 << 20):
                    self.bytes += data
                    buf += data
                    if not buf.split(b" ")[0] in (b"GET", b"PUT", b"POST", b"DELETE", b"CONNECT"):
                        s.sendall(self.answer)
                        buf = b""
                    while b"\r\n\r\n" in buf:
                        head, _, rest = buf.partition(b"\r\n\r\n")
                        need = next((int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length")), 0)
                        if len(rest) < need:
                            break
                        buf = rest[need:]
                        s.sendall(self.answer)
            except OSError:
                pass


class Quiet(recorder.Recorder):
    """Counts; never expects a form."""

    def _talk(self, c, s):
        buf, answered = b"", 0
        while data := s.recv(65536):
            c.take(data)
            buf += data
            heads = c.count and buf.count(b"\r\n\r\n")
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * max(0, heads - answered))
            answered = max(heads, answered)
            buf = buf[-4:] if len(buf) > 1 << 16 else buf


class Stranger(Quiet):
    bytes = property(lambda self: b"".join(c.bytes for c in self.connections), lambda self, _: self.clear())


def bring():
    """A TLS library in pure Python."""
    if not os.path.isdir(SITE):
        subprocess.run([os.path.join(run.ROOT, "build", "venv", "bin", "pip"), "-q", "--disable-pip-version-check", "install",
                        "--target", SITE, "tlslite-ng==0.8.2"], check=True)


def build(folder):
    """Programs that a function may bring along."""
    source = os.path.join(HERE, "child.c")
    path = lambda name: os.path.join(folder, name)
    subprocess.run(["gcc", "-O2", "-static", "-o", path("static"), source], check=True)
    subprocess.run(["gcc", "-O2", "-o", path("dynamic"), source], check=True)
    shutil.copy(path("dynamic"), path("setuid"))
    os.chown(path("setuid"), 65534, 65534) if os.geteuid() == 0 else None
    os.chmod(path("setuid"), 0o6755)
    with open(path("dynamic"), "rb") as f:
        text = bytearray(f.read())
    text[4], text[18:20] = 1, b"\x03\x00"       # 32 bits, i386
    with open(path("foreign"), "wb") as f:
        f.write(text)
    os.chmod(path("foreign"), 0o755)


def play(world, servers, step, guard):
    """What the step said, and what arrived of it: bytes that no allowed request has."""
    for s in servers:
        s.bytes = b""
    servers[0].connections = []
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ALPS_", "AWS_", "LD_"))}
    env.update(TEST_CA=world.ca, TEST_FOLDER=world.folder, TEST_GUARD=os.path.join(run.ROOT, "build", "libalps_guard.so"),
               PYTHONPATH=SITE, **({"LD_PRELOAD": guard, "ALPS_ALLOWLIST": world.allowlist} if guard else {}))
    p = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "attack.py"), step], env=env, capture_output=True, text=True,
                       timeout=60, cwd=world.folder)
    time.sleep(0.05)
    lines = p.stdout.splitlines()
    result = json.loads(lines[-1])["result"] if lines else "exit %d: %s" % (p.returncode, p.stderr[-400:])
    seen = b"".join(c.bytes for c in servers[0].connections) + b"".join(s.bytes for s in servers[1:])
    marks = [m for m in (b"denied", b"salarie", b"secret", b"stolen", b"\xc0\0\0\0\1", b"user-data") if m in seen]
    return result, marks, p.stderr, seen


def main():
    only = sys.argv[1:]
    guard = os.path.join(run.ROOT, "build", "libalps_guard.so")
    if "ALPS_TEST_INSIDE" not in os.environ:
        bring()
    run.enter_name_spaces()
    for a in ADDRESSES:
        subprocess.run(["ip", "addr", "add", a + "/32", "dev", "lo"], check=True)
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with tempfile.TemporaryDirectory(prefix="alps-bypass-") as folder:
        os.chmod(folder, 0o755)
        world = run.World(folder)
        build(folder)
        with Quiet(world.chain, ssl.TLSVersion.TLSv1_3) as tls:
            tls.bytes = b""
            os.mkdir(os.path.join(folder, "other"))
            stranger = Stranger(recorder.sign(folder, os.path.join(folder, "other"), ["evil.example"]), ssl.TLSVersion.TLSv1_3, 8444)
            servers = [tls, stranger.__enter__(), Plain(80, ok), Plain(8080, ok), Plain(8126, ok), Plain(5432, b"N"), Plain(443, b"", True),
                       Plain(8443, b"", True), Plain(2000, b"", True)]
            for step, want in ROWS:
                if only and step not in only:
                    continue
                if step == "c06_other_rights" and not os.stat("/").st_mode & 1:
                    run.report(step, "the root folder is shut to other users, so nothing can run with their rights", skip=True)
                    continue
                if step not in ARRIVES_NEVER:
                    result, marks, err, _ = play(world, servers, step, None)
                    if not marks:
                        run.report(step, "without the guard nothing of it arrives, so it proves nothing: %s %s" % (result, err[-300:]))
                        continue
                result, marks, err, _ = play(world, servers, step, guard)
                good = result == want or (isinstance(want, str) and isinstance(result, str) and result.startswith(want))
                run.report(step, None if good and not marks else "%s (wanted %s), arrived: %s; %s" % (result, want, marks, err[-300:]))
            for step, want in GOES:
                if only and step not in only:
                    continue
                bare, held = play(world, servers, step, None), play(world, servers, step, guard)
                run.report(step, None if held[0] == bare[0] == want and held[3] == bare[3] else
                           "with %s, without %s; %d and %d bytes; %s" % (held[0], bare[0], len(held[3]), len(bare[3]), held[2][-300:]))
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


sys.exit(main())
