import { SNSClient, UnsubscribeCommand } from "@aws-sdk/client-sns";

const client = new SNSClient({});

export const handler = (event) =>
  client.send(new UnsubscribeCommand({ SubscriptionArn: event.arn }));
