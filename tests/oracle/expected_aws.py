"""Which resources a call to one of thirteen AWS services touches, by its input object.

Written from the vendor's Service Authorization Reference, not from our catalogue: this is the second opinion.
expected(service, operation, input, region, partition) -> {resource, ...}, or None where there is no opinion.
"""
import re
from urllib.parse import unquote, urlparse

STAR = {"*"}


def full(v):
    return isinstance(v, str) and v.startswith("arn:")


class At:
    def __init__(self, region, partition):
        self.region, self.partition = region, partition

    def arn(self, service, rest, account="*", region=None):
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{account}:{rest}"

    def named(self, service, kind, v):
        """An ARN is itself; a name gets its kind."""
        return v if full(v) else self.arn(service, f"{kind}{v}")


def dynamodb(op, i, at):
    def table(v):
        return at.named("dynamodb", "table/", v)

    if op in ("BatchGetItem", "BatchWriteItem"):
        return {table(t) for t in i["RequestItems"]}
    if op in ("TransactGetItems", "TransactWriteItems"):
        return {table(v["TableName"]) for item in i["TransactItems"] for v in item.values()
                if isinstance(v, dict) and v.get("TableName")} or None
    if op in ("Query", "Scan") and i.get("IndexName"):
        return {table(i["TableName"]) + "/index/" + i["IndexName"]}
    if op in ("ListTables", "ListBackups", "ListExports", "ListImports", "ListGlobalTables", "DescribeLimits",
              "ListContributorInsights"):
        return {i["TableArn"]} if op in ("ListExports", "ListImports") and full(i.get("TableArn")) else STAR
    if re.match("(Create|Describe|Update)(GlobalTable|GlobalTableSettings)$", op):
        return None
    for k in ("BackupArn", "ExportArn", "ImportArn", "ResourceArn", "TableArn"):
        if full(i.get(k)) and op not in ("RestoreTableFromBackup",):
            return {i[k]}
    if op in ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "CreateTable", "DeleteTable",
              "DescribeTable", "UpdateTable", "DescribeTimeToLive", "UpdateTimeToLive", "CreateBackup",
              "DescribeContinuousBackups", "UpdateContinuousBackups"):
        return {table(i["TableName"])}
    return None


S3_OBJECT = re.compile("ObjectAnnotation|(Get|Put|Head|Delete|Copy|Rename|Restore|Select)Object|MultipartUpload$|"
                       "UploadPart|ListParts")
S3_OBJECT_NOT = re.compile("ObjectLockConfiguration$|^DeleteObjects$")


def s3(op, i, at):
    def bucket(v, key=None):
        if full(v):
            return v + (f"/object/{key}" if key is not None else "")
        base = f"arn:{at.partition}:s3:::{v}"
        return base if key is None else f"{base}/{key}"

    if op in ("CopyObject", "UploadPartCopy"):
        source = unquote(i["CopySource"].split("?")[0]).lstrip("/")
        return {bucket(i["Bucket"], i["Key"]), f"arn:{at.partition}:s3:::{source}"}
    if op == "DeleteObjects":
        return {bucket(i["Bucket"], o["Key"]) for o in i["Delete"]["Objects"]}
    if op in ("ListBuckets", "ListDirectoryBuckets"):
        return STAR
    if op in ("RenameObject", "CreateSession", "WriteGetObjectResponse") or "Bucket" not in i:
        return None
    if op.startswith("List") and "Key" not in i:
        return {bucket(i["Bucket"])}
    if "Key" in i and S3_OBJECT.search(op) and not S3_OBJECT_NOT.search(op):
        return {bucket(i["Bucket"], i["Key"])}
    return {bucket(i["Bucket"])} if "Key" not in i else None


def sqs(op, i, at):
    if "QueueUrl" in i:
        u = urlparse(i["QueueUrl"])
        region = u.hostname.split(".")[1]
        account, name = u.path.strip("/").split("/")[-2:]
        return {at.arn("sqs", name, account, region)}
    if "QueueName" in i:
        return {at.arn("sqs", i["QueueName"])}
    if op in ("StartMessageMoveTask", "ListMessageMoveTasks"):
        return {i["SourceArn"]}
    return STAR if op == "ListQueues" else None


def sns(op, i, at):
    if op in ("Publish", "PublishBatch"):
        v = {i[k] for k in ("TopicArn", "TargetArn") if full(i.get(k))}      # both are asked for where both are given
        return v if v else STAR if "PhoneNumber" in i else None
    if full(i.get("TopicArn")):
        return {i["TopicArn"]}
    if op == "CreateTopic":
        return {at.arn("sns", i["Name"])}
    if op in ("TagResource", "UntagResource", "ListTagsForResource"):
        return {i["ResourceArn"]}
    return STAR if op in ("ListTopics", "ListSubscriptions", "CheckIfPhoneNumberIsOptedOut") else None


def awslambda(op, i, at):
    name = i.get("FunctionName")
    if op in ("ListFunctions", "GetAccountSettings", "ListLayers", "ListEventSourceMappings", "ListCodeSigningConfigs"):
        return STAR
    if not name or op not in ("Invoke", "InvokeAsync", "GetFunction", "DeleteFunction", "GetFunctionConfiguration",
                              "UpdateFunctionCode", "UpdateFunctionConfiguration", "GetPolicy", "AddPermission",
                              "PublishVersion", "InvokeWithResponseStream", "ListAliases", "CreateAlias"):
        return None
    if op in ("CreateAlias",):
        return None
    m = re.match(r"(?:arn:[^:]+:lambda:([^:]+):)?(?:(\d{12}):)?(?:function:)?([^:]+)(?::(.+))?$", name)
    region, account, fn, qualifier = m.groups()
    qualifier = i.get("Qualifier") or qualifier
    rest = f"function:{fn}" + (f":{qualifier}" if qualifier else "")
    return {at.arn("lambda", rest, account or "*", region)}


def kinesis(op, i, at):
    if op in ("ListStreams", "DescribeLimits", "DescribeAccountSettings", "UpdateAccountSettings"):
        return STAR
    if op in ("SubscribeToShard", "DescribeStreamConsumer", "DeregisterStreamConsumer", "TagResource", "UntagResource",
              "ListTagsForResource", "GetRecords"):
        return None
    if full(i.get("StreamARN")):
        return {i["StreamARN"]}
    if full(i.get("ResourceARN")):
        return {i["ResourceARN"]}
    return {at.arn("kinesis", "stream/" + i["StreamName"])} if "StreamName" in i else None


def secretsmanager(op, i, at):
    def secret(v):                                  # the six characters after a name are in ARNs only: cut once
        return re.sub("-[A-Za-z0-9]{6}$", "", v) if full(v) else at.arn("secretsmanager", f"secret:{v}")

    if op in ("ListSecrets", "GetRandomPassword"):
        return STAR
    if op == "BatchGetSecretValue":
        return STAR | {secret(v) for v in i["SecretIdList"]} if i.get("SecretIdList") else None
    v = i.get("SecretId") or i.get("Name")
    return {secret(v)} if v else None


def ssm(op, i, at):
    def parameter(v):
        if full(v):
            return v
        v = re.sub(r"^(/?[^:]+):[^/]+$", r"\1", v)
        return at.arn("ssm", "parameter/" + v.lstrip("/"))

    if op in ("GetParameters", "DeleteParameters"):
        return {parameter(v) for v in i["Names"]}
    if op in ("GetParameter", "PutParameter", "DeleteParameter", "GetParameterHistory", "LabelParameterVersion",
              "UnlabelParameterVersion"):
        return {parameter(i["Name"])}
    if op == "GetParametersByPath":
        return {parameter(i["Path"])}
    return STAR if op == "DescribeParameters" else None


def kms(op, i, at):
    if op in ("CreateKey", "ListKeys", "ListAliases", "GenerateRandom"):
        return STAR
    v = i.get("KeyId")
    if not v or re.search("Alias|ReEncrypt|Grant|CustomKeyStore", op):
        return None
    return {at.named("kms", "" if v.startswith("alias/") else "key/", v)}


def sts(op, i, at):
    if op in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"):
        return {i["RoleArn"]}
    return STAR if op in ("GetCallerIdentity", "GetAccessKeyInfo", "DecodeAuthorizationMessage") else None


def events(op, i, at):
    if op == "PutEvents":
        return {at.named("events", "event-bus/", e.get("EventBusName", "default")) for e in i["Entries"]}
    if op in ("PutRule", "DeleteRule", "DescribeRule", "EnableRule", "DisableRule"):
        bus = i.get("EventBusName", "default")
        bus = bus.split("event-bus/", 1)[1] if full(bus) and "event-bus/" in bus else bus
        return {at.arn("events", "rule/" + ("" if bus == "default" else bus + "/") + i["Name"])}
    return None


def states(op, i, at):
    if op in ("ListStateMachines", "ListActivities"):
        return STAR
    for k in ("stateMachineArn", "executionArn", "activityArn", "stateMachineAliasArn", "mapRunArn"):
        if full(i.get(k)) and op not in ("ListExecutions", "ListMapRuns", "RedriveExecution"):
            return {i[k]}
    return None


def logs(op, i, at):
    group = i.get("logGroupName") or i.get("logGroupIdentifier")
    if isinstance(group, str) and op in ("CreateLogGroup", "DeleteLogGroup", "FilterLogEvents", "DescribeLogStreams",
                                         "PutRetentionPolicy", "DeleteRetentionPolicy", "PutSubscriptionFilter",
                                         "CreateLogStream", "PutLogEvents", "GetLogEvents", "DeleteLogStream"):
        base = re.sub(r":\*$", "", at.named("logs", "log-group:", group))
        if op in ("CreateLogStream", "PutLogEvents", "GetLogEvents", "DeleteLogStream") and i.get("logStreamName"):
            return {f"{base}:log-stream:{i['logStreamName']}"}
        return {base}
    return None


SERVICES = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "sns": sns, "lambda": awslambda, "kinesis": kinesis,
            "secretsmanager": secretsmanager, "ssm": ssm, "kms": kms, "sts": sts, "events": events,
            "stepfunctions": states, "logs": logs}


def expected(service, operation, given, region, partition):
    rule = SERVICES.get(service)
    return rule(operation, given, At(region, partition)) if rule else None


def same(want, got):
    """The account is not always on the wire: `*` where we expect an account, and the other way round, is the same.
    A log group's ARN is written with and without `:*`."""
    if want == got:
        return True
    a, b = want.split(":", 5), re.sub(r"(log-group:[^:]+):\*$", r"\1", got).split(":", 5)
    if len(a) != 6 or len(b) != 6:
        return False
    for n in (3, 4):
        if "*" in (a[n], b[n]):
            a[n] = b[n] = "*"
    return a == b
