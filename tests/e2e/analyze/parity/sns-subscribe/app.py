import os

import boto3

client = boto3.client("sns")


def handler(event, context):
    return client.subscribe(TopicArn=os.environ["TOPIC_ARN"], Protocol="sqs")
