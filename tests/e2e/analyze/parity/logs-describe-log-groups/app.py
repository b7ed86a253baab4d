import boto3

client = boto3.client("logs")


def handler(event, context):
    return client.describe_log_groups()
