import os

import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.head_object(Bucket=os.environ["BUCKET"], Key=event["key"])
