"""A cloud of one's own: AWS as moto knows it, behind real TLS, under the real host names. To be used inside `enter`.

    with World() as world:
        world.cloud.dynamodb("CreateTable", …)          # from the server's side
        mark = world.front.mark()
        …                                               # anything that talks to AWS by its real names
        for c in world.front.since(mark): print(c.sni, c.bytes, c.requests)
"""

import os
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import certs
import names
from cloud import Cloud
from front import QUICK, Front
from functions import ACCOUNT, REGION, Function
from runtime_api import InvokeApi
from stranger import Stranger

SERVICES = "dynamodb lambda sts s3 sqs sns secretsmanager ssm kms events states kinesis logs iam".split()
CLOUD, STRANGERS = "198.51.100.10", "203.0.113.66"  # documentation addresses; `inside` makes every address local


class World:
    def __init__(self, buckets=(), strangers=("attacker.example",)):
        if "ALPS_WORLD" not in os.environ:
            sys.exit("this runs inside demo/world/enter")
        self.folder = Path(os.environ["ALPS_WORLD"])
        self.names = [f"{s}.{REGION}.amazonaws.com" for s in SERVICES]
        self.names += [f"{ACCOUNT}.ddb.{REGION}.amazonaws.com", f"{ACCOUNT}.data-kinesis.{REGION}.amazonaws.com"]
        self.names += [f"{ACCOUNT}.control-kinesis.{REGION}.amazonaws.com", "iam.amazonaws.com", "sts.amazonaws.com"]
        self.names += [f"{ACCOUNT}.ddb.{QUICK}.amazonaws.com", f"dynamodb.{QUICK}.amazonaws.com"]
        self.names += [f"{b}.s3.{REGION}.amazonaws.com" for b in buckets]
        self.strangers = list(strangers)
        self.functions = {}

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def __enter__(self):
        certs.make(self.folder, [*self.names, *self.strangers, "barrier.invalid"])
        ours = dict.fromkeys([*self.names, "barrier.invalid"], CLOUD) | dict.fromkeys(self.strangers, STRANGERS)
        names.publish(ours, STRANGERS)
        log = open(self.folder / "moto.log", "wb")
        moto = "from moto.server import main; import sys; sys.exit(main())"
        self.moto = subprocess.Popen(
            [sys.executable, "-c", moto, "-H", f"unix://{self.folder}/moto.sock"],
            stdout=log,
            stderr=log,
            env={**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT, "AWS_DEFAULT_REGION": REGION},
        )
        self.stranger = Stranger(self.folder / "stranger.sock")
        self.invocations = InvokeApi(self.folder / "invoke.sock", self.functions)
        self.front = Front(self.folder, self._barrier)
        self.cloud = Cloud(self.folder / "moto.sock")
        self._wait()
        return self

    def __exit__(self, *_):
        for function in self.functions.values():
            function.stop()
        self.front.stop()
        self.moto.kill()
        self.moto.wait()

    def add(self, name, properties, code):
        """A function of this world; to be called before it starts."""
        self.functions[name] = Function(name, properties, code, self.ca)
        return self.functions[name]

    def _wait(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                self.cloud.dynamodb("ListTables")
                self._barrier()
                return
            except OSError:
                if time.monotonic() > deadline or self.moto.poll() is not None or self.front.process.poll() is not None:
                    logs = [(self.folder / n).read_text()[-1500:] for n in ("moto.log", "nginx.err")]
                    raise RuntimeError("the world does not come up:\n" + "\n".join(logs)) from None
                time.sleep(0.05)

    def _barrier(self):
        """Make a connection through the front and end it. Returns its port."""
        context = ssl.create_default_context(cafile=str(self.ca))
        with socket.create_connection((CLOUD, 443), timeout=5) as plain:
            port = str(plain.getsockname()[1])
            with context.wrap_socket(plain, server_hostname="barrier.invalid"):
                return port
