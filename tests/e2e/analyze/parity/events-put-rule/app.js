import { EventBridgeClient, PutRuleCommand } from "@aws-sdk/client-eventbridge";

const client = new EventBridgeClient({});

export const handler = (event) =>
  client.send(new PutRuleCommand({ Name: "nightly" }));
