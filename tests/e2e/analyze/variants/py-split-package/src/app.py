from .lib.store import settle
def handler(event, context):
    for record in event["Records"]:
        settle(record)