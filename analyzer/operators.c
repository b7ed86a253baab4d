/* analyzer/operators.c: what operators with two operands make of values. */
#include "analyzer/flow.h"

/* a || b */
static struct alps_value *
either(struct alps_flow *f, struct alps_value *a, struct alps_value *b)
{
    if (a->kind == V_NULL || a->kind == V_FALSE)
        return b;
    if (alps_value_is_literal(a) && a->n)
        return a;
    if (a->kind == V_TEXT && a->roots == ROOT_ENV && a->n > 2 && a->text[0] == TEXT_ENV &&
        memchr(a->text, TEXT_END, a->n) == a->text + a->n - 1 && !memchr(a->text, TEXT_OR, a->n) &&
        alps_value_is_literal(b))
        return alps_value_env(f->mem, alps_mem_text(f->mem, a->text + 1, a->n - 2), b);
    return alps_value_join(f->mem, a, b);
}

/* a == b, or its opposite */
static struct alps_value *
compared(struct alps_flow *f, const struct alps_value *a, const struct alps_value *b, bool same)
{
    bool texts = alps_value_is_literal(a) && alps_value_is_literal(b);
    bool truths = (a->kind == V_TRUE || a->kind == V_FALSE) && (b->kind == V_TRUE || b->kind == V_FALSE);
    bool equal = texts ? a->n == b->n && memcmp(a->text, b->text, a->n) == 0 : a->kind == b->kind;

    if (!texts && !truths)
        return alps_value_unknown(f->mem, a->roots | b->roots, NULL);
    return alps_value_new(f->mem, equal == same ? V_TRUE : V_FALSE);
}

/* a + b: texts one after the other, lists with all elements; NULL: neither */
static struct alps_value *
added(struct alps_flow *f, struct alps_value *a, struct alps_value *b)
{
    struct alps_value *v;

    for (unsigned i = 0; i < alps_value_count(a); i++)
        if (alps_value_at(a, i)->kind == V_TEXT)
            return alps_value_concat(f->mem, a, b);
    for (unsigned i = 0; i < alps_value_count(b); i++)
        if (alps_value_at(b, i)->kind == V_TEXT)
            return alps_value_concat(f->mem, a, b);
    if (a->kind != V_ARRAY && b->kind != V_ARRAY)
        return NULL;
    v = alps_value_new(f->mem, V_ARRAY);
    v->object = alps_flow_object(f);
    v->object->any = alps_value_join(f->mem, alps_flow_elements(f, a), alps_flow_elements(f, b));
    return v;
}

struct alps_value *
alps_flow_binary(struct alps_flow *f, const struct alps_node *n, alps_slice op, struct alps_value *a,
                 struct alps_value *b)
{
    struct alps_value *v = NULL;

    if (alps_slice_eq(op, ALPS_S("||")) || alps_slice_eq(op, ALPS_S("?\?")) || alps_slice_eq(op, ALPS_S("or")))
        return either(f, a, b);
    if (alps_slice_eq(op, ALPS_S("&&")) || alps_slice_eq(op, ALPS_S("and")))
        return b;
    if (alps_slice_eq(op, ALPS_S("===")) || alps_slice_eq(op, ALPS_S("==")))
        return compared(f, a, b, true);
    if (alps_slice_eq(op, ALPS_S("!==")) || alps_slice_eq(op, ALPS_S("!=")))
        return compared(f, a, b, false);
    if (alps_slice_eq(op, ALPS_S("%")) && a->kind == V_TEXT) {
        struct alps_args args = { .item = &b, .n = 1 };

        return alps_builtin_method(f, a, alps_flow_intern(f, "%"), &args, n);
    }
    if (alps_slice_eq(op, ALPS_S("+")) && (v = added(f, a, b)) != NULL)
        return v;
    if (alps_slice_eq(op, ALPS_S("|")) && a->kind == V_OBJECT && b->kind == V_OBJECT) {
        v = alps_value_new(f->mem, V_OBJECT);
        v->object = alps_flow_object(f);
        alps_object_copy(f->mem, v->object, a->object, false);
        alps_object_copy(f->mem, v->object, b->object, false);
        return v;
    }
    return alps_value_unknown(f->mem, a->roots | b->roots, NULL);
}
