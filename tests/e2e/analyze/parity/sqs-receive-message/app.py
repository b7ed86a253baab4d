import boto3

client = boto3.client("sqs")


def handler(event, context):
    return client.receive_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/jobs")
