"""settle-payment: marks an order as paid. Called by the bank's callback, and by nobody else."""

import os

import boto3

payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS_TABLE"])


def handler(event, context):
    payments.put_item(
        Item={
            "paymentId": event["paymentId"],
            "orderId": event["orderId"],
            "amount": str(event["amount"]),
            "status": "PAID",
            "settledBy": "settle-payment",
        }
    )
    return {"paymentId": event["paymentId"], "status": "PAID"}
