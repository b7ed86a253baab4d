#include <criterion/criterion.h>
#include <stdio.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

/* A batch in short: "POST /batch|Host: h" ('|' ends a line), its body, and what it means: "1 action resource; 2 …", or a
 * reason. */
struct row { const char *head, *body, *want; };

static char said[8192];

static int
say(void *ctx, const struct alps_access *a)
{
    bool named = a->action == ALPS_ACTION_NAMED;

    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s%u %.*s %.*s", *said ? "; " : "", a->part,
             named ? (int)a->name.n : 256, named ? (const char *)a->name.p : alps_action_name(&alps_catalog_builtin, a->action, &(struct alps_room){ "" }),
             (int)a->resource.n, (const char *)a->resource.p);
    return 0;
}

static const char *
mapped(const char *head, const char *body, size_t piece)
{
    static char wire[9000];
    static struct alps_request req;
    static struct alps_call call;
    struct alps_context ctx = { .endpoint = ALPS_VENDOR_NONE };
    struct alps_http1 http1 = { 0 };
    size_t n = 0, n_body = strlen(body);
    alps_slice port;
    int rc;

    for (const char *p = head; *p; p++)
        n += (size_t)sprintf(wire + n, *p != '|' ? "%c" : strchr(head, '|') == p ? " HTTP/1.1\r\n" : "\r\n", *p);
    n += (size_t)sprintf(wire + n, "\r\nContent-Length: %zu\r\n\r\n", n_body);
    said[0] = 0;
    if (alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req) <= 0)
        return "NO_HEAD";
    req.tls = true;
    alps_slice_cut(req.host, ':', &req.sni, &port);
    rc = alps_call_head(&call, &alps_catalog_builtin, &req, &ctx);
    if (rc == 0)
        cr_expect(alps_slice_eq(alps_call_name(&call), ALPS_S("batch")), "%s: it is a batch", head);
    for (size_t i = 0; i < n_body && rc == 0 && call.body != ALPS_BODY_ABSENT; i += piece)
        rc = alps_call_body(&call, (alps_slice){ (const uint8_t *)body + i, n_body - i < piece ? n_body - i : piece }, say,
                            NULL);
    if (rc == 0)
        rc = alps_call_end(&call, say, NULL);
    cr_expect(rc || !alps_call_ready(&call), "a batch never leaves before its end");
    return rc ? alps_reason_name((unsigned)-rc) : *said ? said : call.no_permission ? "nothing" : "?";
}

static void
check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t piece = 4096; piece; piece = piece == 4096 ? 7 : piece == 7 ? 1 : 0)
            cr_expect_str_eq(mapped(rows[i].head, rows[i].body, piece), rows[i].want, "%s\n%s\n   is %s\n  not %s", rows[i].head,
                             rows[i].body, mapped(rows[i].head, rows[i].body, piece), rows[i].want);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))
#define STORAGE "POST /batch/storage/v1|Host: storage.googleapis.com|Content-Type: multipart/mixed; boundary=\"==b==\""
#define OPEN "--==b==\r\n"
#define PART "Content-Type: application/http\r\n\r\n"
#define SHUT "--==b==--\r\n"
#define DELETE_X "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\n\r\n"
#define DELETED_X "1 storage.objects.delete projects/_/buckets/b/objects/x"

Test(call_batch, each_part_is_a_call_of_its_own)
{
    static const struct row rows[] = {
        { STORAGE, OPEN PART DELETE_X SHUT, DELETED_X },
        { STORAGE, OPEN PART DELETE_X "\r\n" OPEN PART "GET /storage/v1/b/c/o/y?alt=json HTTP/1.1\r\nAccept: */*\r\n\r\n\r\n" SHUT,
          DELETED_X "; 2 storage.objects.get projects/_/buckets/c/objects/y" },
        { STORAGE, OPEN PART "POST /storage/v1/b/b/o/x/compose HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 38"
          "\r\n\r\n{\"sourceObjects\":[{\"name\":\"secret/a\"}]}\r\n" SHUT, "FRAMING" },
        { STORAGE, OPEN PART "POST /storage/v1/b/b/o/x/compose HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 39"
          "\r\n\r\n{\"sourceObjects\":[{\"name\":\"secret/a\"}]}\r\n" SHUT,
          "1 storage.objects.get projects/_/buckets/b/objects/secret/a; 1 storage.objects.create projects/_/buckets/b/objects/x" },
        { "POST /batch|Host: pubsub.googleapis.com|Content-Type: multipart/mixed; boundary=x",
          "--x\r\n" PART "DELETE /v1/projects/p/topics/t\r\n\r\n--x--", "1 pubsub.topics.delete projects/p/topics/t" },
    };
    CHECK(rows);
}

Test(call_batch, what_clients_write)
{
    static const struct row rows[] = {
        /* google-api-python-client: built as mail, bare line feeds, a Content-ID that is folded */
        { STORAGE, "--==b==\nContent-Type: application/http\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n"
          "Content-ID: <86a4c1f1\n + 1>\n\nDELETE /storage/v1/b/b/o/x? HTTP/1.1\nContent-Type: application/json\nMIME-Version: 1.0\n"
          "accept: application/json\nHost: storage.googleapis.com\n\n\n--==b==--\n", DELETED_X },
        /* google-cloud-storage: the whole URL */
        { STORAGE, "--==b==\nContent-Type: application/http\nMIME-Version: 1.0\n\nPATCH https://storage.googleapis.com/storage/v1/b/b/o/"
          "x?projection=full HTTP/1.1\nContent-Length: 16\nContent-Type: application/json\n\n{\"metadata\": {}}\n--==b==--\n",
          "1 storage.objects.update projects/_/buckets/b/objects/x" },
        /* azure-storage-blob */
        { "POST /?comp=batch|Host: acct.blob.core.windows.net|Content-Type: multipart/mixed; boundary=batch_1",
          "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 0\r\n\r\n"
          "DELETE /c/a%20b HTTP/1.1\r\nx-ms-version: 2020-04-08\r\nAuthorization: SharedKey acct:x\r\nContent-Length: 0\r\n\r\n\r\n"
          "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n"
          "PUT /c/d?comp=tier HTTP/1.1\r\nx-ms-access-tier: Cool\r\nContent-Length: 0\r\n\r\n\r\n--batch_1--\r\n",
          "1 Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete https://acct.blob.core.windows.net/c/a b; "
          "2 Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write https://acct.blob.core.windows.net/c/d" },
        /* data tables: a change set */
        { "POST /$batch|Host: acct.table.core.windows.net|Content-Type: multipart/mixed; boundary=batch_1",
          "--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n\r\n--changeset_1\r\n" PART
          "POST https://acct.table.core.windows.net/orders HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"RowKey\":\"r\"}\r\n"
          "--changeset_1\r\n" PART "MERGE /orders(PartitionKey='p',RowKey='r') HTTP/1.1\r\nIf-Match: *\r\n\r\n{}\r\n--changeset_1--\r\n"
          "--batch_1--\r\n",
          "1 Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action https://acct.table.core.windows.net/orders; "
          "2 Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action "
          "https://acct.table.core.windows.net/orders" },
    };
    CHECK(rows);
}

Test(call_batch, the_control_plane_s_is_json)
{
#define ARM "POST /batch?api-version=2020-06-01|Host: management.azure.com|Content-Type: application/json"
    static const struct row rows[] = {
        { ARM, "{\"requests\":[{\"httpMethod\":\"GET\",\"url\":\"/subscriptions/s/resourceGroups/g?api-version=1\"},"
          "{\"name\":\"n\",\"httpMethod\":\"DELETE\",\"url\":\"https://management.azure.com/subscriptions/s/resourceGroups/h\"}]}",
          "1 Microsoft.Resources/subscriptions/resourceGroups/read /subscriptions/s/resourceGroups/g; "
          "2 Microsoft.Resources/subscriptions/resourceGroups/delete /subscriptions/s/resourceGroups/h" },
        { ARM, "{\"requests\":[{\"httpMethod\":\"GET\",\"relativeUrl\":\"/subscriptions/s\"}]}",
          "1 Microsoft.Resources/subscriptions/read /subscriptions/s" },
        { ARM, "{\"requests\":[{\"httpMethod\":\"GET\",\"url\":\"/subscriptions/s\",\"relativeUrl\":\"/subscriptions/t\"}]}",
          "BODY_DUPLICATE" },
        { ARM, "{\"requests\":[{\"url\":\"/subscriptions/s\"}]}", "NO_RESOURCE" },
        { ARM, "{\"requests\":[]}", "NO_RESOURCE" },
        { ARM, "{}", "NO_RESOURCE" },
        { ARM, "{\"requests\":[{\"httpMethod\":\"GET\",\"url\":\"https://example.com/subscriptions/s\"}]}", "HOST_DIFFERS" },
        { ARM, "{\"requests\":[{\"httpMethod\":\"POST\",\"url\":\"/batch\"}]}", "BATCH" },
        { ARM, "{\"requests\":[{\"httpMethod\":\"GET\",\"url\":[\"/subscriptions/s\"]}]}", "BODY_TYPE" },
    };
    CHECK(rows);
}

Test(call_batch, what_two_readers_could_read_differently_is_refused)
{
    static const struct row rows[] = {
        { STORAGE, "", "BODY_SYNTAX" },
        { STORAGE, SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN PART DELETE_X, "BODY_SYNTAX" },                                  /* it does not end */
        { STORAGE, OPEN PART DELETE_X SHUT "more", "BODY_SYNTAX" },
        { STORAGE, "prose\r\n" OPEN PART DELETE_X SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\n\n" SHUT, "BODY_SYNTAX" },      /* two kinds of line ends */
        { STORAGE, OPEN PART "PATCH /storage/v1/b/b/o/x HTTP/1.1\r\n\r\n{}\n--==b==\n" PART DELETE_X SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN PART "PATCH /storage/v1/b/b/o/x HTTP/1.1\r\n\r\n{}\r--==b==\r\n" PART DELETE_X SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN PART DELETE_X "--==b==x\r\n" PART DELETE_X SHUT, "BODY_SYNTAX" },          /* a longer boundary */
        { STORAGE, "--==b\r\n" PART DELETE_X SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN "\r\n" DELETE_X SHUT, "BATCH" },                                          /* a part of no type */
        { STORAGE, OPEN "Content-Type: text/plain\r\n\r\n" DELETE_X SHUT, "BATCH" },
        { STORAGE, OPEN "Content-Type: application/http\r\nContent-Type: text/plain\r\n\r\n" DELETE_X SHUT, "DUPLICATE_FIELD" },
        { STORAGE, OPEN "Content-Type: application/http\r\nContent-Transfer-Encoding: base64\r\n\r\nREVM\r\n" SHUT, "BODY_ENCODING" },
        { STORAGE, OPEN "Content-Type: application/http;\r\n x=y\r\n\r\n" DELETE_X SHUT, "MALFORMED_FIELD" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\nHost: www.googleapis.com\r\n\r\n" SHUT, "HOST_DIFFERS" },
        { STORAGE, OPEN PART "DELETE https://example.com/storage/v1/b/b/o/x HTTP/1.1\r\n\r\n" SHUT, "HOST_DIFFERS" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\nX-HTTP-Method-Override: GET\r\n\r\n" SHUT, "METHOD_OVERRIDE" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" SHUT, "FRAMING" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\nHost: storage.googleapis.com\r\nHost: storage.googleapis.com"
          "\r\n\r\n" SHUT, "DUPLICATE_FIELD" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.0\r\n\r\n" SHUT, "MALFORMED_LINE" },
        { STORAGE, OPEN PART "delete /storage/v1/b/b/o/x HTTP/1.1\r\n\r\n" SHUT, "MALFORMED_LINE" },
        { STORAGE, OPEN PART "DELETE /storage/v1/b/b/o/x HTTP/1.1\r\n folded: x\r\n\r\n" SHUT, "MALFORMED_FIELD" },
        { STORAGE, OPEN PART "DELETE /nosuch/v1/b/b/o/x/y HTTP/1.1\r\nA: b\r\n\r\n" SHUT,
          "1 storage.objects.delete projects/_/buckets/nosuch/objects/v1/b/b/o/x/y" },           /* the XML API */
        { STORAGE, OPEN PART "POST /nosuch HTTP/1.1\r\n\r\n" SHUT, "UNKNOWN_API" },
        { STORAGE "|X-HTTP-Method-Override: GET", OPEN PART DELETE_X SHUT, "METHOD_OVERRIDE" },
        { STORAGE "|X-HTTP-Method-Override: POST", OPEN PART DELETE_X SHUT, "METHOD_OVERRIDE" },
        { STORAGE "|Content-Encoding: gzip", OPEN PART DELETE_X SHUT, "BODY_ENCODING" },
        { STORAGE, OPEN PART "POST /batch HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n" SHUT, "BATCH" },
        { STORAGE, OPEN "Content-Type: multipart/mixed; boundary===b==2\r\n\r\n" SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n" PART DELETE_X SHUT, "BODY_SYNTAX" },
        { STORAGE, OPEN "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n",
          "BATCH" },
        { "POST /batch|Host: oauth2.googleapis.com|Content-Type: multipart/mixed; boundary=x",
          "--x\r\n" PART "POST /token HTTP/1.1\r\n\r\n--x--", "BATCH" },                           /* no runtime asks like that */
    };
    CHECK(rows);
}

Test(call_batch, a_long_get_may_come_as_a_post)
{
#define FORM "|Content-Type: application/x-www-form-urlencoded|X-HTTP-Method-Override: GET"
    static const struct row { const char *head, *body, *want; } rows[] = {
        { "POST /v1/projects/p/topics|Host: pubsub.googleapis.com" FORM, "pageSize=10&pageToken=a%2Fb", "pubsub.topics.list projects/p" },
        { "POST /storage/v1/b|Host: storage.googleapis.com" FORM, "prefix=x&project=p", "storage.buckets.list projects/p" },
        { "POST /storage/v1/b?project=q|Host: storage.googleapis.com" FORM, "prefix=x&project=p", "BODY_DUPLICATE" },
        { "POST /v1/projects/p/topics|Host: pubsub.googleapis.com" FORM, "$httpMethod=DELETE", "METHOD_OVERRIDE" },
        { "POST /v1/projects/p/topics|Host: pubsub.googleapis.com|X-HTTP-Method-Override: GET|Content-Type: application/json", "{}",
          "PROTOCOL_DIFFERS" },
        { "POST /v1/projects/p/topics/t|Host: pubsub.googleapis.com|X-HTTP-Method-Override: PATCH", "{}",
          "pubsub.topics.get projects/p/topics/t; 0 pubsub.topics.update projects/p/topics/t" },
        { "POST /v1/projects/p/topics/t|Host: pubsub.googleapis.com|X-HTTP-Method-Override: DELETE", "",
          "pubsub.topics.delete projects/p/topics/t" },
        { "POST /v1/projects/p/topics/t|Host: pubsub.googleapis.com|X-HTTP-Method-Override: TRACE", "", "METHOD_OVERRIDE" },
        { "POST /v1/projects/p/topics/t|Host: pubsub.googleapis.com|X-HTTP-Method: GET", "", "METHOD_OVERRIDE" },
        { "GET /v1/projects/p/topics/t|Host: pubsub.googleapis.com|X-HTTP-Method-Override: DELETE", "", "METHOD_OVERRIDE" },
        { "POST /b/a/k|Host: storage.googleapis.com|X-HTTP-Method-Override: GET", "", "METHOD_OVERRIDE" },
        { "POST /orders(PartitionKey='a',RowKey='b')|Host: acct.table.core.windows.net|X-HTTP-Method: MERGE|If-Match: *", "{}",
          "Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action https://acct.table.core.windows.net/orders" },
        { "POST /orders(PartitionKey='a',RowKey='b')|Host: acct.table.core.windows.net|X-HTTP-Method: DELETE", "", "METHOD_OVERRIDE" },
        { "POST /c/b|Host: acct.blob.core.windows.net|X-HTTP-Method: MERGE", "", "METHOD_OVERRIDE" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct alps_request req;
        static struct alps_call call;
        static char wire[4096];
        struct alps_context ctx = { .endpoint = ALPS_VENDOR_NONE };
        struct alps_http1 http1 = { 0 };
        size_t n = 0, n_body = strlen(rows[i].body);
        const char *got;
        int rc;

        for (const char *p = rows[i].head; *p; p++)
            n += (size_t)sprintf(wire + n, *p != '|' ? "%c" : strchr(rows[i].head, '|') == p ? " HTTP/1.1\r\n" : "\r\n", *p);
        n += (size_t)sprintf(wire + n, "\r\nContent-Length: %zu\r\n\r\n", n_body);
        cr_assert_gt(alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req), 0);
        req.tls = true;
        req.sni = req.host;
        said[0] = 0;
        rc = alps_call_head(&call, &alps_catalog_builtin, &req, &ctx);
        for (size_t k = 0; k < n_body && rc == 0 && call.body != ALPS_BODY_ABSENT; k++)
            rc = alps_call_body(&call, (alps_slice){ (const uint8_t *)rows[i].body + k, 1 }, say, NULL);
        if (rc == 0)
            rc = alps_call_end(&call, say, NULL);
        got = rc ? alps_reason_name((unsigned)-rc) : said + 2;      /* "0 ": no part of a batch */
        cr_expect_str_eq(got, rows[i].want, "%s %s\n   is %s\n  not %s", rows[i].head, rows[i].body, got, rows[i].want);
    }
}
