import os

import boto3

client = boto3.client("ssm")


def handler(event, context):
    return client.delete_parameter(Name=os.environ["PARAMETER"])
