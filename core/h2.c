#include "core/h2.h"

#include "core/field.h"
#include "core/http1.h"
#include "core/refusal.h"
#include "core/text.h"

enum { SHORT = 0x7f };                  /* the largest length that HPACK's 7 bits say at once is one less */

uint32_t
alps_h2_u32(const uint8_t *p)
{ return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

void
alps_h2_put_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

struct alps_h2_frame
alps_h2_frame_read(const uint8_t head[static ALPS_H2_HEAD])
{
    return (struct alps_h2_frame){ .length = alps_h2_u32(head) >> 8, .type = head[3], .flags = head[4],
                                   .stream = alps_h2_u32(head + 5) & 0x7fffffff };
}

void
alps_h2_frame_write(uint8_t head[static ALPS_H2_HEAD], const struct alps_h2_frame *f)
{
    alps_h2_put_u32(head, f->length << 8 | f->type);
    head[4] = f->flags;
    alps_h2_put_u32(head + 5, f->stream);
}

int
alps_h2_frame_check(const struct alps_h2_frame *f, uint32_t max)
{
    bool fine = true;

    if (f->length > max)
        return -ALPS_HTTP2_FRAMES;
    switch (f->type) {
    case ALPS_H2_DATA:
    case ALPS_H2_HEADERS:
    case ALPS_H2_CONTINUATION:
        fine = f->stream & 1;
        break;
    case ALPS_H2_PRIORITY:
        fine = f->stream && f->length == 5;
        break;
    case ALPS_H2_RST_STREAM:
        fine = f->stream & 1 && f->length == 4;
        break;
    case ALPS_H2_SETTINGS:
        fine = f->stream == 0 && (f->flags & ALPS_H2_ACK ? f->length == 0 : f->length % 6 == 0);
        break;
    case ALPS_H2_PUSH_PROMISE:
        fine = false;
        break;
    case ALPS_H2_PING:
        fine = f->stream == 0 && f->length == 8;
        break;
    case ALPS_H2_GOAWAY:
        fine = f->stream == 0 && f->length >= 8;
        break;
    case ALPS_H2_WINDOW_UPDATE:
        fine = f->length == 4;
        break;
    case ALPS_H2_PRIORITY_UPDATE:
        fine = f->stream == 0 && f->length >= 4;
        break;
    default:
        break;
    }
    return fine ? 0 : -ALPS_HTTP2_FRAMES;
}

int
alps_h2_content(const struct alps_h2_frame *f, alps_slice payload, alps_slice *content)
{
    size_t from = f->flags & ALPS_H2_PADDED ? 1 : 0, pad;

    if (payload.n < from)
        return -ALPS_HTTP2_FRAMES;
    pad = from ? payload.p[0] : 0;
    if (f->type == ALPS_H2_HEADERS && f->flags & ALPS_H2_HAS_PRIORITY)
        from += 5;
    if (payload.n < from || payload.n - from < pad)
        return -ALPS_HTTP2_FRAMES;
    *content = alps_slice_sub(payload, from, payload.n - pad);
    return 0;
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* No control byte, no blank at either end; ${high}: bytes above ASCII. */
static bool
is_value(alps_slice v, bool *high)
{
    *high = false;
    for (size_t i = 0; i < v.n; i++) {
        if ((v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
            return false;
        *high |= v.p[i] >= 0x80;
    }
    return v.n == 0 || (v.p[0] != ' ' && v.p[0] != '\t' && v.p[v.n - 1] != ' ' && v.p[v.n - 1] != '\t');
}

/* Fields that belong to one connection of HTTP/1.1, and say nothing or too much here. */
static bool
is_of_connection(const struct alps_header *f)
{
    static const char name[][18] = { "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade" };

    for (unsigned i = 0; i < sizeof name / sizeof *name; i++)
        if (alps_slice_eq(f->name, alps_slice_of(name[i])))
            return true;
    return alps_slice_eq(f->name, ALPS_S("te")) && !alps_slice_ieq(f->value, ALPS_S("trailers"));
}

enum { METHOD, SCHEME, PATH, AUTHORITY, PSEUDO };

static int
take_pseudo(const struct alps_header *f, alps_slice pseudo[static PSEUDO])
{
    static const char name[PSEUDO][11] = { ":method", ":scheme", ":path", ":authority" };

    if (alps_slice_eq(f->name, ALPS_S(":protocol")))
        return -ALPS_UPGRADE;           /* extended CONNECT */
    for (unsigned i = 0; i < PSEUDO; i++)
        if (alps_slice_eq(f->name, alps_slice_of(name[i]))) {
            if (pseudo[i].p || f->value.n == 0)
                return -ALPS_MALFORMED_LINE;
            pseudo[i] = f->value;
            return 0;
        }
    return -ALPS_MALFORMED_LINE;
}

static int
length_of(alps_slice v, int64_t *length)
{
    int64_t n = 0;

    if (v.n == 0 || v.n > 18 || *length >= 0)
        return -ALPS_FRAMING;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return -ALPS_FRAMING;
        n = n * 10 + (v.p[i] - '0');
    }
    *length = n;
    return 0;
}

static int
check_line(const alps_slice pseudo[static PSEUDO], struct alps_request *req)
{
    if (!pseudo[METHOD].p || !pseudo[SCHEME].p || !pseudo[PATH].p || !pseudo[AUTHORITY].p)
        return -ALPS_MALFORMED_LINE;
    if (pseudo[METHOD].n > 32 || !alps_http1_token(pseudo[METHOD], false) ||
        !alps_slice_eq(pseudo[SCHEME], req->tls ? ALPS_S("https") : ALPS_S("http")))
        return -ALPS_MALFORMED_LINE;
    req->method = pseudo[METHOD];
    req->host = pseudo[AUTHORITY];
    if (alps_http1_host(req->host) < 0)
        return -ALPS_MALFORMED_FIELD;
    return alps_http1_target(pseudo[PATH], req);
}

int
alps_h2_request(const struct alps_header *field, size_t n, struct alps_request *req, int64_t *length)
{
    alps_slice pseudo[PSEUDO] = { { NULL, 0 } }, host = { NULL, 0 };
    struct alps_seen seen = { 0 };
    bool regular = false, high;
    int rc = 0;

    *length = -1;
    req->n_headers = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct alps_header *f = &field[i];

        if (!is_value(f->value, &high))
            return -ALPS_MALFORMED_FIELD;
        if (f->name.n && f->name.p[0] == ':') {
            rc = regular ? -ALPS_MALFORMED_LINE : take_pseudo(f, pseudo);
            continue;
        }
        regular = true;
        if (!alps_http1_token(f->name, true) || is_of_connection(f))
            return -ALPS_MALFORMED_FIELD;
        if (alps_slice_eq(f->name, ALPS_S("host"))) {
            if (host.p)
                return -ALPS_DUPLICATE_FIELD;
            host = f->value;
            continue;
        }
        if (req->n_headers == ALPS_HEADERS)
            return -ALPS_TOO_MANY_FIELDS;
        rc = alps_http1_field(f->name, f->value, high, &seen, req);
        if (rc == 0 && alps_slice_eq(f->name, ALPS_S("content-length")))
            rc = seen.twice ? -ALPS_DUPLICATE_FIELD : length_of(f->value, length);
    }
    if (rc == 0)
        rc = check_line(pseudo, req);
    if (rc == 0 && host.p && !alps_slice_ieq(host, req->host))
        rc = -ALPS_HOST_DIFFERS;
    return rc < 0 ? rc : seen.twice ? -ALPS_DUPLICATE_FIELD : 0;
}

int
alps_h2_trailers(const struct alps_header *field, size_t n)
{
    bool high;

    if (n > ALPS_HEADERS)
        return -ALPS_TOO_MANY_FIELDS;
    for (size_t i = 0; i < n; i++)
        if (!alps_http1_token(field[i].name, true) || !is_value(field[i].value, &high) || is_of_connection(&field[i]) ||
            alps_field_rule_folded(field[i].name) != ALPS_FIELD_FREE)
            return -ALPS_MALFORMED_FIELD;
    return 0;
}

bool
alps_h2_is_grpc(const struct alps_request *req)
{
    bool twice;
    const struct alps_header *type = alps_request_header(req, ALPS_S("content-type"), &twice);

    return type && alps_slice_starts(type->value, ALPS_S("application/grpc")) &&
        (type->value.n == 16 || type->value.p[16] == '+' || type->value.p[16] == ';');
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* HPACK's integer with a prefix of seven bits, the eighth zero (no Huffman). */
static size_t
put_length(size_t n, uint8_t *out)
{
    size_t k = 1;

    if (n < SHORT) {
        out[0] = (uint8_t)n;
        return 1;
    }
    out[0] = SHORT;
    for (n -= SHORT; n >= 0x80; n >>= 7)
        out[k++] = (uint8_t)(n | 0x80);
    out[k++] = (uint8_t)n;
    return k;
}

size_t
alps_h2_literal(alps_slice name, alps_slice value, uint8_t *out, size_t cap)
{
    size_t at = 0;

    if (name.n > 1u << 24 || value.n > 1u << 24 || cap < name.n + value.n + 12)
        return 0;
    out[at++] = 0;
    at += put_length(name.n, out + at);
    if (name.n)
        memcpy(out + at, name.p, name.n);
    at += name.n;
    at += put_length(value.n, out + at);
    if (value.n)
        memcpy(out + at, value.p, value.n);
    return at + value.n;
}

/* A field of an answer written for HTTP/1.1, its name in lower case. */
static size_t
put_line(alps_slice line, bool body, uint8_t *out, size_t cap)
{
    alps_slice name, value;
    size_t n;

    if (!alps_slice_cut(line, ':', &name, &value) || alps_slice_ieq(name, ALPS_S("connection")))
        return 0;
    if (!body && alps_slice_ieq(name, ALPS_S("content-length")))
        return 0;
    while (value.n && value.p[0] == ' ')
        value = alps_slice_sub(value, 1, value.n);
    n = alps_h2_literal(name, value, out, cap);
    for (size_t i = 0; n && i < name.n; i++)
        out[2 + i] = alps_lower(out[2 + i]);            /* names of ours are short: one byte of length */
    return n;
}

/* The header block of an answer whose text is ${head}, status line first. */
static size_t
put_block(alps_slice head, bool body, uint8_t *out, size_t cap)
{
    size_t n = alps_h2_literal(ALPS_S(":status"), ALPS_S("403"), out, cap);
    alps_slice line, rest;

    alps_slice_cut(head, '\n', &line, &rest);
    while (rest.n) {
        alps_slice_cut(rest, '\n', &line, &rest);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        n += put_line(line, body, out + n, cap - n);
    }
    return n;
}

static size_t
put_grpc(alps_slice message, uint8_t *out, size_t cap)
{
    char text[3 * 1280];
    struct alps_text t = { text, 0, sizeof text };
    size_t n = alps_h2_literal(ALPS_S(":status"), ALPS_S("200"), out, cap);

    for (size_t i = 0; i < message.n && t.n + 3 <= t.cap; i++) {
        if (message.p[i] >= 0x20 && message.p[i] < 0x7f && message.p[i] != '%') {
            alps_text_byte(&t, (char)message.p[i]);
            continue;
        }
        alps_text_byte(&t, '%');
        alps_text_byte(&t, "0123456789ABCDEF"[message.p[i] >> 4]);
        alps_text_byte(&t, "0123456789ABCDEF"[message.p[i] & 15]);
    }
    n += alps_h2_literal(ALPS_S("content-type"), ALPS_S("application/grpc"), out + n, cap - n);
    n += alps_h2_literal(ALPS_S("grpc-status"), ALPS_S("7"), out + n, cap - n);
    return n + alps_h2_literal(ALPS_S("grpc-message"), (alps_slice){ (const uint8_t *)text, t.n }, out + n, cap - n);
}

size_t
alps_h2_answer(const struct alps_decision *d, const struct alps_catalog *catalog, const char *file, uint32_t id, bool grpc,
               bool body, uint8_t *out, size_t cap, size_t *data)
{
    char text[ALPS_REFUSAL_MAX];
    struct alps_h2_frame f = { .type = ALPS_H2_HEADERS, .flags = ALPS_H2_END_HEADERS | ALPS_H2_END_STREAM, .stream = id };
    uint8_t *block = out + ALPS_H2_HEAD;
    size_t room = cap - ALPS_H2_HEAD, n, split;
    alps_slice answer = { (const uint8_t *)text, 0 }, content = { NULL, 0 };

    *data = 0;
    if (cap < ALPS_H2_ANSWER_MAX)
        return 0;
    if (grpc) {
        answer.n = alps_refusal_message(d, catalog, file, text, 1280);
        f.length = (uint32_t)put_grpc(answer, block, room);
        alps_h2_frame_write(out, &f);
        return ALPS_H2_HEAD + f.length;
    }
    answer.n = alps_refusal_http1(d, catalog, file, text, sizeof text);
    if (answer.n == 0) {                /* no cloud's words for it; a reset would be taken for a broken line, and tried again */
        struct alps_text t = { text, 0, sizeof text };

        alps_text_add(&t, "\nContent-Length: 0\r\nx-alps-decision: deny ");
        alps_text_add(&t, alps_reason_name(d->reason));
        alps_text_add(&t, "\r\n\r\n");
        answer.n = t.n;
    }
    for (split = 0; split + 4 <= answer.n && memcmp(text + split, "\r\n\r\n", 4) != 0; split++)
        ;
    if (body && split + 4 <= answer.n)
        content = alps_slice_sub(answer, split + 4, answer.n);
    if (content.n)
        f.flags = ALPS_H2_END_HEADERS;
    n = put_block(alps_slice_sub(answer, 0, split), body, block, room);
    f.length = (uint32_t)n;
    alps_h2_frame_write(out, &f);
    n += ALPS_H2_HEAD;
    if (!content.n)
        return n;
    f = (struct alps_h2_frame){ .length = (uint32_t)content.n, .type = ALPS_H2_DATA, .flags = ALPS_H2_END_STREAM, .stream = id };
    alps_h2_frame_write(out + n, &f);
    memcpy(out + n + ALPS_H2_HEAD, content.p, content.n);
    *data = content.n;
    return n + ALPS_H2_HEAD + content.n;
}
