import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def create(event, context):
    table.put_item(Item={"id": event["id"]})
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="x")


def settle(event, context):
    table.get_item(Key={"id": "1"})
