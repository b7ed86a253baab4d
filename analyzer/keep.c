/* analyzer/keep.c: what is left of a function when its trees and values are given back. */
#include "analyzer/analysis.h"

static const char *
kept(struct alps_mem *mem, const char *s)
{
    return s ? alps_mem_name(mem, s, strlen(s)) : NULL;
}

static struct alps_access_found *
accesses_kept(struct alps_mem *mem, const struct alps_access_found *list)
{
    struct alps_access_found *first = NULL, **end = &first;

    for (; list; list = list->next, end = &(*end)->next) {
        *end = ALPS_MEM(mem, struct alps_access_found);
        **end = *list;
        (*end)->next = NULL;
        (*end)->service = kept(mem, list->service);
        (*end)->action = kept(mem, list->action);
        (*end)->resource = kept(mem, list->resource);
        (*end)->rooted = kept(mem, list->rooted);
        (*end)->why = kept(mem, list->why);
        (*end)->evidence = kept(mem, list->evidence);
    }
    return first;
}

static struct alps_call_found *
calls_kept(struct alps_mem *mem, const struct alps_call_found *list)
{
    struct alps_call_found *first = NULL, **end = &first;

    for (; list; list = list->next, end = &(*end)->next) {
        struct alps_call_found *c = *end = ALPS_MEM(mem, struct alps_call_found);

        *c = *list;
        c->next = NULL;
        c->file = kept(mem, list->file);
        c->operation = kept(mem, list->operation);
        c->access = accesses_kept(mem, list->access);
        c->wire = accesses_kept(mem, list->wire);
        c->via = alps_mem_take(mem, (list->n_via + 1) * sizeof *c->via);
        for (unsigned i = 0; i < list->n_via; i++)
            c->via[i] = kept(mem, list->via[i]);
    }
    return first;
}

void
alps_result_keep(struct alps_mem *mem, struct alps_result *r)
{
    struct alps_host_found *host = NULL, **h = &host;
    struct alps_note *note = NULL, **n = &note;
    const char **file = alps_mem_take(mem, (r->n_files + 1) * sizeof *file);

    r->call = calls_kept(mem, r->call);
    for (const struct alps_host_found *at = r->host; at; at = at->next, h = &(*h)->next) {
        *h = ALPS_MEM(mem, struct alps_host_found);
        **h = (struct alps_host_found){ NULL, kept(mem, at->file), kept(mem, at->host), at->line };
    }
    r->host = host;
    for (const struct alps_note *at = r->note; at; at = at->next, n = &(*n)->next) {
        *n = ALPS_MEM(mem, struct alps_note);
        **n = *at;
        (*n)->next = NULL;
        (*n)->file = kept(mem, at->file);
        (*n)->code = kept(mem, at->code);
        (*n)->text = kept(mem, at->text);
    }
    r->note = note;
    for (unsigned i = 0; i < r->n_files; i++)
        file[i] = kept(mem, r->file[i]);
    r->file = file;
}
