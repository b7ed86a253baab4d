// create-order: takes an order from the web shop and writes it into the orders table.
const { randomUUID } = require("node:crypto");
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand } = require("@aws-sdk/lib-dynamodb");
const { orderTotal } = require("order-totals");

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async (event) => {
  const order = {
    orderId: event.orderId ?? randomUUID(),
    customer: event.customer,
    items: event.items,
    total: await orderTotal(event),
    status: "NEW",
  };

  await db.send(new PutCommand({ TableName: process.env.ORDERS_TABLE, Item: order }));
  return { statusCode: 201, body: JSON.stringify({ orderId: order.orderId, total: order.total }) };
};
