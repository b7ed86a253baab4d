import { KMSClient, DecryptCommand } from "@aws-sdk/client-kms";

const client = new KMSClient({});

export const handler = (event) =>
  client.send(new DecryptCommand({ KeyId: process.env.KEY_ARN }));
