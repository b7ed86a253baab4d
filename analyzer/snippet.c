/* analyzer/snippet.c: the same policies as pieces of the infrastructure code that people keep: SAM, Terraform, Bicep. */
#include "analyzer/policy.h"
#include "analyzer/snippet.h"

#include <cJSON.h>
#include <ctype.h>

/* An identifier of Terraform's and Bicep's made of a function's name. */
static const char *
identifier(struct alps_mem *mem, const char *name)
{
    char *id = alps_mem_print(mem, "alps_%s", name);

    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return id;
}

/* Every line with ${indent} blanks before it. */
static const char *
indented(struct alps_mem *mem, const char *text, unsigned indent)
{
    const char *all = "";

    while (*text) {
        int n = (int)strcspn(text, "\n");

        all = alps_mem_print(mem, "%s%*s%.*s\n", all, (int)indent, "", n, text);
        text += n + (text[n] == '\n');
    }
    return all;
}

/* ["a", "b"] as lines, each quoted by ${quote}; ${comma} after each. */
static const char *
lines(struct alps_mem *mem, const cJSON *list, const char *quote, const char *comma, unsigned indent)
{
    const char *all = "";
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
        all = alps_mem_print(mem, "%s%*s%s%s%s%s\n", all, (int)indent, "", quote, one->valuestring, quote, comma);
    return all;
}

static const char *
azure_terraform(struct alps_mem *mem, const char *id, const cJSON *role)
{
    return alps_mem_print(mem, "resource \"azurerm_role_definition\" \"%s\" {\n  name  = \"%s\"\n  scope = var.scope\n\n  permissions {\n"
                          "    actions = [\n%s    ]\n    data_actions = [\n%s    ]\n  }\n}\n", id,
                          cJSON_GetStringValue(cJSON_GetObjectItem(role, "Name")),
                          lines(mem, cJSON_GetObjectItem(role, "Actions"), "\"", ",", 6),
                          lines(mem, cJSON_GetObjectItem(role, "DataActions"), "\"", ",", 6));
}

/* Microsoft.Authorization/roleDefinitions, in the template reference. */
static const char *
azure_bicep(struct alps_mem *mem, const char *id, const cJSON *role)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(role, "Name"));

    return alps_mem_print(mem, "resource %s 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {\n"
                          "  name: guid(subscription().id, '%s')\n  properties: {\n    roleName: '%s'\n    type: 'CustomRole'\n"
                          "    permissions: [\n      {\n        actions: [\n%s        ]\n        dataActions: [\n%s        ]\n      }\n    ]\n"
                          "    assignableScopes: [\n      subscription().id\n    ]\n  }\n}\n", id, name, name,
                          lines(mem, cJSON_GetObjectItem(role, "Actions"), "'", "", 10),
                          lines(mem, cJSON_GetObjectItem(role, "DataActions"), "'", "", 10));
}

/* role.gcp.yaml's title and permissions; how it is bound, bindings.gcp.json says. */
static const char *
google_terraform(struct alps_mem *mem, const char *yaml)
{
    const char *title = strchr(yaml, ' ') + 1, *list = strstr(yaml, "includedPermissions:\n") + 21, *all = "";
    int n = (int)strcspn(title, "\n");

    while (*list) {
        int k = (int)strcspn(list, "\n");

        all = alps_mem_print(mem, "%s    \"%.*s\",\n", all, k - 2, list + 2);
        list += k + (list[k] == '\n');
    }
    return alps_mem_print(mem, "resource \"google_project_iam_custom_role\" \"%.*s\" {\n  role_id = \"%.*s\"\n  title   = \"%.*s\"\n"
                          "  permissions = [\n%s  ]\n}\n", n, title, n, title, n, title, all);
}

static const char *
renamed(struct alps_mem *mem, const char *file, const char *tail)
{
    return alps_mem_print(mem, "%.*s%s", (int)(strrchr(file, '.') - file), file, tail);
}

bool
alps_snippets(struct alps_mem *mem, const struct alps_result *r, alps_snippet_fn *take, void *ctx)
{
    const char *id = identifier(mem, r->function->name);
    bool more = true;

    for (unsigned i = 0; more && i < r->n_documents; i++) {
        const struct alps_document *d = &r->document[i];
        cJSON *role;

        if (d->vendor == ALPS_AWS) {
            more = take(ctx, renamed(mem, d->file, ".sam.yaml"),
                        alps_mem_print(mem, "Policies:\n  -\n%s", indented(mem, d->text, 4))) &&
                take(ctx, renamed(mem, d->file, ".tf"),
                     alps_mem_print(mem, "resource \"aws_iam_role_policy\" \"%s_%u\" {\n  role   = var.role\n  policy = <<-EOT\n%s  EOT\n}\n",
                                    id, i + 1, indented(mem, d->text, 4)));
        } else if (strncmp(d->file, "role.gcp", 8) == 0) {
            more = take(ctx, renamed(mem, d->file, ".tf"), google_terraform(mem, d->text));
        } else if (strcmp(d->file, "role.azure.json") == 0 && (role = cJSON_Parse(d->text)) != NULL) {
            more = take(ctx, renamed(mem, d->file, ".tf"), azure_terraform(mem, id, role)) &&
                take(ctx, renamed(mem, d->file, ".bicep"), azure_bicep(mem, id, role));
            cJSON_Delete(role);
        }
    }
    return more;
}
