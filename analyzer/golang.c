/* analyzer/golang.c: Go's packages, and the nodes that other languages do not have. */
#include "analyzer/golang.h"

#include "analyzer/calls.h"
#include "analyzer/project.h"

#define PARTS(n, i, role_) for (unsigned i = 0; i < (n)->n_parts; i++) if ((n)->part[i].role == (role_))

static const char TUPLE[] = "tuple";

static struct alps_value *
nothing(struct alps_flow *f)
{
    return alps_value_new(f->mem, V_NULL);
}

bool
alps_go_is_tuple(const struct alps_value *v)
{
    return v->kind == V_ARRAY && v->type == TUPLE;
}

static const char *
number_name(struct alps_flow *f, unsigned i)
{
    return alps_flow_intern(f, alps_mem_print(f->mem, "%u", i));
}

struct alps_value *
alps_go_tuple_at(struct alps_flow *f, struct alps_value *v, unsigned i)
{
    struct alps_value *all = NULL, *x;

    for (unsigned k = 0; k < alps_value_count(v); k++) {
        struct alps_value *one = alps_value_at(v, k);

        if (alps_go_is_tuple(one))
            x = alps_object_get(one->object, number_name(f, i));
        else
            x = i == 0 || one->kind == V_UNKNOWN ? one : alps_value_unknown(f->mem, ROOT_NONE, "an error");
        all = alps_value_join(f->mem, all, x);
    }
    return all ? all : nothing(f);
}

static struct alps_value *
tuple_new(struct alps_flow *f)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY);

    v->object = alps_flow_object(f);
    v->type = TUPLE;
    return v;
}

struct alps_value *
alps_go_results(struct alps_flow *f)
{
    const struct alps_node *results = f->frame->function ? alps_node_part(f->frame->function, ALPS_P_result) : NULL;
    struct alps_value *all = tuple_new(f), *v;
    unsigned at = 0;

    for (unsigned i = 0; results && results->kind == ALPS_K_results && i < results->n_parts; i++) {
        const struct alps_node *p = results->part[i].node;

        PARTS(p, k, ALPS_P_target) {
            v = alps_scope_get(f, f->scope, alps_flow_name(f, p->part[k].node));
            alps_object_set(f->mem, all->object, number_name(f, at++), v ? v : nothing(f), false);
        }
    }
    return at > 1 ? all : at ? all->object->field[0].value : NULL;
}

/* --- packages --- */

static bool
has_main(const struct alps_module *m)
{
    for (unsigned i = 0; m->source.root && i < m->source.root->n_parts; i++) {
        const struct alps_node *n = m->source.root->part[i].node;
        const struct alps_node *name = n->kind == ALPS_K_define ? alps_node_part(n, ALPS_P_name) : NULL;

        if (name && alps_slice_eq(alps_node_text(name), ALPS_S("main")))
            return true;
    }
    return false;
}

/* The files of the folder that make one program with ${m}: of several main()s, only its own. */
static void
package_files(struct alps_flow *f, struct alps_package *p, struct alps_module *m, const char *folder)
{
    unsigned n, mains = 0;
    const char **file = alps_project_package(f->project, folder, &n);
    struct alps_module **all = alps_mem_take(f->mem, (n + 1) * sizeof *all);

    for (unsigned i = 0; i < n; i++) {
        all[i] = alps_project_module(f->project, file[i]);
        mains += all[i] && has_main(all[i]);
    }
    p->file = alps_mem_take(f->mem, (n + 1) * sizeof *p->file);
    for (unsigned i = 0; i < n; i++)
        if (all[i] && all[i]->source.root && (all[i] == m || mains < 2 || !has_main(all[i])) &&
            (!all[i]->package || all[i] == m))
            p->file[p->n_files++] = all[i];
}

static void
import_one(struct alps_flow *f, struct alps_module *m, const struct alps_node *spec)
{
    const struct alps_node *as = alps_node_part(spec, ALPS_P_name), *source = alps_node_part(spec, ALPS_P_source);
    struct alps_value *path = source ? alps_flow_string(f, source) : NULL, *v;
    const char *folder, *name, *last, *end;
    unsigned n;

    if (!path || !alps_value_is_literal(path))
        return;
    last = strrchr(path->text, '/');
    last = last ? last + 1 : path->text;
    if (last[0] == 'v' && last[1] >= '0' && last[1] <= '9' && last > path->text + 1 && strspn(last + 1, "0123456789") ==
        strlen(last + 1)) {                                 /* "…/redis/v8" is package redis */
        end = last - 1;
        for (last = end; last > path->text && last[-1] != '/'; last--)
            ;
    } else {
        end = last + strcspn(last, ".");                    /* "yaml.v3" is package yaml */
    }
    for (const char *dash = memchr(last, '-', (size_t)(end - last)); dash; dash = memchr(last, '-', (size_t)(end - last)))
        last = dash + 1;
    name = as ? alps_flow_name(f, as) : alps_mem_name(f->mem, last, (size_t)(end - last));
    folder = alps_project_package_folder(f->project, m, path->text);
    if (folder) {
        const char **file = alps_project_package(f->project, folder, &n);

        v = alps_value_new(f->mem, V_MODULE);
        v->module = alps_project_module(f->project, file[0]);
        if (v->module)
            alps_go_package(f, v->module);
    } else {
        v = alps_value_external(f->mem, alps_mem_print(f->mem, "go:%s", path->text), NULL);
    }
    if (v->kind != V_MODULE || v->module)
        alps_object_set(f->mem, &m->scope->vars, name, v, false);
}

static void
late_add(struct alps_flow *f, struct alps_package *p, struct alps_module *m, const struct alps_node *name,
         const struct alps_node *node)
{
    p->late = alps_mem_grow(f->mem, p->late, p->n_late, sizeof *p->late);
    p->late[p->n_late++] = (struct alps_late){ alps_flow_name(f, name), node, m, false };
}

static struct alps_value *
class_new(struct alps_flow *f, const struct alps_node *n, struct alps_scope *outer)
{
    struct alps_value *v = alps_value_new(f->mem, V_CLASS);

    v->node = n;
    v->scope = alps_scope_open(f, outer, false);
    v->scope->klass = true;
    v->scope->module = outer->module;
    v->object = ALPS_MEM(f->mem, struct alps_object);
    return v;
}

static void
declare(struct alps_flow *f, struct alps_package *p, struct alps_module *m, const struct alps_node *n)
{
    const struct alps_node *name = alps_node_part(n, ALPS_P_name);
    struct alps_value *v;

    switch (n->kind) {
    case ALPS_K_same:                                   /* const, var, type, and what they hold in parentheses */
        for (unsigned i = 0; i < n->n_parts; i++)
            declare(f, p, m, n->part[i].node);
        break;
    case ALPS_K_variable:
        PARTS(n, i, ALPS_P_target)
            late_add(f, p, m, n->part[i].node, n);
        break;
    case ALPS_K_typedef:
        if (name)
            alps_object_set(f->mem, &p->scope->vars, alps_flow_name(f, name), class_new(f, n, m->scope), false);
        break;
    case ALPS_K_define:
        if (!name)
            break;
        v = alps_value_new(f->mem, V_FUNCTION);
        v->node = n;
        v->scope = m->scope;
        if (alps_slice_eq(alps_node_text(name), ALPS_S("init"))) {
            p->init = alps_mem_grow(f->mem, p->init, p->n_inits, sizeof *p->init);
            p->init[p->n_inits++] = v;
        } else {
            alps_object_set(f->mem, &p->scope->vars, alps_flow_name(f, name), v, false);
        }
        break;
    default:
        break;
    }
}

/* func (r *T) name(…): a member of T. */
static void
declare_method(struct alps_flow *f, struct alps_package *p, struct alps_module *m, const struct alps_node *n)
{
    const struct alps_node *receiver = alps_node_part(n, ALPS_P_parameter), *name = alps_node_part(n, ALPS_P_name);
    const struct alps_node *type = receiver ? alps_node_part(receiver, ALPS_P_type) : NULL;
    struct alps_value *klass, *v;

    while (type && (type->kind == ALPS_K_pointer || type->kind == ALPS_K_same) && type->n_parts)
        type = type->part[0].node;
    klass = type ? alps_object_get(&p->scope->vars, alps_flow_name(f, type)) : NULL;
    if (!klass || klass->kind != V_CLASS || !name)
        return;
    v = alps_value_new(f->mem, V_FUNCTION);
    v->node = n;
    v->scope = m->scope;
    alps_object_set(f->mem, &klass->scope->vars, alps_flow_name(f, name), v, false);
}

static struct alps_frame *
frame_of(struct alps_flow *f, struct alps_module *m)
{
    struct alps_frame *frame = ALPS_MEM(f->mem, struct alps_frame);

    frame->module = m;
    frame->caller = f->frame;
    return frame;
}

static void
late_run(struct alps_flow *f, struct alps_package *p, struct alps_late *late)
{
    struct alps_frame *caller = f->frame;
    struct alps_scope *outer = f->scope;
    const struct alps_node *n = late->node, *value = alps_node_part(n, ALPS_P_value),
        *type = alps_node_part(n, ALPS_P_type);
    struct alps_module *m = late->module;
    struct alps_value *v, *one;
    unsigned at = 0, targets = 0;

    for (unsigned i = 0; i < p->n_late; i++)            /* all names of the declaration at once */
        p->late[i].started |= p->late[i].node == n;
    f->frame = frame_of(f, m);
    f->scope = m->scope;
    v = value ? alps_flow_eval(f, value) : NULL;
    PARTS(n, i, ALPS_P_target)
        targets++;
    PARTS(n, i, ALPS_P_target) {
        one = !v ? type ? alps_go_typed(f, type, ROOT_NONE, NULL, false) : nothing(f)
            : alps_go_tuple_at(f, v, targets == 1 ? 0 : at++);
        if (one->kind == V_UNKNOWN && type)
            one = alps_go_typed(f, type, one->roots, one->text, true);
        alps_object_set(f->mem, &p->scope->vars, alps_flow_name(f, n->part[i].node), one, true);
    }
    f->frame = caller;
    f->scope = outer;
}

static void
package_run(struct alps_flow *f, struct alps_package *p)
{
    struct alps_args none = { 0 };

    for (unsigned i = 0; i < p->n_files; i++) {
        struct alps_module *m = p->file[i];

        f->frame->module = m;
        m->package = p;
        m->entered = m->done = true;
        m->scope = alps_scope_open(f, p->scope, true);
        for (unsigned k = 0; k < m->source.root->n_parts; k++)
            declare(f, p, m, m->source.root->part[k].node);
    }
    for (unsigned i = 0; i < p->n_files; i++)
        for (unsigned k = 0; k < p->file[i]->source.root->n_parts; k++)
            if (p->file[i]->source.root->part[k].node->kind == ALPS_K_receiver)
                declare_method(f, p, p->file[i], p->file[i]->source.root->part[k].node);
    for (unsigned i = 0; i < p->n_files; i++)
        for (unsigned k = 0; k < p->file[i]->source.root->n_parts; k++) {
            const struct alps_node *n = p->file[i]->source.root->part[k].node;

            f->frame->module = p->file[i];
            f->scope = p->file[i]->scope;
            if (n->kind == ALPS_K_import)
                PARTS(n, j, ALPS_P_one)
                    import_one(f, p->file[i], n->part[j].node);
        }
    for (unsigned i = 0; i < p->n_late; i++)
        if (!p->late[i].started)
            late_run(f, p, &p->late[i]);
    for (unsigned i = 0; i < p->n_inits; i++) {
        f->scope = p->init[i]->scope;
        f->frame->module = f->scope->module;
        alps_flow_call(f, p->init[i], NULL, &none, p->init[i]->node);
    }
}

struct alps_package *
alps_go_package(struct alps_flow *f, struct alps_module *m)
{
    struct alps_package *p;
    struct alps_frame *caller = f->frame;
    struct alps_scope *outer = f->scope;
    const char *slash = strrchr(m->file, '/');

    if (m->package)
        return m->package;
    p = ALPS_MEM(f->mem, struct alps_package);
    p->next = f->packages;
    f->packages = p;
    m->package = p;
    p->key = alps_mem_name(f->mem, m->file, slash ? (size_t)(slash - m->file) : 0);
    package_files(f, p, m, *p->key ? p->key : "/");
    f->frame = frame_of(f, m);
    f->scope = NULL;
    p->scope = alps_scope_open(f, NULL, true);
    package_run(f, p);
    f->frame = caller;
    f->scope = outer;
    return p;
}

struct alps_value *
alps_go_name(struct alps_flow *f, const struct alps_module *m, const char *name)
{
    struct alps_package *p = m->package;
    struct alps_value *v = p && p->scope ? alps_object_get(&p->scope->vars, name) : NULL;

    for (unsigned i = 0; p && !v && i < p->n_late; i++)
        if (p->late[i].name == name && !p->late[i].started) {
            late_run(f, p, &p->late[i]);
            v = alps_object_get(&p->scope->vars, name);
        }
    return v;
}

/* --- nodes --- */

void
alps_go_bind(struct alps_flow *f, const struct alps_node *list, struct alps_value *v, bool declares)
{
    unsigned n = 0;

    PARTS(list, i, ALPS_P_element)
        alps_flow_bind(f, list->part[i].node, alps_go_tuple_at(f, v, list->n_parts == 1 ? 0 : n++), declares);
}

void
alps_go_parameters(struct alps_flow *f, const struct alps_value *fn, struct alps_args *a, bool entry)
{
    const struct alps_node *results = alps_node_part(fn->node, ALPS_P_result);
    unsigned at = 0;
    bool receiver = fn->node->kind == ALPS_K_receiver;

    PARTS(fn->node, i, ALPS_P_parameter) {
        const struct alps_node *p = fn->node->part[i].node, *type = alps_node_part(p, ALPS_P_type);
        unsigned targets = 0;

        PARTS(p, k, ALPS_P_target)
            targets++;
        if (p->kind == ALPS_K_rest) {
            struct alps_value *rest = alps_value_new(f->mem, V_ARRAY);

            rest->object = alps_flow_object(f);
            for (; at < a->n; at++)
                rest->object->any = alps_value_join(f->mem, rest->object->any, a->item[at]);
            if (targets)
                alps_scope_declare(f, f->scope, alps_flow_name(f, alps_node_part(p, ALPS_P_target)), rest);
            continue;
        }
        for (unsigned k = 0; k < (targets ? p->n_parts : 1u); k++) {
            const struct alps_node *target = targets ? p->part[k].node : NULL;
            const char *name;
            struct alps_value *v;

            if (targets && p->part[k].role != ALPS_P_target)
                continue;
            name = target ? alps_flow_name(f, target) : NULL;
            v = receiver ? fn->self : alps_args_at(a, at);
            at += !receiver;
            receiver = false;
            if (!v)
                v = entry ? alps_value_unknown(f->mem, ROOT_PARAMETER, name) : nothing(f);
            if (v->kind == V_UNKNOWN && type)
                v = alps_go_typed(f, type, v->roots, v->text ? v->text : name, true);
            if (name)
                alps_scope_declare(f, f->scope, name, v);
        }
    }
    for (unsigned i = 0; results && results->kind == ALPS_K_results && i < results->n_parts; i++) {
        const struct alps_node *p = results->part[i].node, *type = alps_node_part(p, ALPS_P_type);

        PARTS(p, k, ALPS_P_target)
            alps_scope_declare(f, f->scope, alps_flow_name(f, p->part[k].node),
                               type ? alps_go_typed(f, type, ROOT_NONE, NULL, false) : nothing(f));
    }
}

static struct alps_value *
eval_list(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;

    if (n->n_parts == 1)
        return alps_flow_eval(f, n->part[0].node);
    v = tuple_new(f);
    for (unsigned i = 0; i < n->n_parts; i++)
        alps_object_set(f->mem, v->object, number_name(f, i),
                        alps_go_tuple_at(f, alps_flow_eval(f, n->part[i].node), 0), false);
    return v;
}

static struct alps_value *
eval_variable(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value), *type = alps_node_part(n, ALPS_P_type);
    struct alps_value *v = value ? alps_flow_eval(f, value) : NULL, *one;
    unsigned at = 0, targets = 0;

    PARTS(n, i, ALPS_P_target)
        targets++;
    PARTS(n, i, ALPS_P_target) {
        one = !v ? type ? alps_go_typed(f, type, ROOT_NONE, NULL, false) : nothing(f)
            : alps_go_tuple_at(f, v, targets == 1 ? 0 : at++);
        if (one->kind == V_UNKNOWN && type)
            one = alps_go_typed(f, type, one->roots, one->text, true);
        alps_flow_bind(f, n->part[i].node, one, true);
    }
    return nothing(f);
}

static struct alps_value *
eval_typedef(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *name = alps_node_part(n, ALPS_P_name);

    if (name)
        alps_scope_declare(f, f->scope, alps_flow_name(f, name), class_new(f, n, f->scope));
    return nothing(f);
}

static struct alps_value *
eval_range(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *target = alps_node_part(n, ALPS_P_target), *value = alps_node_part(n, ALPS_P_value);
    struct alps_value *v = value ? alps_go_tuple_at(f, alps_flow_eval(f, value), 0) : nothing(f), *keys = NULL, *pair;

    for (unsigned i = 0; i < alps_value_count(v); i++) {
        struct alps_value *one = alps_value_at(v, i);
        struct alps_args args = { .item = &one, .n = 1 };

        keys = alps_value_join(f->mem, keys, one->kind == V_OBJECT
            ? alps_flow_elements(f, alps_builtin_external(f, "js:globalThis.Object.keys", &args, n))
            : alps_value_unknown(f->mem, one->roots, "an index"));
    }
    if (!target)
        return nothing(f);
    pair = tuple_new(f);
    alps_object_set(f->mem, pair->object, number_name(f, 0), keys ? keys : nothing(f), false);
    alps_object_set(f->mem, pair->object, number_name(f, 1), alps_flow_elements(f, v), false);
    alps_flow_bind(f, target, pair, true);
    return nothing(f);
}

/* for and switch: a scope of their own, and code that may not run, or run again. */
static struct alps_value *
eval_scoped(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_scope *outer = f->scope;
    const struct alps_node *target = alps_node_part(n, ALPS_P_target), *value = alps_node_part(n, ALPS_P_value);
    bool again = n->kind == ALPS_K_repeat;

    f->scope = alps_scope_open(f, outer, false);
    if (value) {
        struct alps_value *v = alps_flow_eval(f, value);

        if (target)                                     /* switch x := y.(type) */
            alps_flow_bind(f, target, v, true);
    }
    f->frame->branch += again;
    f->frame->loop += again;
    for (unsigned i = 0; i < n->n_parts; i++)
        if (n->part[i].role == ALPS_P_body || n->part[i].role == ALPS_P_initial)
            alps_flow_eval(f, n->part[i].node);
    f->frame->branch -= again;
    f->frame->loop -= again;
    f->scope = outer;
    return nothing(f);
}

static struct alps_value *
eval_assert(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value), *type = alps_node_part(n, ALPS_P_type);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f);

    return v->kind == V_UNKNOWN && type ? alps_go_typed(f, type, v->roots, v->text, true) : v;
}

static struct alps_value *
eval_send(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *object = alps_node_part(n, ALPS_P_object), *value = alps_node_part(n, ALPS_P_value);
    struct alps_value *o = object ? alps_flow_eval(f, object) : nothing(f);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f);

    for (unsigned i = 0; i < alps_value_count(o); i++)
        if (alps_value_at(o, i)->kind == V_ARRAY)
            alps_value_at(o, i)->object->any = alps_value_join(f->mem, alps_value_at(o, i)->object->any, v);
    return nothing(f);
}

struct alps_value *
alps_go_eval(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;

    switch (n->kind) {
    case ALPS_K_list:      return eval_list(f, n);
    case ALPS_K_variable:  return eval_variable(f, n);
    case ALPS_K_typedef:   return eval_typedef(f, n);
    case ALPS_K_range:     return eval_range(f, n);
    case ALPS_K_repeat: case ALPS_K_cases:
        return eval_scoped(f, n);
    case ALPS_K_assert:    return eval_assert(f, n);
    case ALPS_K_send:      return eval_send(f, n);
    case ALPS_K_composite: return alps_go_composite(f, n);
    case ALPS_K_cut:
        v = n->n_parts ? alps_flow_eval(f, n->part[0].node) : nothing(f);
        return v->kind == V_TEXT ? alps_value_unknown(f->mem, v->roots, v->because) : v;
    case ALPS_K_pointer: case ALPS_K_slice_of: case ALPS_K_map_of: case ALPS_K_struct: case ALPS_K_interface:
        return alps_go_type_node(f, n);
    default:
        return nothing(f);
    }
}
