import os

import boto3

client = boto3.client("secretsmanager")


def handler(event, context):
    return client.put_secret_value(SecretId=os.environ["SECRET"], SecretString=event["value"])
