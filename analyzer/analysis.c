/* analyzer/analysis.c: one function after the other: enter it, follow it, keep what was found in a fixed order. */
#include "analyzer/analysis.h"

#include "analyzer/golang.h"

#include <stdlib.h>
#include <sys/stat.h>

struct runner { struct alps_flow *f; struct alps_function *fn; };

static struct alps_value *
entry_value(struct alps_flow *f, struct alps_module *m, const char *name)
{
    const char *key = alps_flow_intern(f, name);

    if (m->source.lang->packages)
        return alps_go_name(f, m, key);
    if (m->source.lang->dotted_modules)
        return m->scope ? alps_object_get(&m->scope->vars, key) : NULL;
    if (!m->exports)
        return NULL;
    if (m->exports->kind == V_FUNCTION && strcmp(name, "handler") == 0)
        return m->exports;
    return alps_flow_member(f, m->exports, key, NULL);
}

static void
enter(struct alps_flow *f, struct alps_module *m, struct alps_value *v)
{
    struct alps_value *item[2] = { alps_value_unknown(f->mem, ROOT_EVENT, "event"),
        alps_value_unknown(f->mem, ROOT_NONE, "context") };
    struct alps_args args = { .item = item, .n = 2 };
    struct alps_frame *frame = ALPS_MEM(f->mem, struct alps_frame);

    frame->module = m;
    f->frame = frame;
    f->scope = m->scope;
    alps_flow_enter(f, v, &args);
    f->frame = NULL;
    f->scope = NULL;
}

static void
enter_one(struct alps_flow *f, struct alps_module *m, struct alps_value *v)
{
    struct alps_frame *frame = ALPS_MEM(f->mem, struct alps_frame);
    struct alps_args none = { 0 };

    frame->module = m;
    f->frame = frame;
    f->scope = m->scope;
    alps_flow_enter(f, v, &none);
    f->frame = NULL;
    f->scope = NULL;
}

/* The methods of a class that nobody called, on an instance that the code made if there is one: what makes it first. */
static void
enter_methods(struct alps_flow *f, struct alps_module *m, struct alps_value *klass)
{
    struct alps_value *self = NULL;
    struct alps_args open = { .named = ALPS_MEM(f->mem, struct alps_object) };
    struct alps_frame *frame = ALPS_MEM(f->mem, struct alps_frame);

    open.named->open = true;
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned k = 0; k < klass->node->n_parts; k++) {
            const struct alps_node *member = klass->node->part[k].node, *name;
            struct alps_value *v;
            bool makes;

            if (member->kind == ALPS_K_decorated)
                member = alps_node_part(member, ALPS_P_value);
            name = member ? alps_node_part(member, ALPS_P_name) : NULL;
            if (!name || (member->kind != ALPS_K_method && member->kind != ALPS_K_define) || member->visits)
                continue;
            frame->module = m;
            f->frame = frame;
            f->scope = m->scope;
            v = alps_flow_member(f, pass ? self : klass, alps_flow_name(f, name), klass->node);
            makes = v->kind == V_FUNCTION && ((v->type && v->type[0] != 'p') || alps_node_part(member, ALPS_P_static));
            if (pass || makes)
                enter_one(f, m, v);
        }
        if (pass == 0) {
            frame->module = m;
            f->frame = frame;
            f->scope = m->scope;
            self = klass->self ? klass->self : alps_flow_new(f, klass, &open, klass->node);
        }
    }
    f->frame = NULL;
    f->scope = NULL;
}

/* Go: the methods of a type, on a value that the code made if there is one. */
static void
enter_go_methods(struct alps_flow *f, struct alps_module *m, struct alps_value *klass)
{
    const struct alps_object *methods = &klass->scope->vars;
    struct alps_value *self = klass->self;

    for (unsigned i = 0; i < methods->n; i++) {
        struct alps_value *method = methods->field[i].value, *bound;

        if (method->kind != V_FUNCTION || method->node->visits)
            continue;
        if (!self) {
            f->frame = ALPS_MEM(f->mem, struct alps_frame);
            f->frame->module = m;
            self = alps_go_of_type(f, klass, ROOT_PARAMETER, NULL, true);
        }
        bound = alps_value_new(f->mem, V_FUNCTION);
        *bound = *method;
        bound->self = self;
        enter_one(f, m, bound);
    }
}

/* Functions that nobody called: a framework may, or somebody who imports the file. */
static void
enter_unvisited(struct alps_flow *f, struct alps_module *m, struct alps_value *v, unsigned depth)
{
    for (unsigned i = 0; v && i < alps_value_count(v); i++) {
        struct alps_value *one = alps_value_at(v, i);

        if (one->kind == V_FUNCTION && one->node->visits == 0)
            enter_one(f, m, one);
        else if (one->kind == V_CLASS && one->node->source->lang->packages)
            enter_go_methods(f, m, one);
        else if (one->kind == V_CLASS && depth < 3)
            enter_methods(f, m, one);
        else if (one->kind == V_OBJECT && depth < 3)
            for (unsigned k = 0; k < one->object->n && k < 500; k++)
                enter_unvisited(f, m, one->object->field[k].value, depth + 1);
    }
}

static void
enter_pending(struct alps_flow *f)
{
    while (f->pending) {
        struct alps_pending *p = f->pending;

        f->pending = p->next;
        if (p->function->node->visits == 0)
            enter_unvisited(f, p->function->scope->module, p->function, 0);
    }
}

/* Handlers by their usual names, then whatever else is there. */
static void
enter_all(struct alps_flow *f, struct alps_module *m, bool usual_only)
{
    static const char *const usual[] = { "handler", "lambda_handler", "main" };
    const struct alps_scope *names = m->package ? m->package->scope : m->scope;
    struct alps_value *v;

    for (size_t i = m->package ? 2 : 0; i < sizeof usual / sizeof usual[0]; i++) {
        v = entry_value(f, m, usual[i]);
        if (v && v->kind == V_FUNCTION && v->node->visits == 0)
            enter(f, m, v);
    }
    if (usual_only)
        return;
    for (int classes = 0; classes < 2; classes++)       /* functions first: they make the instances */
        for (unsigned i = 0; names && i < names->vars.n; i++) {
            v = names->vars.field[i].value;
            if ((v->kind == V_CLASS) == classes)
                enter_unvisited(f, m, v, 1);
        }
    enter_unvisited(f, m, m->exports, 0);
}

static void
run(struct alps_flow *f, struct alps_project *p, struct alps_function *fn)
{
    struct alps_module *m;

    if (fn->entry_file) {
        m = alps_project_module(p, alps_mem_print(p->mem, "%s/%s", fn->root, fn->entry_file));
        if (m && m->source.root) {
            struct alps_value *v;

            alps_flow_module(f, m);
            v = entry_value(f, m, fn->entry_name);
            if (v && v->kind != V_NULL && v->kind != V_UNKNOWN) {
                if (v->kind == V_FUNCTION || v->kind == V_SET)
                    enter(f, m, v);
                else
                    enter_unvisited(f, m, m->exports, 0);
            } else {
                alps_project_note(p, fn->entry_file, 1, 0, "no-entry", v == NULL || v->kind == V_NULL,
                                  alps_mem_print(p->mem,
                                      "the handler \"%s\" is not in plain sight; all of the file is taken as called",
                                                 fn->entry_name));
                enter_all(f, m, false);
            }
        }
    }
    for (unsigned i = 0; !fn->has_iac &&
         i < fn->n_files * 2; i++) {      /* handlers first, then what they did not reach */
        f->steps = 0;
        m = alps_project_module(p, fn->file[i % fn->n_files]);
        if (m && m->source.root) {
            alps_flow_module(f, m);
            enter_all(f, m, i < fn->n_files);
        }
    }
    enter_pending(f);
    if (f->tired)
        alps_project_note(p, fn->entry_file ? fn->entry_file : "", 0, 0, "too-complex", true,
                          "the code is larger than what is followed call by call; some calls may be missing");
}

static int
by_place(const struct alps_call_found *a, const struct alps_call_found *b)
{
    int d = strcmp(a->file, b->file);

    if (d == 0)
        d = a->line != b->line ? (a->line < b->line ? -1 : 1) : a->column != b->column
            ? (a->column < b->column ? -1 : 1) : 0;
    return d ? d : strcmp(a->operation, b->operation);
}

static int
access_order(const struct alps_access_found *a, const struct alps_access_found *b)
{
    int d = strcmp(a->action, b->action);

    return d ? d : strcmp(a->resource, b->resource);
}

static struct alps_access_found *
access_sorted(struct alps_access_found *list)
{
    struct alps_access_found *sorted = NULL, *next, **at;

    for (; list; list = next) {
        next = list->next;
        for (at = &sorted; *at && access_order(*at, list) < 0; at = &(*at)->next)
            ;
        list->next = *at;
        *at = list;
    }
    return sorted;
}

static struct alps_call_found *
calls_sorted(struct alps_call_found *list)
{
    struct alps_call_found *sorted = NULL, *next, **at;

    for (; list; list = next) {
        next = list->next;
        list->access = access_sorted(list->access);
        list->wire = access_sorted(list->wire);
        for (at = &sorted; *at && by_place(*at, list) < 0; at = &(*at)->next)
            ;
        list->next = *at;
        *at = list;
    }
    return sorted;
}

static struct alps_host_found *
hosts_sorted(struct alps_host_found *list)
{
    struct alps_host_found *sorted = NULL, *next, **at;

    for (; list; list = next) {
        next = list->next;
        for (at = &sorted; *at && (strcmp((*at)->file, list->file) < 0 || (strcmp((*at)->file, list->file) == 0 &&
             ((*at)->line < list->line ||
              ((*at)->line == list->line && strcmp((*at)->host, list->host) < 0)))); at = &(*at)->next)
            ;
        list->next = *at;
        *at = list;
    }
    return sorted;
}

static int
note_order(const struct alps_note *a, const struct alps_note *b)
{
    int order = strcmp(a->file, b->file);

    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    return order ? order : strcmp(a->text, b->text);
}

static struct alps_note *
notes_sorted(struct alps_note *list)
{
    struct alps_note *sorted = NULL, *next, **at;

    for (; list; list = next) {
        next = list->next;
        at = &sorted;
        while (*at && note_order(*at, list) < 0)
            at = &(*at)->next;
        list->next = *at;
        *at = list;
    }
    return sorted;
}

static void
result_of(struct alps_analysis *a, struct alps_flow *f, struct alps_result *r)
{
    r->call = calls_sorted(f->calls->first);
    r->host = hosts_sorted(f->calls->host);
    r->note = notes_sorted(a->project.current_note);
    for (struct alps_module *m = a->project.module; m; m = m->next)
        if (m->source.lang && m->source.text) {
            r->file = alps_mem_grow(f->mem, r->file, r->n_files, sizeof *r->file);
            r->file[r->n_files++] = m->source.path;
        }
    if (r->n_files)
        qsort(r->file, r->n_files, sizeof *r->file, alps_mem_text_order);
}

static void
analyse(struct alps_analysis *a, struct alps_function *fn, struct alps_sdk *sdk)
{
    struct alps_result *r = ALPS_MEM(a->mem, struct alps_result), **at;
    struct alps_mem *work = alps_mem_new_below(a->mem);     /* trees and values: the most of it, gone after each function */
    struct alps_calls calls = { .mem = work, .sdk = sdk, .level = a->level };
    struct alps_flow f = { .mem = work, .project = &a->project, .calls = &calls };

    f.name.length = alps_flow_intern(&f, "length");
    f.name.prototype = alps_flow_intern(&f, "prototype");
    f.name.constructor = alps_flow_intern(&f, "constructor");
    f.name.init = alps_flow_intern(&f, "__init__");
    a->project.mem = work;
    a->project.current = fn;
    a->project.module = NULL;
    a->project.current_note = NULL;
    r->function = fn;
    run(&f, &a->project, fn);
    result_of(a, &f, r);
    alps_result_keep(a->mem, r);
    a->project.current = NULL;
    a->project.current_note = NULL;
    a->project.module = NULL;
    a->project.mem = a->mem;
    alps_mem_free(work);
    for (at = &a->result; *at; at = &(*at)->next)
        ;
    *at = r;
    alps_emit(a, r);
    r->note = notes_sorted(r->note);
}

/* The one folder that was named, as it was named; a file's own. */
static const char *
given_folder(struct alps_mem *mem, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat st;
    size_t n = strlen(path);

    while (n && path[n - 1] == '/')
        n--;
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        n = slash ? (size_t)(slash - path) : 0;
    if (strncmp(path, "./", 2) == 0 && n > 1) {
        path += 2;
        n -= 2;
    }
    return n && strncmp(path, ".", n) != 0 ? alps_mem_print(mem, "%.*s/", (int)n, path) : "";
}

struct alps_analysis *
alps_analysis_new(const char *const *path, size_t n, enum alps_level level)
{
    struct alps_mem *mem = alps_mem_new();
    struct alps_analysis *a = ALPS_MEM(mem, struct alps_analysis);
    struct alps_sdk *sdk = alps_sdk_new(mem);

    a->mem = mem;
    a->level = level;
    a->project.mem = mem;
    a->given = n == 1 ? given_folder(mem, path[0]) : "";
    for (size_t i = 0; i < n; i++)
        a->unreadable |= !alps_project_open(&a->project, path[i]);
    for (struct alps_function *fn = a->project.function; fn; fn = fn->next)
        analyse(a, fn, sdk);
    a->project.note = notes_sorted(a->project.note);
    return a;
}

void
alps_analysis_free(struct alps_analysis *a)
{
    if (a)
        alps_mem_free(a->mem);
}

int
alps_analysis_status(const struct alps_analysis *a)
{
    return a->unreadable ? 2 : a->project.failed;
}
