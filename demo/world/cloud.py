"""The cloud, asked from its own side: straight at moto's socket, past the TLS front and its logs."""

import http.client
import json
import socket

SCOPE = "AWS4-HMAC-SHA256 Credential=AKIAOPERATOR/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("cloud", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Cloud:
    def __init__(self, path):
        self.path = path

    def request(self, service, method, target, body=b"", host=None, **headers):
        connection = UnixConnection(self.path)
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers["Host"] = host or f"{service}.eu-west-1.amazonaws.com"
        headers["Authorization"] = SCOPE.format(service=service)
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{service} {method} {target}: {response.status} {data[:300]!r}")
        return data

    def json(self, service, target, body, version="1.0"):
        data = self.request(
            service,
            "POST",
            "/",
            json.dumps(body).encode(),
            X_Amz_Target=target,
            Content_Type=f"application/x-amz-json-{version}",
        )
        return json.loads(data or b"{}")

    def dynamodb(self, operation, **body):
        return self.json("dynamodb", f"DynamoDB_20120810.{operation}", body)

    def create_table(self, name, key):
        self.dynamodb(
            "CreateTable",
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )

    def rows(self, table):
        """What is in a table, as plain dictionaries of strings (numbers as text)."""
        items = self.dynamodb("Scan", TableName=table)["Items"]
        return [{k: next(iter(v.values())) for k, v in item.items()} for item in items]
