import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";

const client = new CloudWatchClient({});

export const handler = (event) =>
  client.send(new DescribeAlarmsCommand({  }));
