import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";

const client = new KinesisClient({});

export const handler = (event) =>
  client.send(new ListStreamsCommand({  }));
