import { ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";

const client = new ECSClient({});

export const handler = (event) =>
  client.send(new StopTaskCommand({ cluster: process.env.CLUSTER, task: event.task }));
