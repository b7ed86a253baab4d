/* analyzer/iac/bicep.c: Bicep → the tree of the ARM template that it stands for, as far as names go: { resources: { symbolic name:
 * { type, name, properties } } }, parameters by their defaults and variables put in.  Alone in knowing its grammar. */
#include "analyzer/iac/iac.h"

#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_bicep(void);

enum { DEEP = 64 };

struct bicep { struct alps_project *p; const char *text, *shown; TSNode root; unsigned steps; };

static const char *text_of(struct bicep *, TSNode, unsigned depth);

static bool
is(TSNode n, const char *type)
{
    return !ts_node_is_null(n) && strcmp(ts_node_type(n), type) == 0;
}

static const char *
source_of(struct bicep *b, TSNode n)
{
    uint32_t from = ts_node_start_byte(n);

    return alps_mem_text(b->p->mem, b->text + from, ts_node_end_byte(n) - from);
}

static struct alps_tree *
tree_new(struct bicep *b, TSNode n, enum alps_tree_kind kind, const char *text)
{
    struct alps_tree *t = ALPS_MEM(b->p->mem, struct alps_tree);

    t->kind = kind;
    t->tag = "";
    t->text = text;
    t->line = ts_node_start_point(n).row + 1;
    return t;
}

/* The declaration of a name: "param", "var" or "resource".  A null node: there is none. */
static TSNode
declared(struct bicep *b, const char *name)
{
    for (uint32_t i = 0; i < ts_node_named_child_count(b->root); i++) {
        TSNode d = ts_node_named_child(b->root, i), id = ts_node_named_child(d, 0);

        for (uint32_t k = 1; is(id, "decorators") && k < ts_node_named_child_count(d); k++)
            id = ts_node_named_child(d, k);
        if (is(id, "identifier") && strcmp(source_of(b, id), name) == 0)
            return d;
    }
    return (TSNode){ 0 };
}

static TSNode
last_child(TSNode n)
{
    return ts_node_named_child(n, ts_node_named_child_count(n) - 1);
}

/* The value of an object's property. */
static TSNode
property(struct bicep *b, TSNode object, const char *name)
{
    for (uint32_t i = 0; !ts_node_is_null(object) && i < ts_node_named_child_count(object); i++) {
        TSNode p = ts_node_named_child(object, i);

        if (is(p, "object_property") && strcmp(source_of(b, ts_node_named_child(p, 0)), name) == 0)
            return last_child(p);
    }
    return (TSNode){ 0 };
}

static const char *
identifier_text(struct bicep *b, TSNode n, unsigned depth)
{
    TSNode d = declared(b, source_of(b, n)), value;

    if (!is(d, "parameter_declaration") && !is(d, "variable_declaration"))
        return alps_iac_any;
    value = last_child(d);
    return is(value, "type") ? alps_iac_any : text_of(b, value, depth + 1);
}

/* "st.name", "st.properties.primaryEndpoints.blob" */
static const char *
member_text(struct bicep *b, TSNode n, unsigned depth)
{
    const char *path = source_of(b, n), *dot = strchr(path, '.');
    TSNode d = declared(b, alps_mem_text(b->p->mem, path, strcspn(path, "."))), name;
    const char *called;

    if (!is(d, "resource_declaration"))
        return alps_iac_any;
    name = property(b, last_child(d), "name");
    called = ts_node_is_null(name) ? alps_iac_any : text_of(b, name, depth + 1);
    if (strcmp(dot, ".name") == 0)
        return called;
    if (strncmp(dot, ".properties.primaryEndpoints.", 29) == 0)     /* of a storage account, in the template reference */
        return alps_mem_print(b->p->mem, "https://%s.%s.core.windows.net/", called, dot + 29);
    if (strcmp(dot, ".properties.vaultUri") == 0)
        return alps_mem_print(b->p->mem, "https://%s.vault.azure.net/", called);
    if (strcmp(dot, ".properties.documentEndpoint") == 0)
        return alps_mem_print(b->p->mem, "https://%s.documents.azure.com:443/", called);
    return alps_iac_any;
}

static const char *
text_of(struct bicep *b, TSNode n, unsigned depth)
{
    const char *all = "";

    if (depth > DEEP || b->steps++ > 100000)
        return alps_iac_any;
    if (is(n, "identifier"))
        return identifier_text(b, n, depth);
    if (is(n, "member_expression"))
        return member_text(b, n, depth);
    if (is(n, "number") || is(n, "boolean"))
        return source_of(b, n);
    if (!is(n, "string"))
        return alps_iac_any;
    for (uint32_t i = 0; i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i);

        all = alps_iac_join(b->p->mem, all, is(c, "string_content") ? source_of(b, c)
                            : is(c, "interpolation") ? text_of(b, ts_node_named_child(c, 0), depth + 1)
                            : source_of(b, c) + 1);     /* an escape: the character behind the backslash */
    }
    return all;
}

static struct alps_tree *
value_of(struct bicep *b, TSNode n, unsigned depth)
{
    struct alps_tree *t;

    if (depth > DEEP || (!is(n, "object") && !is(n, "array")))
        return tree_new(b, n, TREE_TEXT, text_of(b, n, depth));
    t = tree_new(b, n, is(n, "object") ? TREE_MAP : TREE_LIST, "");
    for (uint32_t i = 0; i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i), key;

        if (t->kind == TREE_LIST) {
            alps_tree_add(b->p->mem, t, value_of(b, c, depth + 1));
            continue;
        }
        if (!is(c, "object_property") || ts_node_named_child_count(c) < 2)
            continue;
        key = ts_node_named_child(c, 0);
        alps_tree_add(b->p->mem, t, tree_new(b, key, TREE_TEXT, is(key, "string") ? text_of(b, key, depth) : source_of(b, key)));
        alps_tree_add(b->p->mem, t, value_of(b, last_child(c), depth + 1));
    }
    return t;
}

bool
alps_bicep_read(struct alps_project *p, const char *text, size_t n, struct alps_place at)
{
    struct bicep b = { .p = p, .text = text, .shown = at.shown };
    struct alps_tree root = { .kind = TREE_MAP }, *all = ALPS_MEM(p->mem, struct alps_tree);
    TSParser *parser = ts_parser_new();
    TSTree *tree;

    ts_parser_set_language(parser, tree_sitter_bicep());
    tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)n);
    b.root = ts_tree_root_node(tree);
    if (ts_node_has_error(b.root))
        alps_project_note(p, at.shown, 0, 0, "syntax", false, "not all of this Bicep file is understood");
    all->kind = TREE_MAP;
    for (uint32_t i = 0; i < ts_node_named_child_count(b.root); i++) {
        TSNode d = ts_node_named_child(b.root, i), kind = ts_node_named_child(d, 1);
        struct alps_tree *resource;

        if (!is(d, "resource_declaration") || !is(kind, "string") || !is(last_child(d), "object"))
            continue;
        resource = value_of(&b, last_child(d), 0);
        resource->line = ts_node_start_point(d).row + 1;
        alps_tree_add(p->mem, resource, tree_new(&b, kind, TREE_TEXT, "type"));
        alps_tree_add(p->mem, resource, tree_new(&b, kind, TREE_TEXT,
                                                 alps_mem_text(p->mem, text_of(&b, kind, 0), strcspn(text_of(&b, kind, 0), "@"))));
        alps_tree_add(p->mem, all, tree_new(&b, d, TREE_TEXT, source_of(&b, ts_node_named_child(d, 0))));
        alps_tree_add(p->mem, all, resource);
    }
    ts_tree_delete(tree);
    ts_parser_delete(parser);
    alps_tree_add(p->mem, &root, &(struct alps_tree){ .kind = TREE_TEXT, .tag = "", .text = "resources" });
    alps_tree_add(p->mem, &root, all);
    return alps_arm_read(p, &root, at);
}
