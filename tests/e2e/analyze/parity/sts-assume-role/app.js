import { STSClient, AssumeRoleCommand } from "@aws-sdk/client-sts";

const client = new STSClient({});

export const handler = (event) =>
  client.send(new AssumeRoleCommand({ RoleArn: process.env.ROLE_ARN, RoleSessionName: "s" }));
