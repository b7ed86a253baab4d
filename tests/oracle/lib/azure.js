'use strict';
/* Azure data planes: one call per row, the SDK's own pipeline with an HTTP client that records.  A row says which
   operation of the REST reference the call is and which canonical resource it touches; both are written by hand. */
const { Recorder, freeze, packages, bytesOf } = require('./record');

const { load } = packages('azure');
const STOP = Object.assign(new Error('recorded'), { name: 'Recorded' });
const KEY = Buffer.from('alps-key').toString('base64');
const PATIENCE = 500;
let sent = [];

const http = {
    sendRequest: async (r) => { sent.push(r); throw STOP; },
};
const options = { httpClient: http, retryOptions: { maxTries: 1, maxRetries: 0 }, allowInsecureConnection: true };
const token = { getToken: async () => ({ token: 'aad-token', expiresOnTimestamp: 4102444800000 }) };
const take = (pages) => pages.byPage().next();

function blob() {
    const m = load('@azure/storage-blob');
    const host = 'https://acct.blob.core.windows.net';
    const credential = new m.StorageSharedKeyCredential('acct', KEY);
    const s = new m.BlobServiceClient(host, credential, options);
    const c = s.getContainerClient('c');
    const b = c.getBlockBlobClient('dir/b 1.txt');
    const a = c.getAppendBlobClient('a');
    const p = c.getPageBlobClient('p');
    const [C, B, A, P] = ['/c', '/c/dir/b 1.txt', '/c/a', '/c/p'].map((x) => host + x);
    const source = 'https://other.blob.core.windows.net/from/x?sig=s';
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
        ['PutBlob', B, () => b.upload('alps', 4)], ['PutBlobFromURL', B, () => b.syncUploadFromURL(source), 'source'],
        ['GetBlob', B, () => b.download()], ['GetBlobProperties', B, () => b.getProperties()],
        ['GetBlobProperties', B, () => b.exists()], ['SetBlobProperties', B, () => b.setHTTPHeaders({})],
        ['SetBlobMetadata', B, () => b.setMetadata({ a: 'b' })], ['DeleteBlob', B, () => b.delete()],
        ['UndeleteBlob', B, () => b.undelete()], ['CopyBlob', B, () => b.beginCopyFromURL(source), 'source'],
        ['CopyBlobFromURL', B, () => b.syncCopyFromURL(source), 'source'],
        ['AbortCopyBlob', B, () => b.abortCopyFromURL('id')], ['PutBlock', B, () => b.stageBlock(id, 'alps', 4)],
        ['PutBlockFromURL', B, () => b.stageBlockFromURL(id, source), 'source'],
        ['PutBlockList', B, () => b.commitBlockList([id])], ['GetBlockList', B, () => b.getBlockList('all')],
        ['GetBlobTags', B, () => b.getTags()], ['SetBlobTags', B, () => b.setTags({ a: 'b' })],
        ['SetBlobTier', B, () => b.setAccessTier('Cool')], ['SnapshotBlob', B, () => b.createSnapshot()],
        ['LeaseBlob', B, () => b.getBlobLeaseClient().acquireLease(15)],
        ['QueryBlobContents', B, () => b.query('select 1')],
        ['SetBlobImmutabilityPolicy', B, () => b.setImmutabilityPolicy({ expiriesOn: new Date() })],
        ['SetBlobLegalHold', B, () => b.setLegalHold(true)], ['PutBlob', A, () => a.create()],
        ['AppendBlock', A, () => a.appendBlock('alps', 4)],
        ['AppendBlockFromURL', A, () => a.appendBlockFromURL(source, 0, 4), 'source'],
        ['AppendBlobSeal', A, () => a.seal()],
        ['PutBlob', P, () => p.create(512)], ['PutPage', P, () => p.uploadPages('a'.repeat(512), 0, 512)],
        ['ClearPage', P, () => p.clearPages(0, 512)], ['GetPageRanges', P, () => take(p.listPageRanges())],
        ['SetBlobProperties', P, () => p.resize(1024)],
    ]];
}

function queue() {
    const m = load('@azure/storage-queue');
    const host = 'https://acct.queue.core.windows.net';
    const s = new m.QueueServiceClient(host, new m.StorageSharedKeyCredential('acct', KEY), options);
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

function tables() {
    const m = load('@azure/data-tables');
    const host = 'https://acct.table.core.windows.net';
    const credential = new m.AzureNamedKeyCredential('acct', KEY);
    const s = new m.TableServiceClient(host, credential, options);
    const t = new m.TableClient(host, 'orders', credential, options);
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
        ['EntityGroupTransaction', T, () => t.submitTransaction([['create', e], ['delete', { ...e, rowKey: 'r2' }]])],
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
        ['PathRename', `${canonical}/fs/dir/g.txt`, () => f.move('dir/g.txt'), 'source'],
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
        ['RotateKey', K, () => k.rotateKey('k')], ['Encrypt', K, () => y.encrypt('RSA-OAEP', Buffer.from('x'))],
        ['Decrypt', K, () => y.decrypt('RSA-OAEP', Buffer.from('x'))],
        ['Sign', K, () => y.sign('RS256', Buffer.alloc(32))],
        ['WrapKey', K, () => y.wrapKey('RSA-OAEP', Buffer.from('x'))],
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
        ['PutLock', null, () => c.setReadOnly({ key: 'app:key' }, true)],
        ['DeleteLock', null, () => c.setReadOnly({ key: 'app:key' }, false)],
        ['GetKeyValues', null, () => take(c.listConfigurationSettings({ keyFilter: 'app:*' }))],
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
        ['EventGrid.PublishEvents', null, () => g.send([{ eventType: 't', subject: 's', dataVersion: '1', data: {} }])],
        ['Search.SearchDocuments', null, () => d.search('x')],
        ['Search.LookupDocument', null, () => d.getDocument('1')],
        ['Search.IndexDocuments', null, () => d.uploadDocuments([{ id: '1' }])],
        ['Search.CountDocuments', null, () => d.getDocumentsCount()],
        ['Search.GetIndex', null, () => x.getIndex('idx')],
        ['Search.DeleteIndex', null, () => x.deleteIndex('idx')],
        ['ServiceBus.CreateQueue', null, () => b.createQueue('q')],
        ['ServiceBus.GetQueue', null, () => b.getQueue('q')],
        ['ServiceBus.DeleteQueue', null, () => b.deleteQueue('q')],
        ['ServiceBus.CreateTopic', null, () => b.createTopic('t')],
        ['ServiceBus.CreateSubscription', null, () => b.createSubscription('t', 's')],
        ['OpenAI.ChatCompletions', null, () => ai.chat.completions.create({ model: 'gpt', messages: [] })],
        ['OpenAI.Embeddings', null, () => ai.embeddings.create({ model: 'emb', input: 'x', encoding_format: 'float' })],
    ]];
}

function communication() {
    const connection = `endpoint=https://c.communication.azure.com/;accesskey=${KEY}`;
    const sms = new (load('@azure/communication-sms').SmsClient)(connection, options);
    const mail = new (load('@azure/communication-email').EmailClient)(connection, options);
    const id = new (load('@azure/communication-identity').CommunicationIdentityClient)(connection, options);
    const rooms = new (load('@azure/communication-rooms').RoomsClient)(connection, options);
    return ['communication', [
        ['Communication.SendSms', null, () => sms.send({ from: '+15550100', to: ['+15550101'], message: 'x' })],
        ['Communication.SendEmail', null, () => mail.beginSend({ senderAddress: 'a@b',
            content: { subject: 's', plainText: 'x' },
            recipients: { to: [{ address: 'c@d' }] } })],
        ['Communication.CreateUser', null, () => id.createUser()],
        ['Communication.CreateRoom', null, () => rooms.createRoom({})],
        ['Communication.GetRoom', null, () => rooms.getRoom('r')],
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
        if (/\/colls\/[^/]+$/.test(path) && context.operationType === 'read') {
            return reply({ id: 'c', _rid: 'AAAAAA==', partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 } });
        }
        return null;
    };
    const plugin = async (context) => {
        const url = new URL(endpoint + (context.path?.startsWith('/') ? '' : '/') + (context.path || ''));
        sent.push({ url: url.href, method: context.method, headers: new Headers(context.headers), body: context.body,
                    background: answers(context) !== null });
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
        ['ListDocuments', C, () => c.items.readAll({ partitionKey: 'p' }).fetchNext()],
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

    async function row(service, [operation, resource, call, second]) {
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
        const name = operation.includes('.') ? operation : `${SERVICE[service]}.${operation}`;
        const r = sent.find((x) => !x.background);
        if (!r) return recorder.refuse(name, why);
        const url = new URL(r.url);
        const headers = [['host', url.host]];
        const pairs = r.headers[Symbol.iterator] ? [...r.headers]
            : r.headers.headersArray().map((h) => [h.name, h.value]);
        for (const [k, v] of pairs) if (k.toLowerCase() !== 'host') headers.push([k.toLowerCase(), String(v)]);
        const made = typeof r.body === 'function' ? r.body() : r.body;
        const body = bytesOf(made) || Buffer.alloc(0);
        const writes = ['POST', 'PUT', 'PATCH'].includes(r.method);
        if (!headers.some(([k]) => k === 'content-length') && (body.length || writes)) {
            headers.push(['content-length', String(body.length)]);
        }
        /* a source in a header is a second resource: such rows only check the operation */
        await recorder.add({ sni: url.hostname, method: r.method, headers, body,
                             target: r.url.slice(url.origin.length) || '/' },
                           { vendor: 'azure', service, operation: name, protocol: 'dataplane', input: {},
                             ...(resource && !second ? { resource: [resource] } : {}) });
    }

    for (const make of [blob, queue, tables, lake, share, vault, config, others, communication]) {
        try {
            const [service, rows] = make();
            for (const r of rows) await row(service, r);
        } catch (e) {
            recorder.refuse(make.name, e.message);
        }
    }
    await cosmos(row).catch((e) => recorder.refuse('cosmos', e.message));
    await recorder.close();
    process.exit(0);
}

main().catch((e) => { console.error(e); process.exit(1); });
