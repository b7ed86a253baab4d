'use strict';
/* Required members of an input, from a client's type declarations: for clients of before there were schemas.
   `name: T | undefined` is required, `name?: T | undefined` is not. */
const fs = require('fs');
const path = require('path');

const UNION = /namespace (\w+) \{\s*(?:export )?interface \w+Member \{\s*(\w+): ([^;]+);/g;

class Types {
    constructor(dir, named) {
        this.dir = dir;
        this.named = named;
        this.interfaces = null;
        this.unions = new Map();
    }

    load() {
        this.interfaces = new Map();
        const models = path.join(this.dir, 'models');
        for (const file of fs.existsSync(models) ? fs.readdirSync(models) : []) {
            if (!file.endsWith('.d.ts')) continue;
            const text = fs.readFileSync(path.join(models, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
            for (const m of text.matchAll(/^export interface (\w+)(?: extends [^{]+)? \{\n([\s\S]*?)^\}/gm)) {
                const members = [...m[2].matchAll(/^ {4}(\w+)(\??): ([^\n]+);$/gm)];
                this.interfaces.set(m[1], members.map((x) => [x[1], !x[2], x[3].replace(/ \| undefined$/, '')]));
            }
            for (const m of text.matchAll(UNION)) {
                this.unions.set(m[1], [m[2], m[3]]);
            }
        }
    }

    input(command, at) {
        if (!this.interfaces) this.load();
        const file = path.join(this.dir, 'commands', `${command}.d.ts`);
        const m = fs.existsSync(file) && /CommandInput extends (\w+)/.exec(fs.readFileSync(file, 'utf8'));
        return m ? this.struct(m[1], at, 0) : {};
    }

    struct(type, at, depth) {
        const out = {};
        for (const [name, required, of] of this.interfaces.get(type) || []) {
            if (!required || /^(clientToken|ClientToken|idempotencyToken)$/.test(name)) continue;
            out[name] = this.value(of, name, at, depth + 1);
        }
        return out;
    }

    value(type, name, at, depth) {
        let m;
        if (depth > 8) return undefined;
        if ((m = /^\((.+)\)\[\]$|^(.+)\[\]$/.exec(type))) {
            const v = this.value((m[1] || m[2]).replace(/ \| undefined$/, ''), name.replace(/s$/, ''), at, depth + 1);
            return v === undefined ? [] : [v];
        }
        if ((m = /^Record<[^,]+, (.+)>$/.exec(type))) {
            const of = m[1].replace(/ \| undefined$/, '');
            return { [this.named(at, `${name}Key`)]: this.value(of, name, at, depth + 1) };
        }
        if (type === 'number') return 1;
        if (type === 'boolean') return true;
        if (type === 'Date') return new Date(1700000000000);
        if (/^Uint8Array|Blob|Streaming/.test(type)) return Buffer.from('alps');
        const known = this.interfaces.get(type);
        if (known) return this.struct(type, at, depth);
        const union = this.unions.get(type);                    /* its first member will do */
        if (union) return { [union[0]]: this.value(union[1], union[0], at, depth + 1) };
        return this.named(at, name);
    }
}

module.exports = { Types };
