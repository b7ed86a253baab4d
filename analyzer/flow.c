/* analyzer/flow.c: what each kind of node does. */
#include "analyzer/flow.h"

#include "analyzer/calls.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

#define PARTS(n, i, role_) for (unsigned i = 0; i < (n)->n_parts; i++) if ((n)->part[i].role == (role_))

const char *
alps_flow_intern(struct alps_flow *f, const char *s)
{
    return alps_mem_name(f->mem, s, strlen(s));
}

const char *
alps_flow_name(struct alps_flow *f, const struct alps_node *n)
{
    alps_slice t = alps_node_text(n);

    return alps_mem_name(f->mem, (const char *)t.p, t.n);
}

struct alps_object *
alps_flow_object(struct alps_flow *f)
{
    struct alps_object *o = ALPS_MEM(f->mem, struct alps_object);

    o->owner = f->frame;
    return o;
}

static struct alps_value *
nothing(struct alps_flow *f)
{
    return alps_value_new(f->mem, V_NULL);
}

int
alps_flow_truth(const struct alps_value *v)
{
    if (v->kind == V_TRUE)
        return 1;
    if (v->kind == V_FALSE || v->kind == V_NULL)
        return 0;
    if (alps_value_is_literal(v))
        return v->n > 0 && !(v->n == 1 && v->text[0] == '0');
    return v->kind == V_FUNCTION || v->kind == V_CLASS ? 1 : -1;
}

/* Is the value of ${n} the same whenever this code runs?  Constants are, and names that this very activation
 * bound outside a loop; a name of an outer scope may have changed by the next event. */
static bool
steady(struct alps_flow *f, const struct alps_node *n)
{
    switch (n->kind) {
    case ALPS_K_true: case ALPS_K_false: case ALPS_K_null: case ALPS_K_number: case ALPS_K_string:
        return true;
    case ALPS_K_name: {
        const char *name = alps_flow_name(f, n);

        if (strcmp(name, "__name__") == 0)
            return true;
        for (struct alps_scope *s = f->scope; s && s->frame == f->frame; s = s->parent)
            if (alps_object_get(&s->vars, name))
                return f->frame->loop == 0 && f->frame->function;
        return false;
    }
    case ALPS_K_same: case ALPS_K_unary: case ALPS_K_binary:
        PARTS(n, i, ALPS_P_value)
            if (!steady(f, n->part[i].node))
                return false;
        return true;
    default:
        return false;
    }
}

static struct alps_value *
all_parts(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;
    unsigned roots = 0;

    for (unsigned i = 0; i < n->n_parts; i++) {
        v = alps_flow_eval(f, n->part[i].node);
        roots |= v->roots;
    }
    return alps_value_unknown(f->mem, roots & ROOT_EVENT ? ROOT_EVENT : roots & ROOT_PARAMETER ? ROOT_PARAMETER
                              : ROOT_NONE,
                              NULL);
}

static void
branch_eval(struct alps_flow *f, const struct alps_node *n)
{
    f->frame->branch++;
    alps_flow_eval(f, n);
    f->frame->branch--;
}

/* Go: if v, err := f(); err != nil { … } */
static void
initialise(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *initial = alps_node_part(n, ALPS_P_initial);

    if (!initial)
        return;
    f->scope = alps_scope_open(f, f->scope, false);
    alps_flow_eval(f, initial);
}

static struct alps_value *
eval_if(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *condition = alps_node_part(n, ALPS_P_condition);
    struct alps_scope *outer = f->scope;
    struct alps_value *c, *v = NULL;
    int truth;

    initialise(f, n);
    c = condition ? alps_flow_eval(f, condition) : nothing(f);
    truth = condition && steady(f, condition) ? alps_flow_truth(c) : -1;

    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_part *p = &n->part[i];

        if ((p->role != ALPS_P_then && p->role != ALPS_P_else) || truth == (p->role == ALPS_P_else))
            continue;
        f->frame->branch += truth < 0;
        v = alps_value_join(f->mem, v, alps_flow_eval(f, p->node));
        f->frame->branch -= truth < 0;
    }
    f->scope = outer;
    return v ? v : nothing(f);
}

static struct alps_value *
eval_loop(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value), *target = alps_node_part(n, ALPS_P_target);
    const struct alps_node *op = alps_node_part(n, ALPS_P_operator);
    struct alps_value *v = value ? alps_flow_eval(f, value) : NULL;
    alps_slice in = op ? alps_node_text(op) : ALPS_S("of");
    struct alps_value *each = NULL;
    struct alps_scope *outer = f->scope;
    bool keys = alps_slice_eq(in, ALPS_S("in")) && !n->source->lang->dotted_modules;

    f->frame->branch++;
    f->frame->loop++;
    for (unsigned batch = 0; batch == 0 || each; batch++) {
        each = v && !keys ? alps_flow_batch(f, v, batch) : batch ? NULL
            : alps_value_unknown(f->mem, v ? v->roots : ROOT_NONE, v ? NULL : "an error");
        if (!each)
            break;
        if (!n->source->lang->dotted_modules)           /* a variable of its own each time */
            f->scope = alps_scope_open(f, outer, false);
        if (target)
            alps_flow_bind(f, target, each, !n->source->lang->dotted_modules);
        PARTS(n, i, ALPS_P_body)
            alps_flow_eval(f, n->part[i].node);
    }
    f->scope = outer;
    f->frame->loop--;
    f->frame->branch--;
    return nothing(f);
}

static struct alps_value *
eval_branch(struct alps_flow *f, const struct alps_node *n)
{
    for (unsigned i = 0; i < n->n_parts; i++)
        if (n->part[i].role == ALPS_P_condition)
            alps_flow_eval(f, n->part[i].node);
        else
            branch_eval(f, n->part[i].node);
    return nothing(f);
}

/* Functions are there before the first statement of their block runs. */
static void
hoist(struct alps_flow *f, const struct alps_node *n)
{
    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_node *s = n->part[i].node;

        if (s->kind == ALPS_K_export && (s = alps_node_part(s, ALPS_P_statement)) == NULL)
            continue;
        if (s->kind == ALPS_K_define && !s->source->lang->dotted_modules)
            alps_flow_eval(f, s);
    }
}

static struct alps_value *
eval_block(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_scope *outer = f->scope;
    bool python = n->source->lang->dotted_modules;

    if (!python && n->kind == ALPS_K_block)
        f->scope = alps_scope_open(f, outer, false);
    hoist(f, n);
    for (unsigned i = 0; i < n->n_parts; i++)
        alps_flow_eval(f, n->part[i].node);
    f->scope = outer;
    return nothing(f);
}

/* Does the file define a function that Lambda would call?  Then nobody runs it as a program. */
static bool
has_handler(struct alps_flow *f)
{
    const struct alps_node *root = f->frame->module->source.root;

    for (unsigned i = 0; root && i < root->n_parts; i++) {
        const struct alps_node *s = root->part[i].node, *name;

        if (s->kind == ALPS_K_decorated)
            s = alps_node_part(s, ALPS_P_value);
        name = s && s->kind == ALPS_K_define ? alps_node_part(s, ALPS_P_name) : NULL;
        if (name && (alps_slice_eq(alps_node_text(name), ALPS_S("handler")) ||
                     alps_slice_eq(alps_node_text(name), ALPS_S("lambda_handler"))))
            return true;
    }
    return false;
}

static struct alps_value *
eval_name(struct alps_flow *f, const struct alps_node *n)
{
    const char *name = alps_flow_name(f, n);
    struct alps_value *v = alps_scope_get(f, f->scope, name);
    bool python = n->source->lang->dotted_modules;

    if (!v && n->source->lang->packages)
        v = alps_go_name(f, f->frame->module, name);
    if (v)
        return v;
    if (python && strcmp(name, "__name__") == 0)
        return (f->project->current && f->project->current->entry_name) || has_handler(f)
            ? alps_value_literal(f->mem, "module", 6) : alps_value_literal(f->mem, "__main__", 8);
    return alps_value_external(f->mem, python ? "py:builtins" : n->source->lang->packages ? "go:builtins"
                               : "js:globalThis", name);
}

struct alps_value *
alps_flow_literal(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v = alps_value_new(f->mem, V_OBJECT);

    v->object = alps_flow_object(f);
    PARTS(n, i, ALPS_P_element) {
        const struct alps_node *e = n->part[i].node, *key = alps_node_part(e, ALPS_P_key);
        const struct alps_node *value = alps_node_part(e, ALPS_P_value);
        struct alps_value *k = NULL, *x;

        if (e->kind == ALPS_K_spread || e->kind == ALPS_K_spread_pairs) {
            x = alps_flow_eval(f, value);
            for (unsigned j = 0; j < alps_value_count(x); j++) {
                struct alps_value *one = alps_value_at(x, j);

                if (one->object)
                    alps_object_copy(f->mem, v->object, one->object, alps_value_count(x) > 1);
                else if (one->kind != V_NULL && one->kind != V_FALSE)
                    v->object->open = true, v->roots |= one->roots;
            }
            continue;
        }
        if (e->kind == ALPS_K_shorthand) {
            alps_object_set(f->mem, v->object, alps_flow_name(f, e), eval_name(f, e), false);
            continue;
        }
        if (e->kind == ALPS_K_method) {
            const struct alps_node *name = alps_node_part(e, ALPS_P_name);
            struct alps_value *m = alps_value_new(f->mem, V_FUNCTION);

            m->node = e;
            m->scope = f->scope;
            if (name)
                alps_object_set(f->mem, v->object, alps_flow_name(f, name), m, false);
            continue;
        }
        if (!key || !value) {
            alps_flow_eval(f, e);
            continue;
        }
        x = alps_flow_eval(f, value);
        if (key->kind == ALPS_K_computed || key->kind == ALPS_K_string || e->kind == ALPS_K_entry)
            k = alps_flow_eval(f, key);
        if (!k)
            alps_object_set(f->mem, v->object, alps_flow_name(f, key), x, false);
        else
            for (unsigned j = 0; j < alps_value_count(k); j++) {
                struct alps_value *one = alps_value_text(f->mem, alps_value_at(k, j));

                if (one->n == 1 && one->text[0] == TEXT_ANY)
                    v->object->any = alps_value_join(f->mem, v->object->any, x);
                else
                    alps_object_set(f->mem, v->object, alps_mem_name(f->mem, one->text, one->n), x,
                                    alps_value_count(k) > 1);
            }
    }
    return v;
}

static struct alps_value *
eval_array(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY), *x;
    unsigned at = 0;
    enum { KEPT = 64 };

    v->object = alps_flow_object(f);
    PARTS(n, i, ALPS_P_element) {
        const struct alps_node *e = n->part[i].node;

        if (e->kind == ALPS_K_spread) {
            x = alps_flow_eval(f, alps_node_part(e, ALPS_P_value) ? alps_node_part(e, ALPS_P_value) : e);
            v->object->any = alps_value_join(f->mem, v->object->any, alps_flow_elements(f, x));
            continue;
        }
        x = alps_flow_eval(f, e);
        if (at < KEPT)
            alps_object_set(f->mem, v->object, alps_flow_intern(f, alps_mem_print(f->mem, "%u", at++)), x, false);
        else
            v->object->any = alps_value_join(f->mem, v->object->any, x);
    }
    return v;
}

static struct alps_value *
eval_binary(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *a = NULL, *b = NULL, *v;
    alps_slice op = ALPS_S("");

    for (unsigned i = 0; i < n->n_parts; i++) {
        if (n->part[i].role == ALPS_P_operator) {
            op = alps_node_text(n->part[i].node);
            continue;
        }
        v = alps_flow_eval(f, n->part[i].node);
        if (!a)
            a = v;
        else
            b = v;
    }
    return !a ? nothing(f) : !b ? a : alps_flow_binary(f, n, op, a, b);
}

static struct alps_value *
eval_unary(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value), *op = alps_node_part(n, ALPS_P_operator);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f);
    alps_slice o = op ? alps_node_text(op) : ALPS_S("");
    int truth = alps_flow_truth(v);

    if (n->source->lang->packages && (alps_slice_eq(o, ALPS_S("&")) || alps_slice_eq(o, ALPS_S("*"))))
        return v;
    if (alps_slice_eq(o, ALPS_S("<-")))
        return alps_flow_elements(f, v);

    if ((alps_slice_eq(o, ALPS_S("!")) || alps_slice_eq(o, ALPS_S("not"))) && truth >= 0 && v->kind != V_FUNCTION)
        return alps_value_new(f->mem, truth ? V_FALSE : V_TRUE);
    return alps_value_unknown(f->mem, v->roots, NULL);
}

static struct alps_value *
eval_assign(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *target = alps_node_part(n, ALPS_P_target), *value = alps_node_part(n, ALPS_P_value);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f);

    if (!target || !value)
        return v;                                       /* Python "x: int" declares and does nothing */
    if (n->kind == ALPS_K_augment) {
        const struct alps_node *op = alps_node_part(n, ALPS_P_operator);
        alps_slice o = op ? alps_node_text(op) : ALPS_S("");
        struct alps_value *old = alps_slice_eq(o, ALPS_S("=")) ? v : alps_flow_eval(f, target);

        if (old == v)
            ;
        else if (alps_slice_eq(o, ALPS_S("+=")) && (old->kind == V_TEXT || v->kind == V_TEXT) && !f->frame->loop)
            v = alps_value_concat(f->mem, old, v);
        else if (alps_slice_eq(o, ALPS_S("?\?=")) || alps_slice_eq(o, ALPS_S("||=")))
            v = alps_value_join(f->mem, old->kind == V_NULL ? NULL : old, v);
        else if (old->kind == V_ARRAY)
            return old->object->any = alps_value_join(f->mem, old->object->any, alps_flow_elements(f, v)), old;
        else
            v = alps_value_unknown(f->mem, old->roots | v->roots, NULL);
    }
    if (v->kind == V_UNKNOWN && alps_node_part(n, ALPS_P_type)) {
        struct alps_value *known = alps_calls_annotated(f, alps_node_part(n, ALPS_P_type));

        v = known ? known : v;
    }
    alps_flow_bind(f, target, v, false);
    return v;
}

static struct alps_value *
eval_declare(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *target = alps_node_part(n, ALPS_P_target), *value = alps_node_part(n, ALPS_P_value);

    if (target)
        alps_flow_bind(f, target, value ? alps_flow_eval(f, value) : nothing(f), true);
    return nothing(f);
}

static struct alps_value *
eval_comprehension(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v = alps_value_new(f->mem, V_ARRAY);
    const struct alps_node *value = alps_node_part(n, ALPS_P_value);

    v->object = alps_flow_object(f);
    PARTS(n, i, ALPS_P_condition)
        alps_flow_eval(f, n->part[i].node);
    f->frame->branch++;
    v->object->any = value ? alps_flow_eval(f, value) : NULL;
    f->frame->branch--;
    return v;
}

static struct alps_value **
tuple_items(struct alps_flow *f, struct alps_value *tuple)
{
    struct alps_value **item = alps_mem_take(f->mem, (tuple->object->n + 1) * sizeof *item);

    for (unsigned i = 0; i < tuple->object->n; i++)
        item[i] = tuple->object->field[i].value;
    return item;
}

static struct alps_value *
eval_call(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *callee = alps_node_part(n, ALPS_P_function);
    struct alps_args args = { 0 };
    struct alps_value *self = NULL, *v;

    if (!callee)
        return all_parts(f, n);
    while (callee->kind == ALPS_K_same && callee->n_parts == 1)
        callee = callee->part[0].node;
    if (callee->kind == ALPS_K_member && alps_node_part(callee, ALPS_P_object) && n->kind == ALPS_K_call)
        self = alps_flow_eval(f, alps_node_part(callee, ALPS_P_object));
    v = self || callee->kind == ALPS_K_super ? NULL : alps_flow_eval(f, callee);
    PARTS(n, i, ALPS_P_argument) {
        const struct alps_node *a = n->part[i].node, *value = alps_node_part(a, ALPS_P_value);

        if (a->kind == ALPS_K_pair && value) {
            if (!args.named)
                args.named = alps_flow_object(f);
            alps_object_set(f->mem, args.named, alps_flow_name(f, alps_node_part(a, ALPS_P_key)),
                            alps_flow_eval(f, value), false);
        } else if (a->kind == ALPS_K_spread_pairs && value) {
            struct alps_value *x = alps_flow_eval(f, value);

            if (!args.named)
                args.named = alps_flow_object(f);
            for (unsigned j = 0; j < alps_value_count(x); j++)
                if (alps_value_at(x, j)->object)
                    alps_object_copy(f->mem, args.named, alps_value_at(x, j)->object, alps_value_count(x) > 1);
                else
                    args.named->open = true;
        } else if (a->kind == ALPS_K_spread && value) {
            struct alps_value *x = alps_flow_eval(f, value), *e;

            for (unsigned j = 0; x->kind == V_ARRAY && j < x->object->n; j++) {
                args.item = alps_mem_grow(f->mem, args.item, args.n, sizeof *args.item);
                args.item[args.n++] = x->object->field[j].value;
            }
            e = x->kind == V_ARRAY ? x->object->any : alps_flow_elements(f, x);
            if (e) {
                args.open = true;
                args.item = alps_mem_grow(f->mem, args.item, args.n, sizeof *args.item);
                args.item[args.n++] = e;
            }
        } else {
            args.item = alps_mem_grow(f->mem, args.item, args.n, sizeof *args.item);
            args.item[args.n++] = alps_flow_eval(f, a);
        }
    }
    if (callee->kind == ALPS_K_super)
        return alps_flow_superclass(f, &args, n);
    if (args.n == 1 && alps_go_is_tuple(args.item[0]))  /* f(g()), where g has several results */
        args = (struct alps_args){ .item = tuple_items(f, args.item[0]), .n = args.item[0]->object->n };
    if (self)
        return alps_flow_method(f, self, alps_flow_name(f, alps_node_part(callee, ALPS_P_name)), &args, n);
    return n->kind == ALPS_K_new ? alps_flow_new(f, v, &args, n) : alps_flow_call(f, v, NULL, &args, n);
}

static struct alps_value *
eval_return(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f), *named;

    if (!value && n->source->lang->packages && (named = alps_go_results(f)) != NULL)
        v = named;
    if (n->kind == ALPS_K_return)
        f->frame->returns = alps_value_join(f->mem, f->frame->returns, v);
    else
        f->frame->yields = alps_value_join(f->mem, f->frame->yields, v);
    return v;
}

static struct alps_value *
eval_outer(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_scope *s = f->scope;

    while (s && !s->function)
        s = s->parent;
    PARTS(n, i, ALPS_P_name)
        if (s) {
            s->outer = alps_mem_grow(f->mem, s->outer, s->n_outer, sizeof *s->outer);
            s->outer[s->n_outer++] = alps_flow_name(f, n->part[i].node);
        }
    return nothing(f);
}

static struct alps_value *
eval_bind(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *value = alps_node_part(n, ALPS_P_value), *target = alps_node_part(n, ALPS_P_target);
    struct alps_value *v = value ? alps_flow_eval(f, value) : nothing(f);

    if (target)
        alps_flow_bind(f, target->kind == ALPS_K_other &&
                       target->n_parts == 1 ? target->part[0].node : target, v, true);
    return v;
}

static struct alps_value *
eval_member(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *object = alps_node_part(n, ALPS_P_object);
    const struct alps_node *name = alps_node_part(n, n->kind == ALPS_K_member ? ALPS_P_name : ALPS_P_key);
    struct alps_value *o = object ? alps_flow_eval(f, object) : nothing(f);

    if (!name)
        return alps_value_unknown(f->mem, o->roots, NULL);
    if (n->kind == ALPS_K_member)
        return alps_flow_member(f, o, alps_flow_name(f, name), n);
    return alps_flow_index(f, o, alps_flow_eval(f, name), n);
}

static struct alps_value *
eval_kind(struct alps_flow *f, const struct alps_node *n)
{
    alps_slice t;
    struct alps_value *v;

    switch (n->kind) {
    case ALPS_K_nothing: case ALPS_K_alias: case ALPS_K_dotted: case ALPS_K_field: case ALPS_K_method: case ALPS_K_null:
        return nothing(f);
    case ALPS_K_true:          return alps_value_new(f->mem, V_TRUE);
    case ALPS_K_false:         return alps_value_new(f->mem, V_FALSE);
    case ALPS_K_number:
        t = alps_node_text(n);
        v = alps_value_literal(f->mem, (const char *)t.p, t.n);
        v->place = n;
        return v;
    case ALPS_K_string: case ALPS_K_template: case ALPS_K_concat:
        return alps_flow_string(f, n);
    case ALPS_K_name:          return eval_name(f, n);
    case ALPS_K_this:          return f->frame->self ? f->frame->self : alps_value_unknown(f->mem, ROOT_NONE, "this");
    case ALPS_K_block: case ALPS_K_block_open:
        return eval_block(f, n);
    case ALPS_K_same: case ALPS_K_computed: case ALPS_K_spread: case ALPS_K_spread_pairs:
        v = nothing(f);
        for (unsigned i = 0; i < n->n_parts; i++)
            v = alps_flow_eval(f, n->part[i].node);
        return v;
    case ALPS_K_call: case ALPS_K_new:
        return eval_call(f, n);
    case ALPS_K_member: case ALPS_K_index:
        return eval_member(f, n);
    case ALPS_K_object:        return alps_flow_literal(f, n);
    case ALPS_K_array:         return eval_array(f, n);
    case ALPS_K_assign: case ALPS_K_augment:
        return eval_assign(f, n);
    case ALPS_K_declare:       return eval_declare(f, n);
    case ALPS_K_binary:        return eval_binary(f, n);
    case ALPS_K_unary:         return eval_unary(f, n);
    case ALPS_K_if:            return eval_if(f, n);
    case ALPS_K_branch:        return eval_branch(f, n);
    case ALPS_K_loop:          return eval_loop(f, n);
    case ALPS_K_return: case ALPS_K_yield:
        return eval_return(f, n);
    case ALPS_K_define: case ALPS_K_function: case ALPS_K_class: case ALPS_K_decorated: case ALPS_K_enum:
        return alps_flow_define(f, n);
    case ALPS_K_comprehension: return eval_comprehension(f, n);
    case ALPS_K_outer:         return eval_outer(f, n);
    case ALPS_K_bind:          return eval_bind(f, n);
    case ALPS_K_import: case ALPS_K_import_from: case ALPS_K_export:
        return alps_flow_import(f, n);
    case ALPS_K_other:         return all_parts(f, n);
    default:
        return n->source->lang->packages ? alps_go_eval(f, n) : all_parts(f, n);
    }
}

struct alps_value *
alps_flow_eval(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;

    if (f->steps >= FLOW_STEPS || f->nest >= FLOW_NEST) {
        f->tired = true;
        return alps_value_unknown(f->mem, ROOT_NONE, "beyond the analyzer's limits");
    }
    f->steps++;
    f->nest++;
    v = eval_kind(f, n);
    f->nest--;
    return v;
}
