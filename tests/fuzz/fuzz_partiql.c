/* A statement is refused, or its names lie in it, are names, and stay the same with blanks
 * around it; and no further statement behind it is ever passed over. */
#include <stdio.h>
#include <stdlib.h>

#include "core/partiql.h"
#include "core/reason.h"

static char again[1 << 16];

static void
name_is_one(alps_slice name, alps_slice statement)
{
    if (name.p < statement.p || name.p + name.n > statement.p + statement.n || name.n == 0)
        abort();
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == '"')
            abort();
    if (memchr(name.p, '/', name.n) && !alps_slice_starts(name, ALPS_S("arn:")))
        abort();
}

static void
same(alps_slice statement, const struct alps_partiql *p, const char *before, const char *behind)
{
    struct alps_partiql q;
    size_t n = (size_t)snprintf(again, sizeof again, "%s%.*s%s", before, (int)statement.n, (const char *)statement.p, behind);

    if (alps_partiql_read((alps_slice){ (uint8_t *)again, n }, &q) != 0 || q.verb != p->verb ||
        !alps_slice_eq(q.table, p->table) || !alps_slice_eq(q.index, p->index))
        abort();
}

/* Another statement behind this one is never passed over. */
static void
refused(alps_slice statement, const char *behind)
{
    struct alps_partiql q;
    size_t n = (size_t)snprintf(again, sizeof again, "%.*s%s", (int)statement.n, (const char *)statement.p, behind);

    if (alps_partiql_read((alps_slice){ (uint8_t *)again, n }, &q) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);            /* so that one byte too far is found */
    alps_slice s = { copy, size };
    struct alps_partiql p;
    int rc;

    if (!copy || size > sizeof again / 2)
        abort();
    if (size)
        memcpy(copy, data, size);
    rc = alps_partiql_read(s, &p);
    if (rc != 0 && rc != -ALPS_STATEMENT && rc != -ALPS_BAD_NAME)
        abort();
    if (rc == 0 && !memchr(copy, 0, size)) {
        name_is_one(p.table, s);
        if (p.index.n)
            name_is_one(p.index, s);
        same(s, &p, " \n", "\t ");
        refused(s, "; DELETE FROM \"x\" WHERE y = 1");
        refused(s, " DELETE FROM \"x\" WHERE y = 1");
        refused(s, ", \"x\" JOIN y");
        refused(s, " -- x");
    }
    free(copy);
    return 0;
}
