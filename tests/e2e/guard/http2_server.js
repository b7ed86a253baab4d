// An HTTP/2 server: one JSON line for each stream that arrives, with all of its body; answers what SDKs and gRPC expect.
'use strict';
const fs = require('fs'), http2 = require('http2');
const pem = fs.readFileSync(process.argv[2]);
const server = http2.createSecureServer({ key: pem, cert: pem, allowHTTP1: false, maxSessionMemory: 100 });
let sessions = 0;
server.on('session', (s) => { s.id = ++sessions; s.on('error', () => {}); });
server.on('sessionError', () => {});
server.on('stream', (stream, headers) => {
    const parts = [];
    stream.on('error', () => {});
    stream.on('data', (d) => parts.push(d));
    stream.on('end', () => {
        const body = Buffer.concat(parts);
        console.log(JSON.stringify({ session: stream.session.id, method: headers[':method'], host: headers[':authority'],
                                     path: headers[':path'], mark: headers['x-mark'], size: body.length,
                                     text: body.subarray(0, 200).toString('latin1') }));
        const type = headers['content-type'] || '';
        if (type.startsWith('application/grpc')) {
            stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
            stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
            stream.end(Buffer.from([0, 0, 0, 0, 0]));
            return;
        }
        const json = type.startsWith('application/x-amz-json');
        stream.respond({ ':status': 200, 'content-type': json ? type : 'text/plain', 'x-amzn-requestid': 'test' });
        stream.end(json ? '{"SequenceNumber":"1","ShardId":"s"}' : headers[':path'].startsWith('/big') ? 'z'.repeat(1 << 20) : 'hello');
    });
});
server.listen(443, '127.0.0.1', () => console.log('{"ready":true}'));
