import { S3Client, DeleteObjectCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new DeleteObjectCommand({ Bucket: process.env.BUCKET, Key: "old.txt" }));
