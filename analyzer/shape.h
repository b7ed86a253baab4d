/* analyzer/shape.h: what the query files say, in a form that one walk over a tree can follow.  A tree-sitter query
 * would say the same, but compiling one costs 30 to 60 ms per language and process; this costs less than one.
 *
 * The files keep to a part of tree-sitter's query language:
 *   (type STEP…) @kind                                 nodes of the type are of that kind; each step stands alone
 *   STEP: [.] [field:] (type STEP…) [@role]            a named child of the type (_: any) is that part
 *         [.] [field:] "text" [@role]   _ [@role]      an unnamed one; any at all
 * A dot counts: ". (_) @then . (_) @condition" are the first and the second named child, comments left out. */
#ifndef ALPS_SHAPE_H
#define ALPS_SHAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <tree_sitter/api.h>

struct alps_shape_step {
    struct alps_shape_step *next, *inside;  /* the next step for the same node; steps for what it matched */
    TSSymbol symbol;
    TSFieldId field;                        /* 0: any */
    int place;                              /* among the named children; -1: any */
    bool any, named;                        /* any symbol; named nodes only */
    uint8_t role;                           /* ALPS_PART_COUNT: no part, only a way to one */
};

struct alps_shape {
    uint8_t *kind;                          /* by symbol; ALPS_KIND_COUNT: no pattern names it */
    struct alps_shape_step **step;          /* by symbol */
    uint32_t symbols;
};

/* Read the texts.  A mistake in them is one of ours: it is said and the program stops. */
struct alps_shape *alps_shape_new(const TSLanguage *, const char *const *text, unsigned n);
void alps_shape_free(struct alps_shape *);
/* Does the step match a child that stands at ${place} among the named children? */
bool alps_shape_matches(const struct alps_shape_step *, TSNode child, TSFieldId field, int place);

#endif
