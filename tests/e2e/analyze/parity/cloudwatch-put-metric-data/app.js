import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";

const client = new CloudWatchClient({});

export const handler = (event) =>
  client.send(new PutMetricDataCommand({ Namespace: "app" }));
