import os

import boto3

client = boto3.client("dynamodb")


def handler(event, context):
    return client.delete_item(TableName=os.environ["TABLE"])
