/* analyzer/builtin.c: what the languages' own libraries do with values: texts, lists, dictionaries, getattr,
 * Promise.all, …
 * A row of builtins.tsv says which of a few meanings a function has; the meanings are the code below. */
#include "analyzer/calls.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

#include <stdlib.h>

static struct alps_value *
array_of(struct alps_flow *f, struct alps_value *any)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY);

    v->object = alps_flow_object(f);
    v->object->any = any;
    return v;
}

/* A member's name as a text again; a name that was made from a variable still tells so. */
static struct alps_value *
key_text(struct alps_flow *f, const char *name)
{
    struct alps_value *v = alps_value_new(f->mem, V_TEXT);

    v->text = name;
    v->n = strlen(name);
    v->roots = strchr(name, TEXT_ENV) ? ROOT_ENV : strchr(name, TEXT_ANY) ? ROOT_NONE : ROOT_LITERAL;
    return v;
}

static struct alps_value *
keys_of(struct alps_flow *f, struct alps_value *o)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; o && o->object && i < o->object->n; i++)
        all = alps_value_join(f->mem, all, key_text(f, o->object->field[i].name));
    if (!o || !o->object || o->object->any || o->object->open)
        all = alps_value_join(f->mem, all,
                              alps_value_unknown(f->mem, o ? o->roots : 0, o && o->kind == V_UNKNOWN ? o->text : NULL));
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

static struct alps_value *
pairs_of(struct alps_flow *f, struct alps_value *key, struct alps_value *value)
{
    struct alps_value *pair = array_of(f, NULL);

    alps_object_set(f->mem, pair->object, alps_flow_intern(f, "0"), key, false);
    alps_object_set(f->mem, pair->object, alps_flow_intern(f, "1"), value, false);
    return array_of(f, pair);
}

static struct alps_value *
join_path(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *all = NULL, *slash = alps_value_literal(f->mem, "/", 1);

    for (unsigned i = 0; i < a->n; i++)
        all = all ? alps_value_concat(f->mem, alps_value_concat(f->mem, all, slash), a->item[i]) : a->item[i];
    return all;
}

static struct alps_value *
dict_of(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *v = alps_value_object(f->mem);

    v->object->owner = f->frame;
    for (unsigned i = 0; i < a->n; i++)
        if (a->item[i]->object)
            alps_object_copy(f->mem, v->object, a->item[i]->object, i > 0);
        else
            v->object->open = true;
    alps_object_copy(f->mem, v->object, a->named, false);
    return v;
}

static struct alps_value *
partial(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *v = alps_value_new(f->mem, V_METHOD);

    v->base = a->item[0];                               /* without a name: what is called is the base itself */
    if (a->item[0]->kind == V_METHOD) {
        v->base = a->item[0]->base;
        v->text = a->item[0]->text;
    }
    if (a->named) {
        v->self = alps_value_object(f->mem);
        alps_object_copy(f->mem, v->self->object, a->named, false);
    }
    v->object = alps_flow_object(f);
    for (unsigned i = 1; i < a->n; i++)
        alps_object_set(f->mem, v->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", i)), a->item[i], false);
    return v;
}

static struct alps_value *
assign_all(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *into = a->item[0];

    if (!into->object)
        into = alps_value_object(f->mem);
    for (unsigned i = 1; i < a->n; i++)
        for (unsigned j = 0; j < alps_value_count(a->item[i]); j++) {
            struct alps_value *one = alps_value_at(a->item[i], j);

            if (one->object)
                alps_object_copy(f->mem, into->object, one->object, false);
            else if (one->kind != V_NULL)
                into->object->open = true;
        }
    return into;
}

static struct alps_value *
getattr(struct alps_flow *f, const struct alps_args *a, const struct alps_node *site)
{
    if (a->n < 2)
        return NULL;
    return alps_flow_index(f, a->item[0], a->item[1], site);
}

static struct alps_value *
env_call(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *name = alps_args_named(f, a, "key", 0), *otherwise = alps_args_named(f, a, "default", 1),
        *all = NULL;

    for (unsigned i = 0; name && i < alps_value_count(name); i++) {
        struct alps_value *one = alps_value_at(name, i);

        if (!alps_value_is_literal(one))
            all = alps_value_join(f->mem, all,
                                  alps_value_unknown(f->mem, ROOT_NONE, "a variable whose name is not known"));
        else if (otherwise && otherwise->kind != V_NULL && !alps_value_is_literal(otherwise))
            all = alps_value_join(f->mem, alps_value_join(f->mem, all, alps_value_env(f->mem, one->text, NULL)),
                                  otherwise);
        else
            all = alps_value_join(f->mem, all, alps_value_env(f->mem, one->text, otherwise));
    }
    return all;
}

static bool
among(const char *name, const char *list)
{
    size_t n = strlen(name);

    for (const char *p = list; n && (p = strstr(p, name)) != NULL; p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* "{}-{x}".format(…), "%s" % x: every hole is filled in turn, or by name. */
static struct alps_value *
format_text(struct alps_flow *f, struct alps_value *text, struct alps_args *a, bool percent)
{
    struct alps_value *all = alps_value_literal(f->mem, "", 0), *one = percent && a->n ? a->item[0] : NULL;
    const char *p = text->text, *end = p + text->n, *from = p;
    unsigned at = 0;

    while (p < end) {
        const char *close = percent ? p + 1 : memchr(p, '}', (size_t)(end - p));
        struct alps_value *v = NULL;

        if (*p != (percent ? '%' : '{') || !close || close >= end || p[1] == *p) {
            p += p + 1 < end && *p == (percent ? '%' : '{') && p[1] == *p ? 2 : 1;
            continue;
        }
        all = alps_value_concat(f->mem, all, alps_value_literal(f->mem, from, (size_t)(p - from)));
        if (percent && *close == '(') {
            const char *stop = memchr(close, ')', (size_t)(end - close));

            if (stop && one && one->kind == V_OBJECT)
                v = alps_object_get(one->object, alps_mem_name(f->mem, close + 1, (size_t)(stop - close - 1)));
            close = stop ? stop + 1 : close;
        } else if (percent) {
            v = one && one->kind == V_ARRAY
                ? alps_object_get(one->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", at++))) : one;
        } else {
            const char *stop = p + 1;

            while (stop < close && *stop != ':' && *stop != '!' && *stop != '.' && *stop != '[')
                stop++;
            if (stop == p + 1)
                v = alps_args_at(a, at++);
            else if (p[1] >= '0' && p[1] <= '9')
                v = alps_args_at(a, (unsigned)atoi(p + 1));
            else if (a->named)
                v = alps_object_get(a->named, alps_mem_name(f->mem, p + 1, (size_t)(stop - p - 1)));
            if (v && stop < close && *stop != ':' && *stop != '!')
                v = alps_value_unknown(f->mem, v->roots, NULL);
        }
        all = alps_value_concat(f->mem, all, v ? v : alps_value_unknown(f->mem, alps_args_roots(a), NULL));
        while (percent && close < end && strchr("#0- +.123456789", *close))
            close++;
        from = p = close < end ? close + 1 : end;
    }
    return alps_value_concat(f->mem, all, alps_value_literal(f->mem, from, (size_t)(end - from)));
}

static struct alps_value *
text_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a)
{
    struct alps_value *v, *sep;

    if (among(name, "toString valueOf trim strip encode decode trimEnd trimStart lstrip rstrip normalize"))
        return o;
    if (strcmp(name, "format") == 0)
        return format_text(f, o, a, false);
    if (strcmp(name, "%") == 0)
        return format_text(f, o, a, true);
    if (strcmp(name, "concat") == 0) {
        for (unsigned i = 0; i < a->n; i++)
            o = alps_value_concat(f->mem, o, a->item[i]);
        return o;
    }
    if (strcmp(name, "join") == 0 && a->n && a->item[0]->kind == V_ARRAY)
        return alps_builtin_method(f, a->item[0], name, &(struct alps_args){ .item = &o, .n = 1 }, NULL);
    if (among(name, "toLowerCase toUpperCase lower upper") && alps_value_is_literal(o)) {
        char *copy = alps_mem_text(f->mem, o->text, o->n);

        for (size_t i = 0; i < o->n; i++)
            if (strchr(name, 'L') || name[0] == 'l')
                copy[i] = (char)alps_lower((uint8_t)copy[i]);
            else if (copy[i] >= 'a' && copy[i] <= 'z')
                copy[i] = (char)(copy[i] - 32);
        return alps_value_literal(f->mem, copy, o->n);
    }
    if (strcmp(name, "split") == 0 && alps_value_is_literal(o) && a->n && alps_value_is_literal(a->item[0]) &&
        a->item[0]->n == 1) {
        const char *p = o->text, *end = p + o->n;
        unsigned at = 0;

        v = array_of(f, NULL);
        for (;; at++) {
            const char *q = memchr(p, a->item[0]->text[0], (size_t)(end - p));

            sep = alps_value_literal(f->mem, p, (size_t)((q ? q : end) - p));
            alps_object_set(f->mem, v->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", at)), sep, false);
            if (!q)
                return v;
            p = q + 1;
        }
    }
    v = alps_value_unknown(f->mem, o->roots, o->because);
    return among(name, "split splitlines rsplit match matchAll partition rpartition") ? array_of(f, v) : v;
}

static struct alps_value *
array_join(struct alps_flow *f, struct alps_value *o, struct alps_args *a)
{
    struct alps_value *all = NULL, *sep = a->n ? a->item[0] : alps_value_literal(f->mem, ",", 1);

    if (o->object->any || !o->object->n) {
        struct alps_value *e = alps_flow_elements(f, o);

        return alps_value_text(f->mem, alps_value_unknown(f->mem, e->roots, e->text));
    }
    for (unsigned i = 0; i < o->object->n; i++) {
        struct alps_value *e = o->object->field[i].value;

        all = all ? alps_value_concat(f->mem, alps_value_concat(f->mem, all, sep), e) : e;
    }
    return all;
}

static struct alps_value *
call_each(struct alps_flow *f, struct alps_value *element, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *item[2] = { element, alps_value_unknown(f->mem, ROOT_NONE, "an index") }, *v;
    struct alps_args each = { .item = item, .n = 2 };

    f->frame->branch++;
    f->frame->loop++;
    v = alps_flow_call(f, a->item[0], NULL, &each, site);
    f->frame->loop--;
    f->frame->branch--;
    return v;
}

static struct alps_value *
array_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
             const struct alps_node *site)
{
    bool callback = a->n && (a->item[0]->kind == V_FUNCTION || a->item[0]->kind == V_METHOD ||
                             a->item[0]->kind == V_SET);

    if (among(name, "push append add unshift appendleft insert")) {
        for (unsigned i = 0; i < a->n; i++)
            o->object->any = alps_value_join(f->mem, o->object->any, a->item[i]);
        return alps_value_new(f->mem, V_NULL);
    }
    if (among(name, "extend update") && a->n) {
        o->object->any = alps_value_join(f->mem, o->object->any, alps_flow_elements(f, a->item[0]));
        return alps_value_new(f->mem, V_NULL);
    }
    if (strcmp(name, "join") == 0)
        return array_join(f, o, a);
    if (callback && strcmp(name, "reduce") == 0) {
        struct alps_value *first = a->n > 1 ? a->item[1] : alps_value_unknown(f->mem, ROOT_NONE, NULL);
        struct alps_value *item[2] = { first, alps_flow_elements(f, o) };
        struct alps_args each = { .item = item, .n = 2 };

        return alps_flow_call(f, a->item[0], NULL, &each, site);
    }
    if (callback && among(name, "map flatMap forEach filter find findIndex some every sort findLast")) {
        struct alps_value *v = NULL, *each;

        for (unsigned i = 0; (each = alps_flow_batch(f, o, i)) != NULL; i++)
            v = alps_value_join(f->mem, v, call_each(f, each, a, site));

        if (among(name, "filter sort"))
            return o;
        if (strcmp(name, "flatMap") == 0)
            return array_of(f, alps_flow_elements(f, v));
        return strcmp(name, "map") == 0 ? array_of(f, v) : strncmp(name, "find", 4) == 0 &&
            name[4] != 'I' ? alps_flow_elements(f, o) : v;
    }
    if (among(name, "pop shift at popleft"))
        return alps_flow_elements(f, o);
    if (among(name, "slice concat reverse flat copy filter values splice")) {
        struct alps_value *any = alps_flow_elements(f, o);

        for (unsigned i = 0; strcmp(name, "concat") == 0 && i < a->n; i++)
            any = alps_value_join(f->mem, any, alps_flow_elements(f, a->item[i]));
        return array_of(f, any);
    }
    if (strcmp(name, "entries") == 0)
        return pairs_of(f, alps_value_unknown(f->mem, ROOT_NONE, NULL), alps_flow_elements(f, o));
    return NULL;
}

static struct alps_value *
object_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a)
{
    struct alps_value *v;

    if (among(name, "get setdefault pop") && a->n) {
        v = alps_flow_index(f, o, a->item[0], NULL);
        if (v->kind == V_NULL && a->n > 1)
            return a->item[1];
        return v->kind == V_UNKNOWN && a->n > 1 ? alps_value_join(f->mem, v, a->item[1]) : v;
    }
    if (strcmp(name, "set") == 0 && a->n > 1) {
        alps_flow_store(f, o, alps_value_is_literal(a->item[0])
                        ? alps_mem_name(f->mem, a->item[0]->text, a->item[0]->n) : NULL, a->item[1]);
        return o;
    }
    if (strcmp(name, "update") == 0) {
        struct alps_value *more = dict_of(f, a);

        alps_object_copy(f->mem, o->object, more->object, f->frame->branch > 0);
        return alps_value_new(f->mem, V_NULL);
    }
    if (strcmp(name, "items") == 0)
        return pairs_of(f, keys_of(f, o), alps_flow_elements(f, o));
    if (strcmp(name, "keys") == 0)
        return array_of(f, keys_of(f, o));
    if (strcmp(name, "values") == 0)
        return array_of(f, alps_flow_elements(f, o));
    return strcmp(name, "copy") == 0 ? o : NULL;
}

static struct alps_value *
function_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                const struct alps_node *site)
{
    struct alps_args rest = { .item = a->item ? a->item + 1 : NULL, .n = a->n ? a->n - 1 : 0, .open = a->open };
    struct alps_value *v;

    if (strcmp(name, "call") == 0)
        return alps_flow_call(f, o, a->n ? a->item[0] : NULL, &rest, site);
    if (strcmp(name, "apply") == 0) {
        struct alps_args spread = { 0 };

        if (a->n > 1 && a->item[1]->kind == V_ARRAY)
            for (unsigned i = 0; i < a->item[1]->object->n; i++) {
                spread.item = alps_mem_grow(f->mem, spread.item, spread.n, sizeof *spread.item);
                spread.item[spread.n++] = a->item[1]->object->field[i].value;
            }
        else if (a->n > 1)
            spread = (struct alps_args){ .item = a->item + 1, .n = 1, .open = true };
        return alps_flow_call(f, o, a->n ? a->item[0] : NULL, &spread, site);
    }
    if (strcmp(name, "bind") == 0) {
        if (rest.n == 0 && o->kind == V_METHOD)
            return o;
        if (rest.n == 0 && a->n) {
            v = alps_value_new(f->mem, V_FUNCTION);
            *v = *o;
            if (!v->self || v->node->kind != ALPS_K_function)
                v->self = a->item[0];
            return v;
        }
        rest.item = a->item;
        rest.n = a->n;
        if (rest.n) {
            struct alps_value *self = rest.item[0];

            rest.item[0] = o;
            v = partial(f, &rest);
            rest.item[0] = self;
            return v;
        }
        return o;
    }
    return NULL;
}

/* fmt.Sprintf(format, …) */
static struct alps_value *
formatted(struct alps_flow *f, struct alps_value *format, const struct alps_args *a)
{
    struct alps_value *list = array_of(f, NULL), *all = NULL;
    struct alps_args one = { .item = &list, .n = 1 };

    for (unsigned i = 0; i < a->n; i++)
        alps_object_set(f->mem, list->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", i)), a->item[i], false);
    for (unsigned i = 0; i < alps_value_count(format); i++)
        all = alps_value_join(f->mem, all, alps_value_at(format, i)->kind == V_TEXT
                              ? format_text(f, alps_value_at(format, i), &one, true)
                              : alps_value_unknown(f->mem, format->roots | alps_args_roots(a), NULL));
    return all;
}

static struct alps_value *
super_of(struct alps_flow *f)
{
    struct alps_value *self = f->frame->self, *v;

    if (!self || !self->base || !self->base->base)
        return alps_value_unknown(f->mem, ROOT_NONE, "super");
    v = alps_value_new(f->mem, V_INSTANCE);
    *v = *self;
    v->base = self->base->base;
    return v;
}

static struct alps_value *
texts_of(struct alps_flow *f, struct alps_value *v)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(v); i++)
        all = alps_value_join(f->mem, all, alps_value_text(f->mem, alps_value_at(v, i)));
    return all;
}

static struct alps_value *
modules_of(struct alps_flow *f, struct alps_value *names)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(names); i++)
        if (alps_value_is_literal(alps_value_at(names, i)))
            all = alps_value_join(f->mem, all, alps_flow_require(f, alps_value_at(names, i)->text));
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, "a module whose name is not known");
}

static struct alps_value *
set_attribute(struct alps_flow *f, const struct alps_args *a)
{
    if (a->n > 2)
        alps_flow_store(f, a->item[0], alps_value_is_literal(a->item[1])
                        ? alps_mem_name(f->mem, a->item[1]->text, a->item[1]->n) : NULL, a->item[2]);
    return alps_value_new(f->mem, V_NULL);
}

static struct alps_value *
list_of(struct alps_flow *f, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *first = a->item[0];

    if (a->n > 1 && a->item[1]->kind == V_FUNCTION)
        return alps_builtin_method(f, first, alps_flow_intern(f, "map"),
                                   &(struct alps_args){ .item = a->item + 1, .n = 1 }, site);
    return first->kind == V_ARRAY ? first : array_of(f, alps_flow_elements(f, first));
}

static struct alps_value *
map_of(struct alps_flow *f, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *e = a->n > 1 ? alps_flow_elements(f, a->item[1]) : NULL;
    struct alps_args one = { .item = &e, .n = 1 };

    return e ? array_of(f, alps_flow_call(f, a->item[0], NULL, &one, site)) : NULL;
}

/* Go: append(list, element, more...) */
static struct alps_value *
appended(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *v = array_of(f, NULL);

    for (unsigned i = 0; i < a->n; i++)
        v->object->any = alps_value_join(f->mem, v->object->any, i ? a->item[i]
            : a->item[0]->kind == V_NULL || (a->item[0]->kind == V_ARRAY && !a->item[0]->object->n && !a->item[0]->object->any)
            ? NULL : alps_flow_elements(f, a->item[0]));
    return v;
}

static struct alps_value *
concat_all(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *all = alps_value_literal(f->mem, "", 0);

    for (unsigned i = 0; i < a->n; i++)
        all = alps_value_concat(f->mem, all, a->item[i]);
    return all;
}

/* The platform calls it with an event. */
static struct alps_value *
handler_of(struct alps_flow *f, struct alps_value *function)
{
    struct alps_value *event = alps_value_unknown(f->mem, ROOT_EVENT, "event");
    struct alps_args args = { .item = &event, .n = 1, .open = true };

    alps_flow_enter(f, function, &args);
    return alps_value_new(f->mem, V_NULL);
}

/* What is done with the first argument, at least. */
static struct alps_value *
with_first(struct alps_flow *f, const struct alps_row *row, struct alps_args *a, const struct alps_node *site)
{
    const char *meaning = row->cell[1];
    struct alps_value *first = a->item[0];
    struct alps_args rest = { .item = a->item + 1, .n = a->n - 1, .named = a->named, .open = a->open };

    if (strcmp(meaning, "first") == 0)
        return first;
    if (strcmp(meaning, "text") == 0)
        return texts_of(f, first);
    if (strcmp(meaning, "module") == 0)
        return modules_of(f, first);
    if (strcmp(meaning, "getattr") == 0)
        return getattr(f, a, site);
    if (strcmp(meaning, "setattr") == 0)
        return set_attribute(f, a);
    if (strcmp(meaning, "path") == 0)
        return join_path(f, a);
    if (strcmp(meaning, "assign") == 0)
        return assign_all(f, a);
    if (strcmp(meaning, "keys") == 0)
        return array_of(f, keys_of(f, first));
    if (strcmp(meaning, "elements") == 0)
        return alps_flow_elements(f, first);
    if (strcmp(meaning, "list") == 0)
        return list_of(f, a, site);
    if (strcmp(meaning, "entries") == 0)
        return pairs_of(f, keys_of(f, first), alps_flow_elements(f, first));
    if (strcmp(meaning, "partial") == 0)
        return partial(f, a);
    if (strcmp(meaning, "map") == 0)
        return map_of(f, a, site);
    if (strcmp(meaning, "method") == 0)
        return alps_builtin_method(f, first, row->cell[2], &rest, site);
    if (strcmp(meaning, "format") == 0)
        return formatted(f, first, &rest);
    if (strcmp(meaning, "append") == 0)
        return appended(f, a);
    if (strcmp(meaning, "concat") == 0)
        return concat_all(f, a);
    if (strcmp(meaning, "new") == 0)
        return first->kind == V_CLASS || first->kind == V_EXTERNAL ? alps_go_of_type(f, first, ROOT_NONE, NULL, false) : first;
    return strcmp(meaning, "handler") == 0 ? handler_of(f, first) : NULL;
}

struct alps_value *
alps_builtin_external(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site)
{
    const struct alps_row *row = alps_sdk_row(&f->calls->sdk->builtins, 0, path, 0, NULL, 0, NULL);

    if (!row)
        return NULL;
    if (strcmp(row->cell[1], "super") == 0)
        return super_of(f);
    if (strcmp(row->cell[1], "environment") == 0)
        return env_call(f, a);
    if (strcmp(row->cell[1], "unknown") == 0)
        return alps_value_unknown(f->mem, alps_args_roots(a), NULL);
    if (strcmp(row->cell[1], "dictionary") == 0)
        return dict_of(f, a);
    return a->n ? with_first(f, row, a, site) : NULL;
}

struct alps_value *
alps_builtin_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                    const struct alps_node *site)
{
    if (among(name, "then catch finally") && a->n) {            /* whatever it is, it is awaited */
        struct alps_args got = { .item = &o, .n = 1 };
        struct alps_value *v = NULL, *failed = alps_value_unknown(f->mem, ROOT_NONE, "an error");

        if (strcmp(name, "then") == 0)
            v = alps_flow_call(f, a->item[0], NULL, &got, site);
        for (unsigned i = strcmp(name, "then") == 0; i < a->n; i++) {
            got.item = &failed;
            f->frame->branch++;
            alps_flow_call(f, a->item[i], NULL, &got, site);
            f->frame->branch--;
        }
        return v ? v : o;
    }
    switch (o->kind) {
    case V_TEXT:
        return text_method(f, o, name, a);
    case V_ARRAY:
        return array_method(f, o, name, a, site);
    case V_OBJECT:
        return object_method(f, o, name, a);
    case V_METHOD: case V_FUNCTION:
        return function_method(f, o, name, a, site);
    case V_UNKNOWN:
        if (a->n && a->item[0]->kind == V_FUNCTION && among(name, "map forEach filter flatMap some every find")) {
            struct alps_value *v = call_each(f, alps_flow_elements(f, o), a, site);

            return strcmp(name, "map") == 0 ? array_of(f, v) : o;
        }
        if (strcmp(name, "get") == 0 && a->n && alps_value_is_literal(a->item[0]))
            return alps_flow_member(f, o, alps_mem_name(f->mem, a->item[0]->text, a->item[0]->n), site);
        return NULL;
    default:
        return NULL;
    }
}
