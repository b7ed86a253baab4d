"""Three clouds of one's own behind the matrix's front: AWS as moto knows it, Azure Storage as Azurite does, Google's emulators and
what has none by clouds/. To be used inside demo/world/enter."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "demo" / "world"))

import certs  # noqa: E402
import names  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from listener import Front, barrier  # noqa: E402

MADE = Path(os.environ.get("ALPS_BUILD") or ROOT / "build").absolute() / "matrix"
ADDRESS = "198.51.100.10"  # a documentation address; demo/world/inside makes every address local
REGION, ACCOUNT, PROJECT = "eu-west-1", "123456789012", "shop"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
WILD = ["amazonaws.com", f"{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com", "googleapis.com", "blob.core.windows.net",
        "queue.core.windows.net", "table.core.windows.net", "vault.azure.net", "documents.azure.com", "microsoftonline.com"]
PORTS = {"storage": 4443, "pubsub": 8085, "grpc": 8086, "rest": 8087, "blob": 10000, "queue": 10001, "table": 10002}
GRPC = {"pubsub.googleapis.com": "pubsub", "firestore.googleapis.com": "grpc", "secretmanager.googleapis.com": "grpc"}


class World:
    def __init__(self):
        self.folder = Path(os.environ["ALPS_WORLD"])
        self.programs = []

    def backend(self, name, http2):
        if name.endswith(".amazonaws.com"):
            return self.folder / "moto.sock"
        if name.endswith(".core.windows.net"):
            return "127.0.0.1", PORTS[name.split(".")[1]]
        if name == "storage.googleapis.com":
            return "127.0.0.1", PORTS["storage"]
        if name == "barrier.invalid":
            return None
        return "127.0.0.1", PORTS[GRPC[name] if http2 and name in GRPC else "rest"]

    @staticmethod
    def http2(name):
        return name in GRPC or name == "bigquery.googleapis.com"

    def __enter__(self):
        certs.make(self.folder, ["barrier.invalid", *(n for w in WILD for n in (w, "*." + w))])
        names.publish({"barrier.invalid": ADDRESS}, ADDRESS)
        self._identity()
        moto = "from moto.server import main; import sys; sys.exit(main())"
        self._start("moto", [sys.executable, "-c", moto, "-H", f"unix://{self.folder}/moto.sock"],
                    MOTO_ACCOUNT_ID=ACCOUNT, AWS_DEFAULT_REGION=REGION)
        self._start("clouds", [MADE / "clouds", *(str(PORTS[p]) for p in ("storage", "pubsub", "grpc", "rest"))])
        node = ROOT / "build" / "venv" / "bin" / "node"
        azurite = MADE / "node" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
        ports = [f for p in ("blob", "queue", "table") for f in (f"--{p}Port", str(PORTS[p]))]
        self._start("azurite", [node, azurite, *ports, "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry",
                                "--silent"], AZURITE_ACCOUNTS=f"shopdata:{AZURE_KEY}")
        self.front = Front(self.folder, self.backend, self.http2)
        self._wait()
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.kill()
            program.wait()

    def _start(self, name, command, **env):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.programs.append(subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=log, stderr=log,
                                                  cwd=self.folder, env={**os.environ, **env}))

    def _wait(self):
        deadline = time.monotonic() + 240
        places = [("127.0.0.1", p) for p in PORTS.values()] + [self.folder / "moto.sock"]
        while places:
            if time.monotonic() > deadline or any(p.poll() is not None for p in self.programs):
                logs = [p.read_text(errors="replace")[-1000:] for p in self.folder.glob("*.log")]
                raise RuntimeError(f"not there: {places}\n" + "\n".join(logs))
            place = places[0]
            with socket.socket(socket.AF_INET if isinstance(place, tuple) else socket.AF_UNIX) as s:
                try:
                    s.connect(place if isinstance(place, tuple) else str(place))
                    places.pop(0)
                except OSError:
                    time.sleep(0.1)

    def _identity(self):
        """A service account: its key signs for tokens, or is the token of a gRPC call."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / "identity.json").write_text(json.dumps({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "1", "private_key": pem.decode(), "client_id": "1",
            "client_email": f"checkout@{PROJECT}.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token"}))

    def environment(self):
        ca = str(self.folder / "ca.pem")
        trust = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
                 "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "HTTPLIB2_CA_CERTS"]
        return {
            **dict.fromkeys(trust, ca),
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.folder), "PYTHONHASHSEED": "0",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled", "GOOGLE_CLOUD_PROJECT": PROJECT,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.folder / "identity.json"), "NO_GCE_CHECK": "true",
            "NODE_PATH": str(MADE / "node" / "node_modules"), "NODE_NO_WARNINGS": "1", "PYTHONWARNINGS": "ignore",
        }

    def seen(self, mark):
        return self.front.since(mark, lambda: barrier(self.folder / "ca.pem", ADDRESS))
