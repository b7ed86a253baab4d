"""The guarded program of test_audit.py: N threads make M refused calls each; prints how many were refused, and the slowest in
milliseconds.  With "pause" it waits for a line on standard input before each call."""

import os
import sys
import threading
import time

n, m, pause = int(sys.argv[1]), int(sys.argv[2]), "pause" in sys.argv
sys.path.insert(0, os.environ["TEST_CLIENT"])
del sys.argv[1:]  # the module takes them for steps
import client  # noqa: E402

took, lock = [], threading.Lock()


def work():
    for _ in range(m):
        if pause:
            sys.stdin.readline()
        start = time.monotonic()
        status = client.put(client.BAD, "/denied", b"x")[0]
        with lock:
            took.append((status, time.monotonic() - start))
        if pause:
            print(status, flush=True)


threads = [threading.Thread(target=work) for _ in range(n)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sum(s == 403 for s, _ in took), round(1000 * max(t for _, t in took)), flush=True)
