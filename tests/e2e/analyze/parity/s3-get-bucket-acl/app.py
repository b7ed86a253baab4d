import os

import boto3

client = boto3.client("s3")


def handler(event, context):
    return client.get_bucket_acl(Bucket=os.environ["BUCKET"])
