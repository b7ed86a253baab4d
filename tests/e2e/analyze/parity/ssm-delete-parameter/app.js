import { SSMClient, DeleteParameterCommand } from "@aws-sdk/client-ssm";

const client = new SSMClient({});

export const handler = (event) =>
  client.send(new DeleteParameterCommand({ Name: process.env.PARAMETER }));
