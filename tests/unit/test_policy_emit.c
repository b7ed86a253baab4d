/* tests/unit/test_policy_emit.c: what is deployed for accesses that are given here, Google Cloud's and Azure's. */
#include <criterion/criterion.h>

#include "analyzer/policy.h"

#include <cJSON.h>

struct world { struct alps_analysis a; struct alps_result r; struct alps_function fn; };

static void
world_open(struct world *w)
{
    static struct alps_variable bucket = { "BUCKET", "media", "service.yaml:9" };

    *w = (struct world){ .a.mem = alps_mem_new() };
    w->a.project.mem = w->a.mem;
    w->fn = (struct alps_function){ .name = "check-out", .variable = &bucket, .n_variables = 1 };
    w->r.function = &w->fn;
}

static void
uses(struct world *w, enum alps_vendor vendor, const char *action, const char *resource)
{
    struct alps_call_found *c = ALPS_MEM(w->a.mem, struct alps_call_found);

    c->vendor = vendor;
    c->file = "app.py";
    c->operation = action;
    c->access = ALPS_MEM(w->a.mem, struct alps_access_found);
    c->access->action = action;
    c->access->resource = resource;
    c->next = w->r.call;
    w->r.call = c;
}

static const char *
document(struct world *w, const char *file)
{
    for (unsigned i = 0; i < w->r.n_documents; i++)
        if (strcmp(w->r.document[i].file, file) == 0)
            return w->r.document[i].text;
    return NULL;
}

/* The i-th binding's member, as text. */
static const char *
bound(struct world *w, int i, const char *member)
{
    cJSON *d = cJSON_Parse(document(w, "bindings.gcp.json")),
        *o = cJSON_GetArrayItem(cJSON_GetObjectItem(d, "bindings"), i);
    const char *s;

    if (strcmp(member, "condition") == 0)
        s = cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(o, "condition"), "expression"));
    else if (strcmp(member, "alternative") == 0)
        s = cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(o, "alternative"), "role"));
    else
        s = cJSON_GetStringValue(cJSON_GetObjectItem(o, member));
    s = s ? alps_mem_text(w->a.mem, s, strlen(s)) : NULL;
    cJSON_Delete(d);
    return s;
}

Test(policy_emit, google_binds_at_the_resource_that_has_a_policy)
{
    struct world w;

    world_open(&w);
    uses(&w, ALPS_GCP, "pubsub.topics.publish", "projects/${project}/topics/orders");
    alps_policy_emit(&w.a, &w.r);
    cr_assert_str_eq(bound(&w, 0, "resource"), "//pubsub.googleapis.com/projects/${project}/topics/orders");
    cr_assert_str_eq(bound(&w, 0, "role"), "projects/${project}/roles/alps_check_out");
    cr_assert_str_eq(bound(&w, 0, "alternative"), "roles/pubsub.publisher");
    cr_assert_null(bound(&w, 0, "condition"));
    cr_assert(strstr(document(&w, "role.gcp.yaml"), "- pubsub.topics.publish\n"));
    cr_assert_null(document(&w, "policy.aws.json"));
    alps_mem_free(w.a.mem);
}

Test(policy_emit, google_objects_are_narrowed_by_a_condition_at_their_bucket)
{
    struct world w;

    world_open(&w);
    uses(&w, ALPS_GCP, "storage.objects.create", "projects/_/buckets/${env:BUCKET}/objects/reports/*");
    uses(&w, ALPS_GCP, "storage.objects.get", "projects/_/buckets/${env:BUCKET}/objects/*");
    alps_policy_emit(&w.a, &w.r);
    cr_assert_str_eq(bound(&w, 0, "resource"), "//storage.googleapis.com/projects/_/buckets/media");
    cr_assert_null(bound(&w, 0, "condition"), "every object: the bucket's own policy says it");
    cr_assert_str_eq(bound(&w, 1, "resource"), "//storage.googleapis.com/projects/_/buckets/media");
    cr_assert_str_eq(bound(&w, 1, "condition"), "resource.type == \"storage.googleapis.com/Object\" && "
                     "resource.name.startsWith(\"projects/_/buckets/media/objects/reports/\")");
    cr_assert(document(&w, "role.gcp.2.yaml"));
    alps_mem_free(w.a.mem);
}

Test(policy_emit, google_what_cannot_be_narrowed_is_bound_at_the_project)
{
    struct world w;

    world_open(&w);
    uses(&w, ALPS_GCP, "storage.objects.get", "*");
    uses(&w, ALPS_GCP, "datastore.entities.get", "projects/p/databases/(default)/documents/users/*");
    alps_policy_emit(&w.a, &w.r);
    cr_assert_str_eq(bound(&w, 0, "resource"), "//cloudresourcemanager.googleapis.com/projects/${project}");
    cr_assert_null(bound(&w, 0, "condition"));
    cr_assert_str_eq(bound(&w, 1, "condition"), "resource.type == \"firestore.googleapis.com/Database\" && "
                     "resource.name == \"projects/p/databases/(default)\"");
    alps_mem_free(w.a.mem);
}

Test(policy_emit, google_what_is_no_permission_is_in_no_role)
{
    struct world w;

    world_open(&w);
    uses(&w, ALPS_GCP, "vision.images.annotate", "*");
    alps_policy_emit(&w.a, &w.r);
    cr_assert_null(document(&w, "role.gcp.yaml"));
    cr_assert_str_eq(w.r.note->code, "no-permission");
    alps_mem_free(w.a.mem);
}

Test(policy_emit, azure_tells_data_actions_from_actions)
{
    struct world w;
    cJSON *d;

    world_open(&w);
    uses(&w, ALPS_AZURE, "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", "https://a.blob.core.windows.net/in/*");
    uses(&w, ALPS_AZURE, "Microsoft.Storage/storageAccounts/blobServices/containers/read", "https://a.blob.core.windows.net/in");
    uses(&w, ALPS_AZURE, "Microsoft.Compute/virtualMachines/start/action",
         "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v");
    alps_policy_emit(&w.a, &w.r);
    d = cJSON_Parse(document(&w, "role.azure.json"));
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(d, "Actions")), 2);
    cr_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(d, "DataActions"), 0)->valuestring,
                     "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read");
    cr_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(d, "AssignableScopes"), 0)->valuestring,
                     "/subscriptions/${subscription}");
    cr_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(d, "AssignableScopes"), 1)->valuestring,
                     "/subscriptions/s/resourceGroups/rg");
    cJSON_Delete(d);
    alps_mem_free(w.a.mem);
}

Test(policy_emit, cosmos_has_a_role_of_its_own_kind)
{
    struct world w;
    cJSON *d;

    world_open(&w);
    uses(&w, ALPS_AZURE, "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create",
         "https://a.documents.azure.com/dbs/shop/colls/orders/docs/*");
    alps_policy_emit(&w.a, &w.r);
    cr_assert_null(document(&w, "role.azure.json"));
    d = cJSON_Parse(document(&w, "role.cosmos.json"));
    cr_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(d, "AssignableScopes"), 0)->valuestring, "/dbs/shop/colls/orders");
    cJSON_Delete(d);
    alps_mem_free(w.a.mem);
}
