/* Is what an allowlist names there at all?  A name that does not exist, or cannot be where it stands, is a rule that
 * would silently match nothing: an error, with what was probably meant. */
#include "allowlists/allow_inner.h"

#include "core/azure.h"
#include "core/text.h"

enum { ARN_FIELDS = 6, NAME_MAX_SHOWN = 96, SUGGESTIONS = 3 };

static bool
is_variable_name(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = alps_lower(s.p[i]);

        if (!((c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return s.n > 0;
}

alps_slice
alps_allow_context(const struct alps_allow *a, alps_slice name)
{
    const struct { const char *name; alps_slice value; } row[] = {
        { "account", a->account }, { "region", a->region }, { "project", a->project }, { "subscription", a->subscription }
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (alps_slice_eq(name, alps_slice_of(row[i].name)))
            return row[i].value;
    return (alps_slice){ NULL, 0 };
}

/* What is between "${" and "}". */
static bool
variable_parse(alps_slice s, struct allow_variable *v)
{
    static const char context[][16] = { "account", "region", "project", "subscription" };

    *v = (struct allow_variable){ .name = s };
    if (alps_slice_starts(s, ALPS_S("env:"))) {
        v->is_env = true;
        v->has_fallback = alps_slice_cut(alps_slice_sub(s, 4, s.n), '|', &v->name, &v->fallback);
        return is_variable_name(v->name);
    }
    for (size_t i = 0; i < sizeof context / sizeof *context; i++)
        if (alps_slice_eq(s, alps_slice_of(context[i])))
            return true;
    return false;
}

enum allow_piece
alps_allow_piece(alps_slice *t, alps_slice *literal, struct allow_variable *v)
{
    const uint8_t *p;
    alps_slice inside, rest;

    if (t->n == 0)
        return ALLOW_NO_PIECE;
    if (alps_slice_starts(*t, ALPS_S("${"))) {
        bool closed = alps_slice_cut(alps_slice_sub(*t, 2, t->n), '}', &inside, &rest);

        *t = rest;
        return closed && variable_parse(inside, v) ? ALLOW_VARIABLE : ALLOW_BAD;
    }
    p = memmem(t->p, t->n, "${", 2);
    *literal = (alps_slice){ t->p, p ? (size_t)(p - t->p) : t->n };
    *t = alps_slice_sub(*t, literal->n, t->n);
    return ALLOW_LITERAL;
}

/* Suggestions */

/* How many letters must be changed to make ${b} of ${a}; case counts nothing. */
static unsigned
distance(alps_slice a, alps_slice b)
{
    uint8_t row[NAME_MAX_SHOWN + 1];

    if (a.n > NAME_MAX_SHOWN || b.n > NAME_MAX_SHOWN)
        return UINT8_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = (uint8_t)j;
    for (size_t i = 1; i <= a.n; i++) {
        uint8_t corner = row[0];

        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.n; j++) {
            uint8_t above = row[j];
            unsigned best = (unsigned)corner + (alps_lower(a.p[i - 1]) != alps_lower(b.p[j - 1]));

            if (best > above + 1u)
                best = above + 1u;
            if (best > row[j - 1] + 1u)
                best = row[j - 1] + 1u;
            row[j] = (uint8_t)best;
            corner = above;
        }
    }
    return row[b.n];
}

struct nearest {
    alps_slice wanted;
    struct { struct alps_room name; unsigned distance; } best[SUGGESTIONS];
    unsigned n;
};

static void
nearest_offer(struct nearest *k, const char *name, alps_slice compared)
{
    unsigned d = distance(k->wanted, compared), i;

    if (d > 2 + k->wanted.n / 4)
        return;
    for (i = 0; i < k->n; i++)
        if (strcmp(k->best[i].name.text, name) == 0)
            return;
    for (i = k->n < SUGGESTIONS ? k->n++ : SUGGESTIONS; i > 0 && k->best[i - 1].distance > d; i--)
        if (i < SUGGESTIONS)
            k->best[i] = k->best[i - 1];
    if (i < SUGGESTIONS) {
        memcpy(k->best[i].name.text, name, strlen(name) + 1);
        k->best[i].distance = d;
    }
}

/* " (did you mean a, b or c?)", or nothing. */
static const char *
nearest_text(const struct nearest *k, char *room, size_t cap)
{
    struct alps_text t = { room, 0, cap - 1 };

    for (unsigned i = 0; i < k->n; i++) {
        alps_text_add(&t, i == 0 ? " (did you mean " : i + 1 < k->n ? ", " : " or ");
        alps_text_add(&t, k->best[i].name.text);
    }
    if (k->n)
        alps_text_add(&t, "?)");
    room[t.n < t.cap ? t.n : t.cap] = '\0';
    return room;
}

/* Services */

static bool
service_exists(const struct alps_catalog *c, alps_slice name)
{ return alps_prefix_exists(c, name) || alps_service_find(c, ALPS_GCP, name) || alps_azure_type(c, 0, name); }

bool
alps_allow_check_service(struct allow_reader *r, const struct alps_json_token *t)
{
    struct nearest k = { .wanted = t->text };
    alps_service_id sdk;
    char room[200];

    if (service_exists(r->catalog, t->text))
        return true;
    sdk = alps_service_find(r->catalog, ALPS_AWS, t->text);
    if (sdk)                                /* an SDK's name for it: "stepfunctions" is "states" in policies */
        return alps_allow_fail(r, t->at, "unknown service \"%.*s\": in an allowlist it is \"%s\", as in its actions",
                               ALLOW_SHOW(t->text), alps_service_prefix(r->catalog, sdk));
    for (alps_service_id id = 1; id <= alps_service_count(r->catalog); id++) {
        const char *name = alps_service_vendor(r->catalog, id) == ALPS_GCP ? alps_service_name(r->catalog, id)
                                                                           : alps_service_prefix(r->catalog, id);
        nearest_offer(&k, name, alps_slice_of(name));
    }
    return alps_allow_fail(r, t->at, "unknown service \"%.*s\"%s", ALLOW_SHOW(t->text), nearest_text(&k, room, sizeof room));
}

/* Resources */

bool
alps_allow_check_resource(struct allow_reader *r, const struct alps_json_token *t)
{
    alps_slice rest = t->text, literal;
    struct allow_variable v;
    enum allow_piece piece;

    if (rest.n == 0 || rest.n > ALPS_RESOURCE)
        return alps_allow_fail(r, t->at, rest.n ? "a resource of more than %d bytes" : "an empty resource (of %d bytes at most)",
                               ALPS_RESOURCE);
    while ((piece = alps_allow_piece(&rest, &literal, &v)) != ALLOW_NO_PIECE)
        if (piece == ALLOW_BAD)
            return alps_allow_fail(r, t->at, "\"%.*s\" holds a ${...} that is none of ${env:NAME}, ${env:NAME|default}, "
                                   "${account}, ${region}, ${project}, ${subscription}", ALLOW_SHOW(t->text));
    return true;
}

/* A resource as far as it is known before the variables are: ALPS_ANY for each of them, and for '*'; ALPS_ONE for '?'. */
static alps_slice
outline(alps_slice template, uint8_t *room)
{
    alps_slice rest = template, literal;
    struct allow_variable v;
    enum allow_piece piece;
    size_t n = 0;

    while ((piece = alps_allow_piece(&rest, &literal, &v)) != ALLOW_NO_PIECE) {
        if (piece == ALLOW_VARIABLE)
            room[n++] = ALPS_ANY;
        for (size_t i = 0; piece == ALLOW_LITERAL && i < literal.n; i++)
            room[n++] = literal.p[i] == '*' ? ALPS_ANY : literal.p[i] == '?' ? ALPS_ONE : literal.p[i];
    }
    return (alps_slice){ room, n };
}

/* The vendor's own patterns: "arn:${Partition}:s3:::${BucketName}/${ObjectName}". */
static alps_slice
vendor_outline(const char *pattern, uint8_t *room, size_t cap)
{
    size_t n = 0;

    for (const char *p = pattern; *p && n < cap; p++) {
        if (p[0] != '$' || p[1] != '{') {
            room[n++] = (uint8_t)*p;
            continue;
        }
        room[n++] = ALPS_ANY;
        while (*p && *p != '}')
            p++;
        if (!*p)
            break;
    }
    return (alps_slice){ room, n };
}

/* Is there a text that both patterns match?  Row by row over the pairs of places in them. */
static bool
patterns_meet(alps_slice a, alps_slice b)
{
    uint8_t row[2][ALPS_RESOURCE + 2] = { { 1 } };          /* row[i & 1][j]: the first i and j can match one text */

    for (size_t i = 0; i <= a.n; i++) {
        uint8_t *now = row[i & 1], *next = row[~i & 1];
        bool any_a = i < a.n && a.p[i] == ALPS_ANY;

        memset(next, 0, b.n + 1);
        for (size_t j = 0; j <= b.n; j++) {
            bool any_b = j < b.n && b.p[j] == ALPS_ANY;

            if (!now[j])
                continue;
            if (any_a)
                next[j] = 1;
            if (j < b.n && (any_a || any_b))
                now[j + 1] = 1;
            if (i < a.n && any_b)
                next[j] = 1;
            if (i < a.n && j < b.n && !any_a && !any_b &&
                (a.p[i] == b.p[j] || a.p[i] == ALPS_ONE || b.p[j] == ALPS_ONE))
                next[j + 1] = 1;
        }
    }
    return row[a.n & 1][b.n];
}

static unsigned
arn_fields(alps_slice s)
{
    unsigned n = 1;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == ':';
    return n < ARN_FIELDS ? n : ARN_FIELDS;
}

static bool
arns_meet(alps_slice a, alps_slice b)
{
    for (int field = 1; field < ARN_FIELDS; field++) {
        alps_slice mine, yours;

        if (!alps_slice_cut(a, ':', &mine, &a) || !alps_slice_cut(b, ':', &yours, &b) || !patterns_meet(mine, yours))
            return false;
    }
    return patterns_meet(a, b);
}

static bool
takes(const struct alps_catalog *c, alps_action_id action, alps_slice resource)
{
    uint8_t room[512];
    struct alps_room arn;

    for (unsigned i = 0; i < alps_action_arns(c, action); i++)
        if (arns_meet(resource, vendor_outline(alps_action_arn(c, action, i, &arn), room, sizeof room)))
            return true;
    return false;
}

static bool
fail_takes(struct allow_reader *r, size_t at, alps_action_id action, alps_slice resource)
{
    unsigned n = alps_action_arns(r->catalog, action);
    char room[300];
    struct alps_text t = { room, 0, sizeof room - 1 };
    struct alps_room name, arn;

    if (n == 0)
        return alps_allow_fail(r, at, "%s names no resource: it can only be allowed on \"*\"",
                               alps_action_name(r->catalog, action, &name));
    for (unsigned i = 0; i < n && i < SUGGESTIONS; i++) {
        alps_text_add(&t, i ? " or " : "");
        alps_text_add(&t, alps_action_arn(r->catalog, action, i, &arn));
    }
    room[t.n < t.cap ? t.n : t.cap] = '\0';
    return alps_allow_fail(r, at, "%s does not take \"%.*s\"; it takes %s", alps_action_name(r->catalog, action, &name),
                           ALLOW_SHOW(resource), room);
}

/* ${action} 0: "*", every action of the service. */
static bool
check_arn(struct allow_reader *r, const struct alps_json_token *resource, alps_action_id action)
{
    uint8_t room[ALPS_RESOURCE];
    alps_slice s = outline(resource->text, room);

    if (s.n == 1 && s.p[0] == ALPS_ANY)
        return true;                        /* "*", or one variable that holds all of it */
    if (!alps_slice_starts(s, ALPS_S("arn:")) && !memmem(resource->text.p, resource->text.n, "${", 2))
        s.n = alps_resource_canonical((char *)room, s.n);           /* a queue's URL, say */
    if (s.n && s.p[0] == ALPS_ANY)
        return true;                        /* it starts with a variable: known only when that is */
    if (alps_slice_starts(resource->text, ALPS_S("https://")) && memmem(resource->text.p, resource->text.n, "${", 2))
        return true;                        /* a URL with variables: made an ARN when they are known */
    if (!alps_slice_starts(s, ALPS_S("arn:")))
        return alps_allow_fail(r, resource->at, "\"%.*s\" is no ARN, nor \"*\"", ALLOW_SHOW(resource->text));
    if (arn_fields(s) != ARN_FIELDS)
        return alps_allow_fail(r, resource->at, "\"%.*s\" has %u fields; an ARN has %d, "
                               "arn:partition:service:region:account:resource", ALLOW_SHOW(resource->text), arn_fields(s),
                               ARN_FIELDS);
    return action == 0 || takes(r->catalog, action, s) || fail_takes(r, resource->at, action, resource->text);
}

/* Actions */

static bool
fail_unknown(struct allow_reader *r, const struct alps_json_token *t, alps_slice prefix)
{
    struct nearest k = { .wanted = t->text };
    alps_slice before, behind, name, rest;
    char room[240];

    if (alps_slice_cut(t->text, ':', &before, &behind))
        k.wanted = behind;
    for (unsigned id = 1; id <= alps_action_count(r->catalog); id++) {
        struct alps_room full;
        const char *known = alps_action_name(r->catalog, (alps_action_id)id, &full);

        if (alps_slice_cut(alps_slice_of(known), ':', &name, &rest) && alps_slice_eq(name, prefix))
            nearest_offer(&k, known, rest);
    }
    return alps_allow_fail(r, t->at, "unknown action \"%.*s\"%s", ALLOW_SHOW(t->text), nearest_text(&k, room, sizeof room));
}

/* Azure: the control plane's actions follow a rule, so one that no list has may still exist if its form is right and its
 * provider is known; a misspelt word in the middle of a known type is not let pass. */
static bool
check_azure(struct allow_reader *r, const struct alps_json_token *service, const struct alps_json_token *resource,
            const struct alps_json_token *action)
{
    alps_slice s = resource->text, prefix, rest, head, last;
    char room[ALPS_AZURE_ACTION];
    bool provider;

    if (!alps_slice_eq(s, ALPS_S("*")) && !alps_slice_starts(s, ALPS_S("https://")) && !alps_slice_starts(s, ALPS_S("/")) &&
        !alps_slice_starts(s, ALPS_S("${")))
        return alps_allow_fail(r, resource->at, "\"%.*s\" is no resource id (\"/subscriptions/...\"), no URL "
                               "(\"https://...\"), nor \"*\"", ALLOW_SHOW(s));
    if (alps_slice_eq(action->text, ALPS_S("*")))
        return true;
    if (memchr(action->text.p, '*', action->text.n) || memchr(action->text.p, '?', action->text.n))
        return alps_allow_fail(r, action->at, "\"%.*s\": an action is a whole name, or \"*\" for all of the service",
                               ALLOW_SHOW(action->text));
    if (!alps_slice_cut(action->text, '/', &prefix, &rest) || !alps_slice_ieq(prefix, service->text))
        return alps_allow_fail(r, action->at, "\"%.*s\" stands under \"%.*s\", but is an action of \"%.*s\"",
                               ALLOW_SHOW(action->text), ALLOW_SHOW(service->text), ALLOW_SHOW(prefix));
    if (action->text.n < sizeof room && alps_azure_action(r->catalog, action->text, room, &provider))
        return true;
    alps_slice_rcut(action->text, '/', &head, &last);
    if (action->text.n < sizeof room && alps_slice_starts(s, ALPS_S("/")) && alps_azure_verb(last))
        return true;                                /* a type newer than the lists, by rule */
    return alps_allow_fail(r, action->at, "unknown action \"%.*s\"", ALLOW_SHOW(action->text));
}

bool
alps_allow_check_access(struct allow_reader *r, const struct alps_json_token *service,
                        const struct alps_json_token *resource, const struct alps_json_token *action)
{
    bool aws = alps_prefix_exists(r->catalog, service->text), google = alps_service_find(r->catalog, ALPS_GCP, service->text);
    alps_action_id id;
    alps_slice prefix, rest;

    if (!aws && alps_azure_type(r->catalog, 0, service->text))
        return check_azure(r, service, resource, action);
    if (alps_slice_eq(action->text, ALPS_S("*")))
        return !aws || google || check_arn(r, resource, 0);     /* "iam" is a service of two vendors */
    if (memchr(action->text.p, '*', action->text.n) || memchr(action->text.p, '?', action->text.n))
        return alps_allow_fail(r, action->at, "\"%.*s\": an action is a whole name, or \"*\" for all of the service",
                               ALLOW_SHOW(action->text));
    id = alps_action_find(r->catalog, action->text);
    if (id == 0)
        return fail_unknown(r, action, service->text);
    if (!aws || alps_action_vendor(r->catalog, id) != ALPS_AWS)
        return true;
    if (!alps_slice_cut(action->text, ':', &prefix, &rest) || !alps_slice_eq(prefix, service->text))
        return alps_allow_fail(r, action->at, "\"%.*s\" stands under \"%.*s\", but is an action of \"%.*s\"",
                               ALLOW_SHOW(action->text), ALLOW_SHOW(service->text), ALLOW_SHOW(prefix));
    return check_arn(r, resource, id);
}
