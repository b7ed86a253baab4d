import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";

const client = new STSClient({});

export const handler = (event) =>
  client.send(new GetCallerIdentityCommand({  }));
