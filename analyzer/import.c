/* analyzer/import.c: what goes from file to file.  An import of a local file runs that file; any other import is a
 * name of
 * code that is not the function's own and is never read. */
#include "analyzer/calls.h"
#include "analyzer/golang.h"
#include "analyzer/project.h"

static struct alps_value *
module_value(struct alps_flow *f, struct alps_module *m)
{
    struct alps_value *v = alps_value_new(f->mem, V_MODULE);

    v->module = m;
    alps_flow_module(f, m);
    return v;
}

struct alps_value *
alps_flow_exports(struct alps_flow *f, struct alps_module *m)
{
    alps_flow_module(f, m);
    return m->exports ? m->exports : alps_value_unknown(f->mem, ROOT_NONE, NULL);
}

struct alps_value *
alps_flow_require(struct alps_flow *f, const char *name)
{
    struct alps_module *m = alps_project_import(f->project, f->frame->module, name);
    bool python = f->frame->module->source.lang->dotted_modules;

    if (m)
        return python ? module_value(f, m) : alps_flow_exports(f, m);
    if (strncmp(name, "node:", 5) == 0)
        name += 5;
    return alps_value_external(f->mem, alps_mem_print(f->mem, "%s:%s", python ? "py" : "js", name), NULL);
}

static const char *
source_name(struct alps_flow *f, const struct alps_node *n)
{
    struct alps_value *v;

    if (n->kind != ALPS_K_string)
        return alps_flow_name(f, n);
    v = alps_flow_string(f, n);
    return alps_value_is_literal(v) ? v->text : "?";
}

static struct alps_value *
or_default_export(struct alps_flow *f, struct alps_value *from, const struct alps_node *at)
{
    const char *name = alps_flow_intern(f, "default");

    if (from->kind == V_OBJECT && !alps_object_get(from->object, name))
        return from;                                    /* a CommonJS module under ES import */
    return from->kind == V_OBJECT ? alps_flow_member(f, from, name, at) : from;
}

/* import { key } from …: "default" is no member like the others. */
static struct alps_value *
imported(struct alps_flow *f, struct alps_value *from, const struct alps_node *key)
{
    const char *name = alps_flow_name(f, key);

    return strcmp(name, "default") == 0 ? or_default_export(f, from, key) : alps_flow_member(f, from, name, key);
}

static void
import_js(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *source = alps_node_part(n, ALPS_P_source);
    struct alps_value *from = source ? alps_flow_require(f, source_name(f, source)) : alps_value_new(f->mem, V_NULL);

    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_node *p = n->part[i].node, *key = alps_node_part(p, ALPS_P_key),
            *name = alps_node_part(p, ALPS_P_name);

        if (n->part[i].role == ALPS_P_default_name)
            alps_scope_declare(f, f->scope, alps_flow_name(f, p), or_default_export(f, from, p));
        else if (n->part[i].role == ALPS_P_all)
            alps_scope_declare(f, f->scope, alps_flow_name(f, p), from);
        else if (n->part[i].role == ALPS_P_one && key)
            alps_scope_declare(f, f->scope, alps_flow_name(f, name ? name : key), imported(f, from, key));
    }
}

static void
export_set(struct alps_flow *f, const char *name, struct alps_value *v)
{
    struct alps_module *m = f->frame->module;

    if (!m->exports || m->exports->kind != V_OBJECT)
        m->exports = alps_value_object(f->mem);
    alps_object_set(f->mem, m->exports->object, name, v, false);
}

static void
export_declared(struct alps_flow *f, const struct alps_node *s, bool is_default)
{
    const struct alps_node *name = alps_node_part(s, ALPS_P_name);
    const char *as = is_default ? alps_flow_intern(f, "default") : name ? alps_flow_name(f, name) : NULL;
    struct alps_value *v;

    if (s->kind == ALPS_K_block_open) {
        for (unsigned i = 0; i < s->n_parts; i++) {
            const struct alps_node *t = alps_node_part(s->part[i].node, ALPS_P_target);

            if (t && t->kind == ALPS_K_name)
                export_set(f, alps_flow_name(f, t), alps_scope_get(f, f->scope, alps_flow_name(f, t)));
            for (unsigned j = 0; t && t->kind == ALPS_K_object_pattern && j < t->n_parts; j++)
                if (t->part[j].node->kind == ALPS_K_shorthand)
                    export_set(f, alps_flow_name(f, t->part[j].node),
                               alps_scope_get(f, f->scope, alps_flow_name(f, t->part[j].node)));
        }
        return;
    }
    v = name ? alps_scope_get(f, f->scope, alps_flow_name(f, name)) : NULL;
    if (as && v)
        export_set(f, as, v);
}

static void
export_js(struct alps_flow *f, const struct alps_node *n)
{
    const struct alps_node *source = alps_node_part(n, ALPS_P_source), *value = alps_node_part(n, ALPS_P_value);
    const struct alps_node *statement = alps_node_part(n, ALPS_P_statement);
    bool is_default = alps_node_part(n, ALPS_P_default_name) != NULL;
    struct alps_value *from = source ? alps_flow_require(f, source_name(f, source)) : NULL;

    if (statement) {
        struct alps_value *v = alps_flow_eval(f, statement);

        export_declared(f, statement, is_default);
        if (is_default && !alps_node_part(statement, ALPS_P_name))
            export_set(f, alps_flow_intern(f, "default"), v);
    }
    if (value)
        export_set(f, alps_flow_intern(f, "default"), alps_flow_eval(f, value));
    if (alps_node_part(n, ALPS_P_star) && from && !alps_node_part(n, ALPS_P_all) && from->kind == V_OBJECT) {
        if (!f->frame->module->exports || f->frame->module->exports->kind != V_OBJECT)
            f->frame->module->exports = alps_value_object(f->mem);
        alps_object_copy(f->mem, f->frame->module->exports->object, from->object, false);
    }
    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_node *p = n->part[i].node, *key = alps_node_part(p, ALPS_P_key),
            *name = alps_node_part(p, ALPS_P_name);
        struct alps_value *v;

        if (n->part[i].role == ALPS_P_all && from)
            export_set(f, alps_flow_name(f, p), from);
        if (n->part[i].role != ALPS_P_one || !key)
            continue;
        v = from ? alps_flow_member(f, from, alps_flow_name(f, key), p)
            : alps_scope_get(f, f->scope, alps_flow_name(f, key));
        if (v)
            export_set(f, alps_flow_name(f, name ? name : key), v);
    }
}

/* import a.b.c [as d] */
static void
import_python(struct alps_flow *f, const struct alps_node *one)
{
    const struct alps_node *key = alps_node_part(one, ALPS_P_key), *name = alps_node_part(one, ALPS_P_name);
    const char *path = alps_flow_name(f, key ? key : one), *dot = strchr(path, '.');
    struct alps_value *v = alps_flow_require(f, path), *pack;
    const char *first;

    if (name || !dot) {
        alps_scope_assign(f, alps_flow_name(f, name ? name : one), v);
        return;
    }
    first = alps_mem_name(f->mem, path, (size_t)(dot - path));
    if (v->kind == V_EXTERNAL) {
        alps_scope_assign(f, first, alps_value_external(f->mem, alps_mem_print(f->mem, "py:%s", first), NULL));
        return;
    }
    pack = alps_scope_get(f, f->scope, first);          /* the package, with its modules as members */
    if (!pack || pack->kind != V_OBJECT) {
        pack = alps_value_object(f->mem);
        alps_scope_assign(f, first, pack);
    }
    for (const char *rest = dot + 1; (dot = strchr(rest, '.')) != NULL; rest = dot + 1) {
        const char *step = alps_mem_name(f->mem, rest, (size_t)(dot - rest));
        struct alps_value *next = alps_object_get(pack->object, step);

        if (!next || next->kind != V_OBJECT) {
            next = alps_value_object(f->mem);
            alps_object_set(f->mem, pack->object, step, next, false);
        }
        pack = next;
    }
    alps_object_set(f->mem, pack->object, alps_flow_intern(f, strrchr(path, '.') + 1), v, false);
}

static void
import_from_python(struct alps_flow *f, const struct alps_node *n)
{
    const char *path = alps_flow_name(f, alps_node_part(n, ALPS_P_source));
    struct alps_module *m = alps_project_import(f->project, f->frame->module, path);
    struct alps_value *from = m ? module_value(f, m) : NULL, *v;

    if (alps_node_part(n, ALPS_P_star) && m && m->scope)
        for (unsigned i = 0; i < m->scope->vars.n; i++)
            alps_scope_assign(f, m->scope->vars.field[i].name, m->scope->vars.field[i].value);
    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_node *one = n->part[i].node, *key = alps_node_part(one, ALPS_P_key),
            *name = alps_node_part(one, ALPS_P_name);
        const char *what;
        struct alps_module *sub;

        if (n->part[i].role != ALPS_P_one)
            continue;
        what = alps_flow_name(f, key ? key : one);
        v = m && m->scope ? alps_object_get(&m->scope->vars, what) : NULL;
        if (!v) {                                       /* a module of the package */
            sub = alps_project_import(f->project, f->frame->module,
                                      alps_mem_print(f->mem, path[strlen(path) - 1] == '.' ? "%s%s"
                                                     : "%s.%s", path, what));
            v = sub ? module_value(f, sub) : from ? alps_value_unknown(f->mem, ROOT_NONE, what)
                : alps_value_external(f->mem, alps_mem_print(f->mem, "py:%s", path), what);
        }
        alps_scope_assign(f, alps_flow_name(f, name ? name : one), v);
    }
}

struct alps_value *
alps_flow_import(struct alps_flow *f, const struct alps_node *n)
{
    if (n->kind == ALPS_K_import_from && alps_node_part(n, ALPS_P_source)) {
        import_from_python(f, n);
    } else if (n->source->lang->dotted_modules) {
        for (unsigned i = 0; i < n->n_parts; i++)
            if (n->part[i].role == ALPS_P_one)
                import_python(f, n->part[i].node);
    } else if (n->kind == ALPS_K_import) {
        import_js(f, n);
    } else {
        export_js(f, n);
    }
    return alps_value_new(f->mem, V_NULL);
}

void
alps_flow_module(struct alps_flow *f, struct alps_module *m)
{
    struct alps_frame frame = { .module = m, .caller = f->frame }, *kept;
    struct alps_frame *caller = f->frame;
    struct alps_scope *outer = f->scope;
    struct alps_value *module;

    if (m->entered || !m->source.root)
        return;
    if (m->source.lang->packages) {
        alps_go_package(f, m);
        return;
    }
    m->entered = true;
    kept = ALPS_MEM(f->mem, struct alps_frame);
    *kept = frame;
    f->frame = kept;
    f->scope = m->scope = alps_scope_open(f, NULL, true);
    if (!m->source.lang->dotted_modules) {
        module = alps_value_object(f->mem);
        m->exports = module;
        kept->self = module;
        alps_scope_declare(f, f->scope, alps_flow_intern(f, "exports"), module);
    }
    for (unsigned i = 0; i < m->source.root->n_parts; i++) {
        const struct alps_node *s = m->source.root->part[i].node;

        if (s->kind == ALPS_K_export)
            s = alps_node_part(s, ALPS_P_statement);
        if (s && s->kind == ALPS_K_define && !m->source.lang->dotted_modules)
            alps_flow_eval(f, s);
    }
    for (unsigned i = 0; i < m->source.root->n_parts; i++)
        alps_flow_eval(f, m->source.root->part[i].node);
    f->frame = caller;
    f->scope = outer;
    m->done = true;
}
