/* core/catalog_look.h: rows of the compiled tables.  For catalog.c and call*.c. */
#ifndef ALPS_CATALOG_LOOK_H
#define ALPS_CATALOG_LOOK_H

#include "core/catalog_data.h"
#include "core/slice.h"

static inline const uint8_t *
look_at(const struct alps_catalog *c, struct alps_section s)
{ return (const uint8_t *)c + s.at; }

static inline const char *
look_text(const struct alps_catalog *c, uint32_t at)
{ return (const char *)c + c->text.at + at; }

static inline alps_slice
look_slice(const struct alps_catalog *c, uint32_t at)
{ return alps_slice_of(look_text(c, at)); }

#define ALPS_LOOK(noun)                                                                                     \
    static inline const struct alps_row_##noun *                                                            \
    look_##noun(const struct alps_catalog *c, uint32_t i)                                                   \
    { return (const struct alps_row_##noun *)(const void *)look_at(c, c->noun) + i; }

ALPS_LOOK(service)
ALPS_LOOK(api)
ALPS_LOOK(operation)
ALPS_LOOK(need)
ALPS_LOOK(member)
ALPS_LOOK(action)
ALPS_LOOK(node)
ALPS_LOOK(edge)
ALPS_LOOK(leaf)
ALPS_LOOK(clause)
ALPS_LOOK(host)
ALPS_LOOK(scope)
ALPS_LOOK(suffix)
ALPS_LOOK(region)
ALPS_LOOK(rpc_service)
ALPS_LOOK(rpc)
ALPS_LOOK(recipe)
ALPS_LOOK(type)
ALPS_LOOK(arm)

/* As strcmp orders: ${a} against the NUL-terminated ${b}. */
static inline int
look_compare(alps_slice a, const char *b)
{
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] != (uint8_t)b[i] || !b[i])
            return b[i] ? (a.p[i] < (uint8_t)b[i] ? -1 : 1) : 1;
    return b[a.n] ? -1 : 0;
}

#endif
