#include "cli/finding.h"

#include <stdlib.h>
#include <string.h>

enum { ARN_FIELDS = 6 };

static const char *const arn_field[ARN_FIELDS] = { "prefix", "partition", "service", "region", "account", "resource" };

static const char *
env(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* A pattern for people: wildcards as they are written. */
static void
show_pattern(alps_slice p, char *out, size_t cap)
{
    size_t n = p.n < cap - 1 ? p.n : cap - 1;

    for (size_t i = 0; i < n; i++)
        out[i] = p.p[i] == ALPS_ANY ? '*' : p.p[i] == ALPS_ONE ? '?' : (char)p.p[i];
    out[n] = '\0';
}

/* Fields of an ARN: five, and the rest. */
static unsigned
split(alps_slice s, alps_slice *field)
{
    unsigned n = 0;

    while (n < ARN_FIELDS - 1 && alps_slice_cut(s, ':', &field[n], &s))
        n++;
    if (n < ARN_FIELDS - 1)
        return n + 1;
    field[n] = s;
    return ARN_FIELDS;
}

/* As one field by itself: no name of a field starts with "arn:", so the matcher takes both as plain names. */
static bool
field_matches(alps_slice pattern, alps_slice text, bool last)
{
    if (last)
        return alps_pattern_matches(pattern, text);
    return alps_slice_eq(pattern, text) || (pattern.n && alps_pattern_matches(pattern, text));
}

/* How much two names have in common: whole fields first, then letters of the last one.  ${differs} says where they part. */
static unsigned
likeness(alps_slice pattern, alps_slice resource, char *differs, size_t cap)
{
    alps_slice p[ARN_FIELDS], r[ARN_FIELDS];
    char shown[160];
    unsigned same = 0;

    *differs = '\0';
    if (split(pattern, p) != ARN_FIELDS || split(resource, r) != ARN_FIELDS) {
        show_pattern(pattern, shown, sizeof shown);
        snprintf(differs, cap, "its resource is %s", shown);
        return 0;
    }
    for (unsigned i = 0; i < ARN_FIELDS; i++) {
        size_t n = strlen(differs);

        if (field_matches(p[i], r[i], i == ARN_FIELDS - 1)) {
            same += 100;
            continue;
        }
        show_pattern(p[i], shown, sizeof shown);
        if (r[i].n == 1 && r[i].p[0] == ALPS_MARK_UNKNOWN)
            snprintf(differs + n, cap - n, "%sthe request does not say its %s, and the rule wants %s (give \"context\" "
                     "the %s, or write * there)", n ? "; " : "", arn_field[i], shown, arn_field[i]);
        else
            snprintf(differs + n, cap - n, "%sits %s is %s, not %.*s", n ? "; " : "", arn_field[i], shown,
                     (int)(r[i].n < 120 ? r[i].n : 120), (const char *)r[i].p);
    }
    for (size_t k = 0; k < p[5].n && k < r[5].n && p[5].p[k] == r[5].p[k] && k < 99; k++)
        same++;
    return same;
}

static bool
same_service(alps_slice service, alps_slice action)
{
    return alps_slice_starts(action, service) && action.n > service.n &&
           (action.p[service.n] == ':' || action.p[service.n] == '.' || action.p[service.n] == '/');
}

/* What stands for "nobody knows" in a log is '*' alone in its field. */
static alps_slice
with_marks(alps_slice resource, uint8_t *room)
{
    size_t n = resource.n < ALPS_RESOURCE ? resource.n : ALPS_RESOURCE;

    if (n)
        memcpy(room, resource.p, n);
    for (size_t i = 1; i + 1 < n; i++)
        if (room[i] == '*' && room[i - 1] == ':' && room[i + 1] == ':')
            room[i] = ALPS_MARK_UNKNOWN;
    return (alps_slice){ room, n };
}

static const struct alps_allow_evidence *
evidence_of(const struct alps_allow *a, const struct alps_allow_rule *r)
{
    for (size_t i = 0; i < a->n_evidence; i++) {
        alps_slice action, resource;

        alps_slice_cut(a->evidence[i].access, ' ', &action, &resource);
        if (alps_slice_eq(action, r->action) && alps_slice_eq(resource, r->resource))
            return &a->evidence[i];
    }
    return NULL;
}

/* How near the rule comes; 0: not at all. */
static unsigned
nearness(struct alps_finding *f, const struct alps_allow *allow, const struct alps_allow_rule *rule, alps_slice resource,
         char *differs, size_t cap)
{
    uint8_t room[ALPS_RESOURCE];
    bool service = same_service(rule->service, f->action), any = alps_slice_eq(rule->action, ALPS_S("*"));
    bool action = service && (any || alps_slice_eq(rule->action, f->action));
    alps_slice pattern = { room, service ? alps_allow_pattern(&alps_catalog_builtin, allow, rule, env, NULL, room) : 0 };
    unsigned near;

    if (!service)
        return 0;
    if (pattern.n == 0) {
        snprintf(differs, cap, "a variable in it is not set here, so it matches nothing");
        return action ? 500 : 1;
    }
    if (alps_pattern_matches(pattern, resource)) {
        f->allowed = action;
        snprintf(differs, cap, "its action is %.*s", (int)rule->action.n, (const char *)rule->action.p);
        return 3000;
    }
    near = likeness(pattern, resource, differs, cap);
    return action ? 1000 + near : 1 + near / 2;
}

void
alps_finding_of(struct alps_finding *f, const struct alps_loaded *l, alps_slice action, alps_slice resource)
{
    uint8_t room[ALPS_RESOURCE];
    alps_slice marked = with_marks(resource, room);
    unsigned best = 0;

    *f = (struct alps_finding){ .action = action, .resource = resource };
    for (size_t i = 0; i < l->allow->n_rules && !f->allowed; i++) {
        char differs[sizeof f->differs];
        unsigned near = nearness(f, l->allow, &l->allow->rule[i], marked, differs, sizeof differs);

        if (near > best || f->allowed) {
            best = near;
            f->rule = &l->allow->rule[i];
            memcpy(f->differs, differs, sizeof differs);
        }
    }
    if (f->allowed)
        f->differs[0] = '\0';
    if (f->rule)
        f->evidence = evidence_of(l->allow, f->rule);
}

/* What an allowlist calls the service of an action: what is in front of the first separator. */
static alps_slice
service_of(alps_slice action)
{
    size_t n = 0;

    while (n < action.n && action.p[n] != ':' && action.p[n] != '/')
        n++;
    if (n == action.n)                          /* "storage.objects.get" */
        for (n = 0; n < action.n && action.p[n] != '.'; n++)
            ;
    return alps_slice_sub(action, 0, n);
}

void
alps_finding_print_remedy(FILE *out, const struct alps_finding *f)
{
    fprintf(out, "{\"allow\": {");
    alps_json_print(out, service_of(f->action));
    fprintf(out, ": {");
    alps_json_print(out, f->resource);
    fprintf(out, ": [");
    alps_json_print(out, f->action);
    fprintf(out, "]}}}");
}
