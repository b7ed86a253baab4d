"""Cloud SDKs and HTTP clients for Python, as a function would use them. Standard input: a JSON list of [what, name]; argument: the
client. Standard output: one JSON line per step: {"ok", "types", "code", "status", "message", "sha"}; "types" is the error's class
and those it is derived from, "code" what the SDK says the cloud's code was, "sha" a digest of what an allowed read brought."""

import asyncio
import hashlib
import json
import os
import sys
import time

PROJECT, ACCOUNT = "shop", "shopdata"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BODY = b"number,total\n" + b"A-1001,25\n" * 400
WAIT = 40
REGION = os.environ.get("AWS_REGION", "eu-west-1")


class Refused(Exception):
    """What a plain HTTP client gives when the answer is 403: no exception of its own."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def plain(status, content):
    """An answer without an SDK round it."""
    content = content if isinstance(content, bytes) else content.encode()
    if status >= 300:
        raise Refused(status, content.decode())
    return content


# ---- Google Cloud


def google_cloud_storage():
    from google.cloud import storage

    client = storage.Client(project=PROJECT)
    big = (b"0123456789abcdef" * 65536) * 9  # above the size of one request: a resumable upload, in two chunks

    def stream(name):
        blob = client.bucket(name).blob("q3.bin", chunk_size=8 << 20)
        import io

        return blob.upload_from_file(io.BytesIO(big), size=len(big), timeout=WAIT)

    return {
        "write": lambda name: client.bucket(name).blob("q3.csv").upload_from_string(BODY, timeout=WAIT),
        "read": lambda name: client.bucket(name).blob("q3.csv").download_as_bytes(timeout=WAIT),
        "stream": stream,
    }


def google_cloud_pubsub():
    from google.cloud import pubsub_v1

    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    topic = f"projects/{PROJECT}/topics/"
    return {
        "write": lambda name: publisher.publish(topic + name, BODY, number="A-1001").result(timeout=WAIT),
        "read": lambda name: subscriber.pull(
            subscription=f"projects/{PROJECT}/subscriptions/{name}", max_messages=1, timeout=WAIT
        ).received_messages[0].message.data,
    }


def google_cloud_pubsub_rest():
    from google.pubsub_v1.services.publisher import PublisherClient

    client = PublisherClient(transport="rest")
    return {"write": lambda name: client.publish(
        topic=f"projects/{PROJECT}/topics/{name}", messages=[{"data": BODY}], timeout=WAIT).message_ids and None}


def google_cloud_pubsub_asyncio():
    from google.pubsub_v1.services.publisher import PublisherAsyncClient

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = PublisherAsyncClient()

    def write(name):
        topic, messages = f"projects/{PROJECT}/topics/{name}", [{"data": BODY}]
        loop.run_until_complete(client.publish(topic=topic, messages=messages, timeout=WAIT))

    return {"write": write}


def firestore_of(make):
    """One client per database: ${make}(name of the database)."""
    made = {}
    document = lambda name: (made.get(name) or made.setdefault(name, make(name))).collection("orders").document("1")
    return {
        "write": lambda name: document(name).set({"total": 25}, timeout=WAIT) and None,
        "read": lambda name: str(document(name).get(timeout=WAIT).to_dict()).encode(),
    }


def google_cloud_firestore():
    from google.cloud import firestore

    return firestore_of(lambda name: firestore.Client(project=PROJECT, database=name))


def firebase_admin():
    import firebase_admin as admin
    from firebase_admin import firestore

    app = admin.initialize_app(options={"projectId": PROJECT})
    return firestore_of(lambda name: firestore.client(app, name))


def secret_manager(transport):
    from google.cloud import secretmanager

    client = secretmanager.SecretManagerServiceClient(transport=transport)
    return {"read": lambda name: client.access_secret_version(
        name=f"projects/{PROJECT}/secrets/{name}/versions/latest", timeout=WAIT).payload.data}


def google_cloud_secret_manager():
    return secret_manager("grpc")


def google_cloud_secret_manager_rest():
    return secret_manager("rest")


def google_cloud_bigquery():
    from google.cloud import bigquery

    client = bigquery.Client(project=PROJECT)

    def write(name):
        errors = client.insert_rows_json(f"{PROJECT}.{name}.totals", [{"total": 25}], row_ids=["1"], timeout=WAIT)
        assert not errors, errors

    return {"write": write, "read": lambda name: str(client.get_table(f"{PROJECT}.{name}.totals", timeout=WAIT).schema).encode()}


def google_api_python_client():
    import httplib2
    from googleapiclient.discovery import build
    from googleapiclient.http import MediaInMemoryUpload

    import google.auth
    from google_auth_httplib2 import AuthorizedHttp

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    http = AuthorizedHttp(credentials, http=httplib2.Http(timeout=WAIT, ca_certs=os.environ["SSL_CERT_FILE"]))
    client = build("storage", "v1", http=http, static_discovery=True).objects()

    def write(name):
        client.insert(bucket=name, name="q3.csv", media_body=MediaInMemoryUpload(BODY, "text/csv")).execute()

    return {"write": write, "read": lambda name: client.get_media(bucket=name, object="q3.csv").execute()}


# ---- Azure


def azure_storage_blob():
    from azure.storage.blob import BlobServiceClient

    client = BlobServiceClient(f"https://{ACCOUNT}.blob.core.windows.net", {"account_name": ACCOUNT, "account_key": KEY})
    blob = lambda name: client.get_blob_client(name, "q3.csv")
    return {
        "write": lambda name: blob(name).upload_blob(BODY, overwrite=True) and None,
        "read": lambda name: blob(name).download_blob().readall(),
    }


def azure_storage_blob_aio():
    from azure.storage.blob.aio import BlobServiceClient

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = BlobServiceClient(f"https://{ACCOUNT}.blob.core.windows.net", {"account_name": ACCOUNT, "account_key": KEY})

    async def write(name):
        await client.get_blob_client(name, "q3.csv").upload_blob(BODY, overwrite=True)

    async def read(name):
        return await (await client.get_blob_client(name, "q3.csv").download_blob()).readall()

    return {
        "write": lambda name: loop.run_until_complete(write(name)),
        "read": lambda name: loop.run_until_complete(read(name)),
        "end": lambda: loop.run_until_complete(client.close()),
    }


def azure_storage_queue():
    from azure.storage.queue import QueueClient

    def client(name):
        return QueueClient(f"https://{ACCOUNT}.queue.core.windows.net", name, {"account_name": ACCOUNT, "account_key": KEY})

    return {"write": lambda name: client(name).send_message("order") and None,
            "read": lambda name: str(len(client(name).peek_messages())).encode()}


def azure_data_tables():
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.data.tables import TableServiceClient

    client = TableServiceClient(f"https://{ACCOUNT}.table.core.windows.net", credential=AzureNamedKeyCredential(ACCOUNT, KEY))
    entity = {"PartitionKey": "2026", "RowKey": "1", "total": 25}
    return {
        "write": lambda name: client.get_table_client(name).upsert_entity(entity) and None,
        "read": lambda name: str(client.get_table_client(name).get_entity("2026", "1")["total"]).encode(),
    }


class Token:
    """An azure-identity credential that needs no identity."""

    def get_token(self, *_scopes, **_more):
        from azure.core.credentials import AccessToken

        return AccessToken("token-of-this-world", int(time.time()) + 3600)


def azure_keyvault_secrets():
    from azure.keyvault.secrets import SecretClient

    client = SecretClient("https://shopvault.vault.azure.net", Token(), verify_challenge_resource=False)
    return {"read": lambda name: client.get_secret(name).value.encode()}


def azure_cosmos():
    from azure.cosmos import CosmosClient

    client = CosmosClient(f"https://{ACCOUNT}.documents.azure.com", KEY, connection_timeout=WAIT)
    database = client.get_database_client("shop")
    return {
        "write": lambda name: database.get_container_client(name).upsert_item({"id": "1", "total": 25}) and None,
        "read": lambda name: database.get_container_client(name).read_item("1", partition_key="1")["id"].encode(),
    }


# ---- AWS: one operation per protocol


def aws_steps(client):
    message = "hello"
    return {
        "s3": lambda name: client("s3").put_object(Bucket=name, Key="q3.csv", Body=BODY),
        "s3-read": lambda name: client("s3").get_object(Bucket=name, Key="q3.csv")["Body"].read(),
        "s3-head": lambda name: client("s3").head_object(Bucket=name, Key="q3.csv"),
        "dynamodb": lambda name: client("dynamodb").put_item(TableName=name, Item={"id": {"S": "1"}}),
        "sqs": lambda name: client("sqs").send_message(
            QueueUrl=f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}", MessageBody=message),
        "sns": lambda name: client("sns").publish(TopicArn=f"arn:aws:sns:{REGION}:123456789012:{name}", Message=message),
        "lambda": lambda name: client("lambda").get_function(FunctionName=name),
        "cloudwatch": lambda name: client("cloudwatch").get_dashboard(DashboardName=name),
        "ec2": lambda name: client("ec2").describe_vpcs() if "needle" not in name else client("ec2").create_key_pair(KeyName=name),
    }


def boto3():
    import boto3 as sdk
    from botocore.config import Config

    config = Config(read_timeout=WAIT)
    clients = {}
    return aws_steps(lambda service: clients.get(service) or clients.setdefault(service, sdk.client(service, config=config)))


def aioboto3():
    import aioboto3 as sdk

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    session, clients = sdk.Session(), {}

    async def client(service):
        if service not in clients:
            clients[service] = await session.client(service).__aenter__()
        return clients[service]

    async def write(name):
        await (await client("s3")).put_object(Bucket=name, Key="q3.csv", Body=BODY)

    async def read(name):
        return await (await (await client("s3")).get_object(Bucket=name, Key="q3.csv"))["Body"].read()

    async def item(name):
        await (await client("dynamodb")).put_item(TableName=name, Item={"id": {"S": "1"}})

    async def end():
        for c in clients.values():
            await c.__aexit__(None, None, None)

    return {
        "s3": lambda name: loop.run_until_complete(write(name)),
        "s3-read": lambda name: loop.run_until_complete(read(name)),
        "dynamodb": lambda name: loop.run_until_complete(item(name)),
        "end": lambda: loop.run_until_complete(end()),
    }


# ---- plain HTTP clients, which ask BigQuery

HOST, TOKEN = "bigquery.googleapis.com", {"authorization": "Bearer ya29.of-this-world"}


def path(name):
    return f"/bigquery/v2/projects/{PROJECT}/datasets/{name}/tables/totals"


def url(name):
    return f"https://{HOST}{path(name)}"


def http_client():
    import http.client

    connection = http.client.HTTPSConnection(HOST, timeout=WAIT)

    def read(name):
        connection.request("GET", path(name), headers=TOKEN)
        response = connection.getresponse()
        return plain(response.status, response.read())

    return {"read": read}


def urllib3():
    import urllib3 as library

    pool = library.PoolManager(ca_certs=os.environ["SSL_CERT_FILE"], timeout=WAIT)

    def read(name):
        response = pool.request("GET", url(name), headers=TOKEN)
        return plain(response.status, response.data)

    return {"read": read}


def requests():
    import requests as library

    session = library.Session()

    def read(name):
        response = session.get(url(name), headers=TOKEN, timeout=WAIT)
        return plain(response.status_code, response.content)

    return {"read": read}


def httpx_with(http2):
    import httpx

    client = httpx.Client(http2=http2, timeout=WAIT)

    def read(name):
        response = client.get(url(name), headers=TOKEN)
        assert response.http_version == ("HTTP/2" if http2 else "HTTP/1.1"), response.http_version
        return plain(response.status_code, response.content)

    return {"read": read}


def httpx_h1():
    return httpx_with(False)


def httpx_h2():
    return httpx_with(True)


def aiohttp():
    import aiohttp as library

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def start():
        return library.ClientSession(timeout=library.ClientTimeout(WAIT))

    session = loop.run_until_complete(start())

    async def get(name):
        async with session.get(url(name), headers=TOKEN) as response:
            return plain(response.status, await response.read())

    return {"read": lambda name: loop.run_until_complete(get(name)), "end": lambda: loop.run_until_complete(session.close())}


def pycurl_with(version):
    import pycurl

    handle = pycurl.Curl()

    def read(name):
        import io

        out = io.BytesIO()
        handle.setopt(pycurl.URL, url(name))
        handle.setopt(pycurl.CAINFO, os.environ["SSL_CERT_FILE"])
        handle.setopt(pycurl.HTTP_VERSION, getattr(pycurl, version))
        handle.setopt(pycurl.TIMEOUT, WAIT)
        handle.setopt(pycurl.HTTPHEADER, [f"{k}: {v}" for k, v in TOKEN.items()])
        handle.setopt(pycurl.WRITEFUNCTION, out.write)
        handle.perform()
        return plain(handle.getinfo(pycurl.RESPONSE_CODE), out.getvalue())

    return {"read": read}


def pycurl_h1():
    return pycurl_with("CURL_HTTP_VERSION_1_1")


def pycurl_h2():
    return pycurl_with("CURL_HTTP_VERSION_2_0")


def curl_with(version):
    """A program of its own per call, which the guard follows into."""
    import subprocess

    def read(name):
        headers = [part for k, v in TOKEN.items() for part in ("-H", f"{k}: {v}")]
        done = subprocess.run(["curl", "-sS", version, "-m", str(WAIT), "-w", "\n%{http_version} %{http_code}", *headers, url(name)],
                              capture_output=True, text=True, check=True)
        body, _, end = done.stdout.rpartition("\n")
        assert end.startswith({"--http1.1": "1.1", "--http2": "2"}[version]), end
        return plain(int(end.split()[1]), body)

    return {"read": read}


def curl_h1():
    return curl_with("--http1.1")


def curl_h2():
    return curl_with("--http2")


# ---- what an error says


def code_of(e):
    if hasattr(e, "response") and isinstance(getattr(e, "response"), dict):  # botocore
        return e.response["Error"]["Code"]
    if getattr(e, "grpc_status_code", None):
        return e.grpc_status_code.name
    if getattr(e, "error_details", None) and isinstance(e.error_details, list):  # googleapiclient
        return e.error_details[0].get("reason")
    if isinstance(getattr(e, "errors", None), list) and e.errors and isinstance(e.errors[0], dict):
        return e.errors[0].get("reason")
    if getattr(e, "error_code", None):  # azure-storage, azure-data-tables
        return getattr(e.error_code, "value", e.error_code)
    if getattr(getattr(e, "error", None), "code", None):
        return e.error.code
    if isinstance(e, Refused):
        body = json.loads(str(e))["error"]
        return body.get("status") or body.get("code")
    code = getattr(e, "code", None)
    return getattr(code, "value", code) if isinstance(code, (str, int)) else None


def status_of(e):
    if hasattr(e, "response") and isinstance(getattr(e, "response"), dict):
        return e.response["ResponseMetadata"]["HTTPStatusCode"]
    for name in ("status_code", "status", "code"):
        value = getattr(e, name, None)
        if isinstance(value, int):
            return int(value)
    return None


def attempt(call, name):
    try:
        got = call(name)
    except Exception as e:
        kinds = [f"{k.__module__}.{k.__qualname__}" for k in type(e).__mro__ if k not in (object, BaseException, Exception)]
        return {"ok": False, "types": kinds or [type(e).__name__], "code": str(code_of(e)), "status": status_of(e),
                "message": str(getattr(e, "message", None) or e) + " " + str(e)}
    return {"ok": True, "sha": hashlib.sha256(got).hexdigest() if isinstance(got, bytes) else None}


def main():
    steps = json.load(sys.stdin)
    client = globals()[sys.argv[1].replace("-", "_")]()
    for what, name in steps:
        start = time.monotonic()
        answer = attempt(client[what], name)
        print(json.dumps({**answer, "ms": round(1000 * (time.monotonic() - start), 1)}), flush=True)
    client.get("end", lambda: None)()


if __name__ == "__main__":
    main()
