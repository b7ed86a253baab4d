import os, boto3
from typing import Optional
class Payments:
    def __init__(self, session: Optional[boto3.Session] = None, table_name: str = None):
        self._session = session or boto3.Session()
        self.table_name = table_name or os.environ.get("PAYMENTS_TABLE")
        self._client = None
    @property
    def client(self):
        if self._client is None:
            self._client = self._session.client(service_name="dynamodb")
        return self._client
    def settle(self, payment):
        self.client.put_item(TableName=self.table_name, Item=payment)
    def purge(self):
        self.client.delete_table(TableName=self.table_name)
_payments = None
def payments():
    global _payments
    if _payments is None:
        _payments = Payments()
    return _payments
def handler(event, context):
    payments().settle(event)