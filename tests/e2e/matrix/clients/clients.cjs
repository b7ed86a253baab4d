// Cloud SDKs and HTTP clients for Node, as a function would use them. Arguments and formats as in clients.py.
"use strict";
if (!globalThis.crypto) globalThis.crypto = require("node:crypto").webcrypto; // Node 18, for Azure's packages
const crypto = require("node:crypto");

const PROJECT = "shop", ACCOUNT = "shopdata", WAIT = 40000, REGION = process.env.AWS_REGION || "eu-west-1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const BODY = Buffer.from("number,total\n" + "A-1001,25\n".repeat(400));
const clients = {};

// ---- Google Cloud

clients["@google-cloud/storage"] = () => {
  const { Storage } = require("@google-cloud/storage");
  const client = new Storage({ projectId: PROJECT });
  const big = Buffer.alloc(9 << 20, "0123456789abcdef");
  return {
    write: (name) => client.bucket(name).file("q3.csv").save(BODY, { resumable: false }),
    read: async (name) => (await client.bucket(name).file("q3.csv").download())[0],
    stream: (name) => client.bucket(name).file("q3.bin").save(big, { resumable: true, validation: false }),
  };
};

clients["@google-cloud/pubsub"] = () => {
  const { PubSub, v1 } = require("@google-cloud/pubsub");
  const client = new PubSub({ projectId: PROJECT });
  const subscriber = new v1.SubscriberClient({ projectId: PROJECT });
  return {
    write: async (name) => void (await client.topic(name).publishMessage({ data: BODY, attributes: { number: "A-1001" } })),
    read: async (name) => {
      const subscription = `projects/${PROJECT}/subscriptions/${name}`;
      return (await subscriber.pull({ subscription, maxMessages: 1 }))[0].receivedMessages[0].message.data;
    },
    end: async () => { await client.close(); await subscriber.close(); },
  };
};

clients["@google-cloud/firestore"] = () => {
  const { Firestore } = require("@google-cloud/firestore");
  return firestoreOf((name) => new Firestore({ projectId: PROJECT, databaseId: name }));
};

clients["firebase-admin"] = () => {
  const { initializeApp, applicationDefault } = require("firebase-admin/app");
  const { getFirestore } = require("firebase-admin/firestore");
  const app = initializeApp({ projectId: PROJECT, credential: applicationDefault() });
  return firestoreOf((name) => getFirestore(app, name));
};

// One client per database.
function firestoreOf(make) {
  const made = {};
  const doc = (name) => (made[name] ??= make(name)).collection("orders").doc("1");
  return {
    write: async (name) => void (await doc(name).set({ total: 25 })),
    read: async (name) => Buffer.from(JSON.stringify((await doc(name).get()).data())),
    end: () => Promise.all(Object.values(made).map((client) => client.terminate())),
  };
}

clients["@google-cloud/secret-manager"] = () => {
  const { SecretManagerServiceClient } = require("@google-cloud/secret-manager");
  const client = new SecretManagerServiceClient({ projectId: PROJECT });
  const secret = (name) => `projects/${PROJECT}/secrets/${name}/versions/latest`;
  return { read: async (name) => (await client.accessSecretVersion({ name: secret(name) }))[0].payload.data, end: () => client.close() };
};

clients["@google-cloud/bigquery"] = () => {
  const { BigQuery } = require("@google-cloud/bigquery");
  const client = new BigQuery({ projectId: PROJECT });
  const table = (name) => client.dataset(name).table("totals");
  return {
    write: async (name) => void (await table(name).insert([{ insertId: "1", json: { total: 25 } }], { raw: true })),
    read: async (name) => Buffer.from(JSON.stringify((await table(name).getMetadata())[0].schema)),
  };
};

clients["@googleapis/storage"] = () => {
  const { storage, auth } = require("@googleapis/storage");
  const client = storage({ version: "v1", auth: new auth.GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] }) });
  const { Readable } = require("node:stream");
  return {
    write: async (name) => void (await client.objects.insert({
      bucket: name, name: "q3.csv", media: { mimeType: "text/csv", body: Readable.from([BODY]) } })),
    read: async (name) => Buffer.from((await client.objects.get(
      { bucket: name, object: "q3.csv", alt: "media" }, { responseType: "arraybuffer" })).data),
  };
};

// ---- Azure

clients["@azure/storage-blob"] = () => {
  const { BlobServiceClient, StorageSharedKeyCredential } = require("@azure/storage-blob");
  const client = new BlobServiceClient(`https://${ACCOUNT}.blob.core.windows.net`, new StorageSharedKeyCredential(ACCOUNT, KEY));
  const blob = (name) => client.getContainerClient(name).getBlockBlobClient("q3.csv");
  return {
    write: async (name) => void (await blob(name).upload(BODY, BODY.length)),
    read: async (name) => blob(name).downloadToBuffer(),
  };
};

clients["@azure/storage-queue"] = () => {
  const { QueueServiceClient, StorageSharedKeyCredential } = require("@azure/storage-queue");
  const client = new QueueServiceClient(`https://${ACCOUNT}.queue.core.windows.net`, new StorageSharedKeyCredential(ACCOUNT, KEY));
  return {
    write: async (name) => void (await client.getQueueClient(name).sendMessage("order")),
    read: async (name) => Buffer.from(String((await client.getQueueClient(name).peekMessages()).peekedMessageItems.length)),
  };
};

clients["@azure/data-tables"] = () => {
  const { TableClient, AzureNamedKeyCredential } = require("@azure/data-tables");
  const client = (name) => new TableClient(`https://${ACCOUNT}.table.core.windows.net`, name, new AzureNamedKeyCredential(ACCOUNT, KEY));
  return {
    write: async (name) => void (await client(name).upsertEntity({ partitionKey: "2026", rowKey: "1", total: 25 })),
    read: async (name) => Buffer.from(String((await client(name).getEntity("2026", "1")).total)),
  };
};

clients["@azure/keyvault-secrets"] = () => {
  const { SecretClient } = require("@azure/keyvault-secrets");
  const token = { getToken: async () => ({ token: "token-of-this-world", expiresOnTimestamp: Date.now() + 3600e3 }) };
  const client = new SecretClient("https://shopvault.vault.azure.net", token);
  return { read: async (name) => Buffer.from((await client.getSecret(name)).value) };
};

clients["@azure/cosmos"] = () => {
  const { CosmosClient } = require("@azure/cosmos");
  const client = new CosmosClient({ endpoint: `https://${ACCOUNT}.documents.azure.com`, key: KEY });
  const container = (name) => client.database("shop").container(name);
  return {
    write: async (name) => void (await container(name).items.upsert({ id: "1", total: 25 })),
    read: async (name) => Buffer.from((await container(name).item("1", "1").read()).resource.id),
    end: () => client.dispose(),
  };
};

// ---- AWS: one operation per protocol

const queue = (name) => `https://sqs.${REGION}.amazonaws.com/123456789012/${name}`;
const topic = (name) => `arn:aws:sns:${REGION}:123456789012:${name}`;

clients["@aws-sdk/client-*"] = () => {
  const made = {};
  const call = (service, operation, params) => {
    const sdk = require(`@aws-sdk/client-${service}`);
    made[service] ??= new sdk[Object.keys(sdk).find((k) => /^[A-Z].*Client$/.test(k) && !k.startsWith("__"))]({});
    return made[service].send(new sdk[operation + "Command"](params));
  };
  return {
    s3: async (name) => void (await call("s3", "PutObject", { Bucket: name, Key: "q3.csv", Body: BODY })),
    "s3-read": async (name) =>
      Buffer.from(await (await call("s3", "GetObject", { Bucket: name, Key: "q3.csv" })).Body.transformToByteArray()),
    "s3-head": async (name) => void (await call("s3", "HeadObject", { Bucket: name, Key: "q3.csv" })),
    dynamodb: async (name) => void (await call("dynamodb", "PutItem", { TableName: name, Item: { id: { S: "1" } } })),
    sqs: async (name) => void (await call("sqs", "SendMessage", { QueueUrl: queue(name), MessageBody: "hello" })),
    sns: async (name) => void (await call("sns", "Publish", { TopicArn: topic(name), Message: "hello" })),
    lambda: async (name) => void (await call("lambda", "GetFunction", { FunctionName: name })),
    cloudwatch: async (name) => void (await call("cloudwatch", "GetDashboard", { DashboardName: name })),
  };
};

clients["aws-sdk"] = () => {
  process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
  const AWS = require("aws-sdk");
  AWS.config.update({ region: REGION, httpOptions: { ca: require("node:fs").readFileSync(process.env.SSL_CERT_FILE) } });
  const s3 = new AWS.S3(), dynamodb = new AWS.DynamoDB(), sqs = new AWS.SQS(), sns = new AWS.SNS(), lambda = new AWS.Lambda();
  return {
    s3: async (name) => void (await s3.putObject({ Bucket: name, Key: "q3.csv", Body: BODY }).promise()),
    "s3-read": async (name) => (await s3.getObject({ Bucket: name, Key: "q3.csv" }).promise()).Body,
    dynamodb: async (name) => void (await dynamodb.putItem({ TableName: name, Item: { id: { S: "1" } } }).promise()),
    sqs: async (name) => void (await sqs.sendMessage({ QueueUrl: queue(name), MessageBody: "hello" }).promise()),
    sns: async (name) => void (await sns.publish({ TopicArn: topic(name), Message: "hello" }).promise()),
    lambda: async (name) => void (await lambda.getFunction({ FunctionName: name }).promise()),
  };
};

// ---- plain HTTP clients, which ask BigQuery

const HOST = "bigquery.googleapis.com", headers = { authorization: "Bearer ya29.of-this-world" };
const path = (name) => `/bigquery/v2/projects/${PROJECT}/datasets/${name}/tables/totals`;
const url = (name) => `https://${HOST}${path(name)}`;

class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

function plain(status, data) {
  const content = Buffer.from(data);
  if (status >= 300) throw new Refused(status, content.toString());
  return content;
}

clients.https = () => {
  const https = require("node:https"), agent = new https.Agent({ keepAlive: true });
  return {
    read: (name) => new Promise((resolve, reject) => {
      https.get({ host: HOST, path: path(name), headers, agent, timeout: WAIT }, (res) => {
        const parts = [];
        res.on("data", (d) => parts.push(d)).on("error", reject).on("end", () => {
          try { resolve(plain(res.statusCode, Buffer.concat(parts))); } catch (e) { reject(e); }
        });
      }).on("error", reject);
    }),
    end: () => agent.destroy(),
  };
};

clients.fetch = () => ({ read: async (name) => { const r = await fetch(url(name), { headers }); return plain(r.status, await r.arrayBuffer()); } });

clients.undici = () => {
  const { Pool } = require("undici");
  const pool = new Pool(`https://${HOST}`, { connections: 1 });
  return {
    read: async (name) => {
      const { statusCode, body } = await pool.request({ path: path(name), method: "GET", headers });
      return plain(statusCode, await body.arrayBuffer());
    },
    end: () => pool.close(),
  };
};

clients.axios = () => {
  const axios = require("axios");
  return { read: async (name) => plain(...Object.values(await axios.get(url(name), { headers, responseType: "arraybuffer", timeout: WAIT })
    .then(({ status, data }) => ({ status, data })))) };
};

clients.http2 = () => {
  const session = require("node:http2").connect(`https://${HOST}`);
  return {
    read: (name) => new Promise((resolve, reject) => {
      const stream = session.request({ ":path": path(name), ...headers }), parts = [];
      let status;
      stream.on("response", (h) => (status = h[":status"])).on("data", (d) => parts.push(d)).on("error", reject).on("end", () => {
        try { resolve(plain(status, Buffer.concat(parts))); } catch (e) { reject(e); }
      });
    }),
    end: () => session.close(),
  };
};

// ---- what an error says

function codeOf(e) {
  if (e instanceof Refused || e.name === "AxiosError") {
    const { error } = JSON.parse(e instanceof Refused ? e.message : Buffer.from(e.response.data).toString());
    return error.status ?? error.code;
  }
  const reason = e.errors?.[0]?.reason ?? e.response?.data?.error?.errors?.[0]?.reason;
  if (reason) return reason;
  if (e.name === "RestError") return e.code ?? e.details?.odataError?.code ?? e.details?.errorCode;
  if (e.$metadata) return e.name;
  return e.code;
}

function statusOf(e) {
  const found = [e.statusCode, e.status, e.$metadata?.httpStatusCode, e.response?.status, e.code];
  return found.map(Number).find((n) => n > 0) ?? null;
}

function types(e) {
  const found = [];
  for (let p = Object.getPrototypeOf(e); p && p.constructor !== Object; p = Object.getPrototypeOf(p)) found.push(p.constructor.name);
  return [e.name, ...found];
}

async function attempt(call, name) {
  try {
    const got = await call(name);
    return { ok: true, sha: Buffer.isBuffer(got) ? crypto.createHash("sha256").update(got).digest("hex") : null };
  } catch (e) {
    const text = e.name === "AxiosError" && e.response ? Buffer.from(e.response.data).toString() : "";
    const body = e.response?.data && !text ? JSON.stringify(e.response.data) : "";
    return { ok: false, types: types(e), code: String(codeOf(e)), status: statusOf(e), message: [e.message, text, body].join(" ") };
  }
}

async function main() {
  const chunks = [];
  for await (const c of process.stdin) chunks.push(c);
  const client = clients[process.argv[2]]();
  for (const [what, name] of JSON.parse(Buffer.concat(chunks))) {
    const start = performance.now();
    const answer = await attempt(client[what], name);
    console.log(JSON.stringify({ ...answer, ms: Math.round(10 * (performance.now() - start)) / 10 }));
  }
  await client.end?.();
}

main().then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
