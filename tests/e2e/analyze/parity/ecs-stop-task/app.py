import os

import boto3

client = boto3.client("ecs")


def handler(event, context):
    return client.stop_task(cluster=os.environ["CLUSTER"], task=event["task"])
