/* analyzer/calls.c: what is the same for every language and SDK: recording calls and hosts, diagnostics, clients. */
#include "analyzer/calls.h"

#include "analyzer/access.h"
#include "analyzer/cloud.h"
#include "analyzer/project.h"

#include <stdlib.h>

static const char *
function_name(struct alps_flow *f, const struct alps_frame *frame)
{
    const struct alps_node *name = frame->function ? alps_node_part(frame->function, ALPS_P_name) : NULL;

    if (!frame->function)
        return "(module)";
    if (name)
        return alps_flow_name(f, name);
    return !frame->site && f->project->current &&
        f->project->current->entry_name ? f->project->current->entry_name : "(function)";
}

static void
via_of(struct alps_flow *f, struct alps_call_found *c, const struct alps_node *at)
{
    enum { KEPT = 12 };
    const char *line[KEPT];
    unsigned n = 0;

    for (const struct alps_frame *frame = f->frame; frame && n < KEPT; frame = frame->caller) {
        if (at)
            line[n++] = alps_mem_print(f->mem, "%s:%u %s", at->source->path, at->line, function_name(f, frame));
        at = frame->site;
    }
    c->via = alps_mem_take(f->mem, (n + 1) * sizeof *c->via);
    for (unsigned i = 0; i < n; i++)
        c->via[i] = line[n - 1 - i];
    c->n_via = n;
}

void
alps_calls_access_add(struct alps_access_found **list, struct alps_access_found *a)
{
    for (const struct alps_access_found *b = *list; b; b = b->next)
        if (a->action == b->action && strcmp(a->resource, b->resource) == 0)
            return;
    a->next = *list;
    *list = a;
}

struct alps_call_found *
alps_calls_found(struct alps_flow *f, enum alps_vendor vendor, const char *operation, const struct alps_node *at)
{
    struct alps_call_found *c = f->calls->first;

    operation = alps_flow_intern(f, operation);
    while (c && (c->operation != operation || c->line != at->line || c->column != at->column ||
                 strcmp(c->file, at->source->path) != 0))
        c = c->next;
    if (!c) {
        c = ALPS_MEM(f->mem, struct alps_call_found);
        c->next = f->calls->first;
        c->file = at->source->path;
        c->line = at->line;
        c->column = at->column;
        c->vendor = vendor;
        c->operation = operation;
        via_of(f, c, at);
        f->calls->first = c;
    }
    return c;
}

void
alps_calls_add(struct alps_flow *f, enum alps_vendor vendor, const char *operation, struct alps_access_found *a,
               const struct alps_node *at)
{
    struct alps_call_found *c = alps_calls_found(f, vendor, operation, at);
    struct alps_access_found *next;

    for (; a; a = next) {
        next = a->next;
        alps_calls_access_add(&c->access, a);
    }
}

const char *
alps_calls_operation(struct alps_mem *mem, unsigned operation)
{
    const char *before = alps_operation_before(&alps_catalog_builtin, operation);

    return alps_mem_print(mem, "%s%s%s", before, *before ? "." : "",
                          alps_operation_name(&alps_catalog_builtin, operation, &(struct alps_room){ "" }));
}

void
alps_calls_record(struct alps_flow *f, unsigned operation, struct alps_value *params, const struct alps_node *at)
{
    struct alps_value *none = NULL;

    if (!params || params->kind == V_NULL)
        params = none = alps_value_object(f->mem);
    for (unsigned i = 0; i < alps_value_count(params); i++)
        if (alps_value_at(params, i)->kind != V_NULL)
            alps_calls_add(f, alps_service_vendor(&alps_catalog_builtin, alps_operation_service(&alps_catalog_builtin, operation)),
                           alps_calls_operation(f->mem, operation),
                           alps_access_find(f, operation, alps_value_at(params, i)), at);
}

struct alps_value *
alps_calls_client(struct alps_flow *f, const char *service, const char *type)
{
    struct alps_value *v = alps_value_new(f->mem, V_CLIENT);

    v->text = alps_flow_intern(f, service);
    v->type = alps_flow_intern(f, type);
    v->object = ALPS_MEM(f->mem, struct alps_object);
    v->roots = ROOT_NONE;
    return v;
}

struct alps_value *
alps_calls_region(struct alps_flow *f, struct alps_value *options)
{
    struct alps_value *all = NULL, *v;

    for (unsigned i = 0; options && i < alps_value_count(options); i++) {
        struct alps_value *one = alps_value_at(options, i);

        if (one->kind != V_OBJECT)
            continue;
        v = alps_object_get(one->object, alps_flow_intern(f, "region"));
        v = v ? v : alps_object_get(one->object, alps_flow_intern(f, "region_name"));
        if (v && v->kind != V_NULL)
            all = alps_value_join(f->mem, all, v);
    }
    return all;
}

struct alps_value *
alps_calls_response(struct alps_flow *f)
{
    return alps_value_unknown(f->mem, ROOT_NONE, "a response");
}

struct alps_value *
alps_calls_response_to(struct alps_flow *f, unsigned operation, struct alps_value *params)
{
    const struct alps_catalog *c = f->calls->sdk->catalog;
    const struct alps_table *t = &f->calls->sdk->responses;
    struct alps_room room;
    const char *service = alps_service_name(c, alps_operation_service(c, operation)),
        *name = alps_operation_name(c, operation, &room);
    struct alps_value *v = NULL, *known;

    for (unsigned i = 0; params && params->kind == V_OBJECT && i < t->n; i++) {
        const char *const *cell = t->row[i].cell;

        if (strcmp(cell[0], service) != 0 || strcmp(cell[1], name) != 0 ||
            (known = alps_object_get(params->object, cell[3])) == NULL)
            continue;
        if (!v) {
            v = alps_value_object(f->mem);
            v->object->open = true;
            v->roots = ROOT_NONE;
        }
        alps_object_set(f->mem, v->object, cell[2], known, false);
    }
    return v ? v : alps_calls_response(f);
}

void
alps_calls_note(struct alps_flow *f, const struct alps_node *at, const char *code, const char *text)
{
    alps_project_note(f->project, at ? at->source->path : "", at ? at->line : 0, at ? at->column
                      : 0, code, false, text);
}

void
alps_calls_unknown(struct alps_flow *f, struct alps_value *client, const char *name, const struct alps_node *at)
{
    bool python = at && at->source->lang->dotted_modules;
    const char *near = alps_sdk_nearest(f->calls->sdk, client->text, name, python);

    alps_project_note(f->project, at ? at->source->path : "", at ? at->line : 0, at ? at->column
                      : 0, "unknown-call", true,
                      alps_mem_print(f->mem, "%s has no operation \"%s\"; nothing is allowed for it%s%s%s",
                                     client->text, name,
                                     *near ? " (nearest: " : "", near, *near ? ")" : ""));
}

/* Fill members from arguments by place: "-,Bucket,Key", "@" (an object's members). */
static void
fill_arguments(struct alps_flow *f, struct alps_object *into, const char *columns, const struct alps_args *a)
{
    const char *p = columns;

    for (unsigned i = 0; *p; i++) {
        size_t n = strcspn(p, ",");
        struct alps_value *v = i < a->n ? a->item[i] : NULL;

        if (n == 1 && *p == '@') {
            for (unsigned j = 0; v && j < alps_value_count(v); j++)
                if (alps_value_at(v, j)->object)
                    alps_object_copy(f->mem, into, alps_value_at(v, j)->object, alps_value_count(v) > 1);
                else
                    into->open = true;
        } else if (v && !(n == 1 && *p == '-')) {
            alps_object_set(f->mem, into, alps_mem_name(f->mem, p, n), v, false);
        }
        p += n + (p[n] == ',');
    }
    alps_object_copy(f->mem, into, a->named, false);
}

static struct alps_value *
one_text_key(struct alps_flow *f, struct alps_value *key)
{
    struct alps_value *o = alps_value_object(f->mem), *t;

    for (unsigned i = 0; key && i < alps_value_count(key); i++) {
        t = alps_value_text(f->mem, alps_value_at(key, i));
        alps_object_set(f->mem, o->object, alps_mem_name(f->mem, t->text, t->n),
                        alps_value_unknown(f->mem, ROOT_NONE, NULL), false);
    }
    return o;
}

/* "Bucket=BucketName,Key=Key": members of the request from what the handle is bound to. */
static void
fill_bound(struct alps_flow *f, struct alps_object *into, const char *columns, const struct alps_object *bound)
{
    const char *p = columns;

    while (*p && strcmp(columns, "-") != 0) {
        size_t n = strcspn(p, ","), k = strcspn(p, "=");
        struct alps_value *v;

        if (k < n) {
            const char *from = alps_mem_name(f->mem, p + k + 1, n - k - 1);

            v = *from == '*' ? alps_value_unknown(f->mem, ROOT_NONE, "a response") : *from == '"'
                ? alps_value_literal(f->mem, from + 1, strlen(from + 1)) : alps_object_get(bound, from);
            if (k > 2 && p[k - 1] == '}')
                alps_object_set(f->mem, into, alps_mem_name(f->mem, p, k - 2), one_text_key(f, v), false);
            else if (v && !memchr(p, '[', k) && !memchr(p, '.', k))
                alps_object_set(f->mem, into, alps_mem_name(f->mem, p, k), v, false);
        }
        p += n + (p[n] == ',');
    }
}

void
alps_calls_bind(struct alps_flow *f, struct alps_object *into, const char *columns, const struct alps_object *bound)
{
    fill_bound(f, into, columns, bound);
}

bool
alps_calls_helper(struct alps_flow *f, struct alps_value *client, const char *name, struct alps_args *a,
                  const struct alps_node *at)
{
    const struct alps_table *t = &f->calls->sdk->helpers;
    const char *language = at->source->lang->dotted_modules ? "py" : "js";

    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;
        struct alps_value *params;

        if (strcmp(cell[HELPER_LANGUAGE], language) != 0 || strcmp(cell[HELPER_SERVICE], client->text) != 0 ||
            strcmp(cell[HELPER_OBJECT], client->type) != 0 || strcmp(cell[HELPER_MEMBER], name) != 0)
            continue;
        if (strcmp(cell[HELPER_OPERATIONS], "-") == 0)
            return true;
        params = alps_value_object(f->mem);
        alps_object_copy(f->mem, params->object, strcmp(client->type, "client") == 0 ||
                         strcmp(client->type, "document") == 0 ? client->object : NULL, false);
        fill_arguments(f, params->object, cell[HELPER_ARGUMENTS], a);
        fill_bound(f, params->object, cell[HELPER_BOUND], client->object);
        for (const char *p = cell[HELPER_OPERATIONS]; *p;) {
            size_t n = strcspn(p, ",");
            alps_operation_id id = alps_sdk_camel(f->calls->sdk, client->text, p, n);

            if (id)
                alps_calls_record(f, id, params, at);
            p += n + (p[n] == ',');
        }
        return true;
    }
    return false;
}

static void
host_add(struct alps_flow *f, const char *host, const struct alps_node *at)
{
    struct alps_host_found *h;

    for (h = f->calls->host; h; h = h->next)
        if (h->line == at->line && strcmp(h->file, at->source->path) == 0 && strcmp(h->host, host) == 0)
            return;
    h = ALPS_MEM(f->mem, struct alps_host_found);
    *h = (struct alps_host_found){ f->calls->host, at->source->path, host, at->line };
    f->calls->host = h;
}

/* Put what IaC tells of the environment into a text. */
static const char *
resolved(struct alps_flow *f, const struct alps_value *v)
{
    char *out = alps_mem_take(f->mem, VALUE_TEXT * 4 + 8);
    size_t w = 0;

    for (size_t i = 0; i < v->n && w < VALUE_TEXT * 2; i++) {
        const struct alps_variable *var = NULL;
        size_t j = i + 1;

        if (v->text[i] != TEXT_ENV) {
            out[w++] = v->text[i];
            continue;
        }
        while (j < v->n && v->text[j] != TEXT_OR && v->text[j] != TEXT_END)
            j++;
        var = alps_project_variable(f->project, alps_mem_name(f->mem, v->text + i + 1, j - i - 1));
        if (var && var->value && strlen(var->value) < VALUE_TEXT) {
            memcpy(out + w, var->value, strlen(var->value));
            w += strlen(var->value);
            while (j < v->n && v->text[j] != TEXT_END)
                j++;
        } else if (j < v->n && v->text[j] == TEXT_OR) {
            for (j++; j < v->n && v->text[j] != TEXT_END; j++)
                out[w++] = v->text[j];
        } else {
            out[w++] = TEXT_ANY;
        }
        i = j;
    }
    return alps_mem_text(f->mem, out, w);
}

static void
host_of(struct alps_flow *f, struct alps_value *url, const struct alps_node *at, bool bare)
{
    const char *text = resolved(f, alps_value_text(f->mem, url)), *p = strstr(text, "://"), *end, *suffix = "";
    char *host;
    static const char *const clouds[] = { ".amazonaws.com", ".amazonaws.com.cn", ".googleapis.com", ".on.aws" };

    if (!p && !bare) {
        if (!(url->roots & (ROOT_EVENT | ROOT_PARAMETER)) && strchr(text, TEXT_ANY) == NULL)
            return;
        alps_calls_note(f, at, "dynamic-host",
                        alps_mem_print(f->mem, "the host of this request is not known (%s); nothing is allowed for it",
                                                              alps_access_text(f->mem, alps_value_text(f->mem, url))));
        return;
    }
    if (p && strncmp(text, "http://", 7) == 0)
        suffix = ":80";
    p = p ? p + 3 : text;
    end = p + strcspn(p, "/?#");
    for (const char *at_sign = p; at_sign < end; at_sign++)
        if (*at_sign == '@')
            p = at_sign + 1;
    host = alps_mem_text(f->mem, p, (size_t)(end - p));
    for (char *c = host; *c; c++)
        *c = (char)alps_lower((uint8_t)*c);
    if (!*host || strchr(host, TEXT_ANY) || strchr(host, TEXT_ONE)) {
        alps_calls_note(f, at, "dynamic-host", "the host of this request is not known; nothing is allowed for it");
        return;
    }
    if (strchr(host, ':'))
        suffix = "";
    for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
        if (alps_slice_ends(alps_slice_of(host), alps_slice_of(clouds[i]))) {
            alps_calls_note(f, at, "cloud-by-hand",
                alps_mem_print(f->mem, "%s is a cloud API reached without its SDK; nothing is allowed for it", host));
            return;
        }
    host_add(f, alps_mem_print(f->mem, "%s%s", host, suffix), at);
}

void
alps_calls_host(struct alps_flow *f, struct alps_value *url, const struct alps_node *at)
{
    static const char *const members[] = { "url", "uri", "baseURL", "href", "hostname", "host" };

    for (unsigned i = 0; i < alps_value_count(url); i++) {
        struct alps_value *one = alps_value_at(url, i), *v = NULL;

        if (one->kind == V_TEXT || one->kind == V_UNKNOWN) {
            host_of(f, one, at, false);
            continue;
        }
        for (unsigned k = 0; one->object && k < sizeof members / sizeof members[0] && !v; k++) {
            v = alps_object_get(one->object, alps_flow_intern(f, members[k]));
            for (unsigned j = 0; v && j < alps_value_count(v); j++)
                host_of(f, alps_value_at(v, j), at, k >= 4);
        }
    }
}

/* A function of aws-functions.tsv: its request, from its arguments. */
static bool
function_call(struct alps_flow *f, const char *path, const struct alps_args *a, const struct alps_node *site)
{
    const struct alps_row *row = alps_sdk_row(&f->calls->sdk->functions, 0, path, 0, NULL, 0, NULL);
    struct alps_value *params, *v;

    if (!row)
        return false;
    params = alps_value_object(f->mem);
    for (const char *p = row->cell[3]; *p && *p != '-';) {
        size_t n = strcspn(p, ","), k = strcspn(p, "="), colon = strcspn(p, ":");
        const char *name = colon < n ? alps_mem_name(f->mem, p + colon + 1, n - colon - 1) : "";

        v = alps_args_named(f, a, name, atoi(p + k + 1));
        if (v)
            alps_object_set(f->mem, params->object, alps_mem_name(f->mem, p, k), v, false);
        p += n + (p[n] == ',');
    }
    alps_calls_record(f, alps_sdk_camel(f->calls->sdk, row->cell[1], row->cell[2], strlen(row->cell[2])), params, site);
    return true;
}

struct alps_value *
alps_calls_external(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site,
                    bool is_new)
{
    const struct alps_row *row;
    struct alps_value *v;

    if (strcmp(path, "py:argparse.ArgumentParser") == 0)
        return alps_value_unknown(f->mem, ROOT_PARAMETER, "the command line");
    v = alps_cloud_external(f, path, a, site);
    if (!v)
        v = path[0] == 'p' ? alps_calls_py(f, path, a, site) : path[0] == 'g' ? alps_calls_go(f, path, a, site)
            : alps_calls_js(f, path, a, site, is_new);
    if (v)
        return v;
    if (function_call(f, path, a, site))
        return alps_calls_response(f);
    row = alps_sdk_row(&f->calls->sdk->hosts, 0, path, 0, NULL, 0, NULL);
    if (!row)
        return NULL;
    v = alps_args_named(f, a, row->cell[2], row->cell[1][0] == '-' ? -1 : atoi(row->cell[1]));
    if (v && strcmp(row->cell[2], "host") == 0)         /* not a URL but its host */
        v = alps_value_concat(f->mem, alps_value_literal(f->mem, "https://", 8), v);
    if (v && v->kind != V_NULL && !(row->cell[3] && *row->cell[3] && v->kind == V_UNKNOWN))
        alps_calls_host(f, v, site);
    alps_flow_escape(f, a, 0, site);
    return row->cell[3] && *row->cell[3] ? alps_value_external(f->mem, row->cell[3], NULL) : alps_calls_response(f);
}

struct alps_value *
alps_calls_typed(struct alps_flow *f, const char *path)
{
    return path[0] == 'g' ? alps_calls_go_typed(f, path) : path[0] == 'p' ? alps_calls_py_typed(f, path)
        : alps_calls_js_typed(f, path);
}

struct alps_value *
alps_calls_annotated(struct alps_flow *f, const struct alps_node *type)
{
    struct alps_value *t = NULL, *v = NULL;
    const struct alps_node *key;

    switch (type->kind) {
    case ALPS_K_name: case ALPS_K_member:
        t = alps_flow_eval(f, type);
        break;
    case ALPS_K_string:                                 /* "S3Client", before it is defined */
        t = alps_flow_eval(f, type);
        t = alps_value_is_literal(t) ? alps_scope_get(f, f->scope, alps_mem_name(f->mem, t->text, t->n)) : NULL;
        break;
    case ALPS_K_index:                                  /* Optional[S3Client] */
        key = alps_node_part(type, ALPS_P_key);
        return key ? alps_calls_annotated(f, key) : NULL;
    case ALPS_K_binary:                                 /* S3Client | None */
        for (unsigned i = 0; i < type->n_parts && !v; i++)
            if (type->part[i].role == ALPS_P_value)
                v = alps_calls_annotated(f, type->part[i].node);
        return v;
    default:
        break;
    }
    return t && t->kind == V_EXTERNAL ? alps_calls_typed(f, t->text) : NULL;
}

struct alps_value *
alps_calls_external_member(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    (void)at;
    if (strcmp(o->text, "js:globalThis.process.env") == 0 || strcmp(o->text, "js:process.env") == 0 ||
        strcmp(o->text, "js:globalThis.Bun.env") == 0)
        return alps_value_env(f->mem, name, NULL);
    if (strcmp(o->text, "py:os.environ") == 0 && strcmp(name, "get") != 0 && strcmp(name, "setdefault") != 0 &&
        strcmp(name, "pop") != 0 &&
        strcmp(name, "copy") != 0 && strcmp(name, "items") != 0 && strcmp(name, "__getitem__") != 0 &&
            strcmp(name, "keys") != 0)
        return alps_value_env(f->mem, name, NULL);
    if (strcmp(o->text, "js:globalThis.module") == 0 && strcmp(name, "exports") == 0 && f->frame->module->exports)
        return f->frame->module->exports;
    if (strcmp(o->text, "js:globalThis.AWS") == 0)      /* version 2 as a script of a page */
        return alps_value_external(f->mem, "js:aws-sdk", name);
    if (strcmp(o->text, "py:sys.argv") == 0 || strcmp(o->text, "js:globalThis.process.argv") == 0 ||
        strcmp(o->text, "js:process.argv") == 0)
        return alps_value_unknown(f->mem, ROOT_PARAMETER, "the command line");
    if (strcmp(name, "default") == 0)                   /* import X from "package": what it exports */
        return o;
    return alps_value_external(f->mem, o->text, name);
}

struct alps_value *
alps_calls_member(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    struct alps_value *v;

    if (o->kind == V_COMMAND)
        return strcmp(name, "input") == 0 && o->base ? o->base : alps_value_unknown(f->mem, ROOT_NONE, name);
    if (alps_cloud_is(o))
        return alps_cloud_member(f, o, name, at);
    if (at && at->source->lang->dotted_modules)
        return alps_calls_py_member(f, o, name, at);
    v = alps_value_new(f->mem, V_METHOD);
    v->base = o;
    v->text = name;
    return v;
}

struct alps_value *
alps_calls_any_member(struct alps_flow *f, struct alps_value *o, const struct alps_node *at)
{
    alps_project_note(f->project, at->source->path, at->line, at->column, "unknown-call", true,
                      alps_mem_print(f->mem,
                          "an operation of %s is called by a name that is not known; nothing is allowed for it",
                              o->text));
    return alps_value_unknown(f->mem, ROOT_NONE, "an operation whose name is not known");
}

struct alps_value *
alps_calls_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                  const struct alps_node *site)
{
    if (o->kind == V_COMMAND)
        return NULL;
    if (alps_cloud_is(o))
        return alps_cloud_method(f, o, name, a, site);
    return site->source->lang->dotted_modules ? alps_calls_py_method(f, o, name, a, site)
        : site->source->lang->packages ? alps_calls_go_method(f, o, name, a, site)
        : alps_calls_js_method(f, o, name, a, site);
}

void
alps_calls_store(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_value *v)
{
    if (alps_cloud_is(o) && v->kind == V_TEXT)          /* client.x = …: configuration; blob.name = …: which */
        alps_object_set(f->mem, o->object, name, v, true);
}

void
alps_calls_escape(struct alps_flow *f, struct alps_value *o, const struct alps_node *site)
{
    if (strcmp(o->type, "session") == 0 || strcmp(o->type, "meta") == 0 || strncmp(o->type, "azure:Credential", 16) == 0 ||
        strcmp(o->type, "azure:Key") == 0)
        return;
    alps_calls_note(f, site, "client-escapes",
                    alps_mem_print(f->mem, "a %s client is given to code that is not analysed; "
                                                              "what it calls is not allowed", o->text));
}
