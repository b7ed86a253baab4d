import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new ScanCommand({ TableName: "orders" }));
