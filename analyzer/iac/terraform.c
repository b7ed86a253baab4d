/* analyzer/iac/terraform.c: Terraform's functions of three clouds: what a module's files tell without a plan.  Local modules
 * are followed with the arguments that they are given. */
#include "analyzer/iac/iac.h"

#include <dirent.h>
#include <stdlib.h>

enum { DEEP = 32, STEPS = 100000, MODULES = 8 };

struct module {
    struct alps_project *p;
    struct alps_tree *root;             /* of all its files */
    struct alps_place at;
    struct module *caller;
    const struct alps_tree *arguments;  /* the caller's module block; *.tfvars of the root */
    unsigned *steps, depth;
};

static const char *text_of(struct module *, const struct alps_tree *, unsigned depth);

/* All files of a folder that end so, as one tree.  NULL: there is none. */
static struct alps_tree *
files_read(struct alps_project *p, struct alps_place at, const char *tail)
{
    struct alps_tree *all = NULL, *one;
    const char **name = NULL;
    unsigned n = 0;
    DIR *d = opendir(at.folder);

    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        size_t k = strlen(e->d_name), t = strlen(tail);

        if (k > t && strcmp(e->d_name + k - t, tail) == 0) {
            name = alps_mem_grow(p->mem, name, n, sizeof *name);
            name[n++] = alps_mem_text(p->mem, e->d_name, k);
        }
    }
    if (d)
        closedir(d);
    if (n)
        qsort(name, n, sizeof *name, alps_mem_text_order);
    for (unsigned i = 0; i < n; i++) {
        const char *shown = alps_mem_print(p->mem, "%s%s%s", at.shown, *at.shown ? "/" : "", name[i]);
        size_t size;
        char *text = alps_iac_file(p, alps_mem_print(p->mem, "%s/%s", at.folder, name[i]), &size);

        if (!text || !(one = alps_hcl_read(p, text, size, shown)))
            continue;
        if (!all)
            (all = ALPS_MEM(p->mem, struct alps_tree))->kind = TREE_MAP;
        for (unsigned k = 0; k < one->n; k++)
            alps_tree_add(p->mem, all, one->child[k]);
    }
    return all;
}

static const struct alps_tree *
block(struct module *m, const char *kind, const char *labels)
{
    char key[400];
    size_t n = strlen(kind), k = strlen(labels);

    if (n + k + 2 > sizeof key)
        return NULL;
    memcpy(key, kind, n);
    key[n] = ' ';
    memcpy(key + n + 1, labels, k + 1);
    for (char *c = key + n + 1; *c; c++)
        if (*c == '.')
            *c = ' ';
    return alps_tree_get(m->root, key);
}

/* A name's tree in "locals" (there may be several such blocks). */
static const struct alps_tree *
local(struct module *m, const char *name)
{
    for (unsigned i = 0; m->root->kind == TREE_MAP && i + 1 < m->root->n; i += 2)
        if (strcmp(m->root->child[i]->text, "locals") == 0 && alps_tree_get(m->root->child[i + 1], name))
            return alps_tree_get(m->root->child[i + 1], name);
    return NULL;
}

/* What a reference stands for, and in which module it is to be read. */
static const struct alps_tree *
referred(struct module *m, const char *name, struct module **in)
{
    const struct alps_tree *given;

    *in = m;
    if (strncmp(name, "local.", 6) == 0)
        return local(m, name + 6);
    if (strncmp(name, "var.", 4) != 0)
        return NULL;
    given = alps_tree_get(m->arguments, name + 4);
    if (given) {
        *in = m->caller ? m->caller : m;
        return given;
    }
    return alps_tree_get(block(m, "variable", name + 4), "default");
}

/* "aws_sqs_queue.orders.url", "data.aws_s3_bucket.b.arn", "module.x.out" */
static const char *
attribute_of(struct module *m, const char *name, unsigned depth)
{
    bool data = strncmp(name, "data.", 5) == 0;
    const char *path = data ? name + 5 : name, *dot = strchr(path, '.'), *last = dot ? strchr(dot + 1, '.') : NULL;
    const struct alps_tree *b, *own;
    const char *type, *labels, *property, *value, *called;

    if (strncmp(name, "path.", 5) == 0)
        return ".";
    if (!last)
        return alps_iac_any;
    labels = alps_mem_text(m->p->mem, path, (size_t)(last - path));
    type = alps_mem_text(m->p->mem, path, (size_t)(dot - path));
    b = block(m, data ? "data" : "resource", labels);
    if (!b)
        return alps_iac_any;
    own = alps_tree_get(b, last + 1);
    property = alps_iac_own(m->p->mem, type);
    if (own && !(property && strcmp(property, last + 1) != 0 && alps_iac_attribute(m->p->mem, type, last + 1, "")))
        return text_of(m, own, depth + 1);
    if (!property)
        return alps_iac_any;
    own = alps_tree_get(b, property);
    called = own ? text_of(m, own, depth + 1) : alps_iac_any;
    value = alps_iac_attribute(m->p->mem, type, last + 1, called);
    return value ? value : alps_iac_any;
}

/* The functions that build names. */
static const char *
call_text(struct module *m, const struct alps_tree *t, unsigned depth)
{
    const char *all = "", *format;
    unsigned next = 1;

    if (strcmp(t->text, "join") == 0 && t->n == 2 && t->child[1]->kind == TREE_LIST) {
        for (unsigned i = 0; i < t->child[1]->n; i++)
            all = alps_iac_join(m->p->mem, alps_iac_join(m->p->mem, all, i ? text_of(m, t->child[0], depth + 1) : ""),
                                text_of(m, t->child[1]->child[i], depth + 1));
        return all;
    }
    if (t->n == 1 && (strcmp(t->text, "tostring") == 0 || strcmp(t->text, "trimspace") == 0 ||
                      strcmp(t->text, "abspath") == 0))
        return text_of(m, t->child[0], depth + 1);
    if (strcmp(t->text, "format") != 0 || !t->n)
        return alps_iac_any;
    format = text_of(m, t->child[0], depth + 1);
    for (const char *p; (p = strchr(format, '%')) != NULL; format = p + 2) {
        all = alps_iac_join(m->p->mem, all, alps_mem_text(m->p->mem, format, (size_t)(p - format)));
        if (p[1] != 's' && p[1] != 'd' && p[1] != 'v')
            return alps_iac_any;
        all = alps_iac_join(m->p->mem, all, next < t->n ? text_of(m, t->child[next], depth + 1) : alps_iac_any);
        next++;
    }
    return alps_iac_join(m->p->mem, all, format);
}

static const char *
text_of(struct module *m, const struct alps_tree *t, unsigned depth)
{
    const char *all = "";
    const struct alps_tree *other;
    struct module *in;

    if (depth > DEEP || ++*m->steps > STEPS)
        return alps_iac_any;
    switch (t->kind) {
    case TREE_TEXT:
        return t->text;
    case TREE_JOIN:
        for (unsigned i = 0; i < t->n; i++)
            all = alps_iac_join(m->p->mem, all, text_of(m, t->child[i], depth + 1));
        return all;
    case TREE_REFERENCE:
        other = referred(m, t->text, &in);
        return other ? text_of(in, other, depth + 1) : attribute_of(m, t->text, depth);
    case TREE_CALL:
        return call_text(m, t, depth);
    case TREE_NONE: case TREE_MAP: case TREE_LIST:
        break;
    }
    return alps_iac_any;
}

/* A map of variables, "merge(local.common, { … })" among them. */
static void
environment(struct module *m, struct alps_function *f, const struct alps_tree *t, unsigned depth)
{
    const struct alps_tree *other;
    struct module *in;

    if (!t || depth > DEEP)
        return;
    if (t->kind == TREE_REFERENCE && (other = referred(m, t->text, &in)) != NULL)
        environment(in, f, other, depth + 1);
    for (unsigned i = 0; t->kind == TREE_CALL && strcmp(t->text, "merge") == 0 && i < t->n; i++)
        environment(m, f, t->child[i], depth + 1);
    for (unsigned i = 0; t->kind == TREE_MAP && i + 1 < t->n; i += 2)
        alps_iac_variable(m->p, f, text_of(m, t->child[i], 0), text_of(m, t->child[i + 1], 0),
                          (struct alps_place){ m->at.folder, t->child[i]->tag }, t->child[i]->line);
}

/* The folder that an archive is made of, when ${t} names the archive: "data.archive_file.x.output_path". */
static const char *
archive_source(struct module *m, const struct alps_tree *t)
{
    const struct alps_tree *b, *source;
    const char *name, *dot, *text, *slash;

    if (!t || t->kind != TREE_REFERENCE)
        return NULL;
    name = strncmp(t->text, "data.archive_file.", 18) == 0 ? t->text + 18
        : strncmp(t->text, "google_storage_bucket_object.", 29) == 0 ? t->text + 29 : NULL;
    dot = name ? strchr(name, '.') : NULL;
    if (!dot)
        return NULL;
    if (t->text[0] == 'g')
        return archive_source(m, alps_tree_get(block(m, "resource", alps_mem_print(m->p->mem, "google_storage_bucket_object.%.*s",
                                                                                   (int)(dot - name), name)), "source"));
    b = block(m, "data", alps_mem_print(m->p->mem, "archive_file.%.*s", (int)(dot - name), name));
    if ((source = alps_tree_get(b, "source_dir")) != NULL)
        return text_of(m, source, 0);
    if ((source = alps_tree_get(b, "source_file")) == NULL)
        return NULL;
    text = text_of(m, source, 0);
    slash = strrchr(text, '/');
    return slash ? alps_mem_text(m->p->mem, text, (size_t)(slash - text)) : "";
}

/* Try the folders where the code may be: what the archive is made of; else, as nobody says it, the usual ones. */
static bool
entry_find(struct module *m, struct alps_function *f, const char *folder, const char *archive, const char *handler, bool google)
{
    const char *stem = archive && strlen(archive) > 4 && strcmp(archive + strlen(archive) - 4, ".zip") == 0
        ? alps_mem_text(m->p->mem, archive, strlen(archive) - 4) : ".";
    const char *const usual[] = { folder ? folder : stem, ".", "src", "lambda", "..", "../src", "../lambda" };

    for (size_t i = 0; i < (folder ? 1 : sizeof usual / sizeof usual[0]); i++) {
        alps_iac_code(m->p, f, m->at.folder, usual[i]);
        if (google ? alps_iac_target(m->p, f, handler) : alps_iac_handler(m->p, f, handler))
            return true;
    }
    alps_iac_code(m->p, f, m->at.folder, folder ? folder : ".");
    return false;
}

static const char *
known_text(struct module *m, const struct alps_tree *t)
{
    const char *s = t ? text_of(m, t, 0) : "";

    return alps_iac_known(s) ? s : NULL;
}

/* What each kind of resource calls what is wanted.  "a.b": a member of a block. */
static const struct kind {
    const char *type, *platform, *name, *handler, *archive, *environment;
} kinds[] = {
    { "aws_lambda_function", "aws", "function_name", "handler", "filename", "environment.variables" },
    { "google_cloudfunctions_function", "gcp", "name", "entry_point", "source_archive_object", "environment_variables" },
    { "google_cloudfunctions2_function", "gcp", "name", "build_config.entry_point", "build_config.source.storage_source.object",
      "service_config.environment_variables" },
    { "azurerm_linux_function_app", "azure", "name", "", "zip_deploy_file", "app_settings" },
    { "azurerm_windows_function_app", "azure", "name", "", "zip_deploy_file", "app_settings" },
    { "azurerm_function_app_flex_consumption", "azure", "name", "", "zip_deploy_file", "app_settings" },
    { "azurerm_function_app", "azure", "name", "", "", "app_settings" },
};
/* terraform-aws-modules/lambda/aws, the module that people use */
static const struct kind lambda_module = { "", "aws", "function_name", "handler", "local_existing_package", "environment_variables" };

static void
trigger_add(struct module *m, struct alps_function *f, const char *label)
{
    for (unsigned i = 0; i + 1 < m->root->n; i += 2) {
        const struct alps_tree *b = m->root->child[i + 1], *function = alps_tree_get(b, "function_name"),
            *source = alps_tree_get(b, "event_source_arn");
        const char *arn;
        size_t n = strlen(label);

        if (strncmp(m->root->child[i]->text, "resource aws_lambda_event_source_mapping ", 41) != 0 || !function || !source ||
            function->kind != TREE_REFERENCE || strncmp(function->text, label, n) != 0 || function->text[n] != '.')
            continue;
        arn = text_of(m, source, 0);
        alps_iac_trigger(m->p, f, strstr(arn, ":sqs:") ? "SQS" : strstr(arn, ":dynamodb:") ? "DynamoDB" : "Kinesis", arn);
    }
}

static const char *
how_text(void *ctx, const struct alps_tree *t)
{
    return text_of(ctx, t, 0);
}

/* The block that a reference names, "aws_iam_role.x.arn" → its label; NULL for another type. */
static const char *
label_of(const struct alps_tree *t, const char *type, struct alps_mem *mem)
{
    size_t n = strlen(type);

    if (!t || t->kind != TREE_REFERENCE || strncmp(t->text, type, n) != 0 || t->text[n] != '.')
        return NULL;
    return alps_mem_text(mem, t->text + n + 1, strcspn(t->text + n + 1, "."));
}

/* policy = jsonencode({ … }) | data.aws_iam_policy_document.x.json | aws_iam_policy.x.arn */
static void
policy_read(struct module *m, struct alps_function *f, const struct alps_tree *t, unsigned depth)
{
    struct alps_iac_texts how = { how_text, m };
    const struct alps_tree *b;
    const char *label;

    if (!t || depth > 4)
        return;
    if (t->kind == TREE_CALL && strcmp(t->text, "jsonencode") == 0 && t->n == 1) {
        alps_iac_policy(m->p, f, t->child[0], (struct alps_place){ m->at.folder, t->tag }, how);
    } else if ((label = label_of(t, "data.aws_iam_policy_document", m->p->mem)) != NULL) {
        b = block(m, "data aws_iam_policy_document", label);
        for (unsigned i = 0; b && i + 1 < b->n; i += 2) {
            const struct alps_tree *effect = alps_tree_get(b->child[i + 1], "effect"),
                *actions = alps_tree_get(b->child[i + 1], "actions"), *resources = alps_tree_get(b->child[i + 1], "resources");

            if (strcmp(b->child[i]->text, "statement") == 0 && actions && resources &&
                (!effect || strcmp(text_of(m, effect, 0), "Allow") == 0))
                alps_iac_statement(m->p, f, actions, resources, (struct alps_place){ m->at.folder, b->child[i]->tag },
                                   b->child[i]->line, how);
        }
    } else if ((label = label_of(t, "aws_iam_policy", m->p->mem)) != NULL) {
        policy_read(m, f, alps_tree_get(block(m, "resource aws_iam_policy", label), "policy"), depth + 1);
    } else if (t->kind == TREE_TEXT) {
        alps_iac_managed(m->p, f, t->text, (struct alps_place){ m->at.folder, t->tag }, t->line);
    }
}

/* What is attached to the function's role. */
static void
policies(struct module *m, struct alps_function *f, const struct alps_tree *function)
{
    static const struct { const char *type, *policy; } kinds_of_policy[] = { { "resource aws_iam_role_policy ", "policy" },
        { "resource aws_iam_role_policy_attachment ", "policy_arn" } };
    const char *role = label_of(alps_tree_get(function, "role"), "aws_iam_role", m->p->mem), *of;

    for (unsigned i = 0; role && i + 1 < m->root->n; i += 2)
        for (size_t k = 0; k < sizeof kinds_of_policy / sizeof kinds_of_policy[0]; k++) {
            const struct alps_tree *b = m->root->child[i + 1];

            if (strncmp(m->root->child[i]->text, kinds_of_policy[k].type, strlen(kinds_of_policy[k].type)) == 0 &&
                (of = label_of(alps_tree_get(b, "role"), "aws_iam_role", m->p->mem)) != NULL && strcmp(of, role) == 0)
                policy_read(m, f, alps_tree_get(b, kinds_of_policy[k].policy), 0);
        }
}

static bool
function_add(struct module *m, const struct kind *k, const char *label, const struct alps_tree *b, const struct alps_tree *key)
{
    struct alps_place at = { m->at.folder, key->tag };
    struct alps_function *f = alps_iac_function(m->p, at, key->line, k->platform);
    const struct alps_tree *archive = alps_tree_at(b, k->archive), *source = alps_tree_get(b, "source_path");
    const char *name = known_text(m, alps_tree_at(b, k->name)), *short_label = strrchr(label, '.');
    const char *handler = *k->handler ? known_text(m, alps_tree_at(b, k->handler)) : "";
    const char *folder = source ? known_text(m, source) : archive_source(m, archive);

    f->name = name ? name : short_label ? short_label + 1 : label;
    environment(m, f, alps_tree_at(b, k->environment), 0);
    if (strcmp(k->platform, "azure") == 0) {            /* settings of an app; host.json tells where its code is */
        f->next = m->p->app;
        m->p->app = f;
        return false;
    }
    trigger_add(m, f, label);
    policies(m, f, b);
    if (!handler)
        return false;                                   /* an image, or a handler that only the plan knows */
    if (!entry_find(m, f, folder, known_text(m, archive), handler, strcmp(k->platform, "gcp") == 0))
        alps_iac_no_entry(m->p, f, at, key->line, handler);
    alps_iac_add(m->p, f);
    return true;
}

static bool functions_find(struct module *);

/* A local module, read with the arguments of its block. */
static bool
module_enter(struct module *m, const struct alps_tree *b, const char *source)
{
    struct module inner = { .p = m->p, .caller = m, .arguments = b, .steps = m->steps, .depth = m->depth + 1 };

    if (inner.depth > MODULES)
        return false;
    inner.at = (struct alps_place){ alps_mem_print(m->p->mem, "%s/%s", m->at.folder, source),
                                    alps_mem_print(m->p->mem, "%s%s%s", m->at.shown, *m->at.shown ? "/" : "",
                                                   source + (strncmp(source, "./", 2) == 0 ? 2 : 0)) };
    inner.root = files_read(m->p, inner.at, ".tf");
    return inner.root && functions_find(&inner);
}

static bool
functions_find(struct module *m)
{
    bool found = false;

    for (unsigned i = 0; i + 1 < m->root->n; i += 2) {
        const struct alps_tree *key = m->root->child[i], *b = m->root->child[i + 1];
        const char *source;

        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            size_t n = strlen(kinds[k].type);

            if (strncmp(key->text, "resource ", 9) == 0 && strncmp(key->text + 9, kinds[k].type, n) == 0 &&
                key->text[9 + n] == ' ')
                found |= function_add(m, &kinds[k], alps_mem_print(m->p->mem, "%s.%s", kinds[k].type, key->text + 10 + n), b,
                                      key);
        }
        if (strncmp(key->text, "module ", 7) != 0 || !(source = known_text(m, alps_tree_get(b, "source"))))
            continue;
        if (strstr(source, "terraform-aws-modules/lambda/aws"))
            found |= function_add(m, &lambda_module, key->text + 7, b, key);
        else if (strncmp(source, "./", 2) == 0 || strncmp(source, "../", 3) == 0)
            found |= module_enter(m, b, source);
    }
    return found;
}

/* Is the folder a module of another one among them? */
static bool
is_called(struct alps_project *p, const struct alps_place *folder, unsigned n, unsigned which)
{
    bool called = false;

    for (unsigned i = 0; i < n && !called; i++) {
        const struct alps_tree *root = i == which ? NULL : files_read(p, folder[i], ".tf");

        for (unsigned k = 0; root && k + 1 < root->n && !called; k += 2) {
            const char *source = alps_tree_text(alps_tree_get(root->child[k + 1], "source"));
            char *real = strncmp(root->child[k]->text, "module ", 7) == 0 && *source == '.'
                ? realpath(alps_mem_print(p->mem, "%s/%s", folder[i].folder, source), NULL) : NULL;

            called = real && strcmp(real, folder[which].folder) == 0;
            free(real);
        }
    }
    return called;
}

bool
alps_terraform_read(struct alps_project *p, const struct alps_place *folder, unsigned n)
{
    bool found = false;

    for (unsigned i = 0; i < n; i++) {
        unsigned steps = 0;
        struct module m = { .p = p, .at = folder[i], .steps = &steps };

        if (is_called(p, folder, n, i) || !(m.root = files_read(p, folder[i], ".tf")))
            continue;
        m.arguments = files_read(p, folder[i], ".tfvars");
        found |= functions_find(&m);
    }
    return found;
}
