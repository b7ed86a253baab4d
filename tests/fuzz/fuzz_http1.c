/* A head read whole, byte by byte and in two pieces (the second in another buffer) is the same head. */
#include <stdlib.h>

#include "core/http1.h"

struct outcome { ptrdiff_t len; unsigned n; size_t path, query, host, value; };

static struct outcome
outcome_of(ptrdiff_t len, const struct alps_request *req)
{
    struct outcome o = { .len = len };

    if (len > 0) {
        o.n = req->n_headers;
        o.path = req->path.n;
        o.query = req->query.n;
        o.host = req->host.n;
        for (unsigned i = 0; i < req->n_headers; i++)
            o.value += req->header[i].value.n * (i + 1) + req->header[i].name.n;
    }
    return o;
}

static uint8_t *
exact(const uint8_t *p, size_t n)
{
    uint8_t *q = malloc(n ? n : 1);

    if (n)
        memcpy(q, p, n);
    return q;
}

static struct outcome
feed_in_steps(const uint8_t *p, size_t n, size_t step)
{
    struct alps_http1 h = { 0 };
    struct alps_request req;
    ptrdiff_t len = 0;

    for (size_t at = step; len == 0; at += step) {
        uint8_t *copy = exact(p, at < n ? at : n);

        memset(&req, 0xa5, sizeof req);
        len = alps_http1_feed(&h, (alps_slice){ copy, at < n ? at : n }, &req);
        if (len > 0 && (req.path.p < copy || req.host.p + req.host.n > copy + n))
            abort();
        if (len != 0 || at >= n) {
            struct outcome o = outcome_of(len, &req);

            free(copy);
            return o;
        }
        free(copy);
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct outcome whole, halves, bytes;

    if (n == 0 || n > 3 * ALPS_HEAD_MAX)
        return 0;
    whole = feed_in_steps(p, n, n);
    halves = feed_in_steps(p, n, n / 2 + 1);
    bytes = n < 600 ? feed_in_steps(p, n, 1) : feed_in_steps(p, n, n / 40);
    if (memcmp(&whole, &halves, sizeof whole) != 0 || memcmp(&whole, &bytes, sizeof whole) != 0)
        abort();
    return 0;
}
