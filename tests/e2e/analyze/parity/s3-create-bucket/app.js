import { S3Client, CreateBucketCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new CreateBucketCommand({ Bucket: event.name }));
