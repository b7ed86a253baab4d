import os, json, boto3, requests
from botocore.exceptions import ClientError
s3 = boto3.client('s3'); s3r = boto3.resource('s3'); sqs = boto3.resource('sqs'); ddb = boto3.client('dynamodb')
BUCKET = os.environ.get('BUCKET', 'fallback')
class K:
    TABLE = 'ktable'
def helper(table, key):
    return boto3.resource('dynamodb').Table(table).get_item(Key=key)
def lambda_handler(event, context):
    bucket = event['Records'][0]['s3']['bucket']['name']
    s3.download_file(bucket, 'k', '/tmp/x')
    s3.upload_file('/tmp/x', BUCKET, f"out/{event['id']}.json")
    s3r.Object(BUCKET, 'a/b').put(Body=b'')
    for o in s3r.Bucket('listed').objects.filter(Prefix='p/'):
        o.delete()
    s3r.Bucket('wiped').objects.all().delete()
    s3r.meta.client.head_object(Bucket='h', Key='i')
    for page in s3.get_paginator('list_objects_v2').paginate(Bucket='pages'):
        pass
    s3.get_waiter('object_exists').wait(Bucket='waits', Key='k')
    s3.generate_presigned_url('put_object', Params={'Bucket': 'pre', 'Key': 'k'}, ExpiresIn=3)
    q = sqs.get_queue_by_name(QueueName='byname')
    q.send_message(MessageBody='x')
    sqs.Queue(os.environ['QUEUE_URL']).send_message(MessageBody='x')
    helper(K.TABLE, {})
    helper(table=os.environ['T2'], key={})
    t = boto3.resource('dynamodb').Table('counted')
    print(t.item_count)
    ddb.put_itm(TableName='x')
    boto3.client('sts').get_caller_identity()
    boto3.client('secretsmanager').get_secret_value(SecretId=os.environ['SECRET_ARN'])
    boto3.client('ec2').describe_instances()
    boto3.client('logs').put_log_events(logGroupName='g', logStreamName='s', logEvents=[])
    boto3.client('kinesis').put_record(StreamName='st', Data=b'', PartitionKey='x')
    boto3.client('ses').send_email(Source='a@b.c', Destination={}, Message={})
    requests.post('https://hooks.example.com/in', json={})
    try:
        ddb.update_item(TableName='upd-' + os.environ['STAGE'] + '-t')
    except ClientError as e:
        raise
if __name__ == '__main__':
    ddb.delete_table(TableName='never')
