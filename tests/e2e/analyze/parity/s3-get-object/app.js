import { S3Client, GetObjectCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new GetObjectCommand({ Bucket: process.env.BUCKET, Key: `reports/${event.day}.csv` }));
