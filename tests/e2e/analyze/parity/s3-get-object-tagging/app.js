import { S3Client, GetObjectTaggingCommand } from "@aws-sdk/client-s3";

const client = new S3Client({});

export const handler = (event) =>
  client.send(new GetObjectTaggingCommand({ Bucket: "media", Key: event.key }));
