/* analyzer/sarif.c: findings for code hosts, as SARIF 2.1.0 (OASIS): problems, names that are wider than an entity, and policies
 * that are declared too wide or too narrow. */
#include "analyzer/analysis.h"
#include "analyzer/declared.h"
#include "analyzer/policy.h"

#include <cJSON.h>
#include <stdlib.h>

struct sarif { struct alps_mem *mem; const char *given; const struct alps_result *r; cJSON *results; };

/* From where the command was given: a source file is named from its function's folder, a template from the project's. */
static const char *
uri_of(const struct sarif *s, const char *file)
{
    const char *path = s->r ? s->r->function->path : "";

    if (*file == '/')
        return file;
    if (strncmp(s->given, path, strlen(path)) == 0)     /* a function that was named by itself */
        path = "";
    for (unsigned i = 0; *path != '/' && *path && strcmp(path, ".") != 0 && i < s->r->n_files; i++)
        if (strcmp(s->r->file[i], file) == 0)
            return alps_mem_print(s->mem, "%s%s/%s", s->given, path, file);
    return alps_mem_print(s->mem, "%s%s", s->given, file);
}

static void
result_add(struct sarif *s, const char *rule, const char *level, const char *file, unsigned line, unsigned column,
           const char *text)
{
    cJSON *o = cJSON_CreateObject(), *place, *region;

    cJSON_AddStringToObject(o, "ruleId", rule);
    cJSON_AddStringToObject(o, "level", level);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "message"), "text",
                            s->r ? alps_mem_print(s->mem, "%s: %s", s->r->function->name, text) : text);
    if (*file) {
        cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "locations"), place = cJSON_CreateObject());
        place = cJSON_AddObjectToObject(place, "physicalLocation");
        cJSON_AddStringToObject(cJSON_AddObjectToObject(place, "artifactLocation"), "uri", uri_of(s, file));
        if (line) {
            region = cJSON_AddObjectToObject(place, "region");
            cJSON_AddNumberToObject(region, "startLine", line);
            if (column)
                cJSON_AddNumberToObject(region, "startColumn", column);
        }
    }
    cJSON_AddItemToArray(s->results, o);
}

static void
notes_add(struct sarif *s, const struct alps_note *n)
{
    for (; n; n = n->next)
        result_add(s, n->code, n->error ? "error" : "note", n->file, n->line, n->column, n->text);
}

static void
wide_add(struct sarif *s)
{
    for (const struct alps_call_found *c = s->r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x && !c->implied; x = x->next)
            if (x->why && strcmp(x->why, "by-nature") != 0)
                result_add(s, alps_mem_print(s->mem, "wide-%s", x->why), "warning", c->file, c->line, c->column,
                           alps_mem_print(s->mem, "%s on %s", x->action, x->resource));
}

static void
declared_add(struct sarif *s)
{
    const struct alps_declared *d = s->r->declared;

    for (unsigned i = 0; d && i < d->n_excess; i++) {
        const struct alps_excess *e = &d->excess[i];
        const char *colon = strrchr(e->statement->place, ':');

        result_add(s, "excess-permission", "warning",
                   alps_mem_text(s->mem, e->statement->place, (size_t)(colon - e->statement->place)),
                   (unsigned)atoi(colon + 1), 0,
                   alps_mem_print(s->mem, "%s: %u of its %u actions used%s%s%s", e->pattern, e->used, e->grants,
                                  *e->names ? ": " : "", e->names, e->wide ? "; on every resource" : ""));
    }
    for (unsigned i = 0; d && i < d->n_missing; i++)
        result_add(s, "missing-permission", "error", d->missing[i].call->file, d->missing[i].call->line,
                   d->missing[i].call->column,
                   alps_mem_print(s->mem, "no declared policy allows %s on %s", d->missing[i].access->action,
                                  d->missing[i].access->resource));
}

char *
alps_analysis_sarif(const struct alps_analysis *a)
{
    cJSON *d = cJSON_CreateObject(), *run = cJSON_CreateObject(), *driver;
    struct sarif s = { .mem = a->mem, .given = a->given };
    char *text;

    cJSON_AddStringToObject(d, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(d, "version", "2.1.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(d, "runs"), run);
    driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", "alps");
    s.results = cJSON_AddArrayToObject(run, "results");
    for (const struct alps_result *r = a->result; r; r = r->next) {
        s.r = r;
        notes_add(&s, r->note);
        wide_add(&s);
        declared_add(&s);
    }
    s.r = NULL;
    notes_add(&s, a->project.note);
    text = strdup(alps_json_text(a->mem, d));
    cJSON_Delete(d);
    if (!text)
        abort();
    return text;
}
