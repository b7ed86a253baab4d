#include <criterion/criterion.h>
#include <stdio.h>

#include "allowlists/allow_json.h"
#include "shim/guard.h"
#include "shim/log.h"
#include "shim/reload.h"
#include "shim/stream.c"

struct guard guard = { .file = "test.json", .function = "test" };
static unsigned n_allowed, n_denied;

void
reload_check(uint64_t now_ns)
{
    (void)now_ns;
}

void
log_decision(const struct alps_decision *d, uint64_t ns)
{
    (void)ns;
    if (d->verdict == ALPS_ALLOW)
        n_allowed++;
    else
        n_denied++;
}

static const char *
no_variable(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static void
load(void)
{
    static uint8_t block[1 << 20];
    struct alps_arena arena = { block, block + sizeof block };
    struct alps_allow_error err = { 0 };
    alps_slice json = ALPS_S(
        "{\"alps\":1,\"context\":{\"account\":\"111122223333\",\"region\":\"eu-west-1\"},\"allow\":{"
        "\"s3\":{\"arn:aws:s3:::reports/*\":[\"s3:PutObject\"]},"
        "\"dynamodb\":{\"arn:aws:dynamodb:eu-west-1:111122223333:table/ORDERS\":[\"dynamodb:PutItem\"]}}}");
    struct alps_allow *allow = alps_allow_read(&arena, &alps_catalog_builtin, json, &err);

    cr_assert_not_null(allow, "%u:%u: %s", err.line, err.column, err.text);
    guard.policy = alps_allow_policy(&arena, &alps_catalog_builtin, allow, no_variable, NULL, NULL, &err);
    cr_assert_not_null(guard.policy);
}

TestSuite(stream, .init = load);

/* A wire that takes what it likes: the chance of a refusal, of a short write; and, as OpenSSL, it keeps what it was
 * given and insists on the same bytes when asked again. */
struct wire {
    uint8_t bytes[1 << 20];
    size_t n;
    unsigned seed, busy;                /* busy: of 8 writes, so many are put off */
    uint8_t put_off[STREAM_SLICE];
    size_t n_put_off;
};

static size_t
to_wire(void *ctx, const uint8_t *p, size_t n)
{
    struct wire *w = ctx;

    cr_assert_leq(n, STREAM_SLICE);
    if (w->n_put_off)
        cr_assert(n == w->n_put_off && memcmp(p, w->put_off, n) == 0, "other bytes than the ones that were put off");
    w->n_put_off = 0;
    w->seed = w->seed * 1103515245u + 12345u;
    if ((w->seed >> 16) % 8 < w->busy) {
        memcpy(w->put_off, p, n);
        w->n_put_off = n;
        return 0;
    }
    memcpy(w->bytes + w->n, p, n);
    w->n += n;
    return n;
}

static size_t
request(char *out, size_t cap, const char *to, const char *key, size_t body)
{
    size_t n = (size_t)snprintf(out, cap,
        "PUT /%s HTTP/1.1\r\nHost: %s.s3.eu-west-1.amazonaws.com\r\nContent-Length: %zu\r\n"
        "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-date: 20261121T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
        "Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n",
        key, to, body);

    for (size_t i = 0; i < body; i++)
        out[n++] = (char)(i * 7 % 251);
    return n;
}

static struct stream *
fresh(const char *host)
{
    static char session;
    struct stream *s;

    stream_forget(&session);
    s = stream_take(&session);
    stream_begin(s, alps_slice_of(host));
    return s;
}

static const char reports[] = "reports.s3.eu-west-1.amazonaws.com";

/* Write ${n} bytes in pieces of at most ${piece}, again and again until taken. */
static enum stream_result
write_all(struct stream *s, const char *text, size_t n, size_t piece, struct wire *w)
{
    for (size_t at = 0, take; at < n; at += take) {
        enum stream_result r;

        take = n - at < piece ? n - at : piece;
        while ((r = stream_write(s, (const uint8_t *)text + at, take, to_wire, w)) == STREAM_BLOCKED)
            ;
        if (r == STREAM_REFUSED)
            return r;
    }
    return STREAM_TAKEN;
}

Test(stream, allowed_bytes_arrive_as_they_were_however_they_are_cut)
{
    static char text[200000];
    static struct wire w;
    size_t n = request(text, sizeof text, "reports", "k", 60000);

    n += request(text + n, sizeof text - n, "reports", "k2", 3);
    n += request(text + n, sizeof text - n, "reports", "k3", 70000);
    for (unsigned round = 0; round < 40; round++) {
        static const size_t piece[] = { 1, 7, 100, 1000, 16383, 16384, 16385, 40000, 200000 };

        w = (struct wire){ .seed = round, .busy = round % 8 };
        cr_assert_eq(write_all(fresh(reports), text, n, piece[round % 9], &w), STREAM_TAKEN);
        cr_assert_eq(w.n, n);
        cr_assert_eq(memcmp(w.bytes, text, n), 0);
    }
}

Test(stream, nothing_of_a_refused_request_leaves_however_it_is_cut)
{
    static char text[100000];
    static struct wire w;
    size_t n = request(text, sizeof text, "salaries", "k", 50000);

    for (size_t piece = 1; piece < 60000; piece = piece * 3 + 1) {
        w = (struct wire){ .seed = (unsigned)piece, .busy = 3 };
        cr_assert_eq(write_all(fresh("salaries.s3.eu-west-1.amazonaws.com"), text, n, piece, &w), STREAM_REFUSED);
        cr_assert_eq(w.n, 0);
    }
}

Test(stream, other_bytes_after_a_wait_do_not_get_out)
{
    static char text[1000], other[1000];
    static struct wire w = { .busy = 8 };
    size_t n = request(text, sizeof text, "reports", "k", 5), m = request(other, sizeof other, "reports", "OTHER", 5);
    struct stream *s = fresh(reports);

    cr_assert_eq(stream_write(s, (const uint8_t *)text, n, to_wire, &w), STREAM_BLOCKED);
    w.busy = 0;
    stream_write(s, (const uint8_t *)other, m, to_wire, &w);   /* to_wire checks that it gets the first ones again */
    cr_assert_geq(w.n, n);
    cr_assert_eq(memcmp(w.bytes, text, n), 0);
    cr_assert_null(memmem(w.bytes, w.n, "OTHER", 5));
}

Test(stream, less_after_a_wait_poisons)
{
    static char text[1000];
    static struct wire w = { .busy = 8 };
    size_t n = request(text, sizeof text, "reports", "k", 5);
    struct stream *s = fresh(reports);

    cr_assert_eq(stream_write(s, (const uint8_t *)text, n, to_wire, &w), STREAM_BLOCKED);
    cr_assert_eq(stream_write(s, (const uint8_t *)text, n - 1, to_wire, &w), STREAM_REFUSED);
    cr_assert_eq(s->decision.reason, ALPS_POISONED);
}

Test(stream, judged_copy_is_what_leaves)
{
    static char text[1000];
    static struct wire w = { .busy = 8 };
    size_t n = request(text, sizeof text, "reports", "kkkkkkkk", 5);
    struct stream *s = fresh(reports);

    cr_assert_eq(stream_write(s, (const uint8_t *)text, n, to_wire, &w), STREAM_BLOCKED);
    memcpy(strstr(text, "kkkkkkkk"), "xxxxxxxx", 8);                    /* another thread changes its mind */
    w.busy = 0;
    cr_assert_eq(stream_write(s, (const uint8_t *)text, n, to_wire, &w), STREAM_TAKEN);
    cr_assert_not_null(memmem(w.bytes, w.n, "kkkkkkkk", 8));
}

Test(stream, body_that_names_the_resource_is_held_until_it_has)
{
    static struct wire w;
    static const char head[] = "POST / HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\nContent-Length: 47\r\n"
        "X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0\r\n\r\n",
        good[] = "{\"Item\":{\"id\":{\"S\":\"1\"}}, \"TableName\":\"ORDERS\"}",
        bad[] = "{\"Item\":{\"id\":{\"S\":\"1\"}},\"TableName\":\"PAYMENT\"}";

    for (int is_bad = 0; is_bad < 2; is_bad++) {
        const char *body = is_bad ? bad : good;
        struct stream *s = fresh("dynamodb.eu-west-1.amazonaws.com");

        w = (struct wire){ 0 };
        cr_assert_eq(write_all(s, head, sizeof head - 1, 50, &w), STREAM_TAKEN);
        cr_assert_eq(write_all(s, body, sizeof good - 2, 10, &w), STREAM_TAKEN);
        cr_assert_eq(w.n, 0, "the head waits for the body");
        cr_assert_eq(write_all(s, body + sizeof good - 2, 1, 1, &w), is_bad ? STREAM_REFUSED : STREAM_TAKEN);
        cr_assert_eq(w.n, is_bad ? 0 : sizeof head + sizeof good - 2);
    }
}

Test(stream, session_that_is_shared_lives_until_the_last_owner_leaves)
{
    static char session;

    cr_assert_not_null(stream_take(&session));
    stream_share(&session);
    stream_leave(&session);
    cr_assert_not_null(stream_find(&session));
    stream_leave(&session);
    cr_assert_null(stream_find(&session));
}

Test(stream, shared_session_that_is_started_anew_is_refused)
{
    static char session;

    stream_take(&session);
    stream_share(&session);
    stream_restart(&session);
    cr_assert(stream_is_refused(stream_find(&session)));
    stream_forget(&session);
    stream_take(&session);
    stream_restart(&session);
    cr_assert_null(stream_find(&session));
}

Test(stream, table_is_bounded)
{
    static char session[STREAM_MAX + 1];

    for (unsigned i = 0; i < STREAM_MAX; i++)
        cr_assert_not_null(stream_take(&session[i]));
    cr_assert_null(stream_take(&session[STREAM_MAX]));
    stream_leave(&session[7]);
    cr_assert_not_null(stream_take(&session[STREAM_MAX]));
}

Test(stream, observed_requests_are_told_one_by_one)
{
    static char text[4000];
    struct stream *s = fresh("salaries.s3.eu-west-1.amazonaws.com");
    size_t n = request(text, sizeof text, "salaries", "k", 100);

    guard.observe = true;
    for (unsigned i = 0; i < 3; i++) {
        stream_watch(s, (const uint8_t *)text, n / 2);
        stream_watch(s, (const uint8_t *)text + n / 2, n - n / 2);
        atomic_store(&s->answered, true);
    }
    cr_assert_eq(n_allowed, 3, "told %u times", n_allowed);
    cr_assert_eq(s->decision.reason, ALPS_OBSERVED);
}

/* ---- carrying (gRPC's BIO pair) ---------------------------------------------------------------------------------- */

enum { MEMORY_HAS = 17 * 1024 };

/* Memory that the library seals records into, and that its caller empties after each write. */
struct memory { uint8_t bytes[1 << 18]; size_t n, room; };

static size_t
to_memory(void *ctx, const uint8_t *p, size_t n)
{
    struct memory *m = ctx;

    cr_assert_leq(n, STREAM_SLICE);
    cr_assert_leq(n + 29, m->room, "a record does not fit");
    m->room -= n + 29;
    memcpy(m->bytes + m->n, p, n);
    m->n += n;
    return n;
}

/* One write of the client's: something leaves, always. */
static void
carry(struct stream *s, const void *p, size_t n, struct memory *m)
{
    size_t before = m->n;

    m->room = MEMORY_HAS;
    cr_assert_eq(stream_carry(s, p, n, to_memory, m), STREAM_TAKEN);
    cr_assert_gt(m->n, before, "gRPC would send what its memory held before");
}

static size_t
literal(uint8_t *to, const char *name, const char *value)
{
    size_t n = strlen(name), v = strlen(value);

    to[0] = 0;
    to[1] = (uint8_t)n;
    memcpy(to + 2, name, n);
    to[2 + n] = (uint8_t)v;
    memcpy(to + 3 + n, value, v);
    return 3 + n + v;
}

static size_t
put(uint8_t *to, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    struct alps_h2_frame f = { (uint32_t)n, stream, type, flags };

    alps_h2_frame_write(to, &f);
    memcpy(to + ALPS_H2_HEAD, payload, n);
    return ALPS_H2_HEAD + n;
}

/* The server acknowledges every SETTINGS that has arrived from ${at} on; how much of the answer is for the client. */
static size_t
acknowledge(struct stream *s, const struct memory *m, size_t *at, uint8_t *buf, size_t cap)
{
    size_t n = 0;

    while (*at + ALPS_H2_HEAD <= m->n) {
        struct alps_h2_frame f = alps_h2_frame_read(m->bytes + *at);

        if (*at + ALPS_H2_HEAD + f.length > m->n)
            break;
        if (f.type == ALPS_H2_SETTINGS)
            n += put(buf + n, ALPS_H2_SETTINGS, ALPS_H2_ACK, 0, "", 0);
        *at += ALPS_H2_HEAD + f.length;
    }
    return n ? stream_heard(s, buf, n, cap) : 0;
}

/* A body that decides at its end is let go all at once: more than memory has room for, and the client waits for an answer. */
Test(stream, what_has_no_room_is_carried_and_follows_by_itself)
{
    static struct memory m;
    static uint8_t wire[1 << 17], body[60000], got[1 << 17], in[4096];
    static const char start[] = "{\"Item\":{\"id\":{\"S\":\"1\"}},", end[] = "\"TableName\":\"ORDERS\"}";
    struct stream *s = fresh("dynamodb.eu-west-1.amazonaws.com");
    alps_slice preface = ALPS_H2_PREFACE;
    uint8_t block[1024];
    size_t n = 0, k = 0, at = preface.n, n_got = 0, left = sizeof body, heard;
    unsigned rounds = 0;

    s->both = true;
    s->sink = STREAM_MEMORY;
    memcpy(wire, preface.p, preface.n);
    n = preface.n + put(wire + preface.n, ALPS_H2_SETTINGS, 0, 0, "", 0);
    carry(s, wire, n, &m);
    heard = put(in, ALPS_H2_SETTINGS, 0, 0, "", 0);
    cr_assert_eq(stream_heard(s, in, heard, sizeof in), heard);
    cr_assert_eq(acknowledge(s, &m, &at, in, sizeof in), ALPS_H2_HEAD, "the client's own");

    k += literal(block + k, ":method", "POST");
    k += literal(block + k, ":scheme", "https");
    k += literal(block + k, ":path", "/");
    k += literal(block + k, ":authority", "dynamodb.eu-west-1.amazonaws.com");
    k += literal(block + k, "x-amz-target", "DynamoDB_20120810.PutItem");
    k += literal(block + k, "content-type", "application/x-amz-json-1.0");
    k += literal(block + k, "authorization", "AWS4-HMAC-SHA256 Credential=A/20261121/eu-west-1/dynamodb/aws4_request, "
                 "SignedHeaders=host, Signature=0");
    carry(s, wire, put(wire, ALPS_H2_HEADERS, ALPS_H2_END_HEADERS, 1, block, k), &m);
    memset(body, ' ', sizeof body);
    memcpy(body, start, sizeof start - 1);
    memcpy(body + sizeof body - sizeof end + 1, end, sizeof end - 1);
    for (size_t from = 0; left; from += k, left -= k) {
        k = left < 16000 ? left : 16000;
        carry(s, wire, put(wire, ALPS_H2_DATA, left == k ? ALPS_H2_END_STREAM : 0, 1, body + from, k), &m);
    }
    while ((heard = acknowledge(s, &m, &at, in, sizeof in))) {
        cr_assert_eq(alps_h2_frame_read(in).type, ALPS_H2_PING, "nothing else is for the client");
        cr_assert_eq(heard, 17);
        in[4] = ALPS_H2_ACK;
        carry(s, in, heard, &m);
        cr_assert_lt(++rounds, 20);
    }
    cr_expect_gt(rounds, 1);
    for (at = preface.n; at < m.n;) {
        struct alps_h2_frame f = alps_h2_frame_read(m.bytes + at);

        if (f.type == ALPS_H2_DATA) {
            memcpy(got + n_got, m.bytes + at + ALPS_H2_HEAD, f.length);
            n_got += f.length;
        } else {
            cr_expect(f.type == ALPS_H2_HEADERS || f.type == ALPS_H2_SETTINGS || f.type == 0x0b, "type %u", f.type);
        }
        at += ALPS_H2_HEAD + f.length;
    }
    cr_expect_eq(at, m.n);
    cr_expect_eq(n_got, sizeof body);
    cr_expect_arr_eq(got, body, sizeof body);
}
