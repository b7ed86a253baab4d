/* Row ids (G13 …) are those of the bypass catalogue. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/conn.h"
#include "guard_page.h"
#include "no_alloc.h"

#define DDB "dynamodb.eu-west-1.amazonaws.com"
#define SCOPE "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n"
#define TABLE "arn:aws:dynamodb:eu-west-1:111122223333:table/"

static uint8_t memory[1 << 20];
static const struct alps_policy *policy;
static char wire[1 << 20];

static void
add(struct alps_policy *p, const char *action, alps_slice pattern)
{
    alps_slice name = alps_slice_of(action), service, rest;
    struct alps_rule rule = { .action = alps_action_find(&alps_catalog_builtin, name), .pattern = pattern, .label = name };

    alps_slice_cut(name, ':', &service, &rest);
    rule.service = service;
    cr_assert_neq(rule.action, 0, "%s", action);
    cr_assert_eq(alps_policy_allow(p, &rule), 0);
}

static void
setup(void)
{
    static const uint8_t objects[] = { 'a', 'r', 'n', ':', 'a', 'w', 's', ':', 's', '3', ':', ':', ':', 'r', 'e', 'p', 'o', 'r', 't', 's', '/', ALPS_ANY };
    struct alps_arena arena = { memory, memory + sizeof memory };
    struct alps_policy *p = alps_policy_new(&arena, &alps_catalog_builtin, 16, 4, 4);
    struct alps_context context = { .account = ALPS_S("111122223333"), .region = ALPS_S("eu-west-1") };

    cr_assert_not_null(p);
    alps_policy_context(p, &context);
    add(p, "dynamodb:PutItem", ALPS_S(TABLE "orders"));
    add(p, "dynamodb:GetItem", ALPS_S(TABLE "orders"));
    add(p, "dynamodb:BatchWriteItem", ALPS_S(TABLE "orders"));
    add(p, "dynamodb:DeleteItem", ALPS_S(TABLE "orders"));
    add(p, "s3:PutObject", (alps_slice){ objects, sizeof objects });
    cr_assert_eq(alps_policy_host(p, ALPS_S("api.example.com")), 0);
    policy = alps_policy_seal(p);
}

TestSuite(conn, .init = setup);

/* A DynamoDB request; the length is the caller's lie or the body's own (-1). */
static const char *
ddb(const char *operation, const char *body)
{
    static char text[4][ALPS_HOLD_MAX + 100000];
    static unsigned turn;
    char *t = text[turn++ % 4];

    snprintf(t, sizeof text[0], "POST / HTTP/1.1\r\nHost: " DDB "\r\nX-Amz-Target: DynamoDB_20120810.%s\r\n"
             "Content-Type: application/x-amz-json-1.0\r\n" SCOPE "Content-Length: %zu\r\n\r\n%s", operation, strlen(body), body);
    return t;
}

struct result { enum alps_verdict verdict; unsigned decided, allowed, reason; size_t left; };

/* Bring ${text} in pieces of ${step}, as a guard does: what is allowed leaves the buffer, the rest waits. */
static struct result
bring(struct alps_conn *c, const char *text, size_t n, size_t step, struct alps_decision *out)
{
    struct result r = { .verdict = ALPS_MORE };
    size_t from = 0, to = 0;

    while (r.verdict != ALPS_DENY) {
        struct guard_page g = guard_page(text + from, to - from);
        bool decided = false;
        size_t take = 0;

        r.verdict = alps_conn_feed(c, policy, g.s, &take, &decided, out);
        guard_page_free(&g);
        cr_assert_leq(take, to - from);
        cr_assert(r.verdict == ALPS_ALLOW ? take > 0 : take == 0);
        from += take;
        r.left += take;
        r.decided += decided;
        if (decided) {
            r.reason = out->reason;
            r.allowed += out->verdict == ALPS_ALLOW;
        }
        if (r.verdict == ALPS_ALLOW && from < to)
            continue;
        if (to == n)
            break;
        to = n - to < step ? n : to + step;
    }
    return r;
}

static struct alps_decision decision;

static struct result
judge_as(const char *sni, bool tls, const char *text, size_t step)
{
    static struct alps_conn c;

    memset(&c, 0xa5, sizeof c);
    memset(&decision, 0xa5, sizeof decision);
    alps_conn_init(&c, tls, alps_slice_of(sni));
    return bring(&c, text, strlen(text), step, &decision);
}

static void
expect(const char *sni, const char *text, enum alps_verdict verdict, enum alps_reason reason, unsigned requests)
{
    static const size_t steps[] = { 1 << 20, 1, 7, 1000 };

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct result r;

        if (steps[i] < 100 && strlen(text) > 20000)
            continue;
        r = judge_as(sni, true, text, steps[i]);
        cr_expect_eq(r.verdict, verdict, "in %zus: verdict %d, reason %s: %.300s", steps[i], (int)r.verdict, alps_reason_name(r.reason), text);
        cr_expect_eq(r.reason, reason, "in %zus: %s, not %s: %.300s", steps[i], alps_reason_name(r.reason), alps_reason_name(reason), text);
        cr_expect_eq(r.decided, requests, "in %zus: %u decided", steps[i], r.decided);
        if (verdict == ALPS_ALLOW)
            cr_expect_eq(r.left, strlen(text), "in %zus: %zu of %zu left", steps[i], r.left, strlen(text));
    }
}

Test(conn, listed_call_leaves_whole)
{
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{\"id\":{\"S\":\"1\"}}}"), ALPS_ALLOW, ALPS_LISTED, 1);
    cr_expect_eq(decision.n_accesses, 1);
    cr_expect(alps_slice_eq(alps_decision_resource(&decision, 0), ALPS_S(TABLE "orders")));
    cr_expect_str_eq(alps_action_name(&alps_catalog_builtin, decision.access[0].action, &(struct alps_room){ "" }), "dynamodb:PutItem");
    cr_expect_str_eq(decision.host, DDB);
    cr_expect_eq(decision.vendor, ALPS_AWS);
    cr_expect_eq(decision.rule, 0);
}

Test(conn, unlisted_table_does_not_leave)
{
    struct result r;

    expect(DDB, ddb("PutItem", "{\"TableName\":\"payments\",\"Item\":{}}"), ALPS_DENY, ALPS_NOT_LISTED, 1);
    r = judge_as(DDB, true, ddb("PutItem", "{\"Item\":{},\"TableName\":\"payments\"}"), 50);
    cr_expect_eq(r.left, 0);
    cr_expect_eq(decision.failed, 0);
    cr_expect(alps_slice_eq(alps_decision_resource(&decision, decision.failed), ALPS_S(TABLE "payments")));
    cr_expect_eq(decision.rule, UINT32_MAX);
}

Test(conn, unlisted_action_does_not_leave)
{ expect(DDB, ddb("Scan", "{\"TableName\":\"orders\"}"), ALPS_DENY, ALPS_NOT_LISTED, 1); }

Test(conn, every_part_of_a_batch_is_checked)
{
    expect(DDB, ddb("BatchWriteItem", "{\"RequestItems\":{\"orders\":[{\"PutRequest\":{\"Item\":{}}}]}}"), ALPS_ALLOW, ALPS_LISTED, 1);
    expect(DDB, ddb("BatchWriteItem", "{\"RequestItems\":{\"orders\":[{\"PutRequest\":{\"Item\":{}}}],\"payments\":[{\"PutRequest\":{\"Item\":{}}}]}}"),
           ALPS_DENY, ALPS_NOT_LISTED, 1);
}

Test(conn, without_a_policy_everything_is_refused)
{
    policy = NULL;
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{}}"), ALPS_DENY, ALPS_NO_POLICY, 1);
    cr_expect_eq(decision.vendor, ALPS_AWS);
    cr_expect_eq(decision.protocol, ALPS_PROTO_JSON10);
    expect("api.example.com", "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n", ALPS_DENY, ALPS_NO_POLICY, 1);
}

Test(conn, hosts_that_are_no_cloud_are_judged_by_name)
{
    expect("api.example.com", "GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n", ALPS_ALLOW, ALPS_HOST_LISTED, 1);
    expect("API.example.com", "POST /x HTTP/1.1\r\nHost: api.example.com:443\r\nContent-Length: 5\r\n\r\nhello", ALPS_ALLOW, ALPS_HOST_LISTED, 1);
    expect("attacker.example", "POST /x HTTP/1.1\r\nHost: attacker.example\r\nContent-Length: 5\r\n\r\nhello", ALPS_DENY, ALPS_HOST_NOT_LISTED, 1);
}

Test(conn, E10_server_name_and_host_must_agree)
{
    expect("attacker.example", "GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n", ALPS_DENY, ALPS_HOST_DIFFERS, 1);
    expect("api.example.com", "GET /x HTTP/1.1\r\nHost: attacker.example\r\n\r\n", ALPS_DENY, ALPS_HOST_DIFFERS, 1);
    expect("", "GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n", ALPS_DENY, ALPS_HOST_DIFFERS, 1);
    cr_expect_eq(judge_as("", false, "GET /x HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n", 1000).verdict, ALPS_ALLOW);
}

Test(conn, G13_pipelined_requests_are_each_judged)
{
    char *t = wire;

    t += sprintf(t, "%s", ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{}}"));
    t += sprintf(t, "%s", ddb("GetItem", "{\"TableName\":\"orders\",\"Key\":{}}"));
    expect(DDB, wire, ALPS_ALLOW, ALPS_LISTED, 2);
    sprintf(t, "%s", ddb("Scan", "{\"TableName\":\"orders\"}"));
    expect(DDB, wire, ALPS_DENY, ALPS_NOT_LISTED, 3);
    cr_expect_eq(judge_as(DDB, true, wire, sizeof wire).left, (size_t)(t - wire));
}

Test(conn, G13_a_request_inside_a_body_stays_a_body_and_none_hides_behind_one)
{
    char inner[2000];

    snprintf(inner, sizeof inner, "GET /x HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 45\r\n\r\n%s",
             "GET /y HTTP/1.1\r\nHost: attacker.example\r\n\r\n..");
    expect("api.example.com", inner, ALPS_ALLOW, ALPS_HOST_LISTED, 1);
    snprintf(inner, sizeof inner, "GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n%s", "GET /y HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
    expect("api.example.com", inner, ALPS_DENY, ALPS_HOST_DIFFERS, 2);
}

Test(conn, a_denial_poisons_the_connection)
{
    static struct alps_conn c;
    bool decided;
    size_t n;

    alps_conn_init(&c, true, ALPS_S(DDB));
    cr_expect_eq(alps_conn_feed(&c, policy, alps_slice_of(ddb("Scan", "{\"TableName\":\"orders\"}")), &n, &decided, &decision), ALPS_DENY);
    cr_expect(decided);
    cr_expect_eq(alps_conn_feed(&c, policy, alps_slice_of(ddb("PutItem", "{\"TableName\":\"orders\"}")), &n, &decided, &decision), ALPS_DENY);
    cr_expect_not(decided);
    cr_expect_eq(n, 0);
}

Test(conn, K01_K02_K03_K05_bodies_that_can_be_read_twice_are_refused)
{
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\",\"TableName\":\"payments\",\"Item\":{}}"), ALPS_DENY, ALPS_BODY_DUPLICATE, 1);
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\",\"tableName\":\"payments\",\"Item\":{}}"), ALPS_DENY, ALPS_BODY_SYNTAX, 1);
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{},}"), ALPS_DENY, ALPS_BODY_SYNTAX, 1);
    expect(DDB, ddb("PutItem", "{\"TableName\":\"orders\"}{}"), ALPS_DENY, ALPS_BODY_SYNTAX, 1);
    cr_expect_eq(judge_as(DDB, true, ddb("PutItem", "{\"TableName\":{\"S\":\"orders\"}}"), 9).verdict, ALPS_DENY);
    cr_expect_eq(judge_as(DDB, true, ddb("PutItem", "{\"TableName\":null}"), 9).verdict, ALPS_DENY);
    cr_expect_eq(judge_as(DDB, true, ddb("PutItem", ""), 9).verdict, ALPS_DENY);
}

Test(conn, G17_G18_bodies_in_another_coding_are_refused)
{
    static const char *const fields[] = {
        "Content-Encoding: gzip\r\n", "Content-Type: application/x-amz-json-1.0; charset=utf-16\r\n",
        "Content-Type: application/x-amz-json-1.0;CHARSET=\"utf-7\"\r\n"
    };
    char text[1000];

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: " DDB "\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n%s" SCOPE
                 "Content-Length: 22\r\n\r\n{\"TableName\":\"orders\"}", fields[i]);
        expect(DDB, text, ALPS_DENY, ALPS_BODY_ENCODING, 1);
    }
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: " DDB "\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n"
             "Content-Type: application/x-amz-json-1.0; charset=UTF-8\r\n" SCOPE "Content-Length: 22\r\n\r\n{\"TableName\":\"orders\"}");
    expect(DDB, text, ALPS_ALLOW, ALPS_LISTED, 1);
}

Test(conn, K04_a_name_beyond_the_hold_limit_is_too_late)
{
    static char body[ALPS_HOLD_MAX + 1000];
    int n = sprintf(body, "{\"Item\":{\"x\":{\"S\":\"");

    memset(body + n, 'x', ALPS_HOLD_MAX);
    strcpy(body + n + ALPS_HOLD_MAX, "\"}},\"TableName\":\"orders\"}");
    expect(DDB, ddb("PutItem", body), ALPS_DENY, ALPS_BODY_LATE, 1);
}

Test(conn, K04_a_body_let_go_early_stays_watched)
{
    static char body[ALPS_HOLD_MAX + 1000];
    int n = sprintf(body, "{\"TableName\":\"orders\",\"Item\":{\"x\":{\"S\":\"");
    struct result r;

    memset(body + n, 'x', ALPS_HOLD_MAX);
    strcpy(body + n + ALPS_HOLD_MAX, "\"}}}");
    expect(DDB, ddb("PutItem", body), ALPS_ALLOW, ALPS_LISTED, 1);
    strcpy(body + n + ALPS_HOLD_MAX, "\"}},\"TableName\":\"payments\"}");
    r = judge_as(DDB, true, ddb("PutItem", body), 5000);
    cr_expect_eq(r.verdict, ALPS_DENY);
    cr_expect_eq(r.reason, ALPS_BODY_DUPLICATE);
    cr_expect_eq(r.decided, 2);
    cr_expect_lt(r.left, strlen(ddb("PutItem", body)));
}

static void
expect_framing(const char *sni, size_t step, unsigned decided)
{
    struct result r = judge_as(sni, true, wire, step);

    cr_expect_eq(r.verdict, ALPS_DENY);
    cr_expect_eq(r.reason, ALPS_FRAMING);
    cr_expect_eq(r.decided, decided);
    cr_expect_lt(r.left, strlen(wire));
}

Test(conn, bodies_that_decide_nothing_stream)
{
    const char head[] = "PUT /q3.csv HTTP/1.1\r\nHost: reports.s3.eu-west-1.amazonaws.com\r\nTransfer-Encoding: chunked\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n"
                        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n";
    char *t = wire + sprintf(wire, "%s", head);

    for (unsigned i = 0; i < 200; i++) {
        t += sprintf(t, "800\r\n");
        memset(t, 'x', 0x800);
        t += 0x800;
        t += sprintf(t, "\r\n");
    }
    sprintf(t, "0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n");
    expect("reports.s3.eu-west-1.amazonaws.com", wire, ALPS_ALLOW, ALPS_LISTED, 1);
    sprintf(t, "0\r\nHost: other\r\n\r\n");
    expect_framing("reports.s3.eu-west-1.amazonaws.com", 1 << 20, 1);       /* all there: refused before it leaves */
    expect_framing("reports.s3.eu-west-1.amazonaws.com", 1000, 2);          /* leaving: cut off before its end */
}

Test(conn, expect_100_continue_leaves_before_its_body)
{
    const char head[] = "PUT /q3.csv HTTP/1.1\r\nHost: reports.s3.eu-west-1.amazonaws.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
                        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n";
    struct result r = judge_as("reports.s3.eu-west-1.amazonaws.com", true, head, sizeof head);

    cr_expect_eq(r.verdict, ALPS_ALLOW);
    cr_expect_eq(r.left, sizeof head - 1);
}

Test(conn, framing_is_checked_before_anything_leaves)
{
    expect(DDB, "POST / HTTP/1.1\r\nHost: " DDB "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ALPS_DENY, ALPS_FRAMING, 1);
    expect(DDB, "GET / HTTP/1.0\r\nHost: " DDB "\r\n\r\n", ALPS_DENY, ALPS_MALFORMED_LINE, 1);
    expect(DDB, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ALPS_DENY, ALPS_NOT_HTTP, 1);
}

Test(conn, A16_a_saved_connection_judges_the_same_bytes_again_and_others_anew)
{
    static struct alps_conn c, saved;
    const char *good = ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{}}");
    const char *bad = ddb("PutItem", "{\"TableName\":\"salary\",\"Item\":{}}");
    bool decided;
    size_t n, half = strlen(good) / 2;

    alps_conn_init(&c, true, ALPS_S(DDB));
    cr_assert_eq(alps_conn_feed(&c, policy, (alps_slice){ (const uint8_t *)good, half }, &n, &decided, &decision), ALPS_MORE);
    alps_conn_copy(&saved, &c);
    cr_expect_eq(alps_conn_feed(&c, policy, alps_slice_of(good), &n, &decided, &decision), ALPS_ALLOW);
    alps_conn_copy(&c, &saved);
    cr_expect_eq(alps_conn_feed(&c, policy, alps_slice_of(good), &n, &decided, &decision), ALPS_ALLOW);
    cr_expect(decided && n == strlen(good));
    alps_conn_copy(&c, &saved);
    cr_expect_eq(alps_conn_feed(&c, policy, alps_slice_of(bad), &n, &decided, &decision), ALPS_DENY);
}

Test(conn, a_buffer_that_becomes_shorter_is_refused)
{
    static struct alps_conn c;
    const char *text = ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{}}");
    bool decided;
    size_t n;

    alps_conn_init(&c, true, ALPS_S(DDB));
    cr_assert_eq(alps_conn_feed(&c, policy, (alps_slice){ (const uint8_t *)text, strlen(text) - 1 }, &n, &decided, &decision), ALPS_MORE);
    cr_expect_eq(alps_conn_feed(&c, policy, (alps_slice){ (const uint8_t *)text, strlen(text) - 9 }, &n, &decided, &decision), ALPS_DENY);
    cr_expect_eq(decision.reason, ALPS_INTERNAL);
}

Test(conn, nothing_is_allocated_once_the_policy_is_sealed)
{
    const char *texts[] = {
        ddb("PutItem", "{\"TableName\":\"orders\",\"Item\":{}}"), ddb("Scan", "{\"TableName\":\"orders\"}"),
        "GET /x HTTP/1.1\r\nHost: api.example.com\r\n\r\n", "nonsense\r\n"
    };
    size_t before = n_allocations;
    void *p;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t step = 1; step < 1000; step += 123)
            judge_as(i == 2 ? "api.example.com" : DDB, true, texts[i], step);
    cr_expect_eq(n_allocations, before);
    p = malloc(1);
    cr_expect_eq(n_allocations, before + 1, "the counter counts");
    free(p);
}

Test(conn, decision_keeps_the_access_that_failed)
{
    static char room[ALPS_RESOURCE];
    struct alps_access a = { .action = 1, .resource = { (const uint8_t *)room, sizeof room } };

    memset(room, 'r', sizeof room);
    alps_decision_init(&decision, ALPS_S("h"));
    for (unsigned i = 0; i < 20; i++)
        alps_decision_add(&decision, &a, false);
    cr_expect_eq(decision.n_accesses, 2);
    cr_expect_eq(decision.more_accesses, 18);
    a.resource = ALPS_S("last");
    alps_decision_add(&decision, &a, true);
    cr_expect(alps_slice_eq(alps_decision_resource(&decision, decision.failed), ALPS_S("last")));
    cr_expect_eq(decision.n_accesses + decision.more_accesses, 21);
}
