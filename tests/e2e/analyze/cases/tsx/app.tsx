import React from "react";
import { S3Client, GetObjectCommand } from "@aws-sdk/client-s3";
export const handler = async (e: any) => { const x = <div>{e}</div>; return new S3Client({}).send(new GetObjectCommand({Bucket: "b" as string, Key: e.k})); };
