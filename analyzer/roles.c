/* analyzer/roles.c: the tables of roles are searched where they lie: a run asks them a few times at most. */
#include "analyzer/roles.h"

#include "analyzer/embed.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

ALPS_EMBED(alps_tsv_gcp_permissions, "analyzer/tables/gcp-permissions.tsv");
ALPS_EMBED(alps_tsv_gcp_roles, "analyzer/tables/gcp-roles.tsv");
ALPS_EMBED(alps_tsv_gcp_bindings, "analyzer/tables/gcp-bindings.tsv");
ALPS_EMBED(alps_tsv_azure_data, "analyzer/tables/azure-data-actions.tsv");

/* The next line that is no comment, without its end; false at the table's. */
static bool
next_line(const char **at, alps_slice *line)
{
    while (**at) {
        size_t n = strcspn(*at, "\n");

        *line = (alps_slice){ (const uint8_t *)*at, n };
        *at += n + ((*at)[n] == '\n');
        if (n && line->p[0] != '#')
            return true;
    }
    return false;
}

/* "storage.objects.:get,list storage.buckets.:get" holds storage.objects.get? */
static bool
holds(alps_slice groups, const char *permission)
{
    const char *dot = strrchr(permission, '.');
    alps_slice group, front, verbs, verb;
    bool more = true, again;

    while (dot && more) {
        more = alps_slice_cut(groups, ' ', &group, &groups);
        if (!alps_slice_cut(group, ':', &front, &verbs) || front.n != (size_t)(dot + 1 - permission) ||
            memcmp(front.p, permission, front.n) != 0)
            continue;
        for (again = true; again;) {
            again = alps_slice_cut(verbs, ',', &verb, &verbs);
            if (alps_slice_eq(verb, alps_slice_of(dot + 1)))
                return true;
        }
    }
    return false;
}

static unsigned
size_of(alps_slice groups)
{
    unsigned n = 0;

    for (size_t i = 0; i < groups.n; i++)
        n += groups.p[i] == ',' || groups.p[i] == ':';
    return n;
}

bool
alps_roles_gcp_permission(const char *action)
{
    const char *at = alps_tsv_gcp_permissions;
    alps_slice line;

    while (next_line(&at, &line))
        if (holds(line, action))
            return true;
    return false;
}

const char *
alps_roles_gcp_narrowest(struct alps_mem *mem, const char *const *permission, unsigned n, const char **excess)
{
    const char *at = alps_tsv_gcp_roles, *best = NULL;
    unsigned size = 0;
    alps_slice line, role, groups;

    while (next_line(&at, &line)) {
        unsigned k = 0;

        if (!alps_slice_cut(line, '\t', &role, &groups))
            continue;
        while (k < n && holds(groups, permission[k]))
            k++;
        if (k < n || (best && size_of(groups) >= size))
            continue;
        size = size_of(groups);
        best = alps_mem_text(mem, (const char *)role.p, role.n);
        *excess = alps_mem_print(mem, "%u of its %u permissions are not used", size - n, size);
    }
    return best;
}

unsigned
alps_roles_bindings(struct alps_mem *mem, const struct alps_gcp_binding **table)
{
    const char *at = alps_tsv_gcp_bindings;
    struct alps_gcp_binding *row = NULL;
    unsigned n = 0;
    alps_slice line, cell[3], rest;

    while (next_line(&at, &line)) {
        if (!alps_slice_cut(line, '\t', &cell[0], &rest) || !alps_slice_cut(rest, '\t', &cell[1], &cell[2]))
            abort();                    /* a table of our own */
        row = alps_mem_grow(mem, row, n, sizeof *row);
        row[n++] = (struct alps_gcp_binding){ alps_mem_text(mem, (const char *)cell[0].p, cell[0].n),
                                              alps_mem_text(mem, (const char *)cell[1].p, cell[1].n),
                                              alps_mem_text(mem, (const char *)cell[2].p, cell[2].n) };
    }
    *table = row;
    return n;
}

bool
alps_roles_azure_data(const char *action)
{
    const char *at = alps_tsv_azure_data;
    alps_slice line;
    char pattern[512];

    while (next_line(&at, &line)) {
        if (line.n >= sizeof pattern)
            continue;
        memcpy(pattern, line.p, line.n);
        pattern[line.n] = '\0';
        if (fnmatch(pattern, action, FNM_CASEFOLD) == 0)
            return true;
    }
    return false;
}
