#include "core/policy.h"

#include "core/azure.h"
#include "core/reason.h"

/* Lookup.  Rules are sorted by action and, within one action, by their key: the text that any resource they match must
 * have at the same place, up to the first wildcard.  A resource starts with the keys of all rules that may match it; in
 * sorted order those keys are a chain, each a prefix of the next, so a binary search finds the longest and ${parent}
 * leads to the others.  Thousands of rules cost what tens cost, unless they share one key. */
enum { NO_RULE = UINT32_MAX, ARN_FIELDS = 6 };

struct shape {                      /* of a pattern, worked out once */
    size_t head;                    /* bytes before the first wildcard */
    size_t last;                    /* where the last field starts */
    uint8_t separator;              /* between fields: ':' of an ARN, '/' of any other name */
    bool arn;
    bool broken;                    /* an ARN with too few fields: it matches itself and nothing else */
};

struct rule {
    alps_slice pattern, service, key;
    struct shape shape;
    uint32_t number, parent;
    alps_action_id action;
};

struct host {
    alps_slice name;                /* without wildcard, port and final dot */
    uint16_t port;                  /* 0: none was written */
    bool below;                     /* "*.name": one or more labels in front */
    uint8_t vendor;                 /* endpoints only */
};

struct alps_policy {
    const struct alps_catalog *catalog;
    struct alps_context context;
    struct rule *rule;
    alps_slice *label;              /* in order of adding */
    struct host *host, *endpoint;
    uint32_t n_rules, n_hosts, n_endpoints;
    uint32_t max_rules, max_hosts, max_endpoints;
    uint32_t any;                   /* from here on ${rule} holds the service-wide ones */
    bool sealed;
};

/* What separates the service from the rest in an action's name. */
static const uint8_t action_separator[ALPS_VENDOR_COUNT] = { [ALPS_AWS] = ':', [ALPS_GCP] = '.', [ALPS_AZURE] = '/' };

/* Patterns */

static bool
is_wildcard(uint8_t c)
{ return c == ALPS_ANY || c == ALPS_ONE; }

static bool
is_arn(alps_slice s)
{ return alps_slice_starts(s, ALPS_S("arn:")); }

/* Where the last field of an ARN starts: behind the fifth colon; ${s}.n, and false, if there are fewer. */
static bool
arn_last(alps_slice s, size_t *last)
{
    size_t at = 0;

    *last = s.n;
    for (int field = 1; field < ARN_FIELDS; field++) {
        const uint8_t *colon = memchr(s.p + at, ':', s.n - at);

        if (!colon)
            return false;
        at = (size_t)(colon - s.p) + 1;
    }
    *last = at;
    return true;
}

static struct shape
shape_of(alps_slice pattern)
{
    struct shape f = { .arn = is_arn(pattern) };
    alps_slice front, last;

    f.separator = f.arn ? ':' : '/';
    while (f.head < pattern.n && !is_wildcard(pattern.p[f.head]))
        f.head++;
    if (f.arn) {
        f.broken = !arn_last(pattern, &f.last);
    } else {
        alps_slice_rcut(pattern, '/', &front, &last);
        f.last = pattern.n - last.n;
    }
    return f;
}

static bool
is_continuation(uint8_t c)
{ return (c & 0xc0) == 0x80; }

/* Bytes of the character that ${s} starts with, if ALPS_ONE may stand for it; else 0. */
static size_t
one_length(alps_slice s)
{
    size_t n = 1;

    if (s.n == 0 || s.p[0] == ALPS_MARK_UNKNOWN || is_continuation(s.p[0]))
        return 0;
    if (s.p[0] >= 0xc0)
        while (n < s.n && is_continuation(s.p[n]))
            n++;
    return n;
}

/* Does ${s} start with ${part}, which holds no ALPS_ANY?  ${used}: bytes of ${s} that it takes. */
static bool
part_starts(alps_slice s, alps_slice part, size_t *used)
{
    size_t at = 0;

    for (size_t i = 0; i < part.n; i++) {
        size_t n = at < s.n && part.p[i] == s.p[at];

        if (part.p[i] == ALPS_ONE)
            n = one_length(alps_slice_sub(s, at, s.n));
        if (n == 0)
            return false;
        at += n;
    }
    *used = at;
    return true;
}

/* The first place in ${s} where ${part} stands; ${past}: what is behind it. */
static bool
part_find(alps_slice s, alps_slice part, alps_slice *past)
{
    size_t used;

    if (!memchr(part.p, ALPS_ONE, part.n)) {
        const uint8_t *p = memmem(s.p, s.n, part.p, part.n);

        if (p)
            *past = alps_slice_sub(s, (size_t)(p - s.p) + part.n, s.n);
        return p != NULL;
    }
    for (size_t at = 0; at <= s.n; at++) {
        if (part_starts(alps_slice_sub(s, at, s.n), part, &used)) {
            *past = alps_slice_sub(s, at + used, s.n);
            return true;
        }
    }
    return false;
}

/* Does ${s} end with ${part}?  Characters are counted from the end, so no place has to be tried twice. */
static bool
part_ends(alps_slice s, alps_slice part)
{
    size_t at = s.n, used;

    for (size_t i = part.n; i > 0; i--) {
        if (at == 0)
            return false;
        at--;
        while (part.p[i - 1] == ALPS_ONE && at > 0 && is_continuation(s.p[at]))
            at--;
    }
    return part_starts(alps_slice_sub(s, at, s.n), part, &used) && at + used == s.n;
}

/* One field, in which ALPS_ANY is any run.  The parts between the wildcards are looked for from left to right: the
 * first place of each leaves the most room for the others. */
static bool
field_matches(alps_slice pattern, alps_slice s)
{
    alps_slice part, rest;
    size_t used = 0;

    if (!alps_slice_cut(pattern, ALPS_ANY, &part, &rest))
        return part_starts(s, pattern, &used) && used == s.n;
    if (!part_starts(s, part, &used))
        return false;
    s = alps_slice_sub(s, used, s.n);
    while (alps_slice_cut(rest, ALPS_ANY, &part, &rest))
        if (part.n && !part_find(s, part, &s))
            return false;
    return part.n == 0 || part_ends(s, part);
}

static bool
is_everything(alps_slice pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] != ALPS_ANY)
            return false;
    return pattern.n > 0;
}

/* Field by field from ${at}, the start of a field in both. */
static bool
fields_match(alps_slice pattern, const struct shape *f, alps_slice resource, size_t at)
{
    alps_slice p = alps_slice_sub(pattern, at, f->last), s = alps_slice_sub(resource, at, resource.n);

    while (p.n) {
        alps_slice field, mine;

        alps_slice_cut(p, f->separator, &field, &p);
        if (!alps_slice_cut(s, f->separator, &mine, &s) || !field_matches(field, mine))
            return false;
    }
    return field_matches(alps_slice_sub(pattern, f->last, pattern.n), s);
}

static bool
shaped_matches(alps_slice pattern, const struct shape *f, alps_slice resource)
{
    size_t at = f->head;

    if (resource.n < f->head || memcmp(resource.p, pattern.p, f->head) != 0)
        return false;
    if (f->head == pattern.n)
        return resource.n == pattern.n;
    if (is_everything(pattern))
        return true;
    if (is_arn(resource) != f->arn || f->broken)
        return false;
    if (at >= f->last)                          /* wildcards in the last field only: the common case */
        return field_matches(alps_slice_sub(pattern, at, pattern.n), alps_slice_sub(resource, at, resource.n));
    while (at > 0 && pattern.p[at - 1] != f->separator)
        at--;
    return fields_match(pattern, f, resource, at);
}

bool
alps_pattern_matches(alps_slice pattern, alps_slice resource)
{
    struct shape f = shape_of(pattern);

    return pattern.n > 0 && shaped_matches(pattern, &f, resource);
}

/* Building */

struct alps_policy *
alps_policy_new(struct alps_arena *a, const struct alps_catalog *catalog, size_t rules, size_t hosts, size_t endpoints)
{
    struct alps_policy *p = ALPS_TAKE(a, struct alps_policy, 1);

    if (!p || rules >= NO_RULE || hosts >= NO_RULE || endpoints >= NO_RULE)
        return NULL;
    p->catalog = catalog;
    p->max_rules = (uint32_t)rules;
    p->max_hosts = (uint32_t)hosts;
    p->max_endpoints = (uint32_t)endpoints;
    p->rule = ALPS_TAKE(a, struct rule, rules);
    p->label = ALPS_TAKE(a, alps_slice, rules);
    p->host = ALPS_TAKE(a, struct host, hosts);
    p->endpoint = ALPS_TAKE(a, struct host, endpoints);
    return p->rule && p->label && p->host && p->endpoint ? p : NULL;
}

void
alps_policy_context(struct alps_policy *p, const struct alps_context *context)
{ p->context = *context; }

int
alps_policy_allow(struct alps_policy *p, const struct alps_rule *r)
{
    struct rule *mine;
    struct shape f = shape_of(r->pattern);
    size_t from = f.arn ? f.last : 0;           /* the fields in front of an ARN's last one tell rules apart the least */

    if (p->sealed || p->n_rules == p->max_rules)
        return -ALPS_INTERNAL;
    if (r->pattern.n == 0 || r->action == 0)
        return -ALPS_BAD_NAME;
    mine = &p->rule[p->n_rules];
    *mine = (struct rule){ .pattern = r->pattern, .service = r->service, .shape = f, .number = p->n_rules,
                           .parent = NO_RULE, .action = r->action };
    while (from + mine->key.n < r->pattern.n && !is_wildcard(r->pattern.p[from + mine->key.n]))
        mine->key.n++;
    mine->key.p = r->pattern.p + from;
    p->label[p->n_rules++] = r->label;
    return 0;
}

static int
slice_order(alps_slice a, alps_slice b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int
fold_order(alps_slice a, alps_slice b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++)
        if (alps_lower(a.p[i]) != alps_lower(b.p[i]))
            return alps_lower(a.p[i]) < alps_lower(b.p[i]) ? -1 : 1;
    return (a.n > b.n) - (a.n < b.n);
}

/* Rules of one group are looked up together: one action, or one service. */
static int
group_order(const struct rule *a, const struct rule *b)
{
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    if (a->action == ALPS_ACTION_NAMED)
        return fold_order(a->service, b->service);
    return a->action == ALPS_ACTION_ANY ? slice_order(a->service, b->service) : 0;
}

static bool
rule_before(const struct rule *a, const struct rule *b)
{
    int order = group_order(a, b);

    if (order == 0)
        order = slice_order(a->key, b->key);
    return order ? order < 0 : a->number < b->number;
}

static void
heap_sink(struct rule *r, size_t at, size_t n)
{
    struct rule sinking = r[at];
    size_t child;

    while ((child = 2 * at + 1) < n) {
        if (child + 1 < n && rule_before(&r[child], &r[child + 1]))
            child++;
        if (!rule_before(&sinking, &r[child]))
            break;
        r[at] = r[child];
        at = child;
    }
    r[at] = sinking;
}

static void
heap_sort(struct rule *r, size_t n)
{
    for (size_t i = n / 2; i > 0; i--)
        heap_sink(r, i - 1, n);
    for (size_t end = n; end > 1; end--) {
        struct rule top = r[0];

        r[0] = r[end - 1];
        r[end - 1] = top;
        heap_sink(r, 0, end - 1);
    }
}

const struct alps_policy *
alps_policy_seal(struct alps_policy *p)
{
    heap_sort(p->rule, p->n_rules);
    for (uint32_t i = 0; i < p->n_rules; i++) {
        uint32_t above = i && group_order(&p->rule[i - 1], &p->rule[i]) == 0 ? i - 1 : NO_RULE;

        while (above != NO_RULE && !alps_slice_starts(p->rule[i].key, p->rule[above].key))
            above = p->rule[above].parent;
        p->rule[i].parent = above;
    }
    p->any = p->n_rules;
    while (p->any > 0 && p->rule[p->any - 1].action == ALPS_ACTION_ANY)
        p->any--;
    p->sealed = true;
    return p;
}

/* Deciding */

/* The first rule in [${from}, ${to}) whose group is not before ${group}'s (${after}: is after it). */
static uint32_t
group_bound(const struct alps_policy *p, uint32_t from, uint32_t to, const struct rule *group, bool after)
{
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        int order = group_order(&p->rule[mid], group);

        if (order < 0 || (after && order == 0))
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static bool
group_covers(const struct alps_policy *p, uint32_t from, uint32_t to, const struct rule *group, alps_slice resource,
             alps_slice key, uint32_t *rule)
{
    uint32_t lo, hi, first;

    first = lo = group_bound(p, from, to, group, false);
    hi = group_bound(p, lo, to, group, true);
    while (lo < hi) {                           /* the last rule whose key is not after the resource's */
        uint32_t mid = lo + (hi - lo) / 2;

        if (slice_order(p->rule[mid].key, key) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (uint32_t i = lo > first ? lo - 1 : NO_RULE; i != NO_RULE; i = p->rule[i].parent) {
        const struct rule *r = &p->rule[i];

        if (shaped_matches(r->pattern, &r->shape, resource)) {
            *rule = r->number;
            return true;
        }
    }
    return false;
}

/* Google's permissions may begin with another word than their API's name: "resourcemanager." of cloudresourcemanager. */
static bool
named_otherwise(const struct alps_policy *p, struct rule *group, alps_slice resource, alps_slice key, uint32_t *rule)
{
    alps_slice prefix = group->service;

    for (alps_service_id id = 1; id <= alps_service_count(p->catalog); id++) {
        if (alps_service_vendor(p->catalog, id) != ALPS_GCP ||
            !alps_slice_eq(prefix, alps_slice_of(alps_service_prefix(p->catalog, id))))
            continue;
        group->service = alps_slice_of(alps_service_name(p->catalog, id));
        if (!alps_slice_eq(group->service, prefix) && group_covers(p, p->any, p->n_rules, group, resource, key, rule))
            return true;
    }
    return false;
}

bool
alps_policy_covers_access(const struct alps_policy *p, const struct alps_access *a, uint32_t *rule)
{
    bool named = a->action == ALPS_ACTION_NAMED;
    alps_slice resource = a->resource, name = a->name;
    struct alps_room action;
    enum alps_vendor vendor = named ? ALPS_AZURE : alps_action_vendor(p->catalog, a->action);
    struct rule group = { .action = a->action, .service = a->name };
    uint8_t room[ALPS_RESOURCE];
    alps_slice key, rest;
    size_t last;

    if (!p->sealed || a->action == 0 || a->action == ALPS_ACTION_ANY || resource.n == 0 || (named && name.n == 0))
        return false;
    if (vendor == ALPS_AZURE && resource.n <= sizeof room && alps_azure_folds(p->catalog, resource)) {
        for (size_t i = 0; i < resource.n; i++)
            room[i] = alps_lower(resource.p[i]);
        resource.p = room;
    }
    key = resource;
    if (is_arn(resource)) {
        arn_last(resource, &last);
        key = alps_slice_sub(resource, last, resource.n);
    }
    if (group_covers(p, 0, p->any, &group, resource, key, rule))
        return true;
    if (p->any == p->n_rules)
        return false;
    group.action = ALPS_ACTION_ANY;
    if (!named)
        name = alps_slice_of(alps_action_name(p->catalog, a->action, &action));
    if (!alps_slice_cut(name, action_separator[vendor], &group.service, &rest))
        return false;
    if (group_covers(p, p->any, p->n_rules, &group, resource, key, rule))
        return true;
    return vendor == ALPS_GCP && named_otherwise(p, &group, resource, key, rule);
}

bool
alps_policy_covers(const struct alps_policy *p, alps_action_id action, alps_slice resource, uint32_t *rule)
{ return alps_policy_covers_access(p, &(struct alps_access){ .action = action, .resource = resource }, rule); }

alps_slice
alps_policy_label(const struct alps_policy *p, uint32_t rule)
{ return rule < p->n_rules ? p->label[rule] : (alps_slice){ NULL, 0 }; }

const struct alps_catalog *
alps_policy_catalog(const struct alps_policy *p)
{ return p->catalog; }

/* Hosts */

static bool
is_host_byte(uint8_t c)
{
    c = alps_lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static bool
port_parse(alps_slice digits, uint16_t *port)
{
    uint32_t n = 0;

    if (digits.n == 0 || digits.n > 5)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
        n = n * 10 + digits.p[i] - '0';
    }
    *port = (uint16_t)n;
    return n > 0 && n <= UINT16_MAX;
}

static bool
name_is_well_formed(alps_slice name)
{
    if (name.n == 0 || name.p[0] == '.' || name.p[name.n - 1] == '.')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_host_byte(name.p[i]) || (name.p[i] == '.' && name.p[i - 1] == '.'))
            return false;
    return true;
}

/* "[::1]:8080": the brackets are kept, what is between them is compared as written. */
static bool
literal6_parse(alps_slice s, struct host *h)
{
    const uint8_t *end = memchr(s.p, ']', s.n);
    size_t n = end ? (size_t)(end - s.p) + 1 : 0;

    if (n < 4)
        return false;
    for (size_t i = 1; i + 1 < n; i++)
        if (!is_host_byte(s.p[i]) && s.p[i] != ':')
            return false;
    h->name = alps_slice_sub(s, 0, n);
    return n == s.n || (s.p[n] == ':' && port_parse(alps_slice_sub(s, n + 1, s.n), &h->port));
}

static bool
host_parse(alps_slice s, struct host *h)
{
    alps_slice port;

    *h = (struct host){ .port = 0 };
    if (s.n && s.p[0] == '[')
        return literal6_parse(s, h);
    if (alps_slice_cut(s, ':', &h->name, &port) && !port_parse(port, &h->port))
        return false;
    if (alps_slice_starts(h->name, ALPS_S("*."))) {
        h->below = true;
        h->name = alps_slice_sub(h->name, 2, h->name.n);
    }
    if (h->name.n > 1 && h->name.p[h->name.n - 1] == '.')
        h->name.n--;
    return name_is_well_formed(h->name);
}

int
alps_policy_host(struct alps_policy *p, alps_slice host)
{
    if (p->sealed || p->n_hosts == p->max_hosts)
        return -ALPS_INTERNAL;
    if (!host_parse(host, &p->host[p->n_hosts]))
        return -ALPS_BAD_NAME;
    p->n_hosts++;
    return 0;
}

int
alps_policy_endpoint(struct alps_policy *p, alps_slice host, enum alps_vendor vendor)
{
    struct host *mine = &p->endpoint[p->n_endpoints];

    if (p->sealed || p->n_endpoints == p->max_endpoints)
        return -ALPS_INTERNAL;
    if (!host_parse(host, mine) || mine->below || vendor == ALPS_VENDOR_NONE)
        return -ALPS_BAD_NAME;
    mine->vendor = (uint8_t)vendor;
    p->n_endpoints++;
    return 0;
}

static bool
name_matches(const struct host *listed, alps_slice name)
{
    size_t tail = listed->name.n;

    if (!listed->below)
        return alps_slice_ieq(listed->name, name);
    return name.n > tail + 1 && name.p[name.n - tail - 1] == '.' &&
           alps_slice_ieq(listed->name, alps_slice_sub(name, name.n - tail, name.n));
}

static uint16_t
port_or(uint16_t port, uint16_t otherwise)
{ return port ? port : otherwise; }

bool
alps_policy_reaches(const struct alps_policy *p, alps_slice host)
{
    struct host asked;

    if (!host_parse(host, &asked) || asked.below)
        return false;
    for (uint32_t i = 0; i < p->n_hosts; i++)
        if (port_or(p->host[i].port, 443) == port_or(asked.port, 443) && name_matches(&p->host[i], asked.name))
            return true;
    return false;
}

/* A Host field without a port may come over TLS or in plain text: an emulator listed with either default port is meant. */
static bool
endpoint_ports_agree(uint16_t listed, uint16_t asked)
{
    if (listed == asked)
        return true;
    return (listed == 0 && (asked == 80 || asked == 443)) || (asked == 0 && (listed == 80 || listed == 443));
}

struct alps_context
alps_policy_context_for(const struct alps_policy *p, alps_slice host)
{
    struct alps_context context = p->context;
    struct host asked;

    context.endpoint = ALPS_VENDOR_NONE;
    if (!p->n_endpoints || !host_parse(host, &asked) || asked.below)
        return context;
    for (uint32_t i = 0; i < p->n_endpoints; i++)
        if (endpoint_ports_agree(p->endpoint[i].port, asked.port) && name_matches(&p->endpoint[i], asked.name))
            context.endpoint = (enum alps_vendor)p->endpoint[i].vendor;
    return context;
}
