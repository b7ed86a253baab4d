/* allowlists/catalogc_tree.h: the part of catalogc.c that makes requests ("PUT /{Bucket}/{Key+}?acl") into a tree of path
 * segments, and the tree into bytes (core/catalog_data.h, enum alps_node). */
#ifndef ALPS_CATALOGC_TREE_H
#define ALPS_CATALOGC_TREE_H

#include "allowlists/catalogc_block.h"

/* child, next, leaf: chains; 0 ends; same: what is below is below that node; at: of its record */
struct tnode { uint32_t child, next, label, greedy, leaf, same, at; const char *text; };
struct tleaf { uint16_t operation, clause; uint8_t method, n_clauses, n_must, base, end; uint32_t next; };

static struct list tnodes = { .size = sizeof(struct tnode) }, tleaves = { .size = sizeof(struct tleaf) };
static struct list tree = { .size = 1 };

enum { METHODS = 8 };
static const char *const methods[METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "MERGE" };

static uint32_t
tnode_new(const char *label)
{
    ((struct tnode *)list_add(&tnodes))->text = label;
    return tnodes.n - 1;
}

static uint32_t
tnode_literal(uint32_t node, alps_slice seg)
{
    uint32_t c = AT(tnodes, struct tnode, node)->child;

    for (; c; c = AT(tnodes, struct tnode, c)->next)
        if (alps_slice_eq(seg, alps_slice_of(AT(tnodes, struct tnode, c)->text)))
            return c;
    c = tnode_new(copy_slice(seg));
    AT(tnodes, struct tnode, c)->next = AT(tnodes, struct tnode, node)->child;
    AT(tnodes, struct tnode, node)->child = c;
    return c;
}

/* "@" in a path: any of the API's versions, below which everything is the same. */
static uint32_t
tnode_version(uint32_t node, alps_slice versions)
{
    alps_slice one;
    uint32_t first;

    alps_slice_cut(versions, ' ', &one, &versions);
    first = tnode_literal(node, one);
    while (versions.n) {
        alps_slice_cut(versions, ' ', &one, &versions);
        uint32_t other = tnode_literal(node, one);
        AT(tnodes, struct tnode, other)->same = first;
    }
    return first;
}

/* "s3express" → a text that no segment of a path is. */
static const char *
front_text(alps_slice name)
{
    char text_of[64];

    snprintf(text_of, sizeof text_of, "%c%.*s", ALPS_FRONT_MARK, (int)name.n, (const char *)name.p);
    return copy_slice(alps_slice_of(text_of));
}

/* Walk or make the way of ${path}; ${labels} counts its labels, and ${names} keeps them.  ":s3express/{Bucket}": what
 * follows is asked of the hosts of that front. */
static uint32_t
tnode_of(uint32_t root, alps_slice path, const struct svc *svc, alps_slice *names, uint8_t *labels, struct place at)
{
    alps_slice seg, rest = path;
    uint32_t node = root;

    alps_slice_cut(path, '/', &seg, &rest);
    if (seg.n)
        node = tnode_literal(root, alps_slice_of(front_text(alps_slice_sub(seg, 1, seg.n))));
    while (rest.n) {
        alps_slice verb = { NULL, 0 };
        alps_slice_cut(rest, '/', &seg, &rest);
        if (svc->vendor == ALPS_GCP && rest.n == 0 && seg.n && memrchr(seg.p, ':', seg.n)) {
            verb = alps_slice_sub(seg, (size_t)((const uint8_t *)memrchr(seg.p, ':', seg.n) - seg.p), seg.n);
            seg.n -= verb.n;
        }
        if (seg.n && seg.p[0] == '{') {
            bool greedy = seg.p[seg.n - 2] == '+';
            uint32_t *to = greedy ? &AT(tnodes, struct tnode, node)->greedy : &AT(tnodes, struct tnode, node)->label;
            uint32_t next = *to;
            if (seg.p[seg.n - 1] != '}' || *labels == 12)
                die(at, "a label is a whole segment, and at most 12 of them");
            if (!next) {
                next = tnode_new("");
                to = greedy ? &AT(tnodes, struct tnode, node)->greedy : &AT(tnodes, struct tnode, node)->label;
                *to = next;
            }
            names[(*labels)++] = alps_slice_sub(seg, 1, seg.n - (greedy ? 2 : 1));
            node = next;
        } else if (alps_slice_eq(seg, ALPS_S("@"))) {
            node = tnode_version(node, alps_slice_of(svc->versions));
        } else {
            bool named = svc->vendor == ALPS_GCP && seg.n && seg.p[0] == '+';
            node = tnode_literal(node, alps_slice_sub(seg, named, seg.n));
        }
        if (verb.n)
            node = tnode_literal(node, verb);       /* "x:publish": a segment of its own */
    }
    return node;
}

static void
clause_add(struct tleaf *leaf, alps_slice key, alps_slice value, enum alps_clause kind)
{
    struct alps_row_clause *c = list_add(&r_clause);

    *c = (struct alps_row_clause){ block_text(copy_slice(key)), block_text(copy_slice(value)), kind };
    leaf->n_clauses++;
    if (kind != ALPS_CLAUSE_MAY && kind != ALPS_CLAUSE_ABSENT)
        leaf->n_must++;
}

/* "Incremental%20Feed": a row's own blanks end a condition. */
static alps_slice
blanks(alps_slice value)
{
    char *p = (char *)(uintptr_t)copy_slice(value), *to = p;

    for (char *from = p; *from; to++) {
        bool blank = strncmp(from, "%20", 3) == 0;
        *to = blank ? ' ' : *from;
        from += blank ? 3 : 1;
    }
    return (alps_slice){ (uint8_t *)p, (size_t)(to - p) };
}

static bool
is_version(alps_slice s)
{
    size_t i = 1;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return alps_slice_eq(s, ALPS_S("@")) || alps_slice_eq(s, ALPS_S("alpha")) || alps_slice_eq(s, ALPS_S("beta")) ||
           (i > 1 && s.p[0] == 'v');
}

/* Google: the resource's own name begins behind the version and ends with the last label, or with a "+word" behind it. */
static void
leaf_extent(struct tleaf *leaf, alps_slice path)
{
    alps_slice seg, rest = alps_slice_sub(path, 1, path.n);

    for (uint8_t i = 0; rest.n; i++) {
        alps_slice_cut(rest, '/', &seg, &rest);
        if (is_version(seg) && leaf->base == 0 && leaf->end == 0)
            leaf->base = (uint8_t)(i + 1);
        if (seg.n && (seg.p[0] == '{' || seg.p[0] == '+'))
            leaf->end = (uint8_t)(i + 1);
    }
}

/* "GET /{Bucket}/{Key+}?acl&(versionId) h:x-amz-copy-source !h:range" */
static void
request_add(uint32_t root, const struct svc *svc, const struct op *op, alps_slice request, alps_slice *names,
            uint8_t *labels)
{
    alps_slice method, rest, uri, path, query, one, key, value;
    struct tleaf leaf = { .operation = (uint16_t)(op - (struct op *)svc->op.p), .clause = (uint16_t)r_clause.n };
    uint32_t node;

    alps_slice_cut(request, ' ', &method, &rest);
    alps_slice_cut(rest, ' ', &uri, &rest);
    alps_slice_cut(uri, '?', &path, &query);
    while (leaf.method < METHODS && !alps_slice_eq(method, alps_slice_of(methods[leaf.method])))
        leaf.method++;
    if (leaf.method == METHODS || path.n == 0 || (path.p[0] != '/' && path.p[0] != ':'))
        die(op->at, "%s: not a request: %s", op->name, op->request);
    node = tnode_of(root, path, svc, names, labels, op->at);
    if (svc->vendor == ALPS_GCP)
        leaf_extent(&leaf, path);
    while (query.n) {
        alps_slice_cut(query, '&', &one, &query);
        if (one.n > 2 && one.p[0] == '(') {
            clause_add(&leaf, alps_slice_sub(one, 1, one.n - 1), ALPS_S(""), ALPS_CLAUSE_MAY);
        } else {
            alps_slice_cut(one, '=', &key, &value);
            clause_add(&leaf, key, value, ALPS_CLAUSE_QUERY);
        }
    }
    while (rest.n) {
        alps_slice_cut(rest, ' ', &one, &rest);
        bool absent = one.n && one.p[0] == '!';
        one = alps_slice_sub(one, absent, one.n);
        if (!alps_slice_starts(one, ALPS_S("h:")))
            die(op->at, "%s: not a condition: %.*s", op->name, (int)one.n, (const char *)one.p);
        alps_slice_cut(alps_slice_sub(one, 2, one.n), '=', &key, &value);
        clause_add(&leaf, key, blanks(value), absent ? ALPS_CLAUSE_ABSENT : ALPS_CLAUSE_HEADER);
    }
    for (uint32_t l = AT(tnodes, struct tnode, node)->leaf; l; l = AT(tleaves, struct tleaf, l)->next) {
        const struct tleaf *other = AT(tleaves, struct tleaf, l);
        if (other->operation == leaf.operation && other->method == leaf.method && !other->n_clauses && !leaf.n_clauses)
            return;                                 /* the same path under other names */
    }
    leaf.next = AT(tnodes, struct tnode, node)->leaf;
    *(struct tleaf *)list_add(&tleaves) = leaf;
    AT(tnodes, struct tnode, node)->leaf = tleaves.n - 1;
}

/* The versions that ${request} is to be written out for, one of which *${rest} begins with; n = 0: "@" stands for all. */
static alps_slice
next_version(const struct svc *svc, alps_slice request, alps_slice *rest)
{
    alps_slice one = { NULL, 0 };

    if (svc->spelt && memmem(request.p, request.n, "/@", 2))
        alps_slice_cut(*rest, ' ', &one, rest);
    else
        *rest = one;
    return one;
}

static alps_slice
with_version(alps_slice request, alps_slice version)
{
    const uint8_t *at = memmem(request.p, request.n, "/@", 2);
    char *p = version.n ? malloc(request.n + version.n + 1) : NULL;
    int n;

    if (!version.n)
        return request;
    if (!p)
        exit(1);
    n = sprintf(p, "%.*s%.*s%.*s", (int)(at + 1 - request.p), (const char *)request.p, (int)version.n,
                (const char *)version.p, (int)(request.p + request.n - at - 2), (const char *)at + 2);
    return (alps_slice){ (uint8_t *)p, (size_t)n };
}

/* "GET /a ; HEAD /a": the labels of one are the first labels of the other. */
static void
requests_add(uint32_t root, const struct svc *svc, const struct op *op, alps_slice *names, uint8_t *labels)
{
    for (const char *from = op->request, *end; from; from = end ? end + 3 : NULL) {
        alps_slice mine[12], versions = alps_slice_of(svc->versions), one;
        uint8_t n = 0;

        end = strstr(from, " ; ");
        one = (alps_slice){ (const uint8_t *)from, end ? (size_t)(end - from) : strlen(from) };
        do {
            n = 0;
            request_add(root, svc, op, with_version(one, next_version(svc, one, &versions)), mine, &n);
        } while (versions.n);
        for (uint8_t i = 0; i < n && i < *labels; i++)
            if (!alps_slice_eq(mine[i], names[i]) && strchr(op->accesses, '{') && !strstr(op->accesses, "{path}"))
                die(op->at, "%s: its requests call label %u by different names", op->name, i);
        for (; *labels < n; ++*labels)
            names[*labels] = mine[*labels];
    }
}

/* Does some row write a version out that is not the first one?  "@" is then no other name for the first. */
static bool
versions_spelt(const struct svc *s)
{
    alps_slice all = alps_slice_of(s->versions), one;

    alps_slice_cut(all, ' ', &one, &all);
    while (all.n) {
        alps_slice_cut(all, ' ', &one, &all);
        for (uint32_t i = 0; i < s->op.n; i++)
            for (const char *p = AT(s->op, struct op, i)->request; (p = strchr(p, '/')) != NULL; p++)
                if (strncmp(p + 1, (const char *)one.p, one.n) == 0 && strchr("/: ", p[1 + one.n]))
                    return true;
    }
    return false;
}

static int
by_leaf(const void *a, const void *b)
{
    const struct tleaf *x = a, *y = b;

    return x->method != y->method ? x->method - y->method : x->n_must != y->n_must ? y->n_must - x->n_must :
           x->operation - y->operation;
}

static void
tree_byte(uint32_t byte)
{ *(uint8_t *)list_add(&tree) = (uint8_t)byte; }

static void
tree_number(uint32_t n)
{
    tree_byte(n & 0xff);
    tree_byte(n >> 8);
}

static void
tree_set(uint32_t at, uint32_t n)
{
    AT(tree, uint8_t, at)[0] = (uint8_t)n;
    AT(tree, uint8_t, at)[1] = (uint8_t)(n >> 8);
}

static void
tree_name(const char *name)
{
    uint8_t code[512];
    uint32_t n = words_code(name, code, false);

    tree_byte(n);
    for (uint32_t i = 0; i < n; i++)
        tree_byte(code[i]);
}

/* The leaves of ${t}, sorted; ${flags} tells of what kind. */
static void
tree_leaves(const struct tnode *t, struct list *leaves, uint32_t *flags)
{
    for (uint32_t l = t->leaf; l; l = AT(tleaves, struct tleaf, l)->next) {
        struct tleaf leaf = *AT(tleaves, struct tleaf, l);
        *(struct tleaf *)list_add(leaves) = leaf;
        *flags |= ALPS_NODE_LEAVES | (leaf.base || leaf.end ? ALPS_NODE_EXTENTS : 0u) |
                  (leaf.n_clauses ? ALPS_NODE_CLAUSES : 0u);
    }
    if (leaves->n)
        qsort(leaves->p, leaves->n, sizeof(struct tleaf), by_leaf);
}

static void
tree_leaves_put(const struct list *leaves, uint32_t flags)
{
    tree_byte(leaves->n);
    for (uint32_t i = 0; i < leaves->n; i++) {
        const struct tleaf *l = AT(*leaves, struct tleaf, i);
        tree_number((uint32_t)l->operation << 3 | l->method);
        if (flags & ALPS_NODE_EXTENTS)
            tree_byte((uint32_t)l->base << 5 | l->end);
        if (flags & ALPS_NODE_CLAUSES) {
            tree_byte(l->n_clauses);
            tree_byte(l->n_must);
            tree_number(l->clause);
        }
    }
}

static uint32_t tree_put(uint32_t node, const char *name);

/* The records of all edges of ${t}, whose offsets go to ${records}; those that go on at another come last. */
static void
tree_children(const struct tnode *t, uint32_t records)
{
    uint32_t i = 0;

    for (uint32_t c = t->child; c; c = AT(tnodes, struct tnode, c)->next, i++) {
        if (AT(tnodes, struct tnode, c)->same)
            continue;
        uint32_t record = tree_put(c, AT(tnodes, struct tnode, c)->text);
        AT(tnodes, struct tnode, c)->at = record;
        tree_set(records + 2 * i, record);
    }
    i = 0;
    for (uint32_t c = t->child; c; c = AT(tnodes, struct tnode, c)->next, i++) {
        const struct tnode *one = AT(tnodes, struct tnode, c);
        if (!one->same)
            continue;
        if (one->child || one->label || one->greedy || one->leaf)
            die((struct place){ one->text, 0 }, "goes on elsewhere, and has paths of its own");
        tree_set(records + 2 * i, tree.n);
        tree_name(one->text);
        tree_byte(ALPS_NODE_GOTO);
        tree_number(AT(tnodes, struct tnode, one->same)->at);
    }
}

/* The record of node ${k}, and behind it the records of all below; returns where it is. */
static uint32_t
tree_put(uint32_t k, const char *name)
{
    struct tnode t = *AT(tnodes, struct tnode, k);
    struct list leaves = { .size = sizeof(struct tleaf) };
    uint32_t at = tree.n, n = 0, flags = 0, label, records;

    tree_name(name);
    tree_leaves(&t, &leaves, &flags);
    for (uint32_t c = t.child; c; c = AT(tnodes, struct tnode, c)->next)
        n++;
    flags |= (t.label ? ALPS_NODE_LABEL : 0u) | (t.greedy ? ALPS_NODE_GREEDY : 0u) | (n ? ALPS_NODE_EDGES : 0u) |
             (n > 255 ? ALPS_NODE_MANY : 0u);
    tree_byte(flags);
    label = tree.n;
    for (uint32_t i = 0; i < (t.label ? 2u : 0u) + (t.greedy ? 2u : 0u); i++)
        tree_byte(0);
    if (leaves.n)
        tree_leaves_put(&leaves, flags);
    free(leaves.p);
    if (n > 255)
        tree_number(n);
    else if (n)
        tree_byte(n);
    for (uint32_t c = t.child; c; c = AT(tnodes, struct tnode, c)->next)
        tree_byte(mark_of(AT(tnodes, struct tnode, c)->text));
    records = tree.n;
    for (uint32_t i = 0; i < 2 * n; i++)
        tree_byte(0);
    if (t.label)
        tree_set(label, tree_put(t.label, ""));
    if (t.greedy)
        tree_set(label + (t.label ? 2 : 0), tree_put(t.greedy, ""));
    tree_children(&t, records);
    return at;
}

static uint32_t
tree_begin(void)
{
    tnodes.n = tleaves.n = tree.n = 0;
    tnode_new("");
    list_add(&tleaves);
    return tnode_new("");
}

static void
tree_end(const struct svc *s, uint32_t root)
{
    tree_put(root, "");
    if (tree.n > UINT16_MAX || r_clause.n > UINT16_MAX || s->op.n > 0x1fff)
        die((struct place){ s->name, 0 }, "the paths have outgrown their offsets: %u bytes", tree.n);
    for (uint32_t i = 1; i < tleaves.n; i++)
        if (AT(tleaves, struct tleaf, i)->base > 7 || AT(tleaves, struct tleaf, i)->end > 31)
            die((struct place){ s->name, 0 }, "a name of more segments than can be told");
    for (uint32_t i = 1; i < tnodes.n; i++) {
        unsigned n = 0;
        for (uint32_t l = AT(tnodes, struct tnode, i)->leaf; l; l = AT(tleaves, struct tleaf, l)->next)
            n++;
        if (n > 255)
            die((struct place){ s->name, 0 }, "too many requests of one path");
    }
}

#endif
