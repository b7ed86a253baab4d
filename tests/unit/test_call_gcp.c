#include <criterion/criterion.h>
#include <stdio.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

struct row { const char *head, *body, *want; };     /* "GET /p|Host: h": '|' ends a line */

static char said[8192];

static int
say(void *ctx, const struct alps_access *a)
{
    size_t n = strlen(said);

    (void)ctx;
    n += (size_t)snprintf(said + n, sizeof said - n, "%s%s ", n ? "; " : "",
                          alps_action_name(&alps_catalog_builtin, a->action, &(struct alps_room){ "" }));
    for (size_t i = 0; i < a->resource.n && n + 1 < sizeof said; i++, n++)
        said[n] = a->resource.p[i] == ALPS_MARK_UNKNOWN ? '*' : (char)a->resource.p[i];
    said[n] = 0;
    return 0;
}

static const char *
mapped(const char *head, const char *body, size_t n_body, size_t piece)
{
    static char wire[4096], out[9000];
    static struct alps_request req;
    static struct alps_call call;
    struct alps_http1 http1 = { 0 };
    struct alps_context ctx = { 0 };
    size_t n = 0, k = 0;
    bool first = true;
    int rc;

    said[0] = 0;
    for (const char *p = head; *p; p++) {
        if (*p == '|') {
            n += (size_t)sprintf(wire + n, "%s\r\n", first ? " HTTP/1.1" : "");
            first = false;
        } else {
            wire[n++] = *p;
        }
    }
    n += (size_t)sprintf(wire + n, "\r\nContent-Length: %zu\r\n\r\n", n_body);
    if (alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req) <= 0)
        return "NO_HEAD";
    req.tls = true;
    req.sni = req.host;
    rc = alps_call_head(&call, &alps_catalog_builtin, &req, &ctx);
    for (size_t i = 0; i < n_body && rc == 0 && call.body != ALPS_BODY_ABSENT; i += piece)
        rc = alps_call_body(&call, (alps_slice){ (const uint8_t *)body + i, n_body - i < piece ? n_body - i : piece }, say,
                            NULL);
    if (rc == 0)
        rc = alps_call_end(&call, say, NULL);
    if (rc)
        return alps_reason_name((unsigned)-rc);
    for (unsigned i = 0; i < call.n_candidates; i++) {
        const char *before = alps_operation_before(&alps_catalog_builtin, call.candidate[i]);
        k += (size_t)sprintf(out + k, "%s%s%s%s", i ? "," : "", before, *before ? "." : "",
                             alps_operation_name(&alps_catalog_builtin, call.candidate[i], &(struct alps_room){ "" }));
    }
    sprintf(out + k, "%s%s%s%s", *said ? " " : "", said, call.platform ? " platform " : "", call.platform ? call.platform : "");
    return out;
}

static void
check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t piece = 4096; piece; piece = piece == 4096 ? 7 : piece == 7 ? 1 : 0)
            cr_expect_str_eq(mapped(rows[i].head, rows[i].body, strlen(rows[i].body), piece), rows[i].want, "%s\n   is %s\n  not %s",
                             rows[i].head, mapped(rows[i].head, rows[i].body, strlen(rows[i].body), piece), rows[i].want);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))
#define TOPIC "pubsub.projects.topics.publish pubsub.topics.publish projects/p/topics/t"
#define OBJECT "projects/_/buckets/b/objects/a/k"

Test(call_gcp, a_host_has_many_forms)
{
    static const struct row rows[] = {
        { "POST /v1/projects/p/topics/t:publish|Host: pubsub.googleapis.com", "{}", TOPIC },
        { "POST /v1/projects/p/topics/t:publish|Host: us-east1-pubsub.googleapis.com", "{}", TOPIC },
        { "POST /v1/projects/p/topics/t:publish|Host: pubsub.mtls.googleapis.com", "{}", TOPIC },
        { "POST /v1/projects/p/topics/t:publish|Host: pubsub.us-east1.rep.googleapis.com", "{}", TOPIC },
        { "POST /v1/projects/p/topics/t:publish|Host: pubsub-myendpoint.p.googleapis.com", "{}", TOPIC },
        { "POST /v1/projects/p/topics/t:publish|Host: nosuch.googleapis.com", "{}", "UNKNOWN_SERVICE" },
        { "POST /v1/projects/p/topics/t:publish|Host: x.pubsub.googleapis.com", "{}", "UNKNOWN_SERVICE" },
        { "GET /storage/v1/b/b/o/a%2Fk|Host: www.googleapis.com", "", "storage.objects.get storage.objects.get " OBJECT },
        { "GET /|Host: svc-abc-uc.a.run.app", "", "run.routes.invoke run.routes.invoke svc-abc-uc.a.run.app" },
        { "POST /f|Host: us-central1-p.cloudfunctions.net", "",
          "cloudfunctions.functions.invoke cloudfunctions.functions.invoke us-central1-p.cloudfunctions.net" },
    };
    CHECK(rows);
}

Test(call_gcp, verb_and_path_say_the_method)
{
    static const struct row rows[] = {
        { "GET /v1/projects/p/topics/t|Host: pubsub.googleapis.com", "",
          "pubsub.projects.topics.get pubsub.topics.get projects/p/topics/t" },
        { "GET /v1/projects/p/topics/t/|Host: pubsub.googleapis.com", "",
          "pubsub.projects.topics.get pubsub.topics.get projects/p/topics/t" },
        { "GET /v1/projects/p/topics|Host: pubsub.googleapis.com", "",
          "pubsub.projects.topics.list pubsub.topics.list projects/p" },
        { "POST /v1/projects/p/topics/t/:publish|Host: pubsub.googleapis.com", "{}", "UNKNOWN_API" },
        { "POST /v1/projects/p/topics/t/%3Apublish|Host: pubsub.googleapis.com", "{}", "UNKNOWN_API" },
        { "POST /v1/projects/p/topics/t:nosuch|Host: pubsub.googleapis.com", "{}", "UNKNOWN_API" },
        { "POST /v7/projects/p/topics/t:publish|Host: pubsub.googleapis.com", "{}", "UNKNOWN_API" },
        { "GET /v1/projects/p/../topics/t|Host: pubsub.googleapis.com", "", "BAD_TARGET" },
        { "GET /compute/v1/projects/p/zones/z/instances/i|Host: compute.googleapis.com", "",
          "compute.instances.get compute.instances.get projects/p/zones/z/instances/i" },
        { "GET /bigquery/v2/projects/p/datasets/d/tables/t|Host: bigquery.googleapis.com", "",
          "bigquery.tables.get bigquery.tables.get projects/p/datasets/d/tables/t" },
        { "GET /v1/projects/p/databases/(default)/documents/users/u|Host: firestore.googleapis.com", "",
          "firestore.projects.databases.documents.get datastore.entities.get projects/p/databases/(default)/documents/users/u" },
        { "DELETE /v1/projects/p/secrets/a%2Fb|Host: secretmanager.googleapis.com", "",
          "secretmanager.projects.secrets.delete secretmanager.secrets.delete projects/p/secrets/a%2Fb" },
    };
    CHECK(rows);
}

Test(call_gcp, objects_have_many_ways_to_be_named)
{
    static const struct row rows[] = {
        { "GET /storage/v1/b/b/o/a%2Fk?alt=media|Host: storage.googleapis.com", "",
          "storage.objects.get storage.objects.get " OBJECT },
        { "GET /download/storage/v1/b/b/o/a%2Fk?alt=media|Host: storage.googleapis.com", "",
          "storage.objects.get storage.objects.get " OBJECT },
        { "GET /b/a/k|Host: storage.googleapis.com", "", "storage.objects.get storage.objects.get " OBJECT },
        { "HEAD /a/k|Host: b.storage.googleapis.com", "", "storage.objects.get storage.objects.get " OBJECT },
        { "PUT /a/k|Host: b.storage.googleapis.com", "x", "storage.objects.insert storage.objects.create " OBJECT },
        { "DELETE /a/k|Host: b.storage.googleapis.com", "", "storage.objects.delete storage.objects.delete " OBJECT },
        { "POST /upload/storage/v1/b/b/o?uploadType=media&name=a%2Fk|Host: storage.googleapis.com|Content-Type: application/json",
          "{\"name\":\"other\"}", "storage.objects.insert storage.objects.create " OBJECT },
        { "POST /upload/storage/v1/b/b/o?uploadType=resumable|Host: storage.googleapis.com|Content-Type: application/json",
          "{\"name\":\"a/k\"}", "storage.objects.insert storage.objects.create " OBJECT },
        { "POST /upload/storage/v1/b/b/o?uploadType=multipart|Host: storage.googleapis.com"
          "|Content-Type: multipart/related; boundary=\"==x==\"",
          "--==x==\r\nContent-Type: application/json\r\n\r\n{\"name\":\"a/k\"}\r\n--==x==\r\n\r\nmedia\r\n--==x==--",
          "storage.objects.insert storage.objects.create " OBJECT },
        { "POST /upload/storage/v1/b/b/o?uploadType=multipart|Host: storage.googleapis.com"
          "|Content-Type: multipart/related; boundary=x", "{\"name\":\"a/k\"}", "BODY_SYNTAX" },
        { "PUT /upload/storage/v1/b/b/o?uploadType=resumable&upload_id=U|Host: storage.googleapis.com", "x",
          "storage.objects.insert storage.objects.create projects/_/buckets/b/objects/*" },
        { "POST /storage/v1/b/b/o/a%2Fk/rewriteTo/b/c/o/d|Host: storage.googleapis.com", "{}",
          "storage.objects.rewrite storage.objects.get " OBJECT "; storage.objects.create projects/_/buckets/c/objects/d" },
        { "POST /b|Host: storage.googleapis.com", "", "UNKNOWN_API" },
    };
    CHECK(rows);
}

Test(call_gcp, who_names_an_account_acts_as_it)
{
#define TASKS "POST /v2/projects/p/locations/l/queues/q/tasks|Host: cloudtasks.googleapis.com|Content-Type: application/json"
#define TASK "cloudtasks.projects.locations.queues.tasks.create "
    static const struct row rows[] = {
        { TASKS, "{\"task\":{\"httpRequest\":{\"url\":\"https://x\"}}}", TASK "cloudtasks.tasks.create projects/p/locations/l/queues/q" },
        { TASKS, "{\"task\":{\"httpRequest\":{\"oidcToken\":{\"serviceAccountEmail\":\"a@p\"}}}}",
          TASK "cloudtasks.tasks.create projects/p/locations/l/queues/q; iam.serviceAccounts.actAs projects/-/serviceAccounts/a@p" },
        { TASKS, "{\"task\":{\"http_request\":{\"oidcToken\":{\"serviceAccountEmail\":\"a@p\"}}}}", "BODY_SYNTAX" },
        { TASKS, "{\"task\":{\"httpRequest\":{\"oidcToken\":{\"service_account_email\":\"a@p\"}}}}", "BODY_SYNTAX" },
        { TASKS, "{\"task\":{\"httpRequest\":{\"oidcToken\":{\"serviceAccountEmail\":[\"a@p\"]}}}}", "BODY_TYPE" },
    };
    CHECK(rows);
}

Test(call_gcp, what_runtimes_ask_for_is_platform)
{
    static const struct row rows[] = {
        { "POST /token|Host: oauth2.googleapis.com", "", "oauth2.token platform gcp-token" },
        { "POST /v1/token|Host: sts.googleapis.com", "{}", "sts.token platform gcp-sts-token" },
        { "POST /v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken|Host: iamcredentials.googleapis.com",
          "{}", "iamcredentials.projects.serviceAccounts.generateAccessToken iam.serviceAccounts.getAccessToken "
          "projects/-/serviceAccounts/a@p.iam.gserviceaccount.com" },
    };
    CHECK(rows);
}

#define RPC(path, more) "POST " path "|Host: pubsub.googleapis.com|Content-Type: application/grpc" more

Test(call_gcp, the_message_names_what_an_rpc_is_about)
{
    static const struct { const char *head, *body; size_t n; const char *want; } rows[] = {
#define BODY(text) text, sizeof(text) - 1
        { RPC("/google.pubsub.v1.Publisher/Publish", ""), BODY("\0\0\0\0\x15\x0a\x13projects/p/topics/t"), TOPIC },
        { RPC("/google.pubsub.v1.Publisher/Publish", "|x-goog-request-params: topic=projects%2Fp%2Ftopics%2Ft"),
          BODY("\0\0\0\0\x15\x0a\x13projects/p/topics/t"), TOPIC },
        { RPC("/google.pubsub.v1.Publisher/Publish", "|x-goog-request-params: topic=projects%2Fp%2Ftopics%2Fu"),
          BODY("\0\0\0\0\x15\x0a\x13projects/p/topics/t"), "PROTOCOL_DIFFERS" },
        { RPC("/google.pubsub.v1.Publisher/Publish", ""), BODY("\0\0\0\0\0"), "NO_RESOURCE" },
        { RPC("/google.pubsub.v1.Publisher/Publish", ""), BODY("\1\0\0\0\x15\x0a\x13projects/p/topics/t"), "BODY_ENCODING" },
        { RPC("/google.pubsub.v1.Publisher/Nosuch", ""), BODY("\0\0\0\0\0"), "UNKNOWN_API" },
        { RPC("/google.pubsub.v1.Publisher/Publish", "-web"), BODY(""), "UNKNOWN_API" },
        { RPC("/google.spanner.v1.Spanner/GetSession", ""), BODY("\0\0\0\0\0"), "HOST_DIFFERS" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 4096; piece; piece = piece == 4096 ? 7 : piece == 7 ? 1 : 0)
            cr_expect_str_eq(mapped(rows[i].head, rows[i].body, rows[i].n, piece), rows[i].want, "%s\n   is %s\n  not %s",
                             rows[i].head, mapped(rows[i].head, rows[i].body, rows[i].n, piece), rows[i].want);
}
