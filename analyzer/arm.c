/* analyzer/arm.c: Azure's management clients: package, group and method, in any language's spelling, are the request that
 * tables/azure-arm.tsv has recorded. */
#include "analyzer/cloud.h"

#include <strings.h>

/* "azure.mgmt.compute.v2024_03_01.aio.ComputeManagementClient" → arm-compute's section; NULL: none. */
static const char *
section_of(struct alps_flow *f, const char *path, const char **name)
{
    const char *p, *table = f->calls->sdk->arm;
    size_t n, best = 0;

    *name = NULL;
    if (strncmp(path, "js:@azure/arm-", 14) == 0)
        p = path + 14;
    else if (strncmp(path, "py:azure.mgmt.", 14) == 0)
        p = path + 14;
    else if (strncmp(path, "go:github.com/Azure/azure-sdk-for-go/", 37) == 0 && strstr(path, "/arm"))
        p = strstr(path, "/arm") + 4;
    else
        return NULL;
    for (const char *line = table; *line; line += n + (line[n] == '\n')) {
        size_t k;

        n = strcspn(line, "\n");
        if (*line != '@')
            continue;
        for (const char *alias = line + 1; alias < line + n; alias += k + 1) {  /* "@compute", "@resources resource" */
            size_t i = 0, j = 0;

            k = strcspn(alias, " \t\n");
            while (i < k && p[j]) {
                if (p[j] == '-' || p[j] == '_' || (p[j] == '.' && alias[i] != '.')) {
                    j++;
                    continue;
                }
                if (alias[i] == '-' || alias[i] == '_') {
                    i++;
                    continue;
                }
                if (alias[i] != p[j])
                    break;
                i++, j++;
            }
            if (i == k && (p[j] == '.' || p[j] == '\0' || (p[j] == '/' && path[0] == 'g')) && k > best) {
                best = k;
                *name = alps_mem_text(f->mem, line + 1, strcspn(line + 1, " \t\n"));
            }
            if (alias[k] != ' ')
                break;
        }
    }
    return *name;
}

/* "NewVirtualMachinesClient" of a package or a factory: the group, whose name may begin with the package's in other
 * languages ("NewAccountsClient" of armstorage: storageAccounts). */
static struct alps_value *
group_in_go(struct alps_flow *f, struct alps_value *v, const char *maker)
{
    size_t n = strlen(maker);
    const char *name;
    struct alps_value *g;

    if (strncmp(maker, "New", 3) != 0 || n < 10 || strcmp(maker + n - 6, "Client") != 0)
        return v;                                       /* NewClientFactory */
    name = alps_mem_text(f->mem, maker + 3, n - 9);
    g = alps_arm_member(f, v, name);
    return g ? g : alps_arm_member(f, v, alps_mem_print(f->mem, "%s%s", v->type + 4, name));
}

struct alps_value *
alps_arm_new(struct alps_flow *f, const char *path, struct alps_args *a)
{
    const char *name = NULL, *last = strrchr(path, '.');
    struct alps_value *v, *subscription;

    if (!last || !strstr(last, "Client") || !section_of(f, path, &name))
        return NULL;
    v = alps_cloud_handle(f, alps_mem_print(f->mem, "arm:%s", name), NULL);
    subscription = alps_args_named(f, a, "subscription_id", path[0] == 'g' ? 0 : 1);
    if (subscription)
        alps_object_set(f->mem, v->object, alps_flow_intern(f, "subscription"), subscription, false);
    return path[0] == 'g' ? group_in_go(f, v, last + 1) : v;
}

/* The line of "group.method" in the section, "begin" before the method and "AndWait" behind it aside. */
static const char *
line_of(struct alps_flow *f, const char *section, const char *group, const char *method, size_t *n)
{
    size_t k = strlen(method);
    const char *line = alps_cloud_line(f->calls->sdk->arm, section, alps_mem_print(f->mem, "%s.%s", group, method), n);

    if (!line && k > 7 && strcmp(method + k - 7, "AndWait") == 0)
        return line_of(f, section, group, alps_mem_text(f->mem, method, k - 7), n);
    if (!line && strncasecmp(method, "begin", 5) == 0 && method[5])
        return line_of(f, section, group, method + 5 + (method[5] == '_'), n);
    if (!line && k > 8 && strncmp(method, "New", 3) == 0 && strcmp(method + k - 5, "Pager") == 0)
        return line_of(f, section, group, alps_mem_text(f->mem, method + 3, k - 8), n);
    return line;
}

struct alps_value *
alps_arm_member(struct alps_flow *f, struct alps_value *o, const char *name)
{
    const char *section = o->type + 4, *line;
    size_t n;
    struct alps_value *v;

    if (alps_object_get(o->object, alps_flow_intern(f, "group")))
        return NULL;
    line = alps_cloud_line(f->calls->sdk->arm, section, NULL, &n);
    if (!line)                                          /* the section's line has aliases behind its name */
        return NULL;
    for (line += strcspn(line, "\n") + 1; *line && *line != '@'; line += strcspn(line, "\n") + 1)
        if (alps_cloud_same(line, strcspn(line, ".\t"), name)) {
            v = alps_cloud_handle(f, o->type, o->object);
            alps_object_set(f->mem, v->object, alps_flow_intern(f, "group"),
                            alps_value_literal(f->mem, line, strcspn(line, ".\t")), false);
            return v;
        }
    return NULL;
}

/* "GET $R/Microsoft.Compute/…": the table's short forms. */
static const char *
written_out(struct alps_flow *f, const char *request, size_t n)
{
    static const char host[] = "management.azure.com", all[] = "/subscriptions/{subscription}";
    const char *path = strchr(request, ' ') + 1;
    int verb = (int)(path - request), rest = (int)(request + n - path);
    bool group = *path == '$' && path[1] == 'R';

    if (*path != '$')
        return alps_mem_print(f->mem, "%.*s%s/%.*s", verb, request, host, rest, path);
    return alps_mem_print(f->mem, "%.*s%s%s%s/providers/%.*s", verb, request, host, all,
                          group ? "/resourceGroups/{resourceGroupName}" : "", rest - 3, path + 3);
}

/* The name of the next parameter of a path; NULL: none. */
static const char *
hole_next(const char *p)
{
    while ((p = strchr(p, '{')) != NULL) {
        p += 1 + (p[1] == '+');
        if (strncmp(p, "subscription}", 13) != 0)
            return p;
    }
    return NULL;
}

struct alps_value *
alps_arm_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                const struct alps_node *at)
{
    const struct alps_value *group = alps_object_get(o->object, alps_flow_intern(f, "group"));
    const char *line, *verb, *names, *text;
    bool listed;
    struct alps_object *members = ALPS_MEM(f->mem, struct alps_object);
    size_t n;
    int place = at->source->lang->packages && strstr(name, "Pager") == NULL;        /* a context goes first */
    struct alps_value *made;

    if (!group && strncmp(name, "New", 3) == 0 && (made = group_in_go(f, o, name)) != NULL && made != o)
        return made;
    if (strcmp(name, "__enter__") == 0 || strcmp(name, "__aenter__") == 0)
        return o;
    line = line_of(f, o->type + 4, group ? group->text : "", name, &n);
    if (!line) {
        if (strcmp(name, "close") != 0 && strncmp(name, "__", 2) != 0)
            alps_cloud_unknown(f, o, group ? alps_mem_print(f->mem, "%s.%s", group->text, name) : name, "", at);
        return alps_calls_response(f);
    }
    verb = line + strcspn(line, "\t") + 1;
    names = verb + strcspn(verb, "\t\n");
    text = written_out(f, verb, (size_t)(names - verb));
    listed = *names == '\t';                           /* else in the order of the path */
    alps_object_copy(f->mem, members, o->object, false);
    for (const char *p = listed ? names + 1 : hole_next(text); p && (!listed || p < line + n);) {
        size_t k = strcspn(p, ",\n}");
        struct alps_value *v = NULL;

        for (unsigned i = 0; a->named && i < a->named->n; i++)
            if (alps_cloud_same(p, k, a->named->field[i].name))
                v = a->named->field[i].value;
        v = v ? v : alps_args_at(a, (unsigned)place);
        place++;
        if (v)
            alps_object_set(f->mem, members, alps_mem_name(f->mem, p, k), v, false);
        p = listed ? p + k + 1 : hole_next(p);
    }
    alps_cloud_send(f, text, members, at);
    return alps_calls_response(f);
}
