import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";

const client = new KinesisClient({});

export const handler = (event) =>
  client.send(new PutRecordCommand({ StreamName: process.env.STREAM, PartitionKey: event.key }));
