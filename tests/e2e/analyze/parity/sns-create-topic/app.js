import { SNSClient, CreateTopicCommand } from "@aws-sdk/client-sns";

const client = new SNSClient({});

export const handler = (event) =>
  client.send(new CreateTopicCommand({ Name: "alerts" }));
