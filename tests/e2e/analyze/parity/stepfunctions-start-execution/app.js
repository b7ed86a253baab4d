import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

const client = new SFNClient({});

export const handler = (event) =>
  client.send(new StartExecutionCommand({ stateMachineArn: process.env.MACHINE_ARN, input: event.input }));
