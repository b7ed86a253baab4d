import { SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";

const client = new SecretsManagerClient({});

export const handler = (event) =>
  client.send(new GetSecretValueCommand({ SecretId: "db/password" }));
