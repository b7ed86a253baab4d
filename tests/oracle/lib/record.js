'use strict';
/* What all generators share: a clock that stands still, values that are the same on every run, and two files per
   vendor: NAME.jsonl.gz holds requests in the input form of `alps map`, NAME.labels.jsonl.gz what each of them is,
   joined by id. */
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const crypto = require('crypto');

const OUT = path.join(__dirname, '..', '..', '..', 'build', 'oracle');
const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

/* Signatures, idempotency tokens and dates are the same on every run, so that two runs can be compared. */
function freeze() {
    const RealDate = Date;
    class StillDate extends RealDate {
        constructor(...args) { if (args.length) super(...args); else super(NOW); }
        static now() { return NOW; }
    }
    globalThis.Date = StillDate;
    let n = 0;
    const uuid = () => {
        const h = crypto.createHash('sha256').update(`uuid ${n++}`).digest('hex');
        return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
    };
    crypto.randomUUID = uuid;
    if (globalThis.crypto) globalThis.crypto.randomUUID = uuid;
    let seed = 1;
    Math.random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

/* The real clock, for the report only. */
const clock = () => Number(process.hrtime.bigint()) / 1e9;

function bytesOf(body) {
    if (body === undefined || body === null) return Buffer.alloc(0);
    if (typeof body === 'string') return Buffer.from(body);
    if (Buffer.isBuffer(body)) return body;
    if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    if (body instanceof ArrayBuffer) return Buffer.from(body);
    return null;                                    /* a stream: the caller reads it */
}

/* JSON of an input object: bytes become text where they are text, what holds a cycle is cut. */
function plain(value, depth = 0) {
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value === 'bigint') return String(value);
    if (value === null || typeof value !== 'object') return value;
    const b = bytesOf(value);
    if (b && (Buffer.isBuffer(value) || ArrayBuffer.isView(value))) return b.toString('latin1').slice(0, 200);
    if (depth > 12) return null;
    if (value instanceof Date || value.constructor?.name === 'StillDate') return value.toISOString();
    if (Array.isArray(value)) return value.map((v) => plain(v, depth + 1) ?? null);
    if (value instanceof Map) return plain(Object.fromEntries(value), depth);
    const o = {};
    for (const k of Object.keys(value)) {
        const v = plain(value[k], depth + 1);
        if (v !== undefined) o[k] = v;
    }
    return o;
}

class Recorder {
    constructor(name) {
        this.name = name;
        this.count = 0;
        this.refused = [];
        this.by = new Map();
        this.started = clock();
        fs.mkdirSync(OUT, { recursive: true });
        this.requests = this.file('');
        this.labels = this.file('.labels');
    }

    file(suffix) {
        const gz = zlib.createGzip({ level: 6 });
        const to = gz.pipe(fs.createWriteStream(path.join(OUT, `${this.name}${suffix}.jsonl.gz`)));
        gz.written = new Promise((ok) => to.on('close', ok));
        return gz;
    }

    /* request: {sni, method, target, headers, body} or, for HTTP/2, {sni, http: 2, headers, body} */
    async add(request, label) {
        const id = `${this.name}-${++this.count}`;
        const { body, ...head } = request;
        const b = bytesOf(body) || Buffer.alloc(0);
        const line = { id, ...head };
        if (b.length) line.body_base64 = b.toString('base64');
        const full = !this.requests.write(JSON.stringify(line) + '\n');
        this.labels.write(JSON.stringify({ id, ...label, input: plain(label.input) }) + '\n');
        const key = label.variant ? `${label.vendor} ${label.variant}` : label.vendor;
        this.by.set(key, (this.by.get(key) || 0) + 1);
        if (full) await new Promise((ok) => this.requests.once('drain', ok));
        return id;
    }

    refuse(what, why) { this.refused.push(`${what}: ${String(why).split('\n')[0].slice(0, 160)}`); }

    async close() {
        const ends = [this.requests, this.labels].map((f) => f.end().written);
        await Promise.all(ends);
        const seconds = (clock() - this.started).toFixed(1);
        console.log(`${this.name}: ${this.count} requests, ${this.refused.length} refused by the SDK, ${seconds} s`);
        for (const [key, n] of this.by) console.log(`    ${key}: ${n}`);
        fs.writeFileSync(path.join(OUT, `${this.name}.refused.txt`), this.refused.join('\n') + '\n');
    }
}

/* Where the vendor's packages are installed. */
function packages(kind) {
    const root = path.join(OUT, kind, 'node_modules');
    if (!fs.existsSync(root)) throw new Error(`${root} is missing: tests/oracle/generate installs it`);
    return { root, load: (name) => require(path.join(root, name)), path: (name) => path.join(root, name) };
}

module.exports = { Recorder, freeze, packages, bytesOf, plain, OUT, NOW };
