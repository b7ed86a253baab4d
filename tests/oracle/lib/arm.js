'use strict';
/* Every operation of every @azure/arm-* client, through an HTTP client that records.  Two generator styles exist:
   classes with operation specs and a strict serialiser, whose complaints tell which members a body needs, and plain
   functions, whose serialisers read whatever they are given. */
const fs = require('fs');
const path = require('path');
const { Recorder, freeze, packages, bytesOf } = require('./record');

const { root } = packages('azure');
const SUBSCRIPTION = '00000000-1111-2222-3333-444444444444';
const STOP = Object.assign(new Error('recorded'), { name: 'Recorded' });
const INNER = /^(addCustomApiVersionPolicy|sendOperationRequest|sendRequest)$/;
const DOUBLES = /(AndWait|PagingPage|PagingAll|Page|All|Next)$/;    /* of a method that is driven already */
const PATIENCE = 150;                                 /* ms; nothing here waits for a network */
const BODY = new RegExp('^(parameters?|body|properties|resource|payload|content|data|input|request'
    + '|.*(Parameters?|Request|Body|Properties|Payload|Resource|Input|Details|Content|Data'
    + '|Info|Update|Patch|Definition|Config|Configuration|Model|Options|Filter|Settings|Envelope))$');

const credential = { getToken: async () => ({ token: 'aad-token', expiresOnTimestamp: 4102444800000 }) };

/* A body that has every member: for serialisers that read members without looking. */
function anything() {
    const target = function () { return []; };
    return new Proxy(target, {
        get(t, k) {
            if (k === 'toJSON') return () => ({});
            if (k === Symbol.toPrimitive || k === 'toString') return () => 'alps';
            if (k === Symbol.iterator) return [][Symbol.iterator].bind([]);
            if (k === 'then') return undefined;
            if (k === 'length') return 0;
            if (['map', 'filter', 'forEach', 'reduce'].includes(k)) return () => [];
            if (k === 'toISOString') return () => '2026-01-15T12:00:00.000Z';
            return anything();
        },
        ownKeys: () => ['prototype'], has: () => true,
    });
}

function parameters(fn) {
    const text = fn.toString();
    const m = /^(?:async\s+)?(?:\*?\s*[\w$]+\s*)?\*?\s*\(([\s\S]*?)\)\s*(?:=>|\{)/.exec(text);
    if (!m) return [];
    return m[1].replace(/=\s*\{[^}]*\}/g, '').split(',').map((p) => p.trim().replace(/\s*=.*$/, '')).filter(Boolean);
}

function plainValue(name) {
    if (/subscriptionId/i.test(name)) return SUBSCRIPTION;
    if (/^(scope|resourceUri|resourceId)$/i.test(name)) {
        return `subscriptions/${SUBSCRIPTION}/resourceGroups/alps-group/providers/Microsoft.Web/sites/alps-site`;
    }
    if (/(Id|Guid)$/.test(name) && /tenant|object|principal|operation|request|correlation|application/i.test(name)) {
        return '55555555-6666-7777-8888-999999999999';
    }
    return `alps${name.replace(/\W/g, '')}`.slice(0, 22);
}

/* A value of the type that a complaint asks for. */
function wanted(message, name) {
    const list = /valid values are: \[(.*?)\]/.exec(message);
    if (list) return JSON.parse(`[${list[1]}]`)[0];
    const type = message.slice(message.lastIndexOf('must be')).toLowerCase();
    if (!type.includes('must be')) return undefined;
    if (/uuid/.test(type)) return '55555555-6666-7777-8888-999999999999';
    if (/array/.test(type)) return [];
    if (/object|dictionary/.test(type)) return {};
    if (/boolean/.test(type)) return true;
    if (/number|integer/.test(type)) return 1;
    if (/date|iso/.test(type)) return new Date(1700000000000);
    if (/uint8array|bytes|buffer/.test(type)) return new Uint8Array(1);
    if (/duration/.test(type)) return 'PT1H';
    return plainValue(name);
}

/* What the strict serialiser says -> a change to the arguments that answers it. */
function mend(names, values, said) {
    const message = said.replace(/^Error "/, '').replace(/" occurred in serializing.*$/, '');
    const limit = /"([\w.]+)" with value "(.*?)" should satisfy the constraint "(\w+)": (.*?)\.?$/.exec(message);
    if (limit) return constrain(names, values, limit);
    const m = /^"?([\w.[\]-]+?)"? cannot be null or undefined/.exec(message)
        || /is not a valid value for ([\w.[\]-]+?)\. /.exec(message)
        || /^"?([\w.[\]-]+?)"? (?:with value .*)?must be /.exec(message);
    if (!m) return false;
    const parts = m[1].replace(/\]/g, '').replace(/\[/g, '.').split('.');
    const i = names.indexOf(parts[0]);
    if (i < 0 || typeof values[i] === 'function') return false;
    const value = wanted(message, parts[parts.length - 1]);
    if (parts.length === 1) {
        const before = values[i];
        values[i] = value ?? plainValue(parts[0]);
        return values[i] !== before;
    }
    let o = values[i];
    if (!o || typeof o !== 'object') o = values[i] = {};
    for (const p of parts.slice(1, -1)) o = o[p] && typeof o[p] === 'object' ? o[p] : (o[p] = {});
    const last = parts[parts.length - 1];
    const before = JSON.stringify(o[last]);
    o[last] = value ?? (before === undefined ? 'alps' : {});
    return before !== JSON.stringify(o[last]);
}

function constrain(names, values, [, name, , rule, bound]) {
    const i = names.indexOf(name);
    const n = Number(bound);
    const next = { MaxLength: (v) => String(v).slice(0, n), MinLength: (v) => String(v).padEnd(n, 'a'),
                   InclusiveMinimum: () => n, InclusiveMaximum: () => n, Pattern: (v) => shape(v, bound) }[rule];
    if (i < 0 || !next) return false;
    const before = values[i];
    values[i] = next(before);
    return values[i] !== before;
}

function shape(value, pattern) {
    const re = new RegExp(pattern.replace(/^\/|\/[a-z]*$/g, ''));
    return ['alps', 'alps1', 'Alps1Name', 'alps-name', '1', '1.0.0', '55555555-6666-7777-8888-999999999999', 'default',
            '/subscriptions/x', '2026-01-15'].find((v) => re.test(v)) ?? value;
}

class Package {
    constructor(name, recorder) {
        this.name = name;
        this.recorder = recorder;
    }

    async load() {
        const dir = path.join(root, this.name);
        try {
            return require(dir);
        } catch (e) {
            const pkg = JSON.parse(fs.readFileSync(path.join(dir, 'package.json')));
            const dot = pkg.exports?.['.'];
            const file = dot?.import?.default || dot?.import || pkg.module || pkg.main;
            return import(path.join(dir, file));
        }
    }

    options() {
        const sendRequest = async (r) => { this.last = r; throw STOP; };
        return { httpClient: { sendRequest }, retryOptions: { maxRetries: 0 }, allowInsecureConnection: true };
    }

    clients(mod) {
        const out = [];
        for (const [k, C] of Object.entries(mod)) {
            if (typeof C !== 'function' || !/^class/.test(C.toString()) || /Error$|Poller|Credential/.test(k)) continue;
            for (const args of [[credential, SUBSCRIPTION, this.options()], [credential, this.options()]]) {
                try {
                    const c = new C(...args);
                    const groups = this.groups(c);
                    if (groups.length) {
                        out.push([k, c, groups]);
                        break;
                    }
                } catch { /* the other form, or no client */ }
            }
        }
        return out;
    }

    groups(client) {
        const out = [];
        const inner = new Set(['pipeline', '_client', 'api', 'constructor']);
        for (const [k, g] of Object.entries(client)) {
            if (inner.has(k) || k[0] === '_' || !g || typeof g !== 'object' || Array.isArray(g)) continue;
            const own = Object.keys(g).filter((m) => typeof g[m] === 'function');
            const proto = Object.getPrototypeOf(g);
            const inherited = proto && proto !== Object.prototype ? Object.getOwnPropertyNames(proto) : [];
            const methods = [...new Set([...own, ...inherited])]
                .filter((m) => m !== 'constructor' && m[0] !== '_' && !DOUBLES.test(m)
                    || /^(get|list|remove|delete|cancel|purge)All$/.test(m))
                .filter((m) => typeof g[m] === 'function' && !(m.startsWith('begin') && own.includes(unbegun(m))));
            for (const m of methods) out.push([k, g, m]);
        }
        const proto = Object.getPrototypeOf(client);
        for (const m of Object.getOwnPropertyNames(proto)) {
            if (m !== 'constructor' && m[0] !== '_' && !INNER.test(m)
                && typeof client[m] === 'function' && client[m].length > 0) out.push(['', client, m]);
        }
        return out;
    }

    /* Calls until a request is recorded or nothing more can be mended. */
    async call(owner, method, names, values) {
        let why = 'no request came';
        let timer;
        let first;
        for (let tries = 0; tries < 30; tries++) {
            this.last = null;
            try {
                let r = owner[method](...values);
                if (r?.[Symbol.asyncIterator]) r = r.next ? r.next() : r[Symbol.asyncIterator]().next();
                else if (typeof r?.poll === 'function') r = r.poll();
                await Promise.race([r, new Promise((ok) => { timer = setTimeout(ok, PATIENCE); })]);
            } catch (e) {
                why = e?.message ?? e;
                first ??= why;
            }
            clearTimeout(timer);
            if (this.last) return true;
            const lines = String(why).split('\n');
            if (!mend(names, values, lines[0])) {
                let i = names.findIndex((n, j) => values[j] && typeof values[j] === 'object' && BODY.test(n));
                if (i < 0 && /reading '/.test(lines[0])) i = values.findLastIndex((v) => typeof v === 'string');
                if (i < 0 || typeof values[i] === 'function') return String(first ?? 'no request came');
                values[i] = anything();
            }
        }
        return String(why);
    }

    async one(clientName, group, owner, method) {
        const names = parameters(owner[method]);
        const given = names.length && /^_?options/.test(names[names.length - 1]) ? names.slice(0, -1) : names;
        const values = given.map((n) => (BODY.test(n) && !/Name$/.test(n) ? {} : plainValue(n)));
        const what = `${this.name} ${clientName} ${group}.${method}`;
        const ok = await this.call(owner, method, given, values);
        if (ok !== true) return this.recorder.refuse(what, ok);
        const url = new URL(this.last.url);
        const body = bytesOf(this.last.body) || Buffer.alloc(0);
        const headers = [['host', url.host]];
        for (const [k, v] of this.last.headers) headers.push([k.toLowerCase(), v]);
        const has = (k) => headers.some((h) => h[0] === k);
        const sends = ['POST', 'PUT', 'PATCH'].includes(this.last.method);
        if (!has('content-length') && (body.length || sends)) headers.push(['content-length', String(body.length)]);
        const input = Object.fromEntries(given.map((n, i) => [n, values[i]])
            .filter(([, v]) => typeof v === 'string' || typeof v === 'number'));
        await this.recorder.add({ sni: url.hostname, method: this.last.method,
                                  target: this.last.url.slice(url.origin.length) || '/', headers, body },
                                { vendor: 'azure', service: this.name.slice(7), operation: null, protocol: 'arm',
                                  package: this.name, method: `${group}.${method}`, input });
    }

    async run() {
        const mod = await this.load();
        const found = this.clients(mod);
        if (!found.length) throw new Error('no client class');
        for (const [name, , groups] of found) for (const [k, g, m] of groups) await this.one(name, k, g, m);
    }
}

const unbegun = (m) => m[5].toLowerCase() + m.slice(6);

async function main() {
    freeze();
    process.on('unhandledRejection', () => {});
    const recorder = new Recorder('arm');
    const names = fs.readdirSync(path.join(root, '@azure')).filter((n) => n.startsWith('arm-')).sort()
        .filter((n) => process.argv.length === 2 || process.argv.includes(n));
    let done = 0;
    for (const n of names) {
        try {
            await new Package(`@azure/${n}`, recorder).run();
            done++;
        } catch (e) {
            recorder.refuse(`@azure/${n}`, e.message);
        }
    }
    await recorder.close();
    console.log(`    ${done} packages of ${names.length}`);
    process.exit(0);
}

main().catch((e) => { console.error(e); process.exit(1); });
