import boto3

client = boto3.client("kinesis")


def handler(event, context):
    return client.list_streams()
