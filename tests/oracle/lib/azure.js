'use strict';
/* Azure data planes: one call per row, the SDK's own pipeline with an HTTP client that records.  A row says which
   operation of the REST reference the call is and which canonical resources it touches (one, or several); both are written by
   hand.  `twins` are operations that the wire does not tell from it.  What a client asks for before the call itself is
   answered here, and recorded as the call that it is: a vault's challenge, a key's own type, a query's plan, an
   account's regions. */
const { Recorder, freeze, packages, bytesOf } = require('./record');

const { load } = packages('azure');
const STOP = Object.assign(new Error('recorded'), { name: 'Recorded' });
const KEY = Buffer.from('alps-key').toString('base64');
const PATIENCE = 500;
let sent = [];

/* The first request to a vault carries no token and no body, and is answered with where to get one. */
function answer(m, r) {
    const host = new URL(r.url).host;
    const reply = (status, headers, body) => ({ request: r, status, headers: m.createHttpHeaders(headers),
                                                bodyAsText: body });
    if (host.endsWith('.vault.azure.net') && !r.headers.get('authorization')) {
        r.background = wants ? 'KeyVault.GetKey' : 'challenge';
        return reply(401, { 'WWW-Authenticate': 'Bearer authorization="https://login.microsoftonline.com/t", ' +
                            'resource="https://vault.azure.net"' });
    }
    if (wants && r.method === 'GET' && new URL(r.url).pathname.startsWith('/keys/')) {
        r.background = 'KeyVault.GetKey';
        return reply(403, {}, '{"error":{"code":"Forbidden","message":"no"}}');  /* the key itself is not to be had */
    }
    return null;
}
let wants = false;

const pairs = (headers) => headers[Symbol.iterator] ? [...headers] : headers.headersArray().map((h) => [h.name, h.value]);

const http = {
    sendRequest: async (r) => {
        const known = answer(load('@azure/core-rest-pipeline'), r);
        sent.push({ url: r.url, method: r.method, headers: pairs(r.headers), body: r.body, background: r.background });
        r.background = null;                         /* the same object may come again */
        if (known) return known;
        throw STOP;
    },
};
const options = { httpClient: http, retryOptions: { maxTries: 1, maxRetries: 0 }, allowInsecureConnection: true };
const token = { getToken: async () => ({ token: 'aad-token', expiresOnTimestamp: 4102444800000 }) };
const take = (pages) => pages.byPage().next();

function blob(host = 'https://acct.blob.core.windows.net', at = host, sas = '') {
    const m = load('@azure/storage-blob');
    const credential = sas ? new m.AnonymousCredential() : new m.StorageSharedKeyCredential('acct', KEY);
    const s = new m.BlobServiceClient(at + sas, credential, options);
    const c = s.getContainerClient('c');
    const b = c.getBlockBlobClient('dir/b 1.txt');
    const a = c.getAppendBlobClient('a');
    const p = c.getPageBlobClient('p');
    const [C, B, A, P] = ['/c', '/c/dir/b 1.txt', '/c/a', '/c/p'].map((x) => host + x);
    const source = 'https://other.blob.core.windows.net/from/x?sig=s';
    const from = 'https://other.blob.core.windows.net/from/x';
    const id = Buffer.from('block-01').toString('base64');
    return ['blob', [
        ['ListContainers', host, () => take(s.listContainers())],
        ['GetBlobServiceProperties', host, () => s.getProperties()],
        ['SetBlobServiceProperties', host, () => s.setProperties({})],
        ['GetAccountInformation', host, () => s.getAccountInfo()],
        ['FindBlobsByTags', host, () => take(s.findBlobsByTags("a='b'"))], ['CreateContainer', C, () => c.create()],
        ['DeleteContainer', C, () => c.delete()], ['GetContainerProperties', C, () => c.getProperties()],
        ['SetContainerMetadata', C, () => c.setMetadata({ a: 'b' })], ['GetContainerACL', C, () => c.getAccessPolicy()],
        ['SetContainerACL', C, () => c.setAccessPolicy()], ['ListBlobs', C, () => take(c.listBlobsFlat())],
        ['ListBlobs', C, () => take(c.listBlobsByHierarchy('/', { prefix: 'dir/' }))],
        ['FindBlobsByTagsInContainer', C, () => take(c.findBlobsByTags("a='b'"))],
        ['LeaseContainer', C, () => c.getBlobLeaseClient().acquireLease(15)],
        ['PutBlob', B, () => b.upload('alps', 4)], ['PutBlobFromURL', [B, from], () => b.syncUploadFromURL(source)],
        ['GetBlob', B, () => b.download()], ['GetBlobProperties', B, () => b.getProperties()],
        ['GetBlobProperties', B, () => b.exists()], ['SetBlobProperties', B, () => b.setHTTPHeaders({})],
        ['SetBlobMetadata', B, () => b.setMetadata({ a: 'b' })], ['DeleteBlob', B, () => b.delete()],
        ['UndeleteBlob', B, () => b.undelete()], ['CopyBlob', [B, from], () => b.beginCopyFromURL(source)],
        ['CopyBlobFromURL', [B, from], () => b.syncCopyFromURL(source)],
        ['AbortCopyBlob', B, () => b.abortCopyFromURL('id')], ['PutBlock', B, () => b.stageBlock(id, 'alps', 4)],
        ['PutBlockFromURL', [B, from], () => b.stageBlockFromURL(id, source)],
        ['PutBlockList', B, () => b.commitBlockList([id])], ['GetBlockList', B, () => b.getBlockList('all')],
        ['GetBlobTags', B, () => b.getTags()], ['SetBlobTags', B, () => b.setTags({ a: 'b' })],
        ['SetBlobTier', B, () => b.setAccessTier('Cool')], ['SnapshotBlob', B, () => b.createSnapshot()],
        ['LeaseBlob', B, () => b.getBlobLeaseClient().acquireLease(15)],
        ['QueryBlobContents', B, () => b.query('select 1')],
        ['SetBlobImmutabilityPolicy', B, () => b.setImmutabilityPolicy({ expiriesOn: new Date() })],
        ['SetBlobLegalHold', B, () => b.setLegalHold(true)], ['PutBlob', A, () => a.create()],
        ['AppendBlock', A, () => a.appendBlock('alps', 4)],
        ['AppendBlockFromURL', [A, from], () => a.appendBlockFromURL(source, 0, 4)],
        ['AppendBlobSeal', A, () => a.seal()],
        ['PutBlob', P, () => p.create(512)], ['PutPage', P, () => p.uploadPages('a'.repeat(512), 0, 512)],
        ['ClearPage', P, () => p.clearPages(0, 512)], ['GetPageRanges', P, () => take(p.listPageRanges())],
        ['SetBlobProperties', P, () => p.resize(1024)],
        ['batch', [B, A], () => s.getBlobBatchClient().deleteBlobs([b.url, a.url], credential)],
        ['batch', [B, A], () => c.getBlobBatchClient().setBlobsAccessTier([b, a], 'Cool')],
    ]];
}

function queue(host = 'https://acct.queue.core.windows.net', at = host, sas = '') {
    const m = load('@azure/storage-queue');
    const s = new m.QueueServiceClient(at + sas, sas ? new m.AnonymousCredential() : new m.StorageSharedKeyCredential('acct', KEY),
                                       options);
    const q = s.getQueueClient('q1');
    const Q = `${host}/q1`;
    return ['queue', [
        ['ListQueues', host, () => take(s.listQueues())], ['GetQueueServiceProperties', host, () => s.getProperties()],
        ['SetQueueServiceProperties', host, () => s.setProperties({})], ['CreateQueue', Q, () => q.create()],
        ['DeleteQueue', Q, () => q.delete()], ['GetQueueMetadata', Q, () => q.getProperties()],
        ['SetQueueMetadata', Q, () => q.setMetadata({ a: 'b' })], ['GetQueueACL', Q, () => q.getAccessPolicy()],
        ['SetQueueACL', Q, () => q.setAccessPolicy()], ['PutMessage', Q, () => q.sendMessage('alps')],
        ['GetMessages', Q, () => q.receiveMessages()], ['PeekMessages', Q, () => q.peekMessages()],
        ['ClearMessages', Q, () => q.clearMessages()], ['DeleteMessage', Q, () => q.deleteMessage('id', 'pop')],
        ['UpdateMessage', Q, () => q.updateMessage('id', 'pop', 'alps', 1)],
    ]];
}

function tables(host = 'https://acct.table.core.windows.net', at = host, sas = '') {
    const m = load('@azure/data-tables');
    const credential = new m.AzureNamedKeyCredential('acct', KEY);
    const s = new m.TableServiceClient(at, credential, options);
    const t = new m.TableClient(at, 'orders', credential, options);
    const T = `${host}/orders`;
    const e = { partitionKey: 'p', rowKey: 'r', a: 'b' };
    return ['table', [
        ['QueryTables', host, () => take(s.listTables())], ['CreateTable', T, () => s.createTable('orders')],
        ['DeleteTable', T, () => s.deleteTable('orders')], ['InsertEntity', T, () => t.createEntity(e)],
        ['QueryEntities', T, () => take(t.listEntities())], ['GetEntity', T, () => t.getEntity('p', 'r')],
        ['DeleteEntity', T, () => t.deleteEntity('p', 'r')],
        ['InsertOrReplaceEntity', T, () => t.upsertEntity(e, 'Replace')],
        ['InsertOrMergeEntity', T, () => t.upsertEntity(e, 'Merge')],
        ['UpdateEntity', T, () => t.updateEntity(e, 'Replace', { etag: '*' })],
        ['MergeEntity', T, () => t.updateEntity(e, 'Merge', { etag: '*' })],
        ['GetTableACL', T, () => t.getAccessPolicy()],
        ['SetTableACL', T, () => t.setAccessPolicy([])],
        ['batch', T, () => t.submitTransaction([['create', e], ['delete', { ...e, rowKey: 'r2' }]])],
    ]];
}

function lake() {
    const m = load('@azure/storage-file-datalake');
    const host = 'https://acct.dfs.core.windows.net';
    const canonical = 'https://acct.blob.core.windows.net';
    const s = new m.DataLakeServiceClient(host, new m.StorageSharedKeyCredential('acct', KEY), options);
    const fs = s.getFileSystemClient('fs');
    const f = fs.getFileClient('dir/f.txt');
    const d = fs.getDirectoryClient('dir');
    const [F, D] = ['/fs/dir/f.txt', '/fs/dir'].map((x) => canonical + x);
    return ['dfs', [
        ['PathCreate', F, () => f.create()], ['PathAppendData', F, () => f.append('alps', 0, 4)],
        ['PathFlushData', F, () => f.flush(4)], ['PathDelete', F, () => f.delete()],
        ['PathGetAccessControl', F, () => f.getAccessControl()], ['PathSetAccessControl', F,
            () => f.setAccessControl([{ accessControlType: 'user', entityId: '', defaultScope: false,
                permissions: { read: true, write: true, execute: true } }])],
        ['PathCreate', D, () => d.create()], ['PathDelete', D, () => d.delete(true)],
        ['PathList', `${canonical}/fs`, () => take(fs.listPaths())],
        ['PathRename', [`${canonical}/fs/dir/g.txt`, F], () => f.move('dir/g.txt')],
    ]];
}

function share() {
    const m = load('@azure/storage-file-share');
    const host = 'https://acct.file.core.windows.net';
    const s = new m.ShareServiceClient(host, new m.StorageSharedKeyCredential('acct', KEY), options);
    const h = s.getShareClient('s1');
    const d = h.getDirectoryClient('dir');
    const f = d.getFileClient('f.txt');
    const [S, D, F] = ['/s1', '/s1/dir', '/s1/dir/f.txt'].map((x) => host + x);
    return ['file', [
        ['ListShares', host, () => take(s.listShares())], ['CreateShare', S, () => h.create()],
        ['DeleteShare', S, () => h.delete()], ['CreateDirectory', D, () => d.create()],
        ['DeleteDirectory', D, () => d.delete()],
        ['ListDirectoriesAndFiles', D, () => take(d.listFilesAndDirectories())],
        ['CreateFile', F, () => f.create(4)], ['GetFile', F, () => f.download()],
        ['PutRange', F, () => f.uploadRange('alps', 0, 4)], ['DeleteFile', F, () => f.delete()],
        ['GetFileProperties', F, () => f.getProperties()], ['SetFileMetadata', F, () => f.setMetadata({ a: 'b' })],
    ]];
}

function vault() {
    const host = 'https://v.vault.azure.net';
    const s = new (load('@azure/keyvault-secrets').SecretClient)(host, token, options);
    const k = new (load('@azure/keyvault-keys').KeyClient)(host, token, options);
    const c = new (load('@azure/keyvault-certificates').CertificateClient)(host, token, options);
    const y = new (load('@azure/keyvault-keys').CryptographyClient)(`${host}/keys/k/v1`, token, options);
    const [S, K, C] = ['/secrets/s', '/keys/k', '/certificates/c'].map((x) => host + x);
    return ['vault', [
        ['GetSecret', S, () => s.getSecret('s')], ['GetSecret', S, () => s.getSecret('s', { version: 'v1' })],
        ['SetSecret', S, () => s.setSecret('s', 'x')], ['DeleteSecret', S, () => s.beginDeleteSecret('s')],
        ['UpdateSecret', S, () => s.updateSecretProperties('s', 'v1', {})],
        ['GetSecrets', host, () => take(s.listPropertiesOfSecrets())], ['BackupSecret', S, () => s.backupSecret('s')],
        ['GetKey', K, () => k.getKey('k')], ['CreateKey', K, () => k.createKey('k', 'RSA')],
        ['DeleteKey', K, () => k.beginDeleteKey('k')], ['GetKeys', host, () => take(k.listPropertiesOfKeys())],
        ['RotateKey', K, () => k.rotateKey('k')],
        ...[['Encrypt', () => y.encrypt('RSA-OAEP', Buffer.from('x'))],
            ['Decrypt', () => y.decrypt('RSA-OAEP', Buffer.from('x'))], ['Sign', () => y.sign('RS256', Buffer.alloc(32))],
            ['WrapKey', () => y.wrapKey('RSA-OAEP', Buffer.from('x'))]]
            .map(([o, call]) => [o, K, () => { wants = true; return call().finally(() => { wants = false; }); }]),
        ['GetCertificate', C, () => c.getCertificate('c')],
        ['DeleteCertificate', C, () => c.beginDeleteCertificate('c')],
        ['GetCertificates', host, () => take(c.listPropertiesOfCertificates())],
    ]];
}

function config() {
    const m = load('@azure/app-configuration');
    const host = 'https://a.azconfig.io';
    const c = new m.AppConfigurationClient(`Endpoint=${host};Id=id;Secret=${KEY}`, options);
    const K = `${host}/kv/app:key`;
    return ['appconfig', [
        ['GetKeyValue', K, () => c.getConfigurationSetting({ key: 'app:key', label: 'l' })],
        ['PutKeyValue', K, () => c.setConfigurationSetting({ key: 'app:key', value: 'x' })],
        ['PutKeyValue', K, () => c.addConfigurationSetting({ key: 'app:key', value: 'x' })],
        ['DeleteKeyValue', K, () => c.deleteConfigurationSetting({ key: 'app:key' })],
        ['PutLock', K, () => c.setReadOnly({ key: 'app:key' }, true)],
        ['DeleteLock', K, () => c.setReadOnly({ key: 'app:key' }, false)],
        ['GetKeyValues', host, () => take(c.listConfigurationSettings({ keyFilter: 'app:*' }))],
    ]];
}

function others() {
    const grid = load('@azure/eventgrid');
    const search = load('@azure/search-documents');
    const bus = load('@azure/service-bus');
    const { AzureOpenAI } = load('openai');
    const g = new grid.EventGridPublisherClient('https://t.westeurope-1.eventgrid.azure.net/api/events', 'EventGrid',
                                                new grid.AzureKeyCredential(KEY), options);
    const d = new search.SearchClient('https://s.search.windows.net', 'idx',
        new search.AzureKeyCredential(KEY), options);
    const x = new search.SearchIndexClient('https://s.search.windows.net', new search.AzureKeyCredential(KEY), options);
    const b = new bus.ServiceBusAdministrationClient(
        `Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=${KEY}`, options);
    b._httpClient = http;                            /* this client takes no transport */
    const ai = new AzureOpenAI({ endpoint: 'https://o.openai.azure.com', apiKey: KEY, apiVersion: '2024-10-21',
        maxRetries: 0,
        fetch: async (url, init) => {
            sent.push({ url: String(url), method: init.method.toUpperCase(),
                    headers: new Headers(init.headers), body: init.body });
            throw STOP;
        } });
    return ['other', [
        ['EventGrid.PublishEvents', 'https://t.westeurope-1.eventgrid.azure.net',
            () => g.send([{ eventType: 't', subject: 's', dataVersion: '1', data: {} }])],
        ['Search.SearchDocuments', 'https://s.search.windows.net/indexes/idx', () => d.search('x')],
        ['Search.LookupDocument', 'https://s.search.windows.net/indexes/idx', () => d.getDocument('1')],
        ['Search.IndexDocuments', 'https://s.search.windows.net/indexes/idx', () => d.uploadDocuments([{ id: '1' }])],
        ['Search.CountDocuments', 'https://s.search.windows.net/indexes/idx', () => d.getDocumentsCount()],
        ['Search.GetIndex', 'https://s.search.windows.net/indexes/idx', () => x.getIndex('idx')],
        ['Search.DeleteIndex', 'https://s.search.windows.net/indexes/idx', () => x.deleteIndex('idx')],
        ['ServiceBus.CreateQueue', 'https://n.servicebus.windows.net/q', () => b.createQueue('q'), ['ServiceBus.CreateTopic']],
        ['ServiceBus.GetQueue', 'https://n.servicebus.windows.net/q', () => b.getQueue('q'), ['ServiceBus.GetTopic']],
        ['ServiceBus.DeleteQueue', 'https://n.servicebus.windows.net/q', () => b.deleteQueue('q'), ['ServiceBus.DeleteTopic']],
        ['ServiceBus.CreateTopic', 'https://n.servicebus.windows.net/t', () => b.createTopic('t'), ['ServiceBus.CreateQueue']],
        ['ServiceBus.CreateSubscription', 'https://n.servicebus.windows.net/t/subscriptions/s', () => b.createSubscription('t', 's')],
        ['OpenAI.ChatCompletions', 'https://o.openai.azure.com', () => ai.chat.completions.create({ model: 'gpt', messages: [] })],
        ['OpenAI.Embeddings', 'https://o.openai.azure.com',
            () => ai.embeddings.create({ model: 'emb', input: 'x', encoding_format: 'float' })],
    ]];
}

function communication() {
    const connection = `endpoint=https://c.communication.azure.com/;accesskey=${KEY}`;
    const sms = new (load('@azure/communication-sms').SmsClient)(connection, options);
    const mail = new (load('@azure/communication-email').EmailClient)(connection, options);
    const id = new (load('@azure/communication-identity').CommunicationIdentityClient)(connection, options);
    const rooms = new (load('@azure/communication-rooms').RoomsClient)(connection, options);
    return ['communication', [
        ['Communication.SendSms', 'https://c.communication.azure.com',
            () => sms.send({ from: '+15550100', to: ['+15550101'], message: 'x' })],
        ['Communication.SendEmail', 'https://c.communication.azure.com', () => mail.beginSend({ senderAddress: 'a@b',
            content: { subject: 's', plainText: 'x' },
            recipients: { to: [{ address: 'c@d' }] } })],
        ['Communication.CreateUser', 'https://c.communication.azure.com', () => id.createUser()],
        ['Communication.CreateRoom', 'https://c.communication.azure.com', () => rooms.createRoom({})],
        ['Communication.GetRoom', 'https://c.communication.azure.com', () => rooms.getRoom('r')],
    ]];
}

/* Cosmos has no pluggable transport but a plugin at its last step; it first reads the account, which is answered. */
async function cosmos(row) {
    const { CosmosClient } = load('@azure/cosmos');
    const endpoint = 'https://acct.documents.azure.com';
    const answers = (context) => {
        const path = context.path || '/';
        const reply = (result) => ({ result, headers: {}, code: 200, substatus: 0 });
        if (path === '' || path === '/') {
            return reply({ writableLocations: [{ name: 'w', databaseAccountEndpoint: endpoint }],
                           readableLocations: [{ name: 'w', databaseAccountEndpoint: endpoint }] });
        }
        if (context.headers['x-ms-cosmos-is-query-plan-request']) {
            return reply({ partitionedQueryExecutionInfoVersion: 2, queryInfo: { distinctType: 'None', orderBy: [],
                orderByExpressions: [], groupByExpressions: [], groupByAliases: [], aggregates: [], rewrittenQuery: '',
                groupByAliasToAggregateType: {}, hasSelectValue: false, hasNonStreamingOrderBy: false },
                queryRanges: [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }] });
        }
        if (/\/pkranges\/?$/.test(path)) {
            return reply({ PartitionKeyRanges: [{ id: '0', minInclusive: '', maxExclusive: 'FF' }] });
        }
        if (/\/colls\/[^/]+$/.test(path) && context.operationType === 'read') {
            return reply({ id: 'c', _rid: 'AAAAAA==', partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 } });
        }
        return null;
    };
    const called = (path) => path.includes('/pkranges') ? 'GetPartitionKeyRanges' : path.includes('/docs')
        ? 'GetQueryPlan' : path.includes('/colls/') ? 'GetCollection' : 'GetDatabaseAccount';
    const plugin = async (context) => {
        const url = new URL(endpoint + (context.path?.startsWith('/') ? '' : '/') + (context.path || ''));
        sent.push({ url: url.href, method: context.method, headers: new Headers(context.headers), body: context.body,
                    background: answers(context) && `Cosmos.${called(context.path || '/')}` });
        const known = answers(context);
        if (known) return known;
        throw STOP;
    };
    const client = new CosmosClient({ endpoint, key: KEY, plugins: [{ on: 'request', plugin }],
                                      connectionPolicy: { enableBackgroundEndpointRefreshing: false,
                                                          retryOptions: { maxRetryAttemptCount: 0 } } });
    const c = client.database('d').container('c');
    const C = `${endpoint}/dbs/d/colls/c`;
    for (const r of [
        ['CreateDocument', C, () => c.items.create({ id: '1', pk: 'p' })],
        ['UpsertDocument', C, () => c.items.upsert({ id: '1', pk: 'p' })],
        ['QueryDocuments', C, () => c.items.query('select * from c', { partitionKey: 'p' }).fetchNext()],
        ['QueryDocuments', C, () => c.items.readAll({ partitionKey: 'p' }).fetchNext()],
        ['QueryDocuments', C, () => c.items.query('select c.id from c').fetchNext()],
        ['ReadChangeFeed', C, () => c.items.changeFeed('p', { startFromBeginning: true }).fetchNext()],
        ['QueryDatabases', endpoint, () => client.databases.query('select * from r').fetchNext()],
        ['ListCollections', `${endpoint}/dbs/d`, () => client.database('d').containers.query('select * from r').fetchNext()],
        ['QueryOffers', endpoint, () => client.offers.readAll().fetchNext()],
        ['ListStoredProcedures', C, () => c.scripts.storedProcedures.readAll().fetchNext()],
        ['GetDocument', `${C}/docs/1`, () => c.item('1', 'p').read()],
        ['ReplaceDocument', `${C}/docs/1`, () => c.item('1', 'p').replace({ id: '1', pk: 'p' })],
        ['DeleteDocument', `${C}/docs/1`, () => c.item('1', 'p').delete()],
        ['PatchDocument', `${C}/docs/1`, () => c.item('1', 'p').patch([{ op: 'add', path: '/a', value: 1 }])],
        ['Batch', C, () => c.items.batch([{ operationType: 'Create', resourceBody: { id: '1', pk: 'p' } }], 'p')],
        ['ExecuteStoredProcedure', C, () => c.scripts.storedProcedure('s').execute('p', [])],
        ['CreateDatabase', `${endpoint}/dbs/d`, () => client.databases.create({ id: 'd' })],
        ['GetDatabase', `${endpoint}/dbs/d`, () => client.database('d').read()],
        ['CreateCollection', C, () => client.database('d').containers.create({ id: 'c', partitionKey: '/pk' })],
        ['DeleteCollection', C, () => c.delete()],
    ]) await row('cosmos', r);
}

const SERVICE = { blob: 'Blob', queue: 'Queue', table: 'Table', dfs: 'DataLake', file: 'File', vault: 'KeyVault',
                  appconfig: 'AppConfiguration', cosmos: 'Cosmos' };

async function main() {
    freeze();
    process.on('unhandledRejection', () => {});
    const recorder = new Recorder('azure');

    const told = new Set();                          /* background requests: each kind once for each thing */

    async function record(service, r, operation, resource, twins, variant) {
        const url = new URL(r.url);
        const headers = [['host', url.host]];
        for (const [k, v] of pairs(r.headers)) if (k.toLowerCase() !== 'host') headers.push([k.toLowerCase(), String(v)]);
        const made = typeof r.body === 'function' ? r.body() : r.body;
        const body = bytesOf(made) || Buffer.alloc(0);
        const writes = ['POST', 'PUT', 'PATCH'].includes(r.method);
        if (!headers.some(([k]) => k === 'content-length') && (body.length || writes)) {
            headers.push(['content-length', String(body.length)]);
        }
        await recorder.add({ ...(url.protocol === 'https:' ? { sni: url.hostname } : {}), method: r.method, headers, body,
                             target: r.url.slice(url.origin.length) || '/' },
                           { vendor: 'azure', service, operation, protocol: 'dataplane', input: {},
                             ...(variant ? { variant } : {}), ...(twins ? { twins } : {}),
                             ...(resource ? { resource: [resource].flat() } : {}) });
    }

    async function row(service, [operation, resource, call, twins], variant) {
        sent = [];
        let why = 'no request came';
        let timer;
        try {
            const made = call();
            await Promise.race([made, new Promise((ok) => { timer = setTimeout(ok, PATIENCE); })]);
        } catch (e) {
            why = e.message;
        }
        clearTimeout(timer);
        const name = operation.includes('.') || operation === 'batch' ? operation : `${SERVICE[service]}.${operation}`;
        for (const r of sent.filter((x) => x.background)) {
            const what = r.background === 'challenge' ? name : r.background;
            if (told.has(`${what} ${r.url}`)) continue;
            told.add(`${what} ${r.url}`);
            await record(service, r, what, null, null, 'background');
        }
        const r = sent.find((x) => !x.background);
        if (!r) return recorder.refuse(name, why);
        await record(service, r, name, resource, twins, variant);
    }

    for (const make of [blob, queue, tables, lake, share, vault, config, others, communication]) {
        try {
            const [service, rows] = make();
            for (const r of rows) await row(service, r);
        } catch (e) {
            recorder.refuse(make.name, e.message);
        }
    }
    /* the same calls elsewhere: with a SAS, in a national cloud, at an emulator, at the second place of the account */
    const sas = '?sv=2024-11-04&ss=b&srt=sco&sp=rwdlac&se=2030-01-01T00%3A00%3A00Z&spr=https&sig=c2ln';
    const delegated = '?sv=2024-11-04&sr=c&sp=rwdl&skoid=o&sktid=t&skt=2026-01-01T00%3A00%3A00Z&ske=2026-01-02T00%3A00%3A00Z' +
        '&sks=b&skv=2024-11-04&se=2030-01-01T00%3A00%3A00Z&sig=c2ln';
    const plane = (kind, end = 'windows.net', account = 'acct') => `https://${account}.${kind}.core.${end}`;
    const local = (port) => `http://127.0.0.1:${port}/devstoreaccount1`;
    for (const [variant, make] of [
        ['sas', () => blob(plane('blob'), plane('blob'), sas)], ['delegation', () => blob(plane('blob'), plane('blob'), delegated)],
        ['sas', () => queue(plane('queue'), plane('queue'), sas)],
        ...['chinacloudapi.cn', 'usgovcloudapi.net'].flatMap((end) => [['national', () => blob(plane('blob', end))],
            ['national', () => queue(plane('queue', end))], ['national', () => tables(plane('table', end))]]),
        ['emulator', () => blob(plane('blob', undefined, 'devstoreaccount1'), local(10000))],
        ['emulator', () => queue(plane('queue', undefined, 'devstoreaccount1'), local(10001))],
        ['emulator', () => tables(plane('table', undefined, 'devstoreaccount1'), local(10002))],
        ['secondary', () => blob(plane('blob'), plane('blob', undefined, 'acct-secondary'))],
    ]) {
        const [service, rows] = make();
        for (const r of rows) {
            /* at an address the SDK takes the account in the path for a container, and means the wrong scope */
            if (variant === 'emulator' && /\bs\.getBlobBatchClient/.test(r[2])) continue;
            await row(service, r, variant);
        }
    }
    await cosmos(row).catch((e) => recorder.refuse('cosmos', e.message));
    await recorder.close();
    process.exit(0);
}

main().catch((e) => { console.error(e); process.exit(1); });
