"""A function as its template describes it, started the way Lambda starts it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import yaml
from runtime_api import RuntimeApi

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("ALPS_BUILD") or HERE.parents[1] / "build").absolute()
REGION, ACCOUNT = "eu-west-1", "123456789012"


class Tags(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (!Ref and its like), which are kept as text."""


Tags.add_multi_constructor("!", lambda loader, tag, node: f"!{tag} {node.value}")


def template(path):
    """The functions of a SAM template: {name: properties}, Globals mixed in."""
    whole = yaml.load(Path(path).read_text(), Tags)
    shared = (whole.get("Globals") or {}).get("Function") or {}
    found = {}
    for resource in whole["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            found[resource["Properties"]["FunctionName"]] = {**shared, **resource["Properties"]}
    return found


def lambda_environment(ca, node_path=None):
    """What the platform puts into every function's environment, and who is to be trusted in this world."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "demo-session-token",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NODE_PATH": str(node_path or BUILD / "node" / "node_modules"),  # where Lambda's runtime keeps the SDK
        "NODE_EXTRA_CA_CERTS": str(ca),
        "AWS_CA_BUNDLE": str(ca),
        "SSL_CERT_FILE": str(ca),
    }


def node():
    return str(BUILD / "venv" / "bin" / "node")


class Function:
    """One function and, while it is started, its process with its Runtime API."""

    def __init__(self, name, properties, code, ca):
        self.name, self.properties, self.ca = name, properties, ca
        self.code = Path(code).absolute()
        self.api = self.process = None

    def environment(self, **more):
        variables = (self.properties.get("Environment") or {}).get("Variables") or {}
        return {
            **lambda_environment(self.ca),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.properties.get("MemorySize", 128)),
            **({"AWS_LAMBDA_RUNTIME_API": self.api.address} if self.api else {}),
            "LAMBDA_TASK_ROOT": str(self.code),
            "_HANDLER": self.properties["Handler"],
            **{k: str(v) for k, v in variables.items()},
            **more,
        }

    def command(self):
        if self.properties["Runtime"].startswith("nodejs"):
            return [node(), str(HERE / "node_runtime.cjs")]
        return [sys.executable, "-m", "awslambdaric", self.properties["Handler"]]

    def start(self, *before, stderr=None, **env):
        """Start the runtime; ${before} comes in front of its command line (`alps run … --`)."""
        self.api = RuntimeApi(self.name, ACCOUNT)
        self.process = self.api.process = subprocess.Popen(
            [*map(str, before), *self.command()],
            cwd=self.code,
            env=self.environment(**env),
            stdout=stderr,
            stderr=stderr,
            start_new_session=True,
        )

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = self.api = None

    def invoke(self, event):
        """What the function returned for ${event}. Raises if it failed."""
        result, failed = self.api.invoke(json.dumps(event).encode())
        value = json.loads(result or b"null")
        if failed:
            raise RuntimeError(f"{self.name}: {value.get('errorType')}: {value.get('errorMessage')}")
        return value
