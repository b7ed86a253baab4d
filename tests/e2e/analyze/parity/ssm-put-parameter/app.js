import { SSMClient, PutParameterCommand } from "@aws-sdk/client-ssm";

const client = new SSMClient({});

export const handler = (event) =>
  client.send(new PutParameterCommand({ Name: `/app/${event.name}`, Value: event.value }));
