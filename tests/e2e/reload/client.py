"""The guarded program of test_reload.py: threads call what is always allowed, without a pause, and count what they are told;
meanwhile each line KEY on standard input is one call, whose status is printed.  "set NAME VALUE" changes the environment."""

import collections
import http.client
import json
import os
import ssl
import sys
import threading

sys.path.insert(0, os.environ["TEST_CLIENT"])
import client  # noqa: E402

seen, lock, stop = collections.Counter(), threading.Lock(), threading.Event()


def work(i):
    conn = http.client.HTTPSConnection(client.GOOD, context=client.context(), timeout=20)
    while not stop.is_set():
        try:
            status = client.put(client.GOOD, "/both/%d" % i, b"x", conn)[0]
        except (OSError, http.client.HTTPException, ssl.SSLError) as e:
            status = type(e).__name__
            conn = http.client.HTTPSConnection(client.GOOD, context=client.context(), timeout=20)
        with lock:
            seen[str(status)] += 1


threads = [threading.Thread(target=work, args=(i,)) for i in range(int(os.environ.get("TEST_THREADS", "0")))]
for t in threads:
    t.start()
for line in sys.stdin:
    words = line.split()
    if words[0] == "set":
        os.environ[words[1]] = words[2]
        print("set", flush=True)
    else:
        print(client.put(client.GOOD, "/" + words[0], b"x")[0], flush=True)
stop.set()
for t in threads:
    t.join()
print(json.dumps(seen))
