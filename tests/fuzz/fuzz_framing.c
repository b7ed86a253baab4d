/* A body whose head says how long it is: the same content, the same end, the same refusal however it is cut. */
#include <stdlib.h>

#include "core/http1.h"

struct outcome { size_t used, content; uint64_t sum; int refused; bool done; };

static struct outcome
run(struct alps_framing f, const uint8_t *p, size_t n, size_t step)
{
    struct outcome o = { .sum = 1469598103934665603ull };
    uint64_t before = f.left;

    while (o.used < n && !f.done) {
        size_t take = n - o.used < step ? n - o.used : step;
        uint8_t *copy = malloc(take);
        alps_slice content;
        ptrdiff_t used;

        memcpy(copy, p + o.used, take);
        used = alps_framing_feed(&f, (alps_slice){ copy, take }, &content);
        if (used < 0) {
            free(copy);
            o.refused = (int)used;
            o.used = 0;                 /* how far it came before it was refused is no promise */
            return o;
        }
        if ((size_t)used > take || (used == 0 && !f.done))
            abort();
        if (content.n && (content.p < copy || content.p + content.n > copy + used))
            abort();
        for (size_t i = 0; i < content.n; i++)
            o.sum = (o.sum ^ content.p[i]) * 1099511628211ull;
        o.content += content.n;
        o.used += (size_t)used;
        free(copy);
    }
    o.done = f.done;
    if (f.kind == ALPS_BODY_LENGTH && o.content > before)
        abort();
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct alps_http1 h = { 0 };
    struct alps_request req;
    struct alps_framing f = { .kind = ALPS_BODY_CHUNKED };
    struct outcome whole, bytes, threes;
    ptrdiff_t len = 0;

    if (n > 1 && (*p & 1)) {
        len = alps_http1_feed(&h, (alps_slice){ p + 1, n - 1 }, &req);
        if (len <= 0 || alps_framing_init(&f, &req) < 0)
            return 0;
        len++;
    }
    p += len;
    n -= (size_t)len;
    whole = run(f, p, n, n + 1);
    bytes = run(f, p, n, 1);
    threes = run(f, p, n, 3);
    if (memcmp(&whole, &bytes, sizeof whole) != 0 || memcmp(&whole, &threes, sizeof whole) != 0)
        abort();
    return 0;
}
