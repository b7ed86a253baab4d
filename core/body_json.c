#include "core/body_walk.h"

int
alps_body_json_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    struct alps_json *json = &b->walk.tree.json;
    alps_slice text;
    size_t at = 0;
    int rc;

    while ((rc = alps_json_feed(json, content, &at, &text)) > 0)
        if ((rc = alps_body_tree_take(b, sink, rc, text)) != 0)
            return rc;
    return rc;
}

int
alps_body_json_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_json *json = &b->walk.tree.json;
    int rc;

    if (alps_json_fresh(json))
        return 0;                                       /* no body at all: every member is absent */
    rc = alps_json_end(json);
    return rc > 0 ? alps_body_tree_take(b, sink, rc, (alps_slice){ NULL, 0 }) : rc;
}
