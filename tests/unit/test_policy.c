#include "core/policy.h"
#include "core/reason.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* In these tables '*' and '?' are written for ALPS_ANY and ALPS_ONE, "\\*" for a star that is itself, and '~' for the
 * value nobody knows. */
static alps_slice
pattern_of(const char *text, char *room)
{
    size_t n = 0;

    for (; *text; text++) {
        if (*text == '\\')
            room[n++] = *++text;
        else
            room[n++] = *text == '*' ? ALPS_ANY : *text == '?' ? ALPS_ONE : *text;
    }
    return (alps_slice){ (const uint8_t *)room, n };
}

static alps_slice
resource_of(const char *text, char *room)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++)
        room[i] = text[i] == '~' ? ALPS_MARK_UNKNOWN : text[i];
    return (alps_slice){ (const uint8_t *)room, n };
}

static bool
matches(const char *pattern, const char *resource)
{
    char a[512], b[512];

    return alps_pattern_matches(pattern_of(pattern, a), resource_of(resource, b));
}

struct row { const char *pattern, *resource; bool matches; };

static void
check_rows(const struct row *row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cr_expect(matches(row[i].pattern, row[i].resource) == row[i].matches, "%s %s %s", row[i].pattern,
                  row[i].matches ? "must match" : "must not match", row[i].resource);
}
#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof *(rows))

#define TABLE "arn:aws:dynamodb:eu-west-1:111122223333:table/"

Test(pattern, literal_text_matches_itself)
{
    CHECK(((const struct row[]){
        { TABLE "orders", TABLE "orders", true },
        { TABLE "orders", TABLE "order", false },
        { TABLE "orders", TABLE "orders2", false },
        { TABLE "orders", TABLE "ORDERS", false },
        { "arn:aws:s3:::b/k", "arn:aws:s3:::b/k", true },
        { "projects/p/topics/t", "projects/p/topics/t", true },
    }));
}

Test(pattern, a_star_stays_in_its_field)
{
    CHECK(((const struct row[]){
        { "arn:aws:dynamodb:*:111122223333:table/orders", TABLE "orders", true },
        { "arn:aws:dynamodb:*:*:table/orders", TABLE "orders", true },
        { "arn:aws:dynamodb:*:table/orders", TABLE "orders", false },
        { "arn:*", TABLE "orders", false },
        { "arn:*::*", "arn:aw3:::a/b", false },
        { "arn:aws:dynamodb:eu-*:111122223333:table/orders", TABLE "orders", true },
        { "arn:aws:dynamodb:us-*:111122223333:table/orders", TABLE "orders", false },
        { "arn:aws:dynamodb:*-1:111122223333:table/orders", TABLE "orders", true },
        { "arn:aws:*:eu-west-1:111122223333:table/orders", TABLE "orders", true },
        { "arn:aws:s3:*:*:b/k", "arn:aws:s3:::b/k", true },
        { "projects/*/topics/t", "projects/p/topics/t", true },
        { "projects/*/topics/t", "projects/p/x/topics/t", false },
        { "projects/_/buckets/*/objects/a", "projects/_/buckets/b/objects/a", true },
        { "projects/_/buckets/*/objects/a", "projects/_/buckets/b/c/objects/a", false },
        { "https://*.blob.core.windows.net/in/x", "https://acct.blob.core.windows.net/in/x", true },
        { "https://*/in/x", "https://acct.blob.core.windows.net/in/x", true },
        { "https://*/in/x", "https://evil/acct.blob.core.windows.net/in/x", false },
    }));
}

Test(pattern, in_the_last_field_a_star_is_any_run)
{
    CHECK(((const struct row[]){
        { "arn:aws:s3:::reports/*", "arn:aws:s3:::reports/2026/q3.csv", true },
        { "arn:aws:s3:::reports/*", "arn:aws:s3:::reports/", true },
        { "arn:aws:s3:::reports/*", "arn:aws:s3:::reports", false },
        { "arn:aws:s3:::reports/*", "arn:aws:s3:::reports2/q3.csv", false },
        { "arn:aws:s3:::reports/*.csv", "arn:aws:s3:::reports/2026/q3.csv", true },
        { "arn:aws:s3:::reports/*.csv", "arn:aws:s3:::reports/2026/q3.csv.gz", false },
        { "arn:aws:s3:::*/q*/*.csv", "arn:aws:s3:::reports/q3/a.csv", true },
        { "arn:aws:s3:::a*b*c", "arn:aws:s3:::aXbXbXc", true },
        { "arn:aws:s3:::a*b*c", "arn:aws:s3:::aXcXb", false },
        { "arn:aws:s3:::a*a", "arn:aws:s3:::a", false },
        { "arn:aws:s3:::a*a", "arn:aws:s3:::aa", true },
        { "arn:aws:lambda:*:*:function:pay:*", "arn:aws:lambda:eu-west-1:1:function:pay:live", true },
        { "arn:aws:lambda:*:*:function:pay*", "arn:aws:lambda:eu-west-1:1:function:pay:live", true },
        { "projects/_/buckets/b/objects/*", "projects/_/buckets/b/objects/a/b/c", true },
    }));
}

Test(pattern, a_star_alone_is_everything)
{
    CHECK(((const struct row[]){
        { "*", TABLE "orders", true }, { "*", "*", true }, { "*", "~", true }, { "*", "projects/p/topics/t", true },
        { "**", TABLE "orders", true }, { "a*", TABLE "orders", false }, { "*s", TABLE "orders", false },
    }));
}

Test(pattern, a_question_mark_is_one_character)
{
    CHECK(((const struct row[]){
        { TABLE "o?ders", TABLE "orders", true },
        { TABLE "orders?", TABLE "orders", false },
        { TABLE "?", TABLE "x", true },
        { TABLE "?", TABLE "xy", false },
        { TABLE "?", TABLE "\xc3\xa9", true },
        { TABLE "??", TABLE "\xc3\xa9", false },
        { TABLE "*??", TABLE "\xc3\xa9", false },
        { TABLE "*?\xc3\xa9?", TABLE "abc\xc3\xa9\xc3\xa9z", true },
        { TABLE "*?b?", TABLE "abab", false },
        { TABLE "*?b?*", TABLE "abab", true },
        { "arn:aws:dynamodb:eu-west-?:111122223333:table/orders", TABLE "orders", true },
        { "arn:aws:dynamodb:eu-west-1?111122223333:table/orders", TABLE "orders", false },
    }));
}

Test(pattern, a_star_that_is_text_is_no_wildcard)
{
    CHECK(((const struct row[]){
        { TABLE "\\*", TABLE "orders", false }, { TABLE "\\*", TABLE "*", true }, { TABLE "a\\*c", TABLE "abc", false },
    }));
}

Test(pattern, what_nobody_knows_is_matched_by_a_star_alone)
{
    CHECK(((const struct row[]){
        { "arn:aws:dynamodb:eu-west-1:*:table/orders", "arn:aws:dynamodb:eu-west-1:~:table/orders", true },
        { "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "arn:aws:dynamodb:eu-west-1:~:table/orders", false },
        { "arn:aws:dynamodb:eu-west-1:?:table/orders", "arn:aws:dynamodb:eu-west-1:~:table/orders", false },
        { "arn:aws:dynamodb:eu-west-1:1*:table/orders", "arn:aws:dynamodb:eu-west-1:~:table/orders", false },
        { "arn:aws:dynamodb:eu-west-1:*3:table/orders", "arn:aws:dynamodb:eu-west-1:~:table/orders", false },
        { "arn:aws:dynamodb:*:*:table/orders", "arn:aws:dynamodb:~:~:table/orders", true },
    }));
}

/* A policy out of lines "action pattern". */

static const struct alps_catalog *const catalog = &alps_catalog_builtin;
static uint8_t block[4 << 20];
static struct alps_arena arena;

struct line { const char *action, *pattern; };

static int
allow(struct alps_policy *p, const char *action, const char *pattern)
{
    alps_slice name = alps_slice_of(action), rest;
    struct alps_rule r = { .label = name };
    char *room = alps_arena_take(&arena, 1, strlen(pattern) + 1, 1);

    alps_slice_cut(name, ':', &r.service, &rest);
    r.action = alps_slice_eq(rest, ALPS_S("*")) ? (alps_action_id)ALPS_ACTION_ANY : alps_action_find(catalog, name);
    r.pattern = pattern_of(pattern, room);
    return alps_policy_allow(p, &r);
}

static struct alps_policy *
policy_new(size_t rules)
{
    arena = (struct alps_arena){ block, block + sizeof block };
    return alps_policy_new(&arena, catalog, rules, 8, 8);
}

/* Which line covers the access?  -1: none. */
static int
rule_for(const struct alps_policy *p, const char *action, const char *resource)
{
    uint32_t rule = 77;
    char room[512];
    bool covered = alps_policy_covers(p, alps_action_find(catalog, alps_slice_of(action)), resource_of(resource, room),
                                      &rule);

    cr_assert(covered || rule == 77, "the rule is untouched when none covers");
    return covered ? (int)rule : -1;
}

Test(policy, empty_policy_denies_everything)
{
    const struct alps_policy *p = alps_policy_seal(policy_new(0));

    cr_expect_eq(rule_for(p, "s3:GetObject", "arn:aws:s3:::b/k"), -1);
    cr_expect_eq(rule_for(p, "dynamodb:ListTables", "*"), -1);
    cr_expect_not(alps_policy_reaches(p, ALPS_S("api.stripe.com")));
}

Test(policy, unsealed_policy_denies_everything)
{
    struct alps_policy *p = policy_new(1);

    cr_assert_eq(allow(p, "s3:GetObject", "*"), 0);
    cr_expect_eq(rule_for(p, "s3:GetObject", "arn:aws:s3:::b/k"), -1);
    cr_expect_eq(rule_for(alps_policy_seal(p), "s3:GetObject", "arn:aws:s3:::b/k"), 0);
    cr_expect_eq(allow(p, "s3:PutObject", "*"), -ALPS_INTERNAL, "nothing is added to a sealed policy");
}

Test(policy, a_rule_covers_its_action_on_its_resource_only)
{
    static const struct line lines[] = {
        { "s3:GetObject", "arn:aws:s3:::reports/*" },           /* 0 */
        { "dynamodb:GetItem", TABLE "orders" },                 /* 1 */
        { "s3:PutObject", "arn:aws:s3:::reports/in/*" },        /* 2 */
        { "dynamodb:*", TABLE "sessions" },                     /* 3 */
        { "dynamodb:GetItem", TABLE "*" },                      /* 4 */
        { "dynamodb:ListTables", "*" },                         /* 5 */
        { "s3:GetObject", "arn:aws:s3:::reports/in/*" },        /* 6 */
        { "sqs:*", "*" },                                       /* 7 */
    };
    static const struct { const char *action, *resource; int rule; } rows[] = {
        { "s3:GetObject", "arn:aws:s3:::reports/a", 0 },
        { "s3:GetObject", "arn:aws:s3:::reports/in/a", 6 },     /* the narrower one is named */
        { "s3:PutObject", "arn:aws:s3:::reports/a", -1 },
        { "s3:PutObject", "arn:aws:s3:::reports/in/a", 2 },
        { "s3:PutObject", "arn:aws:s3:::salaries/q3.csv", -1 },
        { "dynamodb:GetItem", TABLE "orders", 1 },
        { "dynamodb:GetItem", TABLE "orders2", 4 },
        { "dynamodb:PutItem", TABLE "orders", -1 },
        { "dynamodb:PutItem", TABLE "sessions", 3 },
        { "dynamodb:ListTables", "*", 5 },
        { "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", 7 },
        { "sns:Publish", "arn:aws:sns:eu-west-1:1:t", -1 },
    };
    struct alps_policy *p = policy_new(sizeof lines / sizeof *lines);

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_eq(allow(p, lines[i].action, lines[i].pattern), 0);
    alps_policy_seal(p);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(rule_for(p, rows[i].action, rows[i].resource), rows[i].rule, "%s on %s", rows[i].action,
                     rows[i].resource);
    cr_expect(alps_slice_eq(alps_policy_label(p, 3), ALPS_S("dynamodb:*")));
    cr_expect_null(alps_policy_label(p, UINT32_MAX).p);
}

Test(policy, a_service_wide_rule_does_not_reach_a_service_with_a_longer_name)
{
    struct alps_policy *p = policy_new(1);

    cr_assert_eq(allow(p, "s3:*", "*"), 0);
    alps_policy_seal(p);
    cr_expect_eq(rule_for(p, "s3:GetObject", "arn:aws:s3:::b/k"), 0);
    cr_expect_eq(rule_for(p, "s3express:CreateSession", "arn:aws:s3express:eu-west-1:1:bucket/b"), -1);
}

Test(policy, rules_that_cannot_be_compared_are_refused)
{
    struct alps_policy *p = policy_new(2);
    struct alps_rule r = { .action = 1, .service = ALPS_S("s3") };

    cr_expect_eq(alps_policy_allow(p, &r), -ALPS_BAD_NAME, "no pattern");
    r = (struct alps_rule){ .pattern = ALPS_S("x"), .action = 0 };
    cr_expect_eq(alps_policy_allow(p, &r), -ALPS_BAD_NAME, "no action");
}

Test(policy, the_own_account_unknown_in_rule_and_request_is_one_account_and_no_other)
{
    struct alps_policy *p = policy_new(1);

    cr_assert_eq(allow(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:\1:orders"), 0);
    alps_policy_seal(p);
    cr_expect_eq(rule_for(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:\1:orders"), 0);
    cr_expect_eq(rule_for(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:\1:other"), -1);
    cr_expect_eq(rule_for(p, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:orders"), -1);
}

Test(policy, a_full_policy_takes_no_more)
{
    struct alps_policy *p = policy_new(1);

    cr_expect_eq(allow(p, "s3:GetObject", "*"), 0);
    cr_expect_eq(allow(p, "s3:GetObject", "*"), -ALPS_INTERNAL);
}

Test(policy, a_small_arena_gives_no_policy)
{
    for (size_t n = 0; n < 600; n += 8) {
        struct alps_arena small = { block, block + n };

        alps_policy_new(&small, catalog, 4, 4, 4);
        cr_assert_leq((size_t)(small.at - block), n);
    }
}

/* Whatever the order of the rules and the links between them say, the answer is that of trying every rule. */
Test(policy, finding_a_rule_agrees_with_trying_every_rule)
{
    static const char *const part[] = { "a", "b", "ab", "*", "?", "/", "a/", "aa" };
    enum { RULES = 60, ASKED = 4000 };
    char text[RULES][80], room[RULES][80];

    srand(7);
    for (int round = 0; round < 20; round++) {
        struct alps_policy *p = policy_new(RULES);

        for (int i = 0; i < RULES; i++) {
            strcpy(text[i], rand() % 8 ? "arn:aws:s3:::" : rand() % 2 ? "arn:aws:s3:*:*:" : "");
            for (int n = rand() % 4; n >= 0; n--)
                strcat(text[i], part[(size_t)rand() % (sizeof part / sizeof *part)]);
            cr_assert_eq(allow(p, rand() % 8 ? "s3:GetObject" : "s3:*", text[i]), 0);
        }
        alps_policy_seal(p);
        for (int i = 0; i < ASKED; i++) {
            char resource[80] = "arn:aws:s3:::", spare[80];
            bool expected = false;

            for (int n = rand() % 6; n >= 0; n--)
                strcat(resource, &"a\0b\0/\0ab"[2 * (rand() % 4)]);
            for (int k = 0; k < RULES; k++)
                expected |= alps_pattern_matches(pattern_of(text[k], room[k]), resource_of(resource, spare));
            cr_assert_eq(rule_for(p, "s3:GetObject", resource) >= 0, expected, "%s", resource);
        }
    }
}

Test(policy, hosts_match_by_label_and_port)
{
    static const char *const listed[] = { "api.stripe.com", "*.ingest.example.com:443", "db.example.com:8443", "[::1]:9000" };
    static const struct { const char *host; bool reached; } rows[] = {
        { "api.stripe.com", true }, { "API.Stripe.com", true }, { "api.stripe.com:443", true }, { "api.stripe.com.", true },
        { "api.stripe.com:80", false }, { "api.stripe.com.evil.example", false }, { "xapi.stripe.com", false },
        { "stripe.com", false }, { "a.ingest.example.com", true }, { "a.b.ingest.example.com", true },
        { "ingest.example.com", false }, { ".ingest.example.com", false }, { "aingest.example.com", false },
        { "db.example.com", false }, { "db.example.com:8443", true }, { "", false }, { "api.stripe.com:", false },
        { "api.stripe.com:x", false }, { "api.stripe.com:65979", false }, { "api.stripe.com@evil", false },
        { "*.ingest.example.com", false }, { "[::1]:9000", true }, { "[::1]", false },
    };
    struct alps_policy *p = policy_new(0);

    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        cr_assert_eq(alps_policy_host(p, alps_slice_of(listed[i])), 0, "%s", listed[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(alps_policy_reaches(p, alps_slice_of(rows[i].host)), rows[i].reached, "%s", rows[i].host);
}

Test(policy, names_that_are_no_hosts_are_refused)
{
    static const char *const bad[] = { "", "*", "*.", "a..b", ".a", "a b", "https://a", "a/b", "*a.example", "a.*.b", "a:0",
                                       "a:99999", "a:", "[::1", "[]", "a:1:2", "\xc3\xa9.example" };
    struct alps_policy *p = policy_new(0);

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(alps_policy_host(p, alps_slice_of(bad[i])), -ALPS_BAD_NAME, "\"%s\"", bad[i]);
    cr_expect_eq(alps_policy_endpoint(p, ALPS_S("*.example.com"), ALPS_AWS), -ALPS_BAD_NAME);
}

Test(policy, an_endpoint_speaks_its_vendors_api)
{
    static const struct { const char *host; enum alps_vendor vendor; } rows[] = {
        { "localhost:4566", ALPS_AWS }, { "LOCALHOST:4566", ALPS_AWS }, { "localhost", ALPS_VENDOR_NONE },
        { "localhost:4567", ALPS_VENDOR_NONE }, { "s3.internal", ALPS_GCP }, { "s3.internal:443", ALPS_GCP },
        { "s3.internal:8080", ALPS_VENDOR_NONE }, { "x.s3.internal", ALPS_VENDOR_NONE }, { "emu", ALPS_AZURE },
    };
    struct alps_policy *p = policy_new(0);

    alps_policy_context(p, &(struct alps_context){ .account = ALPS_S("1"), .region = ALPS_S("eu-west-1") });
    cr_assert_eq(alps_policy_endpoint(p, ALPS_S("localhost:4566"), ALPS_AWS), 0);
    cr_assert_eq(alps_policy_endpoint(p, ALPS_S("s3.internal"), ALPS_GCP), 0);
    cr_assert_eq(alps_policy_endpoint(p, ALPS_S("emu:80"), ALPS_AZURE), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct alps_context c = alps_policy_context_for(p, alps_slice_of(rows[i].host));

        cr_expect_eq(c.endpoint, rows[i].vendor, "%s", rows[i].host);
        cr_expect(alps_slice_eq(c.account, ALPS_S("1")));
    }
}
