"""The clients of the matrix: what each does, and how it takes a refusal. One name is allowed and one is refused, everywhere."""

import sys
from dataclasses import dataclass, field

SYSTEM = "Python %d.%d" % sys.version_info[:2]     # the distribution's own, of which build/venv is
ALLOWED, REFUSED = "reports", "needlesalaries"
ARN = "arn:aws:{}:eu-west-1:123456789012:{}".format
S3 = "arn:aws:s3:::{}/q3.csv".format
OBJECT = "projects/_/buckets/{}/objects/q3.{}".format
BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
QUEUE = "Microsoft.Storage/storageAccounts/queueServices/queues/messages/"
TABLE = "Microsoft.Storage/storageAccounts/tableServices/tables/entities/"
VAULT = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
COSMOS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/"


def resource(kind, name):
    return {
        "topic": f"projects/shop/topics/{name}", "subscription": f"projects/shop/subscriptions/{name}",
        "secret": f"projects/shop/secrets/{name}", "table": f"projects/shop/datasets/{name}/tables/totals",
        "database": f"projects/shop/databases/{name}",
        "blob": f"https://shopdata.blob.core.windows.net/{name}/q3.csv", "queue": f"https://shopdata.queue.core.windows.net/{name}",
        "entities": f"https://shopdata.table.core.windows.net/{name}", "vault": f"https://shopvault.vault.azure.net/secrets/{name}",
        "cosmos": f"https://shopdata.documents.azure.com/dbs/shop/colls/{name}",
    }[kind]


ALLOW = {
    "storage": {OBJECT(ALLOWED, "*"): ["storage.objects.create", "storage.objects.get", "storage.objects.delete"],
                f"projects/_/buckets/{ALLOWED}": ["storage.buckets.get"]},
    "pubsub": {resource("topic", ALLOWED): ["pubsub.topics.publish"],
               resource("subscription", ALLOWED): ["pubsub.subscriptions.consume"]},
    "secretmanager": {resource("secret", ALLOWED) + "/versions/*": ["secretmanager.versions.access"]},
    "datastore": {resource("database", ALLOWED): [
        "datastore.databases.get", "datastore.entities.get", "datastore.entities.create", "datastore.entities.update",
        "datastore.entities.delete"]},
    "bigquery": {resource("table", ALLOWED): ["bigquery.tables.get", "bigquery.tables.updateData"]},
    "Microsoft.Storage": {
        resource("blob", ALLOWED): [BLOB + "write", BLOB + "read"],
        resource("queue", ALLOWED): [QUEUE + "write", QUEUE + "read", QUEUE + "add/action"],
        resource("entities", ALLOWED): [TABLE + "write", TABLE + "read"]},
    "Microsoft.KeyVault": {resource("vault", ALLOWED): [VAULT]},
    "Microsoft.DocumentDB": {resource("cosmos", ALLOWED) + "*": ["*"], "https://shopdata.documents.azure.com": ["*"],
                             resource("cosmos", REFUSED): ["Microsoft.DocumentDB/databaseAccounts/readMetadata"]},
    "s3": {S3(ALLOWED): ["s3:PutObject", "s3:GetObject"]},
    "dynamodb": {ARN("dynamodb", "table/" + ALLOWED): ["dynamodb:PutItem"]},
    "sqs": {ARN("sqs", ALLOWED): ["sqs:SendMessage"]},
    "sns": {ARN("sns", ALLOWED): ["sns:Publish"]},
    "lambda": {ARN("lambda", "function:" + ALLOWED): ["lambda:GetFunction"]},
    "cloudwatch": {f"arn:aws:cloudwatch::123456789012:dashboard/{ALLOWED}": ["cloudwatch:GetDashboard"]},
    "ec2": {"*": ["ec2:DescribeVpcs"]},
}


@dataclass(frozen=True, eq=False)
class Client:
    name: str
    kind: str
    cloud: str
    speaks: str
    host: str       # requests of these hosts are compared; those for tokens and the like come and go
    steps: dict     # what → (class, code, status, action, resource) of its refusal
    only: str = ""          # in this runtime, not in all
    tries: dict = field(default_factory=dict)   # action → attempts, if not one
    silent: tuple = ()      # steps refused at a HEAD: there is no message without a body
    listed: str = ""        # what arrives for the refused name, because a rule lists it: a regular expression


def steps(kind, code, status, **by):
    """What → (action, resource), refused with one class and code."""
    return {what: (kind, code, status, *by[what]) for what in by}


GCS = {"write": ("storage.objects.create", OBJECT(REFUSED, "csv")), "read": ("storage.objects.get", OBJECT(REFUSED, "csv")),
       "stream": ("storage.objects.create", OBJECT(REFUSED, "bin"))}
NO_STREAM = {k: v for k, v in GCS.items() if k != "stream"}
PUBSUB = {"write": ("pubsub.topics.publish", resource("topic", REFUSED)),
          "read": ("pubsub.subscriptions.consume", resource("subscription", REFUSED))}
DOCUMENTS = {"write": ("datastore.databases.get", resource("database", REFUSED)),
             "read": ("datastore.entities.get", resource("database", REFUSED))}
THRICE = {"datastore.entities.get": 3}     # Node's Firestore reads thrice when a server says PERMISSION_DENIED, ALPS or not
SECRET = {"read": ("secretmanager.versions.access", resource("secret", REFUSED))}
ROWS = {"write": ("bigquery.tables.updateData", resource("table", REFUSED)), "read": ("bigquery.tables.get", resource("table", REFUSED))}
BLOBS = {"write": (BLOB + "write", resource("blob", REFUSED)), "read": (BLOB + "read", resource("blob", REFUSED))}
QUEUES = {"write": (QUEUE + "add/action", resource("queue", REFUSED)), "read": (QUEUE + "read", resource("queue", REFUSED))}
TABLES = {"write": (TABLE + "write", resource("entities", REFUSED)), "read": (TABLE + "read", resource("entities", REFUSED))}
VAULTS = {"read": (VAULT, resource("vault", REFUSED))}
ITEMS = {"write": (COSMOS + "upsert", resource("cosmos", REFUSED)), "read": (COSMOS + "read", resource("cosmos", REFUSED))}
METADATA = f"GET \\S+/colls/{REFUSED}/?\n"     # of a container: SDKs read it first, and are let
READ = {"read": ROWS["read"]}

AWS = {
    "s3": ("s3:PutObject", S3(REFUSED)), "s3-read": ("s3:GetObject", S3(REFUSED)), "s3-head": ("s3:GetObject", S3(REFUSED)),
    "dynamodb": ("dynamodb:PutItem", ARN("dynamodb", "table/" + REFUSED)), "sqs": ("sqs:SendMessage", ARN("sqs", REFUSED)),
    "sns": ("sns:Publish", ARN("sns", REFUSED)), "lambda": ("lambda:GetFunction", ARN("lambda", "function:" + REFUSED)),
    "cloudwatch": ("cloudwatch:GetDashboard", f"arn:aws:cloudwatch::123456789012:dashboard/{REFUSED}"),
    "ec2": ("ec2:CreateKeyPair", "*"),
}
AWS_CODE = {"s3": "AccessDenied", "s3-read": "AccessDenied", "dynamodb": "AccessDeniedException", "sqs": "AccessDenied",
            "sns": "AuthorizationError", "lambda": "AccessDeniedException", "cloudwatch": "AccessDenied",
            "ec2": "UnauthorizedOperation", "s3-head": "403"}
JS_CODE = {**AWS_CODE, "sns": "AuthorizationErrorException", "s3-head": "Unknown"}


def aws(kind, codes, *which):
    return {w: (kind(w) if callable(kind) else kind, codes[w], 403, *AWS[w]) for w in which}


FORBIDDEN = ("google.api_core.exceptions.Forbidden", "forbidden", 403)
DENIED = ("google.api_core.exceptions.PermissionDenied", "PERMISSION_DENIED", 403)
GRPC_JS = ("Error", "7", 7)
HTTP_ERROR = "azure.core.exceptions.HttpResponseError"
PLAIN = ("__main__.Refused", "PERMISSION_DENIED", 403)
PLAIN_JS = ("Refused", "PERMISSION_DENIED", 403)


def python(name, cloud, speaks, host, table, **more):
    return Client(name, "python", cloud, speaks, host, table, **more)


def node(name, cloud, speaks, host, table, **more):
    return Client(name, "node", cloud, speaks, host, table, **more)


CLIENTS = [
    python("google-cloud-storage", "Google", "REST", "storage", steps(FORBIDDEN[0], "403", 403, **GCS)),
    python("google-cloud-pubsub", "Google", "gRPC (BoringSSL)", "pubsub", steps(*DENIED, **PUBSUB)),
    python("google-cloud-pubsub-asyncio", "Google", "gRPC (BoringSSL)", "pubsub", steps(*DENIED, write=PUBSUB["write"])),
    python("google-cloud-pubsub-rest", "Google", "REST", "pubsub", steps(*FORBIDDEN, write=PUBSUB["write"])),
    python("google-cloud-firestore", "Google", "gRPC (BoringSSL)", "firestore", steps(*DENIED, **DOCUMENTS)),
    python("firebase-admin", "Google", "gRPC (BoringSSL)", "firestore", steps(*DENIED, **DOCUMENTS)),
    python("google-cloud-secret-manager", "Google", "gRPC (BoringSSL)", "secretmanager", steps(*DENIED, **SECRET)),
    python("google-cloud-secret-manager-rest", "Google", "REST", "secretmanager", steps(*FORBIDDEN, **SECRET)),
    python("google-cloud-bigquery", "Google", "REST", "bigquery", steps(*FORBIDDEN, **ROWS)),
    python("google-api-python-client", "Google", "REST (httplib2)", "storage",
           steps("googleapiclient.errors.HttpError", "forbidden", 403, **NO_STREAM)),
    python("azure-storage-blob", "Azure", "REST XML", "blob", steps(HTTP_ERROR, "AuthorizationPermissionMismatch", 403, **BLOBS)),
    python("azure-storage-blob-aio", "Azure", "REST XML", "blob", steps(HTTP_ERROR, "AuthorizationPermissionMismatch", 403, **BLOBS)),
    python("azure-storage-queue", "Azure", "REST XML", "queue", steps(HTTP_ERROR, "AuthorizationPermissionMismatch", 403, **QUEUES)),
    python("azure-data-tables", "Azure", "OData", "table", steps(HTTP_ERROR, "AuthorizationPermissionMismatch", 403, **TABLES)),
    python("azure-keyvault-secrets", "Azure", "REST JSON", "vault", steps(HTTP_ERROR, "Forbidden", 403, **VAULTS)),
    python("azure-cosmos", "Azure", "REST JSON", "documents", listed=METADATA,
           table=steps("azure.cosmos.exceptions.CosmosHttpResponseError", "Forbidden", 403, **ITEMS)),
    python("boto3", "AWS", "xml, json, query, cbor, ec2, rest-json", "amazonaws",
           aws("botocore.exceptions.ClientError", AWS_CODE, *AWS), silent=("s3-head",)),
    python("aioboto3", "AWS", "xml, json", "amazonaws", aws("botocore.exceptions.ClientError", AWS_CODE, "s3", "s3-read", "dynamodb")),
    *(python(name, "Google", speaks, "bigquery", steps(*PLAIN, **READ)) for name, speaks in (
        ("http-client", "HTTP/1.1"), ("urllib3", "HTTP/1.1"), ("requests", "HTTP/1.1"), ("httpx-h1", "HTTP/1.1"), ("httpx-h2", "HTTP/2"),
        ("aiohttp", "HTTP/1.1"), ("pycurl-h1", "HTTP/1.1 (its own OpenSSL)"), ("pycurl-h2", "HTTP/2 (its own OpenSSL)"))),
    *(python(name, "Google", speaks, "bigquery", steps(*PLAIN, **READ), only=SYSTEM) for name, speaks in (
        ("curl-h1", "HTTP/1.1"), ("curl-h2", "HTTP/2"))),
    Client("net/http", "ruby", "Google", "HTTP/1.1", "bigquery", steps("Net::HTTPForbidden", "PERMISSION_DENIED", 403, **READ)),
    *(Client(name, "php", "Google", "HTTP/1.1", "bigquery", steps("answer", "PERMISSION_DENIED", 403, **READ))
      for name in ("php-streams", "php-curl")),
    node("@google-cloud/storage", "Google", "REST", "storage", {
        **steps("ApiError", "forbidden", 403, write=GCS["write"]), **steps("ApiError", "403", 403, read=GCS["read"]),
        **steps("GaxiosError", "forbidden", 403, stream=GCS["stream"])}),
    node("@google-cloud/pubsub", "Google", "gRPC", "pubsub", steps(*GRPC_JS, **PUBSUB)),
    node("@google-cloud/firestore", "Google", "gRPC", "firestore", steps(*GRPC_JS, **DOCUMENTS), tries=THRICE),
    node("firebase-admin", "Google", "gRPC", "firestore", steps(*GRPC_JS, **DOCUMENTS), tries=THRICE),
    node("@google-cloud/secret-manager", "Google", "gRPC", "secretmanager", steps(*GRPC_JS, **SECRET)),
    node("@google-cloud/bigquery", "Google", "REST", "bigquery", steps("ApiError", "forbidden", 403, **ROWS)),
    node("@googleapis/storage", "Google", "REST", "storage", steps("GaxiosError", "forbidden", 403, **NO_STREAM)),
    node("@azure/storage-blob", "Azure", "REST XML", "blob", steps("RestError", "AuthorizationPermissionMismatch", 403, **BLOBS),
         silent=("read",)),
    node("@azure/storage-queue", "Azure", "REST XML", "queue", steps("RestError", "AuthorizationPermissionMismatch", 403, **QUEUES)),
    node("@azure/data-tables", "Azure", "OData", "table", steps("RestError", "AuthorizationPermissionMismatch", 403, **TABLES)),
    node("@azure/keyvault-secrets", "Azure", "REST JSON", "vault", steps("RestError", "Forbidden", 403, **VAULTS)),
    node("@azure/cosmos", "Azure", "REST JSON", "documents", steps("ErrorResponse", "403", 403, **ITEMS), listed=METADATA),
    node("@aws-sdk/client-*", "AWS", "xml, json, query, cbor, rest-json", "amazonaws", aws(
        "ServiceException", JS_CODE, *(w for w in AWS if w != "ec2")), silent=("s3-head",)),
    node("aws-sdk", "AWS", "xml, json, query, rest-json", "amazonaws",
         aws("Error", AWS_CODE, "s3", "s3-read", "dynamodb", "sqs", "sns", "lambda")),
    *(node(name, "Google", speaks, "bigquery", steps(*PLAIN_JS, **READ)) for name, speaks in (
        ("https", "HTTP/1.1"), ("fetch", "HTTP/1.1"), ("undici", "HTTP/1.1"), ("http2", "HTTP/2"))),
    node("axios", "Google", "HTTP/1.1", "bigquery", steps("AxiosError", "PERMISSION_DENIED", 403, **READ)),
]
