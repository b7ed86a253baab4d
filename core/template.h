/* core/template.h: reading resource templates and conditions (grammar: allowlists/catalog/FORMAT.md).  Shared by the
 * runtime and by catalogc, so that both read the same thing. */
#ifndef ALPS_TEMPLATE_H
#define ALPS_TEMPLATE_H

#include "core/slice.h"

/* The "{…}" group that starts at ${t}.p[at]: its inside; *${next} is behind it.  A "{}" inside belongs to a member's
 * name.  False if it never ends. */
static inline bool
alps_template_group(alps_slice t, size_t at, alps_slice *inside, size_t *next)
{
    for (size_t i = at + 1; i < t.n; i++) {
        if (t.p[i] == '{' && i + 1 < t.n && t.p[i + 1] == '}') {
            i++;
        } else if (t.p[i] == '}') {
            *inside = alps_slice_sub(t, at + 1, i);
            *next = i + 1;
            return true;
        }
    }
    return false;
}

/* "Name:normaliser=default" → its three parts. */
static inline void
alps_template_part(alps_slice part, alps_slice *name, alps_slice *normaliser, alps_slice *absent)
{
    alps_slice head;

    alps_slice_cut(part, '=', &head, absent);
    alps_slice_cut(head, ':', name, normaliser);
}

/* One atom of a condition: "!Name", "Name=text", "Name~text", "Name:normaliser=text".  ${rest}: what follows; ${also}: it is joined by '&'. */
struct alps_atom { alps_slice name, normaliser, text; bool negated; uint8_t kind; };    /* kind: 0, '=' or '~' */

static inline bool
alps_condition_next(alps_slice *rest, struct alps_atom *a, bool *also)
{
    size_t i = 0, from = 0;

    if (rest->n == 0)
        return false;
    *a = (struct alps_atom){ .negated = rest->p[0] == '!' };
    i = from = a->negated ? 1 : 0;
    while (i < rest->n && rest->p[i] != '&' && rest->p[i] != '|') {
        if (!a->kind && (rest->p[i] == '=' || rest->p[i] == '~')) {
            a->kind = rest->p[i];
            a->name = alps_slice_sub(*rest, from, i);
            from = i + 1;
        }
        i++;
    }
    if (a->kind)
        a->text = alps_slice_sub(*rest, from, i);
    else
        a->name = alps_slice_sub(*rest, from, i);
    alps_slice_cut(a->name, ':', &a->name, &a->normaliser);
    *also = i < rest->n && rest->p[i] == '&';
    *rest = i < rest->n ? alps_slice_sub(*rest, i + 1, rest->n) : (alps_slice){ rest->p + i, 0 };
    return true;
}

/* "TransactItems[].Put.TableName", "RequestItems{}": a member inside an array or a map. */
static inline bool
alps_member_nested(alps_slice name)
{
    for (size_t i = 0; i + 1 < name.n; i++)
        if ((name.p[i] == '[' && name.p[i + 1] == ']') || (name.p[i] == '{' && name.p[i + 1] == '}'))
            return true;
    return false;
}

static inline bool
alps_member_builtin(alps_slice name)
{
    return alps_slice_eq(name, ALPS_S("partition")) || alps_slice_eq(name, ALPS_S("region")) ||
           alps_slice_eq(name, ALPS_S("account")) || alps_slice_eq(name, ALPS_S("path")) ||
           alps_slice_eq(name, ALPS_S("site"));
}

#endif
