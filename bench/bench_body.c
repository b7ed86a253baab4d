/* bench_body [--json]: nanoseconds per byte of finding the members of bodies that DynamoDB, S3, SQS, CloudWatch and Pub/Sub
 * get, of 1, 16 and 256 KiB. */
#include <stdio.h>

#include "bench/measure.h"
#include "core/body.h"

enum { ROUNDS = 41 };

static int
count(void *ctx, enum alps_body_event event, unsigned path, alps_slice value)
{
    (void)event;
    (void)path;
    *(size_t *)ctx += value.n + 1;
    return 0;
}

/* Items as DynamoDB writes them: short attributes of all types, some long texts, some that are not ASCII. */
static size_t
make_json(char *p, size_t n)
{
    size_t at = (size_t)sprintf(p, "{\"RequestItems\":{\"orders-prod\":[");

    for (unsigned i = 0; at + 420 < n; i++)
        at += (size_t)sprintf(p + at, "%s{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"customer#%08u\"},\"sk\":{\"S\":\"order#2026-11-21T20:%02u:00Z\"},"
                              "\"total\":{\"N\":\"%u.99\"},\"paid\":{\"BOOL\":true},\"note\":{\"S\":\"leave it at the door, please%s\"},"
                              "\"lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"A-%u\"},\"n\":{\"N\":\"2\"}}},{\"M\":{\"sku\":{\"S\":\"B\"},\"n\":{\"N\":\"1\"}}}]}}}}",
                              i ? "," : "", i * 7919, i % 60, i * 31, i % 4 ? "" : " \\u00e4 \xc3\xa4 \\\"quoted\\\"", i);
    return at + (size_t)sprintf(p + at, "]},\"ReturnConsumedCapacity\":\"NONE\"}");
}

static size_t
make_text(char *p, size_t n)
{
    size_t at = (size_t)sprintf(p, "{\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/111122223333/orders\",\"MessageBody\":\"");

    while (at + 40 < n)
        at += (size_t)sprintf(p + at, "a long text without any escape, ");
    return at + (size_t)sprintf(p + at, "\"}");
}

static size_t
make_xml(char *p, size_t n)
{
    size_t at = (size_t)sprintf(p, "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");

    for (unsigned i = 0; at + 80 < n; i++)
        at += (size_t)sprintf(p + at, "<Object><Key>reports/2026/%08u.csv</Key></Object>", i);
    return at + (size_t)sprintf(p + at, "</Delete>");
}

static size_t
make_form(char *p, size_t n)
{
    size_t at = (size_t)sprintf(p, "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=https%%3A%%2F%%2Fsqs.eu-west-1.amazonaws.com%%2F1%%2Fq");

    for (unsigned i = 1; at + 120 < n; i++)
        at += (size_t)sprintf(p + at, "&Entries.member.%u.Id=m%u&Entries.member.%u.MessageBody=some+text+with+%%22quotes%%22", i, i, i);
    return at;
}

static size_t
cbor_text(char *p, const char *text)
{ return (size_t)sprintf(p, "%c%s", (char)(0x60 + strlen(text)), text); }

static size_t
put(char *p, const char *bytes, size_t n)
{
    memcpy(p, bytes, n);
    return n;
}

/* PutMetricData as Smithy RPC v2 CBOR: maps of short texts, a time and a float. */
static size_t
make_cbor(char *p, size_t n)
{
    static const char value[] = "\xfb\x40\x5e\xdd\x2f\x1a\x9f\xbe\x77", at_time[] = "\xc1\x1a\x6a\x0f\x1e\x2d";
    size_t at = 1 + cbor_text(p + 1, "MetricData");

    p[0] = (char)0xbf;
    p[at++] = (char)0x9f;
    while (at + 160 < n) {
        p[at++] = (char)0xa5;
        at += cbor_text(p + at, "MetricName");
        at += cbor_text(p + at, "OrdersSettled");
        at += cbor_text(p + at, "Timestamp");
        at += put(p + at, at_time, sizeof at_time - 1);
        at += cbor_text(p + at, "Value");
        at += put(p + at, value, sizeof value - 1);
        at += cbor_text(p + at, "Unit");
        at += cbor_text(p + at, "Count");
        at += cbor_text(p + at, "StorageResolution");
        p[at++] = 1;
    }
    p[at++] = (char)0xff;
    at += cbor_text(p + at, "Namespace");
    at += cbor_text(p + at, "shop/orders");
    p[at++] = (char)0xff;
    return at;
}

/* Publish: a topic and messages, each of data, an attribute and an ordering key. */
static size_t
make_protobuf(char *p, size_t n)
{
    static const char topic[] = "\x0a\x1dprojects/shop/topics/settled-";
    static const char message[] = "\x12\x50\x0a\x30{\"order\":4711,\"total\":\"17.99\",\"paid\":true,\"n\":1}"
                                  "\x12\x0e\x0a\x04kind\x12\x06orders\x2a\x0c" "customer-042";
    size_t at = sizeof topic - 1;

    memcpy(p, topic, at);
    for (; at + sizeof message < n; at += sizeof message - 1)
        memcpy(p + at, message, sizeof message - 1);
    return at;
}

static void
measure(const char *name, enum alps_body_kind kind, const char *const *paths, unsigned n_paths, const char *body, size_t n, bool json)
{
    double took[ROUNDS];
    size_t sink = 0, reps = 4 * 1024 * 1024 / n / 8 + 1;

    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (size_t i = 0; i < reps; i++) {
            static struct alps_body b;

            alps_body_init(&b, kind, paths, n_paths);
            if (alps_body_feed(&b, (alps_slice){ (const uint8_t *)body, n }, count, &sink) != 0 || alps_body_end(&b, count, &sink) != 0) {
                fprintf(stderr, "%s: the body was refused\n", name);
                exit(1);
            }
        }
        took[r] = (now_ns() - start) / (double)reps / (double)n;
    }
    measure_sort(took, ROUNDS);
    if (sink == 0)
        exit(1);
    printf(json ? "{\"bench\":\"body\",\"what\":\"%s\",\"bytes\":%zu,\"ns_per_byte_p50\":%.3f,\"ns_per_byte_p99\":%.3f}\n"
                : "body %-10s %7zu bytes   %.3f ns/byte   p99 %.3f\n", name, n, took[ROUNDS / 2], took[ROUNDS - 1]);
}

int
main(int argc, char **argv)
{
    static const char *const json_paths[] = { "RequestItems{}", "RequestItems{}[].PutRequest", "RequestItems{}[].DeleteRequest" };
    static const char *const put_paths[] = { "ReturnConsumedCapacity" };
    static const char *const queue_paths[] = { "QueueUrl" };
    static const char *const form_paths[] = { "Action", "Version", "QueueUrl" };
    static const char *const xml_paths[] = { "Object[].Key" };
    static const char *const cbor_paths[] = { "Namespace", "MetricData[].MetricName" }, *const skip_paths[] = { "Namespace" };
    static const char *const topic_paths[] = { "1" }, *const key_paths[] = { "1", "2[].5" };
    static const size_t sizes[] = { 1024, 16 * 1024, 256 * 1024 };
    static char body[256 * 1024 + 1024];
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;

    for (unsigned i = 0; i < 3; i++) {
        size_t n = make_json(body, sizes[i]);

        measure("json-batch", ALPS_BODY_JSON, json_paths, 3, body, n, json);
        measure("json-skip", ALPS_BODY_JSON, put_paths, 1, body, n, json);
        measure("json-text", ALPS_BODY_JSON, queue_paths, 1, body, make_text(body, sizes[i]), json);
        measure("form", ALPS_BODY_FORM, form_paths, 3, body, make_form(body, sizes[i]), json);
        measure("xml", ALPS_BODY_XML, xml_paths, 1, body, make_xml(body, sizes[i]), json);
        n = make_cbor(body, sizes[i]);
        measure("cbor-batch", ALPS_BODY_CBOR, cbor_paths, 2, body, n, json);
        measure("cbor-skip", ALPS_BODY_CBOR, skip_paths, 1, body, n, json);
        n = make_protobuf(body, sizes[i]);
        measure("proto-batch", ALPS_BODY_PROTOBUF, key_paths, 2, body, n, json);
        measure("proto-skip", ALPS_BODY_PROTOBUF, topic_paths, 1, body, n, json);
    }
    return 0;
}
