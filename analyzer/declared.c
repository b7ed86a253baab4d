/* analyzer/declared.c: statement by statement.  A permission counts as needed when the code, or the platform for it, uses it. */
#include "analyzer/declared.h"

#include "analyzer/policy.h"

#include <ctype.h>

/* IAM's wildcards: '*' any run, '?' one; actions are the same in upper and lower case, resources not. */
static bool
matches(const char *pattern, const char *text, bool fold)
{
    const char *star = NULL, *back = NULL;

    while (*text) {
        bool same = fold ? tolower((unsigned char)*pattern) == tolower((unsigned char)*text) : *pattern == *text;

        if (*pattern == '*') {
            star = pattern++;
            back = text;
        } else if (same || *pattern == '?') {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++back;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool
resource_in(const struct alps_statement *s, const char *resource)
{
    for (unsigned i = 0; i < s->n_resources; i++)
        if (matches(s->resource[i], resource, false))
            return true;
    return false;
}

static bool
needs_names(struct alps_analysis *a, const struct alps_result *r, const char *pattern)
{
    bool any = false;

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x; x = x->next)
            if (c->vendor == ALPS_AWS && matches(pattern, x->action, true)) {
                if (strcmp(alps_policy_aws_form(a, r, x), "*") == 0)
                    return false;
                any = true;
            }
    return any;
}

static void
excess_of(struct alps_analysis *a, const struct alps_result *r, const struct alps_statement *s, const char *pattern,
          struct alps_declared *d)
{
    struct alps_excess e = { .statement = s, .pattern = pattern, .names = "" };
    const struct alps_catalog *catalog = &alps_catalog_builtin;

    for (unsigned id = 1; id <= alps_action_count(catalog); id++) {
        struct alps_room room;
        const char *name = alps_action_name(catalog, (alps_action_id)id, &room);
        bool used = false;

        if (alps_action_vendor(catalog, (alps_action_id)id) != ALPS_AWS || !matches(pattern, name, true))
            continue;
        e.grants++;
        for (const struct alps_call_found *c = r->call; c && !used; c = c->next)
            for (const struct alps_access_found *x = c->access; x && !used; x = x->next)
                used = strcmp(x->action, name) == 0 && resource_in(s, alps_policy_aws_form(a, r, x));
        e.used += used;
        if (used)
            e.names = alps_mem_print(a->mem, "%s%s%s", e.names, *e.names ? ", " : "", name);
    }
    for (unsigned i = 0; i < s->n_resources; i++)
        e.wide |= strcmp(s->resource[i], "*") == 0 && needs_names(a, r, pattern);
    if (e.used == e.grants && !e.wide)
        return;
    d->excess = alps_mem_grow(a->mem, d->excess, d->n_excess, sizeof *d->excess);
    d->excess[d->n_excess++] = e;
}

/* Is it certain that no statement gives it?  A name that is not known here may be one of those that are allowed. */
static bool
is_missing(struct alps_analysis *a, const struct alps_result *r, const struct alps_access_found *x)
{
    const char *resource = alps_policy_aws_form(a, r, x);
    bool action = false;

    for (const struct alps_statement *s = r->function->declared; s; s = s->next)
        for (unsigned i = 0; i < s->n_actions; i++)
            if (matches(s->action[i], x->action, true)) {
                if (resource_in(s, resource))
                    return false;
                action = true;
            }
    return !action || !strchr(strrchr(resource, ':') ? strrchr(resource, ':') : resource, '*');
}

void
alps_declared_compare(struct alps_analysis *a, const struct alps_result *r, struct alps_declared *d)
{
    *d = (struct alps_declared){ .known = r->function->declared && !r->function->n_managed };
    for (const struct alps_statement *s = r->function->declared; s; s = s->next)
        for (unsigned i = 0; i < s->n_actions; i++)
            excess_of(a, r, s, s->action[i], d);
    for (const struct alps_call_found *c = d->known ? r->call : NULL; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x; x = x->next)
            if (c->vendor == ALPS_AWS && !c->implied && is_missing(a, r, x)) {
                d->missing = alps_mem_grow(a->mem, d->missing, d->n_missing, sizeof *d->missing);
                d->missing[d->n_missing++] = (struct alps_missing){ c, x };
            }
}
