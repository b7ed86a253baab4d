#include "allowlists/allow_json.h"

#include <cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "guard_page.h"

static const struct alps_catalog *const catalog = &alps_catalog_builtin;
static uint8_t block[4 << 20];
static struct alps_arena arena;
static struct alps_allow_error err;

static const struct alps_allow *
read_text(const char *json)
{
    struct guard_page g = guard_page_text(json);
    const struct alps_allow *a;

    arena = (struct alps_arena){ block, block + sizeof block };
    a = alps_allow_read(&arena, catalog, g.s, &err);
    guard_page_free(&g);                    /* nothing of the text is needed any more */
    return a;
}

static bool
text_is(alps_slice s, const char *text)
{ return alps_slice_eq(s, alps_slice_of(text)); }

static const char whole[] =
    "{\n"
    "  \"alps\": 1,\n"
    "  \"function\": \"checkout\",\n"
    "  \"code\": \"sha256:00ff\",\n"
    "  \"context\": { \"account\": \"${env:AWS_ACCOUNT_ID}\", \"region\": \"eu-west-1\" },\n"
    "  \"allow\": {\n"
    "    \"dynamodb\": { \"arn:aws:dynamodb:${region}:${account}:table/${env:TABLE}\": [\"dynamodb:GetItem\", \"dynamodb:Query\"] },\n"
    "    \"s3\": { \"arn:aws:s3:::reports/*\": [\"s3:PutObject\"], \"*\": [\"s3:ListAllMyBuckets\"] },\n"
    "    \"sqs\": { \"${env:QUEUE_URL}\": [\"*\"] }\n"
    "  },\n"
    "  \"hosts\": [\"*.ingest.example.com:443\", \"api.stripe.com\"],\n"
    "  \"endpoints\": { \"localhost:4566\": \"aws\" },\n"
    "  \"evidence\": { \"s3:PutObject arn:aws:s3:::reports/*\": [\"app.py:12:5 literal \\\"reports\\\"\", \"level entity\"],\n"
    "                \"dynamodb:GetItem x\": [\"app.py:3\"] }\n"
    "}\n";

Test(allow_read, everything_is_where_it_was_written)
{
    const struct alps_allow *a = read_text(whole);

    cr_assert_not_null(a, "%u:%u: %s", err.line, err.column, err.text);
    cr_expect(text_is(a->function, "checkout"));
    cr_expect(text_is(a->code, "sha256:00ff"));
    cr_expect(text_is(a->account, "${env:AWS_ACCOUNT_ID}"));
    cr_expect(text_is(a->region, "eu-west-1"));
    cr_expect_eq(a->project.n, 0);
    cr_assert_eq(a->n_rules, 5);
    cr_expect(text_is(a->rule[1].service, "dynamodb"));
    cr_expect(text_is(a->rule[1].resource, "arn:aws:dynamodb:${region}:${account}:table/${env:TABLE}"));
    cr_expect(text_is(a->rule[1].action, "dynamodb:Query"));
    cr_expect_eq(a->rule[1].line, 7);
    cr_expect_eq(a->rule[1].column, 100);
    cr_expect(text_is(a->rule[4].action, "*"));
    cr_assert_eq(a->n_hosts, 2);
    cr_expect(text_is(a->host[0].host, "*.ingest.example.com:443"));
    cr_assert_eq(a->n_endpoints, 1);
    cr_expect_eq(a->endpoint[0].vendor, ALPS_AWS);
    cr_assert_eq(a->n_evidence, 2);
    cr_expect_eq(a->evidence[0].n, 2);
    cr_expect(text_is(a->evidence[0].lines[0], "app.py:12:5 literal \"reports\""));
    cr_expect(text_is(a->evidence[1].access, "dynamodb:GetItem x"));
    cr_expect(text_is(a->evidence[1].lines[0], "app.py:3"));
}

/* In these texts a '^' stands right before the place that must be named, and is taken out. */
struct wrong { const char *json, *says; };

static void
check_wrong(const struct wrong *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char json[1024];
        const char *mark = strchr(w[i].json, '^');
        size_t head = mark ? (size_t)(mark - w[i].json) : 0;
        unsigned line = 1, column = 1;

        memcpy(json, w[i].json, head);
        strcpy(json + head, w[i].json + head + (mark != NULL));
        for (size_t k = 0; k < head; k++) {
            column = json[k] == '\n' ? 1 : (json[k] & 0xc0) == 0x80 ? column : column + 1;
            line += json[k] == '\n';
        }
        cr_assert_null(read_text(json), "must be refused: %s", json);
        cr_expect_not_null(strstr(err.text, w[i].says), "\"%s\" is not in \"%s\"", w[i].says, err.text);
        cr_expect(err.line == line && err.column == column, "%u:%u, but it is at %u:%u in %s (%s)", err.line, err.column,
                  line, column, json, err.text);
    }
}
#define CHECK_WRONG(rows) check_wrong((rows), sizeof(rows) / sizeof *(rows))

#define RULE(service, resource, action) \
    "{\"alps\": 1,\n \"allow\": {\"" service "\": {" resource ": [" action "]}}}"

Test(allow_read, broken_json_is_refused_where_it_breaks)
{
    CHECK_WRONG(((const struct wrong[]){
        { "^", "ends too early" }, { "{\"alps\": 1^", "ends too early" }, { "{\"alps\": 1,^}", "not JSON" },
        { "{\"alps\": 1}\n^{}", "not JSON" }, { "{^'alps': 1}", "not JSON" }, { "^// x\n{\"alps\": 1}", "not JSON" },
        { "{\"alps\": 0^1}", "not JSON" }, { "^\xef\xbb\xbf{\"alps\": 1}", "not JSON" },
    }));
}

Test(allow_read, what_is_no_allowlist_is_refused)
{
    CHECK_WRONG(((const struct wrong[]){
        { "^[]", "an allowlist must be an object" }, { "^{}", "\"alps\": 1" },
        { "{\"alps\": ^2}", "version 1" }, { "{\"alps\": ^\"1\"}", "version 1" }, { "{\"alps\": ^1.0}", "version 1" },
        { "{\"alps\": 1, \n  ^\"alow\": {}}", "unknown key \"alow\"" },
        { "{\"alps\": 1, ^\"alps\": 1}", "twice" },
        { "{\"alps\": 1, \"hosts\": ^{}}", "\"hosts\" must be an array, not an object" },
        { "{\"alps\": 1, \"function\": ^null}", "\"function\" must be a string, not null" },
        { "{\"alps\": 1, \"function\": ^\"a\\u0000b\"}", "control character" },
        { "{\"alps\": 1, \"code\": ^\"md5:1\"}", "sha256" },
        { "{\"alps\": 1, \"context\": {^\"acount\": \"1\"}}", "unknown key \"acount\"" },
        { "{\"alps\": 1, \"context\": {\"account\": ^\"${region}\"}}", "no other ${...}" },
        { "{\"alps\": 1, \"evidence\": {\"a\": [^1]}}", "must be a string" },
    }));
}

Test(allow_read, names_that_do_not_exist_are_refused_with_what_was_meant)
{
    CHECK_WRONG(((const struct wrong[]){
        { "{\"alps\": 1, \"allow\": {^\"dynamo\": {\"*\": [\"*\"]}}}", "unknown service \"dynamo\"" },
        { "{\"alps\": 1, \"allow\": {^\"dynamodbb\": {\"*\": [\"*\"]}}}", "did you mean dynamodb" },
        { "{\"alps\": 1, \"allow\": {^\"stepfunctions\": {\"*\": [\"*\"]}}}", "it is \"states\"" },
        { RULE("s3", "\"*\"", "^\"s3:PutObjekt\""), "did you mean s3:PutObject" },
        { RULE("s3", "\"*\"", "^\"s3:putobject\""), "did you mean s3:PutObject" },
        { RULE("s3", "\"*\"", "^\"PutObject\""), "did you mean s3:PutObject" },
        { RULE("s3", "\"*\"", "^\"s3:Put*\""), "a whole name" },
        { RULE("s3", "\"*\"", "^\"dynamodb:PutItem\""), "stands under \"s3\", but is an action of \"dynamodb\"" },
        { RULE("s3", "^\"*\"", ""), "allows nothing" },
        { RULE("s3", "\"*\"", "\"s3:GetObject\"") "^x", "not JSON" },
        { "{\"alps\": 1, \"allow\": {\"s3\": {\"*\": [\"s3:GetObject\"], ^\"*\": [\"s3:PutObject\"]}}}", "twice" },
        { "{\"alps\": 1, \"allow\": {\"s3\": {\"*\": [\"s3:GetObject\"]}, ^\"s3\": {\"*\": [\"s3:PutObject\"]}}}", "twice" },
        { "{\"alps\": 1, \"allow\": {\"s3\": {\"*\": [\"s3:GetObject\"]}, ^\"\\u00733\": {}}}", "twice" },
    }));
}

Test(allow_read, resources_that_cannot_be_are_refused)
{
    CHECK_WRONG(((const struct wrong[]){
        { RULE("s3", "^\"reports/*\"", "\"s3:PutObject\""), "no ARN" },
        { RULE("s3", "^\"\"", "\"s3:PutObject\""), "empty" },
        { RULE("sqs", "^\"https://sqs.eu-west}/in/+\"", "\"sqs:SendMessage\""), "no ARN" },
        { RULE("s3", "^\"arn:aws:s3::reports/*\"", "\"s3:PutObject\""), "has 5 fields" },
        { RULE("s3", "^\"arn:aws:s3:::reports\"", "\"s3:PutObject\""), "does not take" },
        { RULE("dynamodb", "^\"arn:aws:s3:::reports/*\"", "\"dynamodb:GetItem\""), "does not take" },
        { RULE("dynamodb", "^\"arn:aws:dynamodb:eu-west-1:1:tabel/x\"", "\"dynamodb:GetItem\""), "does not take" },
        { RULE("dynamodb", "^\"arn:aws:dynamodb:*:*:table/x\"", "\"dynamodb:ListTables\""), "only be allowed on \"*\"" },
        { RULE("s3", "^\"arn:aws:s3:::${env:}/*\"", "\"s3:PutObject\""), "holds a ${...}" },
        { RULE("s3", "^\"arn:aws:s3:::${env:A B}/*\"", "\"s3:PutObject\""), "holds a ${...}" },
        { RULE("s3", "^\"arn:aws:s3:::${bucket}/*\"", "\"s3:PutObject\""), "holds a ${...}" },
        { RULE("s3", "^\"arn:aws:s3:::${env:B/*\"", "\"s3:PutObject\""), "holds a ${...}" },
        { RULE("sns", "\"arn:aws:sns:${region}:1:t\"", "^\"sns:Publish\""), "\"context\" does not say \"region\"" },
    }));
}

Test(allow_read, resources_that_can_be_are_taken)
{
    static const char *const good[] = {
        RULE("s3", "\"arn:aws:s3:::${env:BUCKET}/in/*\"", "\"s3:PutObject\""),
        RULE("s3", "\"${env:BUCKET_ARN}/in/*\"", "\"s3:PutObject\""),
        RULE("s3", "\"arn:*:s3:::reports/*\"", "\"s3:PutObject\""),
        RULE("s3", "\"arn:aws:s3:::rep*\"", "\"s3:PutObject\", \"s3:ListBucket\""),
        RULE("lambda", "\"arn:aws:lambda:*:*:function:pay:$LATEST\"", "\"lambda:InvokeFunction\""),
        RULE("sqs", "\"https://sqs.eu-west-1.amazonaws.com/111122223333/orders\"", "\"sqs:SendMessage\""),
        RULE("sqs", "\"${env:QUEUE_URL}\"", "\"sqs:SendMessage\""),
        RULE("dynamodb", "\"arn:aws:dynamodb:*:*:table/*/index/*\"", "\"dynamodb:Query\""),
        RULE("dynamodb", "\"*\"", "\"dynamodb:ListTables\", \"dynamodb:GetItem\""),
        "{\"allow\": {}, \"alps\": 1}", "{\"alps\": 1}",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect_not_null(read_text(good[i]), "%s: %u:%u: %s", good[i], err.line, err.column, err.text);
}

Test(allow_read, hosts_and_endpoints_that_are_none_are_refused)
{
    CHECK_WRONG(((const struct wrong[]){
        { "{\"alps\": 1, \"hosts\": [\"a.example\", ^\"https://b.example\"]}", "no host" },
        { "{\"alps\": 1, \"hosts\": [^\"*\"]}", "no host" },
        { "{\"alps\": 1, \"endpoints\": {\"localhost:4566\": ^\"amazon\"}}", "unknown vendor \"amazon\"" },
        { "{\"alps\": 1, \"endpoints\": {^\"*.example\": \"aws\"}}", "no endpoint" },
    }));
}

Test(allow_read, columns_are_counted_in_characters)
{
    CHECK_WRONG(((const struct wrong[]){
        { "{\"alps\": 1,\n\t\"function\": \"\xc3\xa9\xc3\xa9\", ^\"x\": 1}", "unknown key" },
    }));
}

Test(allow_read, an_arena_of_any_size_is_enough_or_an_error)
{
    for (size_t n = 0; n < 8192; n += 8) {
        struct alps_arena small = { block, block + n };

        if (!alps_allow_read(&small, catalog, alps_slice_of(whole), &err))
            cr_assert(strstr(err.text, "too large"), "%s", err.text);
        cr_assert_leq((size_t)(small.at - block), n);
    }
    cr_expect_not_null(read_text(whole));
}

/* To a policy */

struct told { char text[512]; unsigned n; };

static const char *
env(void *ctx, const char *name)
{
    static const char *const set[][2] = {
        { "TABLE", "orders" }, { "STAR", "*" }, { "ACCOUNT", "111122223333" }, { "EMPTY", "" }, { "CONTROL", "a\x02" },
        { "TABLE_ARN", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" }, { "SHIFT", "eu-west-1:2:table/x" },
        { "QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/111122223333/orders" }, { "NAME_ONLY", "orders" },
    };

    (void)ctx;
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (strcmp(name, set[i][0]) == 0)
            return set[i][1];
    return NULL;
}

static void
warn(void *ctx, const struct alps_allow_rule *r, const char *variable)
{
    struct told *t = ctx;

    t->n++;
    snprintf(t->text, sizeof t->text, "%u %s", r->line, variable);
}

static const struct alps_policy *
policy_of(const char *json, struct told *t)
{
    const struct alps_allow *a = read_text(json);
    const struct alps_policy *p;

    *t = (struct told){ .n = 0 };
    cr_assert_not_null(a, "%s: %u:%u: %s", json, err.line, err.column, err.text);
    p = alps_allow_policy(&arena, catalog, a, env, warn, t, &err);
    cr_assert_not_null(p, "%s: %s", json, err.text);
    return p;
}

static bool
allows(const struct alps_policy *p, const char *action, const char *resource)
{
    uint32_t rule;

    return alps_policy_covers(p, alps_action_find(catalog, alps_slice_of(action)), alps_slice_of(resource), &rule);
}

#define ORDERS "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
#define CONTEXT "\"context\": {\"account\": \"${env:ACCOUNT}\", \"region\": \"${env:REGION|eu-west-1}\"}, "
#define GET(resource) "{\"alps\": 1, " CONTEXT "\"allow\": {\"dynamodb\": {\"" resource "\": [\"dynamodb:GetItem\"]}}}"

Test(allow_policy, variables_are_filled_in)
{
    static const struct { const char *json, *resource; bool allowed; } rows[] = {
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:TABLE}"), ORDERS, true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:TABLE}"), ORDERS "2", false },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:UNSET|orders}"), ORDERS, true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:TABLE|payments}"), ORDERS, true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:STAR}"), ORDERS, false },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:STAR}"), "arn:aws:dynamodb:eu-west-1:111122223333:table/*", true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:UNSET|*}"), ORDERS, false },
        { GET("arn:aws:dynamodb:${region}:${account}:table/ord*"), ORDERS, true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/ord?rs"), ORDERS, true },
        { GET("${env:TABLE_ARN}"), ORDERS, true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/${env:TABLE_ARN}"), ORDERS, true },
        { GET("*"), ORDERS, true },
        { GET("arn:aws:dynamodb:*:*:table/orders"), ORDERS, true },
        { GET("arn:aws:dynamodb:*:*:table/orders"), "arn:aws:dynamodb:\1:\1:table/orders", true },
        { GET("arn:aws:dynamodb:${region}:${account}:table/orders"), "arn:aws:dynamodb:eu-west-1:\1:table/orders", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct told t;

        cr_expect_eq(allows(policy_of(rows[i].json, &t), "dynamodb:GetItem", rows[i].resource), rows[i].allowed, "%s on %s",
                     rows[i].json, rows[i].resource);
        cr_expect_eq(t.n, 0, "%s", t.text);
    }
}

Test(allow_policy, an_account_nobody_knows_is_the_own_one_and_no_other)
{
    struct told t;
    const struct alps_policy *p = policy_of("{\"alps\": 1, \"context\": {\"account\": \"${env:UNSET}\"}, \"allow\": {\"dynamodb\": {"
        "\"arn:aws:dynamodb:eu-west-1:${account}:table/orders\": [\"dynamodb:GetItem\"]}}}", &t);

    cr_expect(allows(p, "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:\1:table/orders"), "no account in the request");
    cr_expect_not(allows(p, "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"), "another's");
    cr_expect_eq(t.n, 0, "%s", t.text);
}

Test(allow_policy, a_rule_that_lacks_a_variable_matches_nothing_and_is_told_once)
{
    static const struct { const char *resource, *told; } rows[] = {
        { "arn:aws:dynamodb:eu-west-1:1:table/${env:UNSET}", "1 UNSET" },
        { "${env:UNSET}", "1 UNSET" },
        { "arn:aws:dynamodb:eu-west-1:1:table/${env:CONTROL}", "1 CONTROL" },
        { "arn:aws:dynamodb:${env:SHIFT}:*:table/*", "1 SHIFT" },
        { "${env:NAME_ONLY}", "1 NAME_ONLY" },
        { "arn:aws:dynamodb:${region}:1:table/x", "1 UNSET_REGION" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[400];
        struct told t;
        const struct alps_policy *p;

        snprintf(json, sizeof json, "{\"alps\": 1, \"context\": {\"region\": \"${env:UNSET_REGION}\"}, \"allow\": {\"dynamodb\": {"
                 "\"%s\": [\"dynamodb:GetItem\", \"dynamodb:PutItem\"], \"" ORDERS "\": [\"dynamodb:Query\"]}}}",
                 rows[i].resource);
        p = policy_of(json, &t);
        cr_expect_not(allows(p, "dynamodb:GetItem", ORDERS), "%s", rows[i].resource);
        cr_expect(allows(p, "dynamodb:Query", ORDERS), "the other rules stay");
        cr_expect_eq(t.n, 1, "%s: told %u times", rows[i].resource, t.n);
        cr_expect_str_eq(t.text, rows[i].told);
    }
}

Test(allow_policy, a_queue_may_be_named_by_its_url)
{
    struct told t;
    const struct alps_policy *p = policy_of("{\"alps\": 1, \"allow\": {\"sqs\": {\"${env:QUEUE_URL}\": [\"sqs:SendMessage\"]}}}", &t);

    cr_expect(allows(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders"));
    cr_expect_not(allows(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:other"));
}

Test(allow_policy, labels_hosts_endpoints_and_context_come_along)
{
    struct told t;
    const struct alps_policy *p = policy_of("{\"alps\": 1, " CONTEXT "\"allow\": {\"s3\": {\"arn:aws:s3:::a/*\": [\"s3:GetObject\", "
        "\"s3:PutObject\"]}}, \"hosts\": [\"api.stripe.com\"], \"endpoints\": {\"localhost:4566\": \"aws\"}}", &t);
    struct alps_context c = alps_policy_context_for(p, ALPS_S("localhost:4566"));
    uint32_t rule;

    cr_assert(alps_policy_covers(p, alps_action_find(catalog, ALPS_S("s3:PutObject")), ALPS_S("arn:aws:s3:::a/b"), &rule));
    cr_expect(text_is(alps_policy_label(p, rule), "s3:PutObject arn:aws:s3:::a/*"));
    cr_expect(alps_policy_reaches(p, ALPS_S("api.stripe.com")));
    cr_expect_eq(c.endpoint, ALPS_AWS);
    cr_expect(text_is(c.account, "111122223333"));
    cr_expect(text_is(c.region, "eu-west-1"));
}

Test(allow_policy, a_service_wide_rule_allows_every_action_of_the_service)
{
    struct told t;
    const struct alps_policy *p = policy_of("{\"alps\": 1, \"allow\": {\"s3\": {\"*\": [\"*\"]}}}", &t);

    cr_expect(allows(p, "s3:ListAllMyBuckets", "*"));
    cr_expect(allows(p, "s3:PutObject", "arn:aws:s3:::a/b"));
    cr_expect_not(allows(p, "dynamodb:GetItem", ORDERS));
}

/* Writing */

Test(allow_write, what_is_written_is_json_and_reads_the_same)
{
    const struct alps_allow *a = read_text(whole);
    char *once = alps_allow_write(a), *twice;
    cJSON *mine, *theirs;

    cr_assert_not_null(once);
    mine = cJSON_Parse(once);
    theirs = cJSON_Parse(whole);
    cr_assert_not_null(mine, "%s", once);
    cr_expect(cJSON_Compare(mine, theirs, true), "%s", once);
    cJSON_Delete(mine);
    cJSON_Delete(theirs);
    a = read_text(once);
    cr_assert_not_null(a, "%u:%u: %s\n%s", err.line, err.column, err.text, once);
    twice = alps_allow_write(a);
    cr_expect_str_eq(once, twice);
    free(once);
    free(twice);
}

Test(allow_write, order_and_repetition_make_no_difference)
{
    char *a = alps_allow_write(read_text("{\"alps\": 1, \"allow\": {\"sqs\": {\"*\": [\"sqs:SendMessage\"]}, \"s3\": {\"*\": "
        "[\"s3:PutObject\", \"s3:GetObject\", \"s3:PutObject\"], \"arn:aws:s3:::a/*\": [\"s3:GetObject\"]}}, \"hosts\": [\"b\", \"a\"]}"));

    cr_expect_str_eq(a,
        "{\n"
        "  \"alps\": 1,\n"
        "  \"allow\": {\n"
        "    \"s3\": {\n"
        "      \"*\": [\"s3:GetObject\", \"s3:PutObject\"],\n"
        "      \"arn:aws:s3:::a/*\": [\"s3:GetObject\"]\n"
        "    },\n"
        "    \"sqs\": {\n"
        "      \"*\": [\"sqs:SendMessage\"]\n"
        "    }\n"
        "  },\n"
        "  \"hosts\": [\n"
        "    \"a\",\n"
        "    \"b\"\n"
        "  ]\n"
        "}\n");
    free(a);
}

Test(allow_write, an_empty_allowlist_is_one)
{
    struct alps_allow none = { 0 };
    char *text = alps_allow_write(&none);

    cr_expect_str_eq(text, "{\n  \"alps\": 1,\n  \"allow\": {}\n}\n");
    cr_expect_not_null(read_text(text));
    free(text);
}
