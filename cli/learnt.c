#include "cli/learnt.h"

#include <cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *
grown(void *p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return p;
    *cap = 2 * *cap + 64;
    p = realloc(p, *cap * size);
    if (!p) {
        fprintf(stderr, "alps: out of memory\n");
        exit(2);
    }
    return p;
}

static char *
copy(const char *s)
{
    char *c = strdup(s);

    if (!c) {
        fprintf(stderr, "alps: out of memory\n");
        exit(2);
    }
    return c;
}

static const char *
string_of(const cJSON *object, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return s ? s : "";
}

static void
add_call(struct alps_learnt *l, const cJSON *line)
{
    const cJSON *a, *more = cJSON_GetObjectItemCaseSensitive(line, "more");

    l->calls++;
    if (cJSON_IsNumber(more))
        l->lost += (unsigned long)more->valuedouble;
    cJSON_ArrayForEach(a, cJSON_GetObjectItemCaseSensitive(line, "accesses")) {
        l->access = grown(l->access, l->n, &l->cap, sizeof *l->access);
        l->access[l->n++] = (struct alps_learnt_access){ copy(string_of(a, "action")), copy(string_of(a, "resource")),
                                                         copy(string_of(line, "operation")) };
    }
}

/* Understood, or a host that may be listed; anything else no allowlist can help. */
static void
add_line(struct alps_learnt *l, const cJSON *line)
{
    const char *reason = string_of(line, "reason"), *would = string_of(line, "would");
    const cJSON *lost = cJSON_GetObjectItemCaseSensitive(line, "lost");

    if (cJSON_IsNumber(lost)) {
        l->lost_lines += (unsigned long)lost->valuedouble;
        return;
    }
    l->lines++;
    if (*would)
        reason = would;
    if (strcmp(reason, "HOST_NOT_LISTED") == 0 && *string_of(line, "host")) {
        l->host = grown(l->host, l->n_hosts, &l->cap_hosts, sizeof *l->host);
        l->host[l->n_hosts++] = copy(string_of(line, "host"));
    } else if (strcmp(reason, "LISTED") == 0 || strcmp(reason, "NOT_LISTED") == 0) {
        add_call(l, line);
    } else if (strcmp(reason, "PLATFORM") != 0 && strcmp(reason, "NO_PERMISSION") != 0 && strcmp(reason, "HOST_LISTED") != 0) {
        if (l->unread++ == 0)
            snprintf(l->why, sizeof l->why, "%s", reason);
    }
}

static int
access_order(const void *a, const void *b)
{
    const struct alps_learnt_access *x = a, *y = b;
    int order = strcmp(x->action, y->action);

    if (order == 0)
        order = strcmp(x->resource, y->resource);
    return order ? order : strcmp(x->operation, y->operation);
}

static int
text_order(const void *a, const void *b)
{ return strcmp(*(char *const *)a, *(char *const *)b); }

static void
sort(struct alps_learnt *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->access, l->n, sizeof *l->access, access_order);
    for (size_t i = 0; i < l->n; i++)
        if (kept && access_order(&l->access[kept - 1], &l->access[i]) == 0) {
            free(l->access[i].action);
            free(l->access[i].resource);
            free(l->access[i].operation);
        } else
            l->access[kept++] = l->access[i];
    l->n = kept;
    if (l->n_hosts)
        qsort(l->host, l->n_hosts, sizeof *l->host, text_order);
    kept = 0;
    for (size_t i = 0; i < l->n_hosts; i++)
        if (kept && strcmp(l->host[kept - 1], l->host[i]) == 0)
            free(l->host[i]);
        else
            l->host[kept++] = l->host[i];
    l->n_hosts = kept;
}

bool
alps_learnt_read(struct alps_learnt *l, const char *who, const char *log)
{
    FILE *f = fopen(log, "re");
    char *line = NULL;
    size_t cap = 0;
    bool ok = true;

    *l = (struct alps_learnt){ .lines = 0 };
    if (!f && errno == ENOENT)
        return true;                    /* nothing was called */
    if (!f) {
        fprintf(stderr, "alps %s: %s: %s\n", who, log, strerror(errno));
        return false;
    }
    while (ok && getline(&line, &cap, f) > 0) {
        cJSON *json = cJSON_Parse(line);

        ok = cJSON_IsObject(json);
        if (ok)
            add_line(l, json);
        else
            fprintf(stderr, "alps %s: %s:%lu: this is no line of a log\n", who, log, l->lines + 1);
        cJSON_Delete(json);
    }
    free(line);
    fclose(f);
    sort(l);
    return ok;
}

void
alps_learnt_free(struct alps_learnt *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->access[i].action);
        free(l->access[i].resource);
        free(l->access[i].operation);
    }
    for (size_t i = 0; i < l->n_hosts; i++)
        free(l->host[i]);
    free(l->access);
    free(l->host);
    *l = (struct alps_learnt){ .lines = 0 };
}

/* Google's permissions begin with the API's name, but not all: then the operation says it. */
alps_slice
alps_learnt_service(const struct alps_learnt_access *a)
{
    alps_slice action = alps_slice_of(a->action), operation = alps_slice_of(a->operation), head, rest;

    if (alps_slice_cut(action, ':', &head, &rest) || alps_slice_cut(action, '/', &head, &rest))
        return head;
    alps_slice_cut(action, '.', &head, &rest);
    if (!alps_service_find(&alps_catalog_builtin, ALPS_GCP, head) && alps_slice_cut(operation, '.', &operation, &rest) &&
        alps_service_find(&alps_catalog_builtin, ALPS_GCP, operation))
        return operation;
    return head;
}
