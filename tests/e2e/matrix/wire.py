"""Requests in the plaintext of a connection, HTTP/1.1 or HTTP/2, and what two runs of one program have in common of them."""

import re
from dataclasses import dataclass

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, CONTINUATION = 0, 1, 9
END_HEADERS, PADDED, PRIORITY = 4, 8, 32


@dataclass
class Request:
    host: str
    method: str
    target: str
    headers: list  # (name as sent, value), all of them
    body: bytes
    whole: bool = True

    def text(self):
        return "\n".join([self.method, self.host + self.target, *(f"{n}: {v}" for n, v in self.headers), ""]) + self.body.decode("latin-1")


def requests(connection):
    """[Request] of one connection, and how many bytes of it are none of a request's."""
    sent = bytes(connection.sent)
    return http2(connection.sni, sent) if sent.startswith(PREFACE[:14]) else http1(connection.sni, sent)


def http1(sni, sent):
    found, at = [], 0
    while (end := sent.find(b"\r\n\r\n", at)) >= 0:
        lines = sent[at:end].decode("latin-1").split("\r\n")
        method, target = (lines[0].split(" ") + ["", ""])[:2]
        headers = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines[1:]]
        fields = {n.lower(): v for n, v in headers}
        body, at = content(sent, end + 4, fields)
        found.append(Request(fields.get("host", sni), method, target, headers, body, at <= len(sent)))
    return found, max(0, len(sent) - at)


def content(sent, at, fields):
    if fields.get("transfer-encoding", "").lower() != "chunked":
        length = int(fields.get("content-length") or 0)
        return sent[at : at + length], at + length
    body = b""
    while True:
        line = sent.find(b"\r\n", at)
        if line < 0:
            return body, len(sent) + 1
        size = int(sent[at:line].split(b";")[0], 16)
        body += sent[line + 2 : line + 2 + size]
        at = line + 2 + size + 2
        if size == 0:
            return body, at


def http2(sni, sent):
    """By stream. Frames that belong to no stream (SETTINGS, PING, WINDOW_UPDATE …) say nothing of a request."""
    decoder, streams, at, block = hpack.Decoder(max_header_list_size=1 << 24), {}, len(PREFACE), b""
    decoder.max_allowed_table_size = 1 << 20
    while at + 9 <= len(sent):
        length, kind, flags = int.from_bytes(sent[at : at + 3], "big"), sent[at + 3], sent[at + 4]
        stream, payload = int.from_bytes(sent[at + 5 : at + 9], "big"), sent[at + 9 : at + 9 + length]
        if at + 9 + length > len(sent):
            break                       # cut off
        at += 9 + length
        if kind in (DATA, HEADERS) and flags & PADDED:
            payload = payload[1 : len(payload) - payload[0]]
        if kind == HEADERS and flags & PRIORITY:
            payload = payload[5:]
        if kind in (HEADERS, CONTINUATION):
            block += payload
            if flags & END_HEADERS:
                streams.setdefault(stream, ([], bytearray()))[0].extend(decoder.decode(block))
                block = b""
        elif kind == DATA:
            streams[stream][1].extend(payload)
    found = []
    for headers, body in streams.values():
        pseudo = dict(h for h in headers if h[0].startswith(":"))
        found.append(Request(pseudo.get(":authority", sni), pseudo.get(":method", ""), pseudo.get(":path", ""), headers, bytes(body)))
    return found, len(sent) - at


# What differs between two runs of a program by nature: the hour, signatures over it, random ids.
VOLATILE = re.compile(r"^(authorization|date|x-ms-date|x-amz-date|amz-sdk-.*|x-goog-api-client|x-goog-gcs-idempotency-token|grpc-timeout"
                      r"|x-ms-client-request-id|client-request-id|x-ms-cosmos-correlated-activityid|x-ms-activity-id|x-ms-client-id"
                      r"|x-ms-session-token)$", re.I)
# Cosmos for Python says it or not, as a thread of its own has or has not yet read the account
COMES_AND_GOES = re.compile(r"^x-ms-consistency-level$", re.I)
MARKS = re.compile(r"(upload_id=|uploadId=)[^&\s]+")


def comparable(request):
    """The request without what differs by nature; a name stays where its value goes."""
    headers = [(n, "…" if VOLATILE.match(n) else v) for n, v in request.headers if not COMES_AND_GOES.match(n)]
    text = Request(request.host, request.method, request.target, headers, request.body).text()
    boundary = next((m.group(1) for n, v in headers if n.lower() == "content-type" and (m := re.search(r'boundary="?([^";]+)', v))), None)
    text = text.replace(boundary, "BOUNDARY") if boundary else text
    return MARKS.sub(r"\1…", text)
