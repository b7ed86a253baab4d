/* Every segment of a path is one level of JSON, so the number of open containers says which segment is next. */
#include "core/body_walk.h"

void
alps_body_json_init(struct alps_body *b)
{
    memset(&b->walk.json, 0, sizeof b->walk.json);
    b->walk.json.next = (alps_paths)((1u << b->n_paths) - 1);
}

/* What the next value is for, behind one that is complete. */
static int
value_done(struct alps_body *b, const struct alps_body_sink *sink, alps_paths paths)
{
    struct alps_body_json *j = &b->walk.json;
    const struct alps_body_level *in = &j->level[j->depth];

    j->next = j->depth && in->array ? in->through : 0;
    return alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, alps_body_elements(b, paths, j->depth), (alps_slice){ NULL, 0 });
}

/* Paths that end here, but not at the "{}" whose key was their value. */
static alps_paths
ended_here(const struct alps_body *b, alps_paths paths)
{ return (alps_paths)(alps_body_ended(b, paths, b->walk.json.depth) & ~b->maps); }

static int
take_scalar(struct alps_body *b, const struct alps_body_sink *sink, int event, alps_slice text)
{
    struct alps_body_json *j = &b->walk.json;
    alps_paths paths = j->next, ended = ended_here(b, paths);
    int rc = 0;

    if (event == ALPS_JSON_NULL)
        return value_done(b, sink, paths);
    if (paths & ~alps_body_ended(b, paths, j->depth))
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
    struct alps_body_json *j = &b->walk.json;
    alps_paths paths = j->next, through = (alps_paths)(paths & ~alps_body_ended(b, paths, j->depth));
    int rc = alps_body_tell(b, sink, ALPS_BODY_PRESENT, ended_here(b, paths), (alps_slice){ NULL, 0 });

    if (rc)
        return rc;
    if (!through) {
        alps_json_skip(&j->json);
        return value_done(b, sink, paths);
    }
    for (alps_paths p = through; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);

        if ((alps_body_segment(b, i, j->depth).kind == '[') != array)
            return -ALPS_BODY_TYPE;
    }
    j->level[++j->depth] = (struct alps_body_level){ paths, through, 0, array };
    j->next = array ? through : 0;
    return 0;
}

static int
take_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_body_json *j = &b->walk.json;
    alps_paths paths = j->level[j->depth].here;

    j->depth--;
    return value_done(b, sink, paths);
}

static int
take_key(struct alps_body *b, const struct alps_body_sink *sink, alps_slice key)
{
    struct alps_body_json *j = &b->walk.json;
    struct alps_body_level *in = &j->level[j->depth];
    alps_paths next = 0, names = 0, maps = 0;
    int rc;

    for (alps_paths p = in->through; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);
        struct alps_segment s = alps_body_segment(b, i, j->depth - 1u);
        alps_paths bit = (alps_paths)(1u << i);

        if (s.kind == '{') {
            next |= bit;
            if (b->n_segments[i] == j->depth)
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
    j->next = next;
    if (!next)
        alps_json_skip(&j->json);
    return alps_body_tell(b, sink, ALPS_BODY_STRING, maps, key);
}

static int
take_event(struct alps_body *b, const struct alps_body_sink *sink, int event, alps_slice text)
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

int
alps_body_json_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    struct alps_body_json *j = &b->walk.json;
    alps_slice text;
    size_t at = 0;
    int rc;

    while ((rc = alps_json_feed(&j->json, content, &at, &text)) > 0)
        if ((rc = take_event(b, sink, rc, text)) != 0)
            return rc;
    return rc;
}

int
alps_body_json_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_body_json *j = &b->walk.json;
    int rc;

    if (alps_json_fresh(&j->json))
        return 0;                                       /* no body at all: every member is absent */
    rc = alps_json_end(&j->json);
    return rc > 0 ? take_event(b, sink, rc, (alps_slice){ NULL, 0 }) : rc;
}
