import boto3

client = boto3.client("ssm")


def handler(event, context):
    return client.get_parameters_by_path(Path="/app")
