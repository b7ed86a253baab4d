'use strict';
/* Every command of every @aws-sdk/client-*: the SDK serialises, resolves the endpoint and signs; our request handler
   records and stops.  Inputs are filled from the client's own schemas: required members always, in the variant `ids`
   also every top-level member that names something. */
const fs = require('fs');
const path = require('path');
const { Readable } = require('stream');
const { Recorder, freeze, packages, bytesOf } = require('./record');
const handmade = require('./aws-inputs');
const { Types } = require('./aws-types');

const { root, load } = packages('aws');
load('@aws-sdk/signature-v4a');                     /* for the operations that only the asymmetric signature serves */
const ACCOUNT = '111122223333';
const VARIANTS = {
    base: { region: 'eu-west-1' },
    ids: { region: 'eu-west-1' },
    hand: { region: 'eu-west-1' },
    fips: { region: 'us-east-1', useFipsEndpoint: true },
    dualstack: { region: 'us-west-2', useDualstackEndpoint: true },
    china: { region: 'cn-north-1' },
    endpoint: { region: 'eu-west-1', endpoint: 'http://localhost:4566', forcePathStyle: true, disableHostPrefix: true },
};
const SAMPLE = { fips: 8, dualstack: 8, china: 8, endpoint: 8 };      /* one command in so many; 1 = all */
const IDENTIFIES = /(Arn|ARN|Name|Id|ID|Identifier|Url|URL|Key|Prefix|Bucket|Resource|Path|Qualifier|Alias)s?$/;
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const STOP = new Error('recorded');

/* What a name is filled with; `at` is {region, partition, suffix, scope} of the client.  First the members whose form
   an SDK, or the service, fixes. */
const CHECKED = [
    [/./, /^(Expected)?(Source)?(Bucket)?(Owner|AccountId)$/i, () => ACCOUNT],
    [/^S3/, /^Bucket$/, () => 'alps-bucket'],
    [/^S3$/, /^Key$/, () => 'dir/alps key+1.txt'],
    [/^S3$/, /^CopySource$/, () => 'alps-source/dir/from%20key.txt'],
    [/^S3$/, /^ChecksumAlgorithm$/, () => 'CRC32'],
    [/^S3$/, /^ChecksumMode$/, () => 'ENABLED'],
    [/^S3$/, /^RenameSource$/, () => 'dir/old.txt'],
    [/^S3$/, /SSECustomerKey$/, () => '0123456789abcdef0123456789abcdef'],
    [/^S3Tables$/, /ARN$/, (at) => arn(at, 's3tables', 'bucket/alps-tables')],
    [/^Kinesis$/, /^(Stream|Resource)ARN$/, (at) => arn(at, 'kinesis', 'stream/alps-stream')],
    [/^Kinesis$/, /^StreamName$/, () => 'alps-stream'],
    [/^Kinesis$/, /^ChannelARN$/, (at) => arn(at, 'kinesis', 'channel/alps-channel')],
    [/^Kinesis$/, /^ConsumerARN$/, (at) => arn(at, 'kinesis', 'stream/alps-stream/consumer/c1:1700000000')],
    [/^CloudFront KeyValueStore$/, /^KvsARN$/, () => `arn:aws:cloudfront::${ACCOUNT}:key-value-store/alps-store`],
    [/^SQS$/, /^QueueUrl$/, (at) => `https://sqs.${at.region}.${at.suffix}/${ACCOUNT}/alps-queue`],
    [/^SQS$/, /Arn$/, (at) => arn(at, 'sqs', 'alps-queue')],
    [/^SNS$/, /^(Topic|Resource)Arn$/, (at) => arn(at, 'sns', 'alps-topic')],
    [/^Machine Learning$/, /^PredictEndpoint$/, () => 'https://realtime.machinelearning.us-east-1.amazonaws.com'],
    [/^EventBridge$/, /^EndpointId$/, () => undefined],
    [/^Route 53$/, /^(HostedZone|DelegationSet)?Id$/, () => 'Z0ALPS'],
    [/^DynamoDB$/, /^(Global)?TableName$/, () => 'alps-table'],
    [/^DynamoDB$/, /^(Table|Resource)Arn$/, (at) => arn(at, 'dynamodb', 'table/alps-table')],
    [/^SFN$/, /^stateMachineArn$/, (at) => arn(at, 'states', 'stateMachine:alps-machine')],
    [/^SFN$/, /^stateMachineAliasArn$/, (at) => arn(at, 'states', 'stateMachine:alps-machine:live')],
    [/^SFN$/, /^executionArn$/, (at) => arn(at, 'states', 'execution:alps-machine:run-1')],
    [/^SFN$/, /^activityArn$/, (at) => arn(at, 'states', 'activity:alps-activity')],
];

/* Members of which the service wants one, though the model calls each optional. */
const ONE_OF = { Kinesis: new Set(['StreamName']) };

/* What answers the request that some clients send first, to find the host for the real one. */
function cell(host) {
    return JSON.stringify({ Endpoints: [{ Address: host.replace('.', '-cell1.'), CachePeriodInMinutes: 60 }] });
}

function arn(at, service, rest) {
    return `arn:${at.partition}:${service}:${at.region}:${ACCOUNT}:${rest}`;
}

function named(at, member) {
    for (const [s, m, v] of CHECKED) if (s.test(at.id) && m.test(member)) return v(at);
    if (/arn$/i.test(member)) return arn(at, at.scope, `thing/alps-${member}`);
    if (/AccountId$/i.test(member)) return ACCOUNT;
    if (/(Url|Uri|URL|URI)$/.test(member)) return `https://example.com/alps-${member}`;
    return `alps-${member}`;
}

/* Fills a value for a schema.  `more` decides which optional top-level members are filled too. */
class Filler {
    constructor(NormalizedSchema) {
        this.N = NormalizedSchema;
        this.at = null;
    }

    struct(ns, depth, more) {
        const raw = ns.getSchema();
        const names = raw[4] || raw.memberNames || [];
        const required = typeof raw[6] === 'number' ? raw[6] : 0;
        const out = {};
        names.forEach((name, i) => {
            const member = ns.getMemberSchema(name);
            const label = member && (member.getMergedTraits().httpLabel || member.getMergedTraits().hostLabel);
            if (!(i < required || label || more?.(name, member))) return;
            if (member.isIdempotencyToken() && !label) return;
            const v = this.value(member, name, depth + 1);
            if (v !== undefined) out[name] = v;
        });
        return out;
    }

    value(ns, name, depth) {
        if (ns.isUnionSchema()) {
            for (const [k, m] of ns.structIterator()) {
                if (m.isUnitSchema?.()) return { [k]: {} };
                const v = depth < 9 ? this.value(m, k, depth + 1) : undefined;
                if (v !== undefined) return { [k]: v };
            }
            return undefined;
        }
        if (ns.isStructSchema()) {
            if (ns.isStreaming?.()) return undefined;
            return depth < 9 ? this.struct(ns, depth) : {};
        }
        if (ns.isListSchema()) {
            const v = depth < 9 ? this.value(ns.getValueSchema(), name.replace(/s$/, ''), depth + 1) : undefined;
            return v === undefined ? [] : [v];
        }
        if (ns.isMapSchema()) {
            const v = depth < 9 ? this.value(ns.getValueSchema(), `${name}Value`, depth + 1) : undefined;
            return v === undefined ? {} : { [named(this.at, `${name}Key`)]: v };
        }
        if (ns.isBlobSchema()) return Buffer.from('alps');
        if (ns.isTimestampSchema()) return new Date(1700000000000);
        if (ns.isBooleanSchema()) return true;
        if (ns.isBigIntegerSchema()) return 1n;
        if (ns.isNumericSchema()) return 1;
        if (ns.isDocumentSchema()) return { alps: 1 };
        const text = named(this.at, name);
        return ns.getMergedTraits().hostLabel ? text.toLowerCase() : text;

    }
}

function escape(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/* As the SDK's own Node handler writes it. */
function query(q) {
    const parts = [];
    for (const key of Object.keys(q || {}).sort()) {
        const k = escape(key);
        const v = q[key];
        if (Array.isArray(v)) for (const x of v) parts.push(`${k}=${escape(x)}`);
        else parts.push(v || typeof v === 'string' ? `${k}=${escape(v)}` : k);
    }
    return parts.join('&');
}

async function bodyOf(body) {
    const b = bytesOf(body);
    if (b) return b;
    const parts = [];
    for await (const part of body) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
}

async function rawOf(req) {
    const headers = Object.entries(req.headers).map(([k, v]) => [k.toLowerCase(), String(v)]);
    if (!headers.some(([k]) => k === 'host')) {
        headers.unshift(['host', req.hostname + (req.port ? `:${req.port}` : '')]);
    }
    const q = query(req.query);
    const events = req.headers['content-type'] === 'application/vnd.amazon.eventstream';
    const body = events ? Buffer.alloc(0) : await bodyOf(req.body);
    const sized = headers.some(([k]) => k === 'content-length' || k === 'transfer-encoding');
    if (!sized && (events || body.length)) headers.push(['transfer-encoding', 'chunked']);
    return { sni: req.hostname, method: req.method, target: (req.path || '/') + (q ? `?${q}` : ''), headers, body };
}

/* Clients that are no longer released have no schemas: there its type declarations and the SDK's own complaints say
   what to fill. */
function schemas(own) {
    try {
        return own('@smithy/core/schema').NormalizedSchema;
    } catch {
        return null;
    }
}

/* Which member an SDK misses, by its message. */
function missed(text) {
    const m = /(?:HTTP label|non-null value for|member|parameter|missing|key|field)s?:? *['"`]?([A-Za-z]\w+)/.exec(text)
        || /['"`]?([A-Z][A-Za-z]+)['"`]? (?:is|must|cannot|was|not) /.exec(text);
    return m && m[1];
}

/* Without a schema the name alone suggests the type; the second try is a list. */
function guess(at, member) {
    if (/(time|date)$/i.test(member)) return new Date(1700000000000);
    if (/(keys|ids|arns|names)$/i.test(member)) return [named(at, member)];
    return named(at, member);
}

class Service {
    constructor(pkg, directories, recorder) {
        const mod = load(pkg);
        const own = (x) => require(require.resolve(x, { paths: [path.join(root, pkg)] }));
        const names = Object.keys(mod).filter((k) => /[^_]Client$/.test(k) && mod[k].prototype?.send);
        const Client = mod[names.find((k) => mod[k].prototype.destroy) || names[0]];
        this.pkg = pkg;
        this.recorder = recorder;
        this.commands = Object.keys(mod).filter((k) => k.endsWith('Command') && mod[k].prototype?.resolveMiddleware)
            .map((k) => [k.slice(0, -7), mod[k]]);
        this.make = (options) => new Client({
            credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', accountId: options.account },
            token: { token: 'bearer' }, maxAttempts: 1, retryMode: 'standard', logger: SILENT, ...options,
            requestHandler: { handle: async (r) => this.handle(r), metadata: { handlerProtocol: 'h1' },
                              updateHttpClientConfig() {}, httpHandlerConfigs: () => ({}), destroy() {} },
        });
        const probe = this.make(VARIANTS.base);
        this.id = probe.config.serviceId;
        this.scope = probe.config.defaultSigningName || this.id.toLowerCase().replace(/ /g, '');
        this.protocol = String(probe.config.protocol?.getShapeId?.() || 'unknown').split('#').pop();
        this.directory = directories.get(this.id);
        this.filler = new Filler(schemas(own));
        this.N = this.filler.N;
        this.types = new Types(path.join(root, pkg, 'dist-types'), named);
    }

    async handle(request) {
        const target = request.headers['x-amz-target'] || '';
        if (target.endsWith('.DescribeEndpoints') && this.command !== 'DescribeEndpoints') {
            return { response: { statusCode: 200, headers: {}, body: Readable.from([cell(request.hostname)]) } };
        }
        this.last = request;
        throw STOP;
    }

    /* Names are made for the client's own region and partition. */
    stand({ region }) {
        const china = region.startsWith('cn-');
        this.filler.at = { id: this.id, scope: this.scope, region, partition: china ? 'aws-cn' : 'aws',
                           suffix: china ? 'amazonaws.com.cn' : 'amazonaws.com' };
    }

    input(Command, more) {
        const schema = new Command({}).schema;
        if (!schema) return this.types.input(Command.name, this.filler.at);
        const ns = this.N.of(schema[4] ?? schema.input);
        if (!ns.isStructSchema()) return {};
        const filled = this.filler.struct(ns, 0, (k, m) => ONE_OF[this.id]?.has(k) || more?.(k, m));
        /* the first schemas did not say what is required */
        const counted = typeof ns.getSchema()[6] === 'number';
        return counted ? filled : { ...this.types.input(Command.name, this.filler.at), ...filled };
    }

    /* Sends; where the SDK says which member it misses, adds it and tries again. */
    async send(client, name, Command, input, variant) {
        let why;
        this.command = name;
        for (let tries = 0; tries < 8; tries++) {
            this.last = undefined;
            try {
                await client.send(new Command(input));
            } catch (e) {
                why = e;
            }
            const member = !this.last && missed(String(why?.message));
            if (!member || member in input) break;
            input = { ...input, [member]: guess(this.filler.at, member) };
        }
        const what = `${this.directory || this.id}.${name} ${variant}`;
        if (!this.last) return this.recorder.refuse(what, why?.message ?? why);
        const known = this.directory ? { service: this.directory, operation: `${this.directory}.${name}` }
            : { service: null, operation: null, retired: `${this.id}.${name}` };
        const label = { vendor: 'aws', ...known, variant: this.directory ? variant : 'retired',
                        protocol: this.protocol, package: this.pkg, input };
        return this.recorder.add(await rawOf(this.last), label);
    }

    async run(variants) {
        let n = 0;
        for (const variant of variants) {
            const client = this.make(VARIANTS[variant]);
            this.stand(VARIANTS[variant]);
            if (variant === 'hand') {
                await this.byHand(client);
                continue;
            }
            for (const [name, Command] of this.commands) {
                if (SAMPLE[variant] && n++ % SAMPLE[variant]) continue;
                const base = this.input(Command);
                if (variant === 'ids') {
                    const ids = this.input(Command, (k) => IDENTIFIES.test(k));
                    if (Object.keys(ids).length > Object.keys(base).length) {
                        await this.send(client, name, Command, ids, variant);
                    }
                } else {
                    await this.send(client, name, Command, base, variant);
                }
            }
        }
    }

    async byHand(client) {
        const commands = new Map(this.commands);
        for (const [name, input, options] of handmade[this.directory] || []) {
            const Command = commands.get(name);
            if (!Command) throw new Error(`aws-inputs.js: ${this.directory} has no ${name}`);
            const c = options ? this.make({ ...VARIANTS.hand, ...options }) : client;
            await this.send(c, name, Command, { ...this.input(Command), ...input }, 'hand');
        }
    }
}

async function main() {
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
    process.removeAllListeners('warning');
    freeze();
    const tsv = fs.readFileSync(path.join(__dirname, 'aws-services.tsv'), 'utf8');
    const directories = new Map(tsv.split('\n').filter((l) => l && l[0] !== '#').map((l) => l.split('\t')));
    const recorder = new Recorder('aws');
    const wanted = process.argv.slice(2);
    const names = fs.readdirSync(path.join(root, '@aws-sdk')).filter((n) => n.startsWith('client-')).sort()
        .filter((n) => !wanted.length || wanted.includes(n.slice(7)));
    let clients = 0;
    for (const n of names) {
        let service;
        try {
            service = new Service(`@aws-sdk/${n}`, directories, recorder);
        } catch (e) {
            recorder.refuse(`@aws-sdk/${n}`, e.message);
            continue;
        }
        clients++;
        await service.run(service.directory ? Object.keys(VARIANTS) : ['base']);
    }
    await recorder.close();
    console.log(`    ${clients} clients of ${names.length}`);
}

main().catch((e) => { console.error(e); process.exit(1); });
