import { DynamoDB } from "@aws-sdk/client-dynamodb";
const { ORDERS_TABLE } = process.env;
const client = new DynamoDB();
export async function handler({ id }) {
  await client.putItem({ TableName: ORDERS_TABLE, Item: { id: { S: id } } });
}