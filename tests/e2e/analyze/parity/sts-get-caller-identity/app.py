import boto3

client = boto3.client("sts")


def handler(event, context):
    return client.get_caller_identity()
