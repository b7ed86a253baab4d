/* analyzer/iac/azure.c: Azure's function apps: a folder with host.json is one app, which has one identity, so one allowlist;
 * local.settings.json, ARM templates and Terraform give its settings. */
#include "analyzer/iac/iac.h"

static void
settings(struct alps_project *p, struct alps_function *f)
{
    struct alps_place at = { f->root, "local.settings.json" };
    const struct alps_tree *values;
    size_t n;
    char *text = alps_iac_file(p, alps_mem_print(p->mem, "%s/local.settings.json", f->root), &n);

    if (!text || !n)
        return;
    values = alps_tree_get(alps_yaml_read(p, text, n, at.shown), "Values");
    for (unsigned i = 0; values && values->kind == TREE_MAP && i + 1 < values->n; i += 2)
        alps_iac_variable(p, f, alps_tree_text(values->child[i]), alps_tree_text(values->child[i + 1]), at,
                          values->child[i]->line);
}

bool
alps_host_read(struct alps_project *p, struct alps_place at)
{
    struct alps_function *f = alps_iac_function(p, at, 1, "azure");
    const char *slash;

    alps_iac_code(p, f, at.folder, "");
    slash = strrchr(f->root, '/');
    f->name = slash && slash[1] ? slash + 1 : f->root;
    f->has_iac = false;
    if (!alps_project_files(p, f->root, &f->file, &f->n_files))
        return false;
    f->language = alps_lang_of(f->file[0])->name;
    settings(p, f);
    alps_iac_add(p, f);
    return true;
}

/* Settings that are declared belong to the app that is here, if it is clear which. */
void
alps_host_settings(struct alps_project *p)
{
    for (struct alps_function *f = p->function; f; f = f->next)
        for (const struct alps_function *app = p->app; app && strcmp(f->platform, "azure") == 0; app = app->next) {
            if (p->app->next && strcmp(app->name, f->name) != 0)
                continue;
            for (unsigned i = 0; i < app->n_variables; i++)
                alps_iac_set(p, f, &app->variable[i]);
        }
}

/* "[parameters('x')]", "[concat(…)]": what only the deployment knows. */
static const char *
value_of(const struct alps_tree *t)
{
    const char *text = alps_tree_text(t);

    return *text == '[' && text[1] != '[' ? alps_iac_any : text;
}

static void
site_add(struct alps_project *p, const struct alps_tree *r, struct alps_place at)
{
    const struct alps_tree *list = alps_tree_at(r, "properties.siteConfig.appSettings");
    struct alps_function *f;

    if (strcmp(alps_tree_text(alps_tree_get(r, "type")), "Microsoft.Web/sites") != 0 || !list)
        return;
    f = alps_iac_function(p, at, r->line, "azure");
    f->name = value_of(alps_tree_get(r, "name"));
    for (unsigned i = 0; list->kind == TREE_LIST && i < list->n; i++)
        alps_iac_variable(p, f, alps_tree_text(alps_tree_get(list->child[i], "name")),
                          value_of(alps_tree_get(list->child[i], "value")), at, list->child[i]->line);
    f->next = p->app;
    p->app = f;
}

bool
alps_arm_read(struct alps_project *p, struct alps_tree *root, struct alps_place at)
{
    const struct alps_tree *all = alps_tree_get(root, "resources");

    for (unsigned i = 0; all && i < all->n; i++)
        if (all->kind == TREE_LIST || i % 2)            /* a list, or (Bicep's output) a map by symbolic names */
            site_add(p, all->child[i], at);
    return false;                                       /* an app's settings, not its code */
}
