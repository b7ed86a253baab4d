/* analyzer/scope.c: names and members: what they are bound to, and binding them. */
#include "analyzer/calls.h"
#include "analyzer/flow.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

struct alps_scope *
alps_scope_open(struct alps_flow *f, struct alps_scope *parent, bool function)
{
    struct alps_scope *s = ALPS_MEM(f->mem, struct alps_scope);

    s->parent = parent;
    s->frame = f->frame;
    s->branch = f->frame->branch;
    s->function = function;
    s->module = f->frame->module;
    return s;
}

static bool
is_outer(const struct alps_scope *s, const char *name)
{
    for (unsigned i = 0; i < s->n_outer; i++)
        if (s->outer[i] == name)
            return true;
    return false;
}

struct alps_value *
alps_scope_get(struct alps_flow *f, struct alps_scope *s, const char *name)
{
    struct alps_value *v;

    for (bool first = true; s; s = s->parent, first = false) {
        if (!first && s->klass)
            continue;                                   /* a method does not see its class's names */
        if (!is_outer(s, name) && (v = alps_object_get(&s->vars, name)) != NULL)
            return v;
    }
    (void)f;
    return NULL;
}

void
alps_scope_declare(struct alps_flow *f, struct alps_scope *s, const char *name, struct alps_value *v)
{
    alps_object_set(f->mem, &s->vars, name, v, s->frame != f->frame || f->frame->branch > s->branch);
}

void
alps_scope_assign(struct alps_flow *f, const char *name, struct alps_value *v)
{
    struct alps_scope *s, *own = f->scope;
    bool python = f->frame->module->source.lang->dotted_modules;

    if (python) {                           /* bound in the function (or class) itself, or where "global" says */
        while (own->parent && !own->function && !own->klass)
            own = own->parent;
        s = own;
        if (own->parent && is_outer(own, name)) {
            for (s = own->parent; s->parent && (s->klass || !alps_object_get(&s->vars, name)); s = s->parent)
                ;
        }
        alps_scope_declare(f, s, name, v);
        return;
    }
    for (s = own; s; s = s->parent)
        if (alps_object_get(&s->vars, name))
            break;
    if (!s && f->frame->module->package && alps_go_name(f, f->frame->module, name))
        s = f->frame->module->package->scope;
    alps_scope_declare(f, s ? s : own, name, v);
}

static struct alps_value *
or_default(struct alps_flow *f, struct alps_value *v, struct alps_value *d)
{
    if (!v || v->kind == V_NULL)
        return d;
    if (v->kind == V_TEXT && v->roots == ROOT_ENV && v->n > 2 && v->text[0] == TEXT_ENV &&
        v->text[v->n - 1] == TEXT_END &&
        !memchr(v->text, TEXT_OR, v->n) && alps_value_is_literal(d))
        return alps_value_env(f->mem, alps_mem_text(f->mem, v->text + 1, v->n - 2), d);
    return v->kind == V_UNKNOWN ? alps_value_join(f->mem, v, d) : v;
}

static const char *
key_name(struct alps_flow *f, const struct alps_node *key)
{
    struct alps_value *k;

    if (key->kind != ALPS_K_string && key->kind != ALPS_K_computed)
        return alps_flow_name(f, key);
    k = alps_flow_eval(f, key);
    return alps_value_is_literal(k) ? alps_mem_name(f->mem, k->text, k->n) : NULL;
}

static void
bind_object(struct alps_flow *f, const struct alps_node *p, struct alps_value *v, bool declare)
{
    for (unsigned i = 0; i < p->n_parts; i++) {
        const struct alps_node *e = p->part[i].node, *key = e, *target = e, *otherwise = NULL;
        const char *name;
        struct alps_value *x;

        if (e->kind == ALPS_K_rest || e->kind == ALPS_K_spread) {
            if (e->n_parts)
                alps_flow_bind(f, e->part[0].node, v, declare);
            continue;
        }
        if (e->kind == ALPS_K_pair) {
            key = alps_node_part(e, ALPS_P_key);
            target = alps_node_part(e, ALPS_P_value);
        }
        if (target && (target->kind == ALPS_K_default || target->kind == ALPS_K_assign)) {
            otherwise = alps_node_part(target, ALPS_P_value);
            target = alps_node_part(target, ALPS_P_target);
            if (e->kind != ALPS_K_pair)
                key = target;
        }
        if (!key || !target)
            continue;
        name = key_name(f, key);
        x = name ? alps_flow_member(f, v, name, key) : alps_value_unknown(f->mem, v->roots, NULL);
        if (otherwise)
            x = or_default(f, x, alps_flow_eval(f, otherwise));
        alps_flow_bind(f, target, x, declare);
    }
}

static void
bind_array(struct alps_flow *f, const struct alps_node *p, struct alps_value *v, bool declare)
{
    for (unsigned i = 0; i < p->n_parts; i++) {
        const struct alps_node *e = p->part[i].node;
        struct alps_value *x;

        if (e->kind == ALPS_K_rest || e->kind == ALPS_K_spread)
            x = v;
        else
            x = alps_flow_index(f, v, alps_value_literal(f->mem, alps_mem_print(f->mem, "%u", i), i > 9 ? 2 : 1), e);
        alps_flow_bind(f, e->kind == ALPS_K_rest && e->n_parts ? e->part[0].node : e, x, declare);
    }
}

void
alps_flow_bind(struct alps_flow *f, const struct alps_node *p, struct alps_value *v, bool declare)
{
    const struct alps_node *inner = alps_node_part(p, ALPS_P_target), *object = alps_node_part(p, ALPS_P_object);
    struct alps_value *o, *k;

    switch (p->kind) {
    case ALPS_K_object_pattern: case ALPS_K_object:
        bind_object(f, p, v, declare);
        return;
    case ALPS_K_array_pattern: case ALPS_K_array:
        bind_array(f, p, v, declare);
        return;
    case ALPS_K_default: case ALPS_K_assign: {
        const struct alps_node *otherwise = alps_node_part(p, ALPS_P_value);

        if (inner)
            alps_flow_bind(f, inner, otherwise ? or_default(f, v, alps_flow_eval(f, otherwise)) : v, declare);
        return;
    }
    case ALPS_K_rest: case ALPS_K_rest_pairs: case ALPS_K_spread: case ALPS_K_same: case ALPS_K_typed:
        if (p->n_parts)
            alps_flow_bind(f, inner ? inner : p->part[0].node, v, declare);
        return;
    case ALPS_K_member:
        if (object && alps_node_part(p, ALPS_P_name))
            alps_flow_store(f, alps_flow_eval(f, object), alps_flow_name(f, alps_node_part(p, ALPS_P_name)), v);
        return;
    case ALPS_K_index:
        if (!object || !alps_node_part(p, ALPS_P_key))
            return;
        o = alps_flow_eval(f, object);
        k = alps_flow_eval(f, alps_node_part(p, ALPS_P_key));
        alps_flow_store(f, o, alps_value_is_literal(k) ? alps_mem_name(f->mem, k->text, k->n) : NULL, v);
        return;
    case ALPS_K_list:
        alps_go_bind(f, p, v, declare);
        return;
    case ALPS_K_unary:                                  /* Go: *p = v */
        o = alps_node_part(p, ALPS_P_value) ? alps_flow_eval(f, alps_node_part(p, ALPS_P_value)) : v;
        if (o->object && v->object && o->kind == v->kind)
            alps_object_copy(f->mem, o->object, v->object, true);
        return;
    case ALPS_K_name: case ALPS_K_shorthand: case ALPS_K_other:
        if (p->end == p->start + 1 && p->source->text[p->start] == '_' && p->source->lang->packages)
            return;
        if (declare && f->scope)
            alps_scope_declare(f, f->scope, alps_flow_name(f, p), v);
        else
            alps_scope_assign(f, alps_flow_name(f, p), v);
        return;
    default:
        return;
    }
}

void
alps_flow_store(struct alps_flow *f, struct alps_value *into, const char *name, struct alps_value *v)
{
    bool weak = f->frame->branch > 0 || alps_value_count(into) > 1;

    for (unsigned i = 0; i < alps_value_count(into); i++) {
        struct alps_value *o = alps_value_at(into, i);

        if (o->kind == V_EXTERNAL && strcmp(o->text, "js:aws-sdk.config") == 0 && name && strcmp(name, "region") == 0) {
            f->calls->default_region = v;
        } else if (o->kind == V_EXTERNAL && strcmp(o->text, "js:globalThis.module") == 0 && name &&
                   strcmp(name, "exports") == 0) {
            f->frame->module->exports = v;
        } else if ((o->kind == V_OBJECT || o->kind == V_INSTANCE || o->kind == V_CLASS || o->kind == V_ARRAY) &&
                   o->object) {
            if (name)
                alps_object_set(f->mem, o->object, name, v, weak || o->object->owner != f->frame);
            else
                o->object->any = alps_value_join(f->mem, o->object->any, v);
        } else if (o->kind == V_FUNCTION && name && o->node) {      /* handler.helper = …, X.prototype.y = … */
            if (!o->object)
                o->object = alps_flow_object(f);
            alps_object_set(f->mem, o->object, name, v, true);
        } else if (o->kind == V_MODULE && o->module->scope && name) {
            alps_object_set(f->mem, &o->module->scope->vars, name, v, true);
        } else if (o->kind == V_CLIENT && o->object && name) {
            alps_calls_store(f, o, name, v);
        }
    }
}

static struct alps_value *
class_member(struct alps_flow *f, struct alps_value *klass, const char *name, struct alps_value *self,
             const struct alps_node *at,
             unsigned depth)
{
    struct alps_value *v;

    if (!klass || depth > 16)
        return NULL;
    if (klass->kind == V_FUNCTION)                      /* function X() {}; X.prototype.m = … */
        return klass->object && (v = alps_object_get(klass->object, f->name.prototype)) != NULL && v->object
            ? alps_object_get(v->object, name) : NULL;
    if (klass->kind != V_CLASS)
        return NULL;
    for (unsigned i = 0; i < klass->node->n_parts; i++) {
        const struct alps_node *m = klass->node->part[i].node, *key = alps_node_part(m, ALPS_P_name);

        if (m->kind != ALPS_K_method || !key || alps_flow_name(f, key) != name)
            continue;
        v = alps_value_new(f->mem, V_FUNCTION);
        v->node = m;
        v->scope = klass->scope;
        v->self = self;
        if (alps_node_part(m, ALPS_P_getter)) {
            struct alps_args none = { 0 };

            return alps_flow_call(f, v, self, &none, at);
        }
        return v;
    }
    v = klass->scope ? alps_object_get(&klass->scope->vars, name) : NULL;
    if (v && v->kind == V_FUNCTION && (v->node->kind == ALPS_K_define || v->node->kind == ALPS_K_receiver)) {
                                                        /* Python, Go: bound when taken */
        struct alps_value *bound = alps_value_new(f->mem, V_FUNCTION);

        *bound = *v;
        bound->self = v->type && v->type[0] == 's' ? NULL : v->type && v->type[0] == 'c' ? klass : self;
        return bound;
    }
    if (!v)
        v = alps_object_get(klass->object, name);
    return v ? v : class_member(f, klass->base, name, self, at, depth + 1);
}

static struct alps_value *
member_one(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    struct alps_value *v = NULL;
    struct alps_args none = { 0 };

    switch (o->kind) {
    case V_OBJECT: case V_ARRAY:
        v = alps_object_get(o->object, name);
        if (v)
            return o->object->any ? alps_value_join(f->mem, v, o->object->any) : v;
        if (o->object->any && name != f->name.length)
            return o->object->any;
        return o->object->open ? alps_value_unknown(f->mem, o->roots, name) : alps_value_new(f->mem, V_NULL);
    case V_INSTANCE:
        if ((v = alps_object_get(o->object, name)) != NULL)
            return v;
        v = class_member(f, o->base, name, o, at, 0);
        if (v && v->kind == V_FUNCTION && v->type && v->type[0] == 'p')
            return alps_flow_call(f, v, o, &none, at);
        if (!v && o->base && o->base->kind == V_CLASS && o->base->node->source->lang->packages)
            v = alps_go_field(f, o, name, at);
        return v ? v : o->object->any ? o->object->any : alps_value_unknown(f->mem, ROOT_NONE, name);
    case V_CLASS:
        if ((v = alps_object_get(o->object, name)) != NULL || (v = class_member(f, o, name, NULL, at, 0)) != NULL)
            return v;
        return alps_value_unknown(f->mem, ROOT_NONE, name);
    case V_FUNCTION:
        if (o->object && (v = alps_object_get(o->object, name)) != NULL)
            return v;
        if (name == f->name.prototype) {
            v = alps_value_new(f->mem, V_OBJECT);
            v->object = alps_flow_object(f);
            alps_flow_store(f, o, name, v);
            return v;
        }
        return alps_value_unknown(f->mem, ROOT_NONE, name);
    case V_MODULE:
        if (o->module->source.lang->packages) {
            v = alps_go_name(f, o->module, name);
            return v ? v : alps_value_unknown(f->mem, ROOT_NONE, name);
        }
        if (o->module->source.lang->dotted_modules) {
            v = o->module->scope ? alps_object_get(&o->module->scope->vars, name) : NULL;
            return v ? v : alps_value_unknown(f->mem, ROOT_NONE, name);
        }
        return alps_flow_member(f, alps_flow_exports(f, o->module), name, at);
    case V_EXTERNAL:
        return alps_calls_external_member(f, o, name, at);
    case V_CLIENT: case V_COMMAND:
        return alps_calls_member(f, o, name, at);
    case V_METHOD:
        return o;
    case V_UNKNOWN:
        return alps_value_unknown(f->mem, o->roots, o->text &&
                                  strlen(o->text) < 80 ? alps_mem_print(f->mem, "%s.%s", o->text, name) : o->text);
    default:
        return alps_value_unknown(f->mem, o->roots ? o->roots : ROOT_NONE, o->because);
    }
}

struct alps_value *
alps_flow_member(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    struct alps_value *all = NULL;

    if (f->nest >= FLOW_NEST)
        return alps_value_unknown(f->mem, ROOT_NONE, name);
    f->nest++;
    for (unsigned i = 0; i < alps_value_count(o); i++) {
        struct alps_value *one = alps_value_at(o, i);

        if (one->kind != V_NULL || alps_value_count(o) == 1)
            all = alps_value_join(f->mem, all, member_one(f, one, name, at));
    }
    f->nest--;
    return all ? all : alps_value_new(f->mem, V_NULL);
}

struct alps_value *
alps_flow_elements(struct alps_flow *f, struct alps_value *o)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(o); i++) {
        struct alps_value *one = alps_value_at(o, i), *v = NULL;

        if (one->kind == V_ARRAY || one->kind == V_OBJECT) {
            for (unsigned j = 0; j < one->object->n; j++)
                v = alps_value_join(f->mem, v, one->object->field[j].value);
            v = alps_value_join(f->mem, v, one->object->any);
        } else if (one->kind == V_CLIENT) {
            v = alps_calls_elements(f, one);
        } else if (one->kind != V_NULL) {
            v = alps_value_unknown(f->mem, one->roots, one->kind == V_UNKNOWN && one->text && strlen(one->text) < 80
                                   ? alps_mem_print(f->mem, "%s[]", one->text) : one->because);
        }
        all = alps_value_join(f->mem, all, v);
    }
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

struct alps_value *
alps_flow_batch(struct alps_flow *f, struct alps_value *o, unsigned i)
{
    enum { BATCH = VALUE_ITEMS - 4 };
    struct alps_value *v = NULL;

    if (o->kind == V_SET) {
        for (unsigned k = 0; k < o->n_items; k++)
            v = alps_value_join(f->mem, v, alps_flow_batch(f, o->item[k], i));
        return v;
    }
    if (o->kind != V_ARRAY || o->object->n <= BATCH)
        return i ? NULL : alps_flow_elements(f, o);
    for (unsigned k = i * BATCH; k < o->object->n && k < (i + 1) * BATCH; k++)
        v = alps_value_join(f->mem, v, o->object->field[k].value);
    return v && i == 0 ? alps_value_join(f->mem, v, o->object->any) : v;
}

struct alps_value *
alps_flow_index(struct alps_flow *f, struct alps_value *o, struct alps_value *key, const struct alps_node *at)
{
    struct alps_value *all = NULL;

    for (unsigned k = 0; k < alps_value_count(key); k++) {
        struct alps_value *one = alps_value_at(key, k), *v;

        if (alps_value_is_literal(one)) {
            v = alps_flow_member(f, o, alps_mem_name(f->mem, one->text, one->n), at);
        } else if (o->kind == V_EXTERNAL || o->kind == V_CLIENT) {
            v = o->kind == V_CLIENT ? alps_calls_any_member(f, o, at)
                : alps_value_unknown(f->mem, one->roots, alps_mem_print(f->mem, "%s[…]", o->text + 3));
        } else {
            v = alps_flow_elements(f, o);
        }
        all = alps_value_join(f->mem, all, v);
    }
    return all ? all : alps_value_new(f->mem, V_NULL);
}
