import { SecretsManagerClient, DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";

const client = new SecretsManagerClient({});

export const handler = (event) =>
  client.send(new DescribeSecretCommand({ SecretId: process.env.SECRET }));
