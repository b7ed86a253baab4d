/* analyzer/invoke.c: calls: into the function's own code with its arguments, into a class, or out to code that is
 * not read. */
#include "analyzer/calls.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

struct alps_value *
alps_args_at(const struct alps_args *a, unsigned i)
{
    if (i < a->n)
        return a->item[i];
    return a->open && a->n ? a->item[a->n - 1] : NULL;
}

struct alps_value *
alps_args_named(struct alps_flow *f, const struct alps_args *a, const char *name, int at)
{
    struct alps_value *v = a->named ? alps_object_get(a->named, alps_flow_intern(f, name)) : NULL;

    if (v)
        return v;
    if (at >= 0 && (unsigned)at < a->n)
        return a->item[at];
    return a->named && a->named->any ? a->named->any : NULL;
}

unsigned
alps_args_roots(const struct alps_args *a)
{
    unsigned roots = 0;

    for (unsigned i = 0; i < a->n; i++)
        roots |= a->item[i]->roots;
    for (unsigned i = 0; a->named && i < a->named->n; i++)
        roots |= a->named->field[i].value->roots;
    return roots;
}

/* What a parameter is called: Python binds by name. */
static const char *
parameter_name(struct alps_flow *f, const struct alps_node *p)
{
    const struct alps_node *t = alps_node_part(p, ALPS_P_target);

    if (t && (p->kind == ALPS_K_default || p->kind == ALPS_K_typed))
        p = t;
    return p->kind == ALPS_K_name ? alps_flow_name(f, p) : NULL;
}

static struct alps_value *
rest_array(struct alps_flow *f, const struct alps_args *a, unsigned from)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY);

    v->object = alps_flow_object(f);
    for (unsigned i = from, k = 0; i < a->n; i++)
        alps_object_set(f->mem, v->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", k++)), a->item[i], false);
    if (a->open && a->n)
        v->object->any = a->item[a->n - 1];
    return v;
}

/* What nobody passed, but the annotation tells: an SDK's client, an object of a class of the function's own. */
static struct alps_value *
as_annotated(struct alps_flow *f, const struct alps_node *type, struct alps_value *v)
{
    struct alps_value *known = alps_calls_annotated(f, type), *klass;
    struct alps_args open = { .named = ALPS_MEM(f->mem, struct alps_object) };
    enum { DEPTH = 8 };

    if (known)
        return known;
    if (type->kind != ALPS_K_name || f->depth > DEPTH)
        return v;
    klass = alps_scope_get(f, f->scope, alps_flow_name(f, type));
    if (!klass || klass->kind != V_CLASS)
        return v;
    open.named->open = true;
    return klass->self ? klass->self : alps_flow_new(f, klass, &open, type);
}

static void
bind_parameters(struct alps_flow *f, const struct alps_value *fn, struct alps_args *a, bool entry)
{
    unsigned at = 0;
    bool python = fn->node->source->lang->dotted_modules, skip = python && fn->self && fn->node->kind == ALPS_K_define;

    for (unsigned i = 0; i < fn->node->n_parts; i++) {
        const struct alps_node *p = fn->node->part[i].node, *t;
        const char *name;
        struct alps_value *v = NULL;

        if (fn->node->part[i].role != ALPS_P_parameter || p->kind == ALPS_K_nothing)
            continue;
        t = p->kind == ALPS_K_typed ? alps_node_part(p, ALPS_P_target) : p;
        if (t && (t->kind == ALPS_K_rest || t->kind == ALPS_K_spread)) {
            alps_flow_bind(f, t, rest_array(f, a, at), true);
            at = a->n;
            continue;
        }
        if (t && t->kind == ALPS_K_rest_pairs) {
            v = alps_value_object(f->mem);
            v->object->open = entry || (a->named && a->named->open);
            alps_object_copy(f->mem, v->object, a->named, false);
            alps_flow_bind(f, t, v, true);
            continue;
        }
        name = parameter_name(f, p);
        if (skip) {
            skip = false;
            v = fn->self;
        } else if (at < a->n || (a->open && a->n)) {
            v = alps_args_at(a, at++);
        } else if (name && a->named) {
            v = alps_object_get(a->named, name);
            if (!v && a->named->open)
                v = alps_value_unknown(f->mem, ROOT_PARAMETER, name);
        }
        if (!v)
            v = entry ? alps_value_unknown(f->mem, ROOT_PARAMETER, name) : alps_value_new(f->mem, V_NULL);
        if (v->kind == V_UNKNOWN && alps_node_part(p, ALPS_P_type))
            v = as_annotated(f, alps_node_part(p, ALPS_P_type), v);
        alps_flow_bind(f, p, v, true);
        if (p->kind == ALPS_K_typed && alps_node_part(p, ALPS_P_static) && name && f->frame->self)
            alps_flow_store(f, f->frame->self, name, alps_object_get(&f->scope->vars, name));
    }
}

static struct alps_value *
call_function(struct alps_flow *f, struct alps_value *fn, struct alps_value *self, struct alps_args *a,
              const struct alps_node *site,
              bool entry)
{
    struct alps_node *node = (struct alps_node *)(uintptr_t)fn->node;       /* its visits are counted */
    struct alps_frame *frame, *caller = f->frame;
    struct alps_scope *outer = f->scope;
    const struct alps_node *body = alps_node_part(node, ALPS_P_body);
    struct alps_value *v = NULL;
    unsigned again = 0;

    for (struct alps_frame *up = caller; up; up = up->caller)
        again += up->function == node;
    if (f->depth >= FLOW_CALLS || again >= FLOW_REENTRY || node->visits >= FLOW_CONTEXTS) {
        f->tired |= f->depth >= FLOW_CALLS || node->visits >= FLOW_CONTEXTS;
        return alps_value_unknown(f->mem, alps_args_roots(a), NULL);
    }
    node->visits++;
    frame = ALPS_MEM(f->mem, struct alps_frame);
    *frame = (struct alps_frame){ .caller = caller, .function = node, .site = site, .module = fn->scope->module,
                                  .self = fn->self ? fn->self : self };
    f->frame = frame;
    f->depth++;
    f->scope = alps_scope_open(f, fn->scope, true);
    if (node->source->lang->packages)
        alps_go_parameters(f, fn, a, entry);
    else
        bind_parameters(f, fn, a, entry);
    if (body)
        v = alps_flow_eval(f, body);
    if (!body || body->kind == ALPS_K_block || body->kind == ALPS_K_block_open || node->source->lang->packages)
        v = NULL;
    v = alps_value_join(f->mem, v, frame->returns);
    if (frame->yields) {
        v = alps_value_new(f->mem, V_ARRAY);
        v->object = alps_flow_object(f);
        v->object->any = frame->yields;
    }
    f->scope = outer;
    f->frame = caller;
    f->depth--;
    return v ? v : alps_value_new(f->mem, V_NULL);
}

static struct alps_value *
construct(struct alps_flow *f, struct alps_value *klass, struct alps_value *self, struct alps_args *a,
          const struct alps_node *site,
          unsigned depth)
{
    struct alps_value *init, *base = klass->base;
    const struct alps_scope *s = klass->scope;
    bool python = klass->node->source->lang->dotted_modules;

    for (unsigned i = 0; i < klass->node->n_parts; i++) {       /* field initialisers, the base's first */
        const struct alps_node *m = klass->node->part[i].node, *key = alps_node_part(m, ALPS_P_key);

        if (m->kind == ALPS_K_field && key && !alps_node_part(m, ALPS_P_static) && alps_node_part(m, ALPS_P_value)) {
            struct alps_frame frame = { .caller = f->frame, .site = site, .module = s->module, .self = self }, *kept;
            struct alps_frame *caller = f->frame;
            struct alps_scope *outer = f->scope;

            kept = ALPS_MEM(f->mem, struct alps_frame);
            *kept = frame;
            f->frame = kept;
            f->scope = klass->scope;
            alps_object_set(f->mem, self->object, alps_flow_name(f, key),
                            alps_flow_eval(f, alps_node_part(m, ALPS_P_value)), false);
            f->frame = caller;
            f->scope = outer;
        }
    }
    init = NULL;
    if (python) {
        init = alps_object_get(&klass->scope->vars, f->name.init);
    } else {
        for (unsigned i = 0; i < klass->node->n_parts && !init; i++) {
            const struct alps_node *m = klass->node->part[i].node, *key = alps_node_part(m, ALPS_P_name);

            if (m->kind == ALPS_K_method && key && alps_flow_name(f, key) == f->name.constructor) {
                init = alps_value_new(f->mem, V_FUNCTION);
                init->node = m;
                init->scope = klass->scope;
            }
        }
    }
    if (init && init->kind == V_FUNCTION) {
        struct alps_value *bound = alps_value_new(f->mem, V_FUNCTION);

        *bound = *init;
        bound->self = self;
        call_function(f, bound, self, a, site, false);
    } else if (base && base->kind == V_CLASS && depth < 16) {
        construct(f, base, self, a, site, depth + 1);
    } else if (python && !base) {                               /* a dataclass: fields by name or place */
        unsigned at = 0;

        for (unsigned i = 0; i < klass->scope->vars.n; i++)
            if (at < a->n && klass->scope->vars.field[i].value->kind != V_FUNCTION)
                alps_object_set(f->mem, self->object, klass->scope->vars.field[i].name, a->item[at++], false);
        alps_object_copy(f->mem, self->object, a->named, false);
    }
    return self;
}

struct alps_value *
alps_flow_new(struct alps_flow *f, struct alps_value *klass, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *all = NULL, *v;

    for (unsigned i = 0; i < alps_value_count(klass); i++) {
        struct alps_value *k = alps_value_at(klass, i);

        if (k->kind == V_CLASS) {
            v = alps_value_new(f->mem, V_INSTANCE);
            v->object = alps_flow_object(f);
            v->base = k;
            v = construct(f, k, v, a, site, 0);
            if (!k->self && site != k->node)                    /* one that the code itself made */
                k->self = v;
            if (k->base && k->base->kind == V_EXTERNAL) {       /* a subclass of an SDK's client is one */
                struct alps_value *c = alps_calls_external(f, k->base->text, a, site, true);

                if (c && c->kind == V_CLIENT)
                    v = alps_value_join(f->mem, v, c);
            }
        } else if (k->kind == V_FUNCTION) {                     /* function X() { this.y = …; } */
            v = alps_value_new(f->mem, V_INSTANCE);
            v->object = alps_flow_object(f);
            v->base = k;
            call_function(f, k, v, a, site, false);
        } else if (k->kind == V_EXTERNAL) {
            v = alps_calls_external(f, k->text, a, site, true);
            if (!v)
                v = alps_builtin_external(f, k->text, a, site);
            if (!v) {
                alps_flow_escape(f, a, alps_args_roots(a), site);
                v = alps_value_unknown(f->mem, alps_args_roots(a) & (ROOT_EVENT | ROOT_PARAMETER), NULL);
            }
        } else {
            alps_flow_escape(f, a, alps_args_roots(a), site);
            v = alps_value_unknown(f->mem, ROOT_NONE, NULL);
        }
        all = alps_value_join(f->mem, all, v);
    }
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

struct alps_value *
alps_flow_superclass(struct alps_flow *f, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *self = f->frame->self, *klass = NULL;

    for (struct alps_scope *s = f->scope; s && !klass; s = s->parent)       /* the class whose body we stand in */
        if (s->klass)
            for (unsigned i = 0; self && self->base && i < 1; i++)
                for (struct alps_value *k = self->base; k && k->kind == V_CLASS; k = k->base)
                    if (k->scope == s)
                        klass = k;
    if (klass && klass->base && klass->base->kind == V_CLASS)
        construct(f, klass->base, self, a, site, 0);
    return klass && klass->base ? klass->base : alps_value_unknown(f->mem, ROOT_NONE, "super");
}

static struct alps_value *
call_one(struct alps_flow *f, struct alps_value *c, struct alps_value *self, struct alps_args *a,
         const struct alps_node *site)
{
    struct alps_value *v;
    unsigned roots = alps_args_roots(a);

    switch (c->kind) {
    case V_FUNCTION:
        return call_function(f, c, self, a, site, false);
    case V_CLASS:
        if (c->node->source->lang->packages)            /* Go: a conversion */
            return a->n ? a->item[0] : alps_value_new(f->mem, V_NULL);
        return alps_flow_new(f, c, a, site);
    case V_INSTANCE:                                            /* Python: __call__ */
        v = alps_flow_member(f, c, alps_flow_intern(f, "__call__"), site);
        return v->kind == V_FUNCTION ? call_function(f, v, c, a, site, false) : alps_value_unknown(f->mem, roots, NULL);
    case V_METHOD: {
        struct alps_args with = *a;

        if (c->object) {                                /* arguments that functools.partial or bind() put first */
            with.item = NULL;
            with.n = 0;
            for (unsigned i = 0; i < c->object->n; i++) {
                with.item = alps_mem_grow(f->mem, with.item, with.n, sizeof *with.item);
                with.item[with.n++] = c->object->field[i].value;
            }
            for (unsigned i = 0; i < a->n; i++) {
                with.item = alps_mem_grow(f->mem, with.item, with.n, sizeof *with.item);
                with.item[with.n++] = a->item[i];
            }
        }
        if (c->self && c->self->object) {
            with.named = alps_flow_object(f);
            alps_object_copy(f->mem, with.named, c->self->object, false);
            alps_object_copy(f->mem, with.named, a->named, false);
        }
        return c->text ? alps_flow_method(f, c->base, c->text, &with, site)
            : alps_flow_call(f, c->base, self, &with, site);
    }
    case V_EXTERNAL:
        if ((v = alps_calls_external(f, c->text, a, site, false)) != NULL ||
            (v = alps_builtin_external(f, c->text, a, site)) != NULL)
            return v;
        alps_flow_escape(f, a, roots, site);
        return alps_value_unknown(f->mem, roots & (ROOT_EVENT | ROOT_PARAMETER), strchr(c->text, ':') + 1);
    default:
        roots |= c->roots;
        alps_flow_escape(f, a, roots, site);
        return alps_value_unknown(f->mem, roots & (ROOT_EVENT | ROOT_PARAMETER), c->kind == V_UNKNOWN ? c->text : NULL);
    }
}

struct alps_value *
alps_flow_call(struct alps_flow *f, struct alps_value *callee, struct alps_value *self, struct alps_args *a,
               const struct alps_node *site)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(callee); i++)
        if (alps_value_at(callee, i)->kind != V_NULL || alps_value_count(callee) == 1)
            all = alps_value_join(f->mem, all, call_one(f, alps_value_at(callee, i), self, a, site));
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

static struct alps_value *
method_one(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
           const struct alps_node *site)
{
    struct alps_value *v = NULL;

    switch (o->kind) {
    case V_CLIENT: case V_COMMAND:
        v = alps_calls_method(f, o, name, a, site);
        return v ? v : alps_value_unknown(f->mem, ROOT_NONE, "a response");
    case V_EXTERNAL:
        return call_one(f, alps_calls_external_member(f, o, name, site), o, a, site);
    case V_OBJECT: case V_INSTANCE: case V_CLASS: case V_MODULE:
        if (o->kind != V_OBJECT || alps_object_get(o->object, name) || o->object->any) {
            v = alps_flow_member(f, o, name, site);
            if (v->kind != V_UNKNOWN && v->kind != V_NULL)
                return alps_flow_call(f, v, o, a, site);
        }
        v = alps_builtin_method(f, o, name, a, site);
        break;
    case V_METHOD: case V_FUNCTION:
        if (o->object && o->kind == V_FUNCTION && (v = alps_object_get(o->object, name)) != NULL)
            return alps_flow_call(f, v, o, a, site);
        v = alps_builtin_method(f, o, name, a, site);
        break;
    default:
        v = alps_builtin_method(f, o, name, a, site);
        break;
    }
    if (!v && site)
        v = site->source->lang->packages ? alps_go_interface(f, o, name, a, site) : site->source->lang->dotted_modules
            ? alps_calls_py_by_name(f, o, name, a, site) : alps_calls_js_by_command(f, name, a, site);
    if (v)
        return v;
    alps_flow_escape(f, a, o->roots | alps_args_roots(a), site);
    return alps_value_unknown(f->mem, (o->roots | alps_args_roots(a)) & (ROOT_EVENT | ROOT_PARAMETER),
                              o->kind == V_UNKNOWN && o->text &&
                                  strlen(o->text) < 80 ? alps_mem_print(f->mem, "%s.%s()", o->text, name) : name);
}

struct alps_value *
alps_flow_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                 const struct alps_node *site)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(o); i++)
        if (alps_value_at(o, i)->kind != V_NULL || alps_value_count(o) == 1)
            all = alps_value_join(f->mem, all, method_one(f, alps_value_at(o, i), name, a, site));
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

static void
escape_value(struct alps_flow *f, struct alps_value *v, struct alps_args *rest, unsigned roots,
             const struct alps_node *site,
             unsigned depth)
{
    enum { CALLED = 4 };

    for (unsigned i = 0; i < alps_value_count(v); i++) {
        struct alps_value *one = alps_value_at(v, i);

        if (one->kind == V_FUNCTION && one->node->visits < CALLED + 60) {
            struct alps_args unknown = { 0 };
            struct alps_value *u = alps_value_unknown(f->mem, roots & ROOT_EVENT ? ROOT_EVENT : roots & ROOT_PARAMETER
                                                      ? ROOT_PARAMETER : ROOT_NONE, "a callback's argument");

            unknown.item = &u;
            unknown.n = 1;
            unknown.open = true;
            f->frame->branch++;
            call_function(f, one, NULL, rest ? rest : &unknown, site, true);
            f->frame->branch--;
        } else if (one->kind == V_METHOD && rest) {
            alps_flow_call(f, one, NULL, rest, site);
        } else if ((one->kind == V_OBJECT || one->kind == V_ARRAY) && depth < 2) {
            for (unsigned j = 0; j < one->object->n && j < 64; j++)
                escape_value(f, one->object->field[j].value, NULL, roots, site, depth + 1);
        } else if (one->kind == V_CLIENT && depth == 0) {
            alps_calls_escape(f, one, site);
        }
    }
}

void
alps_flow_escape(struct alps_flow *f, struct alps_args *a, unsigned roots, const struct alps_node *site)
{
    bool python = site && site->source->lang->dotted_modules;

    for (unsigned i = 0; i < a->n; i++) {
        struct alps_args rest = { .item = a->item + i + 1, .n = a->n - i - 1, .named = a->named, .open = a->open };
        bool worker = a->item[i]->kind == V_METHOD || (python && a->item[i]->kind == V_FUNCTION && rest.n > 0);

        escape_value(f, a->item[i], worker ? &rest : NULL, roots, site, 0);
    }
    for (unsigned i = 0; a->named && i < a->named->n; i++) {
        struct alps_value *v = a->named->field[i].value;
        struct alps_value *given = alps_object_get(a->named, alps_flow_intern(f, "args"));
        struct alps_args rest = { 0 };

        if (given && given->kind == V_ARRAY)                    /* Thread(target=work, args=(…)) */
            for (unsigned j = 0; j < given->object->n; j++) {
                rest.item = alps_mem_grow(f->mem, rest.item, rest.n, sizeof *rest.item);
                rest.item[rest.n++] = given->object->field[j].value;
            }
        escape_value(f, v, given ? &rest : NULL, roots, site, 0);
    }
}

struct alps_value *
alps_flow_enter(struct alps_flow *f, struct alps_value *function, struct alps_args *a)
{
    struct alps_value *all = NULL;

    for (unsigned i = 0; i < alps_value_count(function); i++)
        if (alps_value_at(function, i)->kind == V_FUNCTION)
            all = alps_value_join(f->mem, all, call_function(f, alps_value_at(function, i), NULL, a, NULL, true));
    return all;
}
