import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.get_object_tagging(Bucket="media", Key=event["key"])
