#!/usr/bin/env python3
"""boto3 speaks CBOR to some services, and more of them understand it: what botocore's own serializer sends is recorded (nothing
leaves the process) and mapped.  One input object, said in JSON and in CBOR, must be the same call on the same resources."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ALPS_BUILD") or ROOT / "build").absolute()
if "ALPS_CBOR_TEST" not in os.environ:                          # botocore is in the tests' own environment
    python = str(BUILD / "venv" / "bin" / "python")
    os.execve(python, [python, *sys.argv], {**os.environ, "ALPS_CBOR_TEST": "1"})

import botocore.config  # noqa: E402
import botocore.model  # noqa: E402
import botocore.session  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

REGION, ACCOUNT, CBOR = "eu-west-1", "111122223333", "smithy-rpc-v2-cbor"
ORDER = botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS


class Recorded(Exception):
    pass


def record(request, **_):
    raise Recorded(request)


def fill(shape, name, everything, depth=0):
    """A value that botocore takes for ${shape}: required members, or all of them, a few levels deep."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members.items()
        if getattr(shape, "is_tagged_union", False):
            members = list(members)[:1]
        elif not everything or depth > 2:
            members = [(n, m) for n, m in members if n in shape.required_members]
        return {n: fill(m, n, everything, depth + 1) for n, m in members if depth < 8}
    if kind == "list":
        return [fill(shape.member, name, everything, depth + 1)] if depth < 8 else []
    if kind == "map":
        return {fill(shape.key, name, everything, depth + 1): fill(shape.value, name, everything, depth + 1)}
    if kind == "string":
        if shape.enum:
            return shape.enum[0]
        text = f"arn:aws:s3:{REGION}:{ACCOUNT}:x/{name}" if name.lower().endswith("arn") else f"{name}-é-{depth}"
        return text.ljust(int(shape.metadata.get("min", 0)), "x")
    if kind in ("integer", "long"):
        return max(int(shape.metadata.get("min", 0)), 300)
    return {"boolean": True, "blob": b"\x00\xff", "timestamp": 1764000000.25, "float": 1.5, "double": -2.5}[kind]


class Recorder:
    """Requests as `alps map` reads them, in the order made."""

    def __init__(self):
        self.lines, self.loader = [], botocore.session.get_session().get_component("data_loader")
        self.clients = {}

    def client(self, service, order):
        key = service, order
        if key not in self.clients:
            botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = order
            session = botocore.session.Session()
            session.register_component("data_loader", self.loader)
            session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
            client = session.create_client(service, region_name=REGION, config=botocore.config.Config(parameter_validation=False))
            assert client.meta.service_model.resolved_protocol == order[0] or order == ORDER
            client.meta.events.register("before-send", record)
            self.clients[key] = client
        return self.clients[key]

    def call(self, service, operation, params, order=ORDER):
        """The index of the request that the call would have sent, and its headers."""
        client = self.client(service, order)
        method = next(m for m, o in client.meta.method_to_api_mapping.items() if o == operation)
        try:
            getattr(client, method)(**params)
        except Recorded as recorded:
            request = recorded.args[0]
        host, target = request.url.split("://", 1)[1].split("/", 1)
        text = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in request.headers.items()}
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else bytes(body)
        self.lines.append(json.dumps({
            "id": str(len(self.lines)), "sni": host, "method": request.method, "target": "/" + target,
            "headers": [["host", host], *text.items()], "body_base64": base64.b64encode(body).decode()}))
        return len(self.lines) - 1, {k.lower(): v for k, v in text.items()}

    def mapped(self):
        done = subprocess.run([harness.ALPS, "map", "--json"], input="\n".join(self.lines) + "\n", capture_output=True, text=True,
                              check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]


def services(recorder):
    session = botocore.session.get_session()
    session.register_component("data_loader", recorder.loader)
    for name in session.get_available_services():
        model = session.get_service_model(name)
        if CBOR in model.metadata.get("protocols", [model.metadata.get("protocol")]):
            yield name, model


def accesses(answer):
    return [(a["action"], a["resource"]) for a in answer["accesses"]]


# As people call them; the resource is the one that the service's reference names.  The account is not on the wire.
KNOWN = [
    ("cloudwatch", "PutMetricData", {"Namespace": "shop", "MetricData": [{"MetricName": "m", "Value": 1.5}]},
     [("cloudwatch:PutMetricData", "*")]),
    ("cloudwatch", "GetDashboard", {"DashboardName": "shop"},
     [("cloudwatch:GetDashboard", "arn:aws:cloudwatch::*:dashboard/shop")]),
    ("codebuild", "StartBuild", {"environmentVariablesOverride": [{"name": "projectName", "value": "x"}], "projectName": "shop"},
     [("codebuild:StartBuild", f"arn:aws:codebuild:{REGION}:*:project/shop")]),
    ("codepipeline", "GetPipelineExecution", {"pipelineName": "release", "pipelineExecutionId": "1"},
     [("codepipeline:GetPipelineExecution", f"arn:aws:codepipeline:{REGION}:*:release")]),
    ("keyspaces", "GetTable", {"keyspaceName": "shop", "tableName": "orders"},
     [("cassandra:Select", f"arn:aws:cassandra:{REGION}:*:/keyspace/shop/table/orders")]),
]


def both_ways(recorder, models):
    """(service, operation, index in JSON, index in CBOR) of every operation, filled sparsely and fully."""
    for name, model in models:
        json_order = ("json",) + tuple(p for p in ORDER if p != "json")
        cbor_order = (CBOR,) + tuple(p for p in ORDER if p != CBOR)
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            for everything in (False, True):
                params = fill(shape, operation, everything) if shape else {}
                said = recorder.call(name, operation, params, cbor_order)[0]
                plain = recorder.call(name, operation, params, json_order)[0] if "json" in model.metadata["protocols"] else None
                yield name, operation, plain, said


def main():
    tally, recorder = harness.Tally(), Recorder()
    models = list(services(recorder))
    preferred = [n for n, m in models if m.resolved_protocol == CBOR]
    print(f"# {len(models)} services understand CBOR; botocore prefers it for {', '.join(preferred)}")
    known = [(recorder.call(s, o, p, (CBOR,) + ORDER), want) for s, o, p, want in KNOWN]
    own = [(n, m.operation_names[0], recorder.call(n, m.operation_names[0], fill(
        m.operation_model(m.operation_names[0]).input_shape, "x", False))) for n, m in models if n in preferred]
    pairs = list(both_ways(recorder, models))
    answers = recorder.mapped()

    tally.test("boto3 sends CBOR where it prefers it, and the operation is told", [
        f"{n}.{o}: {answers[i]['operation']} {answers[i]['reason']} {headers.get('smithy-protocol')}" for n, o, (i, headers) in own
        if headers.get("smithy-protocol") != "rpc-v2-cbor" or answers[i]["operation"] != f"{n}.{o}"] or ([] if own else ["none"]))
    tally.test("calls that are known", [
        f"{answers[i]} not {want}" for (i, _), want in known if accesses(answers[i]) != want])
    wrong = [f"{n}.{o}: {answers[c]['operation']} {answers[c]['reason']}" for n, o, _, c in pairs
             if answers[c]["operation"] != f"{n}.{o}"]
    tally.test(f"{len(pairs)} requests in CBOR: the operation", wrong[:20] + [f"{len(wrong)} in all"] * bool(wrong))
    differ = [f"{n}.{o}: {answers[c]['reason']} {accesses(answers[c])}, in JSON {answers[p]['reason']} {accesses(answers[p])}"
              for n, o, p, c in pairs if p is not None
              and (accesses(answers[c]), answers[c]["reason"]) != (accesses(answers[p]), answers[p]["reason"])]
    named = sum(1 for *_, c in pairs if any(r != "*" for _, r in accesses(answers[c])))
    tally.test(f"the same accesses as in JSON ({named} of them name a resource)",
               differ[:20] + [f"{len(differ)} in all"] * bool(differ) + ["no resource at all"] * (named == 0))
    return tally.close()


sys.exit(main())
