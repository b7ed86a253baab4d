/* analyzer/iac/yaml.c: YAML → tree; JSON is YAML as well.  Alone in knowing libyaml.  The first document counts. */
#include "analyzer/iac/tree.h"

#include <yaml.h>

enum { DEEP = 64, NODES = 200000 };

struct reader { struct alps_project *p; yaml_parser_t parser; struct alps_tree *anchor[256]; unsigned n_anchors, nodes; };

static bool
next_event(struct reader *r, yaml_event_t *e)
{
    return r->nodes++ < NODES && yaml_parser_parse(&r->parser, e);
}

static struct alps_tree *
read_node(struct reader *r, yaml_event_t *e, unsigned depth)
{
    struct alps_tree *y = ALPS_MEM(r->p->mem, struct alps_tree);
    const yaml_char_t *tag = NULL, *anchor = NULL;
    yaml_event_t inner;

    y->line = (unsigned)e->start_mark.line + 1;
    if (e->type == YAML_ALIAS_EVENT) {
        for (unsigned i = 0; i < r->n_anchors; i++)
            if (strcmp(r->anchor[i]->anchor, (const char *)e->data.alias.anchor) == 0)
                y = r->anchor[i];
        return y;
    }
    if (e->type == YAML_SCALAR_EVENT) {
        y->kind = TREE_TEXT;
        y->text = alps_mem_text(r->p->mem, (const char *)e->data.scalar.value, e->data.scalar.length);
        tag = e->data.scalar.tag;
        anchor = e->data.scalar.anchor;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        y->kind = TREE_MAP;
        tag = e->data.mapping_start.tag;
        anchor = e->data.mapping_start.anchor;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        y->kind = TREE_LIST;
        tag = e->data.sequence_start.tag;
        anchor = e->data.sequence_start.anchor;
    }
    y->tag = tag ? alps_mem_text(r->p->mem, (const char *)tag, strlen((const char *)tag)) : "";
    if (anchor && r->n_anchors < 256) {
        y->anchor = alps_mem_text(r->p->mem, (const char *)anchor, strlen((const char *)anchor));
        r->anchor[r->n_anchors++] = y;
    }
    while (y->kind == TREE_MAP || y->kind == TREE_LIST) {
        struct alps_tree *c;

        if (depth > DEEP || !next_event(r, &inner))
            return NULL;
        if (inner.type == YAML_MAPPING_END_EVENT || inner.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&inner);
            break;
        }
        c = read_node(r, &inner, depth + 1);
        yaml_event_delete(&inner);
        if (!c)
            return NULL;
        alps_tree_add(r->p->mem, y, c);
    }
    return y;
}

struct alps_tree *
alps_yaml_read(struct alps_project *p, const char *text, size_t n, const char *shown)
{
    struct reader r = { .p = p };
    struct alps_tree *root = NULL;
    yaml_event_t e;
    bool more = true;

    if (!yaml_parser_initialize(&r.parser))
        return NULL;
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
    while (more && next_event(&r, &e)) {
        more = e.type != YAML_STREAM_END_EVENT;
        if (e.type == YAML_MAPPING_START_EVENT) {
            root = read_node(&r, &e, 0);
            more = false;
        }
        yaml_event_delete(&e);
    }
    if (r.parser.problem)
        alps_project_note(p, shown, (unsigned)r.parser.problem_mark.line + 1,
                          (unsigned)r.parser.problem_mark.column + 1, "syntax", true,
                          alps_mem_print(p->mem, "this is no YAML: %s", r.parser.problem));
    yaml_parser_delete(&r.parser);
    return root;
}
