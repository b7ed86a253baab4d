/* analyzer/iac/hcl.c: HCL → tree.  Alone in knowing its grammar.  A block becomes a pair whose key is its type and labels,
 * "resource aws_sqs_queue orders"; what only a plan can tell (for, conditions, arithmetic) becomes TREE_NONE. */
#include "analyzer/iac/tree.h"

#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_hcl(void);

enum { DEEP = 100 };

struct source { struct alps_project *p; const char *text, *shown; };

static struct alps_tree *expression(struct source *, TSNode, unsigned depth);

static const char *
text_of(struct source *s, TSNode n)
{
    uint32_t from = ts_node_start_byte(n);

    return alps_mem_text(s->p->mem, s->text + from, ts_node_end_byte(n) - from);
}

static struct alps_tree *
tree_new(struct source *s, TSNode n, enum alps_tree_kind kind, const char *text)
{
    struct alps_tree *t = ALPS_MEM(s->p->mem, struct alps_tree);

    t->kind = kind;
    t->tag = s->shown;
    t->text = text;
    t->line = ts_node_start_point(n).row + 1;
    return t;
}

static bool
is(TSNode n, const char *type)
{
    return strcmp(ts_node_type(n), type) == 0;
}

/* The text of a template_literal: HCL's escapes undone. */
static const char *
literal_text(struct source *s, TSNode n)
{
    char *out = alps_mem_text(s->p->mem, s->text + ts_node_start_byte(n), ts_node_end_byte(n) - ts_node_start_byte(n));
    size_t w = 0;

    for (const char *p = out; *p; p++)
        if (p[0] == '\\' && p[1])
            out[w++] = *++p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
        else if ((p[0] == '$' || p[0] == '%') && p[1] == p[0] && p[2] == '{')
            out[w++] = *p++;
        else
            out[w++] = *p;
    out[w] = '\0';
    return out;
}

/* Literals and interpolations, in order. */
static struct alps_tree *
template(struct source *s, TSNode n, unsigned depth)
{
    struct alps_tree *t = tree_new(s, n, TREE_JOIN, "");

    for (uint32_t i = 0; i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i);

        if (is(c, "template_literal"))
            alps_tree_add(s->p->mem, t, tree_new(s, c, TREE_TEXT, literal_text(s, c)));
        else if (is(c, "template_interpolation"))
            for (uint32_t k = 0; k < ts_node_named_child_count(c); k++) {
                if (is(ts_node_named_child(c, k), "expression"))
                    alps_tree_add(s->p->mem, t, expression(s, ts_node_named_child(c, k), depth + 1));
            }
        else if (is(c, "template_directive"))
            alps_tree_add(s->p->mem, t, tree_new(s, c, TREE_NONE, ""));
    }
    if (t->n == 0)
        return tree_new(s, n, TREE_TEXT, "");
    return t->n == 1 && t->child[0]->kind == TREE_TEXT ? t->child[0] : t;
}

static struct alps_tree *
collection(struct source *s, TSNode n, unsigned depth)
{
    bool object = is(n, "object");
    struct alps_tree *t = tree_new(s, n, object ? TREE_MAP : TREE_LIST, "");

    for (uint32_t i = 0; i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i);

        if (object && is(c, "object_elem")) {
            struct alps_tree *key = expression(s, ts_node_child_by_field_name(c, "key", 3), depth + 1);

            if (key->kind == TREE_REFERENCE)            /* a bare word is the key itself */
                key->kind = TREE_TEXT;
            alps_tree_add(s->p->mem, t, key);
            alps_tree_add(s->p->mem, t, expression(s, ts_node_child_by_field_name(c, "val", 3), depth + 1));
        } else if (!object && is(c, "expression")) {
            alps_tree_add(s->p->mem, t, expression(s, c, depth + 1));
        }
    }
    return t;
}

static struct alps_tree *
call(struct source *s, TSNode n, unsigned depth)
{
    struct alps_tree *t = tree_new(s, n, TREE_CALL, text_of(s, ts_node_named_child(n, 0)));

    for (uint32_t i = 1; i < ts_node_named_child_count(n); i++) {
        TSNode arguments = ts_node_named_child(n, i);

        for (uint32_t k = 0; k < ts_node_named_child_count(arguments); k++)
            if (is(ts_node_named_child(arguments, k), "expression"))
                alps_tree_add(s->p->mem, t, expression(s, ts_node_named_child(arguments, k), depth + 1));
    }
    return t;
}

/* "a.b[0].c" → "a.b.c": an index picks one of several that are named alike. */
static struct alps_tree *
reference(struct source *s, TSNode n)
{
    const char *all = "";

    for (uint32_t i = 0; i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i);

        if (is(c, "index"))
            continue;
        if (!is(c, "variable_expr") && !is(c, "get_attr"))
            return tree_new(s, n, TREE_NONE, "");
        all = alps_mem_print(s->p->mem, "%s%s%s", all, *all ? "." : "", text_of(s, ts_node_named_child(c, 0)));
    }
    return tree_new(s, n, TREE_REFERENCE, all);
}

static struct alps_tree *
expression(struct source *s, TSNode n, unsigned depth)
{
    TSNode first = ts_node_named_child(n, 0), inner;

    if (depth > DEEP || ts_node_is_null(first))
        return tree_new(s, n, TREE_NONE, "");
    inner = ts_node_named_child(first, 0);
    if (is(first, "literal_value")) {
        if (ts_node_is_null(inner) || is(inner, "null_lit"))
            return tree_new(s, n, TREE_NONE, "");
        return is(inner, "string_lit") ? template(s, inner, depth) : tree_new(s, n, TREE_TEXT, text_of(s, inner));
    }
    if (is(first, "template_expr"))
        return template(s, inner, depth);
    if (is(first, "collection_value"))
        return collection(s, inner, depth);
    if (is(first, "function_call"))
        return ts_node_named_child_count(n) == 1 ? call(s, first, depth) : tree_new(s, n, TREE_NONE, "");
    if (is(first, "variable_expr"))
        return reference(s, n);
    return is(first, "expression") ? expression(s, first, depth + 1) : tree_new(s, n, TREE_NONE, "");
}

static struct alps_tree *
body(struct source *s, TSNode n, unsigned depth)
{
    struct alps_tree *t = tree_new(s, n, TREE_MAP, "");

    for (uint32_t i = 0; depth < DEEP && i < ts_node_named_child_count(n); i++) {
        TSNode c = ts_node_named_child(n, i);
        uint32_t parts = ts_node_named_child_count(c);
        const char *key = "";
        struct alps_tree *value = NULL;

        for (uint32_t k = 0; k < parts; k++) {
            TSNode part = ts_node_named_child(c, k);

            if (is(part, "identifier"))
                key = alps_mem_print(s->p->mem, "%s%s%s", key, *key ? " " : "", text_of(s, part));
            else if (is(part, "string_lit"))
                key = alps_mem_print(s->p->mem, "%s %s", key, alps_tree_text(template(s, part, depth)));
            else if (is(part, "expression"))
                value = expression(s, part, depth + 1);
            else if (is(part, "body"))
                value = body(s, part, depth + 1);
        }
        if (!*key)
            continue;
        alps_tree_add(s->p->mem, t, tree_new(s, c, TREE_TEXT, key));
        alps_tree_add(s->p->mem, t, value ? value : tree_new(s, c, TREE_MAP, ""));
    }
    return t;
}

static void
note_mistake(struct source *s, TSNode n, const char *shown)
{
    for (;;) {
        TSNode wrong = { 0 };

        for (uint32_t i = 0; i < ts_node_child_count(n); i++)
            if (ts_node_has_error(ts_node_child(n, i)) || ts_node_is_missing(ts_node_child(n, i))) {
                wrong = ts_node_child(n, i);
                break;
            }
        if (!wrong.id)
            break;
        n = wrong;
    }
    alps_project_note(s->p, shown, ts_node_start_point(n).row + 1, ts_node_start_point(n).column + 1, "syntax", true,
                      "this is no HCL");
}

struct alps_tree *
alps_hcl_read(struct alps_project *p, const char *text, size_t n, const char *shown)
{
    struct source s = { p, text, shown };
    TSParser *parser = ts_parser_new();
    struct alps_tree *t = NULL;
    TSTree *tree;

    ts_parser_set_language(parser, tree_sitter_hcl());
    tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)n);
    if (tree) {
        TSNode root = ts_tree_root_node(tree), first = ts_node_named_child(root, 0);

        if (ts_node_has_error(root))
            note_mistake(&s, root, shown);
        for (uint32_t i = 1; i < ts_node_named_child_count(root) && !is(first, "body"); i++)
            first = ts_node_named_child(root, i);
        if (!ts_node_is_null(first) && is(first, "body"))
            t = body(&s, first, 0);
        ts_tree_delete(tree);
    }
    ts_parser_delete(parser);
    return t;
}
