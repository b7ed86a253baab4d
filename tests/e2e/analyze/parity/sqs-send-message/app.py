import os

import boto3

client = boto3.client("sqs")


def handler(event, context):
    return client.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=event["body"])
