import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.create_bucket(Bucket=event["name"])
