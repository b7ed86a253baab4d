import os

import boto3

client = boto3.client("dynamodb")


def handler(event, context):
    return client.query(TableName=os.environ["TABLE"], IndexName="by-day")
