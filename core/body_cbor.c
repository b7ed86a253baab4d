#include "core/body_walk.h"

int
alps_body_cbor_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    struct alps_cbor *cbor = &b->walk.tree.cbor;
    alps_slice text = { NULL, 0 };
    size_t at = 0;
    int rc;

    while ((rc = alps_cbor_feed(cbor, content, &at, &text)) > 0)
        if ((rc = alps_body_tree_take(b, sink, rc, text)) != 0)
            return rc;
    return rc;
}

int
alps_body_cbor_end(struct alps_body *b)
{ return alps_cbor_end(&b->walk.tree.cbor); }
