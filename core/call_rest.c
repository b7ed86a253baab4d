/* Verb, path and query → operation, by the trie of one service.  Literal segments before labels, labels before the rest
 * of the path; without recursion, in bounded steps. */
#include "core/call_inside.h"

enum { STEPS = 2048 };

struct frame { uint16_t at; uint8_t seg, stage, extent, labels; };

struct tree { const struct alps_catalog *c; const struct alps_row_service *s; const uint8_t *p; };

struct node {                                       /* one node, its parts found; core/catalog_data.h */
    const uint8_t *leaves, *marks;
    uint16_t label, greedy, n_edges;
    uint8_t flags, n_leaves;
};

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

static uint16_t
number(const uint8_t *p)
{ return (uint16_t)(p[0] | p[1] << 8); }

/* "Record": a name and a node.  The node of the record at ${at}, or the one that it says to go on at. */
static struct node
node_at(const struct tree *t, uint16_t at)
{
    const uint8_t *p = t->p + at;
    struct node n = { .n_leaves = 0 };

    p += 1 + *p;
    if (*p & ALPS_NODE_GOTO) {
        p = t->p + number(p + 1);
        p += 1 + *p;
    }
    n.flags = *p++;
    if (n.flags & ALPS_NODE_LABEL) {
        n.label = number(p);
        p += 2;
    }
    if (n.flags & ALPS_NODE_GREEDY) {
        n.greedy = number(p);
        p += 2;
    }
    if (n.flags & ALPS_NODE_LEAVES) {
        n.n_leaves = *p++;
        n.leaves = p;
        p += n.n_leaves * alps_leaf_size(n.flags);
    }
    if (n.flags & ALPS_NODE_EDGES) {
        n.n_edges = *p++;
        if (n.flags & ALPS_NODE_MANY)
            n.n_edges = (uint16_t)(n.n_edges | *p++ << 8);
        n.marks = p;
    }
    return n;
}

/* The record of the edge that is called ${seg}; 0: there is none. */
static uint16_t
edge_of(const struct tree *t, const struct node *n, alps_slice seg)
{
    const uint8_t *at = n->marks, *end = n->n_edges ? at + n->n_edges : at, *records = end;
    bool escaped = seg.n && memchr(seg.p, '%', seg.n);
    uint8_t mark = (uint8_t)alps_catalog_hash(seg.p, (uint32_t)seg.n);
    char room[LOOK_NAME];

    for (; at < end; at++) {
        if (!escaped && (at = memchr(at, mark, (size_t)(end - at))) == NULL)
            break;
        uint16_t record = number(records + 2 * (at - n->marks));
        if (!escaped && look_name_is(t->c, t->p + record, seg))
            return record;
        if (escaped && alps_call_decoded_eq(seg, look_name_put(t->c, t->p + record, room)))    /* rare: one by one */
            return *room == ALPS_FRONT_MARK ? 0 : record;
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

static struct call_leaf
leaf_at(const struct tree *t, uint8_t flags, const uint8_t *p)
{
    struct call_leaf leaf = { .operation = t->s->operation + (number(p) >> 3) };

    p += 2;
    if (flags & ALPS_NODE_EXTENTS) {
        leaf.base = *p >> 5;
        leaf.end = *p++ & 31;
    }
    if (flags & ALPS_NODE_CLAUSES) {
        leaf.n_clauses = p[0];
        leaf.n_must = p[1];
        leaf.clause = number(p + 2);
    }
    return leaf;
}

/* The leaves of ${n} that fit best. */
static bool
leaves_of(const struct call_head *h, const struct tree *t, const struct node *n, struct call_match *m)
{
    uint8_t method = method_of(h->r->method);

    m->n_leaves = 0;
    for (uint32_t i = 0; i < n->n_leaves; i++) {
        const uint8_t *p = n->leaves + i * alps_leaf_size(n->flags);
        bool fits = (*p & 7) == method;
        if (!fits)
            continue;
        struct call_leaf leaf = leaf_at(t, n->flags, p);
        for (uint32_t k = 0; k < leaf.n_clauses && fits; k++)
            fits = clause_holds(h, look_clause(h->c, t->s->clause, leaf.clause + k));
        if (!fits || (m->n_leaves && leaf.n_must < m->leaf[0].n_must) || m->n_leaves == 4)
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
clause_names(const struct call_head *h, const struct alps_row_service *s, const struct call_leaf *leaf, alps_slice key)
{
    for (uint32_t k = 0; k < leaf->n_clauses; k++) {
        const struct alps_row_clause *cl = look_clause(h->c, s->clause, leaf->clause + k);
        if (cl->kind != ALPS_CLAUSE_HEADER && may_be(key, look_text(h->c, cl->key)) &&
            alps_call_decoded_eq(key, look_slice(h->c, cl->key)))
            return true;
    }
    return false;
}

/* Every query key that could choose another operation must have been asked for by this one; once, and in its own
 * spelling. */
static int
specials_hold(const struct call_head *h, const struct alps_row_service *s, const struct call_leaf *leaf)
{
    const uint32_t *special = look_u32(h->c, s->special);
    bool strict = s->n_apis && look_api(h->c, s->api, 0)->protocol == ALPS_PROTO_S3;

    for (unsigned i = 0; i < h->n_query; i++) {
        alps_slice key = h->query[i].key;
        bool asked = clause_names(h, s, leaf, key);
        if (strict && !asked && h->query[i].value.n == 0)
            return -ALPS_UNKNOWN_API;               /* a sub-resource that the table does not know */
        for (uint32_t k = 0; k < s->n_specials; k++) {
            if (!may_be(key, look_text(h->c, special[k])))
                continue;
            alps_slice name = look_slice(h->c, special[k]);
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
walk(const struct call_head *h, const struct call_segments *s, const struct tree *t, uint16_t from, struct call_match *m)
{
    struct frame stack[ALPS_CALL_SEGMENTS + 2];
    unsigned depth = 1, steps = 0;

    stack[0] = (struct frame){ .at = from };
    while (depth && ++steps < STEPS) {
        struct frame *f = &stack[depth - 1];
        struct node node = node_at(t, f->at);
        struct frame next = { .labels = f->labels };

        if (f->seg == s->n) {
            if (f->stage++ == 0 && leaves_of(h, t, &node, m)) {
                m->n_labels = f->labels;
                return true;
            }
            depth--;
            continue;
        }
        if (f->stage == 0) {
            f->stage = 1;
            next.at = s->bucket && f->seg == 0 ? 0 : edge_of(t, &node, s->at[f->seg]);
            next.seg = (uint8_t)(f->seg + 1);
        } else if (f->stage == 1) {
            f->stage = 2;
            next.at = s->at[f->seg].n && f->labels < 12 && !(s->verb && f->seg + 1u == s->n) ? node.label : 0;
            next.seg = (uint8_t)(f->seg + 1);
            if (next.at)
                label_set(s, m, next.labels++, f->seg, 0);
        } else if (f->stage == 2 && node.greedy && f->labels < 12 && f->seg + f->extent < s->n - s->verb) {
            f->extent++;
            next.at = node.greedy;
            next.seg = (uint8_t)(f->seg + f->extent);
            label_set(s, m, next.labels++, f->seg, f->extent);
        } else {
            depth--;
            continue;
        }
        if (next.at)
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
    struct tree t = { h->c, s, look_byte(h->c, s->root) };
    alps_slice front = alps_call_front(h, service);
    struct node root;
    uint16_t from = 0;
    int rc = 0;

    if (front.n) {
        root = node_at(&t, 0);
        from = edge_of(&t, &root, front);
        if (!from)
            return 0;
    }
    if (!walk(h, segs, &t, from, m))
        return 0;
    for (unsigned i = 0; i < m->n_leaves && rc == 0; i++)
        rc = specials_hold(h, s, &m->leaf[i]);
    return rc ? rc : 1;
}
