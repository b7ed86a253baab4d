/* allowlists/catalogc_google.h: what Google's tables have besides: methods enforced on their own id, RPCs, recipes. */
#ifndef ALPS_CATALOGC_GOOGLE_H
#define ALPS_CATALOGC_GOOGLE_H

#include "allowlists/catalogc_read.h"

ROWS(rpc_service);
ROWS(rpc);
ROWS(recipe);

/* "pubsub" and "projects.topics.publish" → "pubsub.projects.topics.publish"; "package.Service/Method" as it is. */
static const char *
method_id(const struct svc *s, const char *operation)
{
    static char id[512];

    if (strchr(operation, '/'))
        return operation;
    snprintf(id, sizeof id, "%s.%s", s->name, operation);
    return id;
}

static void
use_action(const char *name, struct place at)
{
    struct act key = { .name = name };
    struct act *a = bsearch(&key, actions.p, actions.n, sizeof(struct act), by_action);

    if (!a)
        die(at, "the vendor has no permission '%s'", name);
    a->used = true;
}

/* Which permissions Google's rows name; the others cannot match and are left out.  A method whose permission nobody knows
 * is its own ("? template"). */
static void
settle_google_actions(void)
{
    struct list own = { .size = sizeof(struct act) };
    uint32_t kept = 0;

    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        for (uint32_t k = 0; k < s->op.n && s->vendor == ALPS_GCP; k++) {
            struct op *op = AT(s->op, struct op, k);
            alps_slice all = alps_slice_of(op->accesses), one, action, rest;
            if (op->accesses[0] == '?') {
                const char *id = copy_slice(alps_slice_of(method_id(s, op->name)));
                char *accesses = malloc(strlen(id) + strlen(op->accesses) + 1);
                if (!accesses)
                    exit(1);
                sprintf(accesses, "%s%s", id, op->accesses + 1);
                op->accesses = accesses;
                struct act key = { .name = id };
                if (!bsearch(&key, actions.p, actions.n, sizeof(struct act), by_action))
                    *(struct act *)list_add(&own) = (struct act){ id, "-", op->at, ALPS_GCP, true };
                else
                    use_action(id, op->at);
                continue;
            }
            while (all.n && strcmp(op->accesses, "-") != 0) {
                alps_slice_cut(all, ';', &one, &all);
                if (one.n && one.p[0] == ' ')
                    one = alps_slice_sub(one, 1, one.n);
                alps_slice_cut(one, ' ', &action, &rest);
                use_action(copy_slice(action), op->at);
            }
        }
    }
    for (uint32_t i = 0; i < actions.n; i++) {
        struct act a = *AT(actions, struct act, i);
        if (a.vendor != ALPS_GCP || a.used)
            *AT(actions, struct act, kept++) = a;
    }
    actions.n = kept;
    for (uint32_t i = 0; i < own.n; i++)
        *(struct act *)list_add(&actions) = *AT(own, struct act, i);
}

/* "{1}/objects/{2.1}": numbers of fields are the members. */
static uint16_t
recipe_named(const char *template, struct place at)
{
    static struct list text_of = { .size = sizeof(const char *) };
    struct alps_row_recipe *r;
    alps_slice t = alps_slice_of(template), inside;
    size_t next;

    for (uint32_t i = 0; i < text_of.n; i++)
        if (strcmp(*AT(text_of, const char *, i), template) == 0)
            return (uint16_t)i;
    *(const char **)list_add(&text_of) = template;
    r = list_add(&r_recipe);
    *r = (struct alps_row_recipe){ .template = text_put(template), .member = r_member.n };
    for (size_t i = 0; i < t.n; i = next) {
        next = i + 1;
        if (t.p[i] != '{')
            continue;
        if (!alps_template_group(t, i, &inside, &next))
            die(at, "a group that does not end: %s", template);
        uint32_t name = text_put(copy_slice(inside));
        *(struct alps_row_member *)list_add(&r_member) = (struct alps_row_member){ name, name, ALPS_AT_BODY };
        r->n_members++;
    }
    return (uint16_t)(r_recipe.n - 1);
}

/* "google.pubsub.v1|v1beta2.Publisher/Publish" → a row for each version. */
struct rpc_flat { const char *service, *method; uint32_t operation; uint16_t recipe; struct place at; };
static struct list rpc_all = { .size = sizeof(struct rpc_flat) };

static void
rpc_add(const struct svc *s, const struct rpc *r)
{
    alps_slice all = alps_slice_of(r->name), full, method, before, versions, after, one;
    const char *bar = strchr(r->name, '|'), *from = r->name, *to;
    struct op key = { .name = r->operation };
    struct op *op = bsearch(&key, s->op.p, s->op.n, sizeof(struct op), by_op);
    struct rpc_flat row = { .recipe = recipe_named(r->recipe, r->at), .at = r->at };

    if (!op)
        die(r->at, "%s has no operation '%s'", s->name, r->operation);
    row.operation = op->id;
    alps_slice_cut(all, '/', &full, &method);
    row.method = copy_slice(method);
    for (const char *p = r->name; bar && p < bar; p++)
        if (*p == '.')
            from = p + 1;
    to = from + strcspn(from, ".");
    before = (alps_slice){ full.p, bar ? (size_t)(from - r->name) : full.n };
    versions = alps_slice_sub(full, before.n, bar ? (size_t)(to - r->name) : full.n);
    after = alps_slice_sub(full, before.n + versions.n, full.n);
    do {
        char name[256];
        alps_slice_cut(versions, '|', &one, &versions);
        snprintf(name, sizeof name, "%.*s%.*s%.*s", (int)before.n, (const char *)before.p, (int)one.n,
                 (const char *)one.p, (int)after.n, (const char *)after.p);
        row.service = copy_slice(alps_slice_of(name));
        *(struct rpc_flat *)list_add(&rpc_all) = row;
    } while (versions.n);
}

static int
by_rpc(const void *a, const void *b)
{
    const struct rpc_flat *x = a, *y = b;
    int d = strcmp(x->service, y->service);

    return d ? d : strcmp(x->method, y->method);
}

/* The same methods under another version's name need no rows of their own. */
static uint32_t
rpc_rows_same(uint32_t from, uint32_t n)
{
    for (uint32_t i = 0; i + n <= from; i++)
        if (memcmp(AT(r_rpc, struct alps_row_rpc, i), AT(r_rpc, struct alps_row_rpc, from),
                   n * sizeof(struct alps_row_rpc)) == 0)
            return i;
    return from;
}

static void
emit_rpcs(void)
{
    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        for (uint32_t k = 0; k < s->rpc.n; k++)
            rpc_add(s, AT(s->rpc, struct rpc, k));
    }
    qsort(rpc_all.p, rpc_all.n, sizeof(struct rpc_flat), by_rpc);
    for (uint32_t i = 0, n; i < rpc_all.n; i += n) {
        struct rpc_flat *first = AT(rpc_all, struct rpc_flat, i);
        struct alps_row_rpc_service *s = list_add(&r_rpc_service);
        uint32_t from = r_rpc.n;
        for (n = 0; i + n < rpc_all.n && strcmp(first[n].service, first->service) == 0; n++) {
            if (n && strcmp(first[n].method, first[n - 1].method) == 0)
                die(first[n].at, "%s/%s is there twice", first->service, first[n].method);
            *(struct alps_row_rpc *)list_add(&r_rpc) =
                (struct alps_row_rpc){ text_put(first[n].method), first[n].operation | (uint32_t)first[n].recipe << 20 };
        }
        *s = (struct alps_row_rpc_service){ text_put(first->service), rpc_rows_same(from, n), n };
        if (s->rpc != from)
            r_rpc.n = from;
    }
    if (r_recipe.n >= 1 << 12 || r_op.n >= 1 << 20)
        die((struct place){ "catalogc", 0 }, "the RPCs have outgrown their indices");
}

#endif
