import os

import boto3

client = boto3.client("cognito-idp")


def handler(event, context):
    return client.list_users(UserPoolId=os.environ["POOL"])
