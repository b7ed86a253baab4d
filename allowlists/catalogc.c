/* allowlists/catalogc.c: the tables of allowlists/catalog/ → one block of read-only data, as C source on standard
 * output.  Usage: catalogc FILE.tsv…  Tables under override/ win over the others, row by row.  A table that names an
 * action which is not in the vendor's list, or a member without a place on the wire, is an error. */
#include "allowlists/catalogc_read.h"
#include "core/template.h"

static struct list tnodes = { .size = sizeof(struct tnode) }, tleaves = { .size = sizeof(struct tleaf) };
#define ROWS(noun) static struct list r_##noun = { .size = sizeof(struct alps_row_##noun) }
ROWS(service);
ROWS(api);
ROWS(need);
ROWS(member);
ROWS(action);
ROWS(node);
ROWS(edge);
ROWS(leaf);
ROWS(clause);
ROWS(host);
ROWS(scope);
ROWS(suffix);
ROWS(region);
ROWS(type);
ROWS(arm);
static int
by_action(const void *a, const void *b)
{
    return strcmp(((const struct act *)a)->name, ((const struct act *)b)->name);
}

static int
by_op(const void *a, const void *b)
{
    return strcmp(((const struct op *)a)->name, ((const struct op *)b)->name);
}

static struct list r_op = { .size = sizeof(struct alps_row_operation) };
static struct list r_arn = { .size = 4 }, r_special = { .size = 4 }, r_platform = { .size = 4 }, r_hash = { .size = 2 };

#include "allowlists/catalogc_google.h"

/* --- actions --- */

static void
emit_actions(void)
{
    qsort(actions.p, actions.n, sizeof(struct act), by_action);
    settle_google_actions();
    qsort(actions.p, actions.n, sizeof(struct act), by_action);
    list_add(&r_action);
    for (uint32_t i = 0; i < actions.n; i++) {
        struct act *a = AT(actions, struct act, i);
        struct alps_row_action *r = list_add(&r_action);

        if (i && strcmp(a[-1].name, a->name) == 0)
            die(a->at, "%s is there twice", a->name);
        *r = (struct alps_row_action){ .name = text_put_action(a->name), .arn = r_arn.n, .vendor = (uint16_t)a->vendor };
        for (const char *p = a->arns; *p && *p != '-'; p += strspn(p, " ")) {
            char *end;
            unsigned long k = strtoul(p, &end, 10);
            if (end == p || k >= arns.n)
                die(a->at, "no such @arn: %s", p);
            *(uint32_t *)list_add(&r_arn) = text_put(*AT(arns, const char *, k));
            r->n_arns++;
            p = end;
        }
    }
}

static struct act *known_find(alps_slice name);

static uint16_t
action_named(alps_slice name, struct place at)
{
    struct act key = { .name = copy_slice(name) };
    struct act *a = bsearch(&key, actions.p, actions.n, sizeof(struct act), by_action);

    if (!a && known_find(name))                     /* in the vendor's spelling */
        a = bsearch(known_find(name), actions.p, actions.n, sizeof(struct act), by_action);
    if (!a)
        die(at, "the vendor has no action '%s'", key.name);
    return (uint16_t)(a - (struct act *)actions.p + 1);
}

/* --- requests --- */

enum { METHODS = 8 };
static const char *const methods[METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "MERGE" };

#include "allowlists/catalogc_azure.h"

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
static uint32_t
front_put(alps_slice name)
{
    char text_of[64];

    snprintf(text_of, sizeof text_of, "%c%.*s", ALPS_FRONT_MARK, (int)name.n, (const char *)name.p);
    return text_put(text_of);
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
        node = tnode_literal(root, alps_slice_of((char *)text.p + front_put(alps_slice_sub(seg, 1, seg.n))));
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
clause_add(struct alps_row_leaf *leaf, alps_slice key, alps_slice value, enum alps_clause kind)
{
    struct alps_row_clause *c = list_add(&r_clause);

    *c = (struct alps_row_clause){ text_put(copy_slice(key)), text_put(copy_slice(value)), kind };
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
leaf_extent(struct alps_row_leaf *leaf, alps_slice path)
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
    struct alps_row_leaf leaf = { .operation = op->id, .clause = (uint16_t)r_clause.n };
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
    *(struct tleaf *)list_add(&tleaves) = (struct tleaf){ leaf, AT(tnodes, struct tnode, node)->leaf };
    AT(tnodes, struct tnode, node)->leaf = tleaves.n - 1;
}

/* "GET /a ; HEAD /a": the labels of one are the first labels of the other. */
static void
requests_add(uint32_t root, const struct svc *svc, const struct op *op, alps_slice *names, uint8_t *labels)
{
    for (const char *from = op->request, *end; from; from = end ? end + 3 : NULL) {
        alps_slice mine[12];
        uint8_t n = 0;

        end = strstr(from, " ; ");
        request_add(root, svc, op, (alps_slice){ (const uint8_t *)from, end ? (size_t)(end - from) : strlen(from) }, mine, &n);
        for (uint8_t i = 0; i < n && i < *labels; i++)
            if (!alps_slice_eq(mine[i], names[i]) && strchr(op->accesses, '{') && !strstr(op->accesses, "{path}"))
                die(op->at, "%s: its requests call label %u by different names", op->name, i);
        for (; *labels < n; ++*labels)
            names[*labels] = mine[*labels];
    }
}

static int
by_edge(const void *a, const void *b)
{
    const struct alps_row_edge *x = a, *y = b;

    return strcmp((char *)text.p + x->text, (char *)text.p + y->text);
}

static int
by_leaf(const void *a, const void *b)
{
    const struct alps_row_leaf *x = a, *y = b;

    return x->method != y->method ? x->method - y->method : x->n_must != y->n_must ? y->n_must - x->n_must :
           (x->operation > y->operation) - (x->operation < y->operation);
}

static void
emit_nodes(void)
{
    for (uint32_t i = 0; i < tnodes.n; i++) {
        struct tnode *t = AT(tnodes, struct tnode, i);
        struct alps_row_node *r = list_add(&r_node);

        *r = (struct alps_row_node){ .edge = r_edge.n, .label = t->label, .greedy = t->greedy, .leaf = r_leaf.n };
        for (uint32_t c = t->child; c; c = AT(tnodes, struct tnode, c)->next) {
            *(struct alps_row_edge *)list_add(&r_edge) =
                (struct alps_row_edge){ text_put(AT(tnodes, struct tnode, c)->text),
                                        AT(tnodes, struct tnode, c)->same ? AT(tnodes, struct tnode, c)->same : c };
            r->n_edges++;
        }
        for (uint32_t l = t->leaf; l; l = AT(tleaves, struct tleaf, l)->next) {
            *(struct alps_row_leaf *)list_add(&r_leaf) = AT(tleaves, struct tleaf, l)->row;
            r->n_leaves++;
        }
        if (r->n_edges)
            qsort(AT(r_edge, struct alps_row_edge, r->edge), r->n_edges, sizeof(struct alps_row_edge), by_edge);
        if (r->n_leaves)
            qsort(AT(r_leaf, struct alps_row_leaf, r->leaf), r->n_leaves, sizeof(struct alps_row_leaf), by_leaf);
    }
}

/* --- accesses and their members --- */

static void
member_add(struct alps_row_operation *r, alps_slice name, const struct op *op, const alps_slice *labels,
           uint8_t n_labels)
{
    uint32_t at = text_put(copy_slice(name));
    struct alps_row_member m = { .name = at, .arg = at, .where = ALPS_AT_BODY };
    alps_slice all = alps_slice_of(op->members), one, key, value, kind, arg;
    bool told = false;

    if (alps_member_builtin(name) || name.n == 0)
        return;
    for (uint32_t i = r->member; i < r_member.n; i++)
        if (AT(r_member, struct alps_row_member, i)->name == at)
            return;
    while (all.n && !alps_slice_eq(all, ALPS_S("-")) && !told) {
        alps_slice_cut(all, ' ', &one, &all);
        if (!alps_slice_cut(one, '=', &key, &value) || !alps_slice_cut(value, ':', &kind, &arg))
            die(op->at, "%s: not a place: %.*s", op->name, (int)one.n, (const char *)one.p);
        if (!alps_slice_eq(key, name))
            continue;
        told = true;
        m.where = alps_slice_eq(kind, ALPS_S("label")) ? ALPS_AT_LABEL :
                  alps_slice_eq(kind, ALPS_S("query")) ? ALPS_AT_QUERY :
                  alps_slice_eq(kind, ALPS_S("header")) ? ALPS_AT_HEADER : ALPS_AT_BODY;
        m.arg = text_put(copy_slice(arg));
        name = m.where == ALPS_AT_LABEL ? arg : name;
    }
    for (uint8_t i = 0; i < n_labels && (!told || m.where == ALPS_AT_LABEL); i++) {
        if (alps_slice_eq(labels[i], name)) {
            m.where = ALPS_AT_LABEL;
            m.arg = i;
            told = true;
        }
    }
    if (!told && op->request[0] != '-' && op->request[0] != '!')
        die(op->at, "%s: %.*s has no place on the wire", op->name, (int)name.n, (const char *)name.p);
    *(struct alps_row_member *)list_add(&r_member) = m;
    r->n_members++;
}

static void
members_of_need(struct alps_row_operation *r, struct alps_row_need *need, alps_slice template, alps_slice when,
                const struct op *op, const alps_slice *labels, uint8_t n_labels)
{
    alps_slice inside, part, name, norm, absent;
    struct alps_atom atom;
    bool also;
    size_t next;

    for (size_t i = 0; i < template.n; i = next) {
        next = i + 1;
        if (template.p[i] != '{')
            continue;
        if (!alps_template_group(template, i, &inside, &next))
            die(op->at, "%s: a group that does not end: %s", op->name, (const char *)template.p);
        while (inside.n) {
            alps_slice_cut(inside, '|', &part, &inside);
            alps_template_part(part, &name, &norm, &absent);
            member_add(r, name, op, labels, n_labels);
            need->nested |= alps_member_nested(name);
        }
    }
    while (alps_condition_next(&when, &atom, &also)) {
        member_add(r, atom.name, op, labels, n_labels);
        need->nested |= alps_member_nested(atom.name);
        need->waits |= atom.negated;
    }
}

/* "s3:GetObject arn:…/{Key} if VersionId; …", "-" for none, "?" for an operation whose action nobody knows. */
static void
needs_add(const struct svc *svc, const struct op *op, uint32_t row, const alps_slice *labels, uint8_t n_labels)
{
    alps_slice all = alps_slice_of(op->accesses), one, action, rest, template, when;
    struct alps_row_operation *r = AT(r_op, struct alps_row_operation, row);

    r->need = r_need.n;
    r->member = r_member.n;
    r->batch = strcmp(op->accesses, "!") == 0;
    if (r->batch)
        return;
    if (strcmp(op->accesses, "?") == 0) {
        char name[256];
        snprintf(name, sizeof name, "%s:%s", *svc->prefix ? svc->prefix : svc->name, op->name);
        *(struct alps_row_action *)list_add(&r_action) =
            (struct alps_row_action){ .name = text_put_action(name), .vendor = (uint16_t)svc->vendor };
        *(struct alps_row_need *)list_add(&r_need) =
            (struct alps_row_need){ .resource = text_put("*"), .action = (uint16_t)(r_action.n - 1) };
        r->n_needs = 1;
        return;
    }
    while (all.n && strcmp(op->accesses, "-") != 0) {
        struct alps_row_need need = { 0 };

        alps_slice_cut(all, ';', &one, &all);
        if (all.n && all.p[0] == ' ')
            all = alps_slice_sub(all, 1, all.n);
        alps_slice_cut(one, ' ', &action, &rest);
        alps_slice_cut(rest, ' ', &template, &when);
        if (when.n && !alps_slice_starts(when, ALPS_S("if ")))
            die(op->at, "%s: 'if' expected: %s", op->name, op->accesses);
        when = when.n ? alps_slice_sub(when, 3, when.n) : when;
        need.action = action_named(action, op->at);
        need.resource = text_put(copy_slice(template));
        need.when = text_put(copy_slice(when));
        members_of_need(r, &need, template, when, op, labels, n_labels);
        *(struct alps_row_need *)list_add(&r_need) = need;
        r->n_needs++;
    }
}

/* --- services --- */

static int
by_svc(const void *a, const void *b)
{
    const struct svc *x = a, *y = b;
    int d = strcmp(x->name, y->name);

    return d ? d : (int)x->vendor - (int)y->vendor;
}

static uint32_t
protocol_named(const char *name, struct place at)
{
    static const char *const names[] = {            /* enum alps_protocol */
        "", "json10", "json11", "query", "ec2", "rest-json", "rest-xml", "s3", "cbor"
    };

    for (uint32_t i = 1; i < 9; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    die(at, "no protocol '%s'", name);
    return 0;
}

/* Query keys that choose an operation of this service, sorted. */
static void
emit_specials(struct alps_row_service *r, uint32_t first_clause)
{
    r->special = r_special.n;
    for (uint32_t i = first_clause; i < r_clause.n; i++) {
        struct alps_row_clause *c = AT(r_clause, struct alps_row_clause, i);
        bool have = c->kind != ALPS_CLAUSE_QUERY;
        for (uint32_t k = r->special; k < r_special.n && !have; k++)
            have = *AT(r_special, uint32_t, k) == c->key;
        if (!have)
            *(uint32_t *)list_add(&r_special) = c->key;
    }
    r->n_specials = (uint16_t)(r_special.n - r->special);
}

/* "GetObject#s3express" → "GetObject": the same operation, asked for in another way that needs other actions. */
static const char *
without_variant(const char *name)
{
    return copy_slice((alps_slice){ (const uint8_t *)name, strcspn(name, "#") });
}

static void
emit_service(struct svc *s)
{
    uint32_t k = r_service.n, first_clause = r_clause.n;
    struct alps_row_service *r = list_add(&r_service);

    s->id = (uint16_t)k;
    *r = (struct alps_row_service){ .name = text_put(s->name), .prefix = text_put(s->prefix), .operation = r_op.n,
                                    .n_operations = s->op.n, .api = r_api.n, .vendor = (uint16_t)s->vendor,
                                    .any_region = s->any_region, .traits = s->traits };
    for (uint32_t i = 0; i < s->api.n; i++) {
        struct pair *p = AT(s->api, struct pair, i);
        alps_slice all = alps_slice_of(p->b), one;
        while (all.n) {
            alps_slice_cut(all, ' ', &one, &all);
            *(struct alps_row_api *)list_add(&r_api) =
                (struct alps_row_api){ text_put(copy_slice(one)), protocol_named(p->a, p->at) };
            r->n_apis++;
        }
    }
    qsort(s->op.p, s->op.n, sizeof(struct op), by_op);
    r->root = tnode_new("");
    for (uint32_t i = 0; i < s->op.n; i++) {
        struct op *op = AT(s->op, struct op, i);
        alps_slice labels[12];
        uint8_t n_labels = 0;

        op->id = r_op.n;
        *(struct alps_row_operation *)list_add(&r_op) = (struct alps_row_operation){
            .name = text_put(without_variant(op->name)), .service = s->id,
            .protocol = (uint8_t)(r->n_apis ? AT(r_api, struct alps_row_api, r->api)->protocol :
                                  s->vendor == ALPS_AZURE ? ALPS_PROTO_REST_JSON : 0) };
        if (op->request[0] != '-' && op->request[0] != '!')
            requests_add(r->root, s, op, labels, &n_labels);
        needs_add(s, op, op->id, labels, n_labels);
    }
    for (uint32_t i = 0; i < s->platform.n; i++) {
        struct pair *p = AT(s->platform, struct pair, i);
        struct op key = { .name = p->a };
        struct op *op = bsearch(&key, s->op.p, s->op.n, sizeof(struct op), by_op);
        if (!op)
            die(p->at, "%s has no operation '%s'", s->name, p->a);
        AT(r_op, struct alps_row_operation, op->id)->platform = (uint8_t)r_platform.n;
        *(uint32_t *)list_add(&r_platform) = text_put(p->b);
    }
    emit_specials(r, first_clause);
}

static int
by_host(const void *a, const void *b)
{
    const struct alps_row_host *x = a, *y = b;
    int d = strcmp((char *)text.p + x->stem, (char *)text.p + y->stem);

    return d ? d : x->capture != y->capture ? x->capture - y->capture : x->service - y->service;
}

static int
by_scope(const void *a, const void *b)
{
    const struct alps_row_scope *x = a, *y = b;
    int d = strcmp((char *)text.p + x->name, (char *)text.p + y->name);

    return d ? d : (int)x->service - (int)y->service;
}

static int
by_suffix(const void *a, const void *b)
{
    const struct alps_row_suffix *x = a, *y = b;
    size_t n = strlen((char *)text.p + x->text), m = strlen((char *)text.p + y->text);

    return n != m ? (n < m) - (n > m) : strcmp((char *)text.p + x->text, (char *)text.p + y->text);
}

static int
by_region(const void *a, const void *b)
{
    const struct alps_row_region *x = a, *y = b;

    return strcmp((char *)text.p + x->text, (char *)text.p + y->text);
}

static void
emit_hosts(void)
{
    static const struct { const char *mark; enum alps_capture capture; } marks[] = {
        { "{AccountId}.", ALPS_HOST_ACCOUNT }, { "{Bucket+}.", ALPS_HOST_BUCKET }, { "{*}.", ALPS_HOST_ANY },
        { "{Name}.", ALPS_HOST_NAME }, { "{AccessPoint}.", ALPS_HOST_ACCESS_POINT },
        { "{Alias+}.", ALPS_HOST_MULTI_REGION }, { "", ALPS_HOST_PLAIN }
    };

    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        for (uint32_t k = 0; k < s->host.n; k++) {
            const struct pair *host = AT(s->host, struct pair, k);
            const char *h = host->a;
            unsigned m = 0;
            while (strncmp(h, marks[m].mark, strlen(marks[m].mark)) != 0)
                m++;
            *(struct alps_row_host *)list_add(&r_host) = (struct alps_row_host){
                text_put(h + strlen(marks[m].mark)), *host->b ? front_put(alps_slice_of(host->b)) : 0, s->id,
                (uint16_t)marks[m].capture };
        }
        for (uint32_t k = 0; k < s->scope.n; k++)
            *(struct alps_row_scope *)list_add(&r_scope) =
                (struct alps_row_scope){ text_put(*AT(s->scope, const char *, k)), s->id };
    }
    qsort(r_host.p, r_host.n, sizeof(struct alps_row_host), by_host);
    qsort(r_scope.p, r_scope.n, sizeof(struct alps_row_scope), by_scope);
    for (uint32_t i = 0; i < 4096; i++)
        list_add(&r_hash);
    for (uint32_t i = 0; i < r_host.n; i++) {
        struct alps_row_host *h = AT(r_host, struct alps_row_host, i);
        const char *stem = (char *)text.p + h->stem;
        uint32_t slot = alps_catalog_hash((const uint8_t *)stem, (uint32_t)strlen(stem));
        if (i && h[-1].stem == h->stem)
            continue;                               /* the first row of a stem stands for all */
        while (*AT(r_hash, uint16_t, slot & 4095))
            slot++;
        *AT(r_hash, uint16_t, slot & 4095) = (uint16_t)(i + 1);
    }
    for (uint32_t i = 0; i < suffixes.n; i++)
        *(struct alps_row_suffix *)list_add(&r_suffix) = (struct alps_row_suffix){
            text_put(AT(suffixes, struct pair, i)->a), (uint32_t)strlen(AT(suffixes, struct pair, i)->a),
            text_put(AT(suffixes, struct pair, i)->b), *AT(suffix_vendor, uint32_t, i) };
    for (uint32_t i = 0; i < regions.n; i++)
        *(struct alps_row_region *)list_add(&r_region) = (struct alps_row_region){
            text_put(AT(regions, struct pair, i)->a), text_put(AT(regions, struct pair, i)->b) };
    qsort(r_suffix.p, r_suffix.n, sizeof(struct alps_row_suffix), by_suffix);
    qsort(r_region.p, r_region.n, sizeof(struct alps_row_region), by_region);
}

/* --- the block --- */

static void
print_bytes(const void *p, size_t n)
{
    const uint8_t *b = p;
    static size_t column;

    for (size_t i = 0; i < n; i++) {
        printf("\\%o", b[i]);
        if (++column % 64 == 0)
            fputs("\"\n\"", stdout);
    }
}

int
main(int argc, char **argv)
{
    struct alps_catalog c = { .magic = ALPS_CATALOG_MAGIC };
    struct { struct alps_section *to; struct list *from; } part[] = {
        { &c.service, &r_service }, { &c.api, &r_api }, { &c.operation, &r_op }, { &c.need, &r_need },
        { &c.member, &r_member },
        { &c.action, &r_action }, { &c.arn, &r_arn }, { &c.node, &r_node }, { &c.edge, &r_edge }, { &c.leaf, &r_leaf },
        { &c.clause, &r_clause }, { &c.special, &r_special }, { &c.host, &r_host }, { &c.scope, &r_scope },
        { &c.suffix, &r_suffix }, { &c.region, &r_region }, { &c.rpc_service, &r_rpc_service }, { &c.rpc, &r_rpc },
        { &c.recipe, &r_recipe }, { &c.platform, &r_platform }, { &c.host_hash, &r_hash },
        { &c.type, &r_type }, { &c.arm, &r_arm },
        { &c.text, &text }
    };
    uint32_t at = sizeof c;

    for (int pass = 0; pass < 2; pass++)            /* overrides last, in whatever order the files come */
        for (int i = 1; i < argc; i++)
            if ((strstr(argv[i], "/override/") != NULL) == pass)
                read_file(argv[i]);
    known_sort();
    known_use();
    emit_actions();
    c.n_actions = actions.n;
    list_add(&r_service);
    list_add(&r_op);
    list_add(&r_platform);
    tnode_new("");
    list_add(&tleaves);
    qsort(services.p, services.n, sizeof(struct svc), by_svc);
    for (uint32_t i = 0; i < services.n; i++)
        emit_service(AT(services, struct svc, i));
    emit_rpcs();
    emit_nodes();
    emit_hosts();
    emit_types();
    if (r_action.n > UINT16_MAX - 1 || r_host.n > 3000 || r_clause.n > UINT16_MAX) {
        fprintf(stderr, "catalogc: the tables have outgrown their indices\n");
        return 1;
    }
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        *part[i].to = (struct alps_section){ part[i].from->n, at };
        at += (uint32_t)(part[i].from->n * part[i].from->size);
        at = (at + 3) & ~3u;
    }
    c.size = at;
    printf("/* Made by catalogc from allowlists/catalog/; %u services, %u operations, %u actions. */\n"
           "extern const char alps_catalog_builtin[%u];\n"
           "const char alps_catalog_builtin[%u] __attribute__((aligned(64))) =\n\"",
           r_service.n - 1, r_op.n - 1, c.n_actions, at, at);
    print_bytes(&c, sizeof c);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        size_t n = part[i].from->n * part[i].from->size;
        print_bytes(part[i].from->p, n);
        print_bytes("\0\0\0", (4 - n % 4) % 4);
    }
    puts("\";");
    return ferror(stdout) || fflush(stdout) != 0;
}
