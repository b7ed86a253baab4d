/* Row ids (M02 …) are those of the bypass catalogue. */
#include <criterion/criterion.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "allowlists/allow_json.h"
#include "core/h2.h"
#include "shim/guard.h"
#include "shim/h2.h"
#include "shim/log.h"
#include "shim/reload.h"

#define HOST "reports.s3.eu-west-1.amazonaws.com"

struct guard guard = { .file = "test.json", .function = "test" };
static unsigned n_allowed, n_denied, last_reason;

void
reload_check(uint64_t now_ns)
{
    (void)now_ns;
}

void
log_decision(const struct alps_decision *d, uint64_t ns)
{
    (void)ns;
    n_allowed += d->verdict == ALPS_ALLOW;
    n_denied += d->verdict == ALPS_DENY;
    last_reason = d->reason;
}

static const char *
no_variable(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static struct h2 *h2;
static nghttp2_hd_deflater *client;
static nghttp2_hd_inflater *server;
static uint8_t out[4 << 20];
static size_t n_out, at_out;
static struct alps_decision decision;

static void
setup(void)
{
    static uint8_t block[1 << 20];
    struct alps_arena arena = { block, block + sizeof block };
    struct alps_allow_error err = { 0 };
    alps_slice json = ALPS_S(
        "{\"alps\":1,\"context\":{\"account\":\"111122223333\",\"region\":\"eu-west-1\"},\"allow\":{"
        "\"s3\":{\"arn:aws:s3:::reports/*\":[\"s3:PutObject\"]},"
        "\"dynamodb\":{\"arn:aws:dynamodb:eu-west-1:111122223333:table/ORDERS\":[\"dynamodb:PutItem\"]}}}");
    struct alps_allow *allow = alps_allow_read(&arena, &alps_catalog_builtin, json, &err);

    cr_assert_not_null(allow, "%s", err.text);
    guard.policy = alps_allow_policy(&arena, &alps_catalog_builtin, allow, no_variable, NULL, NULL, &err);
    cr_assert_not_null(guard.policy, "%s", err.text);
    h2 = h2_new(ALPS_S(HOST));
    nghttp2_hd_deflate_new(&client, 4096);
    nghttp2_hd_inflate_new(&server);
    n_out = at_out = n_allowed = n_denied = last_reason = 0;
}

static void
teardown(void)
{
    h2_free(h2);
    nghttp2_hd_deflate_del(client);
    nghttp2_hd_inflate_del(server);
}

TestSuite(h2, .init = setup, .fini = teardown);

static bool
emit(void *ctx, const uint8_t *p, size_t n)
{
    (void)ctx;
    memcpy(out + n_out, p, n);
    n_out += n;
    return true;
}

static bool
say(const void *p, size_t n)
{ return h2_write(h2, p, n, emit, NULL, &decision); }

static size_t
put_frame(uint8_t *to, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    struct alps_h2_frame f = { (uint32_t)n, stream, type, flags };

    alps_h2_frame_write(to, &f);
    if (n)
        memcpy(to + ALPS_H2_HEAD, payload, n);
    return ALPS_H2_HEAD + n;
}

static bool
frame(uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    static uint8_t wire[1 << 17];

    return say(wire, put_frame(wire, type, flags, stream, payload, n));
}

static bool
greet(void)
{
    alps_slice preface = ALPS_H2_PREFACE;

    at_out = preface.n;
    return say(preface.p, preface.n) && frame(ALPS_H2_SETTINGS, 0, 0, NULL, 0);
}

/* "name", "value", …, NULL → a header block by the client's own encoder. */
static size_t
encode(const char *const *text, uint8_t *block, size_t cap)
{
    nghttp2_nv nv[40];
    size_t n = 0;

    for (; text[2 * n]; n++)
        nv[n] = (nghttp2_nv){ (uint8_t *)(uintptr_t)text[2 * n], (uint8_t *)(uintptr_t)text[2 * n + 1],
                              strlen(text[2 * n]), strlen(text[2 * n + 1]), 0 };
    ssize_t len = nghttp2_hd_deflate_hd(client, block, cap, nv, n);
    cr_assert_geq(len, 0);
    return (size_t)len;
}

#define FIELDS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define LINE(method, path) ":method", method, ":scheme", "https", ":path", path, ":authority", HOST
#define SIGNED "authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, " \
    "Signature=0", "x-amz-date", "20261121T000000Z"

static bool
headers(uint32_t stream, bool end, const char *const *text)
{
    uint8_t block[4096];
    size_t n = encode(text, block, sizeof block);

    return frame(ALPS_H2_HEADERS, (uint8_t)(ALPS_H2_END_HEADERS | (end ? ALPS_H2_END_STREAM : 0)), stream, block, n);
}

/* What has left is read as a server would.  The next frame; HEADERS are decoded into ${text}: "name=value;…". */
static struct alps_h2_frame
arrive(char *text)
{
    struct alps_h2_frame f;
    const uint8_t *p;

    cr_assert_leq(at_out + ALPS_H2_HEAD, n_out, "nothing more arrived");
    f = alps_h2_frame_read(out + at_out);
    p = out + at_out + ALPS_H2_HEAD;
    at_out += ALPS_H2_HEAD + f.length;
    cr_assert_leq(at_out, n_out);
    *text = '\0';
    if (f.type != ALPS_H2_HEADERS)
        return f;
    for (size_t left = f.length;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t k = nghttp2_hd_inflate_hd2(server, &nv, &flags, p, left, 1);

        cr_assert_geq(k, 0, "the server cannot decode it");
        p += k;
        left -= (size_t)k;
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            sprintf(text + strlen(text), "%.*s=%.*s;", (int)nv.namelen, (char *)nv.name, (int)nv.valuelen, (char *)nv.value);
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
    }
    nghttp2_hd_inflate_end_headers(server);
    return f;
}

/* The server's SETTINGS, then the answer to each of ours: so that the client gets what is for it.  Returns how much. */
static size_t
hear(uint8_t *buf, size_t cap)
{
    size_t n = put_frame(buf, ALPS_H2_SETTINGS, 0, 0, NULL, 0);

    n += put_frame(buf + n, ALPS_H2_SETTINGS, ALPS_H2_ACK, 0, NULL, 0);
    return h2_read(h2, buf, n, cap);
}

static void
expect_stream_refused(const char *const *text, enum alps_reason reason)
{
    static uint32_t id;
    size_t before;

    if (n_out == 0) {
        id = 1;
        cr_assert(greet());
    }
    before = n_out;
    cr_expect(headers(id, true, text), "refused as a whole: %s", alps_reason_name(decision.reason));
    cr_expect_eq(last_reason, reason, "%s instead of %s", alps_reason_name(last_reason), alps_reason_name(reason));
    cr_expect(n_out == before || (n_out == before + 9 && out[before + 3] == ALPS_H2_SETTINGS), "something of it left");
    id += 2;
}

Test(h2, allowed_streams_leave_byte_for_byte)
{
    alps_slice preface = ALPS_H2_PREFACE;
    uint8_t wire[8192], block[1024];
    size_t n = preface.n;

    memcpy(wire, preface.p, preface.n);
    n += put_frame(wire + n, ALPS_H2_SETTINGS, 0, 0, "\0\3\0\0\0\144", 6);
    for (uint32_t id = 1; id < 8; id += 2) {
        size_t k = encode(FIELDS(LINE("PUT", "/a"), SIGNED), block, sizeof block);

        n += put_frame(wire + n, ALPS_H2_HEADERS, 0, id, block, k / 2);
        n += put_frame(wire + n, ALPS_H2_CONTINUATION, ALPS_H2_END_HEADERS, id, block + k / 2, k - k / 2);
        n += put_frame(wire + n, ALPS_H2_DATA, ALPS_H2_PADDED, id, "\2abc\0\0", 6);
        n += put_frame(wire + n, ALPS_H2_DATA, ALPS_H2_END_STREAM, id, "xyz", 3);
    }
    n += put_frame(wire + n, ALPS_H2_PING, 0, 0, "12345678", 8);
    for (size_t i = 0; i < n; i++)
        cr_assert(say(wire + i, 1), "byte %zu: %s", i, alps_reason_name(decision.reason));
    cr_assert_eq(n_out, n);
    cr_expect_eq(memcmp(out, wire, n), 0);
    cr_expect_eq(n_allowed, 4);
}

Test(h2, a_refused_stream_is_answered_and_the_others_go_on)
{
    char text[4096];
    uint8_t buf[16384], ids[4] = { 0 };
    size_t n, streams = 0;

    cr_assert(greet());
    cr_assert(headers(1, true, FIELDS(LINE("PUT", "/one"), SIGNED, "x-first", "1")));
    cr_assert(headers(3, true, FIELDS(LINE("DELETE", "/secret"), SIGNED, "x-second", "2")));
    cr_assert(headers(5, true, FIELDS(LINE("PUT", "/three"), SIGNED, "x-second", "2", "x-first", "1")));
    cr_expect_null(memmem(out, n_out, "secret", 6));
    while (at_out < n_out) {
        struct alps_h2_frame f = arrive(text);

        if (f.type == ALPS_H2_HEADERS) {
            ids[streams++] = (uint8_t)f.stream;
            if (f.stream == 5) {
                cr_expect_not_null(strstr(text, ":path=/three;"));
                cr_expect_not_null(strstr(text, "x-second=2;x-first=1;"), "%s", text);
            }
        }
    }
    cr_expect_eq(streams, 2);
    cr_expect(ids[0] == 1 && ids[1] == 5);
    n = hear(buf, sizeof buf);
    cr_expect_not_null(memmem(buf, n, "AccessDenied", 12));
    cr_expect_eq(alps_h2_frame_read(buf).type, ALPS_H2_SETTINGS);
    cr_expect_eq(alps_h2_frame_read(buf + 9).stream, 3, "the answer comes between the server's frames");
    cr_expect_eq(alps_h2_frame_read(buf + n - 9).flags, ALPS_H2_ACK, "the client's own SETTINGS are acknowledged");
    n = put_frame(buf, ALPS_H2_SETTINGS, ALPS_H2_ACK, 0, NULL, 0);
    cr_expect_eq(h2_read(h2, buf, n, sizeof buf), 0, "ours were, too, which is nobody else's business");
}

#define DDB "dynamodb.eu-west-1.amazonaws.com"
#define PUT_ITEM ":method", "POST", ":scheme", "https", ":path", "/", ":authority", DDB, "x-amz-target", \
    "DynamoDB_20120810.PutItem", "content-type", "application/x-amz-json-1.0", "authorization", \
    "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"

Test(h2, a_body_that_decides_is_held_and_keeps_the_order_of_streams)
{
    static const char body[] = "{\"TableName\":\"ORDERS\",\"Item\":{}}", other[] = "{\"TableName\":\"OTHER\",\"Item\":{}}";
    char text[4096];
    size_t before;

    h2_free(h2);
    h2 = h2_new(ALPS_S(DDB));
    cr_assert(greet());
    before = n_out;
    cr_assert(headers(1, false, FIELDS(PUT_ITEM, "x-n", "1")));
    cr_assert(headers(3, false, FIELDS(PUT_ITEM, "x-n", "3")));
    cr_assert(headers(5, false, FIELDS(PUT_ITEM, "x-n", "5")));
    cr_assert(frame(ALPS_H2_DATA, ALPS_H2_END_STREAM, 5, body, sizeof body - 1));
    cr_expect_eq(n_out, before, "5 waits for 1 and 3");
    cr_assert(frame(ALPS_H2_DATA, ALPS_H2_END_STREAM, 3, other, sizeof other - 1));
    cr_expect_eq(n_denied, 1, "3 is refused at once");
    cr_assert(frame(ALPS_H2_DATA, 0, 1, body, 5));
    cr_assert(frame(ALPS_H2_DATA, ALPS_H2_END_STREAM, 1, body + 5, sizeof body - 6));
    cr_expect_eq(n_allowed, 2);
    cr_expect_null(memmem(out, n_out, "OTHER", 5));
    for (uint32_t seen = 0; at_out < n_out;) {
        struct alps_h2_frame f = arrive(text);

        if (f.type == ALPS_H2_HEADERS) {
            cr_expect_eq(f.stream, seen ? 5 : 1);
            cr_expect_not_null(strstr(text, f.stream == 1 ? "x-n=1;" : "x-n=5;"), "%s", text);
            seen = f.stream;
        }
    }
}

Test(h2, a_full_window_decides)
{
    static char body[70000];

    h2_free(h2);
    h2 = h2_new(ALPS_S(DDB));
    cr_assert(greet());
    cr_assert(headers(1, false, FIELDS(PUT_ITEM)));
    memset(body, ' ', sizeof body);
    for (unsigned i = 0; i < 3; i++)
        cr_assert(frame(ALPS_H2_DATA, 0, 1, body, 16384));
    cr_expect_eq(n_denied, 0);
    cr_assert(frame(ALPS_H2_DATA, 0, 1, body, 65535 - 3 * 16384));
    cr_expect_eq(last_reason, ALPS_BODY_LATE);
}

Test(h2, a_window_full_of_what_the_server_has_decides_nothing)
{
    static char body[16384];

    cr_assert(greet());
    cr_assert(headers(1, false, FIELDS(LINE("PUT", "/a"), SIGNED)));
    for (unsigned i = 0; i < 3; i++)
        cr_assert(frame(ALPS_H2_DATA, 0, 1, body, sizeof body));
    cr_assert(frame(ALPS_H2_DATA, 0, 1, body, 65535 - 3 * sizeof body - 5));
    cr_assert(headers(3, false, FIELDS(LINE("POST", "/?delete"), SIGNED)));
    cr_assert(frame(ALPS_H2_DATA, 0, 3, "<Dele", 5));
    cr_expect_eq(n_denied, 0);
    cr_assert(frame(ALPS_H2_DATA, ALPS_H2_END_STREAM, 3, "te><Object><Key>a</Key></Object></Delete>", 41));
    cr_expect_eq(last_reason, ALPS_NOT_LISTED, "%s", alps_reason_name(last_reason));
}

Test(h2, M02_pseudo_fields)
{
    static const char *const bad[][16] = {
        { ":method", "PUT", ":scheme", "https", ":path", "/a", ":path", "/b", ":authority", HOST },
        { ":method", "PUT", ":scheme", "https", ":path", "/a" },
        { ":method", "PUT", ":path", "/a", ":authority", HOST },
        { ":method", "PUT", ":scheme", "http", ":path", "/a", ":authority", HOST },
        { ":method", "put", ":scheme", "https", ":path", "/a", ":authority", HOST },
        { ":method", "PUT", ":scheme", "https", "x", "y", ":path", "/a", ":authority", HOST },
        { ":method", "PUT", ":scheme", "https", ":path", "/a", ":authority", HOST, ":status", "200" }
    };

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_stream_refused(bad[i], ALPS_MALFORMED_LINE);
    expect_stream_refused(FIELDS(LINE("PUT", "https://" HOST "/a")), ALPS_BAD_TARGET);
    expect_stream_refused(FIELDS(LINE("PUT", "/a b")), ALPS_BAD_TARGET);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "host", "other.example"), ALPS_HOST_DIFFERS);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "X-Upper", "1"), ALPS_MALFORMED_FIELD);
}

Test(h2, M04_fields_of_one_connection_and_lengths)
{
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "transfer-encoding", "chunked"), ALPS_MALFORMED_FIELD);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "connection", "close"), ALPS_MALFORMED_FIELD);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "x", "a\r\nb: c"), ALPS_MALFORMED_FIELD);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "te", "gzip"), ALPS_MALFORMED_FIELD);
    expect_stream_refused(FIELDS(LINE("PUT", "/a"), "content-length", "3"), ALPS_FRAMING);
    cr_assert(headers(101, false, FIELDS(LINE("PUT", "/a"), SIGNED, "content-length", "3")));
    cr_expect_not(frame(ALPS_H2_DATA, ALPS_H2_END_STREAM, 101, "ab", 2));
    cr_expect_eq(decision.reason, ALPS_FRAMING);
}

Test(h2, M05_connect)
{
    expect_stream_refused(FIELDS(":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "/", ":authority",
                                 HOST), ALPS_UPGRADE);
    expect_stream_refused(FIELDS(":method", "CONNECT", ":authority", HOST), ALPS_MALFORMED_LINE);
}

/* M03: each ends the connection. */
static void
expect_end(uint8_t type, uint8_t flags, uint32_t stream, size_t n)
{
    static const uint8_t zeros[70000];

    cr_expect_not(frame(type, flags, stream, zeros, n), "type %u, stream %u, %zu bytes", type, stream, n);
    cr_expect_eq(decision.reason, ALPS_HTTP2_FRAMES, "%s", alps_reason_name(decision.reason));
    teardown();
    setup();
    cr_assert(greet());
    cr_assert(headers(3, true, FIELDS(LINE("PUT", "/a"), SIGNED)));
}

Test(h2, M03_frames)
{
    cr_expect_not(frame(ALPS_H2_SETTINGS, 0, 0, NULL, 0), "no preface");
    teardown();
    setup();
    say(ALPS_H2_PREFACE.p, ALPS_H2_PREFACE.n);
    expect_end(ALPS_H2_PING, 0, 0, 8);                  /* SETTINGS come first */
    expect_end(ALPS_H2_DATA, 0, 5, 1);                  /* of a stream that is not open, */
    expect_end(ALPS_H2_DATA, 0, 3, 1);                  /* has ended, */
    expect_end(ALPS_H2_DATA, 0, 0, 1);                  /* or is none */
    expect_end(ALPS_H2_HEADERS, ALPS_H2_END_HEADERS, 1, 0);     /* lower than one before */
    expect_end(ALPS_H2_HEADERS, ALPS_H2_END_HEADERS, 4, 0);     /* a server's */
    expect_end(ALPS_H2_HEADERS, ALPS_H2_END_HEADERS | ALPS_H2_PADDED, 5, 0);
    expect_end(ALPS_H2_CONTINUATION, ALPS_H2_END_HEADERS, 5, 1);
    expect_end(ALPS_H2_PUSH_PROMISE, ALPS_H2_END_HEADERS, 5, 4);
    expect_end(ALPS_H2_RST_STREAM, 0, 5, 4);
    expect_end(ALPS_H2_RST_STREAM, 0, 3, 5);
    expect_end(ALPS_H2_SETTINGS, ALPS_H2_ACK, 0, 6);
    expect_end(ALPS_H2_SETTINGS, 0, 0, 5);
    expect_end(ALPS_H2_WINDOW_UPDATE, 0, 0, 3);
    expect_end(ALPS_H2_PING, 0, 1, 8);
    expect_end(ALPS_H2_DATA, 0, 3, 16385);              /* longer than anybody asked for */
    frame(ALPS_H2_HEADERS, 0, 5, "\x82", 1);
    expect_end(ALPS_H2_PING, 0, 0, 8);                  /* inside a header block */
    frame(ALPS_H2_HEADERS, 0, 5, "\x82", 1);
    for (unsigned i = 0; i < 32; i++)
        cr_assert(frame(ALPS_H2_CONTINUATION, 0, 5, NULL, 0));
    expect_end(ALPS_H2_CONTINUATION, 0, 5, 0);          /* a flood of nothing */
    cr_expect_not(frame(ALPS_H2_HEADERS, ALPS_H2_END_HEADERS, 5, "\xff\xff\xff\xff\xff\xff\xff", 7), "not HPACK");
}

Test(h2, an_answer_waits_for_the_end_of_a_frame)
{
    uint8_t buf[16384], wire[64];
    size_t n = put_frame(wire, ALPS_H2_SETTINGS, 0, 0, NULL, 0), got;

    cr_assert(greet());
    cr_expect_eq(h2_read(h2, wire, n, sizeof wire), n);
    n = put_frame(wire, ALPS_H2_PING, 0, 0, "12345678", 8);
    cr_expect_eq(h2_read(h2, wire, 12, 12), 12, "a frame that is not whole");
    cr_assert(headers(1, true, FIELDS(LINE("DELETE", "/secret"), SIGNED)));
    cr_expect_eq(h2_ready(h2, buf, sizeof buf, false), 0);
    memcpy(buf, wire + 12, n - 12);
    got = h2_read(h2, buf, n - 12, sizeof buf);
    cr_expect_gt(got, n - 12);
    cr_expect_eq(memcmp(buf, wire + 12, n - 12), 0);
    cr_expect_eq(alps_h2_frame_read(buf + n - 12).type, ALPS_H2_HEADERS);
}

Test(h2, grpc_is_answered_by_trailers_alone)
{
    uint8_t buf[16384];
    size_t n;

    cr_assert(greet());
    cr_assert(headers(1, true, FIELDS(LINE("POST", "/google.pubsub.v1.Publisher/Publish"), "content-type",
                                      "application/grpc", "te", "trailers")));
    n = hear(buf, sizeof buf);
    cr_expect_not_null(memmem(buf, n, "grpc-status\0017", 13));
    cr_expect_eq(alps_h2_frame_read(buf + 9).flags, ALPS_H2_END_HEADERS | ALPS_H2_END_STREAM);
}

Test(h2, nothing_leaves_for_a_host_that_no_request_may_reach)
{
    uint8_t buf[16384], settings[9];
    size_t n;
    char *last;

    h2_free(h2);
    h2 = h2_new(ALPS_S("evil.example"));
    cr_assert(greet());
    cr_assert(frame(ALPS_H2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0secret", 14));
    cr_assert(frame(ALPS_H2_PING, 0, 0, "mysecret", 8));
    n = put_frame(settings, ALPS_H2_SETTINGS, 0, 0, NULL, 0);
    cr_expect_eq(h2_read(h2, settings, n, n), n);
    cr_expect_not(headers(1, true, FIELDS(":method", "GET", ":scheme", "https", ":path", "/", ":authority", "evil.example")));
    cr_expect_eq(decision.reason, ALPS_HOST_NOT_LISTED);
    cr_expect_eq(n_out, 0, "not even the preface");
    last = h2_goodbye(h2, &decision, &n);
    memcpy(buf, last, n);
    free(last);
    cr_expect_eq(alps_h2_frame_read(buf).type, ALPS_H2_HEADERS);
    cr_expect_not_null(memmem(buf, n, "HOST_NOT_LISTED", 15));
}

Test(h2, a_frame_survives_being_written_and_read)
{
    struct alps_h2_frame f = { 0xabcdef, 0x12345678, 7, 0x2d }, g;
    uint8_t head[ALPS_H2_HEAD];

    alps_h2_frame_write(head, &f);
    g = alps_h2_frame_read(head);
    cr_expect(g.length == f.length && g.stream == f.stream && g.type == f.type && g.flags == f.flags);
}
