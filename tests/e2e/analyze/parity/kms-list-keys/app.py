import boto3

client = boto3.client("kms")


def handler(event, context):
    return client.list_keys()
