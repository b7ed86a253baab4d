import { ECSClient, DescribeClustersCommand } from "@aws-sdk/client-ecs";

const client = new ECSClient({});

export const handler = (event) =>
  client.send(new DescribeClustersCommand({  }));
