#include <criterion/criterion.h>

#include "core/catalog.h"
#include "core/reason.h"

struct member { const char *name, *value; };

static alps_slice
lookup(void *ctx, alps_slice name)
{
    for (const struct member *m = ctx; m->name; m++)
        if (alps_slice_eq(name, alps_slice_of(m->name)))
            return alps_slice_of(m->value);
    return (alps_slice){ NULL, 0 };
}

static const char *
filled(const char *template, const struct member *members)
{
    static char out[ALPS_RESOURCE + 1];
    int n = alps_resource_fill(template, lookup, (void *)(uintptr_t)members, out, ALPS_RESOURCE);

    if (n < 0)
        return alps_reason_name((unsigned)-n);
    out[n] = 0;
    return out;
}

#define FILL(template, want, ...)                                                                               \
    do {                                                                                                        \
        const struct member members[] = { { "region", "eu-west-1" }, { "account", "111122223333" }, __VA_ARGS__, { 0 } }; \
        const char *got_ = filled(template, members);                                                           \
        cr_expect_str_eq(got_, want, "%s: %s, not %s", template, got_, want);                                   \
    } while (0)

#define TABLE "arn:{partition}:dynamodb:{region}:{account}:table/{TableName}[/index/{IndexName}]"
#define FUNCTION "arn:{partition}:lambda:{region}:{account}:function:{F:function}[:{Qualifier}]"
#define QUEUE "arn:{partition}:sqs:{region}:{account}:{Q:queue}"
#define SECRET "arn:{partition}:secretsmanager:{region}:{account}:secret:{S:secret}"
#define PARAMETER "arn:{partition}:ssm:{region}:{account}:parameter/{P:parameter}"
#define KEY "arn:{partition}:kms:{region}:{account}:{K:key}"
#define OBJECT "arn:{partition}:s3:::{Bucket:bucket}/{Key:text}"
#define SOURCE "arn:{partition}:s3:::{C:copysource}"

Test(resource, a_template_is_filled_with_members)
{
    FILL(TABLE, "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", { "TableName", "orders" });
    FILL(TABLE, "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day", { "TableName", "orders" }, { "IndexName", "by-day" });
    FILL(TABLE, "arn:aws-cn:dynamodb:eu-west-1:111122223333:table/orders", { "TableName", "orders" }, { "partition", "aws-cn" });
    FILL("{StreamARN|StreamName}", "s", { "StreamName", "s" });
    FILL("bus/{B=default}", "bus/default", { "x", "y" });
    FILL("bus/{B=default}", "bus/b", { "B", "b" });
}

Test(resource, a_missing_member_is_no_resource)
{
    FILL(TABLE, "NO_RESOURCE", { "IndexName", "i" });
    FILL(TABLE, "NO_RESOURCE", { "TableName", "" });
}

Test(resource, an_arn_wins_over_the_template_but_not_in_free_text)
{
    FILL(TABLE, "arn:aws:dynamodb:us-east-1:9:table/t/index/i", { "TableName", "arn:aws:dynamodb:us-east-1:9:table/t" }, { "IndexName", "i" });
    FILL(OBJECT, "arn:aws:s3:::secret/arn:aws:s3:::reports/x", { "Bucket", "secret" }, { "Key", "arn:aws:s3:::reports/x" });
    FILL(TABLE, "BAD_NAME", { "TableName", "arn:aws:dynamodb" });
}

Test(resource, marks_of_ours_cannot_be_forged)
{
    FILL(TABLE, "BAD_NAME", { "TableName", "a\x01" });
    FILL(TABLE, "BAD_NAME", { "TableName", "a\x02" "b" });
    FILL(OBJECT, "BAD_NAME", { "Bucket", "b" }, { "Key", "a\nb" });
}

Test(resource, what_nobody_knows_is_marked)
{
    const struct member none[] = { { "TableName", "t" }, { 0 } };

    cr_expect_str_eq(filled(TABLE, none), "arn:aws:dynamodb:\x01:\x01:table/t");
}

Test(resource, too_long_is_refused_not_cut)
{
    char out[16];
    const struct member m[] = { { "A", "0123456789abcdefg" }, { 0 } };

    cr_expect_eq(alps_resource_fill("{A}", lookup, (void *)(uintptr_t)m, out, sizeof out), -ALPS_NAME_TOO_LONG);
}

Test(resource, functions_have_many_spellings)
{
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:111122223333:function:f", { "F", "f" });
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:111122223333:function:f:PROD", { "F", "f:PROD" });
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:111122223333:function:f:PROD", { "F", "f" }, { "Qualifier", "PROD" });
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:444455556666:function:f", { "F", "444455556666:function:f" });
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:444455556666:function:f", { "F", "444455556666:f" });
    FILL(FUNCTION, "arn:aws:lambda:eu-west-1:111122223333:function:f:1", { "F", "function:f:1" });
    FILL(FUNCTION, "arn:aws:lambda:us-east-1:444455556666:function:f:1", { "F", "us-east-1:444455556666:function:f:1" });
    FILL(FUNCTION, "arn:aws:lambda:us-east-1:111122223333:function:f", { "F", "us-east-1:f" });
    FILL(FUNCTION, "arn:aws:lambda:us-east-1:4:function:f:1", { "F", "arn:aws:lambda:us-east-1:4:function:f" }, { "Qualifier", "1" });
}

Test(resource, a_queue_url_names_account_and_queue)
{
    FILL(QUEUE, "arn:aws:sqs:eu-west-1:444455556666:q", { "Q", "https://sqs.eu-west-1.amazonaws.com/444455556666/q" });
    FILL(QUEUE, "arn:aws:sqs:eu-west-1:444455556666:q", { "Q", "https://eu-west-1.queue.amazonaws.com/444455556666/q" });
    FILL(QUEUE, "arn:aws:sqs:eu-west-1:000000000000:q", { "Q", "http://localhost:4566/000000000000/q" });
    FILL(QUEUE, "arn:aws:sqs:eu-west-1:000000000000:q", { "Q", "http://localhost:4566/queue/000000000000/q" });
    FILL(QUEUE, "arn:aws:sqs:eu-west-1:111122223333:q", { "Q", "q" });
    FILL(QUEUE, "REGION_DIFFERS", { "Q", "https://sqs.us-east-1.amazonaws.com/444455556666/q" });
    FILL(QUEUE, "BAD_NAME", { "Q", "https://sqs.eu-west-1.amazonaws.com/q" });
    FILL(QUEUE, "BAD_NAME", { "Q", "https://sqs.eu-west-1.amazonaws.com/444455556666/evil/111122223333/q" });
    FILL(QUEUE, "BAD_NAME", { "Q", "https://sqs.eu-west-1.amazonaws.com/444455556666/evil#/111122223333/q" });
    FILL(QUEUE, "BAD_NAME", { "Q", "https://sqs.eu-west-1.amazonaws.com/111122223333/q%2F" });
    FILL(QUEUE, "BAD_NAME", { "Q", "arn:aws:sqs:r:4:https://sqs.eu-west-1.amazonaws.com/111122223333/q" });
}

Test(resource, an_arn_in_an_arn_hides_nothing)
{
    FILL(TABLE, "BAD_NAME", { "TableName", "arn:aws:dynamodb:r:4:table/arn:aws:dynamodb:r:a:table/t" });
    FILL(SECRET, "BAD_NAME", { "S", "arn:aws:secretsmanager:r:4:arn:aws:secretsmanager:r:a:secret:t" });
}

Test(resource, secrets_parameters_and_keys)
{
    FILL(SECRET, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-??????", { "S", "prod/db" });
    FILL(SECRET, "arn:aws:secretsmanager:r:a:secret:db-AbCdEf", { "S", "arn:aws:secretsmanager:r:a:secret:db-AbCdEf" });
    FILL(PARAMETER, "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b", { "P", "/a/b" });
    FILL(PARAMETER, "arn:aws:ssm:eu-west-1:111122223333:parameter/a", { "P", "a:3" });
    FILL(KEY, "arn:aws:kms:eu-west-1:111122223333:key/1234", { "K", "1234" });
    FILL(KEY, "arn:aws:kms:eu-west-1:111122223333:alias/x", { "K", "alias/x" });
    FILL(KEY, "arn:aws:kms:r:a:alias/x", { "K", "arn:aws:kms:r:a:alias/x" });
}

Test(resource, buckets_are_buckets)
{
    FILL(OBJECT, "arn:aws:s3:::b/a//../c", { "Bucket", "b" }, { "Key", "a//../c" });
    FILL(OBJECT, "BAD_NAME", { "Bucket", "b--x-s3" }, { "Key", "k" });
    FILL(OBJECT, "BAD_NAME", { "Bucket", "reports/x" }, { "Key", "k" });
}

Test(resource, copy_sources)
{
    FILL(SOURCE, "arn:aws:s3:::b/a c", { "C", "b/a%20c" });
    FILL(SOURCE, "arn:aws:s3:::b/k", { "C", "/b/k?versionId=3" });
    FILL(SOURCE, "BAD_NAME", { "C", "b/a+c" });
    FILL(SOURCE, "BAD_NAME", { "C", "b/a%2" });
    FILL(SOURCE, "BAD_NAME", { "C", "b/a%00" });
    FILL(SOURCE, "BAD_NAME", { "C", "b" });
    FILL(SOURCE, "BAD_NAME", { "C", "b/k?acl" });
}

Test(resource, what_the_analyzer_knows_only_by_name_stays_as_it_is)
{
    FILL(TABLE, "arn:aws:dynamodb:eu-west-1:111122223333:table/${env:TABLE}", { "TableName", "${env:TABLE}" });
    FILL(OBJECT, "arn:aws:s3:::${env:BUCKET}/*", { "Bucket", "${env:BUCKET}" }, { "Key", "*" });
    FILL(PARAMETER, "arn:aws:ssm:eu-west-1:111122223333:parameter/${env:P}", { "P", "${env:P}" });
}

Test(resource, one_spelling)
{
    static const struct { const char *text, *want; } rows[] = {
        { "arn:aws:dynamodb:r:a:table/t", "arn:aws:dynamodb:r:a:table/t" },
        { "arn:aws:dynamodb:r:a:table/arn:aws:dynamodb:q:b:table/t", "arn:aws:dynamodb:q:b:table/t" },
        { "arn:aws:sns:r:a:arn:aws:sns:q:b:t", "arn:aws:sns:q:b:t" },
        { "arn:aws:s3:::b/arn:aws:s3:::c/k", "arn:aws:s3:::b/arn:aws:s3:::c/k" },
        { "arn:aws:iot:r:a:topic/arn:aws:iot:r:a:topic/x", "arn:aws:iot:r:a:topic/arn:aws:iot:r:a:topic/x" },
        { "https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:sqs:eu-west-1:1:q" },
        { "arn:aws:sqs:r:a:https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:sqs:eu-west-1:1:q" },
        { "https://queue.amazonaws.com/1/q", "arn:aws:sqs:us-east-1:1:q" },
        { "arn:aws:secretsmanager:r:a:secret:db-AbCdEf", "arn:aws:secretsmanager:r:a:secret:db" },
        { "arn:aws:secretsmanager:r:a:secret:db-??????", "arn:aws:secretsmanager:r:a:secret:db" },
        { "arn:aws:secretsmanager:r:a:secret:db-master", "arn:aws:secretsmanager:r:a:secret:db-master" },
        { "arn:aws:secretsmanager:r:a:secret:db-master-??????", "arn:aws:secretsmanager:r:a:secret:db-master" },
        { "arn:aws:secretsmanager:r:a:secret:arn:aws:secretsmanager:q:b:secret:db-AbCdEf-??????",
          "arn:aws:secretsmanager:q:b:secret:db" },
        { "arn:aws:secretsmanager:r:a:secret:my-secret-??????", "arn:aws:secretsmanager:r:a:secret:my-secret" },
        { "arn:aws:secretsmanager:r:a:secret:db/*", "arn:aws:secretsmanager:r:a:secret:db/*" },
        { "arn:aws:ssm:r:a:parameter//a/b", "arn:aws:ssm:r:a:parameter/a/b" },
        { "arn:aws:kms:r:a:key/alias/x", "arn:aws:kms:r:a:alias/x" },
        { "arn:aws:s3::111122223333:accesspoint/m.mrap/object/k", "arn:aws:s3::\1:accesspoint/m.mrap/object/k" },
        { "arn:aws:s3:r:111122223333:accesspoint/m.mrap/object/k", "arn:aws:s3:r:111122223333:accesspoint/m.mrap/object/k" },
        { "arn:aws:s3:::accesspoint/m.mrap/object/k", "arn:aws:s3:::accesspoint/m.mrap/object/k" },
        { "arn:aws:s3:::arn:aws:s3:r:1:accesspoint/x/a/b", "arn:aws:s3:r:1:accesspoint/x/object/a/b" },
        { "arn:aws:s3:::arn:aws:s3:r:1:accesspoint/x", "arn:aws:s3:r:1:accesspoint/x" },
        { "arn:aws:s3:::b/arn:aws:s3:r:1:accesspoint/x", "arn:aws:s3:::b/arn:aws:s3:r:1:accesspoint/x" },
        { "*", "*" }, { "", "" }, { "arn:", "arn:" }, { "arn:aws:x", "arn:aws:x" },
    };
    char text[256];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].text);
        memcpy(text, rows[i].text, n);
        n = alps_resource_canonical(text, n);
        cr_expect(n == strlen(rows[i].want) && memcmp(text, rows[i].want, n) == 0, "%s: %.*s", rows[i].text, (int)n, text);
    }
}

Test(resource, conditions)
{
    static const struct { const char *when; bool want; } rows[] = {
        { "", true }, { "A", true }, { "B", false }, { "!A", false }, { "!B", true }, { "A&B", false }, { "A|B", true },
        { "B|A&A", true }, { "B|C&A", false }, { "A=1", true }, { "A=2", false }, { "!A=2", true }, { "!A|A=1", true },
        { "A&!A=1", false }, { "D~bc", true }, { "D~x", false }, { "!D~bc", false }, { "!B&!C", true }, { "!B&!A", false },
    };
    const struct member m[] = { { "A", "1" }, { "D", "abcd" }, { 0 } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(alps_condition_holds(rows[i].when, lookup, (void *)(uintptr_t)m), rows[i].want, "%s", rows[i].when);
}
