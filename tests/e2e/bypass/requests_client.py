"""The guarded program: sends each request of standard input (JSON: server name, bytes, size of its pieces) on a connection of
its own and prints what came back: a status, or nothing."""

import base64
import json
import os
import socket
import ssl
import sys
import time

context = ssl.create_default_context(cafile=os.environ["TEST_CA"])
for line in sys.stdin:
    name, raw, piece = json.loads(line)
    raw = base64.b64decode(raw)
    got = b""
    with context.wrap_socket(socket.create_connection((name, 443), timeout=20), server_hostname=name) as s:
        try:
            for i in range(0, len(raw), piece or len(raw)):
                s.sendall(raw[i:i + piece] if piece else raw)
            got = s.recv(64)
        except OSError as e:
            got = type(e).__name__.encode()
        time.sleep(0.005)               # an end with something unread would take from the server what it has not read yet
    print(json.dumps(got[9:12].decode() if got.startswith(b"HTTP/1.1 ") else got.decode("latin-1")), flush=True)
