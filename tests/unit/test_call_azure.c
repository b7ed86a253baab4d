#include <criterion/criterion.h>
#include <stdio.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

/* A request in short, and what it means: "Service.Operation action resource; …", or a reason. */
struct row { const char *head, *body, *want; };

static char said[8192];

static int
say(void *ctx, const struct alps_access *a)
{
    bool named = a->action == ALPS_ACTION_NAMED;

    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), " %.*s %.*s", named ? (int)a->name.n : 256,
             named ? (const char *)a->name.p : alps_action_name(&alps_catalog_builtin, a->action, &(struct alps_room){ "" }),
             (int)a->resource.n,
             (const char *)a->resource.p);
    return 0;
}

static const char *
mapped(const struct row *r, enum alps_vendor endpoint)
{
    static char wire[9000];
    static struct alps_request req;
    static struct alps_call call;
    struct alps_context ctx = { .endpoint = endpoint };
    struct alps_http1 http1 = { 0 };
    size_t n = 0, body = strlen(r->body);
    alps_slice port;
    int rc;

    for (const char *p = r->head; *p; p++)
        n += (size_t)sprintf(wire + n, *p != '|' ? "%c" : strchr(r->head, '|') == p ? " HTTP/1.1\r\n" : "\r\n", *p);
    n += (size_t)sprintf(wire + n, "\r\nContent-Length: %zu\r\n\r\n", body);
    said[0] = 0;
    if (alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req) <= 0)
        return "NO_HEAD";
    req.tls = endpoint == ALPS_VENDOR_NONE;
    alps_slice_cut(req.host, ':', &req.sni, &port);
    req.sni.n = req.tls ? req.sni.n : 0;
    rc = alps_call_head(&call, &alps_catalog_builtin, &req, &ctx);
    if (rc == 0 && !alps_call_name(&call).n)
        snprintf(said, sizeof said, "%s.%s",
                 alps_service_name(&alps_catalog_builtin, alps_operation_service(&alps_catalog_builtin, call.operation)),
                 alps_operation_name(&alps_catalog_builtin, call.operation, &(struct alps_room){ "" }));
    for (size_t i = 0; i < body && rc == 0 && call.body != ALPS_BODY_ABSENT; i++)
        rc = alps_call_body(&call, (alps_slice){ (const uint8_t *)r->body + i, 1 }, say, NULL);
    if (rc == 0)
        rc = alps_call_end(&call, say, NULL);
    return rc ? alps_reason_name((unsigned)-rc) : said;
}

static void
check(const struct row *rows, size_t n, enum alps_vendor endpoint)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = mapped(&rows[i], endpoint);
        cr_expect_str_eq(got, rows[i].want, "%s\n   is %s\n  not %s", rows[i].head, got, rows[i].want);
    }
}

#define ROWS(...) static const struct row rows[] = { __VA_ARGS__ }
#define CHECK(endpoint) check(rows, sizeof rows / sizeof *rows, endpoint)
#define ARM "|Host: management.azure.com"
#define BLOB "|Host: acct.blob.core.windows.net"
#define BLOBS "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
#define TABLE "|Host: acct.table.core.windows.net"

Test(azure, a_control_plane_path_names_its_action)
{
    ROWS({ "GET /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x" ARM, "",
           " Microsoft.Web/sites/read /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x" },
         { "GET /subscriptions/s/providers/Microsoft.Web/sites" ARM, "", " Microsoft.Web/sites/read /subscriptions/s" },
         { "POST /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x/restart" ARM, "",
           " Microsoft.Web/sites/restart/action /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x" },
         { "PUT /subscriptions/s/resourcegroups/g" ARM, "",
           " Microsoft.Resources/subscriptions/resourceGroups/write /subscriptions/s/resourceGroups/g" },
         { "DELETE /subscriptions/s/providers/Microsoft.Nobody/things/t" ARM, "",
           " Microsoft.Nobody/things/delete /subscriptions/s/providers/Microsoft.Nobody/things/t" },
         { "GET /subscriptions/s/x/providers/Microsoft.Web/sites/y" ARM, "", "BAD_NAME" },
         { "GET /subscriptions/s/../t" ARM, "", "BAD_NAME" },
         { "OPTIONS /subscriptions/s" ARM, "", "UNKNOWN_API" });
    CHECK(ALPS_VENDOR_NONE);
}

Test(azure, blobs_go_by_verb_query_and_headers)
{
    ROWS({ "GET /c/d/b%201" BLOB, "", "Blob.GetBlob " BLOBS "/read https://acct.blob.core.windows.net/c/d/b 1" },
         { "PUT /c/b" BLOB "|x-ms-blob-type: BlockBlob|x-ms-tags: a=b", "",
           "Blob.PutBlob " BLOBS "/write https://acct.blob.core.windows.net/c/b " BLOBS
           "/tags/write https://acct.blob.core.windows.net/c/b" },
         { "DELETE /c/b?versionid=v" BLOB, "",
           "Blob.DeleteBlob " BLOBS "/deleteBlobVersion/action https://acct.blob.core.windows.net/c/b" },
         { "PUT /c/b" BLOB "|x-ms-copy-source: https://a.dfs.core.windows.net/x/y?sig=1", "",
           "Blob.CopyBlob " BLOBS "/write https://acct.blob.core.windows.net/c/b " BLOBS
           "/read https://a.blob.core.windows.net/x/y" },
         { "PUT /c/b" BLOB, "", "UNKNOWN_API" });
    CHECK(ALPS_VENDOR_NONE);
}

Test(azure, keys_in_parentheses_are_read_strictly)
{
    ROWS({ "POST /Tables" TABLE, "{\"TableName\":\"t\"}",
           "Table.CreateTable Microsoft.Storage/storageAccounts/tableServices/tables/write "
           "https://acct.table.core.windows.net/t" },
         { "GET /t(PartitionKey='',RowKey='it''s')" TABLE, "",
           "Table.GetEntity Microsoft.Storage/storageAccounts/tableServices/tables/entities/read "
           "https://acct.table.core.windows.net/t" },
         { "DELETE /Tables('a''b')" TABLE, "", "BAD_NAME" },
         { "DELETE /Tables('a'" TABLE, "", "BAD_NAME" },
         { "DELETE /Tables(a)" TABLE, "", "BAD_NAME" },
         { "DELETE /Tables/()/t" TABLE, "", "BAD_NAME" });
    CHECK(ALPS_VENDOR_NONE);
}

Test(azure, an_emulator_is_told_by_its_port_and_the_account_by_the_path)
{
    ROWS({ "GET /devstoreaccount1/q/messages?peekonly=true|Host: 127.0.0.1:10001", "",
           "Queue.PeekMessages Microsoft.Storage/storageAccounts/queueServices/queues/messages/read "
           "https://devstoreaccount1.queue.core.windows.net/q" },
         { "GET /Dev%20/c/b|Host: 127.0.0.1:10000", "", "BAD_NAME" });
    CHECK(ALPS_AZURE);
}
