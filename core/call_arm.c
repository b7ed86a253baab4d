/* The control plane of Azure: what a path and its verb name, by rule.  "/subscriptions/S/resourceGroups/G/providers/P/T/N/U/M"
 * is names in pairs: P/T/U is the type, and the verb does the rest.  The tables hold the spelling of known types, and the
 * exceptions.  Case is of no matter to the service; the vendor's spelling is what we print.
 * Facts: the vendor's "Understand the structure of Azure resource ids", its lists of actions by provider. */
#include "core/azure.h"
#include "core/call_inside.h"

enum { NAME_MOST = 255 };

struct arm {
    alps_slice seg[ALPS_CALL_SEGMENTS];             /* raw */
    unsigned n, provider, type;                     /* where the last provider and its first type stand; n: nowhere */
};

struct text { char p[ALPS_RESOURCE]; size_t n; bool full; };

static void
put(struct text *t, alps_slice s)
{
    if (s.n > sizeof t->p - t->n) {
        t->full = true;
        return;
    }
    if (s.n)
        memcpy(t->p + t->n, s.p, s.n);
    t->n += s.n;
}

static bool
is_word(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = alps_lower(s.p[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !memchr("._-$", c, 4))
            return false;
    }
    return s.n != 0;
}

/* At the first '/', or at an escaped one: SDKs escape whole scopes, and no name holds one. */
static bool
cut(alps_slice s, alps_slice *head, alps_slice *tail)
{
    for (size_t i = 0; i < s.n; i++) {
        bool escaped = s.p[i] == '%' && i + 2 < s.n && s.p[i + 1] == '2' && (s.p[i + 2] | 0x20) == 'f';
        if (s.p[i] != '/' && !escaped)
            continue;
        *head = alps_slice_sub(s, 0, i);
        *tail = alps_slice_sub(s, i + (escaped ? 3 : 1), s.n);
        return true;
    }
    *head = s;
    *tail = (alps_slice){ s.p + s.n, 0 };
    return false;
}

static int
read_path(struct call_head *h, struct arm *a)
{
    alps_slice rest = h->r->path, seg;

    *a = (struct arm){ .n = 0 };
    if (rest.n == 0 || rest.p[0] != '/')
        return -ALPS_BAD_TARGET;
    rest = alps_slice_sub(rest, 1, rest.n);
    for (bool more = rest.n != 0; more;) {
        more = cut(rest, &seg, &rest);
        if (seg.n == 0)
            continue;                               /* "/a/"; "//subscriptions", a scope put in as it is */
        if (a->n == ALPS_CALL_SEGMENTS)
            return -ALPS_BAD_TARGET;
        if (alps_call_decoded_eq(seg, ALPS_S(".")) || alps_call_decoded_eq(seg, ALPS_S("..")))
            return -ALPS_BAD_NAME;
        a->seg[a->n++] = seg;
    }
    a->provider = a->n;
    for (unsigned i = 0, key = 0; i + 2 < a->n; i++) {
        bool here = alps_slice_ieq(a->seg[i], ALPS_S("providers"));
        if (here && i != key)
            return -ALPS_BAD_NAME;                  /* a name of something: the path can be read in two ways */
        if (here)
            a->provider = i + 1;
        key += i == key ? 2 : 0;
    }
    a->type = a->provider < a->n ? a->provider + 1 : 0;
    return 0;
}

/* Type by type into ${name}; returns the row of the last one, 0 if some segment of it is not known. */
static int
name_type(struct call_head *h, struct arm *a, struct text *name, uint32_t *row)
{
    static const alps_slice resources = { (const uint8_t *)"Microsoft.Resources", 19 };
    alps_slice word = a->provider < a->n ? a->seg[a->provider] : resources;
    uint32_t at = 0;
    bool known = true;

    for (unsigned i = a->type;; i += 2) {
        uint32_t next = known ? alps_azure_type(h->c, at, word) : 0;
        if (!is_word(word))
            return -ALPS_UNKNOWN_API;
        put(name, next ? look_slice(h->c, look_type(h->c, next)->text) : word);
        known = next != 0;
        at = next;
        if (i >= a->n)
            break;
        put(name, ALPS_S("/"));
        word = a->seg[i];
    }
    *row = known ? at : 0;
    return 0;
}

/* How the key words of an id are spelt; types by the tree. */
static alps_slice
spelt(const struct call_head *h, const struct arm *a, unsigned i, uint32_t *parent)
{
    static const char words[][16] = { "subscriptions", "resourceGroups", "providers" };
    uint32_t row;

    row = *parent != UINT32_MAX ? alps_azure_type(h->c, *parent, a->seg[i]) : 0;
    *parent = row ? row : UINT32_MAX;
    if (row)
        return look_slice(h->c, look_type(h->c, row)->text);
    for (unsigned k = 0; k < sizeof words / sizeof *words; k++)
        if (alps_slice_ieq(a->seg[i], alps_slice_of(words[k])))
            return alps_slice_of(words[k]);
    return a->seg[i];
}

/* The id of what is touched: of a list, what it is in. */
static int
put_id(struct call_head *h, const struct arm *a, struct alps_call_span *id)
{
    unsigned n = a->n - (a->n - a->type) % 2;       /* a type at the end names nothing by itself */
    uint32_t parent = UINT32_MAX;
    struct alps_call_span one;
    bool key = true;
    int rc = 0;

    if (a->type && n == a->type)
        n -= 2;                                     /* "…/providers/Microsoft.Storage" of a list at that scope */
    *id = (struct alps_call_span){ h->call->n_text, 0 };
    for (unsigned i = 0; i < n && rc == 0; i++) {
        rc = alps_call_text_put(h->call, ALPS_S("/"), &one);
        if (rc == 0 && i && alps_slice_ieq(a->seg[i - 1], ALPS_S("providers")) && !key) {
            parent = 0;
            rc = alps_call_text_put(h->call, spelt(h, a, i, &parent), &one);
            key = true;
            continue;
        }
        if (rc == 0)
            rc = key ? alps_call_text_put(h->call, spelt(h, a, i, &parent), &one)
                     : alps_call_text_decode(h->call, a->seg[i], false, &one);
        key = !key;
    }
    if (rc == 0 && n == 0)
        rc = alps_call_text_put(h->call, ALPS_S("/"), &one);
    id->n = (uint16_t)(h->call->n_text - id->at);
    return rc;
}

int
alps_call_arm(struct call_head *h)
{
    static const struct { char method[8], verb[8]; } verbs[] = {
        { "GET", "read" }, { "HEAD", "read" }, { "POST", "action" }, { "PUT", "write" }, { "DELETE", "delete" },
        { "PATCH", "write" }
    };
    const struct alps_row_arm *e = NULL;
    struct alps_call *call = h->call;
    struct text name = { .n = 0, .full = false };
    struct arm a;
    unsigned m = 0;
    uint32_t row = 0;
    bool list;
    int rc = read_path(h, &a);

    while (m < 6 && !alps_slice_eq(h->r->method, alps_slice_of(verbs[m].method)))
        m++;
    if (rc == 0 && (m == 6 || a.n == 0))
        rc = -ALPS_UNKNOWN_API;
    if (rc == 0)
        rc = name_type(h, &a, &name, &row);
    if (rc)
        return rc;
    list = (a.n - a.type) % 2;
    if (!row || (look_type(h->c, row)->is & ALPS_TYPE_EXCEPTION))
        e = alps_azure_exception(h->c, (alps_slice){ (const uint8_t *)name.p, name.n }, m, list);
    if (e) {
        name.n = 0;
        put(&name, look_slice(h->c, e->action));
    } else {
        put(&name, ALPS_S("/"));
        put(&name, alps_slice_of(m == 2 && !list ? "write" : verbs[m].verb));
    }
    if (name.full || name.n > NAME_MOST)
        return -ALPS_NAME_TOO_LONG;
    if (name.n == 1)
        return alps_call_batch_choose(h, CALL_BATCH_ARM, alps_operation_first(h->c, h->service[0]));     /* "-" */
    rc = alps_call_text_put(call, (alps_slice){ (const uint8_t *)name.p, name.n }, &call->named);
    if (rc == 0)
        rc = put_id(h, &a, &call->site);
    if (rc == 0)
        rc = alps_call_candidate_add(call, alps_operation_first(h->c, h->service[0]));
    call->no_permission = false;
    return rc;
}

int
alps_call_arm_visit(const struct alps_call *call, alps_access_fn *fn, void *ctx)
{
    struct alps_access access = { .operation = call->operation, .resource = alps_call_span(call, call->site),
                                  .name = alps_call_span(call, call->named) };

    access.action = alps_action_find(call->catalog, access.name);
    if (!access.action)
        access.action = ALPS_ACTION_NAMED;
    return fn(ctx, &access);
}

alps_slice
alps_call_name(const struct alps_call *call)
{ return call->batch.kind ? ALPS_S("batch") : alps_call_span(call, call->named); }
