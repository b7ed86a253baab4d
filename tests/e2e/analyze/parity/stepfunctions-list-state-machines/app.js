import { SFNClient, ListStateMachinesCommand } from "@aws-sdk/client-sfn";

const client = new SFNClient({});

export const handler = (event) =>
  client.send(new ListStateMachinesCommand({  }));
