import boto3

client = boto3.client("lambda")


def handler(event, context):
    return client.delete_function(FunctionName=event["name"])
