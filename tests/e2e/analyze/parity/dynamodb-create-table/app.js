import { DynamoDBClient, CreateTableCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new CreateTableCommand({ TableName: "orders" }));
