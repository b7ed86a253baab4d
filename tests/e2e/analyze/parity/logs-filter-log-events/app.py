import os

import boto3

client = boto3.client("logs")


def handler(event, context):
    return client.filter_log_events(logGroupName=os.environ["GROUP"])
