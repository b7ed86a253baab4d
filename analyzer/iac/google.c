/* analyzer/iac/google.c: Cloud Run's service.yaml, Firebase's functions.yaml. */
#include "analyzer/iac/iac.h"

/* [{ name, value }] */
static void
environment(struct alps_project *p, struct alps_function *f, const struct alps_tree *list, struct alps_place at)
{
    for (unsigned i = 0; list && list->kind == TREE_LIST && i < list->n; i++) {
        const struct alps_tree *value = alps_tree_get(list->child[i], "value");

        alps_iac_variable(p, f, alps_tree_text(alps_tree_get(list->child[i], "name")),
                          value ? alps_tree_text(value) : alps_iac_any, at, list->child[i]->line);
    }
}

/* A service is all the code beside its file: what of it answers is its own affair. */
bool
alps_knative_read(struct alps_project *p, struct alps_tree *root, struct alps_place at)
{
    const struct alps_tree *containers = alps_tree_at(root, "spec.template.spec.containers");
    struct alps_function *f;

    if (strcmp(alps_tree_text(alps_tree_get(root, "kind")), "Service") != 0)
        return false;
    f = alps_iac_function(p, at, root->line, "gcp");
    f->name = alps_tree_text(alps_tree_at(root, "metadata.name"));
    f->has_iac = false;
    for (unsigned i = 0; containers && containers->kind == TREE_LIST && i < containers->n; i++)
        environment(p, f, alps_tree_get(containers->child[i], "env"), at);
    alps_iac_code(p, f, at.folder, "");
    if (!*f->name || !alps_project_files(p, f->root, &f->file, &f->n_files))
        return false;
    f->language = alps_lang_of(f->file[0])->name;
    alps_iac_add(p, f);
    return true;
}

bool
alps_firebase_read(struct alps_project *p, struct alps_tree *root, struct alps_place at)
{
    const struct alps_tree *all = alps_tree_get(root, "endpoints");
    bool found = false;

    for (unsigned i = 0; all && all->kind == TREE_MAP && i + 1 < all->n; i += 2) {
        const struct alps_tree *e = all->child[i + 1], *variables = alps_tree_get(e, "environmentVariables");
        struct alps_function *f = alps_iac_function(p, at, all->child[i]->line, "gcp");
        const char *target = alps_tree_text(alps_tree_get(e, "entryPoint"));

        f->name = alps_tree_text(all->child[i]);
        alps_iac_code(p, f, at.folder, "");
        for (unsigned k = 0; variables && variables->kind == TREE_MAP && k + 1 < variables->n; k += 2)
            alps_iac_variable(p, f, alps_tree_text(variables->child[k]), alps_tree_text(variables->child[k + 1]), at,
                              variables->child[k]->line);
        if (!alps_iac_target(p, f, target))
            alps_iac_no_entry(p, f, at, all->child[i]->line, target);
        alps_iac_add(p, f);
        found = true;
    }
    return found;
}
