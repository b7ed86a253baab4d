import boto3, functools
@functools.lru_cache(maxsize=None)
def resource():
    return boto3.resource("dynamodb")
def table(name):
    return resource().Table(name)