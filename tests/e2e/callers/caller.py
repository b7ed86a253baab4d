"""Makes the boto3 calls that come as JSON lines on standard input; prints one JSON line for each.
{"service": "s3", "operation": "PutObject", "params": {…}}"""

import json
import sys
import time

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

clients = {}


def attempt(step):
    client = clients.get(step["service"]) or clients.setdefault(step["service"], boto3.client(step["service"]))
    try:
        answer = getattr(client, xform_name(step["operation"]))(**step["params"])
    except ClientError as e:
        about, error = e.response["ResponseMetadata"], e.response["Error"]
        return {"ok": False, "code": error["Code"], "status": about["HTTPStatusCode"],
                "attempts": about["RetryAttempts"] + 1, "type": type(e).__name__, "message": error["Message"]}
    except Exception as e:  # whatever else it is, the test wants to see it
        return {"ok": False, "code": type(e).__name__, "status": None, "attempts": None, "message": str(e)}
    about = answer["ResponseMetadata"]
    return {"ok": True, "code": None, "status": about["HTTPStatusCode"], "attempts": about["RetryAttempts"] + 1}


for line in sys.stdin:
    start = time.monotonic()
    answer = attempt(json.loads(line))
    print(json.dumps({**answer, "ms": round(1000 * (time.monotonic() - start), 1)}), flush=True)
