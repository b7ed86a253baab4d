/* From what an allowlist says to what core decides by: variables are filled in, names made canonical. */
#include "allowlists/allow_inner.h"

#include "core/azure.h"
#include "core/reason.h"

#include <stdio.h>

enum { VARIABLE_MAX = 256 };

struct filler {
    struct alps_arena *arena;
    const struct alps_allow *allow;
    alps_env_fn *env;
    alps_warn_fn *warn;
    void *ctx;
    struct alps_context context;
    char missing[VARIABLE_MAX];         /* the variable for whose sake the last fill failed */
    uint8_t room[ALPS_RESOURCE];
    size_t n;
};

static bool
lacks(struct filler *f, alps_slice name)
{
    size_t n = name.n < sizeof f->missing - 1 ? name.n : sizeof f->missing - 1;

    memcpy(f->missing, name.p, n);
    f->missing[n] = '\0';
    return false;
}

/* What a variable of the environment holds; false if it is unset and has no default. */
static bool
env_value(struct filler *f, const struct allow_variable *v, alps_slice *value)
{
    char name[VARIABLE_MAX];
    const char *text = NULL;

    if (v->name.n < sizeof name) {
        memcpy(name, v->name.p, v->name.n);
        name[v->name.n] = '\0';
        text = f->env ? f->env(f->ctx, name) : NULL;
    }
    if (!text && !v->has_fallback)
        return lacks(f, v->name);
    *value = text ? alps_slice_of(text) : v->fallback;
    return true;
}

static bool
put(struct filler *f, alps_slice s)
{
    if (s.n > sizeof f->room - f->n)
        return false;
    memcpy(f->room + f->n, s.p, s.n);
    f->n += s.n;
    return true;
}

/* Text from outside is data: its '*' stays a star.  But a byte that means something here, or a ':' that would move the
 * fields of an ARN behind it, makes it no name at all. */
static bool
put_value(struct filler *f, alps_slice value, bool in_arn, alps_slice name)
{
    unsigned colons = 0;

    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] == 0x7f)
            return lacks(f, name);
    for (size_t i = 0; i < f->n; i++)
        colons += f->room[i] == ':';
    if (in_arn && colons < 5 && value.n && memchr(value.p, ':', value.n))
        return lacks(f, name);
    return put(f, value) || lacks(f, name);
}

static bool
put_literal(struct filler *f, alps_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i] == '*' ? ALPS_ANY : s.p[i] == '?' ? ALPS_ONE : s.p[i];

        if (!put(f, (alps_slice){ &c, 1 }))
            return lacks(f, ALPS_S("(too long)"));
    }
    return true;
}

static alps_slice
context_value(const struct filler *f, alps_slice name)
{
    const struct { const char *name; alps_slice value; } row[] = {
        { "account", f->context.account }, { "region", f->context.region }, { "project", f->context.project },
        { "subscription", f->context.subscription }
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (alps_slice_eq(name, alps_slice_of(row[i].name)))
            return row[i].value;
    return (alps_slice){ NULL, 0 };
}

/* The variable that a context value is made of, so that a warning names what must be set. */
static bool
lacks_context(struct filler *f, alps_slice name)
{
    alps_slice rest = alps_allow_context(f->allow, name), literal;
    struct allow_variable v;
    enum allow_piece piece;

    while ((piece = alps_allow_piece(&rest, &literal, &v)) != ALLOW_NO_PIECE)
        if (piece == ALLOW_VARIABLE)
            return lacks(f, v.name);
    return lacks(f, name);
}

/* "${account}" of a context that is silent is the function's own account, whichever that is: the mark that a resource
 * carries when its request does not say another. */
static bool
put_context(struct filler *f, bool in_arn, alps_slice name)
{
    static const uint8_t own[1] = { ALPS_MARK_UNKNOWN };
    alps_slice value = context_value(f, name);

    if (value.n)
        return put_value(f, value, in_arn, name);
    if (alps_slice_eq(name, ALPS_S("account")))
        return put(f, (alps_slice){ own, 1 }) || lacks(f, name);
    return lacks_context(f, name);
}

/* ${template} into f->room; false with f->missing set. */
static bool
fill(struct filler *f, alps_slice template)
{
    bool in_arn = alps_slice_starts(template, ALPS_S("arn:"));
    alps_slice literal, value;
    struct allow_variable v;

    f->n = 0;
    for (;;) {
        switch (alps_allow_piece(&template, &literal, &v)) {
        case ALLOW_NO_PIECE:
            return true;
        case ALLOW_LITERAL:
            if (!put_literal(f, literal))
                return false;
            break;
        case ALLOW_VARIABLE:
            if (v.is_env ? !env_value(f, &v, &value) || !put_value(f, value, in_arn, v.name)
                         : !put_context(f, in_arn, v.name))
                return false;
            break;
        default:
            return lacks(f, ALPS_S("${...}"));
        }
    }
}

/* A context value: variables only, no wildcards.  Empty if it is not known. */
static alps_slice
fill_context(struct filler *f, alps_slice template)
{
    if (!fill(f, template) || memchr(f->room, ALPS_ANY, f->n) || memchr(f->room, ALPS_ONE, f->n))
        return (alps_slice){ NULL, 0 };
    return alps_arena_copy(f->arena, (alps_slice){ f->room, f->n });
}

static void
fill_contexts(struct filler *f)
{
    const char *role = f->env ? f->env(f->ctx, "AWS_ROLE_ARN") : NULL;

    if (role)
        f->context.role = alps_arena_copy(f->arena, alps_slice_of(role));
    f->context.account = fill_context(f, f->allow->account);
    f->context.region = fill_context(f, f->allow->region);
    f->context.project = fill_context(f, f->allow->project);
    f->context.subscription = fill_context(f, f->allow->subscription);
}

static alps_slice
label_of(struct alps_arena *a, const struct alps_allow_rule *r)
{
    alps_slice label = { alps_arena_take(a, 1, r->action.n + 1 + r->resource.n, 1), r->action.n + 1 + r->resource.n };

    if (!label.p)
        return (alps_slice){ NULL, 0 };
    memcpy((uint8_t *)label.p, r->action.p, r->action.n);
    memset((uint8_t *)label.p + r->action.n, ' ', 1);
    memcpy((uint8_t *)label.p + r->action.n + 1, r->resource.p, r->resource.n);
    return label;
}

/* Rules of one resource follow each other and share its text. */
static bool
same_resource(const struct alps_allow_rule *a, const struct alps_allow_rule *b)
{ return a->resource.p == b->resource.p && a->service.p == b->service.p; }

static bool
fail(struct alps_allow_error *err, const struct alps_allow_rule *r, const char *text)
{
    err->line = r->line;
    err->column = r->column;
    snprintf(err->text, sizeof err->text, "%s", text);
    return false;
}

/* Some services are two vendors' ("iam", "apigateway"): the action says whose rule it is. */
static bool
is_aws(const struct alps_catalog *c, const struct alps_allow_rule *r)
{
    alps_action_id id = alps_action_find(c, r->action);

    if (id)
        return alps_action_vendor(c, id) == ALPS_AWS;
    return alps_prefix_exists(c, r->service) && !alps_service_find(c, ALPS_GCP, r->service);
}

/* A variable may bring the whole name; then only its value can tell whether it is one. */
static bool
can_match(struct filler *f, const struct alps_catalog *catalog, const struct alps_allow_rule *r)
{
    alps_slice pattern = { f->room, f->n }, template = r->resource, literal;
    struct allow_variable v;

    if (!is_aws(catalog, r) || alps_azure_type(catalog, 0, r->service) || alps_slice_starts(pattern, ALPS_S("arn:")) ||
        (pattern.n && memchr(pattern.p, ALPS_ANY, pattern.n)))
        return true;
    for (;;) {
        switch (alps_allow_piece(&template, &literal, &v)) {
        case ALLOW_LITERAL:  break;
        case ALLOW_VARIABLE: return lacks(f, v.name);
        default:             return lacks(f, r->resource);      /* an allowlist that was made, not read */
        }
    }
}

/* No slash at the end; small letters, where case is of no matter to the service. */
static size_t
canonical_azure(struct filler *f, const struct alps_catalog *catalog)
{
    size_t n = f->n, host = 0;

    while (n > 1 && f->room[n - 1] == '/')
        n--;
    if (alps_slice_starts((alps_slice){ f->room, n }, ALPS_S("https://")))
        for (host = 8; host < n && f->room[host] != '/'; host++)
            f->room[host] = alps_lower(f->room[host]);
    for (size_t i = host; alps_azure_folds(catalog, (alps_slice){ f->room, n }) && i < n; i++)
        f->room[i] = alps_lower(f->room[i]);
    return n;
}

/* The action as the vendor spells it: its id, or, where it has none, ALPS_ACTION_NAMED and the name itself. */
static void
name_azure(struct filler *f, const struct alps_catalog *catalog, const struct alps_allow_rule *rule, struct alps_rule *r)
{
    char room[ALPS_AZURE_ACTION];
    alps_slice name = { (const uint8_t *)room, rule->action.n };
    bool provider;
    uint32_t row = alps_azure_type(catalog, 0, rule->service);

    if (r->action == ALPS_ACTION_ANY) {
        r->service = alps_slice_of(alps_azure_word(catalog, row));
        return;
    }
    if (rule->action.n >= sizeof room)
        return;
    (void)alps_azure_action(catalog, rule->action, room, &provider);
    r->action = alps_action_find(catalog, name);
    if (r->action == 0) {
        r->action = ALPS_ACTION_NAMED;
        r->service = alps_arena_copy(f->arena, name);
    }
}

static bool
fill_pattern(struct filler *f, const struct alps_catalog *catalog, const struct alps_allow_rule *r)
{
    if (!fill(f, r->resource))
        return false;
    f->n = alps_azure_type(catalog, 0, r->service) ? canonical_azure(f, catalog)
                                                   : alps_resource_canonical((char *)f->room, f->n);
    return f->n > 0 && can_match(f, catalog, r);
}

size_t
alps_allow_pattern(const struct alps_catalog *catalog, const struct alps_allow *a, const struct alps_allow_rule *rule,
                   alps_env_fn *env, void *ctx, uint8_t *out)
{
    uint8_t block[5 * ALPS_RESOURCE];
    struct alps_arena arena = { block, block + sizeof block };
    struct filler f = { .arena = &arena, .allow = a, .env = env, .ctx = ctx };

    fill_contexts(&f);
    if (!fill_pattern(&f, catalog, rule))
        return 0;
    memcpy(out, f.room, f.n);
    return f.n;
}

/* "…:secret:db-*": to the service the '*' is the six characters behind the name as well, which nobody compares here. */
static bool
takes_any_suffix(const struct alps_allow_rule *r, alps_slice pattern)
{
    return alps_slice_eq(r->service, ALPS_S("secretsmanager")) && pattern.n > 2 && pattern.p[pattern.n - 1] == ALPS_ANY &&
           pattern.p[pattern.n - 2] == '-';
}

/* What every client of a service asks its account before it does anything, so that any rule of that account implies it
 * (Cosmos DB, "Metadata requests" of the data plane's role-based access control). */
static const struct { const char *service, *action; } implied[] = {
    { "Microsoft.DocumentDB", "Microsoft.DocumentDB/databaseAccounts/readMetadata" }
};

static const char *
implied_by(alps_slice service)
{
    for (size_t i = 0; i < sizeof implied / sizeof *implied; i++)
        if (alps_slice_eq(service, alps_slice_of(implied[i].service)))
            return implied[i].action;
    return NULL;
}

enum { IMPLIED = 3 };       /* "https://acct.documents.azure.com", "/dbs/d", "/colls/c": the account, and what is on the way */

static int
add_implied(struct filler *f, struct alps_policy *p, const struct alps_allow_rule *rule, alps_slice pattern)
{
    struct alps_rule r = { .service = rule->service, .pattern = pattern, .label = label_of(f->arena, rule) };
    size_t n = 8, words = 0, added = 0;

    if (!implied_by(rule->service) || !alps_slice_starts(pattern, ALPS_S("https://")))
        return 0;
    if (!r.label.p)
        return -ALPS_INTERNAL;
    r.action = alps_action_find(alps_policy_catalog(p), alps_slice_of(implied_by(rule->service)));
    for (; n <= pattern.n && added < IMPLIED; n++) {
        int rc;

        if ((n < pattern.n && pattern.p[n] != '/') || words++ % 2)
            continue;
        r.pattern.n = n;
        added++;
        rc = alps_policy_allow(p, &r);
        if (rc)
            return rc;
    }
    return 0;
}

/* All actions of the resource of rule ${from}; *${to}: the first rule of another. */
static bool
add_resource(struct filler *f, struct alps_policy *p, size_t from, size_t *to, struct alps_allow_error *err)
{
    const struct alps_allow_rule *rule = f->allow->rule;
    alps_slice pattern;
    bool known = fill_pattern(f, alps_policy_catalog(p), &rule[from]);
    int rc;

    for (*to = from + 1; *to < f->allow->n_rules && same_resource(&rule[from], &rule[*to]); ++*to)
        ;
    if (!known) {                       /* such a rule matches nothing: it is left out */
        if (f->warn)
            f->warn(f->ctx, &rule[from], f->missing);
        return true;
    }
    pattern = alps_arena_copy(f->arena, (alps_slice){ f->room, f->n });
    for (size_t i = from; i < *to; i++) {
        struct alps_rule r = { .service = rule[i].service, .pattern = pattern, .label = label_of(f->arena, &rule[i]) };

        if (!pattern.p || !r.label.p)
            return fail(err, &rule[i], "the allowlist is too large for the memory set aside for it");
        r.action = alps_slice_eq(rule[i].action, ALPS_S("*"))
                       ? (alps_action_id)ALPS_ACTION_ANY : alps_action_find(alps_policy_catalog(p), rule[i].action);
        if (alps_azure_type(alps_policy_catalog(p), 0, rule[i].service))
            name_azure(f, alps_policy_catalog(p), &rule[i], &r);
        rc = alps_policy_allow(p, &r);
        if (rc == 0 && takes_any_suffix(&rule[i], pattern)) {
            r.pattern.n -= 2;
            rc = alps_policy_allow(p, &r);
        }
        if (rc < 0)
            return fail(err, &rule[i], "unknown action, or a resource that cannot be compared");
    }
    if (add_implied(f, p, &rule[from], pattern) < 0)
        return fail(err, &rule[from], "the allowlist is too large for the memory set aside for it");
    return true;
}

static bool
add_hosts(struct alps_policy *p, const struct alps_allow *a, struct alps_allow_error *err)
{
    struct alps_allow_rule at = { .line = 1, .column = 1 };

    for (size_t i = 0; i < a->n_hosts; i++)
        if (alps_policy_host(p, a->host[i].host) < 0)
            return fail(err, &at, "a host that is none");
    for (size_t i = 0; i < a->n_endpoints; i++)
        if (alps_policy_endpoint(p, a->endpoint[i].host, a->endpoint[i].vendor) < 0)
            return fail(err, &at, "an endpoint that is none");
    return true;
}

/* The most rules that come besides those that are written. */
static size_t
n_besides(const struct alps_allow *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n_rules; i++)
        n += alps_slice_eq(a->rule[i].service, ALPS_S("secretsmanager")) + (implied_by(a->rule[i].service) ? IMPLIED : 0u);
    return n;
}

const struct alps_policy *
alps_allow_policy(struct alps_arena *arena, const struct alps_catalog *catalog, const struct alps_allow *a,
                  alps_env_fn *env, alps_warn_fn *warn, void *ctx, struct alps_allow_error *err)
{
    struct filler f = { .arena = arena, .allow = a, .env = env, .warn = warn, .ctx = ctx };
    struct alps_policy *p = alps_policy_new(arena, catalog, a->n_rules + n_besides(a), a->n_hosts, a->n_endpoints);

    *err = (struct alps_allow_error){ .line = 1, .column = 1 };
    if (!p) {
        snprintf(err->text, sizeof err->text, "the allowlist is too large for the memory set aside for it");
        return NULL;
    }
    fill_contexts(&f);
    alps_policy_context(p, &f.context);
    for (size_t i = 0; i < a->n_rules; )
        if (!add_resource(&f, p, i, &i, err))
            return NULL;
    if (!add_hosts(p, a, err))
        return NULL;
    return alps_policy_seal(p);
}
