/* allowlists/catalogc_google.h: what Google's tables have besides: methods enforced on their own id, RPCs, recipes. */
#ifndef ALPS_CATALOGC_GOOGLE_H
#define ALPS_CATALOGC_GOOGLE_H

#include "allowlists/catalogc_block.h"

ROWS(rpc_service);

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
    struct alps_row_recipe r = { .template = block_text(template) };
    struct alps_row_member members[16] = { { .name = 0 } };
    alps_slice t = alps_slice_of(template), inside;
    size_t next;

    for (size_t i = 0; i < t.n; i = next) {
        next = i + 1;
        if (t.p[i] != '{')
            continue;
        if (!alps_template_group(t, i, &inside, &next) || r.n_members == sizeof members / sizeof *members)
            die(at, "a group that does not end, or too many: %s", template);
        uint32_t name = block_text(copy_slice(inside));
        members[r.n_members++] = (struct alps_row_member){ .name = name, .arg = name, .where = ALPS_AT_BODY };
    }
    r.member = (uint16_t)run_put(&r_member, members, r.n_members);
    return (uint16_t)run_put(&r_recipe, &r, 1);
}

/* "google.pubsub.v1|v1beta2.Publisher/Publish" → a row for each version. */
struct rpc_flat { const char *service, *method; uint16_t operation, recipe; struct place at; };
static struct list rpc_names = { .size = sizeof(const char *) };   /* of each of r_rpc_service */
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
    row.operation = (uint16_t)(op - (struct op *)s->op.p);
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

static void
rpcs_read(const struct svc *s)
{
    rpc_all.n = 0;
    for (uint32_t k = 0; k < s->rpc.n; k++)
        rpc_add(s, AT(s->rpc, struct rpc, k));
    if (rpc_all.n)
        qsort(rpc_all.p, rpc_all.n, sizeof(struct rpc_flat), by_rpc);
}

static const char *
rpc_method(const void *from, uint32_t i)
{ return ((const struct rpc_flat *)from)[i].method; }

static bool
rpcs_same(const struct rpc_flat *a, const struct rpc_flat *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i].operation != b[i].operation || a[i].recipe != b[i].recipe || strcmp(a[i].method, b[i].method) != 0)
            return false;
    return true;
}

/* The methods of one RPC service. */
static uint32_t
rpc_list(const struct rpc_flat *first, uint32_t n)
{
    uint32_t at = blob_align(4);

    for (uint32_t i = 0; i < names_index(n); i++)
        blob_put("RPCs", "", 1);
    for (uint32_t i = 0; i < n; i++) {
        struct alps_row_rpc row = { first[i].operation, first[i].recipe };
        blob_put("RPCs", &row, sizeof row);
        if (i && strcmp(first[i].method, first[i - 1].method) == 0)
            die(first[i].at, "%s/%s is there twice", first->service, first[i].method);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint8_t mark = mark_of(first[i].method);
        blob_put("RPCs", &mark, 1);
    }
    blob_names("RPCs", at, rpc_method, first, n);
    return at;
}

static void
emit_rpcs(const struct svc *s)
{
    struct list before = { .size = sizeof(struct pair_count) };     /* first row and number of each list; key: where it is */

    for (uint32_t i = 0, n; i < rpc_all.n; i += n) {
        struct rpc_flat *first = AT(rpc_all, struct rpc_flat, i);
        struct alps_row_rpc_service *r = list_add(&r_rpc_service);
        for (n = 0; i + n < rpc_all.n && strcmp(first[n].service, first->service) == 0;)
            n++;
        *r = (struct alps_row_rpc_service){ .name = blob_name("RPCs", first->service), .n = (uint16_t)n, .service = s->id };
        *(const char **)list_add(&rpc_names) = first->service;
        for (uint32_t k = 0; k < before.n && !r->list; k++) {       /* another version's may be the same */
            const struct rpc_flat *other = AT(rpc_all, struct rpc_flat, AT(before, struct pair_count, k)->n);
            bool whole = (uint32_t)(AT(before, struct pair_count, k)->key >> 32) == n;
            if (whole && rpcs_same(other, first, n))
                r->list = (uint32_t)AT(before, struct pair_count, k)->key;
        }
        if (!r->list) {
            r->list = rpc_list(first, n);
            *(struct pair_count *)list_add(&before) = (struct pair_count){ (uint64_t)n << 32 | r->list, i };
        }
    }
    free(before.p);
}

static void
emit_rpc_services(struct alps_catalog *c)
{
    static uint16_t hash[4096];

    if (r_rpc_service.n > 3600)
        die((struct place){ "RPCs", 0 }, "more services than their hash can hold");
    for (uint32_t i = 0; i < r_rpc_service.n; i++) {
        const char *name = *AT(rpc_names, const char *, i);
        uint32_t slot = alps_catalog_hash((const uint8_t *)name, (uint32_t)strlen(name));
        while (hash[slot & 4095])
            slot++;
        hash[slot & 4095] = (uint16_t)(i + 1);
    }
    blob_align(4);
    c->rpc_hash = (struct alps_section){ 4096, blob_put("RPCs", hash, sizeof hash) };
    c->rpc_service = (struct alps_section){ r_rpc_service.n, blob_list("RPCs", &r_rpc_service) };
}

#endif
