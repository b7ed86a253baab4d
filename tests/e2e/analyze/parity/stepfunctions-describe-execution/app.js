import { SFNClient, DescribeExecutionCommand } from "@aws-sdk/client-sfn";

const client = new SFNClient({});

export const handler = (event) =>
  client.send(new DescribeExecutionCommand({ executionArn: event.arn }));
