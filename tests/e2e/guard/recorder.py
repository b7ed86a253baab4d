"""A TLS server that keeps every decrypted byte of every connection, and answers as the clouds would.

Test code: what left a client is read here, on the other side of the wire, never from the client."""

import hashlib
import os
import socket
import ssl
import subprocess
import threading

KEEP = 256 * 1024       # bytes of a connection kept as they are; all of them are counted and hashed


def make_certificates(folder, names):
    """A test CA and one leaf for all names; returns (ca.pem, chain.pem)."""
    path = lambda n: os.path.join(folder, n)
    run = lambda *a: subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "2", "-subj", "/CN=ALPS test CA",
        "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE")
    return path("ca.pem"), sign(folder, folder, names)


def sign(ca, folder, names):
    """A leaf for ${names}, by the CA in the folder ${ca}; returns chain.pem."""
    path = lambda n: os.path.join(folder, n)
    run = lambda *a: subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path("leaf.key"),
        "-out", path("leaf.csr"), "-subj", "/CN=test")
    with open(path("leaf.ext"), "w") as f:
        f.write("basicConstraints=CA:FALSE\nsubjectAltName=" + ",".join("DNS:" + n for n in names) + "\n")
    run("openssl", "x509", "-req", "-in", path("leaf.csr"), "-CA", os.path.join(ca, "ca.pem"), "-CAkey", os.path.join(ca, "ca.key"),
        "-CAcreateserial", "-out", path("leaf.pem"), "-days", "2", "-extfile", path("leaf.ext"))
    with open(path("chain.pem"), "w") as out:
        for n in ("leaf.key", "leaf.pem"):
            out.write(open(path(n)).read())
    return path("chain.pem")


def mounts_of_its_own():
    """unshare's flags for that.  In a chroot "/" is no mount point, so it cannot be made private; it need not be, where
    nothing is shared with others."""
    plain = ["-m"] if os.geteuid() == 0 else ["-r", "-m"]
    if subprocess.call(["unshare", *plain, "true"], stderr=subprocess.DEVNULL) == 0:
        return plain
    return [*plain, "--propagation", "unchanged"]


class Connection:
    def __init__(self):
        self.bytes = b""            # the first KEEP
        self.count = 0
        self.digest = hashlib.sha256()
        self.requests = []          # (method, target, host, length of the body)
        self.sni = None
        self.handshake = False
        self.broken = False         # what came then was no TLS

    def take(self, data):
        self.bytes += data[:max(0, KEEP - len(self.bytes))]
        self.count += len(data)
        self.digest.update(data)


class Recorder:
    """with Recorder(chain) as r: …; r.connections"""

    def __init__(self, chain, version, port=443):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)
        self.context.minimum_version = self.context.maximum_version = version
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.context.sni_callback = self._sni
        self.port = port
        self.connections = []

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", self.port), backlog=512)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def clear(self):
        self.connections = []

    def bytes_for(self, needle):
        """Application bytes of connections whose server name or bytes hold the needle."""
        return sum(c.count for c in self.connections if needle in (c.sni or "") or needle.encode() in c.bytes)

    def requests(self):
        return [r for c in self.connections for r in c.requests]

    def _sni(self, sock, name, _context):
        sock.server_name_seen = name

    def _accept(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        c = Connection()
        self.connections.append(c)
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s = self.context.wrap_socket(raw, server_side=True)
            c.handshake = True
            c.sni = getattr(s, "server_name_seen", None)
            self._talk(c, s)
        except ssl.SSLError as e:
            c.broken = c.handshake and e.reason not in ("UNEXPECTED_EOF_WHILE_READING", None)
        except (OSError, ValueError):
            pass
        finally:
            raw.close()

    def _talk(self, c, s):
        buf = bytearray()

        def more():
            data = s.recv(65536)
            if not data:
                raise ValueError("the end")
            c.take(data)
            buf.extend(data)

        while True:
            while b"\r\n\r\n" not in buf:
                more()
            head, _, rest = bytes(buf).partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, target = lines[0].split(" ")[:2]
            field = {k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines[1:])}
            del buf[:len(head) + 4]
            if field.get("expect"):
                s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = 0
            if field.get("transfer-encoding", "") == "chunked":
                while True:
                    while b"\r\n" not in buf:
                        more()
                    at = buf.index(b"\r\n")
                    size = int(bytes(buf[:at]).split(b";")[0], 16)
                    if size == 0:
                        while b"\r\n\r\n" not in buf:
                            more()
                        del buf[:buf.index(b"\r\n\r\n") + 4]
                        break
                    while len(buf) < at + 4 + size:
                        more()
                    del buf[:at + 4 + size]
                    length += size
            else:
                length = left = int(field.get("content-length", "0"))
                while left:
                    if not buf:
                        more()
                    n = min(left, len(buf))
                    del buf[:n]
                    left -= n
            c.requests.append((method, target, field.get("host", ""), length))
            s.sendall(self._answer(method, target, field))
            if field.get("connection", "").lower() == "close":
                return

    def _answer(self, method, target, field):
        body, kind = b"", "application/xml"
        if "x-amz-target" in field or "/functions/" in target:
            body, kind = b"{}", "application/x-amz-json-1.0"
        elif method == "GET":
            body, kind = b"hello", "binary/octet-stream"
        head = ("HTTP/1.1 200 OK\r\nx-amzn-RequestId: test\r\nContent-Type: %s\r\nETag: \"0\"\r\n"
                "Content-Length: %d\r\n\r\n" % (kind, len(body)))
        return head.encode() + (b"" if method == "HEAD" else body)
