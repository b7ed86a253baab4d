/* analyzer/report.c: what was found, as INTERFACE.md's document and as text for people. */
#include "analyzer/analysis.h"
#include "analyzer/declared.h"
#include "analyzer/policy.h"
#include "analyzer/snippet.h"

#include <cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const level_name[] = { "service", "object", "entity" };

static void
text_or_null(cJSON *o, const char *name, const char *s)
{
    if (s)
        cJSON_AddStringToObject(o, name, s);
    else
        cJSON_AddNullToObject(o, name);
}

static cJSON *
call_json(const struct alps_call_found *c)
{
    cJSON *o = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(o, "file", c->file);
    cJSON_AddNumberToObject(o, "line", c->line);
    cJSON_AddNumberToObject(o, "column", c->column);
    cJSON_AddStringToObject(o, "vendor", alps_vendor_name(c->vendor));
    cJSON_AddStringToObject(o, "operation", c->operation);
    list = cJSON_AddArrayToObject(o, "accesses");
    for (const struct alps_access_found *x = c->access; x; x = x->next) {
        cJSON *e = cJSON_CreateObject();

        cJSON_AddStringToObject(e, "action", x->action);
        cJSON_AddStringToObject(e, "resource", x->resource);
        cJSON_AddStringToObject(e, "level", level_name[x->level]);
        cJSON_AddStringToObject(e, "rooted", x->rooted);
        text_or_null(e, "why", x->why);
        cJSON_AddStringToObject(e, "evidence", x->evidence);
        cJSON_AddItemToArray(list, e);
    }
    list = cJSON_AddArrayToObject(o, "via");
    for (unsigned i = 0; i < c->n_via; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(c->via[i]));
    cJSON_AddBoolToObject(o, "implied", c->implied);
    return o;
}

static void
notes_json(cJSON *list, const struct alps_note *n)
{
    for (; n; n = n->next) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "file", n->file);
        cJSON_AddNumberToObject(o, "line", n->line);
        cJSON_AddNumberToObject(o, "column", n->column);
        cJSON_AddStringToObject(o, "code", n->code);
        cJSON_AddStringToObject(o, "text", n->text);
        cJSON_AddItemToArray(list, o);
    }
}

static void
parsed(cJSON *o, const char *name, const char *text)
{
    cJSON *p = cJSON_Parse(text);

    cJSON_AddItemToObject(o, name, p ? p : cJSON_CreateNull());
}

/* "aws": the policy, or a list of them; "gcp", "azure": an object of files, as there are several kinds. */
static void
policies_json(cJSON *o, const struct alps_result *r)
{
    for (unsigned i = 0; i < r->n_documents; i++) {
        const struct alps_document *d = &r->document[i];
        const char *vendor = alps_vendor_name(d->vendor);
        cJSON *files = cJSON_GetObjectItem(o, vendor);

        if (d->vendor == ALPS_AWS && strcmp(d->file, "policy.aws.json") == 0) {
            parsed(o, vendor, d->text);
            continue;
        }
        if (d->vendor == ALPS_AWS && (vendor = "aws-more") && !(files = cJSON_GetObjectItem(o, vendor)))
            files = cJSON_AddArrayToObject(o, vendor);
        files = files ? files : cJSON_AddObjectToObject(o, vendor);
        if (cJSON_IsArray(files))
            cJSON_AddItemToArray(files, cJSON_Parse(d->text));
        else if (strstr(d->file, ".json"))
            parsed(files, d->file, d->text);
        else
            cJSON_AddStringToObject(files, d->file, d->text);
    }
}

/* The policy that is there against the one that is needed. */
static void
declared_json(cJSON *o, const struct alps_result *r)
{
    const struct alps_declared *d = r->declared;
    cJSON *list = cJSON_AddArrayToObject(o, "excess"), *e;

    for (unsigned i = 0; i < d->n_excess; i++) {
        cJSON_AddItemToArray(list, e = cJSON_CreateObject());
        cJSON_AddStringToObject(e, "statement", d->excess[i].statement->place);
        cJSON_AddStringToObject(e, "action", d->excess[i].pattern);
        cJSON_AddNumberToObject(e, "grants", d->excess[i].grants);
        cJSON_AddNumberToObject(e, "used", d->excess[i].used);
        cJSON_AddStringToObject(e, "names", d->excess[i].names);
        cJSON_AddBoolToObject(e, "wide", d->excess[i].wide);
    }
    list = cJSON_AddArrayToObject(o, "missing");
    for (unsigned i = 0; i < d->n_missing; i++) {
        cJSON_AddItemToArray(list, e = cJSON_CreateObject());
        cJSON_AddStringToObject(e, "file", d->missing[i].call->file);
        cJSON_AddNumberToObject(e, "line", d->missing[i].call->line);
        cJSON_AddStringToObject(e, "action", d->missing[i].access->action);
        cJSON_AddStringToObject(e, "resource", d->missing[i].access->resource);
    }
    list = cJSON_AddArrayToObject(o, "by-name");
    for (unsigned i = 0; i < r->function->n_managed; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(r->function->managed[i]));
}

/* Where it runs: as infrastructure code says, else where most of what it calls is. */
static const char *
platform_of(const struct alps_result *r)
{
    unsigned count[ALPS_VENDOR_COUNT] = { 0 };

    if (r->function->platform)
        return r->function->platform;
    for (const struct alps_call_found *c = r->call; c; c = c->next)
        count[c->vendor]++;
    return count[ALPS_GCP] > count[ALPS_AWS] ? count[ALPS_AZURE] > count[ALPS_GCP] ? "azure" : "gcp"
        : count[ALPS_AZURE] > count[ALPS_AWS] ? "azure" : "aws";
}

static cJSON *
function_json(const struct alps_analysis *a, const struct alps_result *r)
{
    const struct alps_function *f = r->function;
    cJSON *o = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(o, "name", f->name);
    cJSON_AddStringToObject(o, "path", f->path);
    list = cJSON_AddArrayToObject(o, "files");
    for (unsigned i = 0; i < r->n_files; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(r->file[i]));
    if (f->entry_file)
        cJSON_AddStringToObject(o, "entry", alps_mem_print(a->mem, "%s:%s", f->entry_file, f->entry_name));
    else
        cJSON_AddNullToObject(o, "entry");
    cJSON_AddStringToObject(o, "language", f->language);
    cJSON_AddStringToObject(o, "platform", platform_of(r));
    list = cJSON_AddArrayToObject(o, "calls");
    for (const struct alps_call_found *c = r->call; c; c = c->next)
        cJSON_AddItemToArray(list, call_json(c));
    list = cJSON_AddArrayToObject(o, "hosts");
    for (const struct alps_host_found *h = r->host; h; h = h->next) {
        cJSON *e = cJSON_CreateObject();

        cJSON_AddStringToObject(e, "file", h->file);
        cJSON_AddNumberToObject(e, "line", h->line);
        cJSON_AddStringToObject(e, "host", h->host);
        cJSON_AddItemToArray(list, e);
    }
    parsed(o, "allowlist", r->allowlist);
    policies_json(cJSON_AddObjectToObject(o, "policies"), r);
    if (r->declared)
        declared_json(cJSON_AddObjectToObject(o, "declared"), r);
    notes_json(cJSON_AddArrayToObject(o, "diagnostics"), r->note);
    return o;
}

char *
alps_analysis_json(const struct alps_analysis *a)
{
    cJSON *d = cJSON_CreateObject(), *list;
    char *text;

    cJSON_AddNumberToObject(d, "alps", 1);
    list = cJSON_AddArrayToObject(d, "functions");
    for (const struct alps_result *r = a->result; r; r = r->next)
        cJSON_AddItemToArray(list, function_json(a, r));
    notes_json(cJSON_AddArrayToObject(d, "diagnostics"), a->project.note);
    text = strdup(alps_json_text(a->mem, d));
    cJSON_Delete(d);
    if (!text)
        abort();
    return text;
}

struct out { char *p; size_t n, cap; bool colour; };

static void put(struct out *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that a terminal would obey are shown as '?'. */
static void
put(struct out *o, const char *format, ...)
{
    char text[6000];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    n = n < 0 ? 0 : n >= (int)sizeof text ? (int)sizeof text - 1 : n;
    if (o->n + (size_t)n + 1 > o->cap) {
        o->cap = (o->n + (size_t)n + 1) * 2;
        o->p = realloc(o->p, o->cap);
        if (!o->p)
            abort();
    }
    for (int i = 0; i < n; i++)
        o->p[o->n++] = ((uint8_t)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f ? '?' : text[i];
    o->p[o->n] = '\0';
}

/* One of our own colour codes, or nothing. */
static void
paint(struct out *o, const char *code)
{
    if (!o->colour)
        return;
    put(o, "%s", "");
    if (o->n + 8 > o->cap) {
        o->cap += 64;
        o->p = realloc(o->p, o->cap);
        if (!o->p)
            abort();
    }
    memcpy(o->p + o->n, code, strlen(code) + 1);
    o->n += strlen(code);
}

static void
notes_text(struct out *o, const struct alps_note *n)
{
    for (; n; n = n->next) {
        paint(o, n->error ? "\033[31m" : "\033[33m");
        put(o, "  %s ", n->error ? "problem" : "note");
        paint(o, "\033[0m");
        put(o, "%s", n->file);
        if (n->line)
            put(o, ":%u", n->line);
        if (n->column)
            put(o, ":%u", n->column);
        put(o, "%s%s: %s\n", *n->file ? " " : "", n->code, n->text);
    }
}

static void
grants_text(struct out *o, const struct alps_result *r)
{
    for (unsigned i = 0; i < r->n_grants; i++) {
        const struct alps_grant *g = &r->grant[i];

        paint(o, "\033[1m");
        put(o, "  %-28s", g->action);
        paint(o, "\033[0m");
        put(o, " %s\n", g->resource);
        for (unsigned k = 0; k < g->n_evidence; k++)
            put(o, "      %s\n", g->evidence[k]);
    }
}

static void
wide_text(struct out *o, const struct alps_result *r)
{
    static const struct { const char *why, *says; } reasons[] = {
        { "dynamic-input", "the name comes from the event or a parameter" },
            { "unknown-call", "the name comes from code that is not followed" },
        { "unresolved-env", "the variable has no value here" },
    };

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x && !c->implied; x = x->next)
            for (size_t i = 0; x->why && i < sizeof reasons / sizeof reasons[0]; i++)
                if (strcmp(reasons[i].why, x->why) == 0) {
                    paint(o, "\033[33m");
                    put(o, "  wide ");
                    paint(o, "\033[0m");
                    put(o, "%s:%u %s on %s: %s (%s)\n", c->file, c->line,
                        x->action, x->resource,
                        reasons[i].says, x->why);
                }
}

static void
declared_text(struct out *o, const struct alps_result *r)
{
    const struct alps_declared *d = r->declared;

    for (unsigned i = 0; d && i < d->n_excess; i++) {
        const struct alps_excess *e = &d->excess[i];

        paint(o, "\033[35m");
        put(o, "  excess ");
        paint(o, "\033[0m");
        put(o, "%s %s: %u of its %u actions used%s%s%s%s\n", e->statement->place, e->pattern, e->used, e->grants,
            *e->names ? " (" : "", e->names, *e->names ? ")" : "", e->wide ? "; on every resource" : "");
    }
    for (unsigned i = 0; d && i < d->n_missing; i++) {
        paint(o, "\033[31m");
        put(o, "  missing ");
        paint(o, "\033[0m");
        put(o, "%s:%u %s on %s: no declared policy allows it\n", d->missing[i].call->file, d->missing[i].call->line,
            d->missing[i].access->action, d->missing[i].access->resource);
    }
    for (unsigned i = 0; d && i < r->function->n_managed; i++)
        put(o, "  by name only, not compared: %s\n", r->function->managed[i]);
}

char *
alps_analysis_text(const struct alps_analysis *a, bool colour)
{
    struct out o = { .colour = colour };

    put(&o, "%s", "");
    for (const struct alps_result *r = a->result; r; r = r->next) {
        const struct alps_function *f = r->function;

        paint(&o, "\033[1;36m");
        put(&o, "%s", f->name);
        paint(&o, "\033[0m");
        put(&o, "  %s%s%s%s%s\n", f->path, f->entry_file ? "/" : "", f->entry_file ? f->entry_file : "", f->entry_file
            ? ":" : "",
            f->entry_file ? f->entry_name : "");
        grants_text(&o, r);
        for (const struct alps_host_found *h = r->host; h; h = h->next)
            put(&o, "  host %-23s %s:%u\n", h->host, h->file, h->line);
        if (!r->n_grants && !r->host)
            put(&o, "  needs nothing that was found\n");
        wide_text(&o, r);
        declared_text(&o, r);
        notes_text(&o, r->note);
        put(&o, "\n");
    }
    notes_text(&o, a->project.note);
    return o.p;
}

struct below { struct alps_mem *mem; const char *folder; alps_write_fn *write; void *ctx; };

static bool
write_below(void *ctx, const char *file, const char *text)
{
    struct below *b = ctx;

    return b->write(b->ctx, alps_mem_print(b->mem, "%s/%s", b->folder, file), text);
}

bool
alps_analysis_files(const struct alps_analysis *a, bool snippets, alps_write_fn *write, void *ctx)
{
    for (const struct alps_result *r = a->result; r; r = r->next) {
        char *name = alps_mem_text(a->mem, r->function->name, strlen(r->function->name));

        for (char *c = name; *c; c++)               /* a name is no path */
            if (*c == '/' || (uint8_t)*c < ' ')
                *c = '_';
        if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0 || !*name)
            name = alps_mem_text(a->mem, "function", 8);
        if (!write(ctx, alps_mem_print(a->mem, "%s/allowlist.json", name), r->allowlist))
            return false;
        for (unsigned i = 0; i < r->n_documents; i++)
            if (!write(ctx, alps_mem_print(a->mem, "%s/%s", name, r->document[i].file), r->document[i].text))
                return false;
        if (snippets && !alps_snippets(a->mem, r, write_below, &(struct below){ a->mem, name, write, ctx }))
            return false;
    }
    return true;
}
