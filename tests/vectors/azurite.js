'use strict';
/* The operations of Azurite's own swagger (compiled into its package) as requests: azurite.js PACKAGE
   One line of JSON each: service, operation, method, path template, query, headers; optional parameters left out. */
const Module = require('module');
const path = require('path');

const root = path.resolve(process.argv[2]);
const original = Module._load;
class Serializer { }
const stubs = { tslib: { __importStar: (m) => m, __importDefault: (m) => ({ default: m }), __exportStar: () => {} },
                '@azure/ms-rest-js': { Serializer, QueryCollectionFormat: {} } };
Module._load = function load(request, ...rest) { return stubs[request] || original.call(this, request, ...rest); };

/* What a parameter must be: a constant, or something of its type. */
function value(parameter) {
    const m = parameter.mapper;
    if (m.isConstant) return String(m.defaultValue);
    if (!m.required) return null;
    switch (m.type.name) {
    case 'Enum': return m.type.allowedValues[0];
    case 'Number': return '512';
    case 'Boolean': return 'true';
    case 'ByteArray': return 'YWxwcw==';
    case 'DateTimeRfc1123': return 'Thu, 15 Jan 2026 12:00:00 GMT';
    default: return `alps-${m.serializedName}`;
    }
}

for (const service of ['blob', 'queue', 'table']) {
    const at = path.join(root, 'dist', 'src', service, 'generated', 'artifacts');
    const { Operation } = require(path.join(at, 'operation.js'));
    const exported = require(path.join(at, 'specifications.js'));
    const specs = exported.default || exported;
    for (const [number, spec] of Object.entries(specs)) {
        const pairs = (list) => (list || []).map((p) => [p.mapper.serializedName, value(p)]).filter(([, v]) => v !== null);
        console.log(JSON.stringify({ service, operation: Operation[number], method: spec.httpMethod, path: spec.path || '',
                                     query: pairs(spec.queryParameters), headers: pairs(spec.headerParameters) }));
    }
}
