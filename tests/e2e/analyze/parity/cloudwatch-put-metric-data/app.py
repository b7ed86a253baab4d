import boto3

client = boto3.client("cloudwatch")


def handler(event, context):
    return client.put_metric_data(Namespace="app")
