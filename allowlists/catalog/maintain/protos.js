// Every RPC of google-proto-files as one JSON line: name, host, HTTP rules, and the numbers of the fields that they name.
//     node protos.js DIR      (DIR/node_modules holds google-proto-files and protobufjs)
'use strict';
const fs = require('fs');
const path = require('path');
const dir = path.resolve(process.argv[2], 'node_modules');
const protobuf = require(path.join(dir, 'protobufjs'));
const protos = path.join(dir, 'google-proto-files');
const VERBS = ['get', 'put', 'post', 'delete', 'patch'];

function* files(at) {
    for (const e of fs.readdirSync(at, { withFileTypes: true })) {
        const p = path.join(at, e.name);
        if (e.isDirectory() && e.name !== 'node_modules') yield* files(p);
        else if (e.name.endsWith('.proto')) yield p;
    }
}

// [[verb, template] ...], the additional bindings last.
function rules(option) {
    const all = [option, ...[].concat(option.additional_bindings || [])];
    const found = [];
    for (const one of all) {
        for (const v of VERBS) if (one[v]) found.push([v.toUpperCase(), one[v]]);
        if (one.custom) found.push([one.custom.kind, one.custom.path]);
    }
    return found;
}

// "topic.name" → "1.1"; null: no text, or not there.
function number(type, name) {
    const numbers = [];
    let field = null;
    for (const part of name.split('.')) {
        if (field) type = field.resolve().resolvedType;
        field = type && type.fields && type.fields[part];
        if (!field || field.repeated || field.map) return null;
        numbers.push(field.id);
    }
    return field.type === 'string' ? numbers.join('.') : null;
}

function option(method, name) {
    for (const o of method.parsedOptions || []) if (o[name]) return o[name];
    return null;
}

// Its text fields that could name a resource, one message deep.
function texts(type, deep) {
    const found = {};
    for (const f of type ? Object.values(type.fields) : []) {
        if (f.repeated || f.map) continue;
        if (f.type === 'string') { found[f.name] = String(f.id); continue; }
        const inner = deep && f.resolve().resolvedType;
        if (inner && inner.fields)
            for (const [n, id] of Object.entries(texts(inner, deep - 1))) found[`${f.name}.${n}`] = `${f.id}.${id}`;
    }
    return found;
}

function services(namespace, found) {
    for (const o of namespace.nestedArray || []) {
        if (o instanceof protobuf.Service) found.push(o);
        if (o.nestedArray) services(o, found);
    }
    return found;
}

let bad = 0;
const seen = new Set();
for (const file of files(path.join(protos, 'google'))) {
    const root = new protobuf.Root();
    root.resolvePath = (from, to) => path.isAbsolute(to) ? to : path.join(protos, to);
    try {
        const text = fs.readFileSync(file, 'utf8');
        if (!/^\s*service\s/m.test(text)) continue;
        root.loadSync(file, { keepCase: true });
    } catch (e) {
        bad++;
        process.stderr.write(`${path.relative(protos, file)}: ${e.message.slice(0, 120)}\n`);
        continue;
    }
    for (const s of services(root, [])) {
        const name = s.fullName.slice(1);
        if (seen.has(name)) continue;
        seen.add(name);
        const host = (s.options || {})['(google.api.default_host)'] || null;
        for (const m of s.methodsArray) {
            m.resolve();
            const http = option(m, '(google.api.http)');
            const fields = texts(m.resolvedRequestType, 2);
            const found = http ? rules(http) : [];
            const variables = {};
            for (const [, t] of found)
                for (const v of t.matchAll(/\{([^}=]+)/g)) variables[v[1]] = number(m.resolvedRequestType, v[1]);
            process.stdout.write(JSON.stringify({ name: `${name}/${m.name}`, host, http: found, variables,
                fields, stream: !!m.requestStream }) + '\n');
        }
    }
}
process.stderr.write(`${seen.size} services, ${bad} files not parsed\n`);
