import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new PutItemCommand({ TableName: "orders" }));
