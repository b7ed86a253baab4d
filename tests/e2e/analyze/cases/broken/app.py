import boto3

def handler(event, context):
    boto3.client("sns").publish(TopicArn="arn:aws:sns:eu-west-1:111122223333:alarms", Message="x")

def broken(:
    return ][

def after():
    return 1
