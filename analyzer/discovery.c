/* analyzer/discovery.c: Google's discovery clients: googleapiclient.discovery.build("drive", "v3").files().list(…),
 * google.drive("v3").files.list({…}): a method is the catalogue's id. */
#include "analyzer/cloud.h"

#include "analyzer/access.h"
#include "analyzer/wire.h"

static struct alps_value *
handle(struct alps_flow *f, const char *api, size_t n)
{
    const char *name = alps_mem_text(f->mem, api, n);
    size_t k;

    return alps_cloud_line(f->calls->sdk->discovery, name, NULL, &k)
        ? alps_cloud_handle(f, alps_mem_print(f->mem, "discovery:%s", name), NULL) : NULL;
}

struct alps_value *
alps_discovery_new(struct alps_flow *f, const char *path, struct alps_args *a)
{
    static const char *const builds[] = { "py:googleapiclient.discovery.build", "py:apiclient.discovery.build" };
    static const char *const packages[] = { "js:googleapis.google.", "js:googleapis.", "js:@googleapis/" };
    struct alps_value *name, *all = NULL;

    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++) {
        if (strcmp(path, builds[i]) != 0 || (name = alps_args_named(f, a, "serviceName", 0)) == NULL)
            continue;
        for (unsigned k = 0; k < alps_value_count(name); k++)
            if (alps_value_is_literal(alps_value_at(name, k)))
                all = alps_value_join(f->mem, all, handle(f, alps_value_at(name, k)->text, alps_value_at(name, k)->n));
        return all;
    }
    if (strncmp(path, "go:google.golang.org/api/", 25) == 0) {
        const char *p = path + 25, *dot = strrchr(path, '.');

        if (strcmp(dot, ".NewService") == 0 || strcmp(dot, ".New") == 0)
            return handle(f, p, strcspn(p, "/"));
        return NULL;
    }
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
        if (strncmp(path, packages[i], strlen(packages[i])) == 0) {
            const char *p = path + strlen(packages[i]);
            size_t n = strcspn(p, "._");

            if (i == 2 && (!p[n] || p[n] != '.'))
                return NULL;
            return handle(f, p, n);
        }
    return NULL;
}

static const char *
path_to(struct alps_flow *f, const struct alps_value *o, const char *name)
{
    const struct alps_value *at = alps_object_get(o->object, alps_flow_intern(f, "path"));

    if (*name >= 'A' && *name <= 'Z')                   /* Go */
        name = alps_mem_print(f->mem, "%c%s", alps_lower((uint8_t)*name), name + 1);
    return at ? alps_mem_print(f->mem, "%s.%s", at->text, name) : name;
}

/* Is "${path}.…" the beginning of some method's name? */
static bool
is_collection(const char *section, const char *path)
{
    size_t n = strlen(path);

    for (const char *p = section + strcspn(section, "\n") + 1; *p && *p != '@'; p += strcspn(p, "\n") + 1)
        if (strncmp(p, path, n) == 0 && p[n] == '.')
            return true;
    return false;
}

static struct alps_value *
below(struct alps_flow *f, const struct alps_value *o, const char *name)
{
    const char *api = o->type + strlen("discovery:"), *path = path_to(f, o, name);
    size_t n;
    const char *section = alps_cloud_line(f->calls->sdk->discovery, api, NULL, &n);
    struct alps_value *v;

    if (!section || !is_collection(section, path))
        return NULL;
    v = alps_cloud_handle(f, o->type, o->object);
    alps_object_set(f->mem, v->object, alps_flow_intern(f, "path"), alps_value_literal(f->mem, path, strlen(path)), false);
    return v;
}

struct alps_value *
alps_discovery_member(struct alps_flow *f, struct alps_value *o, const char *name)
{
    struct alps_value *v = below(f, o, name);

    if (v)
        return v;
    v = alps_value_new(f->mem, V_METHOD);
    v->base = o;
    v->text = name;
    return v;
}

/* Parameters by name: keywords, or the members of an object. */
static void
parameters(struct alps_flow *f, struct alps_object *into, struct alps_args *a)
{
    for (unsigned i = 0; a->n && i < alps_value_count(a->item[0]); i++) {
        struct alps_value *one = alps_value_at(a->item[0], i);

        if (one->object && (one->kind == V_OBJECT || one->kind == V_INSTANCE))
            alps_object_copy(f->mem, into, one->object, i > 0);
    }
    alps_object_copy(f->mem, into, a->named, false);
}

/* Parameters by place: those of the path, in its order. */
static void
in_order(struct alps_flow *f, struct alps_object *into, const char *path, struct alps_args *a)
{
    unsigned at = 0;

    for (const char *p = path; (p = strchr(p, '{')) != NULL && at < a->n; p++) {
        const char *from = p + 1 + (p[1] == '+');

        alps_object_set(f->mem, into, alps_mem_name(f->mem, from, strcspn(from, "}")), a->item[at++], false);
    }
}

/* Names of gRPC-like clients' fields ("instance_template") are those of the path, spelt otherwise. */
static void
respell(struct alps_flow *f, struct alps_object *into, const char *path)
{
    unsigned n = into->n;

    for (const char *p = path; (p = strchr(p, '{')) != NULL && *p; p++) {
        const char *from = p + 1 + (p[1] == '+');
        size_t k = strcspn(from, "}");

        for (unsigned i = 0; i < n; i++)
            if (alps_cloud_same(from, k, into->field[i].name))
                alps_object_set(f->mem, into, alps_mem_name(f->mem, from, k), into->field[i].value, false);
    }
}

/* A path that is not known part by part: the operation is, and its accesses are on what names it, or on all. */
static bool
by_name(struct alps_flow *f, const char *api, const char *method, const char *path, const struct alps_object *members,
        const struct alps_node *at)
{
    const struct alps_catalog *c = f->calls->sdk->catalog;
    alps_service_id service = alps_service_find(c, ALPS_GCP, alps_slice_of(api));
    alps_operation_id operation = service ? alps_operation_find(c, service, alps_slice_of(method)) : 0;
    const char *hole = strstr(path, "{+");
    struct alps_value *v = hole ? alps_object_get(members, alps_mem_name(f->mem, hole + 2, strcspn(hole + 2, "}"))) : NULL;
    struct alps_call_found *found;

    if (!operation)
        return false;
    found = alps_calls_found(f, ALPS_GCP, alps_calls_operation(f->mem, operation), at);
    for (unsigned i = 0; i < alps_operation_needs(c, operation); i++)
        for (unsigned k = 0; k < (v ? alps_value_count(v) : 1); k++) {
            struct alps_access_found *x = ALPS_MEM(f->mem, struct alps_access_found);
            struct alps_need need = alps_operation_need(c, operation, i);
            struct alps_value *name = v && strcmp(need.resource, "{path}") == 0
                ? alps_value_text(f->mem, alps_value_at(v, k)) : NULL;

            x->action = alps_flow_intern(f, alps_action_name(c, need.action, &(struct alps_room){ "" }));
            x->service = alps_flow_intern(f, api);
            x->resource = name ? alps_access_text(f->mem, name) : "*";
            x->rooted = name ? alps_access_rooted(name) : "none";
            x->evidence = name ? alps_access_evidence(f, name) : "not known";
            x->level = strcmp(x->resource, "*") == 0 ? ALPS_LEVEL_SERVICE : ALPS_LEVEL_OBJECT;
            x->why = strcmp(x->resource, "*") ? "by-nature" : v && v->roots & (ROOT_EVENT | ROOT_PARAMETER) ? "dynamic-input"
                : "unknown-call";
            alps_calls_access_add(&found->access, x);
        }
    return true;
}

struct alps_value *
alps_discovery_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                      const struct alps_node *at)
{
    static const char *const own[] = { "new_batch_http_request", "close", "__enter__", "__exit__", "context", "auth" };
    const char *api = o->type + strlen("discovery:"), *method = path_to(f, o, name), *section, *line = NULL;
    struct alps_value *v = below(f, o, name);
    struct alps_object *members = ALPS_MEM(f->mem, struct alps_object);
    size_t n, k = strlen(method);

    section = alps_cloud_line(f->calls->sdk->discovery, api, NULL, &n);
    if (section)
        line = alps_cloud_line(f->calls->sdk->discovery, api, method, &n);
    if (!line && k > 6 && strcmp(method + k - 6, "_unary") == 0 && section)
        line = alps_cloud_line(f->calls->sdk->discovery, api, alps_mem_text(f->mem, method, k - 6), &n);
    if (!line && k > 5 && strcmp(method + k - 5, "_next") == 0)
        return alps_calls_response(f);
    if (!line && k > 6 && strcmp(method + k - 6, "_media") == 0 && section)
        line = alps_cloud_line(f->calls->sdk->discovery, api, alps_mem_text(f->mem, method, k - 6), &n);
    if (line) {
        const char *verb = line + strcspn(line, "\t") + 1, *path = strchr(verb, ' ') + 1, *host = strchr(section, '\t') + 1;
        const char *text = alps_mem_text(f->mem, path, (size_t)(line + n - path));

        if (at->source->lang->packages)
            in_order(f, members, text, a);
        else
            parameters(f, members, a);
        respell(f, members, text);
        if (!alps_wire_send(f, alps_mem_print(f->mem, "%.*s %.*s/%s", (int)(path - verb - 1), verb,
                                              (int)strcspn(host, "\n"), host, text), members, at) &&
            !by_name(f, api, alps_mem_text(f->mem, line, strcspn(line, "\t")), text, members, at))
            alps_cloud_unknown(f, o, method, "", at);
        for (unsigned i = 0; i < a->n; i++)
            if (a->item[i]->kind == V_FUNCTION) {
                struct alps_args one = { .item = a->item + i, .n = 1 };

                alps_flow_escape(f, &one, 0, at);
            }
        return alps_calls_response(f);
    }
    if (v)
        return v;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0)
            return strcmp(name, "__enter__") == 0 ? o : alps_calls_response(f);
    alps_cloud_unknown(f, o, method, "", at);
    return alps_calls_response(f);
}
