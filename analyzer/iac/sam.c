/* analyzer/iac/sam.c: the functions of CloudFormation and SAM templates, and of what the CDK synthesises. */
#include "analyzer/iac/cfn.h"

static void
environment(struct alps_cfn *t, struct alps_function *f, const struct alps_tree *properties)
{
    const struct alps_tree *v = alps_tree_at(properties, "Environment.Variables");

    for (unsigned i = 0; v && v->kind == TREE_MAP && i + 1 < v->n; i += 2)
        alps_iac_variable(t->p, f, alps_tree_text(v->child[i]), alps_cfn_value(t, v->child[i + 1]), t->at, v->child[i]->line);
}

/* Event sources that the platform reads with the function's role. */
static void
triggers(struct alps_cfn *t, struct alps_function *f, const struct alps_tree *events)
{
    static const struct { const char *type, *property; } poll[] = { { "SQS", "Queue" }, { "Kinesis", "Stream" },
        { "DynamoDB", "Stream" } };

    for (unsigned i = 0; events && events->kind == TREE_MAP && i + 1 < events->n; i += 2)
        for (size_t k = 0; k < sizeof poll / sizeof poll[0]; k++) {
            const struct alps_tree *e = events->child[i + 1],
                *source = alps_tree_get(alps_tree_get(e, "Properties"), poll[k].property);

            if (strcmp(alps_tree_text(alps_tree_get(e, "Type")), poll[k].type) == 0)
                alps_iac_trigger(t->p, f, poll[k].type, source ? alps_cfn_value(t, source) : alps_iac_any);
        }
}

/* The resource in "!GetAtt Role.Arn", { "Fn::GetAtt": ["Role", "Arn"] }, "!Sub ${Role.Arn}"; "" for anything else. */
static const char *
role_name(struct alps_mem *mem, const struct alps_tree *t)
{
    const char *s;

    if (t->kind == TREE_MAP && t->n == 2)
        t = t->child[1];
    if (t->kind == TREE_LIST && t->n)
        t = t->child[0];
    s = alps_tree_text(t);
    s += strncmp(s, "${", 2) == 0 ? 2 : 0;
    return alps_mem_text(mem, s, strcspn(s, "."));
}

static const char *
text_of(void *ctx, const struct alps_tree *t)
{
    return alps_cfn_value(ctx, t);
}

/* The policies of the role that the function names. */
static void
role_policies(struct alps_cfn *t, struct alps_function *f, const struct alps_tree *role, struct alps_iac_texts how)
{
    const struct alps_tree *properties, *list, *managed;

    role = alps_tree_get(t->resources, role_name(t->p->mem, role));
    properties = alps_tree_get(role, "Properties");
    list = alps_tree_get(properties, "Policies");
    managed = alps_tree_get(properties, "ManagedPolicyArns");
    for (unsigned i = 0; list && list->kind == TREE_LIST && i < list->n; i++)
        if (alps_tree_get(list->child[i], "PolicyDocument"))
            alps_iac_policy(t->p, f, alps_tree_get(list->child[i], "PolicyDocument"), t->at, how);
    for (unsigned i = 0; managed && managed->kind == TREE_LIST && i < managed->n; i++)
        alps_iac_managed(t->p, f, alps_cfn_value(t, managed->child[i]), t->at, managed->child[i]->line);
}

/* SAM's Policies: names, statements, policy templates (by their name); or Role. */
static void
policies(struct alps_cfn *t, struct alps_function *f, const struct alps_tree *properties)
{
    struct alps_iac_texts how = { text_of, t };
    const struct alps_tree *list = alps_tree_get(properties, "Policies"), *role = alps_tree_get(properties, "Role");

    for (unsigned i = 0; list && i < (list->kind == TREE_LIST ? list->n : 1); i++) {
        const struct alps_tree *one = list->kind == TREE_LIST ? list->child[i] : list;

        if (alps_tree_get(one, "Statement") || alps_tree_get(one, "Effect"))
            alps_iac_policy(t->p, f, one, t->at, how);
        else if (one->kind == TREE_TEXT)
            alps_iac_managed(t->p, f, one->text, t->at, one->line);
        else if (one->kind == TREE_MAP && one->n == 2)
            alps_iac_managed(t->p, f, alps_tree_text(one->child[0]), t->at, one->line);
    }
    if (role)
        role_policies(t, f, role, how);
}

/* Code in the template itself (ZipFile): index.js or index.py, by the runtime. */
static bool
inline_code(struct alps_cfn *t, struct alps_function *f, const struct alps_tree *properties, const struct alps_tree *code)
{
    const char *runtime = alps_tree_text(alps_tree_get(properties, "Runtime")), *text;
    const struct alps_tree *zip = alps_tree_get(code, "ZipFile");

    if (!zip)
        return false;
    text = alps_cfn_value(t, zip);
    if (!alps_iac_known(text))
        return false;
    f->entry_file = strncmp(runtime, "python", 6) == 0 ? "index.py" : "index.js";
    f->language = alps_lang_of(f->entry_file)->name;
    f->source_text = text;
    f->path = t->at.shown;
    f->root = t->at.folder;
    return true;
}

/* Where the code lies: SAM's CodeUri, a local path that "aws cloudformation package" uploads, or the CDK's asset. */
static const char *
code_folder(const struct alps_tree *resource, const struct alps_tree *code)
{
    const char *asset = alps_tree_text(alps_tree_get(alps_tree_get(resource, "Metadata"), "aws:asset:path"));

    if (code && code->kind == TREE_TEXT)
        return strncmp(code->text, "s3://", 5) == 0 ? NULL : code->text;
    return *asset ? asset : code ? NULL : "";
}

static bool
function_add(struct alps_cfn *t, const char *logical, const struct alps_tree *r, const struct alps_tree *globals)
{
    const struct alps_tree *properties = alps_tree_get(r, "Properties"), *code = alps_tree_get(properties, "CodeUri"),
        *handler = alps_tree_get(properties, "Handler"), *name = alps_tree_get(properties, "FunctionName");
    struct alps_function *f;
    const char *folder, *called, *value;

    code = code ? code : alps_tree_get(globals, "CodeUri");
    handler = handler ? handler : alps_tree_get(globals, "Handler");
    if (strcmp(alps_tree_text(alps_tree_get(r, "Type")), "AWS::Lambda::Function") == 0)
        code = alps_tree_get(properties, "Code");
    if (alps_tree_get(properties, "InlineCode") || !handler)
        return false;
    f = alps_iac_function(t->p, t->at, r->line, "aws");
    called = name ? alps_cfn_value(t, name) : "";
    f->name = alps_iac_known(called) ? called : logical;
    value = alps_cfn_value(t, handler);
    environment(t, f, globals);
    environment(t, f, properties);
    triggers(t, f, alps_tree_get(properties, "Events"));
    policies(t, f, globals);
    policies(t, f, properties);
    if (inline_code(t, f, properties, code)) {
        f->entry_name = strrchr(value, '.') ? strrchr(value, '.') + 1 : value;
    } else {
        folder = code_folder(r, code);
        if (!folder)
            return false;                               /* an archive in a bucket: not here */
        alps_iac_code(t->p, f, t->at.folder, folder);
        if (!alps_iac_handler(t->p, f, value))
            alps_iac_no_entry(t->p, f, t->at, handler->line, value);
    }
    alps_iac_add(t->p, f);
    return true;
}

bool
alps_cfn_read(struct alps_project *p, struct alps_tree *root, struct alps_place at)
{
    struct alps_cfn t = { .p = p, .at = at, .resources = alps_tree_get(root, "Resources"),
        .parameters = alps_tree_get(root, "Parameters"), .mappings = alps_tree_get(root, "Mappings") };
    bool found = false;

    for (unsigned i = 0; t.resources && t.resources->kind == TREE_MAP && i + 1 < t.resources->n; i += 2) {
        const char *type = alps_tree_text(alps_tree_get(t.resources->child[i + 1], "Type"));

        if (strcmp(type, "AWS::Serverless::Function") == 0 || strcmp(type, "AWS::Lambda::Function") == 0)
            found |= function_add(&t, alps_tree_text(t.resources->child[i]), t.resources->child[i + 1],
                                  alps_tree_at(root, "Globals.Function"));
    }
    return found;
}
