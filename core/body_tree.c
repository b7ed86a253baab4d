/* The walk of JSON and CBOR.  Every segment of a path is one level of theirs, so the number of open containers says which
 * segment is next. */
#include "core/body_walk.h"

void
alps_body_tree_init(struct alps_body *b)
{
    memset(&b->walk.tree, 0, sizeof b->walk.tree);
    b->walk.tree.next = (alps_paths)((1u << b->n_paths) - 1);
}

/* No path goes into what comes next. */
static void
skip(struct alps_body *b)
{
    if (b->kind == ALPS_BODY_JSON)
        alps_json_skip(&b->walk.tree.json);
    else
        alps_cbor_skip(&b->walk.tree.cbor);
}

/* In an object, keys of other lengths than these need not be told. */
static void
want(struct alps_body *b)
{
    struct alps_body_tree *t = &b->walk.tree;
    uint64_t lengths = 0;

    if (b->kind != ALPS_BODY_CBOR || t->depth == 0 || t->level[t->depth].array)
        return;
    for (alps_paths p = t->level[t->depth].through; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);
        struct alps_segment s = alps_body_segment(b, i, t->depth - 1u);

        lengths |= s.kind == '{' ? UINT64_MAX : s.name.n < 64 ? 1ull << s.name.n : 0;
    }
    alps_cbor_want(&t->cbor, lengths);
}

/* What the next value is for, behind one that is complete. */
static int
value_done(struct alps_body *b, const struct alps_body_sink *sink, alps_paths paths)
{
    struct alps_body_tree *t = &b->walk.tree;
    const struct alps_body_level *in = &t->level[t->depth];

    t->next = t->depth && in->array ? in->through : 0;
    paths = alps_body_elements(b, paths, t->depth);
    return paths ? alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, paths, (alps_slice){ NULL, 0 }) : 0;
}

/* Paths that end here, but not at the "{}" whose key was their value. */
static alps_paths
ended_here(const struct alps_body *b, alps_paths paths)
{ return (alps_paths)(alps_body_ended(b, paths, b->walk.tree.depth) & ~b->maps); }

static int
take_scalar(struct alps_body *b, const struct alps_body_sink *sink, int event, alps_slice text)
{
    struct alps_body_tree *t = &b->walk.tree;
    alps_paths paths = t->next, ended = ended_here(b, paths);
    int rc = 0;

    if (event == ALPS_JSON_NULL)
        return value_done(b, sink, paths);
    if (paths & ~alps_body_ended(b, paths, t->depth))
        return -ALPS_BODY_TYPE;
    if (event == ALPS_JSON_STRING)
        rc = alps_body_tell(b, sink, ALPS_BODY_STRING, ended, alps_body_text(b, text));
    else
        rc = alps_body_tell(b, sink, ALPS_BODY_PRESENT, ended, (alps_slice){ NULL, 0 });
    return rc ? rc : value_done(b, sink, paths);
}

static int
take_begin(struct alps_body *b, const struct alps_body_sink *sink, bool array)
{
    struct alps_body_tree *t = &b->walk.tree;
    alps_paths paths = t->next, through = (alps_paths)(paths & ~alps_body_ended(b, paths, t->depth));
    int rc = alps_body_tell(b, sink, ALPS_BODY_PRESENT, ended_here(b, paths), (alps_slice){ NULL, 0 });

    if (rc)
        return rc;
    if (!through) {
        skip(b);
        return value_done(b, sink, paths);
    }
    for (alps_paths p = through; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);

        if ((alps_body_segment(b, i, t->depth).kind == '[') != array)
            return -ALPS_BODY_TYPE;
    }
    t->level[++t->depth] = (struct alps_body_level){ paths, through, 0, array };
    t->next = array ? through : 0;
    want(b);
    return 0;
}

static int
take_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_body_tree *t = &b->walk.tree;
    alps_paths paths = t->level[t->depth].here;

    t->depth--;
    want(b);
    return value_done(b, sink, paths);
}

static int
take_key(struct alps_body *b, const struct alps_body_sink *sink, alps_slice key)
{
    struct alps_body_tree *t = &b->walk.tree;
    struct alps_body_level *in = &t->level[t->depth];
    alps_paths next = 0, names = 0, maps = 0;
    int rc;

    for (alps_paths p = in->through; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);
        struct alps_segment s = alps_body_segment(b, i, t->depth - 1u);
        alps_paths bit = (alps_paths)(1u << i);

        if (s.kind == '{') {
            next |= bit;
            if (b->n_segments[i] == t->depth)
                maps |= bit;
        } else if (!b->too_long && (rc = alps_body_key(s.name, key)) != 0) {
            if (rc < 0)
                return rc;
            next |= bit;
            names |= bit;
        }
    }
    if (names & in->seen)
        return -ALPS_BODY_DUPLICATE;
    in->seen |= names;
    t->next = next;
    if (!next)
        skip(b);
    if (maps)
        return alps_body_tell(b, sink, ALPS_BODY_STRING, maps, key);
    b->too_long = false;
    return 0;
}

int
alps_body_tree_take(struct alps_body *b, const struct alps_body_sink *sink, int event, alps_slice text)
{
    switch (event) {
    case ALPS_JSON_TEXT:
        alps_body_add(b, text);
        return 0;
    case ALPS_JSON_KEY:
        return take_key(b, sink, alps_body_text(b, text));
    case ALPS_JSON_OBJECT:
    case ALPS_JSON_ARRAY:
        return take_begin(b, sink, event == ALPS_JSON_ARRAY);
    case ALPS_JSON_OBJECT_END:
    case ALPS_JSON_ARRAY_END:
        return take_end(b, sink);
    case ALPS_JSON_NUMBER:
        b->n_value = 0;
        b->too_long = false;
        /* fall through */
    default:
        return take_scalar(b, sink, event, text);
    }
}
