import boto3

client = boto3.client("sns")


def handler(event, context):
    return client.unsubscribe(SubscriptionArn=event["arn"])
