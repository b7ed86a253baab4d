/* analyzer/iac/tree.h: infrastructure code as a tree, whatever it is written in: YAML and JSON (yaml.c), HCL (hcl.c). */
#ifndef ALPS_IAC_TREE_H
#define ALPS_IAC_TREE_H

#include "analyzer/project.h"

enum alps_tree_kind {
    TREE_NONE,
    TREE_TEXT,                          /* text */
    TREE_MAP,                           /* child: key, value, key, value, … */
    TREE_LIST,                          /* child */
    TREE_REFERENCE,                     /* HCL: text is "var.name", "aws_sqs_queue.orders.url" */
    TREE_JOIN,                          /* HCL: the children's texts, one after the other */
    TREE_CALL                           /* HCL: text is the function's name, child its arguments */
};

struct alps_tree {
    enum alps_tree_kind kind;
    const char *tag, *text, *anchor;    /* tag: "!Ref"; "" for none.  HCL: the file it is from */
    struct alps_tree **child;
    unsigned n, line;
};

/* NULL where there is no tree; a note says what is no YAML, no HCL. */
struct alps_tree *alps_yaml_read(struct alps_project *, const char *text, size_t n, const char *shown);
struct alps_tree *alps_hcl_read(struct alps_project *, const char *text, size_t n, const char *shown);

struct alps_tree *alps_tree_get(const struct alps_tree *, const char *name);      /* NULL: no map, or not in it */
/* alps_tree_get of one name after the other, "Properties.Environment.Variables". */
struct alps_tree *alps_tree_at(const struct alps_tree *, const char *path);
const char *alps_tree_text(const struct alps_tree *);                             /* "" when it is no text */
void alps_tree_add(struct alps_mem *, struct alps_tree *, struct alps_tree *child);

#endif
