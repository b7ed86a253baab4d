import { SQSClient, PurgeQueueCommand } from "@aws-sdk/client-sqs";

const client = new SQSClient({});

export const handler = (event) =>
  client.send(new PurgeQueueCommand({ QueueUrl: process.env.QUEUE_URL }));
