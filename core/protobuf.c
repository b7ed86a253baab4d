#include "core/protobuf.h"
#include "core/reason.h"

enum { TAG, VARINT, LENGTH, FIXED, SKIP, READ, BAD };                   /* state; TAG: between fields */
enum { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_32 = 5 };

struct run { const uint8_t *p, *end; alps_slice *text; };

void
alps_protobuf_init(struct alps_protobuf *p)
{
    memset(p, 0, sizeof *p);
    p->left[0] = UINT64_MAX;
}

/* 1: ->varint is complete; 0: more; or a negated reason. */
static inline int
take_varint(struct alps_protobuf *p, struct run *r)
{
    while (r->p < r->end) {
        uint8_t c = *r->p++;

        if (p->left[p->depth]-- == 0 || (p->n_varint == 9 && c > 1))
            return -ALPS_BODY_SYNTAX;
        p->varint |= (uint64_t)(c & 0x7f) << 7 * p->n_varint++;
        if (c & 0x80)
            continue;
        if (c == 0 && p->n_varint > 1)
            return -ALPS_BODY_SYNTAX;                   /* longer than it need be: some readers stop earlier */
        return 1;
    }
    return 0;
}

static inline void
expect(struct alps_protobuf *p, uint8_t state)
{
    p->state = state;
    p->n_varint = 0;
    p->varint = 0;
}

/* ${n} bytes of this message belong to the field. */
static inline int
set_apart(struct alps_protobuf *p, uint64_t n, uint8_t state)
{
    if (n > p->left[p->depth])
        return -ALPS_BODY_SYNTAX;
    p->left[p->depth] -= n;
    p->payload = n;
    expect(p, state);
    return 0;
}

static inline int
take_tag(struct alps_protobuf *p)
{
    unsigned wire = p->varint & 7;

    if (p->varint > UINT32_MAX || p->varint >> 3 == 0)
        return -ALPS_BODY_SYNTAX;
    p->field = (uint32_t)(p->varint >> 3);
    switch (wire) {
    case WIRE_VARINT:
        expect(p, VARINT);
        return 0;
    case WIRE_BYTES:
        expect(p, LENGTH);
        return 0;
    case WIRE_64:
        return set_apart(p, 8, FIXED);
    case WIRE_32:
        return set_apart(p, 4, FIXED);
    }
    return -ALPS_BODY_SYNTAX;                           /* groups, and what is not defined */
}

static inline int
take_number(struct alps_protobuf *p)
{
    int rc = p->state == TAG ? take_tag(p) : 0;

    if (p->state == VARINT && p->n_varint) {
        expect(p, TAG);
        return ALPS_PROTOBUF_NUMBER;
    }
    if (p->state == LENGTH && p->n_varint) {
        rc = set_apart(p, p->varint, SKIP);
        return rc ? rc : ALPS_PROTOBUF_BYTES;
    }
    return rc;
}

static int
take_payload(struct alps_protobuf *p, struct run *r)
{
    size_t have = (size_t)(r->end - r->p), n = p->payload < have ? (size_t)p->payload : have;
    uint8_t state = p->state;

    *r->text = (alps_slice){ r->p, n };
    for (size_t i = 0; i < n && state == READ; i++)
        if (!alps_utf8_take(&p->utf8, r->p[i]))
            return -ALPS_BODY_SYNTAX;
    r->p += n;
    p->payload -= n;
    if (p->payload)
        return state == READ && n ? ALPS_PROTOBUF_TEXT : 0;
    expect(p, TAG);
    if (state == READ)
        return p->utf8.need ? -ALPS_BODY_SYNTAX : ALPS_PROTOBUF_STRING;
    return state == FIXED ? ALPS_PROTOBUF_NUMBER : 0;
}

int
alps_protobuf_feed(struct alps_protobuf *p, alps_slice in, size_t *at, alps_slice *text)
{
    struct run r = { in.p + *at, in.p + in.n, text };
    int rc = 0;

    while (rc == 0) {
        if (p->state >= FIXED && p->state <= READ && (p->payload == 0 || r.p < r.end)) {
            rc = take_payload(p, &r);
        } else if (p->state == TAG && p->n_varint == 0 && p->depth && p->left[p->depth] == 0) {
            p->depth--;
            rc = ALPS_PROTOBUF_END;
        } else if (p->state == BAD) {
            rc = -ALPS_BODY_SYNTAX;
        } else if (r.p == r.end) {
            break;
        } else {
            rc = take_varint(p, &r);
            rc = rc > 0 ? take_number(p) : rc;
        }
    }
    if (rc < 0)
        p->state = BAD;
    *at = (size_t)(r.p - in.p);
    return rc;
}

int
alps_protobuf_enter(struct alps_protobuf *p)
{
    if (p->depth == ALPS_PROTOBUF_DEPTH) {
        p->state = BAD;
        return -ALPS_BODY_DEPTH;
    }
    p->left[++p->depth] = p->payload;
    expect(p, TAG);
    return 0;
}

void
alps_protobuf_read(struct alps_protobuf *p)
{
    p->state = READ;
    p->utf8 = (struct alps_utf8){ 0, 0, 0 };
}

int
alps_protobuf_end(struct alps_protobuf *p)
{
    if (p->state == TAG && p->n_varint == 0 && p->depth == 0)
        return 0;
    p->state = BAD;
    return -ALPS_BODY_SYNTAX;
}
