/* core/catalog_look.h: rows of the compiled tables.  For catalog.c, azure.c and call*.c. */
#ifndef ALPS_CATALOG_LOOK_H
#define ALPS_CATALOG_LOOK_H

#include "core/catalog_data.h"
#include "core/slice.h"

static inline const uint8_t *
look_byte(const struct alps_catalog *c, uint32_t at)
{ return (const uint8_t *)c + at; }

static inline const uint8_t *
look_at(const struct alps_catalog *c, struct alps_section s)
{ return (const uint8_t *)c + s.at; }

static inline const uint16_t *
look_u16(const struct alps_catalog *c, uint32_t at)
{ return (const uint16_t *)(const void *)look_byte(c, at); }

static inline const uint32_t *
look_u32(const struct alps_catalog *c, uint32_t at)
{ return (const uint32_t *)(const void *)look_byte(c, at); }

static inline const char *
look_text(const struct alps_catalog *c, uint32_t at)
{ return (const char *)look_byte(c, at); }

static inline alps_slice
look_slice(const struct alps_catalog *c, uint32_t at)
{ return alps_slice_of(look_text(c, at)); }

/* Row ${i} of a section. */
#define ALPS_LOOK(noun)                                                                                     \
    static inline const struct alps_row_##noun *                                                            \
    look_##noun(const struct alps_catalog *c, uint32_t i)                                                   \
    { return (const struct alps_row_##noun *)(const void *)look_at(c, c->noun) + i; }

ALPS_LOOK(action)
ALPS_LOOK(arn_list)
ALPS_LOOK(host)
ALPS_LOOK(suffix)
ALPS_LOOK(region)
ALPS_LOOK(rpc_service)
ALPS_LOOK(type)
ALPS_LOOK(arm)

/* The row that begins at byte ${at}. */
#define ALPS_LOOK_AT(noun)                                                                                  \
    static inline const struct alps_row_##noun *                                                            \
    look_##noun(const struct alps_catalog *c, uint32_t at)                                                  \
    { return (const struct alps_row_##noun *)(const void *)look_byte(c, at); }

ALPS_LOOK_AT(need)
ALPS_LOOK_AT(member)

/* Row ${i} of those of one service, which begin at byte ${at}. */
#define ALPS_LOOK_OF(noun)                                                                                  \
    static inline const struct alps_row_##noun *                                                            \
    look_##noun(const struct alps_catalog *c, uint32_t at, uint32_t i)                                      \
    { return (const struct alps_row_##noun *)(const void *)look_byte(c, at) + i; }

ALPS_LOOK_OF(api)
ALPS_LOOK_OF(clause)
ALPS_LOOK_OF(recipe)
ALPS_LOOK_OF(rpc)

static inline const struct alps_row_place *
look_place(const struct alps_catalog *c, uint32_t service)
{ return (const struct alps_row_place *)(const void *)look_at(c, c->service) + service; }

static inline const struct alps_row_service *
look_service(const struct alps_catalog *c, uint32_t id)
{ return (const struct alps_row_service *)(const void *)look_byte(c, look_place(c, id)->at); }

/* An operation's rows, gathered: needs and members are rows from these bytes on. */
struct look_operation {
    const struct alps_row_service *s;
    uint32_t need, member;
    uint16_t service, action;                       /* action: as in struct alps_row_op */
    uint8_t n_needs, n_members, platform;
    bool batch, inferred;
};

/* The service of operation ${id}; 0: there is no such operation. */
static inline uint16_t
look_operation_service(const struct alps_catalog *c, uint32_t id)
{
    uint16_t k;

    if (id == 0 || id >= c->n_operations)
        return 0;
    for (k = look_u16(c, c->guide.at)[id / 32]; k + 1u < c->service.n && look_place(c, k + 1u)->operation <= id;)
        k++;
    return k;
}

static inline struct look_operation
look_operation(const struct alps_catalog *c, uint32_t id)
{
    struct look_operation o = { .service = look_operation_service(c, id) };
    const struct alps_row_op *op;
    const struct alps_row_shape *shape;

    o.s = look_service(c, o.service);
    if (!o.service)
        return o;
    op = (const struct alps_row_op *)(const void *)look_byte(c, o.s->op) + (id - o.s->operation);
    shape = (const struct alps_row_shape *)(const void *)look_byte(c, o.s->shape) + op->shape;
    o.need = o.s->need + shape->need * (uint32_t)sizeof(struct alps_row_need);
    o.member = o.s->member + shape->member * (uint32_t)sizeof(struct alps_row_member);
    o.action = op->action;
    o.n_needs = shape->n_needs;
    o.n_members = shape->n_members;
    o.platform = shape->platform;
    o.batch = shape->is & ALPS_SHAPE_BATCH;
    o.inferred = shape->is & ALPS_SHAPE_INFERRED;
    return o;
}

/* The action of need ${i}. */
static inline uint16_t
look_operation_action(const struct alps_catalog *c, const struct look_operation *o, unsigned i)
{ return o->n_needs == 1 ? o->action : look_u16(c, o->s->more)[o->action + i]; }

/* As strcmp orders: ${a} against the NUL-terminated ${b}. */
static inline int
look_compare(alps_slice a, const char *b)
{
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] != (uint8_t)b[i] || !b[i])
            return b[i] ? (a.p[i] < (uint8_t)b[i] ? -1 : 1) : 1;
    return b[a.n] ? -1 : 0;
}

/* --- coded names --- */

enum { LOOK_NAME = 512 };                           /* room for any name, decoded */

/* The name with number ${i} of a list. */
static inline const uint8_t *
look_name(const struct alps_catalog *c, uint32_t list, uint32_t i)
{
    const uint8_t *p = look_byte(c, look_u32(c, list)[i / ALPS_NAMES_STEP]);

    for (i %= ALPS_NAMES_STEP; i; i--)
        p += 1 + *p;
    return p;
}

/* The text of the code at *${p}, which is left behind it. */
static inline alps_slice
look_phrase(const struct alps_catalog *c, const uint8_t **p)
{
    const uint8_t *at = *p;
    uint32_t k, row;

    *p += 1 + (*at >= ALPS_PHRASE_TWO);
    if (*at >= ALPS_PHRASE_LITERAL && *at < ALPS_PHRASE_ONE)
        return (alps_slice){ at, 1 };
    if (*at >= ALPS_PHRASE_TWO)
        k = 96 + ((*at - (uint32_t)ALPS_PHRASE_TWO) << 8 | at[1]);
    else
        k = *at >= ALPS_PHRASE_ONE ? 32 + (*at - (uint32_t)ALPS_PHRASE_ONE) : *at;
    row = look_u32(c, c->phrase.at)[k];
    return (alps_slice){ look_at(c, c->phrase_text) + (row >> 6), row & 63 };
}

static inline bool
look_name_is(const struct alps_catalog *c, const uint8_t *name, alps_slice text)
{
    const uint8_t *end = name + 1 + *name;

    for (name++; name < end;) {
        alps_slice one = look_phrase(c, &name);
        if (one.n > text.n || memcmp(one.p, text.p, one.n) != 0)
            return false;
        text.p += one.n;
        text.n -= one.n;
    }
    return text.n == 0;
}

/* Decoded into ${out}, NUL-terminated. */
static inline alps_slice
look_name_put(const struct alps_catalog *c, const uint8_t *name, char out[LOOK_NAME])
{
    const uint8_t *end = name + 1 + *name;
    size_t n = 0;

    for (name++; name < end;) {
        alps_slice one = look_phrase(c, &name);
        memcpy(out + n, one.p, one.n);
        n += one.n;
    }
    out[n] = 0;
    return (alps_slice){ (uint8_t *)out, n };
}

/* The number of ${text} in a list of ${n} names whose marks are ${mark}; ${n}: it is none of them. */
static inline uint32_t
look_name_find(const struct alps_catalog *c, uint32_t list, const uint8_t *mark, uint32_t n, alps_slice text)
{
    uint8_t want = (uint8_t)alps_catalog_hash(text.p, (uint32_t)text.n);
    const uint8_t *at = mark, *end = mark + n;

    for (; at < end && (at = memchr(at, want, (size_t)(end - at))) != NULL; at++)
        if (look_name_is(c, look_name(c, list, (uint32_t)(at - mark)), text))
            return (uint32_t)(at - mark);
    return n;
}

#endif
