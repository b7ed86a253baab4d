import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.copy_object(Bucket="target", Key=event["key"], CopySource="source/a.txt")
