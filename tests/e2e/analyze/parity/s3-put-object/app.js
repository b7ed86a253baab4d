import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new PutObjectCommand({ Bucket: "media", Key: event.key }));
