"""The function that bench_invocation.py measures. Arguments: cloud, invocations of each size. It makes 1 to 5 calls of its cloud's SDK
per invocation; standard output: {"1": [[ms, ms of CPU] of each invocation], …} as JSON. SDKs and names are those of tests/e2e/matrix."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "e2e" / "matrix" / "clients"))
import clients  # noqa: E402

CLOUDS = {"aws": (clients.boto3, "dynamodb"), "google": (clients.google_cloud_storage, "read"), "azure": (clients.azure_storage_blob, "read")}
make, what = CLOUDS[sys.argv[1]]
call = make()[what]
for _ in range(5):
    call("reports")                     # a warm function has its connections
took = {n: [] for n in range(1, 6)}
for _ in range(int(sys.argv[2])):
    for n in took:
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(n):
            call("reports")
        took[n].append([1000 * (time.perf_counter() - start), 1000 * (time.process_time() - cpu)])
print(json.dumps(took))
