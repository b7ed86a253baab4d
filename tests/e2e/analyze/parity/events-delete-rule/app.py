import boto3

client = boto3.client("events")


def handler(event, context):
    return client.delete_rule(Name=event["name"])
