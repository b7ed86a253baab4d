import { CognitoIdentityProviderClient, AdminGetUserCommand } from "@aws-sdk/client-cognito-identity-provider";

const client = new CognitoIdentityProviderClient({});

export const handler = (event) =>
  client.send(new AdminGetUserCommand({ UserPoolId: process.env.POOL, Username: event.name }));
