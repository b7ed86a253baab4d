import os

import boto3

client = boto3.client("sts")


def handler(event, context):
    return client.assume_role(RoleArn=os.environ["ROLE_ARN"], RoleSessionName="s")
