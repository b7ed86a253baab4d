import { KMSClient, EncryptCommand } from "@aws-sdk/client-kms";

const client = new KMSClient({});

export const handler = (event) =>
  client.send(new EncryptCommand({ KeyId: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" }));
