/* tests/vectors/map: requests → what they mean, by whatever catalogue this is linked with.  Standard input: records
 * "N M\n", N bytes of head, M bytes of body.  One line each: a reason, or the operation and its resources, tab between them. */
#include <stdio.h>
#include <stdlib.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

static char said[1 << 16];
static size_t n_said;

static int
say(void *ctx, const struct alps_access *a)
{
    (void)ctx;
    if (n_said + a->resource.n + 2 < sizeof said) {
        said[n_said++] = '\t';
        memcpy(said + n_said, a->resource.p, a->resource.n);
        n_said += a->resource.n;
    }
    return 0;
}

static int
map(uint8_t *head, size_t n, alps_slice body, struct alps_call *call)
{
    static struct alps_request req;
    struct alps_http1 http1 = { 0 };
    struct alps_context ctx = { .region = ALPS_S("eu-west-1") };
    alps_slice name, port;
    int rc;

    req = (struct alps_request){ .tls = true };
    if (alps_http1_feed(&http1, (alps_slice){ head, n }, &req) <= 0)
        return -ALPS_NOT_HTTP;
    req.tls = true;
    alps_slice_cut(req.host, ':', &name, &port);
    req.sni = name;
    rc = alps_call_head(call, &alps_catalog_builtin, &req, &ctx);
    for (size_t i = 0; i < body.n && rc == 0 && call->body != ALPS_BODY_ABSENT; i += 7)     /* in pieces */
        rc = alps_call_body(call, alps_slice_sub(body, i, body.n - i < 7 ? body.n : i + 7), say, NULL);
    return rc ? rc : alps_call_end(call, say, NULL);
}

int
main(void)
{
    static uint8_t bytes[1 << 20];
    static struct alps_call call;
    size_t head, body;

    while (scanf("%zu %zu", &head, &body) == 2) {
        struct alps_room room;
        int rc;
        if (getchar() != '\n' || head + body > sizeof bytes || fread(bytes, 1, head + body, stdin) != head + body)
            return 1;
        n_said = 0;
        rc = map(bytes, head, (alps_slice){ bytes + head, body }, &call);
        if (rc)
            printf("%s\n", alps_reason_name((unsigned)-rc));
        else
            printf("%s%.*s\n", alps_operation_name(&alps_catalog_builtin, call.operation, &room), (int)n_said, said);
    }
    return 0;
}
