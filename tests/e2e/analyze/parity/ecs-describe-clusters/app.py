import boto3

client = boto3.client("ecs")


def handler(event, context):
    return client.describe_clusters()
