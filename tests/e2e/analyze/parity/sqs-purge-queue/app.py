import os

import boto3

client = boto3.client("sqs")


def handler(event, context):
    return client.purge_queue(QueueUrl=os.environ["QUEUE_URL"])
