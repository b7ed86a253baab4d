import os
from functools import partial
import boto3
OPERATION = "put_item"
def call(fn, *args, **kwargs):
    return fn(*args, **kwargs)
def handler(event, context):
    db = boto3.client("dynamodb")
    call(getattr(db, OPERATION), TableName="%s" % os.environ["PAYMENTS_TABLE"], Item=event)