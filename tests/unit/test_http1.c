/* Row ids (G01 …) are those of the bypass catalogue: differences between two readers of one HTTP/1.1 head. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/field.h"
#include "core/http1.h"
#include "core/reason.h"
#include "guard_page.h"

#define LINE "POST / HTTP/1.1\r\n"
#define HOST "Host: dynamodb.eu-west-1.amazonaws.com\r\n"
#define END "\r\n"

static struct alps_request req;

/* Whole, then in pieces of every kind that could differ; all must agree.  The last request stays in ${req} (its slices
 * do not). */
static ptrdiff_t
feed_bytes(const void *p, size_t n)
{
    struct guard_page g = guard_page(p, n);
    struct alps_http1 h = { 0 };
    ptrdiff_t whole = alps_http1_feed(&h, g.s, &req), piece = 0;

    guard_page_free(&g);
    for (size_t step = 1; step < 5; step++) {
        h = (struct alps_http1){ 0 };
        for (size_t at = step; piece == 0 && at < n + step; at += step) {
            g = guard_page(p, at < n ? at : n);
            piece = alps_http1_feed(&h, g.s, &req);
            guard_page_free(&g);
        }
        cr_expect_eq(piece, whole, "in pieces of %zu: %td, whole: %td", step, piece, whole);
        piece = 0;
    }
    return whole;
}

static ptrdiff_t
feed(const char *text)
{ return feed_bytes(text, strlen(text)); }

static void
refused(const char *text, enum alps_reason reason)
{
    ptrdiff_t rc = feed(text);

    cr_expect_eq(rc, -(ptrdiff_t)reason, "%s: %s, not %s", text, rc < 0 ? alps_reason_name((unsigned)-rc) : "taken",
                 alps_reason_name(reason));
}

static void
taken(const char *text)
{
    ptrdiff_t rc = feed(text);

    cr_expect_eq(rc, (ptrdiff_t)strlen(text), "%s: %s", text, rc < 0 ? alps_reason_name((unsigned)-rc) : "short");
}

static const char *
slice_text(alps_slice s)
{
    static char text[4][512];
    static unsigned turn;
    char *t = text[turn++ % 4];

    memcpy(t, s.p, s.n);
    t[s.n] = '\0';
    return t;
}

Test(http1, head_is_split_into_its_parts)
{
    const char text[] = "PUT /b/k%20x?acl&x=1 HTTP/1.1\r\nHost: s3.amazonaws.com:443\r\nEmpty:\r\nA: \t two words \t\r\n\r\nbody";
    struct guard_page g = guard_page_text(text);
    struct alps_http1 h = { 0 };
    bool twice;

    cr_assert_eq(alps_http1_feed(&h, g.s, &req), (ptrdiff_t)strlen(text) - 4);
    cr_expect_str_eq(slice_text(req.method), "PUT");
    cr_expect_str_eq(slice_text(req.path), "/b/k%20x");
    cr_expect_str_eq(slice_text(req.query), "acl&x=1");
    cr_expect(req.has_query);
    cr_expect_str_eq(slice_text(req.host), "s3.amazonaws.com:443");
    cr_expect_eq(req.n_headers, 3);
    cr_expect_eq(alps_request_header(&req, ALPS_S("EMPTY"), &twice)->value.n, 0);
    cr_expect_str_eq(slice_text(alps_request_header(&req, ALPS_S("a"), &twice)->value), "two words");
    cr_expect_null(alps_request_header(&req, ALPS_S("b"), &twice));
    guard_page_free(&g);
}

Test(http1, question_mark_alone_is_a_query)
{
    const char text[] = "GET /? HTTP/1.1\r\n" HOST END;
    struct alps_http1 h = { 0 };

    cr_assert_gt(alps_http1_feed(&h, alps_slice_of(text), &req), 0);
    cr_expect(req.has_query && req.query.n == 0);
    h = (struct alps_http1){ 0 };
    cr_assert_gt(alps_http1_feed(&h, alps_slice_of(LINE HOST END), &req), 0);
    cr_expect_not(req.has_query);
}

Test(http1, bad_is_final)
{
    struct alps_http1 h = { 0 };

    cr_expect_eq(alps_http1_feed(&h, alps_slice_of("GET / HTTP/1.0\r\n"), &req), -ALPS_MALFORMED_LINE);
    cr_expect_eq(alps_http1_feed(&h, alps_slice_of(LINE HOST END), &req), -ALPS_MALFORMED_LINE);
}

Test(http1, every_row_of_the_field_table_is_found)
{
    static const char *const once[] = {
        "Host", "Expect", "Trailer", "Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Authorization",
        "Smithy-Protocol", "SOAPAction", "Metadata", "Metadata-Flavor", "Secret", "X-Identity-Header", "X-HTTP-Method",
        "X-Method-Override", "X-HTTP-Method-Override", "If-Match", "A-IM"
    };
    unsigned row, rows = 0;

    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        cr_expect_eq(alps_field_rule(alps_slice_of(once[i]), &row), ALPS_FIELD_ONCE, "%s", once[i]);
        rows |= 1u << row;
    }
    cr_expect_eq(__builtin_popcount(rows), 19);
    cr_expect_eq(alps_field_rule(ALPS_S("http2-SETTINGS"), &row), ALPS_FIELD_UPGRADE);
    cr_expect_eq(alps_field_rule(ALPS_S("X-Amz-Target"), &row), ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR);
    cr_expect_eq(alps_field_rule(ALPS_S("x-goog-user-project"), &row), ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR);
    cr_expect_eq(alps_field_rule(ALPS_S("x-ms-version"), &row), ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR);
    cr_expect_eq(alps_field_rule(ALPS_S("x-amz-meta-anything"), &row), ALPS_FIELD_FREE);
    cr_expect_eq(alps_field_rule(ALPS_S("user-agent"), &row), ALPS_FIELD_FREE);
}

Test(http1, G05_obs_fold_is_refused)
{
    refused(LINE HOST "A: b\r\n X-Amz-Target: DynamoDB_20120810.GetItem\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE " A: b\r\n" HOST END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "A: b\r\n\tc\r\n" END, ALPS_MALFORMED_FIELD);
}

Test(http1, G06_bare_cr_lf_nul_and_controls_are_refused)
{
    refused(LINE HOST "A: b\rc\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "A: b\nX: c\r\n" END, ALPS_MALFORMED_FIELD);
    refused("POST / HTTP/1.1\n" HOST END, ALPS_MALFORMED_LINE);
    refused(LINE HOST "A: b\x01\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "A: b\x7f\r\n" END, ALPS_MALFORMED_FIELD);
    cr_expect_eq(feed_bytes(LINE HOST "A: \0\r\n\r\n", sizeof(LINE HOST "A: \0\r\n\r\n") - 1), -ALPS_MALFORMED_FIELD);
    refused("POST /a\tb HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    taken(LINE HOST "A: b\tc\r\n" END);
}

Test(http1, G07_names_are_tokens_right_before_the_colon)
{
    refused(LINE "Host : x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST ": x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "A(b): x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "no colon\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "A\xc3\xa4: x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "X_Amz_Target: x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "x_amz_sso_bearer_token: x\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Transfer_Encoding: chunked\r\n" END, ALPS_MALFORMED_FIELD);
    taken(LINE HOST "My_Field: x\r\n" END);
    taken(LINE HOST "x-amz-sso_bearer_token: x\r\n" END);         /* a vendor's own spelling */
    refused(LINE HOST "x-amz-sso_bearer_token: x\r\nx-amz-sso_bearer_token: y\r\n" END, ALPS_DUPLICATE_FIELD);
}

Test(http1, G08_deciding_fields_come_once)
{
    static const char *const names[] = {
        "Host", "Content-Length", "Transfer-Encoding", "Authorization", "X-Amz-Target", "X-Amz-Date", "x-amz-security-token",
        "Content-Type", "smithy-protocol", "x-amz-copy-source", "x-amz-content-sha256", "x-goog-user-project", "x-ms-copy-source",
        "Content-Encoding", "Expect", "SOAPAction", "x-amz-storage-class"
    };
    char text[512];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(text, sizeof text, LINE "%s: 1\r\nA: b\r\n%s%s: 1\r\n" END, names[i], i ? HOST : "", names[i]);
        refused(text, ALPS_DUPLICATE_FIELD);
        snprintf(text, sizeof text, LINE "%s: 1\r\nA: b\r\n%s" END, names[i], i ? HOST : "");
        taken(text);
    }
    refused(LINE HOST "x-amz-target: a\r\nX-AMZ-TARGET: a\r\n" END, ALPS_DUPLICATE_FIELD);
    taken(LINE HOST "Accept: a\r\nAccept: b\r\nx-amz-meta-a: 1\r\nx-amz-meta-a: 2\r\n" END);
    taken(LINE HOST "x-goog-api-client: gl-python/3.9\r\nx-goog-api-client: cred-type/jwt\r\n" END);
}

Test(http1, G08_J01_method_override_is_said_once)
{
    taken(LINE HOST "X-HTTP-Method-Override: DELETE\r\n" END);
    refused(LINE HOST "x-http-method: DELETE\r\nX-HTTP-Method: GET\r\n" END, ALPS_DUPLICATE_FIELD);
    refused(LINE HOST "X_HTTP_METHOD: DELETE\r\n" END, ALPS_MALFORMED_FIELD);
}

Test(http1, G09_trailer_may_not_name_what_decides)
{
    refused(LINE HOST "Trailer: X-Amz-Target\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Trailer: x-amz-checksum-crc32, Host\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Trailer: content_length\r\n" END, ALPS_MALFORMED_FIELD);
    taken(LINE HOST "x-amz-trailer: x-amz-checksum-crc32\r\nTrailer: x-amz-checksum-crc32, x-amz-trailer-signature\r\n" END);
}

Test(http1, G10_only_origin_form)
{
    refused("GET http://dynamodb.eu-west-1.amazonaws.com/ HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET https://other/ HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("OPTIONS * HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("CONNECT a.example:443 HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("CONNECT / HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /a#b HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /a\\b HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /%zz HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /%4 HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /?a=% HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET /\xc3\xa4 HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
    refused("GET a HTTP/1.1\r\n" HOST END, ALPS_BAD_TARGET);
}

Test(http1, G11_only_http_1_1_and_upper_case_methods)
{
    refused("GET /x\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("GET / HTTP/1.0\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("GET / HTTP/1.10\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("GET / http/1.1\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("GET  / HTTP/1.1\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("GET / HTTP/1.1 \r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("get / HTTP/1.1\r\n" HOST END, ALPS_MALFORMED_LINE);
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ALPS_NOT_HTTP);
    refused("\x16\x03\x01\x02", ALPS_NOT_HTTP);
    refused("*1\r\n$4\r\nPING\r\n", ALPS_NOT_HTTP);
    refused(" GET / HTTP/1.1\r\n" HOST END, ALPS_NOT_HTTP);
    taken("PATCH / HTTP/1.1\r\n" HOST END);
    taken("M-SEARCH / HTTP/1.1\r\n" HOST END);
}

Test(http1, G12_at_most_one_empty_line_comes_first)
{
    taken("\r\n" LINE HOST END);
    refused("\r\n\r\n" LINE HOST END, ALPS_MALFORMED_LINE);
    refused("\n" LINE HOST END, ALPS_NOT_HTTP);
}

Test(http1, G14_upgrade_is_refused)
{
    refused(LINE HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n" END, ALPS_UPGRADE);
    refused(LINE HOST "Upgrade: websocket\r\n" END, ALPS_UPGRADE);
    refused(LINE HOST "Connection: keep-alive, upgrade\r\n" END, ALPS_UPGRADE);
    refused(LINE HOST "HTTP2-Settings: x\r\n" END, ALPS_UPGRADE);
    taken(LINE HOST "Connection: keep-alive\r\n" END);
    taken(LINE HOST "Connection: close\r\nKeep-Alive: timeout=5\r\n" END);
}

Test(http1, G15_connection_may_not_name_what_decides)
{
    refused(LINE HOST "Connection: X-Amz-Target\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Connection: close , host\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Connection: a b\r\n" END, ALPS_MALFORMED_FIELD);
}

Test(http1, G16_limits_hold)
{
    static char text[ALPS_HEAD_MAX + 100];
    struct alps_http1 h = { 0 };
    int n = snprintf(text, sizeof text, LINE HOST);

    for (unsigned i = 0; i < ALPS_HEADERS - 1; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "A: b\r\n");
    strcpy(text + n, END);
    taken(text);
    strcpy(text + n, "A: b\r\n" END);
    refused(text, ALPS_TOO_MANY_FIELDS);

    n = snprintf(text, sizeof text, LINE HOST "A: ");
    memset(text + n, 'x', ALPS_HEAD_MAX - (size_t)n - 4);
    strcpy(text + ALPS_HEAD_MAX - 4, "\r\n\r\n");
    cr_expect_eq(alps_http1_feed(&h, alps_slice_of(text), &req), ALPS_HEAD_MAX);
    h = (struct alps_http1){ 0 };
    strcpy(text + ALPS_HEAD_MAX - 4, "x\r\n\r\n");
    cr_expect_eq(alps_http1_feed(&h, alps_slice_of(text), &req), -ALPS_HEAD_TOO_LONG);
    h = (struct alps_http1){ 0 };
    cr_expect_eq(alps_http1_feed(&h, (alps_slice){ (uint8_t *)text, ALPS_HEAD_MAX - 1 }, &req), 0);
    cr_expect_eq(alps_http1_feed(&h, (alps_slice){ (uint8_t *)text, ALPS_HEAD_MAX }, &req), -ALPS_HEAD_TOO_LONG);
}

Test(http1, G16_head_may_be_split_at_every_byte_and_moved)
{
    const char text[] = "POST /a?b HTTP/1.1\r\n" HOST "X-Amz-Target: T\r\nContent-Length: 0\r\n" END;

    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        struct guard_page first = guard_page(text, cut), all = guard_page_text(text);
        struct alps_http1 h = { 0 };

        cr_assert_eq(alps_http1_feed(&h, first.s, &req), 0);
        guard_page_free(&first);
        memset(&req, 0xff, sizeof req);
        cr_assert_eq(alps_http1_feed(&h, all.s, &req), (ptrdiff_t)sizeof text - 1);
        cr_expect_eq(req.n_headers, 3);
        cr_expect(alps_slice_eq(req.path, ALPS_S("/a")) && alps_slice_eq(req.query, ALPS_S("b")));
        cr_expect(alps_slice_eq(req.header[1].value, ALPS_S("T")));
        guard_page_free(&all);
    }
}

Test(http1, host_is_needed_and_plain)
{
    refused(LINE END, ALPS_MALFORMED_FIELD);
    refused(LINE "Host:\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE "Host: a, b\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE "Host: u@h\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE "Host: h/x\r\n" END, ALPS_MALFORMED_FIELD);
    taken(LINE "Host: [::1]:443\r\n" END);
}

Test(http1, bytes_above_ascii_are_for_fields_that_do_not_decide)
{
    taken(LINE HOST "User-Agent: \xc3\xa4\r\n" END);
    refused(LINE HOST "X-Amz-Target: \xc3\xa4\r\n" END, ALPS_MALFORMED_FIELD);
    refused(LINE HOST "Authorization: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xff\r\n" END, ALPS_MALFORMED_FIELD);
}

Test(http1, expect_passes)
{ taken(LINE HOST "Expect: 100-continue\r\nContent-Length: 5\r\n" END); }
