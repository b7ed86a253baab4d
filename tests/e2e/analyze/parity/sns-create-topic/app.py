import boto3

client = boto3.client("sns")


def handler(event, context):
    return client.create_topic(Name="alerts")
