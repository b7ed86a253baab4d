import os

import boto3

client = boto3.client("secretsmanager")


def handler(event, context):
    return client.describe_secret(SecretId=os.environ["SECRET"])
