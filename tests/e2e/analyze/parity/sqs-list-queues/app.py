import boto3

client = boto3.client("sqs")


def handler(event, context):
    return client.list_queues()
