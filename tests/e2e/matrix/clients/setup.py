"""What the calls of clients.py and clients.cjs touch, made in every emulator: each thing twice, one to be allowed, one to be refused."""

import io
import json
import os
import sys
import urllib.request
import zipfile

import boto3
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from clients import ACCOUNT, BODY, KEY

names, region = sys.argv[1:], os.environ["AWS_REGION"]
made = {s: boto3.client(s) for s in "s3 dynamodb sqs sns iam lambda cloudwatch".split()}
role = made["iam"].create_role(RoleName="r", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')["Role"]["Arn"]
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as z:
    z.writestr("app.py", "handler = None")
shared = {"account_name": ACCOUNT, "account_key": KEY}
blobs = BlobServiceClient(f"https://{ACCOUNT}.blob.core.windows.net", shared)
queues = QueueServiceClient(f"https://{ACCOUNT}.queue.core.windows.net", shared)
tables = TableServiceClient(f"https://{ACCOUNT}.table.core.windows.net", credential=AzureNamedKeyCredential(ACCOUNT, KEY))


def google(method, path, body, kind="application/json"):
    request = urllib.request.Request("https://storage.googleapis.com" + path, body, {"Content-Type": kind}, method=method)
    urllib.request.urlopen(request, timeout=20).read()


for name in names:
    made["s3"].create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    made["s3"].put_object(Bucket=name, Key="q3.csv", Body=BODY)
    made["dynamodb"].create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    made["sqs"].create_queue(QueueName=name)
    made["sns"].create_topic(Name=name)
    made["lambda"].create_function(FunctionName=name, Role=role, Runtime="python3.11", Handler="app.handler",
                                   Code={"ZipFile": code.getvalue()})
    made["cloudwatch"].put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": []}))
    blobs.create_container(name)
    blobs.get_blob_client(name, "q3.csv").upload_blob(BODY)
    queues.create_queue(name)
    tables.create_table(name)
    tables.get_table_client(name).upsert_entity({"PartitionKey": "2026", "RowKey": "1", "total": 25})
    google("POST", "/storage/v1/b?project=shop", json.dumps({"name": name}).encode())
    google("POST", f"/upload/storage/v1/b/{name}/o?uploadType=media&name=q3.csv", BODY, "text/csv")
