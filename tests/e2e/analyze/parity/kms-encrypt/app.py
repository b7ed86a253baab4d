import boto3

client = boto3.client("kms")


def handler(event, context):
    return client.encrypt(KeyId="arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
