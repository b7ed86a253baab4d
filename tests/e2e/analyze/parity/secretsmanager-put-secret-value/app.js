import { SecretsManagerClient, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";

const client = new SecretsManagerClient({});

export const handler = (event) =>
  client.send(new PutSecretValueCommand({ SecretId: process.env.SECRET, SecretString: event.value }));
