"""The guarded program of boring.py: one call by the library named, to HOST (a call that the allowlist does not know) or
plain to a listed one; prints one JSON line: how it ended, after how many ms."""

import json
import os
import sys
import time

CA = os.environ["TEST_CA"]


def grpcio(host):
    import grpc
    with open(CA, "rb") as f:
        channel = grpc.secure_channel(host + ":443", grpc.ssl_channel_credentials(root_certificates=f.read()))
    try:
        return channel.unary_unary("/stolen.Secrets/Take")(b"secret" * 50, timeout=20)
    except grpc.RpcError as e:
        return e.code().name
    finally:
        channel.close()


def curl_cffi(host):
    from curl_cffi import requests, CurlHttpVersion
    r = requests.post("https://%s/stolen" % host, data=b"secret", verify=CA, timeout=20,
                      http_version=CurlHttpVersion.V1_1)
    return r.status_code


def curl_cffi_h2(host):
    from curl_cffi import requests
    return requests.post("https://%s/stolen" % host, data=b"secret", verify=CA, timeout=20).status_code


def rnet(host):
    import asyncio
    import rnet as library

    async def call():
        r = await library.Client(verify=False).post("https://%s/stolen" % host, body=b"secret")
        return str(getattr(r, "status", None) or r.status_code)
    return asyncio.run(call())


def wreq(host):
    import asyncio
    import wreq as library

    async def call():
        r = await library.Client(verify=False, tls_verify=False).post("https://%s/stolen" % host, body=b"secret")
        return str(r.status)
    return asyncio.run(call())


def primp(_host):  # resolves names by itself, past /etc/hosts
    import primp as library
    return library.Client(verify=False).post("https://127.0.0.1/stolen", content=b"secret").status_code


def tls_client(host):
    import tls_client as library
    return library.Session().post("https://%s/stolen" % host, data="secret", insecure_skip_verify=True).status_code


for word in sys.argv[1:]:
    name, host = word.split("@")
    start = time.monotonic()
    try:
        result = globals()[name](host)
    except Exception as e:
        result = "%s: %s" % (type(e).__name__, str(e)[:100])
    print(json.dumps({"step": word, "result": result, "ms": round((time.monotonic() - start) * 1000)}), flush=True)
# threads of some of these libraries fall over an ending interpreter: rnet crashes then in one run of ten, guard or no guard
os._exit(0)
