import boto3

client = boto3.client("events")


def handler(event, context):
    return client.put_rule(Name="nightly")
