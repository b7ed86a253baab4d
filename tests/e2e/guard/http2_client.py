"""The guarded program over HTTP/2 in Python: httpx, in threads and in an event loop."""
import asyncio
import json
import os
import ssl
import sys

import httpx

GOOD = "https://reports.s3.eu-west-1.amazonaws.com"
FIELDS = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, "
                           "SignedHeaders=host;x-amz-date, Signature=00", "x-amz-date": "20261121T000000Z",
          "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
CONTEXT = ssl.create_default_context(cafile=os.environ["TEST_CA"])


def httpx_sync():
    with httpx.Client(http2=True, verify=CONTEXT, timeout=10) as c:
        out = []
        for method, path in (("PUT", "/a"), ("DELETE", "/denied"), ("PUT", "/b"), ("POST", "/denied2"), ("PUT", "/c")):
            r = c.request(method, GOOD + path, headers=FIELDS, content=b"x" * 1000 if method != "DELETE" else None)
            out.append([r.http_version, r.status_code, "AccessDenied" in r.text])
        return out


def httpx_async():
    async def main():
        async with httpx.AsyncClient(http2=True, verify=CONTEXT, timeout=10) as c:
            await c.put(GOOD + "/warm", headers=FIELDS, content=b"x")
            r = await asyncio.gather(*(c.request("DELETE" if i % 3 == 2 else "PUT",
                                                 GOOD + ("/denied%d" if i % 3 == 2 else "/m%d") % i, headers=FIELDS,
                                                 content=None if i % 3 == 2 else b"y" * 500) for i in range(60)))
            return [sum(x.status_code == 200 for x in r), sum(x.status_code == 403 and "AccessDenied" in x.text for x in r),
                    {x.http_version for x in r} == {"HTTP/2"}]
    return asyncio.run(main())


for step in sys.argv[1:]:
    try:
        result = globals()[step]()
    except Exception as e:
        result = "%s: %s" % (type(e).__name__, e)
    print(json.dumps({"step": step, "result": result}), flush=True)
