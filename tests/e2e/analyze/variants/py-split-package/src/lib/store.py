from . import config
from .aws import table
def settle(record):
    with table(config.TABLE).batch_writer() as batch:
        batch.put_item(Item=record)
def unused():
    table(config.TABLE).delete()