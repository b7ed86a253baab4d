import { EventBridgeClient, DeleteRuleCommand } from "@aws-sdk/client-eventbridge";

const client = new EventBridgeClient({});

export const handler = (event) =>
  client.send(new DeleteRuleCommand({ Name: event.name }));
