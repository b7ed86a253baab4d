'use strict';
/* The gRPC clients of @google-cloud/*: each method of each generated client is called against an HTTP/2 server on
   loopback, which records headers and body and answers INVALID_ARGUMENT.  Requests are filled from the protos in the
   package: the fields that its http rule or routing rule names take a value of the rule's pattern. */
const fs = require('fs');
const path = require('path');
const http2 = require('http2');
const { Recorder, OUT } = require('./record');

const ROOTS = ['google', 'google-pubsub'].map((d) => path.join(OUT, d, 'node_modules')).filter(fs.existsSync);
const VERSION = /^v\d+(p\d+)?((alpha|beta)\d*)?$/;
const NAMES = /^(name|parent|resource|database|session|bucket|topic|subscription)$/;
const PATIENCE = 2000;                               /* ms for one call to reach the server */

/* "{parent=projects/{x}/locations/*}" and friends -> [field, example]; `**` and a bare field take a plain word. */
function fields(template) {
    const out = [];
    for (const m of template.matchAll(/\{([\w.]+)(?:=([^}]+))?\}/g)) {
        let n = 0;
        const words = (m[2] || '*').split('/');
        out.push([m[1], words.map((w, i) => (w === '*' || w === '**' ? `alps-${(words[i - 1] || m[1])
            .replace(/\W/g, '')}${n++ || ''}` : w)).join('/')]);
    }
    return out;
}

/* "GET /v1/{name=projects/*}": all of them, additional bindings too. */
function rules(method) {
    const out = new Set();
    const verbs = ['get', 'put', 'post', 'patch', 'delete'];
    const take = (rule) => {
        for (const verb of verbs) if (rule[verb]) out.add(`${verb.toUpperCase()} ${rule[verb]}`);
        for (const more of [rule.additionalBindings, rule.additional_bindings].flat()) if (more) take(more);
    };
    for (const [k, v] of [method.options || {}, ...(method.parsedOptions || [])].flatMap(Object.entries)) {
        const m = /^\(google\.api\.http\)(\.additional_bindings)?\.?(get|put|post|patch|delete)$/.exec(k);
        if (m) out.add(`${m[2].toUpperCase()} ${v}`);
        else if (k === '(google.api.http)' && v && typeof v === 'object') take(v);
    }
    return [...out];
}

function assign(target, dotted, value) {
    const parts = dotted.split('.').map((p) => p.replace(/_(\w)/g, (x, c) => c.toUpperCase()));
    let o = target;
    for (const p of parts.slice(0, -1)) o = o[p] ||= {};
    o[parts[parts.length - 1]] = value;
}

/* Every field of text that sounds like a resource's name, where no rule says what it looks like. */
function fallback(type) {
    const out = {};
    for (const f of type.fieldsArray) {
        const name = f.name.replace(/_(\w)/g, (x, c) => c.toUpperCase());
        if (f.type === 'string' && !f.repeated && NAMES.test(name)) {
            out[name] = `projects/alps-project/things/alps-${name}`;
        }
    }
    return out;
}

function input(method) {
    const request = fallback(method.resolvedRequestType);
    const first = rules(method)[0];
    if (first) for (const [field, value] of fields(first.split(' ')[1])) assign(request, field, value);
    return request;
}

class Loopback {
    async start() {
        this.seen = null;
        this.server = http2.createServer();
        this.server.on('stream', (stream, headers, flags, raw) => this.answer(stream, raw));
        await new Promise((ok) => this.server.listen(0, '127.0.0.1', ok));
        this.port = this.server.address().port;
    }

    answer(stream, raw) {
        const parts = [];
        let done = false;
        const finish = () => {
            if (done) return;
            done = true;
            this.seen?.({ raw, body: Buffer.concat(parts) });
            stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '3',
                             'grpc-message': 'recorded' }, { endStream: true });
        };
        const whole = () => {
            const b = Buffer.concat(parts);
            return b.length >= 5 && b.length >= 5 + b.readUInt32BE(1);
        };
        stream.on('data', (d) => { parts.push(d); if (whole()) finish(); });
        stream.on('end', finish);
        stream.on('error', () => {});
    }
}

/* HTTP/2 headers as the client would send them to the real host. */
function headersOf(raw, authority) {
    const out = [];
    for (let i = 0; i < raw.length; i += 2) {
        const name = raw[i].toLowerCase();
        out.push([name, name === ':authority' ? authority : name === ':scheme' ? 'https' : raw[i + 1]]);
    }
    const pseudo = [':method', ':scheme', ':authority', ':path'].map((k) => out.find((h) => h[0] === k));
    return [...pseudo, ...out.filter((h) => h[0][0] !== ':')];
}

class Package {
    constructor(root, name, loop, recorder) {
        this.name = name;
        this.loop = loop;
        this.recorder = recorder;
        this.module = require(path.join(root, name));
        const own = (x) => require(require.resolve(x, { paths: [path.join(root, name)] }));
        this.grpc = own(require.resolve('google-gax', { paths: [path.join(root, name)] })).grpc;
        const protobuf = require(require.resolve('protobufjs', { paths: [path.join(root, name)] }));
        this.protobuf = protobuf;
        this.dir = path.join(root, name);
    }

    /* protos.json of the package, or of the package that holds its generated clients */
    protos() {
        const deps = Object.keys(require(path.join(this.dir, 'package.json')).dependencies || {})
            .filter((d) => /-api$/.test(d)).map((d) => path.join(this.dir, '..', '..', d));
        for (const dir of [this.dir, ...deps]) {
            for (const sub of ['build/protos/protos.json', 'build/protos/admin_v1.json', 'protos/protos.json']) {
                const file = path.join(dir, sub);
                if (fs.existsSync(file)) return this.protobuf.Root.fromJSON(JSON.parse(fs.readFileSync(file)));
            }
        }
        throw new Error('no protos.json');
    }

    clients() {
        const out = new Map();
        const look = (m, depth) => {
            for (const [k, v] of Object.entries(m || {})) {
                if (typeof v === 'function' && /Client$/.test(k) && (v.servicePath || v.apiEndpoint)) {
                    if (!out.has(v)) out.set(v, k);
                } else if (v && typeof v === 'object' && depth < 2 && (VERSION.test(k) || k === 'default')) {
                    look(v, depth + 1);
                }
            }
        };
        for (const [k, v] of Object.entries(this.module)) if (VERSION.test(k)) look(v, 1);
        look(this.module, 0);
        return out;
    }

    async run() {
        const root = this.protos().resolveAll();
        const services = [];
        const walk = (ns) => {
            for (const n of ns.nestedArray || []) {
                if (n instanceof this.protobuf.Service) services.push(n);
                else walk(n);
            }
        };
        walk(root);
        const byName = new Map(services.map((s) => [s.fullName.slice(1), s]));
        for (const [Client, name] of this.clients()) await this.client(Client, name, byName);
    }

    async client(Client, name, services) {
        const endpoint = Client.apiEndpoint || Client.servicePath;
        const client = new Client({
            servicePath: '127.0.0.1', apiEndpoint: '127.0.0.1', port: this.loop.port, projectId: 'alps-project',
            sslCreds: this.grpc.credentials.createInsecure(), 'grpc.default_authority': `${endpoint}:443`,
        });
        try {
            await client.initialize();
        } catch (e) {
            this.recorder.refuse(`${this.name} ${name}`, e.message);
            return;
        }
        const service = [...services.values()].find((x) => `${x.name}Client` === name && this.version(Client, x)
            && x.methodsArray.every((m) => lower(m.name) in client.innerApiCalls));
        if (!service) {
            this.recorder.refuse(`${this.name} ${name}`, 'no service of that name in the protos');
        } else {
            for (const m of service.methodsArray) await this.method(client, service, m, endpoint);
        }
        await client.close?.().catch(() => {});
    }

    /* Several versions in one package have services of one name: the module under which the class is says which. */
    version(Client, service) {
        for (const [k, v] of Object.entries(this.module)) {
            if (VERSION.test(k) && v && Object.values(v).includes(Client)) return service.fullName.includes(`.${k}.`);
        }
        return true;
    }

    async method(client, service, m, endpoint) {
        const request = input(m);
        const call = client[lower(m.name)] || client.innerApiCalls[lower(m.name)];
        const id = `${service.fullName.slice(1)}/${m.name}`;
        let timer;
        const seen = new Promise((ok, fail) => {
            this.loop.seen = ok;
            timer = setTimeout(() => fail(new Error('no request came')), PATIENCE);
        });
        try {
            const options = { autoPaginate: false, timeout: PATIENCE };
            let r;
            if (m.requestStream) {
                r = call.call(client, options);
                r.on?.('error', () => {});
                r.write?.(request);
            } else {
                r = call.call(client, request, options);
                if (r?.on) r.on('error', () => {});
                if (r?.resume) r.resume();
            }
            if (r?.catch) r.catch(() => {});
            const got = await seen;
            await this.recorder.add({ sni: endpoint, http: 2, headers: headersOf(got.raw, `${endpoint}:443`),
                                      body: got.body },
                                    { vendor: 'gcp', service: endpoint.replace(/\.googleapis\.com$/, ''), operation: id,
                                      protocol: 'grpc', variant: 'grpc', package: this.name,
                                      rules: rules(m), input: request });
            if (r?.end) r.end();
            if (r?.destroy) r.destroy();
        } catch (e) {
            this.recorder.refuse(id, e.message);
        }
        clearTimeout(timer);
        this.loop.seen = null;
    }
}

const lower = (s) => s[0].toLowerCase() + s.slice(1);

async function main() {
    process.env.METADATA_SERVER_DETECTION = 'none';
    process.removeAllListeners('warning');
    process.on('unhandledRejection', () => {});
    process.on('uncaughtException', (e) => { if (!/INVALID_ARGUMENT|recorded|CANCELLED/.test(e.message)) throw e; });
    const loop = new Loopback();
    await loop.start();
    const recorder = new Recorder('grpc');
    for (const root of ROOTS) {
        for (const n of fs.readdirSync(path.join(root, '@google-cloud')).sort()) {
            if (process.argv.length > 2 && !process.argv.includes(n)) continue;
            if (/-api$/.test(n) || /paginator|precise-date|projectify|promisify|common|opentelemetry/.test(n)) continue;
            try {
                await new Package(root, `@google-cloud/${n}`, loop, recorder).run();
            } catch (e) {
                recorder.refuse(`@google-cloud/${n}`, e.message);
            }
        }
    }
    await recorder.close();
    process.exit(0);
}

main().catch((e) => { console.error(e); process.exit(1); });
