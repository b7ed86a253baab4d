'use strict';
/* Inputs by hand, for what filled schemas do not show: names given as ARN or URL, several resources in one call, the
   forms of one name.  directory: [[operation, members, client options]]; members override the filled ones. */
const A = '111122223333';
const arn = (service, rest) => `arn:aws:${service}:eu-west-1:${A}:${rest}`;
const table = arn('dynamodb', 'table/orders');
const queue = `https://sqs.eu-west-1.amazonaws.com/${A}/orders.fifo`;
const topic = arn('sns', 'news');
const fn = arn('lambda', 'function:pay');
const secret = arn('secretsmanager', 'secret:prod/db-AbCdEf');
const key = { id: { S: '1' } };
const account = { credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', accountId: A } };

module.exports = {
    dynamodb: [
        ['GetItem', { TableName: 'orders', Key: key }, account],
        ['GetItem', { TableName: table, Key: key }],
        ['PutItem', { TableName: table, Item: key }, account],
        ['Query', { TableName: 'orders', IndexName: 'by-date', KeyConditionExpression: 'a = :a' }],
        ['Scan', { TableName: table, IndexName: 'by-date' }],
        ['BatchGetItem', { RequestItems: { orders: { Keys: [key] }, payments: { Keys: [key] } } }],
        ['BatchWriteItem', { RequestItems: { orders: [{ PutRequest: { Item: key } }],
                                             payments: [{ DeleteRequest: { Key: key } }] } }],
        ['TransactGetItems', { TransactItems: [{ Get: { TableName: 'orders', Key: key } },
                                               { Get: { TableName: 'payments', Key: key } }] }],
        ['TransactWriteItems', { TransactItems: [
            { Put: { TableName: 'orders', Item: key } }, { Delete: { TableName: 'payments', Key: key } },
            { Update: { TableName: 'stock', Key: key, UpdateExpression: 'SET a = :a' } },
            { ConditionCheck: { TableName: 'people', Key: key, ConditionExpression: 'a = :a' } }] }],
    ],
    s3: [
        ['GetObject', { Bucket: 'a.dotted.bucket', Key: 'x/y z+é.txt' }],
        ['GetObject', { Bucket: 'alps-bucket', Key: 'a//b/../c' }],
        ['GetObject', { Bucket: 'alps-bucket', Key: 'k', VersionId: 'v1' }],
        ['GetObject', { Bucket: arn('s3', 'accesspoint/ap1'), Key: 'k' }],
        ['GetObject', { Bucket: 'alps-bucket', Key: 'k' }, { forcePathStyle: true }],
        ['GetObject', { Bucket: 'alps-bucket', Key: 'k' }, { useAccelerateEndpoint: true }],
        ['PutObject', { Bucket: 'alps-bucket', Key: 'k', Body: 'x', Tagging: 'a=b', ACL: 'private' }],
        ['CopyObject', { Bucket: 'to', Key: 'k', CopySource: 'from/a%20b.txt' }],
        ['CopyObject', { Bucket: 'to', Key: 'k', CopySource: 'from/a.txt?versionId=v1' }],
        ['UploadPartCopy', { Bucket: 'to', Key: 'k', CopySource: 'from/a.txt', PartNumber: 1, UploadId: 'u' }],
        ['DeleteObjects', { Bucket: 'alps-bucket',
                            Delete: { Objects: [{ Key: 'a' }, { Key: 'b/c', VersionId: '2' }] } }],
        ['ListObjectsV2', { Bucket: 'alps-bucket', Prefix: 'x/' }],
    ],
    sqs: [
        ['SendMessage', { QueueUrl: queue, MessageBody: 'x' }],
        ['SendMessageBatch', { QueueUrl: queue, Entries: [{ Id: '1', MessageBody: 'x' }] }],
        ['DeleteMessageBatch', { QueueUrl: queue, Entries: [{ Id: '1', ReceiptHandle: 'x' }] }],
        ['CreateQueue', { QueueName: 'orders' }], ['GetQueueUrl', { QueueName: 'orders' }],
    ],
    sns: [
        ['Publish', { TopicArn: topic, Message: 'x' }], ['Publish', { TargetArn: topic, Message: 'x' }],
        ['Publish', { PhoneNumber: '+15550100', Message: 'x' }],
        ['PublishBatch', { TopicArn: topic, PublishBatchRequestEntries: [{ Id: '1', Message: 'x' }] }],
        ['Unsubscribe', { SubscriptionArn: `${topic}:11111111-2222-3333-4444-555555555555` }],
    ],
    lambda: [
        ['Invoke', { FunctionName: 'pay' }], ['Invoke', { FunctionName: 'pay:live' }],
        ['Invoke', { FunctionName: 'pay', Qualifier: '3' }], ['Invoke', { FunctionName: fn }],
        ['Invoke', { FunctionName: `${fn}:live` }], ['Invoke', { FunctionName: `${A}:function:pay` }],
        ['GetFunction', { FunctionName: fn }],
    ],
    kinesis: [
        ['PutRecord', { StreamName: 'clicks', Data: Buffer.from('x'), PartitionKey: 'p' }],
        ['PutRecord', { StreamName: undefined, StreamARN: arn('kinesis', 'stream/clicks'),
                        Data: Buffer.from('x'), PartitionKey: 'p' }],
        ['DescribeStreamSummary', { StreamName: 'clicks' }],
        ['ListShards', { StreamName: undefined, StreamARN: arn('kinesis', 'stream/clicks') }],
    ],
    secretsmanager: [
        ['GetSecretValue', { SecretId: 'prod/db' }], ['GetSecretValue', { SecretId: secret }],
        ['PutSecretValue', { SecretId: secret, SecretString: 'x' }],
        ['BatchGetSecretValue', { SecretIdList: ['prod/db', 'prod/api'] }],
    ],
    ssm: [
        ['GetParameter', { Name: '/prod/db' }], ['GetParameter', { Name: 'plain' }],
        ['GetParameter', { Name: arn('ssm', 'parameter/prod/db') }], ['GetParameter', { Name: '/prod/db:3' }],
        ['GetParameters', { Names: ['/prod/db', 'plain'] }], ['GetParametersByPath', { Path: '/prod' }],
        ['PutParameter', { Name: '/prod/db', Value: 'x' }],
    ],
    kms: [
        ['Decrypt', { KeyId: arn('kms', 'key/11111111-2222-3333-4444-555555555555'),
                      CiphertextBlob: Buffer.from('x') }],
        ['Encrypt', { KeyId: 'alias/app', Plaintext: Buffer.from('x') }],
        ['GenerateDataKey', { KeyId: arn('kms', 'alias/app'), KeySpec: 'AES_256' }],
        ['DescribeKey', { KeyId: '11111111-2222-3333-4444-555555555555' }],
    ],
    sts: [
        ['AssumeRole', { RoleArn: `arn:aws:iam::${A}:role/app`, RoleSessionName: 's' }], ['GetCallerIdentity', {}],
    ],
    events: [
        ['PutEvents', { Entries: [{ Source: 's', DetailType: 'd', Detail: '{}', EventBusName: 'orders' },
                                  { Source: 's', DetailType: 'd', Detail: '{}',
                                    EventBusName: arn('events', 'event-bus/pay') }] }],
        ['PutEvents', { Entries: [{ Source: 's', DetailType: 'd', Detail: '{}' }] }],
        ['PutRule', { Name: 'r', EventBusName: 'orders', ScheduleExpression: 'rate(1 day)' }],
    ],
    stepfunctions: [
        ['StartExecution', { stateMachineArn: arn('states', 'stateMachine:pay'), input: '{}' }],
        ['StartSyncExecution', { stateMachineArn: arn('states', 'stateMachine:pay') }],
        ['DescribeExecution', { executionArn: arn('states', 'execution:pay:run-1') }],
    ],
    logs: [
        ['PutLogEvents', { logGroupName: '/aws/lambda/pay', logStreamName: 's/1',
                           logEvents: [{ timestamp: 1, message: 'x' }] }],
        ['CreateLogStream', { logGroupName: '/aws/lambda/pay', logStreamName: 's' }],
        ['FilterLogEvents', { logGroupIdentifier: arn('logs', 'log-group:/aws/lambda/pay') }],
        ['CreateLogGroup', { logGroupName: '/aws/lambda/pay' }],
    ],
};
