import boto3

client = boto3.client("ssm")


def handler(event, context):
    return client.put_parameter(Name=f"/app/{event['name']}", Value=event["value"])
