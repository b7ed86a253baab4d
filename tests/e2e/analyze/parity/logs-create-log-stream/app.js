import { CloudWatchLogsClient, CreateLogStreamCommand } from "@aws-sdk/client-cloudwatch-logs";

const client = new CloudWatchLogsClient({});

export const handler = (event) =>
  client.send(new CreateLogStreamCommand({ logGroupName: "/app/audit", logStreamName: event.day }));
