import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new QueryCommand({ TableName: process.env.TABLE, IndexName: "by-day" }));
