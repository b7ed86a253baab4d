/* bench_decide [--json]: nanoseconds from a request head to its operation, and from a request to its accesses, for calls
 * that functions make often. */
#include <stdio.h>

#include "bench/measure.h"
#include "core/catalog.h"

enum { ROUNDS = 20000, REPS = 10 };

struct row { const char *name, *method, *host, *path, *query, *target, *type, *scope, *body; };

static const struct row rows[] = {
    { "dynamodb.GetItem", "POST", "dynamodb.eu-west-1.amazonaws.com", "/", "", "DynamoDB_20120810.GetItem",
      "application/x-amz-json-1.0", "dynamodb", "{\"TableName\":\"orders\",\"Key\":{\"id\":{\"S\":\"1\"}}}" },
    { "dynamodb.TransactWriteItems", "POST", "111122223333.ddb.eu-west-1.amazonaws.com", "/", "",
      "DynamoDB_20120810.TransactWriteItems", "application/x-amz-json-1.0", "dynamodb",
      "{\"TransactItems\":[{\"Put\":{\"TableName\":\"a\",\"Item\":{}}},{\"Delete\":{\"TableName\":\"b\",\"Key\":{}}}]}" },
    { "s3.PutObject", "PUT", "reports.s3.eu-west-1.amazonaws.com", "/2026/q3.csv", "x-id=PutObject", NULL, "text/csv",
      "s3", NULL },
    { "s3.ListObjectsV2", "GET", "s3.eu-west-1.amazonaws.com", "/reports", "list-type=2&prefix=2026%2F", NULL, NULL,
      "s3", NULL },
    { "lambda.Invoke", "POST", "lambda.eu-west-1.amazonaws.com", "/2015-03-31/functions/pay/invocations", "", NULL,
      "application/json", "lambda", NULL },
    { "sns.Publish", "POST", "sns.eu-west-1.amazonaws.com", "/", "", NULL, "application/x-www-form-urlencoded", "sns",
      "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Aorders&Message=hello" },
    { "sqs.SendMessage", "POST", "sqs.eu-west-1.amazonaws.com", "/", "", "AmazonSQS.SendMessage", "application/x-amz-json-1.0",
      "sqs", "{\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/111122223333/orders\",\"MessageBody\":\"m\"}" },
    { "secretsmanager.GetSecretValue", "POST", "secretsmanager.eu-west-1.amazonaws.com", "/", "",
      "secretsmanager.GetSecretValue", "application/x-amz-json-1.1", "secretsmanager", "{\"SecretId\":\"prod/db\"}" },
};

static int
ignore(void *ctx, const struct alps_access *a)
{
    *(unsigned *)ctx += a->action;
    return 0;
}

static void
request_of(const struct row *row, struct alps_request *r, char *authorization, size_t cap)
{
    static const char *const plain[] = { "accept-encoding", "user-agent", "x-amz-date", "x-amz-security-token",
                                         "x-amz-content-sha256", "amz-sdk-invocation-id", "amz-sdk-request",
                                         "content-length" };
    unsigned n = 0;

    snprintf(authorization, cap, "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260101/eu-west-1/%s/aws4_request, "
             "SignedHeaders=host;x-amz-date, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
             row->scope);
    r->tls = true;
    r->method = alps_slice_of(row->method);
    r->host = r->sni = alps_slice_of(row->host);
    r->path = alps_slice_of(row->path);
    r->query = alps_slice_of(row->query);
    r->header[n++] = (struct alps_header){ ALPS_S("Host"), r->host };
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++)
        r->header[n++] = (struct alps_header){ alps_slice_of(plain[i]), ALPS_S("0123456789abcdef") };
    r->header[n++] = (struct alps_header){ ALPS_S("Authorization"), alps_slice_of(authorization) };
    if (row->type)
        r->header[n++] = (struct alps_header){ ALPS_S("Content-Type"), alps_slice_of(row->type) };
    if (row->target)
        r->header[n++] = (struct alps_header){ ALPS_S("X-Amz-Target"), alps_slice_of(row->target) };
    r->n_headers = (uint16_t)n;
}

static void
measure(const struct row *row, bool whole, bool json)
{
    static const struct alps_context ctx = { .account = { (const uint8_t *)"111122223333", 12 } };
    static double took[ROUNDS];
    static struct alps_request r;
    static struct alps_call call;
    char authorization[256];
    unsigned sum = 0;

    request_of(row, &r, authorization, sizeof authorization);
    for (unsigned i = 0; i < ROUNDS; i++) {
        double start = now_ns();
        for (unsigned k = 0; k < REPS; k++) {
            int rc = alps_call_head(&call, &alps_catalog_builtin, &r, &ctx);
            if (rc == 0 && whole && row->body && call.body != ALPS_BODY_ABSENT)
                rc = alps_call_body(&call, alps_slice_of(row->body), ignore, &sum);
            if (rc == 0 && whole)
                rc = alps_call_end(&call, ignore, &sum);
            if (rc) {
                fprintf(stderr, "%s: refused\n", row->name);
                exit(1);
            }
        }
        took[i] = (now_ns() - start) / REPS;
    }
    measure_sort(took, ROUNDS);
    printf(json ? "{\"bench\":\"decide\",\"call\":\"%s\",\"part\":\"%s\",\"p50_ns\":%.0f,\"p99_ns\":%.0f}\n"
                : "%-32s %-6s p50 %5.0f ns  p99 %5.0f ns\n",
           row->name, whole ? "whole" : "head", took[ROUNDS / 2], took[ROUNDS * 99 / 100]);
}

int
main(int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        measure(&rows[i], false, json);
        measure(&rows[i], true, json);
    }
    return 0;
}
