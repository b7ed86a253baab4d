/* analyzer/sdk.c: tables of names. */
#include "analyzer/sdk.h"

#include "analyzer/embed.h"

#include <stdio.h>

ALPS_EMBED(alps_tsv_clients, "analyzer/tables/aws-clients.tsv");
ALPS_EMBED(alps_tsv_waiters, "analyzer/tables/aws-waiters.tsv");
ALPS_EMBED(alps_tsv_resources, "analyzer/tables/aws-resources.tsv");
ALPS_EMBED(alps_tsv_helpers, "analyzer/tables/aws-helpers.tsv");
ALPS_EMBED(alps_tsv_responses, "analyzer/tables/aws-responses.tsv");
ALPS_EMBED(alps_tsv_hosts, "analyzer/tables/hosts.tsv");
ALPS_EMBED(alps_tsv_builtins, "analyzer/tables/builtins.tsv");
ALPS_EMBED(alps_tsv_functions, "analyzer/tables/aws-functions.tsv");
ALPS_EMBED(alps_tsv_gcp_calls, "analyzer/tables/gcp-calls.tsv");
ALPS_EMBED(alps_tsv_azure_calls, "analyzer/tables/azure-calls.tsv");
ALPS_EMBED(alps_tsv_gcp_rpcs, "analyzer/tables/gcp-rpcs.tsv");
ALPS_EMBED(alps_tsv_gcp_paths, "analyzer/tables/gcp-paths.tsv");
ALPS_EMBED(alps_tsv_gcp_discovery, "analyzer/tables/gcp-discovery.tsv");
ALPS_EMBED(alps_tsv_azure_arm, "analyzer/tables/azure-arm.tsv");

/* The rows of ${text}, behind those that ${t} has. */
static struct alps_table
table_more(struct alps_mem *mem, struct alps_table t, const char *text)
{
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        struct alps_row row = { { "" } };
        unsigned column = 0;

        end = strchr(line, '\n');
        end = end ? end : line + strlen(line);
        if (*line == '#' || line == end)
            continue;
        for (const char *cell = line; column < SDK_COLUMNS; column++) {
            const char *tab = memchr(cell, '\t', (size_t)(end - cell));

            row.cell[column] = alps_mem_name(mem, cell, (size_t)((tab ? tab : end) - cell));
            if (!tab)
                break;
            cell = tab + 1;
        }
        t.row = alps_mem_grow(mem, t.row, t.n, sizeof *t.row);
        t.row[t.n++] = row;
    }
    return t;
}

static struct alps_table
table_read(struct alps_mem *mem, const char *text)
{
    return table_more(mem, (struct alps_table){ 0 }, text);
}

struct alps_sdk *
alps_sdk_new(struct alps_mem *mem)
{
    struct alps_sdk *s = ALPS_MEM(mem, struct alps_sdk);

    s->mem = mem;
    s->catalog = &alps_catalog_builtin;
    s->clients = table_read(mem, alps_tsv_clients);
    s->waiters = table_read(mem, alps_tsv_waiters);
    s->resources = table_read(mem, alps_tsv_resources);
    s->helpers = table_read(mem, alps_tsv_helpers);
    s->responses = table_read(mem, alps_tsv_responses);
    s->hosts = table_read(mem, alps_tsv_hosts);
    s->builtins = table_read(mem, alps_tsv_builtins);
    s->functions = table_read(mem, alps_tsv_functions);
    s->cloud = table_more(mem, table_read(mem, alps_tsv_gcp_calls), alps_tsv_azure_calls);
    s->rpcs = alps_tsv_gcp_rpcs;
    s->paths = alps_tsv_gcp_paths;
    s->discovery = alps_tsv_gcp_discovery;
    s->arm = alps_tsv_azure_arm;
    return s;
}

const struct alps_row *
alps_sdk_row(const struct alps_table *t, unsigned a, const char *x, unsigned b, const char *y, unsigned c,
             const char *z)
{
    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;

        if (strcmp(cell[a], x) == 0 && (!y || strcmp(cell[b], y) == 0) && (!z || strcmp(cell[c], z) == 0))
            return &t->row[i];
    }
    return NULL;
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* botocore's xform_name: "ListObjectsV2" → "list_objects_v2". */
static void
snake_of(const char *name, char *out, size_t cap)
{
    static const struct { const char *name, *snake; } irregular[] = {
        { "CreateCachediSCSIVolume", "create_cached_iscsi_volume" },
            { "DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes" },
        { "DescribeStorediSCSIVolumes", "describe_stored_iscsi_volumes" },
            { "CreateStorediSCSIVolume", "create_stored_iscsi_volume" },
        { "ListHITsForQualificationType", "list_hits_for_qualification_type" },
            { "ExecutePartiQLStatement", "execute_partiql_statement" },
        { "ExecutePartiQLTransaction", "execute_partiql_transaction" },
            { "ExecutePartiQLBatch", "execute_partiql_batch" },
        { "AssociateWhatsAppBusinessAccount", "associate_whatsapp_business_account" },
        { "DeleteWhatsAppMessageMedia", "delete_whatsapp_message_media" },
        { "DisassociateWhatsAppBusinessAccount", "disassociate_whatsapp_business_account" },
        { "GetLinkedWhatsAppBusinessAccount", "get_linked_whatsapp_business_account" },
        { "GetLinkedWhatsAppBusinessAccountPhoneNumber", "get_linked_whatsapp_business_account_phone_number" },
        { "GetWhatsAppMessageMedia", "get_whatsapp_message_media" },
        { "ListLinkedWhatsAppBusinessAccounts", "list_linked_whatsapp_business_accounts" },
        { "PostWhatsAppMessageMedia", "post_whatsapp_message_media" },
        { "PutWhatsAppBusinessAccountEventDestinations", "put_whatsapp_business_account_event_destinations" },
        { "SendWhatsAppMessage", "send_whatsapp_message" },
    };
    size_t n = strlen(name), w = 0, plural = n;

    for (size_t i = 0; i < sizeof irregular / sizeof irregular[0]; i++)
        if (strcmp(irregular[i].name, name) == 0) {
            snprintf(out, cap, "%s", irregular[i].snake);
            return;
        }
    if (n > 2 && name[n - 1] == 's' && is_upper(name[n - 2]) && is_upper(name[n - 3])) {   /* "…ARNs": one word */
        plural = n - 1;
        while (plural > 0 && is_upper(name[plural - 1]))
            plural--;
    }
    for (size_t i = 0; i < n && w + 2 < cap; i++) {
        bool upper = is_upper(name[i]), next = i + 1 < n && name[i + 1] >= 'a' && name[i + 1] <= 'z';
        bool before = i > 0 && (is_small(name[i - 1]) || (next && name[i - 1] != '_'));

        if (upper && i > 0 && (i >= plural ? i == plural : before) && w && out[w - 1] != '_')
            out[w++] = '_';
        out[w++] = (char)alps_lower((uint8_t)name[i]);
    }
    out[w] = '\0';
}

static alps_service_id
service_of(const struct alps_sdk *s, const char *service)
{
    return alps_service_find(s->catalog, ALPS_AWS, alps_slice_of(service));
}

alps_operation_id
alps_sdk_snake(const struct alps_sdk *s, const char *service, const char *method)
{
    alps_service_id id = service_of(s, service);
    alps_operation_id first = id ? alps_operation_first(s->catalog, id) : 0;
    struct alps_room room;
    char snake[160];

    for (unsigned i = 0; id && i < alps_operation_count(s->catalog, id); i++) {
        snake_of(alps_operation_name(s->catalog, first + i, &room), snake, sizeof snake);
        if (strcmp(snake, method) == 0)
            return first + i;
    }
    return 0;
}

alps_operation_id
alps_sdk_camel(const struct alps_sdk *s, const char *service, const char *method, size_t n)
{
    alps_service_id id = service_of(s, service);
    alps_operation_id first = id ? alps_operation_first(s->catalog, id) : 0;
    struct alps_room room;

    for (unsigned i = 0; id && n && i < alps_operation_count(s->catalog, id); i++) {
        const char *name = alps_operation_name(s->catalog, first + i, &room);

        if (strlen(name) == n && alps_lower((uint8_t)name[0]) == alps_lower((uint8_t)method[0]) &&
            memcmp(name + 1, method + 1, n - 1) == 0)
            return first + i;
    }
    return 0;
}

alps_operation_id
alps_sdk_waiter(const struct alps_sdk *s, const char *service, const char *name)
{
    for (unsigned i = 0; i < s->waiters.n; i++) {
        const char *const *cell = s->waiters.row[i].cell;
        const char *a = cell[1], *b = name;

        if (strcmp(cell[0], service) != 0)
            continue;
        while (*a && *b) {
            if (*b == '_') {
                b++;
                continue;
            }
            if (alps_lower((uint8_t)*a) != alps_lower((uint8_t)*b))
                break;
            a++, b++;
        }
        if (!*a && !*b)
            return alps_sdk_camel(s, service, cell[2], strlen(cell[2]));
    }
    return 0;
}

unsigned
alps_sdk_distance(const char *a, const char *b)
{
    unsigned row[128];
    size_t n = strlen(a), k = strlen(b);

    if (n >= 127 || k >= 127)
        return 99;
    for (size_t j = 0; j <= k; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned corner = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= k; j++) {
            unsigned keep = row[j], cost = corner + (alps_lower((uint8_t)a[i - 1]) != alps_lower((uint8_t)b[j - 1]));

            cost = row[j] + 1 < cost ? row[j] + 1 : cost;
            row[j] = row[j - 1] + 1 < cost ? row[j - 1] + 1 : cost;
            corner = keep;
        }
    }
    return row[k];
}

const char *
alps_sdk_nearest(const struct alps_sdk *s, const char *service, const char *method, bool snake)
{
    alps_service_id id = service_of(s, service);
    alps_operation_id first = id ? alps_operation_first(s->catalog, id) : 0;
    const char *found = "";
    unsigned limit = (unsigned)strlen(method) / 3 + 1;
    struct alps_room room;
    char name[160];

    for (unsigned d = 1, shown = 0; d <= limit && shown < 3; d++)
        for (unsigned i = 0; id && i < alps_operation_count(s->catalog, id) && shown < 3; i++) {
            const char *operation = alps_operation_name(s->catalog, first + i, &room);

            if (snake) {
                snake_of(operation, name, sizeof name);
            } else {
                snprintf(name, sizeof name, "%s", operation);
                if (!is_upper(method[0]))
                    name[0] = (char)alps_lower((uint8_t)name[0]);
            }
            if (alps_sdk_distance(name, method) == d) {
                found = alps_mem_print(s->mem, "%s%s%s", found, *found ? ", " : "", name);
                shown++;
            }
        }
    return found;
}
