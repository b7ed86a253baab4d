/* analyzer/calls_py.c: boto3: clients, resources and their handles, collections, paginators, waiters, presigned
 * URLs. */
#include "analyzer/calls.h"

#include "analyzer/project.h"

#include <stdio.h>

/* Do two names agree but for case, '_' and '-'?  At most ${n} bytes of the first. */
static bool
alike(const char *a, size_t n, const char *b)
{
    const char *end = a + n;

    for (;;) {
        while (a < end && (*a == '_' || *a == '-'))
            a++;
        while (*b == '_' || *b == '-')
            b++;
        if (a >= end || !*b)
            return a >= end && !*b;
        if (alps_lower((uint8_t)*a++) != alps_lower((uint8_t)*b++))
            return false;
    }
}

/* A handle of the resource API.  Its type is a resource of aws-resources.tsv; "collection" and "action" carry their
 * row. */
static struct alps_value *
handle(struct alps_flow *f, const char *service, const char *type)
{
    return alps_calls_client(f, service, type);
}

static const struct alps_row *
row_of(struct alps_flow *f, const struct alps_value *o, const char *type, const char *name, const char *what)
{
    const struct alps_table *t = &f->calls->sdk->resources;

    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;

        if (cell[RESOURCE_SERVICE] == o->text && cell[RESOURCE_KIND] == type &&
            strcmp(cell[RESOURCE_MEMBER], name) == 0 &&
            (!what || strcmp(cell[RESOURCE_WHAT], what) == 0))
            return &t->row[i];
    }
    return NULL;
}

static struct alps_value *
params_of(struct alps_flow *f, const struct alps_value *o, const struct alps_row *row, const struct alps_args *a)
{
    struct alps_value *params = alps_value_object(f->mem);

    if (a && a->named)
        alps_object_copy(f->mem, params->object, a->named, false);
    alps_calls_bind(f, params->object, row->cell[RESOURCE_PARAMS], o->object);
    return params;
}

/* The resource that a member or an action returns: "BucketName=Name,Key=$". */
static struct alps_value *
returned(struct alps_flow *f, const struct alps_value *o, const struct alps_row *row, const struct alps_args *a)
{
    const char *type = row->cell[RESOURCE_RETURNS];
    bool loaded = strchr(type, '+') != NULL;            /* the answer held its data: attributes ask no more */
    struct alps_value *v = handle(f, o->text, alps_mem_name(f->mem, type, strcspn(type, "+")));
    unsigned at = 0;

    v->operation = loaded;
    v->region = o->region;
    for (const char *p = row->cell[RESOURCE_IDS]; *p && *p != '-';) {
        size_t n = strcspn(p, ","), k = strcspn(p, "=");
        const char *name = alps_mem_name(f->mem, p, k), *from = alps_mem_name(f->mem, p + k + 1, n - k - 1);
        struct alps_value *x = NULL;
        char snake[64];

        snprintf(snake, sizeof snake, "%s", name);
        for (char *c = snake; *c; c++)
            *c = (char)alps_lower((uint8_t)*c);
        if (*from == '$' && a)
            x = alps_args_named(f, a, snake, (int)at++);
        else if (*from == '@' && a && a->named)
            x = alps_object_get(a->named, alps_flow_intern(f, from + 1));
        else if (*from != '*')
            x = alps_object_get(o->object, from);
        alps_object_set(f->mem, v->object, name, x ? x : alps_value_unknown(f->mem, ROOT_NONE, "a response"), false);
        p += n + (p[n] == ',');
    }
    return v;
}

static struct alps_value *
client_of(struct alps_flow *f, const struct alps_value *session, struct alps_args *a, const char *type,
          const struct alps_node *site)
{
    struct alps_value *name = alps_args_named(f, a, "service_name", 0), *all = NULL;
    struct alps_value *region = alps_args_named(f, a, "region_name", 1);

    for (unsigned i = 0; name && i < alps_value_count(name); i++) {
        struct alps_value *one = alps_value_at(name, i);

        if (!alps_value_is_literal(one) ||
            !alps_service_find(f->calls->sdk->catalog, ALPS_AWS, alps_slice_of(one->text))) {
            alps_project_note(f->project, site->source->path, site->line, site->column, "unknown-call", true,
                              alps_value_is_literal(one)
                                  ? alps_mem_print(f->mem, "there is no AWS service \"%s\"; nothing is allowed for it",
                                                   one->text)
                              : "a client is made for a service whose name is not known; nothing is allowed for it");
            continue;
        }
        one = handle(f, one->text, type);
        one->region = region ? region : session ? session->region : NULL;
        all = alps_value_join(f->mem, all, one);
    }
    return all ? all : alps_value_unknown(f->mem, ROOT_NONE, "a client");
}

static struct alps_value *
session_of(struct alps_flow *f, struct alps_args *a)
{
    struct alps_value *v = handle(f, "", "session");

    v->region = alps_args_named(f, a, "region_name", 3);
    return v;
}

struct alps_value *
alps_calls_py(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site)
{
    static const char *const sessions[] = { "py:boto3.Session", "py:boto3.session.Session",
        "py:botocore.session.get_session",
        "py:botocore.session.Session", "py:aioboto3.Session", "py:aioboto3.session.Session",
            "py:aiobotocore.session.get_session",
        "py:aiobotocore.get_session", "py:boto3._get_default_session" };

    if (strcmp(path, "py:boto3.client") == 0 || strcmp(path, "py:aioboto3.client") == 0)
        return client_of(f, NULL, a, "client", site);
    if (strcmp(path, "py:boto3.resource") == 0 || strcmp(path, "py:aioboto3.resource") == 0)
        return client_of(f, NULL, a, "service", site);
    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++)
        if (strcmp(path, sessions[i]) == 0)
            return session_of(f, a);
    if (strcmp(path, "py:boto3.setup_default_session") == 0)
        f->calls->default_region = alps_args_named(f, a, "region_name", -1);
    if (strncmp(path, "py:boto3", 8) == 0 || strncmp(path, "py:botocore", 11) == 0)
        return alps_value_unknown(f->mem, ROOT_NONE, path + 3);
    return NULL;
}

/* Is it a client and not a handle of the resource API? */
static bool
is_client(const struct alps_value *o)
{
    return strcmp(o->type, "client") == 0;
}

static struct alps_value *
method_value(struct alps_flow *f, struct alps_value *o, const char *name)
{
    struct alps_value *v = alps_value_new(f->mem, V_METHOD);

    v->base = o;
    v->text = name;
    return v;
}

/* "bucket_name" of a resource whose identifiers are "BucketName,Key"; "role_name" where they are "Name:RoleName". */
static struct alps_value *
identifier(struct alps_flow *f, const struct alps_value *o, const char *name)
{
    const struct alps_row *row = row_of(f, o, o->type, "-", "identifiers");
    const char *p = row ? row->cell[RESOURCE_PARAMS] : "";

    for (unsigned i = 0; i < o->object->n; i++)
        if (alike(name, strlen(name), o->object->field[i].name))
            return o->object->field[i].value;
    while (*p) {
        size_t n = strcspn(p, ","), k = strcspn(p, ":");
        struct alps_value *v;

        if (k < n && alike(p + k + 1, n - k - 1, name)) {
            v = alps_object_get(o->object, alps_mem_name(f->mem, p, k));
            return v ? v : alps_value_unknown(f->mem, ROOT_NONE, name);
        }
        p += n + (p[n] == ',');
    }
    return NULL;
}

static struct alps_value *
operation_handle(struct alps_flow *f, const struct alps_value *o, const char *type, unsigned operation)
{
    struct alps_value *v = handle(f, o->text, type);

    v->operation = operation;
    v->region = o->region;
    return v;
}

struct alps_value *
alps_calls_py_member(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    const struct alps_row *row;
    struct alps_value *v;

    if (strcmp(name, "meta") == 0 && strcmp(o->type, "session") != 0) {
        v = handle(f, o->text, "meta");
        v->object = o->object;
        v->region = o->region;
        return v;
    }
    if (strcmp(o->type, "meta") == 0) {
        v = strcmp(name, "client") == 0 ? handle(f, o->text, "client") : alps_value_unknown(f->mem, ROOT_NONE, name);
        v->region = o->region;
        return v;
    }
    if (is_client(o) || strcmp(o->type, "session") == 0)
        return strcmp(name, "exceptions") == 0 ? alps_value_unknown(f->mem, ROOT_NONE, name) : method_value(f, o, name);
    if (strcmp(o->type, "collection") == 0 || strcmp(o->type, "paginator") == 0 || strcmp(o->type, "waiter") == 0)
        return method_value(f, o, name);
    if ((row = row_of(f, o, o->type, name, "collection")) != NULL) {
        v = handle(f, o->text, "collection");
        v->region = o->region;
        v->self = o;                                    /* whose it is, and by which row */
        v->base = alps_value_external(f->mem, name, NULL);
        return v;
    }
    if ((row = row_of(f, o, o->type, name, "has")) != NULL && !strchr(row->cell[RESOURCE_IDS], '$') &&
        !(*name >= 'A' && *name <= 'Z'))
        return returned(f, o, row, NULL);
    if ((v = identifier(f, o, name)) != NULL)
        return v;
    if (row_of(f, o, o->type, name, NULL) ||
        alps_sdk_row(&f->calls->sdk->helpers, HELPER_OBJECT, o->type, HELPER_MEMBER, name, HELPER_LANGUAGE, "py"))
        return method_value(f, o, name);
    if (strcmp(o->type, "service") != 0 && !o->operation && (row = row_of(f, o, o->type, "*", "attribute")) != NULL &&
        strcmp(name, "name") != 0) {
        alps_calls_record(f, alps_sdk_camel(f->calls->sdk, o->text, row->cell[RESOURCE_OPERATION],
                                            strlen(row->cell[RESOURCE_OPERATION])),
                          params_of(f, o, row, NULL), at);
        return alps_calls_response(f);
    }
    return alps_value_unknown(f->mem, ROOT_NONE, name);
}

/* The requests of a collection: the listing itself, then a batch action on what it lists. */
static struct alps_value *
collection_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                  const struct alps_node *at)
{
    struct alps_value *owner = o->self, *element, *v;
    const struct alps_row *row = row_of(f, owner, owner->type, o->base->text, "collection"), *batch;

    if (!row)
        return alps_calls_response(f);
    alps_calls_record(f, alps_sdk_camel(f->calls->sdk, o->text, row->cell[RESOURCE_OPERATION],
                                        strlen(row->cell[RESOURCE_OPERATION])),
                      params_of(f, owner, row, a), at);
    element = returned(f, owner, row, a);
    batch = row_of(f, element, element->type, name, "batch");
    if (batch) {
        alps_calls_record(f, alps_sdk_camel(f->calls->sdk, o->text, batch->cell[RESOURCE_OPERATION],
                                            strlen(batch->cell[RESOURCE_OPERATION])),
                          params_of(f, element, batch, a), at);
        return alps_calls_response(f);
    }
    v = alps_value_new(f->mem, V_ARRAY);
    v->object = alps_flow_object(f);
    v->object->any = element;
    return v;
}

struct alps_value *
alps_calls_elements(struct alps_flow *f, struct alps_value *o)
{
    struct alps_args none = { 0 };
    const struct alps_node *at = f->frame->module->source.root;

    if (strcmp(o->type, "collection") == 0)
        return alps_flow_elements(f, collection_method(f, o, "all", &none, o->place ? o->place : at));
    return alps_calls_response(f);
}

static struct alps_value *
resource_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                const struct alps_node *at)
{
    const struct alps_row *row = row_of(f, o, o->type, name, "call");
    unsigned id;

    if (!row)
        row = row_of(f, o, o->type, name, "waiter");
    if (row) {
        const char *op = row->cell[RESOURCE_OPERATION];

        id = strcmp(row->cell[RESOURCE_WHAT], "waiter") == 0 ? alps_sdk_waiter(f->calls->sdk, o->text, op)
            : alps_sdk_camel(f->calls->sdk, o->text, op, strlen(op));
        if (id)
            alps_calls_record(f, id, params_of(f, o, row, a), at);
        if (strcmp(row->cell[RESOURCE_RETURNS], "-") != 0) {
            struct alps_value *one = returned(f, o, row, a), *many, *known;

            for (unsigned i = 0; id && i < f->calls->sdk->responses.n; i++) {   /* a queue by its name */
                const char *const *cell = f->calls->sdk->responses.row[i].cell;

                if (strcmp(cell[0], o->text) == 0 && strcmp(cell[1], op) == 0 && a->named &&
                    (known = alps_object_get(a->named, cell[3])) != NULL &&
                    one->object->n == 1)
                    one->object->field[0].value = known;
            }

            if (strncmp(op, "Receive", 7) != 0 && strcmp(op, "RunInstances") != 0)
                return one;
            many = alps_value_new(f->mem, V_ARRAY);
            many->object = alps_flow_object(f);
            many->object->any = one;
            return many;
        }
        return alps_calls_response(f);
    }
    if ((row = row_of(f, o, o->type, name, "has")) != NULL)
        return returned(f, o, row, a);
    if (alps_calls_helper(f, o, name, a, at))
        return alps_calls_response(f);
    if (strcmp(name, "get_available_subresources") == 0)
        return alps_calls_response(f);
    alps_project_note(f->project, at->source->path, at->line, at->column, "unknown-call", true,
                      alps_mem_print(f->mem, "boto3's resource %s.%s has no \"%s\"; nothing is allowed for it",
                                     o->text, o->type, name));
    return alps_calls_response(f);
}

static struct alps_value *
client_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
              const struct alps_node *at)
{
    static const char *const own[] = { "close", "can_paginate", "get_available_subresources",
        "generate_presigned_url" };
    struct alps_value *what = alps_args_at(a, 0), *params;
    unsigned id = alps_sdk_snake(f->calls->sdk, o->text, name);

    if (id) {
        params = alps_value_object(f->mem);
        alps_object_copy(f->mem, params->object, a->named, false);
        alps_calls_record(f, id, params, at);
        return alps_calls_response_to(f, id, params);
    }
    if (alps_calls_helper(f, o, name, a, at))
        return alps_calls_response(f);
    if (strcmp(name, "get_paginator") == 0 || strcmp(name, "get_waiter") == 0 ||
        strcmp(name, "generate_presigned_url") == 0) {
        struct alps_value *all = NULL;

        what = alps_args_named(f, a, name[4] == 'p' ? "operation_name" : name[4] == 'w' ? "waiter_name"
                               : "ClientMethod", 0);
        for (unsigned i = 0; what && i < alps_value_count(what); i++) {
            struct alps_value *one = alps_value_at(what, i);

            id = !alps_value_is_literal(one) ? 0 : name[4] == 'w' ? alps_sdk_waiter(f->calls->sdk, o->text, one->text)
                : alps_sdk_snake(f->calls->sdk, o->text, one->text);
            if (!id && alps_value_is_literal(one))
                alps_calls_unknown(f, o, one->text, at);
            else if (!id)
                alps_calls_any_member(f, o, at);
            else if (name[0] == 'g' && name[4] == 'r')
                alps_calls_record(f, id, alps_args_named(f, a, "Params", 1), at);
            else
                all = alps_value_join(f->mem, all, operation_handle(f, o, name[4] == 'p' ? "paginator" : "waiter", id));
        }
        return all ? all : alps_calls_response(f);
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(own[i], name) == 0)
            return alps_calls_response(f);
    if (strncmp(name, "__", 2) != 0)
        alps_calls_unknown(f, o, name, at);
    return alps_calls_response(f);
}

static struct alps_value *
method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
       const struct alps_node *at)
{
    struct alps_value *params;

    if (strcmp(o->type, "session") == 0) {
        if (strcmp(name, "client") == 0 || strcmp(name, "create_client") == 0)
            return client_of(f, o, a, "client", at);
        if (strcmp(name, "resource") == 0)
            return client_of(f, o, a, "service", at);
        return alps_value_unknown(f->mem, ROOT_NONE, name);
    }
    if (strcmp(name, "__enter__") == 0 || strcmp(name, "__aenter__") == 0)
        return o;
    if (is_client(o))
        return client_method(f, o, name, a, at);
    if (strcmp(o->type, "collection") == 0)
        return collection_method(f, o, name, a, at);
    if (strcmp(o->type, "paginator") == 0 || strcmp(o->type, "waiter") == 0) {
        struct alps_value *v = alps_value_new(f->mem, V_ARRAY);

        params = alps_value_object(f->mem);
        alps_object_copy(f->mem, params->object, a->named, false);
        if (strcmp(name, "paginate") == 0 || strcmp(name, "wait") == 0)
            alps_calls_record(f, o->operation, params, at);
        v->object = alps_flow_object(f);
        v->object->any = alps_calls_response(f);
        return v;
    }
    if (strcmp(o->type, "meta") == 0)
        return alps_calls_response(f);
    return resource_method(f, o, name, a, at);
}

/* mypy_boto3_s3.S3Client, types_boto3_dynamodb.service_resource.Table */
struct alps_value *
alps_calls_py_typed(struct alps_flow *f, const char *path)
{
    static const char *const heads[] = { "py:mypy_boto3_", "py:types_boto3_", "py:types_aiobotocore_" };
    const char *last = strrchr(path, '.'), *p = NULL;
    char *service;
    size_t n;

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (strncmp(path, heads[i], strlen(heads[i])) == 0)
            p = path + strlen(heads[i]);
    if (!p || !last || last < p)
        return NULL;
    service = alps_mem_text(f->mem, p, strcspn(p, "."));
    for (char *c = service; *c; c++)
        *c = *c == '_' ? '-' : *c;
    if (!alps_service_find(f->calls->sdk->catalog, ALPS_AWS, alps_slice_of(service)))
        return NULL;
    n = strlen(++last);
    if (n > 6 && strcmp(last + n - 6, "Client") == 0)
        return handle(f, service, "client");
    if (n > 15 && strcmp(last + n - 15, "ServiceResource") == 0)
        return handle(f, service, "service");
    return alps_sdk_row(&f->calls->sdk->resources, RESOURCE_SERVICE, service, RESOURCE_KIND, last, RESOURCE_MEMBER, "-")
        ? handle(f, service, last) : NULL;
}

static bool
imports_boto(const struct alps_scope *s)
{
    for (; s; s = s->parent)
        for (unsigned i = 0; i < s->vars.n; i++) {
            const struct alps_value *v = s->vars.field[i].value;

            if (v->kind == V_EXTERNAL && (strncmp(v->text, "py:boto", 7) == 0 || strncmp(v->text, "py:aioboto", 10) == 0))
                return true;
        }
    return false;
}

/* A client: by the service that the receiver is called after, or that alone has the operation. */
static const char *
service_by_name(struct alps_flow *f, const char *receiver, const char *method)
{
    const struct alps_table *t = &f->calls->sdk->clients;
    const char *tail = strstr(receiver, "client"), *only = NULL;
    size_t n = tail ? (size_t)(tail - receiver) : strlen(receiver);

    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;

        if (!alps_sdk_snake(f->calls->sdk, cell[CLIENT_SERVICE], method))
            continue;
        for (unsigned k = CLIENT_SERVICE; k <= CLIENT_CLASS2; k++)
            if (n && alike(receiver, n, cell[k]))
                return cell[CLIENT_SERVICE];
        only = !only || strcmp(only, cell[CLIENT_SERVICE]) == 0 ? cell[CLIENT_SERVICE] : "";
    }
    return tail && only && *only ? only : NULL;
}

/* A handle of the resource API, called as its kind is: "queue.send_message(…)". */
static struct alps_value *
handle_by_name(struct alps_flow *f, const char *receiver, const char *method)
{
    const struct alps_table *t = &f->calls->sdk->resources;
    const struct alps_row *only = NULL;
    struct alps_value *v;

    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;

        if (strcmp(cell[RESOURCE_MEMBER], method) != 0 || !alike(receiver, strlen(receiver), cell[RESOURCE_KIND]))
            continue;
        if (only && only->cell[RESOURCE_SERVICE] != cell[RESOURCE_SERVICE])
            return NULL;
        only = &t->row[i];
    }
    if (!only)
        return NULL;
    v = handle(f, only->cell[RESOURCE_SERVICE], only->cell[RESOURCE_KIND]);
    v->object->open = true;
    return v;
}

struct alps_value *
alps_calls_py_by_name(struct alps_flow *f, const struct alps_value *o, const char *name, struct alps_args *a,
                      const struct alps_node *at)
{
    const char *receiver = o->text ? strrchr(o->text, '.') : NULL, *service;
    struct alps_value *v;

    if (o->kind != V_UNKNOWN || !(o->roots & ROOT_PARAMETER) || !o->text || a->n || !imports_boto(f->frame->module->scope))
        return NULL;
    receiver = receiver ? receiver + 1 : o->text;
    service = service_by_name(f, receiver, name);
    v = service ? handle(f, service, "client") : handle_by_name(f, receiver, name);
    if (!v)
        return NULL;
    alps_calls_note(f, at, "client-by-name", alps_mem_print(f->mem,
        "nobody passes \"%s\" here; by its name and the method it is taken for a %s %s", receiver, v->text,
        service ? "client" : v->type));
    return alps_calls_py_method(f, v, name, a, at);
}

struct alps_value *
alps_calls_py_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                     const struct alps_node *at)
{
    struct alps_value *v;

    f->calls->region = o->region;
    v = method(f, o, name, a, at);
    f->calls->region = NULL;
    return v;
}
