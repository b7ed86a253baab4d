"""Raw HTTPS requests with nothing but Python's standard library, for every interpreter there is. Argument: how.
Standard input: a JSON list of {host, method, path, headers, body, size}; output: a JSON list of [status, start of the body].
`size`: stream that many bytes as a chunked body instead of `body`."""

import asyncio
import http.client
import json
import os
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

context = ssl.create_default_context()
if os.environ.get("TLS_AT_MOST") == "1.2":
    context.maximum_version = ssl.TLSVersion.TLSv1_2
connections = {}


def content(step):
    if step.get("size"):
        return (b"x" * 65536 for _ in range(step["size"] // 65536))
    return step["body"].encode()


def connect(step):
    return http.client.HTTPSConnection(step["host"], timeout=20, context=context)


def send(step, connection=None):
    connection = connection or connections.get(step["host"]) or connect(step)
    connections.setdefault(step["host"], connection)
    headers = dict(step["headers"])
    if step.get("size"):
        headers["Transfer-Encoding"] = "chunked"
    try:
        connection.request(step["method"], step["path"], content(step), headers, encode_chunked=bool(step.get("size")))
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused while the body was on its way: the answer is there to be read
    response = connection.getresponse()
    return [response.status, response.read().decode("utf-8", "replace")[:300]]


def one(step):
    return send(step, connect(step))


async def stream(step):
    reader, writer = await asyncio.open_connection(step["host"], 443, ssl=context)
    body = step["body"].encode()
    head = [f"{step['method']} {step['path']} HTTP/1.1", f"Host: {step['host']}", f"Content-Length: {len(body)}"]
    head += [f"{k}: {v}" for k, v in step["headers"].items()] + ["Connection: close", "", ""]
    writer.write("\r\n".join(head).encode() + body)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return [int(head.split()[1]), body.decode("utf-8", "replace")[:300]]


async def all_at_once(steps):
    return await asyncio.gather(*map(stream, steps))


def main():
    how, steps = sys.argv[1], json.load(sys.stdin)
    if how == "keep-alive":
        answers = [send(s) for s in steps]
    elif how == "concurrent":
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(one, steps))
    else:
        answers = asyncio.run(all_at_once(steps))
    print(json.dumps(answers))


main()
