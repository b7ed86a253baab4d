import os
import boto3
dynamodb = boto3.resource("dynamodb", region_name=os.environ.get("AWS_REGION"))
def handler(event, context):
    table = dynamodb.Table(os.environ["PAYMENTS_TABLE"])
    table.put_item(Item=event)