import { S3Client, ListBucketsCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new ListBucketsCommand({  }));
