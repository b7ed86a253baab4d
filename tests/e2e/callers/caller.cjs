// Makes the AWS SDK v3 calls that come as JSON lines on standard input; prints one JSON line for each.
// {"service": "s3", "operation": "PutObject", "params": {…}}
"use strict";
const packages = {
  "kinesis-h2": "kinesis", secretsmanager: "secrets-manager", events: "eventbridge", stepfunctions: "sfn", logs: "cloudwatch-logs",
};
// Kinesis alone speaks HTTP/2 unless it is told otherwise; "kinesis-h2" is Kinesis as it comes.
const { NodeHttpHandler } = require("@smithy/node-http-handler");
const over = { kinesis: { requestHandler: new NodeHttpHandler() } };
const clients = new Map();

function sdk(service) {
  const all = require(`@aws-sdk/client-${packages[service] ?? service}`);
  if (!clients.has(service)) {
    const name = Object.keys(all).find((k) => /^[A-Z].*Client$/.test(k) && !k.startsWith("__"));
    clients.set(service, new all[name](over[service] ?? {}));
  }
  return { client: clients.get(service), all };
}

async function attempt({ service, operation, params }) {
  const { client, all } = sdk(service);
  try {
    const { $metadata: m } = await client.send(new all[`${operation}Command`](params));
    return { ok: true, code: null, status: m.httpStatusCode, attempts: m.attempts };
  } catch (e) {
    return {
      ok: false, code: e.name, status: e.$metadata?.httpStatusCode ?? null, attempts: e.$metadata?.attempts ?? null,
      type: e.constructor.name, message: e.message,
    };
  }
}

async function main() {
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const start = performance.now();
    const answer = await attempt(JSON.parse(line));
    console.log(JSON.stringify({ ...answer, ms: Math.round(10 * (performance.now() - start)) / 10 }));
  }
}

main();
