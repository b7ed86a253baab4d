import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";

const client = new CloudWatchLogsClient({});

export const handler = (event) =>
  client.send(new FilterLogEventsCommand({ logGroupName: process.env.GROUP }));
