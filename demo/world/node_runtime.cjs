// A Lambda runtime for Node: loads the handler that _HANDLER names, asks the Runtime API for events, one after the other.
// (AWS's own client for Node comes as source of a native module that needs cmake and autotools to build. For Python, where
// it comes ready-made, the world uses AWS's own: awslambdaric.)
"use strict";
const http = require("node:http");
const path = require("node:path");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, what, body) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${what}` }, (res) => {
      const parts = [];
      res.on("data", (b) => parts.push(b)).on("error", reject);
      res.on("end", () => resolve({ headers: res.headers, body: Buffer.concat(parts).toString() }));
    });
    req.on("error", reject);
    req.end(body);
  });
}

const said = (e) => JSON.stringify({ errorType: e?.name ?? "Error", errorMessage: e?.message ?? String(e), trace: e?.stack?.split("\n") });

async function main() {
  const [file, name] = process.env._HANDLER.split(".");
  let handler;
  try {
    handler = require(path.resolve(process.env.LAMBDA_TASK_ROOT, file))[name];
  } catch (e) {
    await call("POST", "init/error", said(e));
    throw e;
  }
  for (;;) {
    const next = await call("GET", "invocation/next");
    const id = next.headers["lambda-runtime-aws-request-id"];
    const context = {
      awsRequestId: id,
      invokedFunctionArn: next.headers["lambda-runtime-invoked-function-arn"],
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      getRemainingTimeInMillis: () => Number(next.headers["lambda-runtime-deadline-ms"]) - Date.now(),
    };
    try {
      const result = await handler(JSON.parse(next.body), context);
      await call("POST", `invocation/${id}/response`, JSON.stringify(result ?? null));
    } catch (e) {
      await call("POST", `invocation/${id}/error`, said(e));
    }
  }
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
