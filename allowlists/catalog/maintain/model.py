"""What one botocore service model says about the wire: operations, templates, members."""
import gzip
import json
import os
import re


def load(path):
    with gzip.open(path) as f:
        return json.load(f)


class Service:
    """One botocore service directory; older versions of the model only lend their API versions."""

    def __init__(self, root, name):
        self.name = name
        here = os.path.join(root, name)
        self.versions = sorted(v for v in os.listdir(here) if os.path.exists(f"{here}/{v}/service-2.json.gz"))
        self.model = load(f"{here}/{self.versions[-1]}/service-2.json.gz")
        rules = f"{here}/{self.versions[-1]}/endpoint-rule-set-1.json.gz"
        self.rules = load(rules) if os.path.exists(rules) else {}
        self.metadata = self.model["metadata"]
        self.shapes = self.model["shapes"]
        self.operations = self.model["operations"]

    @property
    def protocols(self):
        return self.metadata.get("protocols") or [self.metadata["protocol"]]

    def scopes(self):
        """Names that may stand in a SigV4 credential scope for this service."""
        names = {self.metadata.get("signingName") or self.metadata["endpointPrefix"]}

        def walk(x):
            if isinstance(x, dict):
                for s in x.get("authSchemes", []) if isinstance(x.get("authSchemes"), list) else []:
                    if s.get("signingName") and "{" not in s["signingName"]:
                        names.add(s["signingName"])
                for y in x.values():
                    walk(y)
            elif isinstance(x, list):
                for y in x:
                    walk(y)
        walk(self.rules)
        return sorted(names)

    def urls(self):
        found = set()

        def walk(x):
            if isinstance(x, dict):
                if isinstance(x.get("url"), str):
                    found.add(x["url"])
                for y in x.values():
                    walk(y)
            elif isinstance(x, list):
                for y in x:
                    walk(y)
        walk(self.rules)
        return sorted(found)

    def shape(self, ref):
        return self.shapes[ref["shape"]] if ref else {}

    def input(self, operation):
        return self.shape(self.operations[operation].get("input"))

    def is_text(self, ref):
        return self.shape(ref).get("type") == "string"

    def wire(self, operation, member):
        """Where a member lies: 'label', 'query:k', 'header:h', 'body:n'; None for what has no single place."""
        ref = self.input(operation)["members"][member]
        where, name = ref.get("location"), ref.get("locationName", member)
        if where == "uri":
            return "label:" + name
        if where == "querystring":
            return "query:" + name
        if where == "header":
            return "header:" + name.lower()
        if where:
            return None
        proto = self.protocols[-1]
        if proto == "ec2":
            name = ref.get("queryName") or ref.get("locationName", member)
            return "body:" + name[0].upper() + name[1:]
        if proto == "rest-xml":
            payload = self.input(operation).get("payload")
            return None if payload else "body:" + name
        if self.input(operation).get("payload"):
            return None
        return "body:" + name

    def list_path(self, operation, member):
        """Where the elements of a list of texts lie in a body, 'InstanceId[]'; None: it is no such list, or has no one place."""
        ref = self.input(operation)["members"][member]
        shape, where = self.shape(ref), self.wire(operation, member)
        if shape.get("type") != "list" or not self.is_text(shape["member"]) or not (where or "").startswith("body:"):
            return None
        if self.protocols[-1] == "query" and shape.get("flattened") and shape["member"].get("locationName"):
            return shape["member"]["locationName"] + "[]"
        return where[5:] + "[]"

    def request(self, operation):
        """'-' for RPC, else 'GET /{Bucket}/{Key+}?acl'."""
        http = self.operations[operation]["http"]
        if not self.protocols[0].startswith("rest"):
            return "-"
        return f'{http["method"]} {http["requestUri"]}'


def services(root):
    for name in sorted(os.listdir(root)):
        if os.path.isdir(os.path.join(root, name)):
            s = Service(root, name)
            if s.versions:
                yield s


STATIC_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")
