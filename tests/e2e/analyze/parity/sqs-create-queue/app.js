import { SQSClient, CreateQueueCommand } from "@aws-sdk/client-sqs";

const client = new SQSClient({});

export const handler = (event) =>
  client.send(new CreateQueueCommand({ QueueName: event.name }));
