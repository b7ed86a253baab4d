import boto3

client = boto3.client("stepfunctions")


def handler(event, context):
    return client.list_state_machines()
