/* analyzer/go_types.c: what a Go type says of a value: a parameter that nobody passed, a field that nobody set, a composite
 * literal. */
#include "analyzer/calls.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

#define PARTS(n, i, role_) for (unsigned i = 0; i < (n)->n_parts; i++) if ((n)->part[i].role == (role_))

static struct alps_value *
nothing(struct alps_flow *f)
{
    return alps_value_new(f->mem, V_NULL);
}

static struct alps_value *
unknown(struct alps_flow *f, unsigned roots, const char *name)
{
    return alps_value_unknown(f->mem, roots, name);
}

/* What a declared type is made of: the struct, map, interface … behind its name. */
static const struct alps_node *
underlying(const struct alps_value *klass)
{
    const struct alps_node *n = klass->node;

    if (n->kind == ALPS_K_typedef)
        n = alps_node_part(n, ALPS_P_type);
    return n;
}

static bool
is_struct(const struct alps_value *klass)
{
    const struct alps_node *n = klass && klass->kind == V_CLASS ? underlying(klass) : NULL;

    return n && n->kind == ALPS_K_struct;
}

struct alps_value *
alps_go_type_node(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;

    switch (n->kind) {
    case ALPS_K_pointer:
        return n->n_parts ? alps_flow_eval(f, n->part[0].node) : nothing(f);
    case ALPS_K_slice_of:
        v = alps_value_new(f->mem, V_ARRAY);
        v->object = alps_flow_object(f);
        return v;
    case ALPS_K_map_of:
        v = alps_value_new(f->mem, V_OBJECT);
        v->object = alps_flow_object(f);
        return v;
    default:
        v = alps_value_new(f->mem, V_CLASS);            /* a struct or an interface without a name */
        v->node = n;
        v->scope = alps_scope_open(f, f->scope, false);
        v->scope->klass = true;
        v->object = ALPS_MEM(f->mem, struct alps_object);
        return v;
    }
}

/* As it would be evaluated where the class was declared. */
static struct alps_value *
typed_in(struct alps_flow *f, const struct alps_value *klass, const struct alps_node *type, unsigned roots,
         const char *name, bool open)
{
    struct alps_scope *outer = f->scope;
    struct alps_value *v;

    f->scope = klass->scope->parent;
    v = alps_go_typed(f, type, roots, name, open);
    f->scope = outer;
    return v;
}

struct alps_value *
alps_go_of_type(struct alps_flow *f, struct alps_value *type, unsigned roots, const char *name, bool open)
{
    const struct alps_node *n;
    struct alps_value *v;

    if (type->kind == V_EXTERNAL) {
        v = alps_calls_typed(f, type->text);
        if (v)
            return v;
        if (open || strncmp(type->text, "go:builtins.", 12) == 0)
            return open ? unknown(f, roots, name) : nothing(f);
        v = alps_value_new(f->mem, V_OBJECT);
        v->object = alps_flow_object(f);
        v->type = type->text;
        return v;
    }
    if (type->kind != V_CLASS)
        return open ? unknown(f, roots, name) : nothing(f);
    n = underlying(type);
    if (n && n->kind != ALPS_K_struct && n->kind != ALPS_K_interface)
        return typed_in(f, type, n, roots, name, open);
    if (!n || (n->kind == ALPS_K_interface && !open))
        return nothing(f);
    v = alps_value_new(f->mem, V_INSTANCE);
    v->object = alps_flow_object(f);
    v->object->open = open;
    v->base = type;
    v->roots = (uint8_t)(roots ? roots : ROOT_NONE);
    v->text = name;
    return v;
}

struct alps_value *
alps_go_typed(struct alps_flow *f, const struct alps_node *type, unsigned roots, const char *name, bool open)
{
    struct alps_value *v;
    const struct alps_node *inner = alps_node_part(type, ALPS_P_type);

    if (f->nest >= FLOW_NEST)
        return unknown(f, roots, name);
    f->nest++;
    switch (type->kind) {
    case ALPS_K_nothing:
        v = open ? unknown(f, roots, name) : nothing(f);
        break;
    case ALPS_K_pointer:
        v = open && inner ? alps_go_typed(f, inner, roots, name, true) : nothing(f);
        break;
    case ALPS_K_same:
        v = type->n_parts ? alps_go_typed(f, type->part[0].node, roots, name, open) : nothing(f);
        break;
    case ALPS_K_slice_of: case ALPS_K_map_of:
        v = alps_go_type_node(f, type);
        v->roots = (uint8_t)roots;
        if (open && inner)
            v->object->any = alps_go_typed(f, inner, roots, name ? alps_mem_print(f->mem, "%s[]", name) : NULL, true);
        break;
    default:
        v = alps_go_of_type(f, alps_flow_eval(f, type), roots, name, open);
    }
    f->nest--;
    return v;
}

/* "dynamodb.Client", embedded, is the field "Client". */
static const char *
embedded_name(struct alps_flow *f, const struct alps_node *type)
{
    const struct alps_node *name = type->kind == ALPS_K_member ? alps_node_part(type, ALPS_P_name) : type;

    while (name && (name->kind == ALPS_K_same || name->kind == ALPS_K_pointer) && name->n_parts)
        name = name->part[0].node;
    return name ? alps_flow_name(f, name) : "";
}

/* env:"TABLE", envDefault:"orders": what a configuration library fills the field from. */
static struct alps_value *
from_tag(struct alps_flow *f, const struct alps_node *field)
{
    static const char *const keys[] = { "env:\"", "envconfig:\"" }, *const defaults[] = { "envDefault:\"",
        "default:\"" };
    const struct alps_node *tag = alps_node_part(field, ALPS_P_tag);
    struct alps_value *text = tag ? alps_flow_string(f, tag) : NULL, *otherwise = NULL;
    const char *p = NULL;

    if (!text || !alps_value_is_literal(text))
        return NULL;
    for (size_t i = 0; i < 2; i++) {
        const char *q = strstr(text->text, keys[i]), *d = strstr(text->text, defaults[i]);

        if (q && (q == text->text || q[-1] == ' '))
            p = q + strlen(keys[i]);
        if (d)
            otherwise = alps_value_literal(f->mem, d + strlen(defaults[i]), strcspn(d + strlen(defaults[i]), "\""));
    }
    return p && strcspn(p, ",\"") ? alps_value_env(f->mem, alps_mem_name(f->mem, p, strcspn(p, ",\"")), otherwise) : NULL;
}

static struct alps_value *
field_made(struct alps_flow *f, struct alps_value *o, const struct alps_node *field, const char *name)
{
    const struct alps_node *type = alps_node_part(field, ALPS_P_type);
    struct alps_value *v = o->object->open ? from_tag(f, field) : NULL;

    if (!v && type)
        v = typed_in(f, o->base, type, o->roots, o->text && strlen(o->text) < 80
                     ? alps_mem_print(f->mem, "%s.%s", o->text, name) : name, o->object->open);
    if (!v)
        v = nothing(f);
    if (v->kind != V_UNKNOWN && v->kind != V_NULL)
        alps_object_set(f->mem, o->object, name, v, false);     /* the same one the next time */
    return v;
}

struct alps_value *
alps_go_field(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    const struct alps_node *n = is_struct(o->base) ? underlying(o->base) : NULL;
    struct alps_value *v;
    enum { EMBEDDED = 4 };              /* structs in structs in structs */

    for (unsigned i = 0; n && i < n->n_parts; i++) {
        const struct alps_node *field = n->part[i].node, *type = alps_node_part(field, ALPS_P_type);
        bool named = false;

        for (unsigned k = 0; k < field->n_parts; k++) {
            if (field->part[k].role != ALPS_P_name)
                continue;
            named = true;
            if (alps_flow_name(f, field->part[k].node) == name)
                return field_made(f, o, field, name);
        }
        if (!named && type && embedded_name(f, type) == name)
            return field_made(f, o, field, name);
    }
    for (unsigned i = 0; n && i < n->n_parts && f->embedded < EMBEDDED; i++) {     /* what embedded fields have is its own */
        const struct alps_node *field = n->part[i].node, *type = alps_node_part(field, ALPS_P_type);
        const char *inner;

        if (!type || alps_node_part(field, ALPS_P_name))
            continue;
        inner = embedded_name(f, type);
        v = alps_object_get(o->object, inner);
        v = v ? v : field_made(f, o, field, inner);
        if (v->kind == V_NULL || v->kind == V_UNKNOWN)
            continue;
        f->embedded++;
        v = alps_flow_member(f, v, name, at);
        f->embedded--;
        if (v->kind != V_UNKNOWN && v->kind != V_NULL)
            return v;
    }
    return NULL;
}

/* --- composite literals --- */

static struct alps_value *literal_of(struct alps_flow *, const struct alps_node *braces, const struct alps_node *type,
                                     struct alps_scope *scope);

/* An element: an expression, or braces whose type the outer literal says. */
static struct alps_value *
element(struct alps_flow *f, const struct alps_node *n, const struct alps_node *type, struct alps_scope *scope)
{
    struct alps_value *v;

    while (n->kind == ALPS_K_same && n->n_parts == 1)
        n = n->part[0].node;
    if (n->kind != ALPS_K_braces)
        return alps_go_tuple_at(f, alps_flow_eval(f, n), 0);
    if (f->nest >= FLOW_NEST)
        return unknown(f, ROOT_NONE, NULL);
    f->nest++;
    v = literal_of(f, n, type, scope);
    f->nest--;
    return v;
}

static const char *
key_name(struct alps_flow *f, const struct alps_node *key)
{
    while (key->kind == ALPS_K_same && key->n_parts == 1)
        key = key->part[0].node;
    return key->kind == ALPS_K_name ? alps_flow_name(f, key) : NULL;
}

static struct alps_value *
array_literal(struct alps_flow *f, const struct alps_node *braces, const struct alps_node *of, struct alps_scope *scope)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY), *x;
    enum { KEPT = 64 };

    v->object = alps_flow_object(f);
    for (unsigned i = 0; i < braces->n_parts; i++) {
        const struct alps_node *e = braces->part[i].node;
        bool keyed = e->kind == ALPS_K_entry;

        if (keyed && (e = alps_node_part(e, ALPS_P_value)) == NULL)
            continue;
        x = element(f, e, of, scope);
        if (i < KEPT && !keyed)
            alps_object_set(f->mem, v->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", i)), x, false);
        else
            v->object->any = alps_value_join(f->mem, v->object->any, x);
    }
    return v;
}

static struct alps_value *
map_literal(struct alps_flow *f, const struct alps_node *braces, const struct alps_node *of, struct alps_scope *scope)
{
    struct alps_value *v = alps_value_new(f->mem, V_OBJECT);

    v->object = alps_flow_object(f);
    PARTS(braces, i, ALPS_P_element) {
        const struct alps_node *e = braces->part[i].node, *key = alps_node_part(e, ALPS_P_key);
        struct alps_value *k, *x;

        if (e->kind != ALPS_K_entry || !key || !alps_node_part(e, ALPS_P_value))
            continue;
        k = alps_flow_eval(f, key);
        x = element(f, alps_node_part(e, ALPS_P_value), of, scope);
        for (unsigned j = 0; j < alps_value_count(k); j++) {
            struct alps_value *one = alps_value_text(f->mem, alps_value_at(k, j));

            if (one->n == 1 && one->text[0] == TEXT_ANY)
                v->object->any = alps_value_join(f->mem, v->object->any, x);
            else
                alps_object_set(f->mem, v->object, alps_mem_name(f->mem, one->text, one->n), x, alps_value_count(k) > 1);
        }
    }
    return v;
}

/* The field at a place or of a name; ${type}: its type. */
static const char *
field_at(struct alps_flow *f, const struct alps_value *klass, unsigned place, const char *name,
         const struct alps_node **type)
{
    const struct alps_node *n = is_struct(klass) ? underlying(klass) : NULL;
    unsigned at = 0;

    for (unsigned i = 0; n && i < n->n_parts; i++) {
        const struct alps_node *field = n->part[i].node;
        bool named = false;

        *type = alps_node_part(field, ALPS_P_type);
        for (unsigned k = 0; k < field->n_parts; k++) {
            if (field->part[k].role != ALPS_P_name)
                continue;
            named = true;
            if (name ? alps_flow_name(f, field->part[k].node) == name : at++ == place)
                return alps_flow_name(f, field->part[k].node);
        }
        if (!named && *type && (name ? embedded_name(f, *type) == name : at++ == place))
            return embedded_name(f, *type);
    }
    *type = NULL;
    return name;
}

static struct alps_value *
struct_literal(struct alps_flow *f, const struct alps_node *braces, struct alps_value *klass)
{
    struct alps_value *v = klass->kind == V_CLASS ? alps_value_new(f->mem, V_INSTANCE) : alps_value_new(f->mem, V_OBJECT);
    unsigned place = 0;

    v->object = alps_flow_object(f);
    if (klass->kind == V_CLASS)
        v->base = klass;
    else if (klass->kind == V_EXTERNAL)
        v->type = klass->text;
    PARTS(braces, i, ALPS_P_element) {
        const struct alps_node *e = braces->part[i].node, *value = e, *type = NULL;
        const char *name = NULL;

        if (e->kind == ALPS_K_entry && alps_node_part(e, ALPS_P_key) && alps_node_part(e, ALPS_P_value)) {
            value = alps_node_part(e, ALPS_P_value);
            name = key_name(f, alps_node_part(e, ALPS_P_key));
            if (!name)                                  /* a map whose type is not read */
                return map_literal(f, braces, NULL, f->scope);
        } else if (klass->kind != V_CLASS) {
            return array_literal(f, braces, NULL, f->scope);
        }
        name = field_at(f, klass, place++, name, &type);
        if (name)
            alps_object_set(f->mem, v->object, name,
                            element(f, value, type, klass->kind == V_CLASS ? klass->scope->parent : f->scope), false);
    }
    if (klass->kind == V_CLASS && !klass->self)
        klass->self = v;
    return v;
}

static struct alps_value *
literal_of(struct alps_flow *f, const struct alps_node *braces, const struct alps_node *type, struct alps_scope *scope)
{
    struct alps_scope *outer = f->scope;
    struct alps_value *klass;
    const struct alps_node *under;

    while (type && (type->kind == ALPS_K_pointer || (type->kind == ALPS_K_same && type->n_parts == 1)))
        type = type->n_parts ? type->part[0].node : NULL;
    if (!type)
        return struct_literal(f, braces, unknown(f, ROOT_NONE, NULL));
    if (type->kind == ALPS_K_slice_of)
        return array_literal(f, braces, alps_node_part(type, ALPS_P_type), scope);
    if (type->kind == ALPS_K_map_of)
        return map_literal(f, braces, alps_node_part(type, ALPS_P_type), scope);
    f->scope = scope;
    klass = alps_flow_eval(f, type);
    f->scope = outer;
    if (klass->kind == V_SET)
        klass = klass->item[0];
    under = klass->kind == V_CLASS ? underlying(klass) : NULL;
    if (under && under->kind != ALPS_K_struct && under->kind != ALPS_K_interface && f->nest < FLOW_NEST) {
        struct alps_value *v;

        f->nest++;                                      /* "type A A" is no program, but a file may hold it */
        v = literal_of(f, braces, under, klass->scope->parent);
        f->nest--;
        return v;
    }
    return struct_literal(f, braces, klass);
}

struct alps_value *
alps_go_composite(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *type = alps_node_part(n, ALPS_P_type), *braces = alps_node_part(n, ALPS_P_value);

    return type && braces ? literal_of(f, braces, type, f->scope) : nothing(f);
}

/* --- interfaces --- */

static bool
has_method(const struct alps_value *klass, const char *name)
{
    return klass->kind == V_CLASS && klass->scope && alps_object_get(&klass->scope->vars, name);
}

static bool
implements(struct alps_flow *f, const struct alps_value *klass, const struct alps_node *interface)
{
    PARTS(interface, i, ALPS_P_member) {
        const struct alps_node *name = alps_node_part(interface->part[i].node, ALPS_P_name);

        if (name && !has_method(klass, alps_flow_name(f, name)))
            return false;
    }
    return true;
}

/* Every type of the function's packages that has the interface's methods; those that the code makes, if it makes any. */
static struct alps_value *
implementations(struct alps_flow *f, const struct alps_node *interface, const char *name, bool made)
{
    struct alps_value *all = NULL;

    for (const struct alps_package *p = f->packages; p; p = p->next)
        for (unsigned i = 0; p->scope && i < p->scope->vars.n; i++) {
            struct alps_value *k = p->scope->vars.field[i].value;

            if (!is_struct(k) || !has_method(k, name) || !implements(f, k, interface))
                continue;
            if (k->self)
                all = alps_value_join(f->mem, all, k->self);
            else if (!made)
                all = alps_value_join(f->mem, all, alps_go_of_type(f, k, ROOT_NONE, NULL, true));
        }
    return all;
}

struct alps_value *
alps_go_interface(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                  const struct alps_node *site)
{
    const struct alps_node *interface = o->kind == V_INSTANCE && o->base->kind == V_CLASS ? underlying(o->base) : NULL;
    struct alps_value *v = alps_calls_go_by_input(f, name, a, site), *all;

    if (v || !interface || interface->kind != ALPS_K_interface)
        return v;
    all = implementations(f, interface, name, true);
    if (!all)
        all = implementations(f, interface, name, false);
    return all ? alps_flow_method(f, all, name, a, site) : NULL;
}
