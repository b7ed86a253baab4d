import { SNSClient, PublishCommand } from "@aws-sdk/client-sns";

const client = new SNSClient({});

export const handler = (event) =>
  client.send(new PublishCommand({ TopicArn: process.env.TOPIC_ARN, Message: event.text }));
