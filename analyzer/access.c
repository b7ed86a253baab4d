/* analyzer/access.c: templates of resources, filled from values. */
#include "analyzer/access.h"

#include "analyzer/project.h"
#include "core/template.h"

enum { GROUPS = 8, WAYS = 64 };

const char *
alps_access_text(struct alps_mem *mem, const struct alps_value *v)
{
    char *out = alps_mem_take(mem, v->n * 7 + 1);
    size_t w = 0;

    for (size_t i = 0; i < v->n; i++)
        switch (v->text[i]) {
        case TEXT_ANY: out[w++] = '*'; break;
        case TEXT_ONE: case '*': out[w++] = '?'; break;
        case TEXT_ENV: memcpy(out + w, "${env:", 6); w += 6; break;
        case TEXT_OR:  out[w++] = '|'; break;
        case TEXT_END: out[w++] = '}'; break;
        default:
            out[w++] = v->text[i] == '$' && i + 1 < v->n && v->text[i + 1] == '{' ? '?' : v->text[i];
        }
    return alps_mem_text(mem, out, w);
}

/* A member as this object spells it: Go's structs begin every one with a capital. */
static const char *
spelt(struct alps_flow *f, const struct alps_value *v, const char *p, size_t n)
{
    const char *name = alps_mem_name(f->mem, p, n);
    char *capital;

    if (v->kind != V_OBJECT || n == 0 || *p < 'a' || *p > 'z' || alps_object_get(v->object, name))
        return name;
    capital = alps_mem_text(f->mem, p, n);
    capital[0] = (char)(capital[0] - 32);
    capital = (char *)(uintptr_t)alps_mem_name(f->mem, capital, n);
    return alps_object_get(v->object, capital) ? capital : name;
}

/* All values under a path of members ("TransactItems[].Put.TableName", "RequestItems{}"); NULL: not there. */
static struct alps_value *
values_at(struct alps_flow *f, struct alps_value *v, const char *path, size_t n)
{
    struct alps_value *all = NULL;
    bool absent = false;

    for (size_t i = 0; v && i < n;) {
        size_t j = i;

        if (path[i] == '.') {
            i++;
            continue;
        }
        all = NULL;
        if (path[i] == '[' || path[i] == '{') {
            for (unsigned k = 0; k < alps_value_count(v); k++) {
                struct alps_value *one = alps_value_at(v, k);
                struct alps_args args = { .item = &one, .n = 1 };

                if (one->kind == V_NULL || (one->kind == V_ARRAY && !one->object->n && !one->object->any))
                    continue;
                if (path[i] == '{')
                    one = alps_builtin_external(f, "js:globalThis.Object.keys", &args, NULL);
                all = alps_value_join(f->mem, all, alps_flow_elements(f, one));
            }
            v = all;
            i += 2;
            continue;
        }
        while (j < n && path[j] != '.' && path[j] != '[' && path[j] != '{')
            j++;
        for (unsigned k = 0; k < alps_value_count(v); k++) {
            struct alps_value *one = alps_value_at(v, k);
            const char *name = spelt(f, one, path + i, j - i);

            if (one->kind == V_NULL || (one->kind == V_OBJECT && !alps_object_get(one->object, name) &&
                                        !one->object->open &&
                                        !one->object->any)) {
                absent = true;
                continue;
            }
            all = alps_value_join(f->mem, all, alps_flow_member(f, one, name, NULL));
        }
        v = all;
        i = j;
    }
    if (!v || v->kind == V_NULL)
        return NULL;
    return absent ? alps_value_join(f->mem, v, alps_value_new(f->mem, V_NULL)) : v;    /* some elements lack it */
}

/* Is the member there?  1, 0, or -1: nobody knows. */
static int
is_there(struct alps_flow *f, struct alps_value *params, alps_slice name)
{
    struct alps_value *v = values_at(f, params, (const char *)name.p, name.n);

    if (!v)
        return 0;
    if (v->kind == V_UNKNOWN && params->kind != V_OBJECT)
        return -1;
    if (v->kind == V_UNKNOWN && params->object->open) {
        size_t n = 0;

        while (n < name.n && name.p[n] != '.' && name.p[n] != '[' && name.p[n] != '{')
            n++;
        return alps_object_get(params->object, spelt(f, params, (const char *)name.p, n)) ? 1 : -1;
    }
    return 1;
}

struct asked { struct alps_flow *f; struct alps_value *params; };

static int
atom_holds(void *ctx, const struct alps_atom *a)
{
    struct alps_flow *f = ((const struct asked *)ctx)->f;
    struct alps_value *params = ((const struct asked *)ctx)->params, *v;
    int holds = is_there(f, params, a->name);

    if (a->kind && holds == 1) {
        v = values_at(f, params, (const char *)a->name.p, a->name.n);
        if (a->normaliser.n)                            /* a statement tells its verb even if its table is not known */
            holds = v && v->kind == V_TEXT ? alps_atom_holds(a, alps_slice_of(alps_access_text(f->mem, v))) != a->negated : -1;
        else if (!v || !alps_value_is_literal(v))
            holds = -1;
        else if (a->kind == '=')
            holds = v->n == a->text.n && memcmp(v->text, a->text.p, v->n) == 0;
        else
            holds = memmem(v->text, v->n, a->text.p, a->text.n) != NULL;
    }
    if (holds < 0)                                      /* an optional extra is not taken for granted; an element is */
        return a->negated ? 1 : alps_member_nested(a->name) ? 1 : -1;
    return a->negated ? !holds : holds;
}

struct group { alps_slice inside; struct alps_value *values; bool builtin; };
struct fill { struct alps_flow *f; struct group group[GROUPS]; struct alps_value *chosen[GROUPS]; unsigned n; };

/* The function's own region unless its client was told another: a name, a variable, or several of them. */
static alps_slice
region_text(struct alps_flow *f)
{
    struct alps_value *r = f->calls->region ? f->calls->region : f->calls->default_region;
    const char *text;

    if (!r || r->kind == V_NULL)
        return ALPS_S("${region}");
    if (r->kind != V_TEXT)
        return ALPS_S("*");
    text = alps_access_text(f->mem, r);
    if (strncmp(text, "${env:AWS_REGION", 16) == 0 || strncmp(text, "${env:AWS_DEFAULT_REGION", 24) == 0)
        return ALPS_S("${region}");
    return alps_slice_of(text);
}

static alps_slice
answer(void *ctx, alps_slice member)
{
    struct fill *fill = ctx;

    if (alps_slice_eq(member, ALPS_S("partition")))
        return ALPS_S("aws");
    if (alps_slice_eq(member, ALPS_S("region")))
        return region_text(fill->f);
    if (alps_slice_eq(member, ALPS_S("account")))
        return ALPS_S("${account}");
    for (unsigned i = 0; i < fill->n; i++) {
        alps_slice rest = fill->group[i].inside, name, normaliser, absent, one, tail;

        for (bool more = true; more; rest = tail) {
            more = alps_slice_cut(rest, '|', &one, &tail);
            alps_template_part(one, &name, &normaliser, &absent);
            if (alps_slice_eq(name, member))
                return fill->chosen[i] ? alps_slice_of(alps_access_text(fill->f->mem, fill->chosen[i]))
                    : (alps_slice){ NULL, 0 };
        }
    }
    return (alps_slice){ NULL, 0 };
}

/* The members that a template asks for, with what they may be. */
static void
groups_find(struct alps_flow *f, struct fill *fill, const char *template, struct alps_value *params)
{
    alps_slice t = alps_slice_of(template), inside, name, normaliser, absent, one, tail;
    unsigned depth = 0;
    bool required;
    static const char any[] = { TEXT_ANY, 0 };

    for (size_t at = 0, next; at < t.n; at++) {
        depth += t.p[at] == '[';
        depth -= t.p[at] == ']' && depth;
        if (t.p[at] != '{' || !alps_template_group(t, at, &inside, &next))
            continue;
        required = depth == 0;
        at = next - 1;
        if (fill->n == GROUPS)
            return;
        struct group *g = &fill->group[fill->n];

        *g = (struct group){ .inside = inside };
        for (alps_slice rest = inside; rest.n && !g->values; rest = tail) {
            alps_slice_cut(rest, '|', &one, &tail);
            alps_template_part(one, &name, &normaliser, &absent);
            g->builtin |= alps_member_builtin(name);
            required &= absent.n == 0;
            if (!alps_member_builtin(name))
                g->values = values_at(f, params, (const char *)name.p, name.n);
        }
        if (g->builtin && !g->values)
            continue;
        if (g->values && !required && g->values->kind == V_UNKNOWN && is_there(f, params, name) < 0)
            g->values = NULL;                           /* an index that may be there in what nobody knows */
        if (!g->values && required) {
            g->values = alps_value_new(f->mem, V_TEXT);
            g->values->text = any;
            g->values->n = 1;
            g->values->roots = ROOT_NONE;
        }
        fill->n++;
    }
}

const char *
alps_access_evidence(struct alps_flow *f, const struct alps_value *v)
{
    if (v->roots & ROOT_ENV && memchr(v->text, TEXT_ENV, v->n)) {
        const char *from = memchr(v->text, TEXT_ENV, v->n), *to = from + 1;
        const struct alps_variable *var;

        while (*to != TEXT_OR && *to != TEXT_END && *to)
            to++;
        var = alps_project_variable(f->project, alps_mem_name(f->mem, from + 1, (size_t)(to - from - 1)));
        return alps_mem_print(f->mem, "env %.*s%s%s", (int)(to - from - 1), from + 1, var ? " from " : "", var
                              ? var->place : "");
    }
    if (v->n == 1 && v->text[0] == TEXT_ANY)
        return v->because ? alps_mem_print(f->mem, "not known: %s", v->because) : "not known";
    return alps_mem_print(f->mem, "%s \"%s\"", v->roots & ROOT_LITERAL ? "literal"
                          : "value", alps_access_text(f->mem, v));
}

static bool
is_wild(const struct alps_value *v)
{
    return v && memchr(v->text, TEXT_ANY, v->n) != NULL;
}

const char *
alps_access_rooted(const struct alps_value *v)
{
    if (!v)
        return "none";
    if (v->n == 1 && v->text[0] == TEXT_ANY)
        return v->roots & ROOT_EVENT ? "event" : v->roots & ROOT_PARAMETER ? "parameter" : "none";
    return v->roots & ROOT_ENV ? "env" : v->roots & ROOT_IAC ? "iac" : "literal";
}

static struct alps_access_found *
access_one(struct fill *fill, const struct alps_need *need)
{
    struct alps_flow *f = fill->f;
    struct alps_access_found *a = ALPS_MEM(f->mem, struct alps_access_found);
    char out[ALPS_RESOURCE];
    unsigned named = 0;
    struct alps_value *first = NULL, *chosen;
    int n;

    for (unsigned i = 0; i < fill->n; i++) {
        chosen = fill->chosen[i];
        if (!chosen || fill->group[i].builtin)
            continue;
        first = first ? first : chosen;
        if (named++ && f->calls->level == ALPS_LEVEL_OBJECT)
            fill->chosen[i] = alps_value_text(f->mem, alps_value_unknown(f->mem, ROOT_LITERAL, NULL));
    }
    a->action = alps_flow_intern(f, alps_action_name(f->calls->sdk->catalog, need->action, &(struct alps_room){ "" }));
    n = alps_resource_fill(need->resource, answer, fill, out, sizeof out);
    a->resource = n > 0 ? alps_mem_text(f->mem, out, (size_t)n) : "*";
    if (first && first->n > 2 && first->text[0] == TEXT_ENV &&
        memchr(first->text, TEXT_END, first->n) == first->text + first->n - 1 &&
        strstr(need->resource, ":queue}"))
        a->resource = alps_access_text(f->mem, first);  /* a queue's URL: who loads the allowlist makes it one name */
    a->rooted = alps_access_rooted(first);
    a->evidence = first ? alps_access_evidence(f, first) : "the action takes no resource";
    if (strcmp(a->resource, "*") == 0 || f->calls->level == ALPS_LEVEL_SERVICE) {
        a->level = ALPS_LEVEL_SERVICE;
        a->why = !first ? "by-nature" : is_wild(first) ? first->roots & (ROOT_EVENT | ROOT_PARAMETER)
            ? "dynamic-input" : "unknown-call"
            : "by-nature";
        a->resource = "*";
        return a;
    }
    a->level = named > 1 ? ALPS_LEVEL_ENTITY : ALPS_LEVEL_OBJECT;
    if (is_wild(first))
        a->why = first->roots & (ROOT_EVENT | ROOT_PARAMETER) ? "dynamic-input" : first->roots & ROOT_NONE
            ? "unknown-call" : "dynamic-input";
    else if (a->level != ALPS_LEVEL_ENTITY)
        a->why = "by-nature";
    return a;
}

static void
each_way(struct fill *fill, const struct alps_need *need, unsigned at, struct alps_access_found ***end, unsigned *ways)
{
    struct alps_value *v = at < fill->n ? fill->group[at].values : NULL;

    if (at == fill->n) {
        struct alps_value *kept[GROUPS];

        if ((*ways)++ >= WAYS)
            return;
        memcpy(kept, fill->chosen, sizeof kept);
        **end = access_one(fill, need);
        *end = &(**end)->next;
        memcpy(fill->chosen, kept, sizeof kept);
        return;
    }
    if (!v) {
        fill->chosen[at] = NULL;
        each_way(fill, need, at + 1, end, ways);
        return;
    }
    for (unsigned i = 0, tried = 0; i < alps_value_count(v); i++) {
        struct alps_value *one = alps_value_at(v, i);

        if (one->kind == V_NULL && !memchr(fill->group[at].inside.p, '=', fill->group[at].inside.n) &&
            (tried || i + 1 < alps_value_count(v)))
            continue;
        tried++;
        fill->chosen[at] = one->kind == V_NULL ? NULL : alps_value_text(fill->f->mem, one);
        each_way(fill, need, at + 1, end, ways);
    }
}

const char *
alps_access_service(struct alps_mem *mem, const char *service, const char *action)
{
    size_t n = strcspn(action, ":/");

    return action[n] ? alps_mem_name(mem, action, n) : alps_mem_name(mem, service, strlen(service));
}

struct alps_access_found *
alps_access_find(struct alps_flow *f, alps_operation_id operation, struct alps_value *params)
{
    const struct alps_catalog *catalog = f->calls->sdk->catalog;
    struct alps_access_found *first = NULL, **end = &first;
    unsigned n = alps_operation_needs(catalog, operation), taken = 0;
    struct asked asked = { f, params };

    for (int wanted = 1; wanted >= -1 &&
         !taken; wanted -= 2)       /* the certain ones; if there are none, the possible ones */
        for (unsigned i = 0; i < n; i++) {
            struct alps_need need = alps_operation_need(catalog, operation, i);
            struct fill fill = { .f = f };
            unsigned ways = 0;

            if (alps_condition_weigh(need.when ? need.when : "", atom_holds, &asked) != wanted)
                continue;
            taken++;
            groups_find(f, &fill, need.resource, params);
            each_way(&fill, &need, 0, &end, &ways);
        }
    for (struct alps_access_found *a = first; a; a = a->next)
        a->service = alps_access_service(f->mem, alps_service_name(catalog, alps_operation_service(catalog, operation)),
                                         a->action);
    return first;
}
