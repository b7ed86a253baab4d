#include "core/grpc.h"
#include "core/reason.h"

enum { PREFIX = 5 };

int
alps_grpc_feed(struct alps_grpc *g, alps_slice in, size_t *at, alps_slice *data)
{
    size_t have;

    for (; g->n_prefix < PREFIX && *at < in.n && !g->bad; ++*at) {
        if (g->n_prefix++) {
            g->left = g->left << 8 | in.p[*at];
        } else if (in.p[*at]) {
            g->bad = true;
            return in.p[*at] == 1 ? -ALPS_BODY_ENCODING : -ALPS_BODY_SYNTAX;
        }
    }
    if (g->bad)
        return -ALPS_BODY_SYNTAX;
    if (g->n_prefix < PREFIX)
        return ALPS_GRPC_MORE;
    if (g->left == 0) {
        g->n_prefix = 0;
        return ALPS_GRPC_END;
    }
    have = in.n - *at < g->left ? in.n - *at : g->left;
    if (have == 0)
        return ALPS_GRPC_MORE;
    *data = (alps_slice){ in.p + *at, have };
    *at += have;
    g->left -= (uint32_t)have;
    return ALPS_GRPC_DATA;
}

int
alps_grpc_end(const struct alps_grpc *g)
{ return g->n_prefix || g->bad ? -ALPS_BODY_SYNTAX : 0; }
