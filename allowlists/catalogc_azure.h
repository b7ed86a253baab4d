/* allowlists/catalogc_azure.h: the part of catalogc.c about Azure: the list of known actions, as a tree of their segments,
 * and the exceptions to the rule by which a control plane's path names its action. */
#ifndef ALPS_CATALOGC_AZURE_H
#define ALPS_CATALOGC_AZURE_H

#include <strings.h>

/* The actions first … first + n of ${known} start with the same ${depth} segments, the last of which is ${text}. */
struct kind { const char *text; uint32_t first, n, depth; uint16_t is; };

/* '/' comes before all else, so that what starts with the same segments lies together. */
static int
by_known(const void *a, const void *b)
{
    const char *x = ((const struct act *)a)->name, *y = ((const struct act *)b)->name;

    while (*x && alps_lower((uint8_t)*x) == alps_lower((uint8_t)*y)) {
        x++;
        y++;
    }
    return (*x == '/' ? 1 : alps_lower((uint8_t)*x)) - (*y == '/' ? 1 : alps_lower((uint8_t)*y));
}

static void
known_sort(void)
{
    for (uint32_t i = 0; i < arm.n; i++) {          /* their types get rows, where a mark can stand; arns NULL: no action */
        struct arm *e = AT(arm, struct arm, i);
        *(struct act *)list_add(&known) = (struct act){ .name = e->type, .at = e->at };
    }
    qsort(known.p, known.n, sizeof(struct act), by_known);
}

static struct act *
known_find(alps_slice name)
{
    struct act key = { .name = copy_slice(name) };
    struct act *a = bsearch(&key, known.p, known.n, sizeof(struct act), by_known), *end = AT(known, struct act, known.n);

    while (a && a > (struct act *)known.p && by_known(a - 1, &key) == 0)
        a--;
    while (a && !a->arns && a + 1 < end && by_known(a + 1, &key) == 0)
        a++;                                        /* the type of an exception may be called as an action is */
    return a && a->arns ? a : NULL;
}

/* Actions that rows name get ids; for the others their names are enough. */
static void
known_use(void)
{
    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        for (uint32_t k = 0; k < s->op.n && s->vendor == ALPS_AZURE; k++) {
            struct op *op = AT(s->op, struct op, k);
            alps_slice all = alps_slice_of(op->accesses), one, name, rest;
            while (all.n > 1) {
                struct act *a;
                alps_slice_cut(all, ';', &one, &all);
                while (one.n && one.p[0] == ' ')
                    one = alps_slice_sub(one, 1, one.n);
                alps_slice_cut(one, ' ', &name, &rest);
                a = known_find(name);
                if (!a)
                    die(op->at, "the vendor has no action '%.*s'", (int)name.n, (const char *)name.p);
                if (!a->used)
                    *(struct act *)list_add(&actions) = *a;
                a->used = true;
            }
        }
    }
}

/* The segment of ${name} at ${depth}; {NULL, 0}: it has fewer. */
static alps_slice
segment_of(const char *name, uint32_t depth)
{
    alps_slice rest = alps_slice_of(name), seg = rest;

    for (uint32_t i = 0; i <= depth; i++) {
        if (i && !rest.n)
            return (alps_slice){ NULL, 0 };
        alps_slice_cut(rest, '/', &seg, &rest);
    }
    return seg;
}

static uint16_t
verb_bit(alps_slice seg)
{
    return alps_slice_eq(seg, ALPS_S("read")) ? ALPS_TYPE_READ : alps_slice_eq(seg, ALPS_S("write")) ? ALPS_TYPE_WRITE :
           alps_slice_eq(seg, ALPS_S("delete")) ? ALPS_TYPE_DELETE :
           alps_slice_eq(seg, ALPS_S("action")) ? ALPS_TYPE_ACTION : 0;
}

/* What row ${t} itself is, and its children, which are put behind all others. */
static void
kind_spread(struct list *all, uint32_t t)
{
    struct kind k = *AT(*all, struct kind, t);
    alps_slice last = { NULL, 0 };

    for (uint32_t i = k.first; i < k.first + k.n; i++) {
        struct act *a = AT(known, struct act, i);
        alps_slice seg = segment_of(a->name, k.depth), more = segment_of(a->name, k.depth + 1);
        uint16_t verb = seg.p && !more.p && a->arns ? verb_bit(seg) : 0;

        if (!seg.p || verb) {
            AT(*all, struct kind, t)->is |= (uint16_t)(verb ? verb : a->arns ? ALPS_TYPE_ITSELF : ALPS_TYPE_EXCEPTION);
        } else if (last.p && alps_slice_ieq(seg, last)) {
            AT(*all, struct kind, all->n - 1)->n++;
            if (a->arns)                            /* the list knows how to spell it, the exceptions do not */
                AT(*all, struct kind, all->n - 1)->text = copy_slice(seg);
        } else {
            *(struct kind *)list_add(all) = (struct kind){ copy_slice(seg), i, 1, k.depth + 1, 0 };
            last = seg;
        }
    }
}

static int
by_arm(const void *a, const void *b)
{
    return strcasecmp(((const struct arm *)a)->type, ((const struct arm *)b)->type);
}

static void
emit_arm(void)
{
    qsort(arm.p, arm.n, sizeof(struct arm), by_arm);
    for (uint32_t i = 0; i < arm.n; i++) {
        struct arm *e = AT(arm, struct arm, i);
        struct alps_row_arm *r = list_add(&r_arm);

        *r = (struct alps_row_arm){ .type = text_put(e->type), .list = strcmp(e->kind, "list") == 0 };
        while (r->method < METHODS && strcmp(methods[r->method], e->method) != 0)
            r->method++;
        if (r->method == METHODS || (!r->list && strcmp(e->kind, "item") != 0) || 
            (strcmp(e->action, "-") != 0 && !known_find(alps_slice_of(e->action))))
            die(e->at, "not understood, or no action that the vendor has: %s", e->action);
        r->action = text_put(e->action);
    }
}

static void
emit_types(void)
{
    struct list all = { .size = sizeof(struct kind) };

    *(struct kind *)list_add(&all) = (struct kind){ "", 0, known.n, 0, 0 };
    for (uint32_t t = 0; t < all.n; t++) {
        uint32_t child = all.n;
        kind_spread(&all, t);
        if (child > UINT16_MAX)
            die((struct place){ "known actions", 0 }, "more than their indices can tell");
        *(struct alps_row_type *)list_add(&r_type) =
            (struct alps_row_type){ text_put(AT(all, struct kind, t)->text), (uint16_t)child, AT(all, struct kind, t)->is };
    }
    *(struct alps_row_type *)list_add(&r_type) = (struct alps_row_type){ .child = (uint16_t)all.n };
    emit_arm();
}

#endif
