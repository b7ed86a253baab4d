/* analyzer/calls_js.c: the AWS SDKs for JavaScript, versions 2 and 3. */
#include "analyzer/calls.h"

#include "analyzer/project.h"

static bool
starts(const char *s, const char *head)
{
    return strncmp(s, head, strlen(head)) == 0;
}

static bool
ends(const char *s, const char *tail)
{
    size_t n = strlen(s), k = strlen(tail);

    return n >= k && strcmp(s + n - k, tail) == 0;
}

/* The service of "…client-NAME.member"; *${member} behind the dot, "" if none. */
static const struct alps_row *
package_of(struct alps_flow *f, const char *path, const char **member)
{
    const char *p = path + strlen("js:@aws-sdk/client-"), *dot;

    if (!starts(path, "js:@aws-sdk/client-"))
        return NULL;
    dot = strchr(p, '.');
    *member = dot ? dot + 1 : "";
    return alps_sdk_row(&f->calls->sdk->clients, CLIENT_PACKAGE,
                        alps_mem_name(f->mem, p, dot ? (size_t)(dot - p) : strlen(p)), 0, NULL, 0, NULL);
}

static struct alps_value *
command(struct alps_flow *f, unsigned operation, struct alps_value *params)
{
    struct alps_value *v = alps_value_new(f->mem, V_COMMAND);

    v->operation = operation;
    v->base = params ? params : alps_value_object(f->mem);
    v->object = ALPS_MEM(f->mem, struct alps_object);   /* its identity */
    v->roots = ROOT_NONE;
    return v;
}

/* Parameters bound to a version 2 client: new AWS.S3({ params: { Bucket } }). */
static struct alps_value *
client_new(struct alps_flow *f, const char *service, const char *type, const struct alps_args *a)
{
    struct alps_value *c = alps_calls_client(f, service, type), *params;

    c->region = a->n ? alps_calls_region(f, a->item[0]) : NULL;
    for (unsigned i = 0; a->n && i < alps_value_count(a->item[0]); i++) {
        struct alps_value *one = alps_value_at(a->item[0], i);

        params = one->object ? alps_object_get(one->object, alps_flow_intern(f, "params")) : NULL;
        if (params && params->object)
            alps_object_copy(f->mem, c->object, params->object, true);
    }
    return c;
}

/* "waitUntilTableExists" → TableExists, "paginateListTables" → ListTables: (config, parameters). */
static struct alps_value *
paginate_or_wait(struct alps_flow *f, const char *service, const char *member, struct alps_args *a,
                 const struct alps_node *site)
{
    unsigned id = 0;
    struct alps_value *v;

    if (starts(member, "paginate"))
        id = alps_sdk_camel(f->calls->sdk, service, member + 8, strlen(member + 8));
    else if (starts(member, "waitUntil"))
        id = alps_sdk_waiter(f->calls->sdk, service, member + 9);
    else if (starts(member, "waitFor"))
        id = alps_sdk_waiter(f->calls->sdk, service, member + 7);
    if (!id)
        return NULL;
    v = a->n && a->item[0]->kind == V_OBJECT ? alps_object_get(a->item[0]->object, alps_flow_intern(f, "client"))
        : NULL;
    f->calls->region = v && v->kind == V_CLIENT ? v->region : NULL;
    alps_calls_record(f, id, alps_args_at(a, 1), site);
    f->calls->region = NULL;
    v = alps_value_new(f->mem, V_ARRAY);
    v->object = alps_flow_object(f);
    v->object->any = alps_calls_response(f);
    return v;
}

static struct alps_value *
version3(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site, bool is_new)
{
    const char *member = "";
    const struct alps_row *row = package_of(f, path, &member);
    size_t n;
    unsigned id;

    if (!row || !*member)
        return NULL;
    n = strlen(member);
    if (is_new && ends(member, "Command")) {
        id = alps_sdk_camel(f->calls->sdk, row->cell[CLIENT_SERVICE], member, n - 7);
        if (!id) {
            struct alps_value *c = alps_calls_client(f, row->cell[CLIENT_SERVICE], "client");

            alps_calls_unknown(f, c, alps_mem_text(f->mem, member, n - 7), site);
            return alps_value_unknown(f->mem, ROOT_NONE, member);
        }
        return command(f, id, a->n ? a->item[0] : NULL);
    }
    if (is_new) {
        const char *plain = row->cell[CLIENT_CLASS3];
        size_t k = strlen(plain);

        if (strncmp(member, plain, k) == 0 && (member[k] == '\0' || strcmp(member + k, "Client") == 0))
            return client_new(f, row->cell[CLIENT_SERVICE], "client", a);
        return ends(member, "Client") || strchr(member, '.') == NULL
            ? client_new(f, row->cell[CLIENT_SERVICE], "client", a) : NULL;
    }
    return paginate_or_wait(f, row->cell[CLIENT_SERVICE], member, a, site);
}

static struct alps_value *
document3(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site, bool is_new)
{
    const char *member = path + strlen("js:@aws-sdk/lib-dynamodb");
    const struct alps_row *row;
    char method[64];
    size_t n;

    if (!starts(path, "js:@aws-sdk/lib-dynamodb"))
        return NULL;
    member += *member == '.';
    n = strlen(member);
    if (strcmp(member, "DynamoDBDocumentClient.from") == 0 || strcmp(member, "DynamoDBDocument.from") == 0 ||
        (is_new && starts(member, "DynamoDBDocument"))) {
        struct alps_value *c = alps_calls_client(f, "dynamodb", "document");

        c->region = a->n && a->item[0]->kind == V_CLIENT ? a->item[0]->region : NULL;
        return c;
    }
    if (is_new && ends(member, "Command") && n - 7 < sizeof method) {
        memcpy(method, member, n - 7);
        method[n - 7] = '\0';
        method[0] = (char)alps_lower((uint8_t)method[0]);
        for (unsigned i = 0; i < f->calls->sdk->helpers.n; i++) {
            row = &f->calls->sdk->helpers.row[i];
            if (strcmp(row->cell[HELPER_OBJECT], "document") == 0 && strcmp(row->cell[HELPER_MEMBER], method) == 0)
                return command(f, alps_sdk_camel(f->calls->sdk, "dynamodb", row->cell[HELPER_OPERATIONS],
                                                 strlen(row->cell[HELPER_OPERATIONS])), a->n ? a->item[0] : NULL);
        }
        return NULL;
    }
    return paginate_or_wait(f, "dynamodb", member, a, site);
}

/* aws-sdk.S3, aws-sdk/clients/s3, aws-sdk.DynamoDB.DocumentClient */
static struct alps_value *
version2(struct alps_flow *f, const char *path, struct alps_args *a, bool is_new)
{
    const char *p = path + strlen("js:aws-sdk");
    const struct alps_table *t = &f->calls->sdk->clients;

    if (!starts(path, "js:aws-sdk") || !is_new)
        return NULL;
    if (starts(p, "/clients/all."))
        p += strlen("/clients/all");
    for (unsigned i = 0; i < t->n; i++) {
        const char *name = t->row[i].cell[CLIENT_CLASS2], *rest = NULL;
        size_t n = strlen(name);

        if (strcmp(name, "-") == 0)
            continue;
        if (*p == '.' && strncmp(p + 1, name, n) == 0) {
            rest = p + 1 + n;
        } else if (starts(p, "/clients/")) {
            size_t k = strcspn(p + 9, ".");

            if (k == n && alps_slice_ieq((alps_slice){ (const uint8_t *)p + 9, k }, alps_slice_of(name))) {
                rest = p + 9 + k;
                if (*rest == '.' && strncmp(rest + 1, name, n) == 0 && (rest[n + 1] == '\0' || rest[n + 1] == '.'))
                    rest += n + 1;
            }
        }
        if (!rest || (*rest && *rest != '.'))
            continue;
        if (*rest == '\0')
            return client_new(f, t->row[i].cell[CLIENT_SERVICE], "client", a);
        if (strcmp(rest, ".DocumentClient") == 0)
            return client_new(f, "dynamodb", "document", a);
        if (strcmp(rest, ".ManagedUpload") == 0 && a->n && a->item[0]->object) {
            struct alps_value *params = alps_object_get(a->item[0]->object, alps_flow_intern(f, "params"));

            return command(f, alps_sdk_camel(f->calls->sdk, "s3", "PutObject", 9), params);
        }
    }
    return NULL;
}

static struct alps_value *
presign_or_upload(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *v;
    unsigned put = alps_sdk_camel(f->calls->sdk, "s3", "PutObject", 9);

    if (ends(path, "-request-presigner.getSignedUrl")) {
        v = alps_args_at(a, 1);
        for (unsigned i = 0; v && i < alps_value_count(v); i++)
            if (alps_value_at(v, i)->kind == V_COMMAND)
                alps_calls_record(f, alps_value_at(v, i)->operation, alps_value_at(v, i)->base, site);
        return alps_value_unknown(f->mem, ROOT_NONE, "a signed URL");
    }
    if (ends(path, "s3-presigned-post.createPresignedPost")) {
        alps_calls_record(f, put, alps_args_at(a, 1), site);
        return alps_value_unknown(f->mem, ROOT_NONE, "a signed form");
    }
    if (strcmp(path, "js:@aws-sdk/lib-storage.Upload") == 0 && a->n) {
        v = alps_flow_member(f, a->item[0], alps_flow_intern(f, "params"), site);
        alps_calls_record(f, put, v, site);
        return alps_calls_response(f);
    }
    return NULL;
}

struct alps_value *
alps_calls_js(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site, bool is_new)
{
    const char *last = strrchr(path, '.');
    struct alps_value *v;

    if (strcmp(path, "js:aws-sdk.config.update") == 0 && a->n) {
        struct alps_value *r = alps_calls_region(f, a->item[0]);

        f->calls->default_region = r ? r : f->calls->default_region;
    }
    if (starts(path, "js:@aws-sdk/") || starts(path, "js:aws-sdk")) {
        if ((v = version3(f, path, a, site, is_new)) != NULL || (v = document3(f, path, a, site, is_new)) != NULL ||
            (v = version2(f, path, a, is_new)) != NULL || (v = presign_or_upload(f, path, a, site)) != NULL)
            return v;
        return alps_value_unknown(f->mem, ROOT_NONE, last ? last + 1 : NULL);   /* marshall(), credentials, … */
    }
    if (last && starts(last, ".captureAWS") && a->n)    /* X-Ray: the same client, watched */
        return a->item[0];
    return NULL;
}

static void
callback(struct alps_flow *f, struct alps_args *a, const struct alps_node *site)
{
    struct alps_args functions = { 0 };

    for (unsigned i = 0; i < a->n; i++)
        if (a->item[i]->kind == V_FUNCTION) {
            functions.item = a->item + i;
            functions.n = 1;
            alps_flow_escape(f, &functions, 0, site);
        }
}

static struct alps_value *
merged(struct alps_flow *f, const struct alps_object *bound, struct alps_value *params)
{
    struct alps_value *o;

    if (!bound || !bound->n)
        return params;
    o = alps_value_object(f->mem);
    alps_object_copy(f->mem, o->object, bound, false);
    if (params && params->object && params->kind == V_OBJECT)
        alps_object_copy(f->mem, o->object, params->object, false);
    else if (params && params->kind != V_FUNCTION && params->kind != V_NULL)
        o->object->open = true;
    return o;
}

static void
send(struct alps_flow *f, struct alps_value *client, struct alps_value *c, const struct alps_node *site)
{
    for (unsigned i = 0; c && i < alps_value_count(c); i++) {
        struct alps_value *one = alps_value_at(c, i);

        if (one->kind == V_COMMAND)
            alps_calls_record(f, one->operation, one->base, site);
        else if (one->kind != V_NULL)
            alps_project_note(f->project, site->source->path, site->line, site->column, "unknown-call", true,
                              alps_mem_print(f->mem,
                                  "a command that is not known is sent to %s; nothing is allowed for it",
                                      client->text));
    }
}

static struct alps_value *
method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                     const struct alps_node *site)
{
    static const char *const own[] = { "destroy", "on", "promise", "config", "middlewareStack", "endpoint",
        "setupRequestListeners", "use",
                                       "customizeRequests", "createSet", "add", "addRelativeTo" };
    struct alps_value *first = alps_args_at(a, 0), *params = first;
    unsigned id = 0;

    if (strcmp(name, "send") == 0) {
        send(f, o, first, site);
        callback(f, a, site);
        return first && first->kind == V_COMMAND ? alps_calls_response_to(f, first->operation, first->base)
            : alps_calls_response(f);
    }
    if (strcmp(o->type, "document") == 0 || strcmp(name, "upload") == 0 || strcmp(name, "createPresignedPost") == 0) {
        if (alps_calls_helper(f, o, name, a, site)) {
            callback(f, a, site);
            return alps_calls_response(f);
        }
    }
    if ((starts(name, "getSignedUrl") || strcmp(name, "makeRequest") == 0) && first && alps_value_is_literal(first)) {
        id = alps_sdk_camel(f->calls->sdk, o->text, first->text, first->n);
        params = alps_args_at(a, 1);
        name = first->text;
    } else if (strcmp(name, "waitFor") == 0 && first && alps_value_is_literal(first)) {
        id = alps_sdk_waiter(f->calls->sdk, o->text, first->text);
        params = alps_args_at(a, 1);
        name = first->text;
    } else {
        id = alps_sdk_camel(f->calls->sdk, o->text, name, strlen(name));
    }
    if (id) {
        alps_calls_record(f, id, merged(f, o->object, params && params->kind == V_FUNCTION ? NULL : params), site);
        callback(f, a, site);
        return alps_calls_response_to(f, id, params);
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(own[i], name) == 0)
            return alps_calls_response(f);
    alps_calls_unknown(f, o, name, site);
    callback(f, a, site);
    return alps_calls_response(f);
}

struct alps_value *
alps_calls_js_by_command(struct alps_flow *f, const char *name, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *c = a->n ? a->item[0] : NULL;

    if (!c || c->kind != V_COMMAND || strcmp(name, "send") != 0)
        return NULL;
    alps_calls_record(f, c->operation, c->base, site);
    callback(f, a, site);
    return alps_calls_response_to(f, c->operation, c->base);
}

struct alps_value *
alps_calls_js_typed(struct alps_flow *f, const char *path)
{
    struct alps_args none = { 0 };
    const char *member = "";
    const struct alps_row *row = package_of(f, path, &member);
    struct alps_value *v = NULL;

    if (row) {                                          /* S3, S3Client; not S3ClientConfig */
        size_t n = strlen(row->cell[CLIENT_CLASS3]);

        return strncmp(member, row->cell[CLIENT_CLASS3], n) == 0 && (!member[n] || strcmp(member + n, "Client") == 0)
            ? client_new(f, row->cell[CLIENT_SERVICE], "client", &none) : NULL;
    }
    if (ends(path, ".DynamoDBDocumentClient") || ends(path, ".DynamoDBDocument"))
        v = document3(f, path, &none, NULL, true);
    if (!v)
        v = version2(f, path, &none, true);
    return v && v->kind == V_CLIENT ? v : NULL;
}

struct alps_value *
alps_calls_js_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                     const struct alps_node *site)
{
    struct alps_value *v;

    f->calls->region = o->region;
    v = method(f, o, name, a, site);
    f->calls->region = NULL;
    return v;
}
