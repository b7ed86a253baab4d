import { KinesisClient, DescribeStreamCommand } from "@aws-sdk/client-kinesis";

const client = new KinesisClient({});

export const handler = (event) =>
  client.send(new DescribeStreamCommand({ StreamName: "clicks" }));
