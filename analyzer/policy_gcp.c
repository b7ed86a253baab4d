/* analyzer/policy_gcp.c: accesses → custom roles and the bindings that give them: at the resource itself where it has a
 * policy of its own, else at the project, under a condition where the vendor's conditions know the resource.  What
 * cannot be narrowed is bound at the project, and said.  ${project} and ${service_account} are left for who deploys. */
#include "analyzer/policy.h"
#include "analyzer/roles.h"

#include <cJSON.h>
#include <ctype.h>
#include <stdlib.h>

enum { CAPTURES = 8 };

struct binding {
    const char *at;                     /* full resource name; "" for the project */
    const char *condition;              /* CEL; "" for none */
    const char **permission;            /* sorted */
    unsigned n;
    const char *role;
};
struct bindings { struct binding *binding; unsigned n; };

struct captures { struct { const char *name, *text; size_t name_n, n; } one[CAPTURES]; unsigned n; };

/* "projects/{p}/topics/{t}" on a name: one segment each, "{x...}" the rest. */
static bool
fits(const char *pattern, const char *name, struct captures *c)
{
    c->n = 0;
    while (*pattern) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        size_t n;
        bool rest;

        if (!end) {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        rest = strncmp(end - 3, "...", 3) == 0;
        n = rest ? strlen(name) : strcspn(name, "/");
        if (!n || c->n == CAPTURES)
            return false;
        c->one[c->n].name = pattern + 1;
        c->one[c->n].name_n = (size_t)(end - pattern) - 1;
        c->one[c->n].text = name;
        c->one[c->n++].n = n;
        name += n;
        pattern = end + 1;
    }
    return *name == '\0';
}

/* The pattern filled with what was captured, or "" when a part of it is open. */
static const char *
filled(struct alps_mem *mem, const char *pattern, const struct captures *c)
{
    const char *all = "";

    while (*pattern) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;

        if (!end) {
            all = alps_mem_print(mem, "%s%c", all, *pattern++);
            continue;
        }
        for (unsigned i = 0; i < c->n; i++)
            if (c->one[i].name_n == (size_t)(end - pattern) - 1 &&
                strncmp(c->one[i].name, pattern + 1, c->one[i].name_n) == 0) {
                if (memchr(c->one[i].text, '*', c->one[i].n) || memchr(c->one[i].text, '?', c->one[i].n))
                    return "";
                all = alps_mem_print(mem, "%s%.*s", all, (int)c->one[i].n, c->one[i].text);
            }
        pattern = end + 1;
    }
    return all;
}

/* What a condition calls the resource: a row that ends in "{rest...}" speaks of what holds the rest. */
static const char *
condition_name(struct alps_mem *mem, const char *pattern, const char *name)
{
    const char *rest = strstr(pattern, "/{rest...}");
    unsigned depth = 0;
    size_t n = 0;

    if (!rest)
        return name;
    for (const char *p = pattern; p <= rest; p++)
        depth += *p == '/';
    while (name[n] && (name[n] != '/' || --depth))
        n++;
    return alps_mem_text(mem, name, n);
}

/* The condition that narrows a binding at ${at} to the resource; "" when none is needed or none can be written. */
static const char *
condition_of(struct alps_mem *mem, const struct alps_gcp_binding *row, const char *at, const char *name)
{
    const char *path = *at ? strchr(at + 2, '/') + 1 : "", *own = condition_name(mem, row->resource, name);
    size_t prefix = strcspn(own, "*?");
    size_t skip = strlen(path);

    if (strcmp(row->type, "-") == 0 || strcmp(path, own) == 0 || strcmp(own, "*") == 0 || !prefix)
        return "";
    if (skip && strncmp(path, own, skip) == 0 && strcmp(own + skip, "/objects/*") == 0)
        return "";                      /* everything below what has the policy */
    if (!own[prefix])
        return alps_mem_print(mem, "resource.type == \"%s\" && resource.name == \"%s\"", row->type, own);
    return alps_mem_print(mem, "resource.type == \"%s\" && resource.name.startsWith(\"%.*s\")", row->type, (int)prefix,
                          own);
}

static void
binding_add(struct alps_mem *mem, struct bindings *all, const char *at, const char *condition, const char *permission)
{
    struct binding *b = NULL;

    for (unsigned i = 0; i < all->n && !b; i++)
        if (strcmp(all->binding[i].at, at) == 0 && strcmp(all->binding[i].condition, condition) == 0)
            b = &all->binding[i];
    if (!b) {
        all->binding = alps_mem_grow(mem, all->binding, all->n, sizeof *all->binding);
        b = &all->binding[all->n++];
        *b = (struct binding){ .at = at, .condition = condition };
    }
    for (unsigned i = 0; i < b->n; i++)
        if (strcmp(b->permission[i], permission) == 0)
            return;
    b->permission = alps_mem_grow(mem, b->permission, b->n, sizeof *b->permission);
    b->permission[b->n++] = permission;
    qsort(b->permission, b->n, sizeof *b->permission, alps_mem_text_order);
}

static int
binding_order(const void *a, const void *b)
{
    const struct binding *x = a, *y = b;
    int d = strcmp(x->at, y->at);

    return d ? d : strcmp(x->condition, y->condition);
}

static bool
same_permissions(const struct binding *a, const struct binding *b)
{
    for (unsigned i = 0; a->n == b->n && i < a->n; i++)
        if (strcmp(a->permission[i], b->permission[i]) != 0)
            return false;
    return a->n == b->n;
}

static void
access_add(struct alps_analysis *a, struct alps_result *r, struct bindings *all, const struct alps_call_found *c,
           const struct alps_access_found *x)
{
    const char *name = alps_policy_resource(a, r, c, x->resource, "project"), *at = "", *condition = "";
    const struct alps_gcp_binding *table;
    unsigned rows = alps_roles_bindings(a->mem, &table);
    struct captures captures;

    if (!alps_roles_gcp_permission(x->action)) {
        alps_policy_note(a, r, c, "no-permission", alps_mem_print(a->mem, "no permission is published for %s: no role "
                                                                  "gives it, it is enforced at run time", x->action));
        return;
    }
    for (unsigned i = 0; i < rows; i++)
        if (fits(table[i].resource, name, &captures)) {
            at = strcmp(table[i].at, "-") == 0 ? "" : filled(a->mem, table[i].at, &captures);
            condition = condition_of(a->mem, &table[i], at, name);
            break;
        }
    binding_add(a->mem, all, at, condition, x->action);
}

/* Letters, digits, '_' and '.' are what a role's id may hold; 64 of them. */
static const char *
role_id(struct alps_mem *mem, const char *function, unsigned number)
{
    char *id = alps_mem_text(mem, function, strlen(function) < 48 ? strlen(function) : 48);

    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.')
            *c = '_';
    return number > 1 ? alps_mem_print(mem, "alps_%s_%u", id, number) : alps_mem_print(mem, "alps_%s", id);
}

static void
role_write(struct alps_analysis *a, struct alps_result *r, const struct binding *b, unsigned number)
{
    const char *text = alps_mem_print(a->mem, "title: %s\ndescription: What the code of %s uses. Made by alps analyze.\n"
                                      "stage: GA\nincludedPermissions:\n", b->role, r->function->name);

    for (unsigned i = 0; i < b->n; i++)
        text = alps_mem_print(a->mem, "%s- %s\n", text, b->permission[i]);
    alps_policy_document(a, r, ALPS_GCP, number > 1 ? alps_mem_print(a->mem, "role.gcp.%u.yaml", number)
                         : "role.gcp.yaml", text);
}

static cJSON *
binding_json(struct alps_mem *mem, const struct binding *b)
{
    cJSON *o = cJSON_CreateObject(), *e;
    const char *excess;
    const char *narrowest = alps_roles_gcp_narrowest(mem, b->permission, b->n, &excess);

    cJSON_AddStringToObject(o, "resource", *b->at ? b->at : "//cloudresourcemanager.googleapis.com/projects/${project}");
    cJSON_AddStringToObject(o, "role", alps_mem_print(mem, "projects/${project}/roles/%s", b->role));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "members"), cJSON_CreateString("serviceAccount:${service_account}"));
    if (*b->condition) {
        e = cJSON_AddObjectToObject(o, "condition");
        cJSON_AddStringToObject(e, "title", b->role);
        cJSON_AddStringToObject(e, "expression", b->condition);
    }
    if (narrowest) {
        e = cJSON_AddObjectToObject(o, "alternative");
        cJSON_AddStringToObject(e, "role", narrowest);
        cJSON_AddStringToObject(e, "excess", excess);
    }
    return o;
}

void
alps_policy_gcp(struct alps_analysis *a, struct alps_result *r)
{
    struct bindings all = { 0 };
    cJSON *d = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(d, "bindings");
    unsigned roles = 0;

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; c->vendor == ALPS_GCP && x; x = x->next)
            access_add(a, r, &all, c, x);
    if (all.n)
        qsort(all.binding, all.n, sizeof *all.binding, binding_order);
    for (unsigned i = 0; i < all.n; i++) {
        struct binding *b = &all.binding[i];

        for (unsigned k = 0; k < i && !b->role; k++)
            if (same_permissions(&all.binding[k], b))
                b->role = all.binding[k].role;
        if (!b->role) {
            b->role = role_id(a->mem, r->function->name, ++roles);
            role_write(a, r, b, roles);
        }
        cJSON_AddItemToArray(list, binding_json(a->mem, b));
    }
    alps_policy_document(a, r, ALPS_GCP, "bindings.gcp.json", alps_json_text(a->mem, d));
    cJSON_Delete(d);
}
