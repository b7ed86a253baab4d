#include "core/audit.h"
#include "core/policy.h"

#include <cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

static const struct alps_catalog *const catalog = &alps_catalog_builtin;
static char line[ALPS_AUDIT_MAX + 1];

/* s3.PutObject on salaries/q3.csv, refused: the example of the interface. */
static struct alps_decision
example(void)
{
    static const char resource[] = "arn:aws:s3:::salaries/q3.csv";
    struct alps_decision d = { .verdict = ALPS_DENY, .vendor = ALPS_AWS, .protocol = ALPS_PROTO_S3, .n_accesses = 1,
                               .rule = UINT32_MAX, .host = "salaries.s3.eu-west-1.amazonaws.com" };

    d.operation = alps_operation_find(catalog, alps_service_find(catalog, ALPS_AWS, ALPS_S("s3")), ALPS_S("PutObject"));
    d.access[0].action = alps_action_find(catalog, ALPS_S("s3:PutObject"));
    d.access[0].n = sizeof resource - 1;
    memcpy(d.text, resource, sizeof resource - 1);
    return d;
}

static const struct alps_audit told = { .at_us = 1795291200123456, .via = "guard", .function = "checkout", .pid = 4711,
                                        .ns = 830 };

static const char *
json(const struct alps_decision *d, const struct alps_audit *a)
{
    size_t n = alps_audit_json(d, catalog, a, line, ALPS_AUDIT_MAX);

    cr_assert(n > 0 && n <= ALPS_AUDIT_MAX);
    line[n] = '\0';
    cr_assert_eq(strchr(line, '\n'), line + n - 1, "one line");
    return line;
}

static const char *
text(const struct alps_decision *d, const struct alps_audit *a)
{
    size_t n = alps_audit_text(d, catalog, a, line, ALPS_AUDIT_MAX);

    cr_assert(n > 0 && n <= ALPS_AUDIT_MAX);
    line[n] = '\0';
    return line;
}

Test(audit, a_line_is_the_one_of_the_interface)
{
    struct alps_decision d = example();

    cr_expect_str_eq(json(&d, &told),
        "{\"at\":\"2026-11-21T20:00:00.123456Z\",\"verdict\":\"deny\",\"reason\":\"NOT_LISTED\",\"vendor\":\"aws\","
        "\"operation\":\"s3.PutObject\",\"accesses\":[{\"action\":\"s3:PutObject\",\"resource\":\"arn:aws:s3:::salaries/q3.csv\"}],"
        "\"rule\":null,\"host\":\"salaries.s3.eu-west-1.amazonaws.com\",\"via\":\"guard\",\"function\":\"checkout\",\"pid\":4711,"
        "\"ns\":830}\n");
    cr_expect_str_eq(text(&d, &told), "alps deny reason=NOT_LISTED action=s3:PutObject resource=arn:aws:s3:::salaries/q3.csv "
                                      "rule=- fn=checkout us=0\n");
}

Test(audit, the_rule_is_named_by_its_label)
{
    uint8_t block[4096];
    struct alps_arena arena = { block, block + sizeof block };
    struct alps_policy *p = alps_policy_new(&arena, catalog, 1, 0, 0);
    struct alps_audit a = told;
    struct alps_decision d = example();
    struct alps_rule r = { .action = d.access[0].action, .service = ALPS_S("s3"), .pattern = ALPS_S("x"),
                           .label = ALPS_S("s3:PutObject arn:aws:s3:::${env:B}/*") };

    cr_assert_eq(alps_policy_allow(p, &r), 0);
    a.policy = alps_policy_seal(p);
    d.verdict = ALPS_ALLOW;
    d.reason = ALPS_LISTED;
    d.rule = 0;
    cr_expect_not_null(strstr(json(&d, &a), "\"rule\":\"s3:PutObject arn:aws:s3:::${env:B}/*\""));
    cr_expect_not_null(strstr(text(&d, &a), " rule=\"s3:PutObject arn:aws:s3:::${env:B}/*\" "));
}

Test(audit, a_platform_call_says_which)
{
    struct alps_decision d = { .verdict = ALPS_ALLOW, .reason = ALPS_PLATFORM, .vendor = ALPS_AWS,
                               .platform = "aws-container-credentials", .host = "169.254.170.2", .rule = UINT32_MAX };

    cr_expect_not_null(strstr(json(&d, &told), "\"operation\":\"platform\",\"platform\":\"aws-container-credentials\",\"accesses\":[]"));
}

Test(audit, an_unknown_request_has_null_for_names)
{
    struct alps_decision d = { .reason = ALPS_HOST_NOT_LISTED, .host = "attacker.example", .rule = UINT32_MAX };

    cr_expect_not_null(strstr(json(&d, &told), "\"vendor\":null,\"operation\":null,\"accesses\":[],\"rule\":null"));
    cr_expect_str_eq(text(&d, &told), "alps deny reason=HOST_NOT_LISTED host=attacker.example rule=- fn=checkout us=0\n");
}

Test(audit, hostile_names_stay_inside_their_string)
{
    static const char name[] = "a\"b\\c\nd e\x7f\xff\xc2\x85\x01";
    struct alps_decision d = example();
    cJSON *parsed;
    const cJSON *resource;

    d.access[0].n = sizeof name - 1;
    memcpy(d.text, name, sizeof name - 1);
    parsed = cJSON_Parse(json(&d, &told));
    cr_assert_not_null(parsed, "%s", line);
    resource = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(parsed, "accesses"), 0), "resource");
    cr_expect_str_eq(cJSON_GetStringValue(resource), "a\"b\\c\nd e\x7f\xef\xbf\xbd\xc2\x85*");
    cr_expect_null(strchr(line, 0x7f), "what a terminal obeys is escaped");
    cJSON_Delete(parsed);
    cr_expect_str_eq(text(&d, &told), "alps deny reason=NOT_LISTED action=s3:PutObject "
                     "resource=\"a\\\"b\\\\c\\nd e\\u007f\xef\xbf\xbd\\u0085*\" rule=- fn=checkout us=0\n");
}

Test(audit, what_finds_no_room_is_counted)
{
    struct alps_decision d = example();
    cJSON *parsed;
    double shown;

    memset(d.text, '\n', sizeof d.text);
    memset(d.host, '"', sizeof d.host - 1);
    d.n_accesses = ALPS_DECISION_ACCESSES;
    d.more_accesses = 84;
    for (unsigned i = 0; i < ALPS_DECISION_ACCESSES; i++) {
        d.access[i] = d.access[0];
        d.access[i].n = (uint16_t)(1 + i * 120);
    }
    parsed = cJSON_Parse(json(&d, &told));
    cr_assert_not_null(parsed, "%s", line);
    shown = cJSON_GetArraySize(cJSON_GetObjectItem(parsed, "accesses"));
    cr_expect(shown > 3);
    cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(parsed, "more")), 100 - shown);
    cJSON_Delete(parsed);
}

Test(audit, dates_are_those_of_the_c_library)
{
    static const int64_t edges[] = { 0, -1, 951782399, 951782400, 951868800, 4107542399, 4107542400, 1709164800, 1735689599,
                                     -62135596800, 253402300799 };
    struct alps_decision d = example();
    char expected[40];

    srand(3);
    for (int i = 0; i < 3000; i++) {
        int64_t s = i < (int)(sizeof edges / sizeof *edges) ? edges[i] : (int64_t)rand() * 7 - 5000000000;
        time_t t = (time_t)s;
        struct tm tm;
        struct alps_audit a = told;

        a.at_us = s * 1000000 + i % 1000000;
        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &tm);
        if (s >= 0)
            cr_assert_eq(strncmp(json(&d, &a) + 7, expected, 19), 0, "%lld: %.30s", (long long)s, line);
        else
            cr_assert_eq(strncmp(json(&d, &a) + 11, strchr(expected, '-'), 15), 0, "%lld: %.30s", (long long)s, line);
    }
}
