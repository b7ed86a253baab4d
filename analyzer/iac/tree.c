/* analyzer/iac/tree.c: looking things up in a tree. */
#include "analyzer/iac/tree.h"

struct alps_tree *
alps_tree_get(const struct alps_tree *t, const char *name)
{
    for (unsigned i = 0; t && t->kind == TREE_MAP && i + 1 < t->n; i += 2)
        if (t->child[i]->kind == TREE_TEXT && strcmp(t->child[i]->text, name) == 0)
            return t->child[i + 1];
    return NULL;
}

struct alps_tree *
alps_tree_at(const struct alps_tree *t, const char *path)
{
    struct alps_tree *at = NULL;
    char name[128];

    for (bool more = true; more; t = at) {
        size_t n = strcspn(path, ".");

        if (n >= sizeof name)
            return NULL;
        memcpy(name, path, n);
        name[n] = '\0';
        at = alps_tree_get(t, name);
        more = at && path[n];
        path += n + (path[n] == '.');
    }
    return at;
}

const char *
alps_tree_text(const struct alps_tree *t)
{
    return t && t->kind == TREE_TEXT ? t->text : "";
}

void
alps_tree_add(struct alps_mem *mem, struct alps_tree *t, struct alps_tree *child)
{
    t->child = alps_mem_grow(mem, t->child, t->n, sizeof *t->child);
    t->child[t->n++] = child;
}
