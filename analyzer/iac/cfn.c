/* analyzer/iac/cfn.c: CloudFormation's functions. */
#include "analyzer/iac/cfn.h"

enum { DEEP = 64, STEPS = 200000 };

static const char *value_of(struct alps_cfn *t, const struct alps_tree *y, unsigned depth);

/* What Ref ("Ref") or Fn::GetAtt give for a parameter or a resource. */
static const char *
reference(struct alps_cfn *t, const char *name, const char *attribute, unsigned depth)
{
    const struct alps_tree *r = alps_tree_get(t->resources, name), *parameter = alps_tree_get(t->parameters, name), *own;
    const char *type = alps_tree_text(alps_tree_get(r, "Type")), *property = alps_iac_own(t->p->mem, type), *value;

    if (strcmp(name, "AWS::Partition") == 0)
        return "aws";
    if (alps_tree_get(parameter, "Default"))
        return alps_tree_text(alps_tree_get(parameter, "Default"));
    if (!r || !property)
        return alps_iac_any;
    own = alps_tree_get(alps_tree_get(r, "Properties"), property);
    value = own ? value_of(t, own, depth + 1) : alps_iac_any;
    value = alps_iac_attribute(t->p->mem, type, attribute, value);
    return value ? value : alps_iac_any;
}

/* "${Name}" and "${Name.Arn}" in a text; a map of further names may stand beside it. */
static const char *
substitute(struct alps_cfn *t, const char *s, const struct alps_tree *more, unsigned depth)
{
    const char *all = "", *end;

    for (const char *p; (p = strstr(s, "${")) != NULL && (end = strchr(p, '}')) != NULL; s = end + 1) {
        const char *name = alps_mem_text(t->p->mem, p + 2, (size_t)(end - p - 2)), *dot = strchr(name, '.');

        all = alps_iac_join(t->p->mem, all, alps_mem_text(t->p->mem, s, (size_t)(p - s)));
        if (*name == '!')
            all = alps_iac_join(t->p->mem, all, alps_mem_print(t->p->mem, "${%s}", name + 1));
        else if (alps_tree_get(more, name))
            all = alps_iac_join(t->p->mem, all, value_of(t, alps_tree_get(more, name), depth + 1));
        else if (dot)
            all = alps_iac_join(t->p->mem, all,
                                reference(t, alps_mem_text(t->p->mem, name, (size_t)(dot - name)), dot + 1, depth));
        else
            all = alps_iac_join(t->p->mem, all, reference(t, name, "Ref", depth));
    }
    return alps_iac_join(t->p->mem, all, s);
}

static const char *
get_att(struct alps_cfn *t, const struct alps_tree *y, unsigned depth)
{
    const char *dot = strchr(alps_tree_text(y), '.');

    if (y->kind == TREE_LIST && y->n > 1)
        return reference(t, alps_tree_text(y->child[0]), alps_tree_text(y->child[1]), depth);
    return dot ? reference(t, alps_mem_text(t->p->mem, y->text, (size_t)(dot - y->text)), dot + 1, depth) : alps_iac_any;
}

/* Both branches, if they say the same. */
static const char *
either(struct alps_cfn *t, const struct alps_tree *y, unsigned depth)
{
    const char *a = value_of(t, y->child[1], depth + 1), *b = value_of(t, y->child[2], depth + 1);

    return strcmp(a, b) == 0 ? a : alps_iac_any;
}

static const char *
in_map(struct alps_cfn *t, const struct alps_tree *y, unsigned depth)
{
    const struct alps_tree *at = t->mappings;

    for (unsigned i = 0; at && i < 3; i++)
        at = alps_tree_get(at, value_of(t, y->child[i], depth + 1));
    return at ? alps_tree_text(at) : alps_iac_any;
}

static const char *
function_of(struct alps_cfn *t, const char *fn, const struct alps_tree *y, unsigned depth)
{
    bool list = y->kind == TREE_LIST;
    const char *all = "";

    if (strcmp(fn, "Ref") == 0)
        return reference(t, alps_tree_text(y), "Ref", depth);
    if (strcmp(fn, "GetAtt") == 0)
        return get_att(t, y, depth);
    if (strcmp(fn, "Sub") == 0)
        return list && y->n > 1 ? substitute(t, alps_tree_text(y->child[0]), y->child[1], depth)
            : substitute(t, alps_tree_text(y), NULL, depth);
    if (strcmp(fn, "If") == 0 && list && y->n == 3)
        return either(t, y, depth);
    if (strcmp(fn, "FindInMap") == 0 && list && y->n == 3)
        return in_map(t, y, depth);
    if (strcmp(fn, "Join") == 0 && list && y->n == 2 && y->child[1]->kind == TREE_LIST) {
        for (unsigned i = 0; i < y->child[1]->n; i++)
            all = alps_iac_join(t->p->mem, alps_iac_join(t->p->mem, all, i ? alps_tree_text(y->child[0]) : ""),
                                value_of(t, y->child[1]->child[i], depth + 1));
        return all;
    }
    return alps_iac_any;
}

static const char *
value_of(struct alps_cfn *t, const struct alps_tree *y, unsigned depth)
{
    const char *fn = y->tag && *y->tag == '!' ? y->tag + 1 : NULL;

    if (depth > DEEP || t->steps++ > STEPS)
        return alps_iac_any;
    if (fn && *fn && *fn != '!')
        return function_of(t, fn, y, depth);
    if (y->kind == TREE_MAP && y->n == 2 && y->child[0]->kind == TREE_TEXT) {
        const char *name = y->child[0]->text;

        return function_of(t, strncmp(name, "Fn::", 4) == 0 ? name + 4 : name, y->child[1], depth);
    }
    return y->kind == TREE_TEXT ? y->text : alps_iac_any;
}

const char *
alps_cfn_value(struct alps_cfn *t, const struct alps_tree *y)
{
    return value_of(t, y, 0);
}
