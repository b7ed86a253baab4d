import { SSMClient, GetParameterCommand } from "@aws-sdk/client-ssm";

const client = new SSMClient({});

export const handler = (event) =>
  client.send(new GetParameterCommand({ Name: "/app/url" }));
