import boto3

client = boto3.client("logs")


def handler(event, context):
    return client.create_log_stream(logGroupName="/app/audit", logStreamName=event["day"])
