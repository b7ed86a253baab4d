// Raw HTTPS requests with nothing but Node, for every Node there is. Arguments and formats as in raw.py.
"use strict";
const https = require("node:https");
const agent = new https.Agent({ keepAlive: true });
const { Readable } = require("node:stream");

function* blocks(size) {
  for (let left = size; left > 0; left -= 65536) yield Buffer.alloc(65536, "x");
}

function send({ host, method, path, headers, body, size }, over) {
  return new Promise((resolve, reject) => {
    const length = size ? {} : { "content-length": Buffer.byteLength(body) };
    const req = https.request({ host, method, path, agent: over, headers: { ...headers, ...length }, timeout: 20000 }, (res) => {
      let text = "";
      res.setEncoding("utf8").on("data", (d) => (text += d)).on("end", () => resolve([res.statusCode, text.slice(0, 300)]));
      res.on("error", reject);
    });
    req.on("error", (e) => reject(e)).on("timeout", () => req.destroy(new Error("timed out")));
    if (size) Readable.from(blocks(size)).pipe(req);
    else req.end(body);
  });
}

async function byFetch({ host, method, path, headers, body }) {
  const res = await fetch(`https://${host}${path}`, { method, headers, body });
  return [res.status, (await res.text()).slice(0, 300)];
}

async function main() {
  const chunks = [];
  for await (const c of process.stdin) chunks.push(c);
  const how = process.argv[2], steps = JSON.parse(Buffer.concat(chunks));
  const answers = [];
  if (how === "keep-alive") for (const s of steps) answers.push(await send(s, agent));
  else if (how === "fetch") for (const s of steps) answers.push(await byFetch(s));
  else answers.push(...(await Promise.all(steps.map((s) => send(s, agent)))));
  console.log(JSON.stringify(answers));
}

main().catch((e) => { console.error(e); process.exit(1); });
