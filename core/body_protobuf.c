/* Every name of a path is a field's number, on one level of messages; "[]" behind it lets it come more than once, each of
 * them one element.  Over gRPC every message of the body is walked by itself. */
#include "core/body_walk.h"

static void
message_init(struct alps_body *b)
{
    struct alps_body_protobuf *p = &b->walk.protobuf;

    alps_protobuf_init(&p->wire);
    p->depth = 0;
    p->value = 0;
    p->level[0] = (struct alps_body_level){ 0, (alps_paths)((1u << b->n_paths) - 1), 0, false };
}

void
alps_body_protobuf_init(struct alps_body *b)
{
    memset(&b->walk.protobuf.grpc, 0, sizeof b->walk.protobuf.grpc);
    message_init(b);
}

static uint32_t
number_of(alps_slice digits)
{
    uint32_t n = 0;

    for (size_t i = 0; i < digits.n; i++)
        n = n * 10 + digits.p[i] - '0';
    return n;
}

/* The field is complete: elements that it was. */
static int
field_done(struct alps_body *b, const struct alps_body_sink *sink, alps_paths here)
{
    return alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, alps_body_elements(b, here, b->walk.protobuf.depth + 1u),
                          (alps_slice){ NULL, 0 });
}

static int
take_field(struct alps_body *b, const struct alps_body_sink *sink, bool number)
{
    struct alps_body_protobuf *p = &b->walk.protobuf;
    struct alps_body_level *in = &p->level[p->depth];
    alps_paths here = 0, once = 0, ended, through;
    int rc;

    for (alps_paths left = in->through; left; left &= (alps_paths)(left - 1)) {
        unsigned i = (unsigned)__builtin_ctz(left);
        struct alps_segment s = alps_body_segment(b, i, p->depth);

        if (number_of(s.name) != p->wire.field)
            continue;
        here |= (alps_paths)(1u << i);
        if (s.name.p[s.name.n] != '[')
            once |= (alps_paths)(1u << i);
    }
    if (once & in->seen)
        return -ALPS_BODY_DUPLICATE;                    /* readers take the last, or join the two */
    in->seen |= once;
    ended = alps_body_ended(b, here, p->depth + 1u);
    through = (alps_paths)(here & ~ended);
    if (number && through)
        return -ALPS_BODY_TYPE;
    if (!number && ended && !through) {
        alps_protobuf_read(&p->wire);
        p->value = here;
        return 0;
    }
    if ((rc = alps_body_tell(b, sink, ALPS_BODY_PRESENT, ended, (alps_slice){ NULL, 0 })) != 0)
        return rc;
    if (!through)
        return field_done(b, sink, here);
    p->level[++p->depth] = (struct alps_body_level){ here, through, 0, false };
    return alps_protobuf_enter(&p->wire);
}

static int
take_event(struct alps_body *b, const struct alps_body_sink *sink, int event, alps_slice text)
{
    struct alps_body_protobuf *p = &b->walk.protobuf;
    int rc;

    switch (event) {
    case ALPS_PROTOBUF_TEXT:
        alps_body_add(b, text);
        return 0;
    case ALPS_PROTOBUF_STRING:
        rc = alps_body_tell(b, sink, ALPS_BODY_STRING, p->value, alps_body_text(b, text));
        return rc ? rc : field_done(b, sink, p->value);
    case ALPS_PROTOBUF_END:
        p->depth--;
        return field_done(b, sink, p->level[p->depth + 1].here);
    default:
        return take_field(b, sink, event == ALPS_PROTOBUF_NUMBER);
    }
}

static int
message_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    alps_slice text = { NULL, 0 };
    size_t at = 0;
    int rc;

    while ((rc = alps_protobuf_feed(&b->walk.protobuf.wire, content, &at, &text)) > 0)
        if ((rc = take_event(b, sink, rc, text)) != 0)
            return rc;
    return rc;
}

static int
message_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    int rc = alps_protobuf_end(&b->walk.protobuf.wire);

    message_init(b);
    return rc ? rc : sink->fn(sink->ctx, ALPS_BODY_MESSAGE_END, 0, (alps_slice){ NULL, 0 });
}

int
alps_body_protobuf_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    alps_slice run;
    size_t at = 0;
    int rc;

    if (b->kind == ALPS_BODY_PROTOBUF)
        return message_feed(b, content, sink);
    while ((rc = alps_grpc_feed(&b->walk.protobuf.grpc, content, &at, &run)) > 0) {
        rc = rc == ALPS_GRPC_DATA ? message_feed(b, run, sink) : message_end(b, sink);
        if (rc)
            return rc;
    }
    return rc;
}

int
alps_body_protobuf_end(struct alps_body *b)
{
    if (b->kind == ALPS_BODY_PROTOBUF)
        return alps_protobuf_end(&b->walk.protobuf.wire);
    return alps_grpc_end(&b->walk.protobuf.grpc);
}
