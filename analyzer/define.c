/* analyzer/define.c: what source defines: functions, classes, decorated ones, enumerations. */
#include "analyzer/flow.h"

#define PARTS(n, i, role_) for (unsigned i = 0; i < (n)->n_parts; i++) if ((n)->part[i].role == (role_))

static struct alps_value *
nothing(struct alps_flow *f)
{
    return alps_value_new(f->mem, V_NULL);
}

static struct alps_value *
eval_function(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *name = alps_node_part(n, ALPS_P_name);
    struct alps_value *v = n->kind == ALPS_K_define &&
        name ? alps_object_get(&f->scope->vars, alps_flow_name(f, name)) : NULL;

    if (v && v->kind == V_FUNCTION && v->node == n && v->scope == f->scope)
        return v;                                       /* hoisted already */
    v = alps_value_new(f->mem, V_FUNCTION);
    v->node = n;
    v->scope = f->scope;
    v->self = n->kind == ALPS_K_function ? f->frame->self : NULL;                  /* an arrow keeps "this" */
    if (n->kind == ALPS_K_define && name)
        alps_scope_declare(f, f->scope, alps_flow_name(f, name), v);
    return v;
}

static struct alps_value *
eval_class(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *name = alps_node_part(n, ALPS_P_name), *base = alps_node_part(n, ALPS_P_base);
    struct alps_value *v = alps_value_new(f->mem, V_CLASS);
    struct alps_scope *outer = f->scope;

    v->node = n;
    v->base = base && base->kind != ALPS_K_pair && base->kind != ALPS_K_nothing ? alps_flow_eval(f, base) : NULL;
    if (v->base && v->base->kind == V_SET)
        v->base = v->base->item[0];
    if (name)
        alps_scope_declare(f, outer, alps_flow_name(f, name), v);
    v->scope = f->scope = alps_scope_open(f, outer, false);
    f->scope->klass = true;
    v->object = alps_flow_object(f);                    /* static members */
    PARTS(n, i, ALPS_P_member) {
        const struct alps_node *m = n->part[i].node, *key = alps_node_part(m, ALPS_P_key);

        if (m->kind == ALPS_K_method)
            continue;
        if (m->kind != ALPS_K_field) {
            alps_flow_eval(f, m);                       /* Python: statements; a static block */
            continue;
        }
        if (key && alps_node_part(m, ALPS_P_static) && alps_node_part(m, ALPS_P_value))
            alps_object_set(f->mem, v->object, alps_flow_name(f, key),
                            alps_flow_eval(f, alps_node_part(m, ALPS_P_value)), false);
    }
    f->scope = outer;
    return v;
}

static struct alps_value *
eval_decorated(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *d = alps_node_part(n, ALPS_P_value), *name = d ? alps_node_part(d, ALPS_P_name) : NULL;
    struct alps_value *v = d ? alps_flow_eval(f, d) : nothing(f);

    if (d && d->kind == ALPS_K_define && name && (v = alps_scope_get(f, f->scope, alps_flow_name(f, name))) == NULL)
        v = nothing(f);
    PARTS(n, i, ALPS_P_decorator) {
        struct alps_value *by = alps_flow_eval(f, n->part[i].node);
        struct alps_args args = { .item = &v, .n = 1 };
        alps_slice t = alps_node_text(n->part[i].node);

        if (v->kind == V_FUNCTION && (alps_slice_ends(t, ALPS_S("property")) ||
                                      alps_slice_eq(t, ALPS_S("staticmethod")) ||
                                      alps_slice_eq(t, ALPS_S("classmethod"))))
            v->type = alps_slice_ends(t, ALPS_S("property")) ? "property" : t.p[0] == 's' ? "static" : "class";

        if (by->kind == V_FUNCTION && v->kind == V_FUNCTION) {
            struct alps_value *wrapped = alps_flow_call(f, by, NULL, &args, n);

            if (wrapped->kind == V_FUNCTION && name)
                alps_scope_declare(f, f->scope, alps_flow_name(f, name), wrapped), v = wrapped;
        } else if (v->kind == V_FUNCTION && n->part[i].node->kind == ALPS_K_call) {
            struct alps_pending *p = ALPS_MEM(f->mem, struct alps_pending);     /* a route, a task: somebody calls it */

            *p = (struct alps_pending){ v, f->pending };
            f->pending = p;
        }
    }
    return v;
}

static struct alps_value *
eval_enum(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v = alps_flow_literal(f, n);
    const struct alps_node *name = alps_node_part(n, ALPS_P_name);

    if (name)
        alps_scope_declare(f, f->scope, alps_flow_name(f, name), v);
    return v;
}

struct alps_value *
alps_flow_define(struct alps_flow *f, const struct alps_node *n)
{
    switch (n->kind) {
    case ALPS_K_class:     return eval_class(f, n);
    case ALPS_K_decorated: return eval_decorated(f, n);
    case ALPS_K_enum:      return eval_enum(f, n);
    default:               return eval_function(f, n);
    }
}
