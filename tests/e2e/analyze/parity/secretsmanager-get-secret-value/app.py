import boto3

client = boto3.client("secretsmanager")


def handler(event, context):
    return client.get_secret_value(SecretId="db/password")
