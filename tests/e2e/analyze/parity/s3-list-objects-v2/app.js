import { S3Client, ListObjectsV2Command } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new ListObjectsV2Command({ Bucket: "media", Prefix: "in/" }));
