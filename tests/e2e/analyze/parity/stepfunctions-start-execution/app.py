import os

import boto3

client = boto3.client("stepfunctions")


def handler(event, context):
    return client.start_execution(stateMachineArn=os.environ["MACHINE_ARN"], input=event["input"])
