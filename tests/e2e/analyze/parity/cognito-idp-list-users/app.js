import { CognitoIdentityProviderClient, ListUsersCommand } from "@aws-sdk/client-cognito-identity-provider";

const client = new CognitoIdentityProviderClient({});

export const handler = (event) =>
  client.send(new ListUsersCommand({ UserPoolId: process.env.POOL }));
