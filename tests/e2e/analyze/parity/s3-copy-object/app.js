import { S3Client, CopyObjectCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new CopyObjectCommand({ Bucket: "target", Key: event.key, CopySource: "source/a.txt" }));
