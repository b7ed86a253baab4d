"""Thirteen services: what is allowed, what is refused. Everything that must not leave has NEEDLE in it, so that what the
server saw can be searched for it. `{account}` and the names in `made` are filled in by the test."""

import time

NEEDLE = "needle"
ARN = "arn:aws:{service}:eu-west-1:123456789012:{rest}"


def arn(service, rest):
    return ARN.format(service=service, rest=rest)


def queue(name):
    return f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}"


def event(bus):
    return {"Entries": [{"EventBusName": bus, "Source": "shop", "DetailType": "order", "Detail": "{}"}]}


def events(group):
    line = {"timestamp": int(time.time() * 1000), "message": "hello"}
    return {"logGroupName": group, "logStreamName": "s", "logEvents": [line]}


def cases(made):
    """[(service, (operation, params) allowed, [(operation, params) refused …], {resource: [actions]})]; ${made} holds ids
    that only the server knows: kms key, state machine."""
    key, machine = made["key"], arn("states", "stateMachine:{}")
    return [
        ("s3", ("PutObject", {"Bucket": "reports", "Key": "q3.csv", "Body": "a,b"}),
         [("PutObject", {"Bucket": "needle-salaries", "Key": "q3.csv", "Body": "a,b"}),
          ("PutObject", {"Bucket": "reports", "Key": "needle/q3.csv", "Body": "a,b"}),
          ("GetObject", {"Bucket": "needle-salaries", "Key": "all.csv"}),
          ("DeleteObject", {"Bucket": "reports", "Key": "q3-needle.csv"})],
         {"arn:aws:s3:::reports/q3*": ["s3:PutObject"]}),
        ("dynamodb", ("PutItem", {"TableName": "orders", "Item": {"id": {"S": "1"}}}),
         [("PutItem", {"TableName": "needle-payments", "Item": {"id": {"S": "1"}}}),
          ("Scan", {"TableName": "needle-payments"}),
          ("BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": {"Item": {"id": {"S": "2"}}}}],
                                               "needle-payments": [{"PutRequest": {"Item": {"id": {"S": "3"}}}}]}})],
         {arn("dynamodb", "table/orders"): ["dynamodb:PutItem", "dynamodb:BatchWriteItem"]}),
        ("sqs", ("SendMessage", {"QueueUrl": queue("jobs"), "MessageBody": "work"}),
         [("SendMessage", {"QueueUrl": queue("needle-jobs"), "MessageBody": "work"}),
          ("PurgeQueue", {"QueueUrl": queue("needle-jobs")})],
         {arn("sqs", "jobs"): ["sqs:SendMessage"]}),
        ("sns", ("Publish", {"TopicArn": arn("sns", "news"), "Message": "hello"}),
         [("Publish", {"TopicArn": arn("sns", "needle-news"), "Message": "hello"})],
         {arn("sns", "news"): ["sns:Publish"]}),
        ("lambda", ("Invoke", {"FunctionName": "echo", "Payload": "{}"}),
         [("Invoke", {"FunctionName": "needle-echo", "Payload": "{}"}),
          ("GetFunction", {"FunctionName": "needle-echo"})],
         {arn("lambda", "function:echo"): ["lambda:InvokeFunction"]}),
        ("secretsmanager", ("GetSecretValue", {"SecretId": "shop-key"}),
         [("GetSecretValue", {"SecretId": "needle-key"})],
         {arn("secretsmanager", "secret:shop-key*"): ["secretsmanager:GetSecretValue"]}),
        ("ssm", ("GetParameter", {"Name": "/shop/limit"}),
         [("GetParameter", {"Name": "/needle/limit"}),
          ("GetParameters", {"Names": ["/shop/limit", "/needle/limit"]})],
         {arn("ssm", "parameter/shop/limit"): ["ssm:GetParameter", "ssm:GetParameters"]}),
        ("sts", ("GetCallerIdentity", {}),
         [("AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/needle-admin", "RoleSessionName": "needle"})],
         {"*": ["sts:GetCallerIdentity"]}),
        ("kms", ("Encrypt", {"KeyId": arn("kms", f"key/{key}"), "Plaintext": "aGVsbG8="}),
         [("Encrypt", {"KeyId": arn("kms", f"key/{made['other_key']}"), "Plaintext": "aGVsbG8=",
                       "EncryptionContext": {"x": "needle"}})],
         {arn("kms", f"key/{key}"): ["kms:Encrypt"]}),
        ("events", ("PutEvents", event("shop")), [("PutEvents", event("needle-bus"))],
         {arn("events", "event-bus/shop"): ["events:PutEvents"]}),
        ("stepfunctions", ("StartExecution", {"stateMachineArn": machine.format("ship")}),
         [("StartExecution", {"stateMachineArn": machine.format("needle-ship")})],
         {machine.format("ship"): ["states:StartExecution"]}),
        ("kinesis", ("PutRecord", {"StreamName": "clicks", "PartitionKey": "1", "Data": "aGVsbG8="}),
         [("PutRecord", {"StreamName": "needle-clicks", "PartitionKey": "1", "Data": "aGVsbG8="})],
         {arn("kinesis", "stream/clicks"): ["kinesis:PutRecord"]}),
        ("logs", ("PutLogEvents", events("shop")),
         [("PutLogEvents", events("needle-shop")),
          ("CreateLogStream", {"logGroupName": "needle-shop", "logStreamName": "t"}),
          ("DescribeLogStreams", {"logGroupName": "needle-shop"})],
         {arn("logs", "log-group:shop:*"): ["logs:PutLogEvents"]}),
    ]


def build(client):
    """Make everything that the calls touch, allowed or not. ${client}(service) is boto3's."""
    for bucket in ("reports", "needle-salaries"):
        client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client("s3").put_object(Bucket="needle-salaries", Key="all.csv", Body=b"1")
    for table in ("orders", "needle-payments"):
        client("dynamodb").create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    for name in ("jobs", "needle-jobs"):
        client("sqs").create_queue(QueueName=name)
    for name in ("news", "needle-news"):
        client("sns").create_topic(Name=name)
    for name in ("shop-key", "needle-key"):
        client("secretsmanager").create_secret(Name=name, SecretString="s")
    for name in ("/shop/limit", "/needle/limit"):
        client("ssm").put_parameter(Name=name, Value="1", Type="String")
    for name in ("shop", "needle-bus"):
        client("events").create_event_bus(Name=name)
    trust = '{"Version":"2012-10-17","Statement":[]}'
    role = client("iam").create_role(RoleName="needle-admin", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    machine = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
    for name in ("ship", "needle-ship"):
        client("stepfunctions").create_state_machine(name=name, definition=machine, roleArn=role)
    for name in ("clicks", "needle-clicks"):
        client("kinesis").create_stream(StreamName=name, ShardCount=1)
    for name in ("shop", "needle-shop"):
        client("logs").create_log_group(logGroupName=name)
        client("logs").create_log_stream(logGroupName=name, logStreamName="s")
    keys = [client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    return {"key": keys[0], "other_key": keys[1]}
