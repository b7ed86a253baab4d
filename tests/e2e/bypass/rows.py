"""The rows of the bypass catalogue that are requests: row id, what it tries, server name, bytes, and whether they may leave.

Each request would be carried out by some server or passed on by some proxy as more, or as other, than a careless reader
sees.  What a row refuses is close to a request that is allowed, so that nothing but the trick decides."""

import gzip

S3, BAD_S3 = "reports.s3.eu-west-1.amazonaws.com", "salaries.s3.eu-west-1.amazonaws.com"
PATH_S3 = "s3.eu-west-1.amazonaws.com"
DDB = "dynamodb.eu-west-1.amazonaws.com"
SQS = "sqs.eu-west-1.amazonaws.com"
SNS = "sns.eu-west-1.amazonaws.com"
LAMBDA = "lambda.eu-west-1.amazonaws.com"
GCS, PUBSUB = "storage.googleapis.com", "pubsub.googleapis.com"
BLOB = "acct.blob.core.windows.net"
LISTED, EVIL = "api.listed.example", "evil.example"
NAMES = [S3, BAD_S3, PATH_S3, DDB, SQS, SNS, LAMBDA, GCS, PUBSUB, BLOB, LISTED, EVIL, "dynamodb.us-east-1.amazonaws.com",
         "reports.s3.us-east-1.amazonaws.com", "media.storage.googleapis.com", "acct-secondary.blob.core.windows.net",
         "other.blob.core.windows.net", "s3.amazonaws.com.evil.example", "reports.s3-accelerate.amazonaws.com",
         "reports.s3-website-eu-west-1.amazonaws.com", "bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com",
         "www.googleapis.com", "sts.eu-west-1.amazonaws.com", "iamcredentials.googleapis.com"]
ACCOUNT = "111122223333"
ALLOW = {"alps": 1, "function": "bypass", "context": {"account": ACCOUNT, "region": "eu-west-1", "project": "p"},
         "allow": {"s3": {"arn:aws:s3:::reports/*": ["s3:PutObject", "s3:GetObject"]},
                   "dynamodb": {"arn:aws:dynamodb:${region}:${account}:table/ORDERS": [
                       "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchWriteItem"]},
                   "sqs": {"arn:aws:sqs:${region}:${account}:jobs": ["sqs:SendMessage"]},
                   "sns": {"arn:aws:sns:${region}:${account}:news": ["sns:Publish"]},
                   "lambda": {"arn:aws:lambda:${region}:${account}:function:echo": ["lambda:InvokeFunction"]},
                   "storage": {"projects/_/buckets/media/objects/*": ["storage.objects.create", "storage.objects.get"]},
                   "pubsub": {"projects/p/topics/t": ["pubsub.topics.publish"]},
                   "Microsoft.Storage": {"https://acct.blob.core.windows.net/in/*": [
                       "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"]}},
         "hosts": [LISTED]}


def signed(service, region="eu-west-1", extra=()):
    """Fields as an SDK sends them; nobody checks the signature here."""
    return [("X-Amz-Date", "20261121T120000Z"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/%s/%s/aws4_request, "
             "SignedHeaders=host;x-amz-date, Signature=00" % (region, service)), *extra]


def request(method, target, host, fields=(), body=b"", length=True, version="HTTP/1.1", end="\r\n"):
    lines = ["%s %s %s" % (method, target, version)] + (["Host: " + host] if host else [])
    lines += ["%s: %s" % f for f in fields]
    if length and (body or method in ("PUT", "POST")):
        lines.append("Content-Length: %d" % len(body))
    return (end.join(lines) + end * 2).encode("latin-1") + body


def put(target="/k.csv", *fields, host=S3, body=b"ab", **more):
    return request("PUT", target, host, [*signed("s3"), *fields], body, **more)


def get(target, *fields, host=S3, **more):
    return request("GET", target, host, [*signed("s3"), *fields], **more)


def item(body=b'{"TableName":"ORDERS","Item":{}}', *fields, target="DynamoDB_20120810.PutItem", host=DDB,
         kind="application/x-amz-json-1.0", region="eu-west-1", **more):
    return request("POST", "/", host, [*signed("dynamodb", region), ("X-Amz-Target", target), ("Content-Type", kind),
                                       *fields], body, **more)


def form(host, service, body, target="/", *fields):
    kind = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    return request("POST", target, host, [*signed(service), kind, *fields], body.encode())


def google(method, target, *fields, host=GCS, body=b""):
    return request(method, target, host, [("Authorization", "Bearer x"), *fields], body)


def blob(target, *fields, host=BLOB, method="PUT", body=b"ab"):
    return request(method, target, host, [("Authorization", "Bearer x"), ("x-ms-version", "2024-08-04"),
                                          ("x-ms-blob-type", "BlockBlob"), *fields], body)


HIDDEN = get("/all.csv", host=BAD_S3)       # what is smuggled: allowed nowhere
CHUNKED = ("Transfer-Encoding", "chunked")
GO, NO, CUT = True, False, None         # CUT: sent in pieces, what came before the trick may have left, its end may not


def chunked(body, *fields, **more):
    return put("/k.csv", CHUNKED, *fields, body=body, length=False, **more)


def replace(raw, old, new):
    assert raw.count(old) == 1, (old, raw)
    return raw.replace(old, new)


ROWS = [
    # G: framing
    ("G01", "both lengths", S3, put("/k.csv", CHUNKED, body=b"2\r\nab\r\n0\r\n\r\n"), NO),
    *[("G02", "Content-Length: " + v, S3, replace(put(), b"Content-Length: 2", b"Content-Length: " + v.encode()), NO)
      for v in ("2, 2", "+2", "0x2", "02", "18446744073709551618", "2 2", "-2", "2\r\nContent-Length: 3",
                "2\r\nContent-Length: 2")],
    *[("G03", "Transfer-Encoding: " + v, S3,
       replace(chunked(b"2\r\nab\r\n0\r\n\r\n"), b"Transfer-Encoding: chunked", b"Transfer-Encoding: " + v.encode()), NO)
      for v in ("xchunked", "chunked, identity", "identity", "\x0bchunked", "gzip, chunked",
                "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity")],
    ("G03", "chunked in HTTP/1.0", S3, chunked(b"2\r\nab\r\n0\r\n\r\n", version="HTTP/1.0"), NO),
    ("G04", "plain chunks", S3, chunked(b"2\r\nab\r\n0\r\n\r\n"), GO),
    *[("G04", "chunks %r" % b, S3, chunked(b), CUT)
      for b in (b"2;x=y\r\nab\r\n0\r\n\r\n", b"2\nab\n0\n\n", b"2 \r\nab\r\n0\r\n\r\n", b"0x2\r\nab\r\n0\r\n\r\n",
                b"2\r\nab0\r\n\r\n", b"ffffffffffffffff2\r\nab\r\n0\r\n\r\n", b"-2\r\nab\r\n0\r\n\r\n", b"\r\n2\r\nab\r\n0\r\n\r\n")],
    ("G05", "a folded target", DDB, replace(item(), b"X-Amz-Target: ", b"X-Amz-Target:\r\n "), NO),
    ("G05", "a folded value", S3, put("/k", ("X-Note", "a\r\n\tb")), NO),
    ("G06", "bare LF", S3, put(end="\n"), NO),
    ("G06", "bare CR", S3, put("/k", ("X-Note", "a\rb")), NO),
    ("G06", "NUL", S3, put("/k", ("X-Note", "a\0b")), NO),
    ("G06", "a control", S3, put("/k", ("X-Note", "a\x01b")), NO),
    ("G06", "LF in the target", S3, put("/k\n"), NO),
    ("G07", "a blank before the colon", S3, replace(put(), b"Host:", b"Host :"), NO),
    ("G07", "an empty name", S3, put("/k", ("", "x")), NO),
    ("G07", "no token", S3, put("/k", ("X(y)", "x")), NO),
    ("G07", "underscores", DDB, item(b"{}", ("X_Amz_Target", "DynamoDB_20120810.DeleteTable")), NO),
    ("G08", "two hosts", S3, put("/k", ("Host", BAD_S3)), NO),
    ("G08", "the same host twice", S3, put("/k", ("Host", S3)), NO),
    ("G08", "two targets", DDB, item(b'{"TableName":"ORDERS"}', ("X-Amz-Target", "DynamoDB_20120810.DeleteTable")), NO),
    ("G08", "two signatures", S3, put("/k", signed("s3")[2]), NO),
    ("G08", "two overrides", GCS, google("POST", "/upload/storage/v1/b/media/o?uploadType=media&name=x",
                                         ("X-HTTP-Method-Override", "POST"), ("X-HTTP-Method-Override", "DELETE")), NO),
    ("G09", "a trailer that decides", S3, chunked(b"2\r\nab\r\n0\r\nX-Amz-Target: x\r\n\r\n", ("Trailer", "X-Amz-Target")), NO),
    ("G09", "a trailer that names a host", S3, chunked(b"2\r\nab\r\n0\r\nHost: %s\r\n\r\n" % BAD_S3.encode()), CUT),
    ("G10", "absolute form, another host", S3, put("https://%s/k" % BAD_S3), NO),
    ("G10", "authority form", S3, request("CONNECT", S3 + ":443", S3), NO),
    ("G10", "asterisk form", S3, request("OPTIONS", "*", S3, signed("s3")), NO),
    ("G10", "no slash", S3, put("k.csv"), NO),
    ("G11", "HTTP/0.9", S3, b"GET /k.csv\r\n\r\n", NO),
    *[("G11", v, S3, put(version=v), NO) for v in ("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/01.1")],
    ("G11", "a method in small letters", S3, replace(put(), b"PUT /", b"put /"), NO),
    ("G11", "the HTTP/2 preface", S3, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", NO),
    ("G12", "two empty lines first", S3, b"\r\n\r\n\r\n" + put(), NO),
    ("G12", "garbage first", S3, b"\x00\x01" + put(), NO),
    ("G12", "a blank first", S3, b" " + put(), NO),
    ("G13", "a second request behind a first", S3, put() + HIDDEN, CUT),
    ("G13", "a second request in what is no body", S3, get("/k.csv", ("Content-Length", "0")) + HIDDEN, CUT),
    ("G13", "a GET with a body", S3, get("/k.csv", ("Content-Length", str(len(HIDDEN)))) + HIDDEN, GO),
    ("G14", "h2c", S3, get("/k.csv", ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")), NO),
    ("G14", "websocket", S3, get("/k.csv", ("Connection", "Upgrade"), ("Upgrade", "websocket")), NO),
    ("G15", "a target taken off on the way", DDB, item(b"{}", ("Connection", "X-Amz-Target")), NO),
    ("G15", "a host taken off on the way", S3, put("/k", ("Connection", "close, Host")), NO),
    ("G16", "a head of 64 KB", S3, put("/k", *[("X-%d" % i, "y" * 1000) for i in range(64)]), NO),
    ("G16", "many fields", S3, put("/k", *[("X-%d" % i, "y") for i in range(500)]), NO),
    ("G17", "a compressed body that decides", DDB, item(gzip.compress(b"{}", mtime=0),
                                                        ("Content-Encoding", "gzip")), NO),
    ("G18", "another character set", DDB, item('{"TableName":"ORDERS","Item":{}}'.encode("utf-16"), kind="application/x-amz-json-1.0; charset=utf-16"), NO),
    ("G18", "a byte order mark", DDB, item(b'\xef\xbb\xbf{"TableName":"ORDERS","Item":{}}'), NO),
    ("G18", "overlong UTF-8", DDB, item(b'{"TableName":"ORD\xc1\x85RS","Item":{}}'), NO),
    # H: which service, which host
    ("H01", "Host is not the server name", S3, put(host=BAD_S3), NO),
    ("H01", "a listed name, a cloud's host", LISTED, put(host=S3), NO),
    ("H03", "a suffix that is none", "s3.amazonaws.com.evil.example", put(host="s3.amazonaws.com.evil.example"), NO),
    *[("H03", "Host: " + h, S3, put(host=h), NO)
      for h in (BAD_S3 + ".", BAD_S3.upper(), BAD_S3 + ":443", "x@" + S3, S3 + ":80", S3 + "..", " ", S3 + "/", "")],
    ("H03", "Host in capitals with a port", S3, put(host=S3.upper() + ":443"), GO),
    ("H04", "accelerate", "reports.s3-accelerate.amazonaws.com", request("DELETE", "/k", "reports.s3-accelerate.amazonaws.com", signed("s3")), NO),
    ("H04", "website", "reports.s3-website-eu-west-1.amazonaws.com", get("/k", host="reports.s3-website-eu-west-1.amazonaws.com"), NO),
    ("H04", "an interface endpoint", "bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com",
     get("/salaries/all.csv", host="bucket.vpce-1a2b3c4d-5e6f.s3.eu-west-1.vpce.amazonaws.com"), NO),
    ("H06", "another region", "dynamodb.us-east-1.amazonaws.com", item(host="dynamodb.us-east-1.amazonaws.com", region="us-east-1"), NO),
    ("H06", "signed for another region", DDB, item(region="us-east-1"), NO),
    ("H07", "another bucket by its own host", GCS, google("GET", "/storage/v1/b/secrets/o/k?alt=media"), NO),
    ("H07", "an alias of the host", "www.googleapis.com", google("GET", "/storage/v1/b/secrets/o/k?alt=media", host="www.googleapis.com"), NO),
    ("H08", "another account", "other.blob.core.windows.net", blob("/in/k", host="other.blob.core.windows.net"), NO),
    ("F09", "signed for another service", DDB, replace(item(), b"/dynamodb/", b"/s3/"), NO),
    ("F08", "nobody signs, another table", DDB, replace(item(b'{"TableName":"OTHER","Item":{}}'), b"Authorization: ", b"X-No: "), NO),
    ("F08", "a key of another form", GCS, google("GET", "/storage/v1/b/secrets/o/k?alt=media&key=AIza0"), NO),
    ("F08", "a signature in the query", "other.blob.core.windows.net", blob("/in/k?sv=2024-08-04&sp=w&sig=x", host="other.blob.core.windows.net"), NO),
    ("F04", "another role", "sts.eu-west-1.amazonaws.com", form("sts.eu-west-1.amazonaws.com", "sts",
     "Action=AssumeRole&Version=2011-06-15&RoleSessionName=x&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fadmin"), NO),
    ("F04", "another service account", "iamcredentials.googleapis.com", google("POST",
     "/v1/projects/-/serviceAccounts/admin@p.iam.gserviceaccount.com:generateAccessToken", ("Content-Type", "application/json"),
     host="iamcredentials.googleapis.com", body=b'{"scope":["x"]}'), NO),
    # I: names and paths
    ("I01", "percent-encoding of the same name", S3, put("/%6b.csv"), GO),
    ("I01", "percent-encoding of another", PATH_S3, put("/%73alaries/k", host=PATH_S3), NO),
    ("I02", "encoded twice", PATH_S3, put("/%2573alaries/k", host=PATH_S3), NO),
    ("I04", "dots in the path of a REST service", LAMBDA, request("POST", "/2015-03-31/functions/echo/../settle/invocations", LAMBDA, signed("lambda"), b"{}"), NO),
    ("I04", "dots in a bucket's path are a key", PATH_S3, put("/reports/../salaries/k", host=PATH_S3), GO),
    ("I04", "an empty segment", PATH_S3, put("//salaries/k", host=PATH_S3), NO),
    ("I07", "overlong UTF-8 in a name", S3, put("/%C0%AF"), NO),
    ("I07", "NUL in a name", S3, put("/k%00.csv"), NO),
    ("I07", "half an escape", S3, put("/k%2"), NO),
    ("I08", "path style, the listed bucket", PATH_S3, put("/reports/k.csv", host=PATH_S3), GO),
    ("I08", "path style, another bucket", PATH_S3, put("/salaries/k.csv", host=PATH_S3), NO),
    ("I09", "an access point in the path", PATH_S3, put("/arn%3Aaws%3As3%3Aeu-west-1%3A111122223333%3Aaccesspoint%2Fx/k", host=PATH_S3), NO),
    ("I10", "a bucket, no key", PATH_S3, request("PUT", "/reports/", PATH_S3, signed("s3")), NO),
    *[("I11", "PUT /k?" + q, S3, put("/k?" + q), NO)
      for q in ("acl", "tagging", "acl&tagging", "acl=", "retention", "legal-hold")],
    ("I11", "what x-id says is nothing", S3, put("/k?x-id=GetObject"), GO),
    ("I11", "GET /?policy", S3, get("/?policy"), NO),
    ("I11", "GET /k?torrent", S3, get("/k?torrent"), NO),
    ("I12", "copied from another bucket", S3, put("/k", ("x-amz-copy-source", "/salaries/all.csv"), body=b""), NO),
    ("I12", "copied from another bucket, encoded", S3, put("/k", ("x-amz-copy-source", "%73alaries%2Fall.csv"), body=b""), NO),
    ("I12", "copied from another container", BLOB, blob("/in/k", ("x-ms-copy-source", "https://other.blob.core.windows.net/secret/k"), body=b""), NO),
    ("I15", "queue in the line and in the body", SQS, form(SQS, "sqs",
     "Action=SendMessage&Version=2012-11-05&MessageBody=x&QueueUrl=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fother",
     "/111122223333/jobs"), NO),
    # J: action confusion
    *[("J01", "%s: DELETE" % h, GCS, google("POST", "/storage/v1/b/media/o/k", (h, "DELETE")), NO)
      for h in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x-http-method-override")],
    ("J01", "$httpMethod", PUBSUB, google("POST", "/v1/projects/p/topics/t:publish?$httpMethod=DELETE", ("Content-Type", "application/json"),
                                          host=PUBSUB, body=b'{"messages":[]}'), NO),
    *[("J02", "X-Amz-Target: " + t, DDB, item(target=t), NO)
      for t in ("DynamoDB_20120810.DeleteTable", "DynamoDBStreams_20120810.PutItem", "PutItem", "dynamodb_20120810.putitem",
                "DynamoDB_20120810.PutItem.DeleteTable", "")],
    ("J03", "Action in the target and in the body", SNS, form(SNS, "sns",
     "Action=Publish&Version=2010-03-31&Message=x&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Anews", "/?Action=DeleteTopic"), NO),
    ("J03", "Action twice", SNS, form(SNS, "sns",
     "Action=Publish&Action=DeleteTopic&Version=2010-03-31&Message=x&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Anews"), NO),
    ("J03", "the plain one", SNS, form(SNS, "sns",
     "Action=Publish&Version=2010-03-31&Message=x&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Anews"), GO),
    ("J04", "CBOR at a JSON service", DDB, item(b"\xa0", ("Smithy-Protocol", "rpc-v2-cbor"), kind="application/cbor"), NO),
    ("J05", "JSON as text is read as JSON", DDB, item(kind="text/plain"), GO),
    ("J05", "JSON as text, another table", DDB, item(b'{"TableName":"OTHER","Item":{}}', kind="text/plain"), NO),
    ("J05", "JSON as a form", DDB, item(kind="application/x-www-form-urlencoded"), NO),
    ("J07", "a statement", DDB, item(b'{"Statement":"DELETE FROM \\"OTHER\\" WHERE id=1"}', target="DynamoDB_20120810.ExecuteStatement"), NO),
    ("J09", "another function", LAMBDA, request("POST", "/2015-03-31/functions/settle/invocations", LAMBDA, signed("lambda"), b"{}"), NO),
    ("J09", "asynchronously, another function", LAMBDA, request("POST", "/2014-11-13/functions/settle/invoke-async/", LAMBDA, signed("lambda"), b"{}"), NO),
    ("J09", "the listed one", LAMBDA, request("POST", "/2015-03-31/functions/echo/invocations", LAMBDA, signed("lambda"), b"{}"), GO),
    ("J10", "a form upload", S3, request("POST", "/", S3, [("Content-Type", "multipart/form-data; boundary=x")],
     b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--x--\r\n"), NO),
    ("J13", "two comps", BLOB, blob("/in/k?comp=block&comp=acl"), NO),
    ("J13", "an unknown comp", BLOB, blob("/in/k?comp=nonsense"), NO),
    ("J13", "a container, no blob", BLOB, blob("/in?restype=container", body=b""), NO),
    *[("J15", m, S3, request(m, "/k.csv", S3, signed("s3")), NO)
      for m in ("TRACE", "PROPFIND", "PATCH", "DELETE", "LINK", "POST")],
    # K: bodies
    ("K01", "TableName twice", DDB, item(b'{"TableName":"ORDERS","TableName":"OTHER","Item":{}}'), NO),
    ("K02", "an escaped second name", DDB, item(b'{"TableName":"ORDERS","\\u0054ableName":"OTHER","Item":{}}'), NO),
    ("K02", "a name in small letters", DDB, item(b'{"tablename":"ORDERS","Item":{}}'), NO),
    *[("K03", "%.40r" % b, DDB, item(b), NO)
      for b in (b'{"TableName":"ORDERS","Item":{},}', b'{"TableName":"ORDERS","Item":{}} {}', b'{"TableName":"ORDERS","Item":NaN}',
                b'{"TableName":"ORDERS",/*x*/"Item":{}}', b"{'TableName':'ORDERS'}", b'{"TableName":"ORDERS","Item":' + b"[" * 600 + b"]" * 600 + b"}",
                b'["TableName","ORDERS"]', b"")],
    ("K04", "the name behind 5 MB", DDB, item(b'{"Item":{"x":{"S":"' + b"y" * 5000000 + b'"}},"TableName":"OTHER"}'), NO),
    *[("K05", "TableName is " + v.decode(), DDB, item(b'{"TableName":' + v + b',"Item":{}}'), NO)
      for v in (b'{"S":"ORDERS"}', b'["ORDERS"]', b"null", b"1")],
    ("K06", "a DTD", S3, request("POST", "/?delete", S3, signed("s3"), b'<!DOCTYPE x [<!ENTITY e "k">]><Delete><Object><Key>&e;</Key></Object></Delete>'), NO),
    ("K07", "an array and a scalar", SNS, form(SNS, "sns", "Action=Publish&Version=2010-03-31&Message=x&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1"
     "%3A111122223333%3Anews&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Aother"), NO),
    ("K07", "a semicolon", SNS, form(SNS, "sns", "Action=Publish;Action=DeleteTopic&Version=2010-03-31&Message=x&TopicArn=arn%3Aaws%3Asns"
     "%3Aeu-west-1%3A111122223333%3Anews"), NO),
    # L: batches
    ("L01", "one listed table and one that is not", DDB, item(b'{"RequestItems":{"ORDERS":[{"PutRequest":{"Item":{}}}],"OTHER":[{"PutRequest":{"Item":{}}}]}}',
                                                            target="DynamoDB_20120810.BatchWriteItem"), NO),
    ("L02", "many deletions", S3, request("POST", "/?delete", S3, signed("s3"), b"<Delete><Object><Key>a</Key></Object></Delete>"), NO),
    ("L04", "a batch of requests", GCS, google("POST", "/batch/storage/v1", ("Content-Type", "multipart/mixed; boundary=x"),
     body=b"--x\r\nContent-Type: application/http\r\n\r\nDELETE /storage/v1/b/secrets/o/k HTTP/1.1\r\n\r\n--x--\r\n"), NO),
    ("L05", "a batch of blobs", BLOB, blob("/?comp=batch", ("Content-Type", "multipart/mixed; boundary=x"), method="POST",
     body=b"--x\r\nContent-Type: application/http\r\n\r\nDELETE /secret/k HTTP/1.1\r\n\r\n--x--\r\n"), NO),
    # N: deputies
    ("N01", "another function has more rights", LAMBDA, request("POST", "/2015-03-31/functions/payments/invocations", LAMBDA, signed("lambda"), b"{}"), NO),
    ("N03", "a bucket's notifications", S3, request("PUT", "/?notification", S3, signed("s3"), b"<NotificationConfiguration/>"), NO),
    ("N04", "the server fetches from elsewhere", GCS, google("POST", "/storage/v1/b/secrets/o/k/rewriteTo/b/media/o/k"), NO),
    # the plain ones, so that the rows above say something
    ("plain", "PUT", S3, put(), GO),
    ("plain", "PutItem", DDB, item(), GO),
    ("plain", "Invoke", LAMBDA, request("POST", "/2015-03-31/functions/echo/invocations", LAMBDA, signed("lambda"), b"{}"), GO),
    ("plain", "storage", GCS, google("GET", "/storage/v1/b/media/o/k?alt=media"), GO),
    ("plain", "blob", BLOB, blob("/in/k"), GO),
]
