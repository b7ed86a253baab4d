import os

import boto3

client = boto3.client("cognito-idp")


def handler(event, context):
    return client.admin_get_user(UserPoolId=os.environ["POOL"], Username=event["name"])
