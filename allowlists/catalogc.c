/* allowlists/catalogc.c: the tables of allowlists/catalog/ → one block of read-only data, as C source on standard
 * output.  Usage: catalogc [--sizes] FILE.tsv…  Tables under override/ win over the others, row by row.  A table that names
 * an action which is not in the vendor's list, or a member without a place on the wire, is an error.  --sizes: what takes
 * how many bytes, instead of the C source. */
#include "allowlists/catalogc_tree.h"
#include "core/template.h"

ROWS(host);
ROWS(suffix);
ROWS(region);
ROWS(type);
ROWS(arm);
ROWS(place);
ROWS(action);
ROWS(arn_list);
static struct list r_arn = { .size = 2 }, r_platform = { .size = 4 }, r_hash = { .size = 2 }, r_guide = { .size = 2 };
static uint32_t n_operations;
static struct list more_actions = { .size = sizeof(struct act) };   /* operations that nobody has published an action of */

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

#include "allowlists/catalogc_google.h"

/* --- actions --- */

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

#include "allowlists/catalogc_azure.h"

/* --- accesses and their members --- */

/* The members of one operation, as they are gathered. */
struct gathered { struct alps_row_member row[64]; struct alps_row_need need[64]; uint16_t action[64]; uint8_t n, n_needs; };

static void
member_add(struct gathered *g, alps_slice name, const struct op *op, const alps_slice *labels, uint8_t n_labels)
{
    uint32_t at;
    struct alps_row_member m = { .where = ALPS_AT_BODY };
    alps_slice all = alps_slice_of(op->members), one, key, value, kind, arg;
    bool told = false;

    if (alps_member_builtin(name) || name.n == 0)
        return;
    m.name = m.arg = at = block_text(copy_slice(name));
    for (uint32_t i = 0; i < g->n; i++)
        if (g->row[i].name == at)
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
        m.arg = block_text(copy_slice(arg));
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
    if (g->n == sizeof g->row / sizeof *g->row)
        die(op->at, "%s: too many members", op->name);
    g->row[g->n++] = m;
}

static void
members_of_need(struct gathered *g, struct alps_row_need *need, alps_slice template, alps_slice when,
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
            member_add(g, name, op, labels, n_labels);
            need->nested |= alps_member_nested(name);
        }
    }
    while (alps_condition_next(&when, &atom, &also)) {
        member_add(g, atom.name, op, labels, n_labels);
        need->nested |= alps_member_nested(atom.name);
        need->waits |= atom.negated;
    }
}

/* "s3:GetObject arn:…/{Key} if VersionId; …", "-" for none, "?" for an operation whose action nobody knows. */
static void
needs_of(struct gathered *g, const struct svc *svc, const struct op *op, const alps_slice *labels, uint8_t n_labels)
{
    alps_slice all = alps_slice_of(op->accesses), one, action, rest, template, when;

    if (strcmp(op->accesses, "!") == 0)
        return;
    if (strcmp(op->accesses, "?") == 0) {
        char name[256];
        snprintf(name, sizeof name, "%s:%s", *svc->prefix ? svc->prefix : svc->name, op->name);
        *(struct act *)list_add(&more_actions) =
            (struct act){ .name = copy_slice(alps_slice_of(name)), .arns = "-", .vendor = svc->vendor };
        g->need[0] = (struct alps_row_need){ .resource = block_text("*"), .when = block_text("") };
        g->action[0] = (uint16_t)(actions.n + more_actions.n);
        g->n_needs = 1;
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
        need.resource = block_text(copy_slice(template));
        need.when = block_text(copy_slice(when));
        members_of_need(g, &need, template, when, op, labels, n_labels);
        if (g->n_needs == sizeof g->need / sizeof *g->need)
            die(op->at, "%s: too many accesses", op->name);
        g->action[g->n_needs] = action_named(action, op->at);
        g->need[g->n_needs++] = need;
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

/* Query keys that choose an operation of this service. */
static void
emit_specials(void)
{
    for (uint32_t i = 0; i < r_clause.n; i++) {
        struct alps_row_clause *c = AT(r_clause, struct alps_row_clause, i);
        bool have = c->kind != ALPS_CLAUSE_QUERY;
        for (uint32_t k = 0; k < r_special.n && !have; k++)
            have = *AT(r_special, uint32_t, k) == c->key;
        if (!have)
            *(uint32_t *)list_add(&r_special) = c->key;
    }
}

static void
emit_apis(const struct svc *s)
{
    for (uint32_t i = 0; i < s->api.n; i++) {
        struct pair *p = AT(s->api, struct pair, i);
        alps_slice all = alps_slice_of(p->b), one;
        while (all.n) {
            alps_slice_cut(all, ' ', &one, &all);
            *(struct alps_row_api *)list_add(&r_api) =
                (struct alps_row_api){ block_text(copy_slice(one)), protocol_named(p->a, p->at) };
        }
    }
    for (uint32_t i = 0; i < s->scope.n; i++)
        *(uint32_t *)list_add(&r_scope) = block_text(*AT(s->scope, const char *, i));
}

/* Number of the platform call that ${op} is; 0: none. */
static uint8_t
platform_of(const struct svc *s, const struct op *op)
{
    for (uint32_t i = 0; i < s->platform.n; i++)
        if (strcmp(AT(s->platform, struct pair, i)->a, op->name) == 0)
            return (uint8_t)(s->platform_first + i);
    return 0;
}

static void
emit_operation(const struct svc *s, const struct op *op, uint32_t root)
{
    static struct gathered g;
    struct alps_row_shape shape = { .platform = platform_of(s, op), 
                                     .is = (uint8_t)((strcmp(op->accesses, "!") == 0 ? ALPS_SHAPE_BATCH : 0) |
                                                     (op->inferred ? ALPS_SHAPE_INFERRED : 0)) };
    alps_slice labels[12];
    uint8_t n_labels = 0;
    uint16_t action;

    g.n = g.n_needs = 0;
    if (op->request[0] != '-' && op->request[0] != '!')
        requests_add(root, s, op, labels, &n_labels);
    needs_of(&g, s, op, labels, n_labels);
    shape.need = (uint16_t)run_put(&r_need, g.need, g.n_needs);
    shape.member = (uint16_t)run_put(&r_member, g.row, g.n);
    shape.n_needs = g.n_needs;
    shape.n_members = g.n;
    action = g.n_needs == 1 ? g.action[0] : (uint16_t)run_put(&r_more, g.action, g.n_needs);
    *(struct alps_row_op *)list_add(&r_op) =
        (struct alps_row_op){ (uint16_t)run_put(&r_shape, &shape, 1), action };
}

/* "GetObject#s3express" → "GetObject": the same operation, asked for in another way that needs other actions. */
static const char *
op_name(const void *from, uint32_t i)
{
    const char *name = ((const struct op *)from)[i].name;

    return copy_slice((alps_slice){ (const uint8_t *)name, strcspn(name, "#") });
}

static void
emit_service(struct svc *s)
{
    struct alps_row_service r = { .operation = s->first, .vendor = (uint16_t)s->vendor, .any_region = s->any_region,
                                  .traits = s->traits, .n_operations = (uint16_t)s->op.n };
    uint32_t root, at;

    block_begin();
    at = block_base - (uint32_t)sizeof r;
    r.name = block_text(s->name);
    r.prefix = block_text(s->prefix);
    emit_apis(s);
    s->spelt = versions_spelt(s);
    root = tree_begin();
    for (uint32_t i = 0; i < s->op.n; i++)
        emit_operation(s, AT(s->op, struct op, i), root);
    emit_specials();
    rpcs_read(s);
    tree_end(s, root);
    r.n_apis = (uint16_t)r_api.n;
    r.n_specials = (uint16_t)r_special.n;
    r.n_scopes = (uint16_t)r_scope.n;
    blob_put("services", &r, sizeof r);
    blob_put("services' text", block_bytes.p, block_bytes.n);
    r.api = blob_list("services", &r_api);
    r.special = blob_list("services", &r_special);
    r.scope = blob_list("services", &r_scope);
    r.shape = blob_list("shapes", &r_shape);
    r.need = blob_list("needs", &r_need);
    r.member = blob_list("members", &r_member);
    r.clause = blob_list("clauses", &r_clause);
    r.recipe = blob_list("recipes", &r_recipe);
    r.more = blob_list("needs", &r_more);
    r.op = blob_list("operations", &r_op);
    r.mark = blob.n;
    for (uint32_t i = 0; i < s->op.n; i++) {
        uint8_t mark = mark_of(op_name(s->op.p, i));
        blob_put("operations' marks", &mark, 1);
    }
    r.names = blob_align(4);
    for (uint32_t i = 0; i < names_index(s->op.n); i++)
        blob_put("operations' names", "", 1);
    blob_names("operations' names", r.names, op_name, s->op.p, s->op.n);
    r.root = blob_put("paths", tree.p, tree.n);
    emit_rpcs(s);
    memcpy((uint8_t *)blob.p + at, &r, sizeof r);
    *(struct alps_row_place *)list_add(&r_place) = (struct alps_row_place){ at, s->first };
}

static int
by_host(const void *a, const void *b)
{
    const struct alps_row_host *x = a, *y = b;
    int d = strcmp(TEXT(x->stem), TEXT(y->stem));

    return d ? d : x->capture != y->capture ? x->capture - y->capture : x->service - y->service;
}

static int
by_suffix(const void *a, const void *b)
{
    const struct alps_row_suffix *x = a, *y = b;
    size_t n = strlen(TEXT(x->text)), m = strlen(TEXT(y->text));

    return n != m ? (n < m) - (n > m) : strcmp(TEXT(x->text), TEXT(y->text));
}

static int
by_region(const void *a, const void *b)
{
    const struct alps_row_region *x = a, *y = b;

    return strcmp(TEXT(x->text), TEXT(y->text));
}

static void
emit_hosts(void)
{
    static const struct { const char *mark; enum alps_capture capture; } marks[] = {
        { "{AccountId}.", ALPS_HOST_ACCOUNT }, { "{Bucket+}.", ALPS_HOST_BUCKET }, { "{*}.", ALPS_HOST_ANY },
        { "{*+}.", ALPS_HOST_LABELS },
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
                text_put(h + strlen(marks[m].mark)), *host->b ? text_put(front_text(alps_slice_of(host->b))) : 0, s->id,
                (uint16_t)marks[m].capture };
        }
    }
    qsort(r_host.p, r_host.n, sizeof(struct alps_row_host), by_host);
    for (uint32_t i = 0; i < 4096; i++)
        list_add(&r_hash);
    for (uint32_t i = 0; i < r_host.n; i++) {
        struct alps_row_host *h = AT(r_host, struct alps_row_host, i);
        const char *stem = TEXT(h->stem);
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

/* Numbers of services and operations; what is a platform's call. */
static void
number_services(void)
{
    uint32_t operation = 1;

    qsort(services.p, services.n, sizeof(struct svc), by_svc);
    list_add(&r_platform);
    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        s->id = (uint16_t)(i + 1);
        s->first = operation;
        s->platform_first = r_platform.n;
        qsort(s->op.p, s->op.n, sizeof(struct op), by_op);
        for (uint32_t k = 0; k < s->op.n; k++, operation++)
            if (operation % 32 == 0)
                *(uint16_t *)list_add(&r_guide) = s->id;
            else if (operation == 1)
                *(uint16_t *)list_add(&r_guide) = 1;
        for (uint32_t k = 0; k < s->platform.n; k++) {
            struct pair *p = AT(s->platform, struct pair, k);
            struct op key = { .name = p->a };
            if (!bsearch(&key, s->op.p, s->op.n, sizeof(struct op), by_op))
                die(p->at, "%s has no operation '%s'", s->name, p->a);
            *(uint32_t *)list_add(&r_platform) = text_put(p->b);
        }
    }
    n_operations = operation;
}

/* All that will be coded, or nearly: words_code takes anything. */
static void
sample_names(void)
{
    for (uint32_t i = 0; i < services.n; i++) {
        struct svc *s = AT(services, struct svc, i);
        for (uint32_t k = 0; k < s->op.n; k++) {
            alps_slice rest = alps_slice_of(AT(s->op, struct op, k)->request), one;
            words_sample(AT(s->op, struct op, k)->name);
            for (alps_slice_cut(rest, '/', &one, &rest); rest.n;) {
                alps_slice_cut(rest, '/', &one, &rest);
                if (one.n && one.p[0] != '{' && !memchr(one.p, ' ', one.n) && one.n < 200)
                    words_sample(copy_slice(one));
            }
        }
        for (uint32_t k = 0; k < s->rpc.n; k++)
            words_sample(AT(s->rpc, struct rpc, k)->name);
    }
    for (uint32_t i = 0; i < actions.n; i++)
        words_sample(AT(actions, struct act, i)->name);
    for (uint32_t i = 0; i < arns.n; i++)
        words_sample(*AT(arns, const char *, i));
    words_settle();
}

static const char *
act_name(const void *from, uint32_t i)
{
    (void)from;
    return i < actions.n ? AT(actions, struct act, i)->name : AT(more_actions, struct act, i - actions.n)->name;
}

static const char *
arn_text(const void *from, uint32_t i)
{ return ((const char *const *)from)[i]; }

/* The list of ARNs "3 17 4". */
static uint16_t
arn_list_of(const struct act *a)
{
    uint16_t list[1024];
    struct alps_row_arn_list row = { 0, 0 };

    for (const char *p = a->arns; *p && *p != '-'; p += strspn(p, " ")) {
        char *end;
        unsigned long k = strtoul(p, &end, 10);
        if (end == p || k >= arns.n || row.n == sizeof list / sizeof *list)
            die(a->at, "no such @arn: %s", p);
        list[row.n++] = (uint16_t)k;
        p = end;
    }
    row.first = row.n ? (uint16_t)run_put(&r_arn, list, row.n) : 0;
    return (uint16_t)run_put(&r_arn_list, &row, 1);
}

static void
emit_actions(struct alps_catalog *c)
{
    list_add(&r_action);
    list_add(&r_arn_list);
    for (uint32_t i = 0; i < actions.n + more_actions.n; i++) {
        struct act *a = i < actions.n ? AT(actions, struct act, i) : AT(more_actions, struct act, i - actions.n);
        if (i && i < actions.n && strcmp(a[-1].name, a->name) == 0)
            die(a->at, "%s is there twice", a->name);
        *(struct alps_row_action *)list_add(&r_action) =
            (struct alps_row_action){ (uint16_t)((unsigned)a->vendor << 14 | arn_list_of(a)) };
    }
    if (r_action.n > ALPS_ACTION_NAMED || r_arn_list.n > 0x3fff || r_arn.n > UINT16_MAX)
        die((struct place){ "actions", 0 }, "have outgrown their numbers");
    c->action = (struct alps_section){ r_action.n, blob_list("actions", &r_action) };
    c->arn_list = (struct alps_section){ r_arn_list.n, blob_list("actions' ARNs", &r_arn_list) };
    c->arn = (struct alps_section){ r_arn.n, blob_list("actions' ARNs", &r_arn) };
    c->action_names = (struct alps_section){ r_action.n - 1, blob_align(4) };
    for (uint32_t i = 0; i < names_index(r_action.n - 1); i++)
        blob_put("actions' names", "", 1);
    blob_names("actions' names", c->action_names.at, act_name, NULL, r_action.n - 1);
    c->arn_names = (struct alps_section){ arns.n, blob_align(4) };
    for (uint32_t i = 0; i < names_index(arns.n); i++)
        blob_put("ARNs", "", 1);
    blob_names("ARNs", c->arn_names.at, arn_text, arns.p, arns.n);
}

/* --- the catalogue --- */

static struct alps_section
section(const char *what, const struct list *l)
{ return (struct alps_section){ l->n, blob_list(what, l) }; }

/* What all requests share. */
static void
emit_front(struct alps_catalog *c)
{
    struct list bytes = { .size = 1 }, rows = { .size = 4 };

    emit_hosts();
    emit_types();
    for (uint32_t i = 0; i < phrases.n; i++) {
        struct phrase *p = AT(phrases, struct phrase, i);
        *(uint32_t *)list_add(&rows) = bytes.n << 6 | p->n;
        for (uint32_t k = 0; k < p->n; k++)
            *(char *)list_add(&bytes) = p->p[k];
    }
    blob_put("header", c, sizeof *c);
    c->text = section("text", &text);
    c->suffix = section("hosts", &r_suffix);
    c->region = section("hosts", &r_region);
    c->host_hash = section("hosts", &r_hash);
    c->host = section("hosts", &r_host);
    c->platform = section("hosts", &r_platform);
    c->phrase = section("phrases", &rows);
    c->phrase_text = section("phrases", &bytes);
    c->guide = section("services", &r_guide);
    c->type = section("Azure's types", &r_type);
    c->arm = section("Azure's types", &r_arm);
}

static void
print(void)
{
    printf("/* Made by catalogc from allowlists/catalog/; %u services, %u operations, %u actions. */\n"
           "extern const char alps_catalog_builtin[%u];\n"
           "const char alps_catalog_builtin[%u] __attribute__((aligned(4096))) =\n\"",
           r_place.n - 1, n_operations - 1, actions.n, blob.n, blob.n);
    for (uint32_t i = 0; i < blob.n; i++) {
        printf("\\%o", *AT(blob, uint8_t, i));
        if (i % 64 == 63)
            fputs("\"\n\"", stdout);
    }
    puts("\";");
}

static void
print_sizes(void)
{
    for (unsigned i = 0; sizes[i].what; i++)
        printf("%-20s %8u\n", sizes[i].what, sizes[i].bytes);
    printf("%-20s %8u\n", "all", blob.n);
}

int
main(int argc, char **argv)
{
    struct alps_catalog c = { .magic = ALPS_CATALOG_MAGIC };
    bool told = argc > 1 && strcmp(argv[1], "--sizes") == 0;
    struct svc none = { .name = "", .prefix = "" };

    for (int pass = 0; pass < 2; pass++)            /* overrides last, in whatever order the files come */
        for (int i = 1 + told; i < argc; i++)
            if ((strstr(argv[i], "/override/") != NULL) == pass)
                read_file(argv[i]);
    known_sort();
    known_use();
    qsort(actions.p, actions.n, sizeof(struct act), by_action);
    settle_google_actions();
    qsort(actions.p, actions.n, sizeof(struct act), by_action);
    number_services();
    sample_names();
    emit_front(&c);
    emit_service(&none);
    for (uint32_t i = 0; i < services.n; i++)
        emit_service(AT(services, struct svc, i));
    c.service = section("services", &r_place);
    emit_rpc_services(&c);
    emit_actions(&c);
    blob_align(4);
    if (r_host.n > 3000 || c.text.n != text.n)
        die((struct place){ "hosts", 0 }, "too many of them, or text that came too late");
    c.n_actions = actions.n;
    c.n_operations = n_operations;
    c.size = blob.n;
    memcpy(blob.p, &c, sizeof c);
    if (told)
        print_sizes();
    else
        print();
    return ferror(stdout) || fflush(stdout) != 0;
}
