/* analyzer/emit.c: calls → rules → allowlist.  What was written is read back by the reader that the guard uses,
 * and core is
 * asked whether each access that was found would be allowed by it: a difference is a mistake of ours, and is said. */
#include "analyzer/analysis.h"

#include "allowlists/allow_json.h"
#include "analyzer/access.h"
#include "analyzer/declared.h"
#include "analyzer/policy.h"

#include <stdlib.h>

static int
grant_order(const void *a, const void *b)
{
    const struct alps_grant *x = a, *y = b;
    int d = strcmp(x->service, y->service);

    d = d ? d : strcmp(x->resource, y->resource);
    return d ? d : strcmp(x->action, y->action);
}

static void
evidence_add(struct alps_mem *mem, struct alps_grant *g, const char *line)
{
    enum { LINES = 20 };

    for (unsigned i = 0; i < g->n_evidence; i++)
        if (strcmp(g->evidence[i], line) == 0)
            return;
    if (g->n_evidence >= LINES)
        return;
    g->evidence = alps_mem_grow(mem, g->evidence, g->n_evidence, sizeof *g->evidence);
    g->evidence[g->n_evidence++] = line;
}

static void
grant_add(struct alps_mem *mem, struct alps_result *r, const struct alps_call_found *c,
          const struct alps_access_found *a)
{
    const char *line = alps_mem_print(mem, "%s:%u:%u %s", c->file, c->line, c->column, a->evidence);
    struct alps_grant *g = NULL;

    for (unsigned i = 0; i < r->n_grants && !g; i++)
        if (r->grant[i].action == a->action && r->grant[i].service == a->service &&
            strcmp(r->grant[i].resource, a->resource) == 0)
            g = &r->grant[i];
    if (!g) {
        r->grant = alps_mem_grow(mem, r->grant, r->n_grants, sizeof *r->grant);
        g = &r->grant[r->n_grants++];
        *g = (struct alps_grant){ .vendor = c->vendor, .service = a->service, .resource = a->resource,
                                  .action = a->action };
    }
    evidence_add(mem, g, line);
}

static alps_slice
slice(const char *s)
{
    return alps_slice_of(s);
}

/* What the rules' ${account}, ${region}, ${project}, ${subscription} stand for; without any rule, the platform of most. */
static void
context_set(struct alps_allow *allow, const struct alps_result *r)
{
    bool has[ALPS_VENDOR_COUNT] = { [ALPS_AWS] = r->n_grants == 0 };

    for (unsigned i = 0; i < r->n_grants; i++)
        has[r->grant[i].vendor] = true;
    if (has[ALPS_AWS]) {
        allow->account = ALPS_S("${env:AWS_ACCOUNT_ID}");
        allow->region = ALPS_S("${env:AWS_REGION}");
    }
    if (has[ALPS_GCP])
        allow->project = ALPS_S("${env:GOOGLE_CLOUD_PROJECT}");
    if (has[ALPS_AZURE])
        allow->subscription = ALPS_S("${env:AZURE_SUBSCRIPTION_ID}");
}

/* The allowlist as the writer beside the reader takes it. */
static char *
allowlist_text(struct alps_mem *mem, const struct alps_result *r)
{
    struct alps_allow allow = { .function = slice(r->function->name) };

    allow.rule = alps_mem_take(mem, (r->n_grants + 1) * sizeof *allow.rule);
    allow.evidence = alps_mem_take(mem, (r->n_grants + 1) * sizeof *allow.evidence);
    context_set(&allow, r);
    for (unsigned i = 0; i < r->n_grants; i++) {
        const struct alps_grant *g = &r->grant[i];
        alps_slice *lines = alps_mem_take(mem, (g->n_evidence + 1) * sizeof *lines);

        allow.rule[allow.n_rules++] = (struct alps_allow_rule){ slice(g->service), slice(g->resource),
            slice(g->action), 0, 0 };
        for (unsigned k = 0; k < g->n_evidence; k++)
            lines[k] = slice(g->evidence[k]);
        allow.evidence[allow.n_evidence++] = (struct alps_allow_evidence){ slice(alps_mem_print(mem, "%s %s",
            g->action, g->resource)),
                                                                           lines, g->n_evidence };
    }
    for (const struct alps_host_found *h = r->host; h; h = h->next) {
        bool known = false;

        for (size_t i = 0; i < allow.n_hosts; i++)
            known |= alps_slice_eq(allow.host[i].host, slice(h->host));
        if (known)
            continue;
        allow.host = alps_mem_grow(mem, allow.host, (unsigned)allow.n_hosts, sizeof *allow.host);
        allow.host[allow.n_hosts++] = (struct alps_allow_host){ .host = slice(h->host) };
    }
    return alps_allow_write(&allow);
}

/* Would the reader take this rule?  A literal that is no name of a resource ("TOPIC_ARN") must not spoil the rest. */
static bool
grant_reads(struct alps_analysis *a, struct alps_result *r, unsigned i)
{
    enum { ROOM = 256 * 1024 };
    struct alps_allow_rule rule = { slice(r->grant[i].service), slice(r->grant[i].resource), slice(r->grant[i].action),
        0, 0 };
    struct alps_allow one = { .function = ALPS_S("f"), .account = ALPS_S("1"), .region = ALPS_S("r"),
                              .project = ALPS_S("p"), .subscription = ALPS_S("s"), .rule = &rule, .n_rules = 1 };
    struct alps_allow_error err = { 0 };
    char *text = alps_allow_write(&one);
    uint8_t *block = malloc(ROOM);
    struct alps_arena arena;
    bool reads;

    if (!text || !block)
        abort();
    arena = (struct alps_arena){ block, block + ROOM };
    reads = alps_allow_read(&arena, &alps_catalog_builtin, slice(text), &err) != NULL;
    if (!reads) {
        a->project.current = r->function;
        a->project.current_note = r->note;
        alps_project_note(&a->project, r->grant[i].n_evidence ? r->grant[i].evidence[0] : "", 0, 0, "bad-name", true,
                          alps_mem_print(a->mem, "nothing is allowed for it: %s", err.text));
        r->note = a->project.current_note;
        a->project.current = NULL;
    }
    free(text);
    free(block);
    return reads;
}

/* Take what cannot be a rule out of the calls and the rules. */
static void
grants_checked(struct alps_analysis *a, struct alps_result *r)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < r->n_grants; i++) {
        const struct alps_grant g = r->grant[i];

        if (grant_reads(a, r, i)) {
            r->grant[kept++] = g;
            continue;
        }
        for (struct alps_call_found *c = r->call; c; c = c->next)
            for (struct alps_access_found **at = &c->access; *at;)
                if ((*at)->action == g.action && strcmp((*at)->resource, g.resource) == 0)
                    *at = (*at)->next;
                else
                    at = &(*at)->next;
    }
    r->n_grants = kept;
}

static const char OWN[] = "own-project";        /* what the function runs in, for Google and Azure */

struct check { struct alps_mem *mem; const struct alps_result *r; };

/* The environment as IaC tells it; what it does not tell stands for itself. */
static const char *
check_env(void *ctx, const char *name)
{
    struct check *c = ctx;

    if (strcmp(name, "AWS_ACCOUNT_ID") == 0)
        return "111122223333";
    if (strcmp(name, "AWS_REGION") == 0)
        return "eu-west-1";
    if (strcmp(name, "GOOGLE_CLOUD_PROJECT") == 0 || strcmp(name, "AZURE_SUBSCRIPTION_ID") == 0)
        return OWN;
    for (unsigned i = 0; i < c->r->function->n_variables; i++)
        if (strcmp(c->r->function->variable[i].name, name) == 0 && c->r->function->variable[i].value &&
            *c->r->function->variable[i].value) {
            char *v = alps_mem_text(c->mem, c->r->function->variable[i].value,
                                    strlen(c->r->function->variable[i].value));

            for (char *p = v; *p; p++)
                if ((uint8_t)*p < ' ' || *p == '*')
                    *p = '0';
            return v;
        }
    for (unsigned i = 0; i < c->r->n_grants; i++) {         /* a variable that holds all of a name holds an ARN */
        const char *p = c->r->grant[i].resource;

        if (strncmp(p, "${env:", 6) == 0 && strncmp(p + 6, name, strlen(name)) == 0 &&
            strchr("|}", p[6 + strlen(name)]))
            return alps_mem_print(c->mem, "arn:aws:%s:eu-west-1:111122223333:name", c->r->grant[i].service);
    }
    return "value-of-the-variable";
}

/* The access with its variables filled in, '*' for what is open: what a request would ask for. */
static size_t
concrete(struct check *c, const char *resource, char *out, size_t cap)
{
    size_t w = 0;

    for (const char *p = resource; *p && w + 1 < cap; p++) {
        const char *end = p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL, *value;
        char name[256] = "";

        if (!end) {
            out[w++] = *p == '*' ? 'x' : *p == '?' ? '7' : *p;
            continue;
        }
        if (strncmp(p, "${env:", 6) == 0 && end - p - 6 < (ptrdiff_t)sizeof name) {
            memcpy(name, p + 6, (size_t)(end - p - 6));
            name[strcspn(name, "|")] = '\0';
            value = check_env(c, name);
        } else {
            value = strncmp(p, "${region", 8) == 0 ? "eu-west-1" : strncmp(p, "${account", 9) == 0 ? "111122223333" : OWN;
        }
        for (; *value && w + 1 < cap; value++)
            out[w++] = *value;
        p = end;
    }
    return alps_resource_canonical(out, w);
}

static void
self_check(struct alps_analysis *a, struct alps_result *r)
{
    size_t room = 1024 * 1024 + strlen(r->allowlist) * 16 + r->n_grants * 8192ul;
    uint8_t *block = malloc(room);
    struct alps_arena arena;
    struct alps_allow_error err = { 0 };
    struct check c = { a->mem, r };
    struct alps_allow *allow;
    const struct alps_policy *policy = NULL;
    char text[ALPS_RESOURCE];

    if (!block)
        abort();
    arena = (struct alps_arena){ block, block + room };
    a->project.current = r->function;
    a->project.current_note = r->note;
    allow = alps_allow_read(&arena, &alps_catalog_builtin, slice(r->allowlist), &err);
    if (allow)
        policy = alps_allow_policy(&arena, &alps_catalog_builtin, allow, check_env, NULL, &c, &err);
    if (!policy)
        alps_project_note(&a->project, "allowlist.json", err.line, err.column, "self-check", true, err.text);
    for (const struct alps_call_found *f = r->call; policy && f; f = f->next)
        for (const struct alps_access_found *x = f->access; x && !f->implied; x = x->next) {
            size_t n = strcmp(x->resource, "*") == 0 ? 1 : concrete(&c, x->resource, text, sizeof text);
            struct alps_access access = { .action = alps_action_find(&alps_catalog_builtin, slice(x->action)),
                                          .resource = { (uint8_t *)text, n }, .name = slice(x->action) };
            uint32_t rule;

            if (strcmp(x->resource, "*") == 0)
                text[0] = ALPS_MARK_UNKNOWN;
            if (!access.action)
                access.action = ALPS_ACTION_NAMED;
            if (!alps_policy_covers_access(policy, &access, &rule))
                alps_project_note(&a->project, f->file, f->line, f->column, "self-check", true,
                                  alps_mem_print(a->mem, "the allowlist would not allow %s on %.*s",
                                                 x->action, (int)n, text));
        }
    r->note = a->project.current_note;
    a->project.current = NULL;
    free(block);
}

/* Permissions that no request of the function shows: the platform's. */
static void
implied_add(struct alps_analysis *a, struct alps_result *r, const char *service, const char *operation,
            const char *action, const char *arn,
            const char *evidence)
{
    struct alps_call_found *c = ALPS_MEM(a->mem, struct alps_call_found), **at;
    alps_service_id id = alps_service_find(&alps_catalog_builtin, ALPS_AWS, slice(service));
    const char *colon = strrchr(r->function->place, ':');

    if (!id || !alps_operation_find(&alps_catalog_builtin, id, slice(operation)) ||
        !alps_action_find(&alps_catalog_builtin, slice(action)))
        return;
    c->vendor = ALPS_AWS;
    c->operation = alps_mem_print(a->mem, "%s.%s", service, operation);
    c->access = ALPS_MEM(a->mem, struct alps_access_found);
    c->access->action = alps_mem_name(a->mem, action, strlen(action));
    c->access->service = alps_access_service(a->mem, service, action);
    c->file = alps_mem_text(a->mem, r->function->place, (size_t)(colon - r->function->place));
    c->line = (unsigned)atoi(colon + 1);
    c->implied = true;
    c->access->resource = arn;
    c->access->level = ALPS_LEVEL_OBJECT;
    c->access->rooted = "iac";
    c->access->why = "by-nature";
    c->access->evidence = evidence;
    for (at = &r->call; *at; at = &(*at)->next)
        ;
    *at = c;
}

static void
implied(struct alps_analysis *a, struct alps_result *r)
{
    static const char *const logs[] = { "CreateLogGroup", "CreateLogStream", "PutLogEvents" };
    static const struct { const char *type, *service, *operation, *action; } poll[] = {
        { "SQS", "sqs", "ReceiveMessage", "sqs:ReceiveMessage" },
            { "SQS", "sqs", "DeleteMessage", "sqs:DeleteMessage" },
        { "SQS", "sqs", "GetQueueAttributes", "sqs:GetQueueAttributes" },
        { "Kinesis", "kinesis", "GetRecords", "kinesis:GetRecords" },
            { "Kinesis", "kinesis", "GetShardIterator", "kinesis:GetShardIterator" },
        { "Kinesis", "kinesis", "DescribeStream", "kinesis:DescribeStream" },
            { "Kinesis", "kinesis", "ListShards", "kinesis:ListShards" },
        { "DynamoDB", "dynamodbstreams", "GetRecords", "dynamodb:GetRecords" },
        { "DynamoDB", "dynamodbstreams", "GetShardIterator", "dynamodb:GetShardIterator" },
        { "DynamoDB", "dynamodbstreams", "DescribeStream", "dynamodb:DescribeStream" },
        { "DynamoDB", "dynamodbstreams", "ListStreams", "dynamodb:ListStreams" },
    };
    const struct alps_function *fn = r->function;

    if (!fn->has_iac)
        return;
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++)
        implied_add(a, r, "logs", logs[i], alps_mem_print(a->mem, "logs:%s", logs[i]),
                    alps_mem_print(a->mem, "arn:aws:logs:${region}:${account}:log-group:/aws/lambda/%s:*", fn->name),
                        "the platform's own logging");
    for (unsigned t = 0; t < fn->n_triggers; t++)
        for (size_t i = 0; i < sizeof poll / sizeof poll[0]; i++) {
            char *arn = alps_mem_text(a->mem, fn->trigger_arn[t], strlen(fn->trigger_arn[t]));

            for (char *p = arn; *p; p++)
                if (*p == TEXT_ANY)
                    *p = '*';
            if (strcmp(poll[i].type, fn->trigger[t]) == 0)
                implied_add(a, r, poll[i].service, poll[i].operation, poll[i].action, arn,
                            "the event source that feeds the function");
        }
}

void
alps_emit(struct alps_analysis *a, struct alps_result *r)
{
    char *text;

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (int wire = 0; wire < 2 && !c->implied; wire++)
            for (const struct alps_access_found *x = wire ? c->wire : c->access; x; x = x->next)
                grant_add(a->mem, r, c, x);
    if (r->n_grants)
        qsort(r->grant, r->n_grants, sizeof *r->grant, grant_order);
    grants_checked(a, r);
    text = allowlist_text(a->mem, r);
    if (!text)
        abort();
    r->allowlist = alps_mem_text(a->mem, text, strlen(text));
    free(text);
    self_check(a, r);
    implied(a, r);
    alps_policy_emit(a, r);
    if (r->function->declared || r->function->n_managed) {
        r->declared = ALPS_MEM(a->mem, struct alps_declared);
        alps_declared_compare(a, r, r->declared);
    }
}
