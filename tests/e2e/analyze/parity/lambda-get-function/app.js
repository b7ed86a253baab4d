import { LambdaClient, GetFunctionCommand } from "@aws-sdk/client-lambda";

const client = new LambdaClient({});

export const handler = (event) =>
  client.send(new GetFunctionCommand({ FunctionName: "worker" }));
