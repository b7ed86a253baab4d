/* analyzer/policy_azure.c: accesses → a custom role (az role definition create), and one of Cosmos DB's own kind (az cosmosdb
 * sql role definition create), which Azure keeps apart.  ${subscription} is left for who deploys. */
#include "analyzer/policy.h"
#include "analyzer/roles.h"

#include <cJSON.h>
#include <stdlib.h>
#include <strings.h>

struct names { const char **name; unsigned n; };

static void
name_add(struct alps_mem *mem, struct names *all, const char *name)
{
    for (unsigned i = 0; i < all->n; i++)
        if (strcasecmp(all->name[i], name) == 0)
            return;
    all->name = alps_mem_grow(mem, all->name, all->n, sizeof *all->name);
    all->name[all->n++] = name;
}

static cJSON *
name_list(struct names *all)
{
    if (all->n)
        qsort(all->name, all->n, sizeof *all->name, alps_mem_text_order);
    return cJSON_CreateStringArray(all->name, (int)all->n);
}

/* Cosmos DB keeps its data actions in roles of its own
 * (learn.microsoft.com/azure/cosmos-db/nosql/security/reference-data-plane-actions). */
static bool
is_cosmos(const char *action)
{
    return strcasecmp(action, "Microsoft.DocumentDB/databaseAccounts/readMetadata") == 0 ||
        strncasecmp(action, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/", 68) == 0 ||
        strcasecmp(action, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery") == 0 ||
        strcasecmp(action, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed") == 0 ||
        strcasecmp(action, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeStoredProcedure") == 0;
}

/* Where a role can be assigned at its narrowest: the resource group that the name says, else the subscription. */
static const char *
scope_of(struct alps_mem *mem, const char *resource)
{
    const char *group = strcasestr(resource, "/resourceGroups/");
    size_t n = group ? (size_t)(group - resource) + 16 + strcspn(group + 16, "/") : 0;

    if (!group || strncasecmp(resource, "/subscriptions/", 15) != 0 || memchr(resource, '*', n))
        return "/subscriptions/${subscription}";
    return alps_mem_text(mem, resource, n);
}

/* "https://x.documents.azure.com/dbs/d/colls/c/docs/i" → "/dbs/d/colls/c". */
static const char *
cosmos_scope(struct alps_mem *mem, const char *resource)
{
    const char *path = strncmp(resource, "https://", 8) == 0 ? strchr(resource + 8, '/') : NULL;
    const char *items = path ? strstr(path, "/docs") : NULL;
    size_t n = !path ? 0 : items ? (size_t)(items - path) : strlen(path);

    if (!n || strncmp(path, "/dbs/", 5) != 0 || memchr(path, '*', n) || memchr(path, '?', n))
        return "/";
    return alps_mem_text(mem, path, n);
}

static void
cosmos_role(struct alps_analysis *a, struct alps_result *r, struct names *actions, struct names *scopes)
{
    cJSON *d = cJSON_CreateObject(), *permission = cJSON_CreateObject();

    cJSON_AddStringToObject(d, "RoleName", alps_mem_print(a->mem, "alps-%s", r->function->name));
    cJSON_AddStringToObject(d, "Type", "CustomRole");
    for (unsigned i = 0; i < scopes->n; i++)
        if (strcmp(scopes->name[i], "/") == 0) {        /* the account holds all the others */
            scopes->name[0] = "/";
            scopes->n = 1;
        }
    cJSON_AddItemToObject(d, "AssignableScopes", name_list(scopes));
    cJSON_AddItemToObject(permission, "DataActions", name_list(actions));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(d, "Permissions"), permission);
    alps_policy_document(a, r, ALPS_AZURE, "role.cosmos.json", alps_json_text(a->mem, d));
    cJSON_Delete(d);
}

void
alps_policy_azure(struct alps_analysis *a, struct alps_result *r)
{
    struct names actions = { 0 }, data = { 0 }, cosmos = { 0 }, scopes = { 0 }, cosmos_scopes = { 0 };
    cJSON *d;

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; c->vendor == ALPS_AZURE && !c->by_key && x; x = x->next) {
            const char *resource = alps_policy_resource(a, r, c, x->resource, "subscription");
            bool plane = strncmp(resource, "https://", 8) == 0;

            if (is_cosmos(x->action)) {
                name_add(a->mem, &cosmos, x->action);
                name_add(a->mem, &cosmos_scopes, cosmos_scope(a->mem, resource));
                continue;
            }
            name_add(a->mem, plane && alps_roles_azure_data(x->action) ? &data : &actions, x->action);
            name_add(a->mem, &scopes, scope_of(a->mem, resource));
        }
    if (cosmos.n)
        cosmos_role(a, r, &cosmos, &cosmos_scopes);
    if (!actions.n && !data.n)
        return;
    d = cJSON_CreateObject();
    cJSON_AddStringToObject(d, "Name", alps_mem_print(a->mem, "alps-%s", r->function->name));
    cJSON_AddTrueToObject(d, "IsCustom");
    cJSON_AddStringToObject(d, "Description", alps_mem_print(a->mem, "What the code of %s uses. Made by alps analyze.",
                                                             r->function->name));
    cJSON_AddItemToObject(d, "Actions", name_list(&actions));
    cJSON_AddItemToObject(d, "NotActions", cJSON_CreateArray());
    cJSON_AddItemToObject(d, "DataActions", name_list(&data));
    cJSON_AddItemToObject(d, "NotDataActions", cJSON_CreateArray());
    cJSON_AddItemToObject(d, "AssignableScopes", name_list(&scopes));
    alps_policy_document(a, r, ALPS_AZURE, "role.azure.json", alps_json_text(a->mem, d));
    cJSON_Delete(d);
}
