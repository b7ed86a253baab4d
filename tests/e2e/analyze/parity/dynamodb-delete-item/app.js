import { DynamoDBClient, DeleteItemCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new DeleteItemCommand({ TableName: process.env.TABLE }));
