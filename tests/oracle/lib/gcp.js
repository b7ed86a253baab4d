'use strict';
/* Every method of every API and version in npm `googleapis`, through an adapter that records instead of sending.
   Path parameters take the example that the package documents for them (`name: 'projects/my-project/...'`); what has
   none takes a plain word.  Methods with media upload are called three times: without media, with media alone, and
   with media and metadata (multipart). */
const fs = require('fs');
const path = require('path');
const { Readable } = require('stream');
const { Recorder, freeze, packages, bytesOf } = require('./record');

const { load, path: at } = packages('google');
/* Where the first component of the discovery id is not the name under which the package files the API. */
const ID_PREFIX = { sqladmin: 'sql', 'admin:directory_v1': 'directory', 'admin:reports_v1': 'reports',
                    'admin:datatransfer_v1': 'datatransfer', 'admin:reportsv1': 'reports' };
const CALL = /const res = await ([\w.$]+)\(\{?([\s\S]*?)\n\s*\* {3}\}?\);/g;

/* {"projects.topics.publish": {topic: "projects/my-project/topics/my-topic"}} from the declaration file's examples. */
function examples(file) {
    const out = new Map();
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    for (const m of text.matchAll(CALL)) {
        const values = {};
        const head = m[2].split('requestBody:')[0];
        for (const v of head.matchAll(/\*\s+'?([\w$.-]+)'?:\s*'([^']*)'/g)) values[v[1]] = v[2];
        for (const v of head.matchAll(/\*\s+'?([\w$.-]+)'?:\s*(\d+|true|false),/g)) values[v[1]] = v[2];
        out.set(m[1].split('.').slice(1).join('.'), values);
    }
    return out;
}

/* The resources of an API instance are objects; methods live on their prototypes. */
function methods(node, trail, out) {
    const skip = new Set(['context', 'google', '_options', 'constructor']);
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(node))) {
        if (!skip.has(name) && typeof node[name] === 'function') out.push([[...trail, name], node]);
    }
    for (const [name, child] of Object.entries(node)) {
        if (skip.has(name) || !child || typeof child !== 'object') continue;
        if (/^Resource\$/.test(child.constructor?.name || '')) methods(child, [...trail, name], out);
    }
    return out;
}

function listOf(source, name) {
    const m = new RegExp(`${name}: \\[([^\\]]*)\\]`).exec(source);
    return m ? [...m[1].matchAll(/'([^']*)'/g)].map((x) => x[1]) : [];
}

async function read(body) {
    const known = bytesOf(body);
    if (known) return known;
    if (typeof body?.[Symbol.asyncIterator] === 'function') {
        const parts = [];
        for await (const part of body) parts.push(Buffer.from(part));
        return Buffer.concat(parts);
    }
    return Buffer.from(JSON.stringify(body));
}

/* A full name where the package documents none: the collections of the method's id, as far as the URL does not say them.
   Only of what follows the version at once: elsewhere it is a part of a name.
   "projects.locations.domains.list", ".../v1/{+parent}/domains" → "projects/my-project/locations/my-location". */
function nameOf(source, trail, param) {
    const m = new RegExp(`/v\\d\\w*/\\{\\+${param}\\}([^'"\`]*)`).exec(source);
    if (!m) return null;
    const words = trail.slice(0, -1);
    const behind = m[1].replace(/:.*/, '').split('/').filter((w) => w && !w.startsWith('{'));
    for (const w of behind.reverse()) if (words[words.length - 1] === w) words.pop();
    if (words.length === 0) return null;
    return words.map((w) => w === 'global' ? w : `${w}/my-${w.replace(/ies$/, 'y').replace(/s$/, '')}`).join('/')
        .replace('locations/my-location/global', 'locations/global');
}

/* {"projects.topics.publish v1": {topic: "^projects/[^/]+/topics/[^/]+$"}} from the discovery documents of the Go client, for
   the form of names alone: which method a path is, googleapis says. */
const plain = (id) => id.replace(/[-_]/g, '').toLowerCase();      /* googleapis joins "Binary-create" */
function patterns(dir) {
    const out = new Map();
    const walk = (node, version) => {
        for (const m of Object.values(node.methods || {})) {
            const of = {};
            for (const [name, p] of Object.entries(m.parameters || {})) if (p.pattern) of[name] = p.pattern;
            out.set(plain(`${m.id} ${version}`), of);
        }
        for (const r of Object.values(node.resources || {})) walk(r, version);
    };
    for (const f of dir ? fs.readdirSync(dir, { recursive: true }) : []) {
        if (!f.endsWith('-api.json')) continue;
        const doc = JSON.parse(fs.readFileSync(path.join(dir, f), 'utf8'));
        walk(doc, doc.version);
    }
    return out;
}

/* "^projects/[^/]+/topics/[^/]+$" → "projects/my-project/topics/my-topic" */
function nameLike(pattern) {
    if (!/^\^.*\$$/.test(pattern || '')) return null;
    const words = pattern.slice(1, -1).split(/\/(?![^[]*\])/);
    const name = words.map((w, i) => !/^(\[\^\/\]\+|\.\*)$/.test(w) ? w
        : `my-${(words[i - 1] || 'name').replace(/ies$/, 'y').replace(/s$/, '').replace(/\W+/g, '')}` +
          (w === '.*' && /\w$/.test(words[i - 1] || '') ? '/my-id' : '')).join('/');
    return /[[\]()^*+?\\]/.test(name) ? null : name;
}

class Api {
    constructor(google, recorder) {
        this.google = google;
        this.recorder = recorder;
        this.patterns = patterns(process.env.GO_API);
        this.auth = new google.auth.OAuth2();
        this.auth.setCredentials({ access_token: 'ya29.token', expiry_date: 4102444800000 });
    }

    async record(options, label) {
        const url = new URL(options.url);                      /* gaxios has put the query in already */
        const body = await read(options.body ?? options.data);
        const headers = [['host', url.host]];
        new Headers(options.headers).forEach((v, k) => { if (k !== 'host') headers.push([k, v]); });
        const method = (options.method || 'GET').toUpperCase();
        const stream = options.data && typeof options.data.pipe === 'function';
        if (stream) headers.push(['transfer-encoding', 'chunked']);
        else if (body.length || !['GET', 'HEAD', 'DELETE'].includes(method)) {
            headers.push(['content-length', String(body.length)]);
        }
        await this.recorder.add({ sni: url.hostname, method, target: url.pathname + url.search, headers, body }, label);
    }

    async call(node, name, params, label) {
        let seen = false;
        const adapter = async (options) => {
            seen = true;
            await this.record(options, label);
            return { config: options, data: {}, headers: new Headers(), status: 200, statusText: 'OK', ok: true };
        };
        try {
            await node[name](params, { adapter, retry: false, auth: this.auth });
        } catch (e) {
            if (!seen) this.recorder.refuse(`${label.operation} (${label.version})`, e.message);
        }
    }

    async run(api, version) {
        const node = this.google[api](version);
        const file = at(`googleapis/build/src/apis/${api}/${version}.d.ts`);
        const known = examples(file);
        const prefix = ID_PREFIX[`${api}:${version}`] || ID_PREFIX[api] || api;
        for (const [trail, owner] of methods(node, [], [])) {
            const name = trail[trail.length - 1];
            const source = owner[name].toString();
            if (!source.includes('createAPIRequest')) continue;
            const params = {};
            let invented = false;                             /* a whole name, of whose form the package says nothing */
            const values = known.get(trail.join('.')) || {};
            const wanted = new Set([...listOf(source, 'requiredParams'), ...listOf(source, 'pathParams')]);
            for (const p of wanted) {
                const form = this.patterns.get(plain(`${[prefix, ...trail].join('.')} ${version}`)) || {};
                const bad = values[p] === undefined || values[p] === 'placeholder-value' || /[[\\(^*]/.test(values[p]) ||
                            /\.\*\$$/.test(form[p] || '');      /* the examples end where a pattern goes on */
                const v = bad ? nameLike(form[p]) || nameOf(source, trail, p) || `alps-${p}` : values[p];  /* some examples are the pattern itself */
                invented ||= v === `alps-${p}` && source.includes(`{+${p}}`);
                params[p] = prefix === 'storage' && /object$/i.test(p) ? `dir/${p} 1.txt` : v;
            }
            const label = { vendor: 'gcp', service: api, version, operation: [prefix, ...trail].join('.'),
                            protocol: 'rest', input: params, ...(invented ? { invented } : {}) };
            const writes = /method: '(POST|PUT|PATCH)'/.test(source);
            const body = writes ? { requestBody: { name: 'alps-name' } } : {};
            await this.call(owner, name, { ...params, ...body }, label);
            if (!source.includes('mediaUrl')) continue;
            const media = () => ({ mimeType: 'text/plain', body: Readable.from(['alps ', 'media']) });
            const given = prefix === 'storage' ? { ...params, name: 'dir/upload 1.txt' } : params;
            await this.call(owner, name, { ...given, media: { mimeType: 'text/plain', body: 'alps' } },
                            { ...label, variant: 'media', input: given });
            await this.call(owner, name, { ...params, requestBody: { name: 'alps-name' }, media: media() },
                            { ...label, variant: 'multipart' });
        }
    }
}

async function main() {
    freeze();
    const { google } = load('googleapis');
    const recorder = new Recorder('gcp');
    const api = new Api(google, recorder);
    const supported = google.getSupportedAPIs();
    let versions = 0;
    for (const name of Object.keys(supported).sort()) {
        if (process.argv.length > 2 && !process.argv.includes(name)) continue;
        for (const version of supported[name]) {
            versions++;
            try {
                await api.run(name, version);
            } catch (e) {
                recorder.refuse(`${name} ${version}`, e.message);
            }
        }
    }
    await recorder.close();
    console.log(`    ${Object.keys(supported).length} APIs, ${versions} versions`);
}

main().catch((e) => { console.error(e); process.exit(1); });
