import boto3

client = boto3.client("lambda")


def handler(event, context):
    return client.get_function(FunctionName="worker")
