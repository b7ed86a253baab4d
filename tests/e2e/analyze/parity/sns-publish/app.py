import os

import boto3

client = boto3.client("sns")


def handler(event, context):
    return client.publish(TopicArn=os.environ["TOPIC_ARN"], Message=event["text"])
