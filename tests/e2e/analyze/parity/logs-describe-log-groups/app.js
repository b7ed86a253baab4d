import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";

const client = new CloudWatchLogsClient({});

export const handler = (event) =>
  client.send(new DescribeLogGroupsCommand({  }));
