import { LambdaClient, InvokeCommand } from "@aws-sdk/client-lambda";

const client = new LambdaClient({});

export const handler = (event) =>
  client.send(new InvokeCommand({ FunctionName: process.env.WORKER }));
