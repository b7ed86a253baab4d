/* analyzer/policy.c: what the three vendors' policies have in common. */
#include "analyzer/policy.h"

#include <cJSON.h>
#include <stdlib.h>

static const struct alps_variable *
variable_of(const struct alps_function *fn, const char *name)
{
    for (unsigned i = 0; i < fn->n_variables; i++)
        if (strcmp(fn->variable[i].name, name) == 0)
            return &fn->variable[i];
    return NULL;
}

static const char *
shown(struct alps_mem *mem, const char *value)
{
    char *out = alps_mem_text(mem, value, strlen(value));

    for (char *c = out; *c; c++)
        if (*c == TEXT_ANY)
            *c = '*';
    return out;
}

void
alps_policy_note(struct alps_analysis *a, struct alps_result *r, const struct alps_call_found *c, const char *code,
                 const char *text)
{
    a->project.current = r->function;
    a->project.current_note = r->note;
    alps_project_note(&a->project, c ? c->file : "", c ? c->line : 0, c ? c->column : 0, code, false, text);
    r->note = a->project.current_note;
    a->project.current = NULL;
}

/* What stands for "${…}" of a resource. */
static const char *
variable_text(struct alps_analysis *a, struct alps_result *r, const struct alps_call_found *c, const char *inside,
              const char *keep)
{
    size_t n = strcspn(inside, "|");
    const struct alps_variable *v;
    const char *name;

    if (strncmp(inside, "env:", 4) != 0)
        return strstr(keep, inside) ? alps_mem_print(a->mem, "${%s}", inside) : "*";
    name = alps_mem_text(a->mem, inside + 4, n - 4);
    v = variable_of(r->function, name);
    if (v && v->value)
        return shown(a->mem, v->value);
    if (inside[n] == '|')
        return inside + n + 1;
    if (c)
        alps_policy_note(a, r, c, "unresolved-env",
                     alps_mem_print(a->mem, "the value of %s is not known here: the policy has \"*\" in its place (the "
                                    "allowlist keeps ${env:%s})", name, name));
    return "*";
}

const char *
alps_policy_resource(struct alps_analysis *a, struct alps_result *r, const struct alps_call_found *c,
                     const char *resource, const char *keep)
{
    const char *all = "", *end;

    for (const char *p; (p = strstr(resource, "${")) != NULL && (end = strchr(p, '}')) != NULL; resource = end + 1)
        all = alps_mem_print(a->mem, "%s%.*s%s", all, (int)(p - resource), resource,
                             variable_text(a, r, c, alps_mem_text(a->mem, p + 2, (size_t)(end - p - 2)), keep));
    return alps_mem_print(a->mem, "%s%s", all, resource);
}

void
alps_policy_document(struct alps_analysis *a, struct alps_result *r, enum alps_vendor vendor, const char *file,
                     const char *text)
{
    r->document = alps_mem_grow(a->mem, r->document, r->n_documents, sizeof *r->document);
    r->document[r->n_documents++] = (struct alps_document){ vendor, file, text };
}

const char *
alps_json_text(struct alps_mem *mem, const struct cJSON *item)
{
    char *s = cJSON_Print(item), *out;
    size_t w = 0;

    if (!s)
        abort();
    /* a tab becomes two bytes at most; texts hold none unescaped */
    out = alps_mem_take(mem, strlen(s) * 2 + 2);
    for (const char *p = s; *p; p++)
        if (*p != '\t')
            out[w++] = *p;
        else {
            out[w++] = ' ';
            if (p == s || p[-1] == '\n' || p[-1] == '\t')
                out[w++] = ' ';
        }
    out[w] = '\n';
    free(s);
    return out;
}

void
alps_policy_emit(struct alps_analysis *a, struct alps_result *r)
{
    bool used[ALPS_VENDOR_COUNT] = { false };

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        used[c->vendor] = true;
    if (used[ALPS_GCP])
        alps_policy_gcp(a, r);
    if (used[ALPS_AZURE])
        alps_policy_azure(a, r);
    if (used[ALPS_AWS] || !(used[ALPS_GCP] || used[ALPS_AZURE]))
        alps_policy_aws(a, r);
}
