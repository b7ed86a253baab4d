import boto3

client = boto3.client("sqs")


def handler(event, context):
    return client.get_queue_url(QueueName="jobs")
