import { SQSClient, GetQueueUrlCommand } from "@aws-sdk/client-sqs";

const client = new SQSClient({});

export const handler = (event) =>
  client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
