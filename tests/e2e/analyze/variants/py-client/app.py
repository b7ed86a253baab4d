from os import environ as env, getenv
from boto3 import client as make
db = make("dynamodb")
TABLE = getenv("PAYMENTS_TABLE")
def handler(event, _):
    kwargs = {"Item": {"id": {"S": event["id"]}}}
    kwargs["TableName"] = TABLE
    return db.put_item(**kwargs)