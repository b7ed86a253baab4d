import { S3Client, GetBucketAclCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new GetBucketAclCommand({ Bucket: process.env.BUCKET }));
