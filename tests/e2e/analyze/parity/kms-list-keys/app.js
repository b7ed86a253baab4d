import { KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";

const client = new KMSClient({});

export const handler = (event) =>
  client.send(new ListKeysCommand({  }));
