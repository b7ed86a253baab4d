import { DynamoDBClient, ExecuteStatementCommand } from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});

export const handler = (event) =>
  client.send(new ExecuteStatementCommand({ Statement: "SELECT * FROM orders" }));
