/* analyzer/iac/serverless.c: serverless.yml of the Serverless Framework (serverless.com/framework/docs): functions of AWS,
 * Google Cloud and Azure; its variables "${self:a.b, 'default'}", "${opt:…}", "${env:…}", "${sls:stage}" as far as the file tells. */
#include "analyzer/iac/cfn.h"

enum { DEEP = 16, NODES = 200000 };

struct file { struct alps_project *p; struct alps_tree *root; struct alps_cfn cfn; struct alps_place at; unsigned steps; };

static const char *text_of(struct file *, const struct alps_tree *, unsigned depth);

static const char *
trimmed(struct alps_mem *mem, const char *s, size_t n)
{
    while (n && (*s == ' ' || *s == '\'' || *s == '"'))
        s++, n--;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\'' || s[n - 1] == '"'))
        n--;
    return alps_mem_text(mem, s, n);
}

/* One variable, "self:provider.stage" or a quoted text; NULL: not known here. */
static const char *
source_of(struct file *s, const char *name, bool quoted, unsigned depth)
{
    const struct alps_tree *t;

    if (quoted)
        return name;
    if (strcmp(name, "sls:stage") == 0 || strcmp(name, "opt:stage") == 0) {
        t = alps_tree_at(s->root, "provider.stage");
        return t ? text_of(s, t, depth + 1) : strncmp(name, "sls", 3) == 0 ? "dev" : NULL;
    }
    if (strncmp(name, "self:", 5) != 0)
        return NULL;
    t = alps_tree_at(s->root, name + 5);
    if (!t && strcmp(name, "self:provider.stage") == 0)
        return "dev";                                   /* the framework's own default */
    return t && t->kind == TREE_TEXT ? text_of(s, t, depth + 1) : NULL;
}

/* "${a, b, 'c'}": the first that is known. */
static const char *
variable_of(struct file *s, const char *inside, size_t n, unsigned depth)
{
    while (n) {
        size_t k = 0, nested = 0;
        const char *value;

        while (k < n && (inside[k] != ',' || nested)) {
            nested += inside[k] == '{';
            nested -= inside[k] == '}' && nested;
            k++;
        }
        value = source_of(s, trimmed(s->p->mem, inside, k), memchr(inside, '\'', k) || memchr(inside, '"', k), depth);
        if (value && alps_iac_known(value))
            return value;
        inside += k + (k < n);
        n -= k + (k < n);
    }
    return alps_iac_any;
}

/* "self:custom.x", "ssm:/path", "env:NAME, 'default'": a source and a colon, but not two. */
static bool
is_own(const char *inside, size_t n)
{
    const char *colon = memchr(inside, ':', n);

    return colon && colon + 1 < inside + n && colon[1] != ':';
}

/* A text with the framework's variables put in; "${Name}" and "${AWS::Region}" are CloudFormation's and stay. */
static const char *
expanded(struct file *s, const char *text, unsigned depth)
{
    const char *all = "", *p;

    while (depth < DEEP && (p = strstr(text, "${")) != NULL) {
        unsigned nested = 0;
        const char *end = p + 2;

        while (*end && (*end != '}' || nested)) {
            nested += *end == '{';
            nested -= *end == '}' && nested;
            end++;
        }
        if (!*end)
            return alps_iac_any;
        all = alps_iac_join(s->p->mem, all, alps_mem_text(s->p->mem, text, (size_t)(p - text)));
        all = alps_iac_join(s->p->mem, all, is_own(p + 2, (size_t)(end - p - 2))
                            ? variable_of(s, p + 2, (size_t)(end - p - 2), depth + 1)
                            : alps_mem_text(s->p->mem, p, (size_t)(end - p + 1)));
        text = end + 1;
    }
    return depth < DEEP ? alps_iac_join(s->p->mem, all, text) : alps_iac_any;
}

static const char *
text_of(struct file *s, const struct alps_tree *t, unsigned depth)
{
    return t->kind != TREE_TEXT || (t->tag && *t->tag == '!') ? alps_cfn_value(&s->cfn, t) : expanded(s, t->text, depth);
}

static void
environment(struct file *s, struct alps_function *f, const struct alps_tree *v)
{
    for (unsigned i = 0; v && v->kind == TREE_MAP && i + 1 < v->n; i += 2)
        alps_iac_variable(s->p, f, alps_tree_text(v->child[i]), text_of(s, v->child[i + 1], 0), s->at, v->child[i]->line);
}

static void
triggers(struct file *s, struct alps_function *f, const struct alps_tree *events)
{
    for (unsigned i = 0; events && events->kind == TREE_LIST && i < events->n; i++) {
        const struct alps_tree *sqs = alps_tree_get(events->child[i], "sqs"), *stream = alps_tree_get(events->child[i], "stream");
        const struct alps_tree *e = sqs ? sqs : stream, *arn = alps_tree_get(e, "arn");
        const char *value;

        if (!e)
            continue;
        value = text_of(s, arn ? arn : e, 0);
        alps_iac_trigger(s->p, f, sqs ? "SQS" : strcmp(alps_tree_text(alps_tree_get(e, "type")), "dynamodb") == 0 ||
                         strstr(value, ":dynamodb:") ? "DynamoDB" : "Kinesis", value);
    }
}

/* The framework fills in its variables before CloudFormation sees the template. */
static void
resources_expand(struct file *s, struct alps_tree *t, unsigned depth)
{
    if (s->steps++ > NODES)                             /* anchors can make a small file a large tree */
        return;
    if (t->kind == TREE_TEXT)
        t->text = expanded(s, t->text, 0);
    for (unsigned i = 0; i < t->n && depth < 64; i++)
        resources_expand(s, t->child[i], depth + 1);
}

/* resources: a template, or a list of them. */
static void
resources_find(struct file *s)
{
    struct alps_tree *r = alps_tree_get(s->root, "resources"), *all = ALPS_MEM(s->p->mem, struct alps_tree);

    all->kind = TREE_MAP;
    for (unsigned i = 0; r && i < (r->kind == TREE_LIST ? r->n : 1); i++) {
        const struct alps_tree *one = alps_tree_get(r->kind == TREE_LIST ? r->child[i] : r, "Resources");

        for (unsigned k = 0; one && one->kind == TREE_MAP && k < one->n; k++)
            alps_tree_add(s->p->mem, all, one->child[k]);
    }
    resources_expand(s, all, 0);
    s->cfn = (struct alps_cfn){ .p = s->p, .resources = all, .at = s->at };
}

static const char *
how_text(void *ctx, const struct alps_tree *t)
{
    return text_of(ctx, t, 0);
}

/* provider.iam.role.statements, and what they were called before version 3; a function's own by the usual plugin. */
static void
policies(struct file *s, struct alps_function *f, const struct alps_tree *t)
{
    static const char *const places[] = { "provider.iam.role.statements", "provider.iamRoleStatements" };
    struct alps_iac_texts how = { how_text, s };
    const struct alps_tree *own = alps_tree_get(t, "iamRoleStatements"), *managed;
    bool inherit = !own || strcmp(alps_tree_text(alps_tree_get(t, "iamRoleStatementsInherit")), "true") == 0;

    if (own)
        alps_iac_policy(s->p, f, own, s->at, how);
    for (size_t i = 0; inherit && i < sizeof places / sizeof places[0]; i++)
        if (alps_tree_at(s->root, places[i]))
            alps_iac_policy(s->p, f, alps_tree_at(s->root, places[i]), s->at, how);
    managed = alps_tree_at(s->root, "provider.iam.role.managedPolicies");
    for (unsigned i = 0; managed && managed->kind == TREE_LIST && i < managed->n; i++)
        alps_iac_managed(s->p, f, text_of(s, managed->child[i], 0), s->at, managed->child[i]->line);
}

static void
function_add(struct file *s, const char *key, const struct alps_tree *t, const char *platform, unsigned line)
{
    const struct alps_tree *handler = alps_tree_get(t, "handler"), *name = alps_tree_get(t, "name");
    struct alps_function *f = alps_iac_function(s->p, s->at, line, platform);
    const char *called = name ? text_of(s, name, 0) : "", *value = handler ? text_of(s, handler, 0) : "";

    f->name = alps_iac_known(called) ? called : key;
    alps_iac_code(s->p, f, s->at.folder, "");
    environment(s, f, alps_tree_at(s->root, "provider.environment"));
    environment(s, f, alps_tree_get(t, "environment"));
    triggers(s, f, alps_tree_get(t, "events"));
    policies(s, f, t);
    if (!(strcmp(platform, "gcp") == 0 ? alps_iac_target(s->p, f, value) : alps_iac_handler(s->p, f, value)))
        alps_iac_no_entry(s->p, f, s->at, handler ? handler->line : line, value);
    alps_iac_add(s->p, f);
}

bool
alps_serverless_read(struct alps_project *p, struct alps_tree *root, struct alps_place at)
{
    struct file s = { .p = p, .root = root, .at = at };
    const struct alps_tree *functions = alps_tree_get(root, "functions");
    const char *provider = alps_tree_text(alps_tree_at(root, "provider.name"));
    bool found = false;

    if (!*provider)
        provider = alps_tree_text(alps_tree_get(root, "provider"));
    provider = strcmp(provider, "google") == 0 ? "gcp" : strcmp(provider, "azure") == 0 ? "azure" : "aws";
    resources_find(&s);
    for (unsigned k = 0; functions && k < (functions->kind == TREE_LIST ? functions->n : 1); k++) {
        const struct alps_tree *list = functions->kind == TREE_LIST ? functions->child[k] : functions;

        for (unsigned i = 0; list->kind == TREE_MAP && i + 1 < list->n; i += 2) {
            function_add(&s, alps_tree_text(list->child[i]), list->child[i + 1], provider, list->child[i]->line);
            found = true;
        }
    }
    return found;
}
