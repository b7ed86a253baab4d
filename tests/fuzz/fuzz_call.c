/* A raw request → call: never a crash, never a name with a mark of ours in it, and the same accesses whether the body comes
 * whole or byte by byte. */
#include <stdio.h>
#include <stdlib.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

struct seen { uint64_t sum; unsigned n; };

static int
see(void *ctx, const struct alps_access *a)
{
    struct seen *s = ctx;

    if (a->operation == 0 || a->action == 0 || a->resource.n > ALPS_RESOURCE)
        abort();
    for (size_t i = 0; i < a->resource.n; i++) {
        if (a->resource.p[i] < 0x20 && a->resource.p[i] != ALPS_MARK_UNKNOWN)
            abort();
        s->sum = (s->sum ^ a->resource.p[i]) * 0x100000001b3u;
    }
    s->sum += a->action;
    s->n++;
    return 0;
}

static int
map(const struct alps_request *r, alps_slice body, size_t piece, const struct alps_context *ctx, struct seen *s)
{
    static struct alps_call call;
    int rc = alps_call_head(&call, &alps_catalog_builtin, r, ctx);

    *s = (struct seen){ 0, 0 };
    for (size_t i = 0; i < body.n && rc == 0 && call.body != ALPS_BODY_ABSENT; i += piece)
        rc = alps_call_body(&call, alps_slice_sub(body, i, body.n - i < piece ? body.n : i + piece), see, s);
    if (rc == 0)
        rc = alps_call_end(&call, see, s);
    if (rc == 0 && s->n == 0 && !call.no_permission)
        abort();                                    /* nothing to be allowed must be said, not implied */
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct alps_request r;
    struct alps_context ctx = { .account = ALPS_S("111122223333"), .region = ALPS_S("eu-west-1") };
    struct alps_http1 h = { 0 };
    struct seen whole, pieces;
    alps_slice port, all;
    ptrdiff_t n;
    int a, b;

    if (size < 2)
        return 0;
    ctx.endpoint = (enum alps_vendor)(data[0] % ALPS_VENDOR_COUNT);
    all = (alps_slice){ data + 1, size - 1 };
    n = alps_http1_feed(&h, all, &r);
    if (n <= 0)
        return 0;
    r.tls = ctx.endpoint == ALPS_VENDOR_NONE;
    alps_slice_cut(r.host, ':', &r.sni, &port);
    a = map(&r, alps_slice_sub(all, (size_t)n, all.n), 4096, &ctx, &whole);
    b = map(&r, alps_slice_sub(all, (size_t)n, all.n), 1, &ctx, &pieces);
    /* Of two faults the one that is met first may differ: the judge feeds a body in one piece. */
    if ((a == 0) != (b == 0) || (a == 0 && (whole.sum != pieces.sum || whole.n != pieces.n)))
        abort();
    return 0;
}
