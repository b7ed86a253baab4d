import { SSMClient, GetParametersByPathCommand } from "@aws-sdk/client-ssm";

const client = new SSMClient({});

export const handler = (event) =>
  client.send(new GetParametersByPathCommand({ Path: "/app" }));
