import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";

const client = new SNSClient({});

export const handler = (event) =>
  client.send(new SubscribeCommand({ TopicArn: process.env.TOPIC_ARN, Protocol: "sqs" }));
