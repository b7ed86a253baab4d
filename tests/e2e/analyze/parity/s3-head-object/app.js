import { S3Client, HeadObjectCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new HeadObjectCommand({ Bucket: process.env.BUCKET, Key: event.key }));
