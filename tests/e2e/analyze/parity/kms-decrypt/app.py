import os

import boto3

client = boto3.client("kms")


def handler(event, context):
    return client.decrypt(KeyId=os.environ["KEY_ARN"])
