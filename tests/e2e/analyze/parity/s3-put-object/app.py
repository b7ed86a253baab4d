import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.put_object(Bucket="media", Key=event["key"])
