import os

import boto3

client = boto3.client("lambda")


def handler(event, context):
    return client.invoke(FunctionName=os.environ["WORKER"])
