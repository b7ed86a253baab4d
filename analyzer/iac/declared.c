/* analyzer/iac/declared.c: the policies that infrastructure code gives to a function's role. */
#include "analyzer/iac/iac.h"

/* A text or a list of them; what is not known becomes "*". */
static const char **
texts(struct alps_project *p, const struct alps_tree *t, struct alps_iac_texts how, unsigned *n)
{
    unsigned all = !t ? 0 : t->kind == TREE_LIST ? t->n : 1;
    const char **out = alps_mem_take(p->mem, (all + 1) * sizeof *out);

    for (*n = 0; *n < all; ++*n) {
        const char *s = how.text(how.ctx, t->kind == TREE_LIST ? t->child[*n] : t);
        char *shown = alps_mem_text(p->mem, s, strlen(s));

        for (char *c = shown; *c; c++)
            if (*c == TEXT_ANY)
                *c = '*';
        out[*n] = shown;
    }
    return out;
}

void
alps_iac_statement(struct alps_project *p, struct alps_function *f, const struct alps_tree *actions,
                   const struct alps_tree *resources, struct alps_place at, unsigned line, struct alps_iac_texts how)
{
    struct alps_statement *s = ALPS_MEM(p->mem, struct alps_statement), **end = &f->declared;

    s->action = texts(p, actions, how, &s->n_actions);
    s->resource = texts(p, resources, how, &s->n_resources);
    s->place = alps_mem_print(p->mem, "%s:%u", at.shown, line);
    while (*end)
        end = &(*end)->next;
    *end = s;
}

static void
statement_read(struct alps_project *p, struct alps_function *f, const struct alps_tree *t, struct alps_place at,
               struct alps_iac_texts how)
{
    static struct alps_tree everything = { .kind = TREE_TEXT, .tag = "", .text = "*" };
    const struct alps_tree *actions = alps_tree_get(t, "Action"), *resources = alps_tree_get(t, "Resource"),
        *effect = alps_tree_get(t, "Effect");

    if (t->kind != TREE_MAP || (effect && strcmp(how.text(how.ctx, effect), "Allow") != 0))
        return;
    if (alps_tree_get(t, "NotAction"))                  /* all but some: more than anybody uses */
        actions = &everything;
    if (alps_tree_get(t, "NotResource"))
        resources = &everything;
    if (actions && resources)
        alps_iac_statement(p, f, actions, resources, at, t->line, how);
}

void
alps_iac_policy(struct alps_project *p, struct alps_function *f, const struct alps_tree *t, struct alps_place at,
                struct alps_iac_texts how)
{
    const struct alps_tree *list = alps_tree_get(t, "Statement");

    list = list ? list : t;
    for (unsigned i = 0; list && i < (list->kind == TREE_LIST ? list->n : 1); i++)
        statement_read(p, f, list->kind == TREE_LIST ? list->child[i] : list, at, how);
}

void
alps_iac_managed(struct alps_project *p, struct alps_function *f, const char *name, struct alps_place at, unsigned line)
{
    static struct alps_tree everything = { .kind = TREE_TEXT, .tag = "", .text = "*" };
    const char *slash = strrchr(name, '/');

    name = slash ? slash + 1 : name;
    if (strcmp(name, "AdministratorAccess") == 0) {
        struct alps_statement *s = ALPS_MEM(p->mem, struct alps_statement);

        s->action = s->resource = alps_mem_take(p->mem, sizeof *s->action);
        s->action[0] = everything.text;
        s->n_actions = s->n_resources = 1;
        s->place = alps_mem_print(p->mem, "%s:%u", at.shown, line);
        s->next = f->declared;
        f->declared = s;
        return;
    }
    if (strncmp(name, "AWSLambda", 9) == 0 && strstr(name, "ExecutionRole"))
        return;                                         /* the platform's own: logs, queues' polling, network interfaces */
    f->managed = alps_mem_grow(p->mem, f->managed, f->n_managed, sizeof *f->managed);
    f->managed[f->n_managed++] = alps_mem_print(p->mem, "%s (%s:%u)", name, at.shown, line);
}
