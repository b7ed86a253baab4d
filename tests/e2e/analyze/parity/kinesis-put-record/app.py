import os

import boto3

client = boto3.client("kinesis")


def handler(event, context):
    return client.put_record(StreamName=os.environ["STREAM"], PartitionKey=event["key"])
