/* bench_conn [--json]: nanoseconds per verdict: bytes of a request in, verdict out, with the whole catalogue and a small
 * policy. */
#include <stdio.h>

#include "bench/measure.h"
#include "core/conn.h"

enum { ROUNDS = 4000, REPS = 10 };

#define SIGNED(service) \
    "X-Amz-Date: 20261121T200000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20261121/eu-west-1/" service \
    "/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, " \
    "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\nUser-Agent: Boto3/1.40.0 md/Botocore#1.40.0 " \
    "ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.12.4 md/pyimpl#CPython\r\namz-sdk-invocation-id: 7f3c1b1e-5f0a-4f57-9a51-0b8d1f0e7c11\r\n"

static const char put_item[] =
    "POST / HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n" SIGNED("dynamodb") "Content-Length: 98\r\n\r\n"
    "{\"TableName\":\"orders\",\"Item\":{\"pk\":{\"S\":\"customer#1\"},\"total\":{\"N\":\"12.99\"},\"paid\":{\"BOOL\":true}}}";
static const char scan[] =
    "POST / HTTP/1.1\r\nHost: dynamodb.eu-west-1.amazonaws.com\r\nX-Amz-Target: DynamoDB_20120810.Scan\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n" SIGNED("dynamodb") "Content-Length: 22\r\n\r\n{\"TableName\":\"orders\"}";
static const char put_object[] =
    "PUT /2026/q3.csv HTTP/1.1\r\nHost: reports.s3.eu-west-1.amazonaws.com\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n" SIGNED("s3")
    "Content-Length: 5\r\n\r\nhello";
static const char foreign[] = "GET /v1/charges HTTP/1.1\r\nHost: api.example.com\r\nAccept: */*\r\nUser-Agent: node\r\n\r\n";

static const struct alps_policy *
make_policy(void)
{
    static uint8_t memory[1 << 18];
    static const uint8_t any[] = { ALPS_ANY };
    static const char *const actions[] = { "dynamodb:PutItem", "dynamodb:GetItem", "sqs:SendMessage", "s3:PutObject", "s3:GetObject" };
    struct alps_arena arena = { memory, memory + sizeof memory };
    struct alps_policy *p = alps_policy_new(&arena, &alps_catalog_builtin, 16, 4, 4);
    struct alps_context context = { .account = ALPS_S("111122223333"), .region = ALPS_S("eu-west-1") };

    if (!p || alps_policy_host(p, ALPS_S("api.example.com")) != 0)
        exit(1);
    alps_policy_context(p, &context);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        alps_slice name = alps_slice_of(actions[i]), service, rest;
        struct alps_rule rule = { .action = alps_action_find(&alps_catalog_builtin, name), .pattern = { any, 1 }, .label = name };

        alps_slice_cut(name, ':', &service, &rest);
        rule.service = service;
        if (rule.action == 0 || alps_policy_allow(p, &rule) != 0)
            exit(1);
    }
    return alps_policy_seal(p);
}

static void
judge(const struct alps_policy *policy, alps_slice sni, alps_slice text, size_t first, enum alps_verdict want)
{
    static struct alps_conn c;
    static struct alps_decision d;
    bool decided;
    size_t n;

    alps_conn_init(&c, true, sni);
    if (first && alps_conn_feed(&c, policy, alps_slice_sub(text, 0, first), &n, &decided, &d) != ALPS_MORE)
        exit(1);
    if (alps_conn_feed(&c, policy, text, &n, &decided, &d) != want || !decided) {
        fprintf(stderr, "%.40s: %s\n", (const char *)text.p, alps_reason_name(d.reason));
        exit(1);
    }
}

static void
measure(const char *name, const struct alps_policy *policy, alps_slice sni, alps_slice text, size_t first, enum alps_verdict want, bool json)
{
    static double took[ROUNDS];

    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (unsigned i = 0; i < REPS; i++)
            judge(policy, sni, text, first, want);
        took[r] = (now_ns() - start) / REPS;
    }
    measure_sort(took, ROUNDS);
    printf(json ? "{\"bench\":\"conn\",\"what\":\"%s\",\"bytes\":%zu,\"ns_p50\":%.0f,\"ns_p99\":%.0f}\n"
                : "verdict %-22s %4zu bytes   %5.0f ns   p99 %5.0f\n", name, text.n, took[ROUNDS / 2], took[ROUNDS / 100 * 99]);
}

int
main(int argc, char **argv)
{
    const struct alps_policy *policy = make_policy();
    alps_slice ddb = ALPS_S("dynamodb.eu-west-1.amazonaws.com");
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;

    measure("PutItem", policy, ddb, ALPS_S(put_item), 0, ALPS_ALLOW, json);
    measure("PutItem, head first", policy, ddb, ALPS_S(put_item), sizeof put_item - 99, ALPS_ALLOW, json);
    measure("Scan, refused", policy, ddb, ALPS_S(scan), 0, ALPS_DENY, json);
    measure("PutObject", policy, ALPS_S("reports.s3.eu-west-1.amazonaws.com"), ALPS_S(put_object), 0, ALPS_ALLOW, json);
    measure("host that is no cloud", policy, ALPS_S("api.example.com"), ALPS_S(foreign), 0, ALPS_ALLOW, json);
    return 0;
}
