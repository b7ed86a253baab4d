import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.list_objects_v2(Bucket="media", Prefix="in/")
