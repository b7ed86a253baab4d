"""The two ends of a Lambda function: the Invoke API that callers use, and the Runtime API (2018-06-01) that a function's
runtime asks for work. AWS's runtime clients speak the latter, so real ones can be used. Only what they need is here: next,
response, error and init/error; one invocation at a time per function, as in Lambda."""

import json
import queue
import re
import socketserver
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARN = "arn:aws:lambda:eu-west-1:{account}:function:{name}"


class Invocation:
    def __init__(self, payload):
        self.id, self.payload = str(uuid.uuid4()), payload
        self.done, self.result, self.failed = threading.Event(), b"", False

    def finish(self, result, failed):
        self.result, self.failed = result, failed
        self.done.set()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Calm:
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A function that was stopped leaves connections behind; that is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class UnixServer(Calm, socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass


class TcpServer(Calm, ThreadingHTTPServer):
    pass


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class RuntimeApi:
    """The Runtime API of one process of a function, on a port of its own (in Lambda, too, each has its own)."""

    def __init__(self, name, account):
        self.name, self.arn = name, ARN.format(account=account, name=name)
        self.waiting, self.running, self.init_error = queue.Queue(), {}, None
        self.process = None  # who serves it, so that a function that has ended is not waited for
        api = self

        class Handler(Quiet):
            def do_GET(self):
                if self.path != "/2018-06-01/runtime/invocation/next":
                    return self.answer(404)
                invocation = api.waiting.get()
                api.running[invocation.id] = invocation
                self.answer(
                    200,
                    invocation.payload,
                    Content_Type="application/json",
                    Lambda_Runtime_Aws_Request_Id=invocation.id,
                    Lambda_Runtime_Deadline_Ms=str(int((time.time() + 10) * 1000)),
                    Lambda_Runtime_Invoked_Function_Arn=api.arn,
                )

            def do_POST(self):
                body = self.body()
                if self.path == "/2018-06-01/runtime/init/error":
                    api.init_error = body
                    while not api.waiting.empty():
                        api.waiting.get().finish(body, True)
                    return self.answer(202, b'{"status":"OK"}')
                found = re.fullmatch(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)", self.path)
                invocation = api.running.pop(found[1], None) if found else None
                if not invocation:
                    return self.answer(404)
                invocation.finish(body, found[2] == "error")
                self.answer(202, b'{"status":"OK"}')

        self.server = serve(TcpServer(("127.0.0.1", 0), Handler))
        self.address = "127.0.0.1:%d" % self.server.server_address[1]

    def invoke(self, payload, timeout_s=15):
        """Hand ${payload} (bytes) to the function. Returns (result bytes, failed)."""
        if self.init_error:
            return self.init_error, True
        invocation = Invocation(payload)
        self.waiting.put(invocation)
        deadline = time.monotonic() + timeout_s
        while not invocation.done.wait(0.1):
            if self.process and self.process.poll() is not None:
                raise TimeoutError(f"{self.name} has ended with exit status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} did not answer within {timeout_s} s")
        return invocation.result, invocation.failed


class InvokeApi:
    """lambda.<region>.amazonaws.com, POST /2015-03-31/functions/NAME/invocations, on a Unix socket behind the TLS front."""

    def __init__(self, path, functions):
        """${functions}: by name, each with its `api`."""

        class Handler(Quiet):
            def do_POST(self):
                payload = self.body() or b"{}"
                name = self.path.split("/")[3].split("%3A")[-1].split(":")[-1]
                if name not in functions:
                    body = json.dumps({"Message": f"Function not found: {name}"}).encode()
                    return self.answer(404, body, x_amzn_ErrorType="ResourceNotFoundException")
                if self.headers.get("X-Amz-Invocation-Type") == "Event":
                    threading.Thread(target=functions[name].api.invoke, args=(payload,), daemon=True).start()
                    return self.answer(202)
                try:
                    result, failed = functions[name].api.invoke(payload)
                except TimeoutError as e:
                    return self.answer(502, json.dumps({"Message": str(e)}).encode(), x_amzn_ErrorType="ServiceException")
                extra = {"X_Amz_Function_Error": "Unhandled"} if failed else {}
                self.answer(200, result, Content_Type="application/json", **extra)

        serve(UnixServer(str(path), Handler))
