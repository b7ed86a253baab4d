/* Verb, path and query → operation, by the trie of one service.  Literal segments before labels, labels before the rest
 * of the path; without recursion, in bounded steps. */
#include "core/call_inside.h"

enum { STEPS = 2048 };

struct frame { uint32_t node; uint8_t seg, stage, extent, labels; };

static int
segments_of(const struct call_head *h, struct call_segments *s)
{
    alps_slice rest = h->r->path, one;

    s->n = 0;
    s->verb = false;
    s->bucket = h->bucket_in_host;
    s->end = rest.p + rest.n;
    if (h->path) {
        memcpy(s->at, h->path->at, h->path->n * sizeof *s->at);
        s->n = h->path->n;
        s->end = h->path->end;
        s->bucket = false;
        return 0;
    }
    if (rest.n == 0 || rest.p[0] != '/')
        return -ALPS_BAD_TARGET;
    if (s->bucket)
        s->at[s->n++] = h->bucket;
    rest = alps_slice_sub(rest, 1, rest.n);
    for (bool more = rest.n != 0; more;) {
        more = alps_slice_cut(rest, '/', &one, &rest);
        if (!more && one.n == 0)
            break;                                  /* "/a/" is "/a" to a template; a key keeps its slash */
        if (s->n == ALPS_CALL_SEGMENTS)
            /* only the rest of a path is that deep: what follows belongs to it */
            break;
        s->at[s->n++] = one;
    }
    return 0;
}

static uint32_t
edge_of(const struct alps_catalog *c, const struct alps_row_node *node, alps_slice seg)
{
    uint32_t lo = node->edge, hi = lo + node->n_edges;
    bool escaped = seg.n && memchr(seg.p, '%', seg.n);

    if (escaped) {                                  /* rare: one by one, decoded */
        for (; lo < hi; lo++)
            if (alps_call_decoded_eq(seg, look_slice(c, look_edge(c, lo)->text)))
                return *look_text(c, look_edge(c, lo)->text) == ALPS_FRONT_MARK ? 0 : look_edge(c, lo)->node;
        return 0;
    }
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = look_compare(seg, look_text(c, look_edge(c, mid)->text));
        if (d == 0)
            return look_edge(c, mid)->node;
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

static bool
header_there(const struct call_head *h, alps_slice name)
{
    bool twice;

    return alps_request_header(h->r, name, &twice) || alps_call_hoisted(h, name, &twice);
}

/* Once, and that; case is of no matter ("True", "true"). */
static bool
header_says(const struct call_head *h, alps_slice name, alps_slice value)
{
    bool twice;
    const struct alps_header *f = alps_request_header(h->r, name, &twice);

    return f && !twice && alps_slice_ieq(f->value, value);
}

static bool
clause_holds(const struct call_head *h, const struct alps_row_clause *cl)
{
    alps_slice key = look_slice(h->c, cl->key), value = look_slice(h->c, cl->value);

    if (cl->kind == ALPS_CLAUSE_MAY)
        return true;
    if (cl->kind == ALPS_CLAUSE_ABSENT)
        return !header_there(h, key);
    if (cl->kind == ALPS_CLAUSE_HEADER)
        return value.n ? header_says(h, key, value) : header_there(h, key);
    for (unsigned i = 0; i < h->n_query; i++)
        if (alps_call_decoded_eq(h->query[i].key, key))
            return value.n == 0 || alps_call_decoded_eq(h->query[i].value, value);
    return false;
}

static uint8_t
method_of(alps_slice m)
{
    static const char names[][8] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "MERGE" };
    uint8_t i = 0;

    while (i < 8 && !alps_slice_eq(m, alps_slice_of(names[i])))
        i++;
    return i;
}

/* The leaves of ${node} that fit best. */
static bool
leaves_of(const struct call_head *h, uint32_t node, struct call_match *m)
{
    const struct alps_row_node *n = look_node(h->c, node);
    uint8_t method = method_of(h->r->method);

    m->n_leaves = 0;
    for (uint32_t i = 0; i < n->n_leaves; i++) {
        const struct alps_row_leaf *leaf = look_leaf(h->c, n->leaf + i);
        bool fits = leaf->method == method;
        for (uint32_t k = 0; k < leaf->n_clauses && fits; k++)
            fits = clause_holds(h, look_clause(h->c, leaf->clause + k));
        if (!fits || (m->n_leaves && leaf->n_must < m->leaf[0]->n_must) || m->n_leaves == 4)
            continue;
        m->leaf[m->n_leaves++] = leaf;
    }
    return m->n_leaves != 0;
}

/* Most keys differ in their first letter already. */
static bool
may_be(alps_slice key, const char *name)
{
    return key.n && (key.p[0] == '%' || alps_lower(key.p[0]) == alps_lower((uint8_t)*name));
}

static bool
clause_names(const struct call_head *h, const struct alps_row_leaf *leaf, alps_slice key)
{
    for (uint32_t k = 0; k < leaf->n_clauses; k++) {
        const struct alps_row_clause *cl = look_clause(h->c, leaf->clause + k);
        if (cl->kind != ALPS_CLAUSE_HEADER && may_be(key, look_text(h->c, cl->key)) &&
            alps_call_decoded_eq(key, look_slice(h->c, cl->key)))
            return true;
    }
    return false;
}

/* Every query key that could choose another operation must have been asked for by this one; once, and in its own
 * spelling. */
static int
specials_hold(const struct call_head *h, const struct alps_row_service *s, const struct alps_row_leaf *leaf)
{
    const uint32_t *special = (const uint32_t *)(const void *)look_at(h->c, h->c->special);
    bool strict = s->n_apis && look_api(h->c, s->api)->protocol == ALPS_PROTO_S3;

    for (unsigned i = 0; i < h->n_query; i++) {
        alps_slice key = h->query[i].key;
        bool asked = clause_names(h, leaf, key);
        if (strict && !asked && h->query[i].value.n == 0)
            return -ALPS_UNKNOWN_API;               /* a sub-resource that the table does not know */
        for (uint32_t k = 0; k < s->n_specials; k++) {
            if (!may_be(key, look_text(h->c, special[s->special + k])))
                continue;
            alps_slice name = look_slice(h->c, special[s->special + k]);
            bool same = alps_call_decoded_eq(key, name);
            if ((same && !asked) || (!same && alps_slice_ieq(key, name)))
                return -ALPS_UNKNOWN_API;
            for (unsigned j = i + 1; same && j < h->n_query; j++)
                if (alps_call_decoded_eq(h->query[j].key, name))
                    return -ALPS_BAD_TARGET;
        }
    }
    return 0;
}

static void
label_set(const struct call_segments *s, struct call_match *m, unsigned k, unsigned from, unsigned extent)
{
    const uint8_t *end = s->at[from].p + s->at[from].n;     /* extent 0: one segment */

    if (extent && from + extent == s->n)
        end = s->end;
    else if (extent)
        end = s->at[from + extent - 1].p + s->at[from + extent - 1].n;
    m->label[k] = (alps_slice){ s->at[from].p, (size_t)(end - s->at[from].p) };
    m->ready[k] = s->bucket && from == 0;
}

static bool
walk(const struct call_head *h, const struct call_segments *s, uint32_t root, struct call_match *m)
{
    struct frame stack[ALPS_CALL_SEGMENTS + 2];
    unsigned depth = 1, steps = 0;

    stack[0] = (struct frame){ .node = root };
    while (depth && ++steps < STEPS) {
        struct frame *f = &stack[depth - 1];
        const struct alps_row_node *node = look_node(h->c, f->node);
        struct frame next = { .labels = f->labels };

        if (f->seg == s->n) {
            if (f->stage++ == 0 && leaves_of(h, f->node, m)) {
                m->n_labels = f->labels;
                return true;
            }
            depth--;
            continue;
        }
        if (f->stage == 0) {
            f->stage = 1;
            next.node = s->bucket && f->seg == 0 ? 0 : edge_of(h->c, node, s->at[f->seg]);
            next.seg = (uint8_t)(f->seg + 1);
        } else if (f->stage == 1) {
            f->stage = 2;
            next.node = s->at[f->seg].n && f->labels < 12 && !(s->verb && f->seg + 1u == s->n) ? node->label : 0;
            next.seg = (uint8_t)(f->seg + 1);
            if (next.node)
                label_set(s, m, next.labels++, f->seg, 0);
        } else if (f->stage == 2 && node->greedy && f->labels < 12 && f->seg + f->extent < s->n - s->verb) {
            f->extent++;
            next.node = node->greedy;
            next.seg = (uint8_t)(f->seg + f->extent);
            label_set(s, m, next.labels++, f->seg, f->extent);
        } else {
            depth--;
            continue;
        }
        if (next.node)
            stack[depth++] = next;
    }
    return false;
}

int
alps_call_rest_match(struct call_head *h, uint16_t service, struct call_match *m)
{
    struct call_segments segs;
    int rc = segments_of(h, &segs);

    return rc ? rc : alps_call_rest_walk(h, service, &segs, m);
}

int
alps_call_rest_walk(struct call_head *h, uint16_t service, const struct call_segments *segs, struct call_match *m)
{
    const struct alps_row_service *s = look_service(h->c, service);
    uint32_t root = s->root;
    int rc = 0;

    if (service == h->front_service)
        root = edge_of(h->c, look_node(h->c, root), h->front);
    if (!root || !walk(h, segs, root, m))
        return 0;
    for (unsigned i = 0; i < m->n_leaves && rc == 0; i++)
        rc = specials_hold(h, s, m->leaf[i]);
    return rc ? rc : 1;
}
