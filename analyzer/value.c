/* analyzer/value.c: values and the objects that hold them. */
#include "analyzer/value.h"

struct alps_value *
alps_value_new(struct alps_mem *m, enum alps_value_kind kind)
{
    struct alps_value *v = ALPS_MEM(m, struct alps_value);

    v->kind = (uint8_t)kind;
    return v;
}

struct alps_value *
alps_value_unknown(struct alps_mem *m, unsigned roots, const char *name)
{
    struct alps_value *v = alps_value_new(m, V_UNKNOWN);

    v->roots = (uint8_t)(roots ? roots : ROOT_NONE);
    v->text = name;
    return v;
}

struct alps_value *
alps_value_literal(struct alps_mem *m, const char *p, size_t n)
{
    struct alps_value *v = alps_value_new(m, V_TEXT);
    char *text;

    v->roots = ROOT_LITERAL;
    if (n > VALUE_TEXT)
        n = VALUE_TEXT;
    text = alps_mem_text(m, p, n);
    for (size_t i = 0; i < n; i++)
        if ((uint8_t)text[i] < ' ' && text[i] != '\n' && text[i] != '\t' && text[i] != '\r')
            text[i] = TEXT_ONE;
    v->text = text;
    v->n = n;
    return v;
}

struct alps_value *
alps_value_env(struct alps_mem *m, const char *name, const struct alps_value *otherwise)
{
    struct alps_value *v = alps_value_new(m, V_TEXT);

    v->roots = ROOT_ENV;
    if (otherwise && alps_value_is_literal(otherwise) && otherwise->n)
        v->text = alps_mem_print(m, "%c%s%c%s%c", TEXT_ENV, name, TEXT_OR, otherwise->text, TEXT_END);
    else
        v->text = alps_mem_print(m, "%c%s%c", TEXT_ENV, name, TEXT_END);
    v->n = strlen(v->text);
    return v;
}

struct alps_value *
alps_value_external(struct alps_mem *m, const char *path, const char *member)
{
    struct alps_value *v = alps_value_new(m, V_EXTERNAL);
    const char *text = member ? alps_mem_print(m, "%s.%s", path, member) : path;

    v->text = alps_mem_name(m, text, strlen(text));
    v->n = strlen(text);
    v->roots = ROOT_NONE;
    return v;
}

struct alps_value *
alps_value_object(struct alps_mem *m)
{
    struct alps_value *v = alps_value_new(m, V_OBJECT);

    v->object = ALPS_MEM(m, struct alps_object);
    return v;
}

bool
alps_value_is_literal(const struct alps_value *v)
{
    if (!v || v->kind != V_TEXT)
        return false;
    for (size_t i = 0; i < v->n; i++)
        if (v->text[i] >= TEXT_ANY && v->text[i] <= TEXT_END)
            return false;
    return true;
}

unsigned
alps_value_count(const struct alps_value *v)
{
    return !v ? 0 : v->kind == V_SET ? v->n_items : 1;
}

struct alps_value *
alps_value_at(struct alps_value *v, unsigned i)
{
    return v->kind == V_SET ? v->item[i] : v;
}

static bool
same(const struct alps_value *a, const struct alps_value *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case V_NULL: case V_TRUE: case V_FALSE:
        return true;
    case V_UNKNOWN:
        return a->roots == b->roots && (a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0));
    case V_TEXT: case V_EXTERNAL:
        return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
    case V_FUNCTION: case V_CLASS:
        return a->node == b->node && a->scope == b->scope && a->self == b->self;
    case V_MODULE:
        return a->module == b->module;
    case V_CLIENT:
        return a->text == b->text && a->type == b->type && a->object == b->object;
    case V_METHOD:
        return a->text == b->text && same(a->base, b->base);
    default:
        return a->object && a->object == b->object;
    }
}

static void
set_add(struct alps_value *set, struct alps_value *v)
{
    for (unsigned i = 0; i < set->n_items; i++)
        if (same(set->item[i], v))
            return;
    if (set->n_items == VALUE_ITEMS) {                  /* too many to tell apart: the last stands for the rest */
        struct alps_value *last = set->item[VALUE_ITEMS - 1];

        if (last->kind == V_UNKNOWN)
            last->roots |= v->roots;
        return;
    }
    set->item[set->n_items++] = v;
}

struct alps_value *
alps_value_join(struct alps_mem *m, struct alps_value *a, struct alps_value *b)
{
    struct alps_value *set;

    if (!a || !b || a == b)
        return a ? a : b;
    if (a->kind != V_SET && b->kind != V_SET && same(a, b))
        return a;
    set = alps_value_new(m, V_SET);
    set->item = alps_mem_take(m, VALUE_ITEMS * sizeof *set->item);
    for (unsigned i = 0; i < alps_value_count(a); i++)
        set_add(set, alps_value_at(a, i));
    for (unsigned i = 0; i < alps_value_count(b); i++) {
        if (set->n_items == VALUE_ITEMS - 1 && alps_value_count(b) - i > 1)
            set_add(set, alps_value_unknown(m, ROOT_NONE, "many values"));
        set_add(set, alps_value_at(b, i));
    }
    for (unsigned i = 0; i < set->n_items; i++)
        set->roots |= set->item[i]->roots;
    return set->n_items == 1 ? set->item[0] : set;
}

struct alps_value *
alps_value_text(struct alps_mem *m, struct alps_value *v)
{
    struct alps_value *t;
    static const char any[] = { TEXT_ANY, 0 };

    if (v->kind == V_TEXT)
        return v;
    t = alps_value_new(m, V_TEXT);
    t->text = any;
    t->n = 1;
    t->roots = v->roots ? v->roots : ROOT_NONE;
    t->because = v->kind == V_UNKNOWN ? v->text : NULL;
    return t;
}

static struct alps_value *
concat_two(struct alps_mem *m, struct alps_value *a, struct alps_value *b)
{
    struct alps_value *v = alps_value_new(m, V_TEXT);
    char *text;
    size_t skip;

    a = alps_value_text(m, a);
    b = alps_value_text(m, b);
    skip = a->n && b->n && a->text[a->n - 1] == TEXT_ANY && b->text[0] == TEXT_ANY;
    v->roots = a->roots | b->roots;
    v->because = a->because ? a->because : b->because;
    v->place = a->place ? a->place : b->place;
    if (a->n + b->n > VALUE_TEXT) {                     /* too long to be a name */
        struct alps_value *long_one = alps_value_text(m, alps_value_unknown(m, v->roots, "a long text"));

        return long_one;
    }
    text = alps_mem_take(m, a->n + b->n + 1);
    memcpy(text, a->text, a->n);
    memcpy(text + a->n, b->text + skip, b->n - skip);
    v->text = text;
    v->n = a->n + b->n - skip;
    return v;
}

struct alps_value *
alps_value_concat(struct alps_mem *m, struct alps_value *a, struct alps_value *b)
{
    struct alps_value *all = NULL;
    unsigned n = alps_value_count(a), k = alps_value_count(b);

    if (n * k > VALUE_ITEMS) {
        struct alps_value *u = alps_value_unknown(m, a->roots | b->roots, "many values");

        return n > k ? concat_two(m, u, k == 1 ? alps_value_at(b, 0) : u)
            : concat_two(m, n == 1 ? alps_value_at(a, 0) : u, u);
    }
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < k; j++) {
            struct alps_value *x = alps_value_at(a, i), *y = alps_value_at(b, j);

            if (x->kind != V_NULL && y->kind != V_NULL)
                all = alps_value_join(m, all, concat_two(m, x, y));
        }
    return all ? all : alps_value_text(m, alps_value_unknown(m, ROOT_NONE, NULL));
}

struct alps_value *
alps_object_get(const struct alps_object *o, const char *name)
{
    for (unsigned i = 0; o && i < o->n; i++)
        if (o->field[i].name == name)
            return o->field[i].value;
    return NULL;
}

void
alps_object_set(struct alps_mem *m, struct alps_object *o, const char *name, struct alps_value *v, bool weak)
{
    enum { FIELDS = 2000 };                             /* more is data, not configuration */

    for (unsigned i = 0; i < o->n; i++)
        if (o->field[i].name == name) {
            o->field[i].value = weak ? alps_value_join(m, o->field[i].value, v) : v;
            return;
        }
    if (o->n >= FIELDS) {
        o->open = true;
        o->any = alps_value_join(m, o->any, v);
        return;
    }
    o->field = alps_mem_grow(m, o->field, o->n, sizeof *o->field);
    o->field[o->n++] = (struct alps_field){ name, v };
}

void
alps_object_copy(struct alps_mem *m, struct alps_object *into, const struct alps_object *from, bool weak)
{
    if (!from || into == from)
        return;
    for (unsigned i = 0; i < from->n; i++)
        alps_object_set(m, into, from->field[i].name, from->field[i].value, weak);
    into->open |= from->open;
    if (from->any)
        into->any = alps_value_join(m, into->any, from->any);
}
