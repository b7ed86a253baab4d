import { SQSClient, ListQueuesCommand } from "@aws-sdk/client-sqs";

const client = new SQSClient({});

export const handler = (event) =>
  client.send(new ListQueuesCommand({  }));
