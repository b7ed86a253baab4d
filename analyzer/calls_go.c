/* analyzer/calls_go.c: the AWS SDKs for Go, versions 1 and 2.  A client's type is "v1" or "v2"; "presign"; "paginator" and
 * "waiter" of an operation; "session" for what clients are made from; or a helper's object in aws-helpers.tsv. */
#include "analyzer/calls.h"

#include "analyzer/golang.h"
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

    return n > k && strcmp(s + n - k, tail) == 0;
}

/* "go:github.com/aws/aws-sdk-go-v2/service/s3/types.Object": what the parts of it are. */
struct named { bool v2; const char *service, *client, *sub, *member; };

static bool
named_of(struct alps_flow *f, const char *path, struct named *out)
{
    static const char *const heads[] = { "go:github.com/aws/aws-sdk-go/service/", "go:github.com/aws/aws-sdk-go-v2/service/",
                                         "go:github.com/aws/aws-sdk-go-v2/feature/" };
    const struct alps_table *t = &f->calls->sdk->clients;

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const char *p = path + strlen(heads[i]), *dot, *package;
        size_t n = strcspn(starts(path, heads[i]) ? p : "", "/.");

        if (!n || (dot = strchr(p, '.')) == NULL)
            continue;
        package = alps_mem_name(f->mem, p, n);
        for (unsigned k = 0; k < t->n; k++)
            if (t->row[k].cell[i ? CLIENT_GO2 : CLIENT_GO1] == package) {
                *out = (struct named){ i > 0, t->row[k].cell[CLIENT_SERVICE], t->row[k].cell[CLIENT_GO1_TYPE],
                                       p[n] == '/' ? alps_mem_name(f->mem, p + n + 1, (size_t)(dot - p - (ptrdiff_t)n - 1)) : "",
                                       dot + 1 };
                return true;
            }
    }
    return false;
}

static bool
has_helper(struct alps_flow *f, const char *service, const char *object)
{
    return alps_sdk_row(&f->calls->sdk->helpers, HELPER_LANGUAGE, "go", HELPER_SERVICE, service, HELPER_OBJECT, object) != NULL;
}

/* The region that sessions, configurations and options name. */
static struct alps_value *
region_of(struct alps_flow *f, const struct alps_args *a)
{
    struct alps_value *all = NULL, *v;

    for (unsigned i = 0; i < a->n; i++)
        for (unsigned k = 0; k < alps_value_count(a->item[i]); k++) {
            struct alps_value *one = alps_value_at(a->item[i], k), *config;

            v = one->kind == V_CLIENT ? one->region : NULL;
            if (one->kind == V_OBJECT) {
                config = alps_object_get(one->object, alps_flow_intern(f, "Config"));
                v = alps_object_get(config && config->kind == V_OBJECT ? config->object : one->object,
                                    alps_flow_intern(f, "Region"));
                v = v ? v : config && config->kind == V_CLIENT ? config->region : NULL;
            }
            if (v && v->kind != V_NULL)
                all = alps_value_join(f->mem, all, v);
        }
    return all;
}

static struct alps_value *
client_new(struct alps_flow *f, const char *service, const char *type, const struct alps_args *a)
{
    struct alps_value *v = alps_calls_client(f, service, type);

    v->region = a ? region_of(f, a) : NULL;
    return v;
}

/* func(o *s3.Options) { o.Region = "…" } */
static void
options_run(struct alps_flow *f, struct alps_value *client, struct alps_args *a, const struct alps_node *site)
{
    struct alps_value *options = alps_value_object(f->mem), *region;
    struct alps_args one = { .item = &options, .n = 1 };

    for (unsigned i = 1; i < a->n; i++)
        if (a->item[i]->kind == V_FUNCTION)
            alps_flow_call(f, a->item[i], NULL, &one, site);
    region = alps_object_get(options->object, alps_flow_intern(f, "Region"));
    if (region && region->kind != V_NULL)
        client->region = region;
}

/* "NewListObjectsV2Paginator", "NewTableExistsWaiter" */
static struct alps_value *
stepper(struct alps_flow *f, const struct named *n, struct alps_args *a)
{
    size_t len = strlen(n->member);
    bool paginator = ends(n->member, "Paginator");
    unsigned id = paginator ? alps_sdk_camel(f->calls->sdk, n->service, n->member + 3, len - 3 - strlen("Paginator"))
        : ends(n->member, "Waiter") ? alps_sdk_waiter(f->calls->sdk, n->service,
                                                      alps_mem_text(f->mem, n->member + 3, len - 3 - strlen("Waiter"))) : 0;
    struct alps_value *v;

    if (!id)
        return NULL;
    v = client_new(f, n->service, paginator ? "paginator" : "waiter", a);
    v->operation = id;
    v->base = paginator ? alps_args_at(a, 1) : NULL;
    return v;
}

static struct alps_value *
constructor(struct alps_flow *f, const struct named *n, struct alps_args *a, const struct alps_node *site)
{
    const char *rest = n->member + 3;
    struct alps_value *v;
    size_t k = strlen(rest);

    if (!starts(n->member, "New"))
        return NULL;
    if (!*n->sub && (!*rest || strcmp(rest, "FromConfig") == 0)) {
        v = client_new(f, n->service, n->v2 ? "v2" : "v1", a);
        options_run(f, v, a, site);
        return v;
    }
    if (!*n->sub && strcmp(rest, "PresignClient") == 0)
        return client_new(f, n->service, "presign", a);
    if (ends(rest, "WithClient"))
        k -= strlen("WithClient");
    rest = alps_mem_name(f->mem, rest, k);
    if (*n->sub && has_helper(f, n->service, rest))
        return client_new(f, n->service, rest, a);
    return n->v2 && !*n->sub ? stepper(f, n, a) : NULL;
}

static struct alps_value *
session_of(struct alps_flow *f, const char *path, struct alps_args *a)
{
    static const char *const makers[] = { "go:github.com/aws/aws-sdk-go/aws/session.New",
        "go:github.com/aws/aws-sdk-go/aws/session.NewSession", "go:github.com/aws/aws-sdk-go/aws/session.NewSessionWithOptions",
        "go:github.com/aws/aws-sdk-go-v2/config.LoadDefaultConfig", "go:github.com/aws/aws-sdk-go-v2/aws.NewConfig" };

    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (strcmp(path, makers[i]) == 0)
            return client_new(f, "", "session", a);
    if (strcmp(path, "go:github.com/aws/aws-sdk-go/aws/session.Must") == 0 && a->n)
        return alps_go_tuple_at(f, a->item[0], 0);
    if (a->n && (strcmp(path, "go:github.com/aws/aws-sdk-go-v2/config.WithRegion") == 0 ||
                 strcmp(path, "go:github.com/aws/aws-sdk-go-v2/config.WithDefaultRegion") == 0)) {
        struct alps_value *v = alps_value_object(f->mem);

        alps_object_set(f->mem, v->object, alps_flow_intern(f, "Region"), a->item[0], false);
        return v;
    }
    if (strcmp(path, "go:github.com/aws/aws-sdk-go/aws.NewConfig") == 0) {
        struct alps_value *v = alps_value_object(f->mem);

        v->type = "go:github.com/aws/aws-sdk-go/aws.Config";
        return v;
    }
    return NULL;
}

struct alps_value *
alps_calls_go(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *site)
{
    struct named n;
    struct alps_value *v = session_of(f, path, a);

    if (v)
        return v;
    return named_of(f, path, &n) ? constructor(f, &n, a, site) : NULL;
}

struct alps_value *
alps_calls_go_typed(struct alps_flow *f, const char *path)
{
    static const char *const sessions[] = { "go:github.com/aws/aws-sdk-go/aws/session.Session",
        "go:github.com/aws/aws-sdk-go/aws/client.ConfigProvider", "go:github.com/aws/aws-sdk-go-v2/aws.Config" };
    struct named n;

    for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++)
        if (strcmp(path, sessions[i]) == 0)
            return client_new(f, "", "session", NULL);
    if (!named_of(f, path, &n))
        return NULL;
    if (n.v2 && !*n.sub && (strcmp(n.member, "Client") == 0 || ends(n.member, "APIClient")))
        return client_new(f, n.service, "v2", NULL);
    if (n.v2 && !*n.sub && strcmp(n.member, "PresignClient") == 0)
        return client_new(f, n.service, "presign", NULL);
    if (!n.v2 && ((!*n.sub && strcmp(n.member, n.client) == 0) || (ends(n.sub, "iface") && ends(n.member, "API") &&
                                                                  !strchr(n.sub, '/'))))
        return client_new(f, n.service, "v1", NULL);
    if (*n.sub && has_helper(f, n.service, ends(n.member, "API") ? alps_mem_name(f->mem, n.member, strlen(n.member) - 3)
                             : n.member))
        return client_new(f, n.service, ends(n.member, "API") ? alps_mem_name(f->mem, n.member, strlen(n.member) - 3)
                          : n.member, NULL);
    return NULL;
}

/* The operation that a method of version 1 or 2 stands for: "PutItem", "PutItemWithContext", "PutItemRequest",
 * "ScanPages", "ScanPagesWithContext", "WaitUntilTableExists".  ${first}: the place of its input. */
static unsigned
operation_of(struct alps_flow *f, const char *service, bool v2, const char *name, unsigned *first)
{
    size_t n = strlen(name), k = strlen("WithContext");
    unsigned id;

    *first = v2;
    if (!v2 && n > k && strcmp(name + n - k, "WithContext") == 0) {
        n -= k;
        *first = 1;
    }
    if (!v2 && starts(name, "WaitUntil"))
        return alps_sdk_waiter(f->calls->sdk, service, alps_mem_text(f->mem, name + 9, n - 9));
    id = alps_sdk_camel(f->calls->sdk, service, name, n);
    for (size_t i = 0; !v2 && !id && i < 2; i++) {
        const char *tail = i ? "Request" : "Pages";
        size_t m = strlen(tail);

        if (n > m && memcmp(name + n - m, tail, m) == 0)
            id = alps_sdk_camel(f->calls->sdk, service, name, n - m);
    }
    return id;
}

/* The input among the arguments: an object of the SDK's type, else what stands at its place. */
static struct alps_value *
input_of(struct alps_args *a, unsigned at)
{
    for (unsigned i = 0; i < a->n; i++)
        if (a->item[i]->kind == V_OBJECT && a->item[i]->type && ends(a->item[i]->type, "Input"))
            return a->item[i];
    return alps_args_at(a, at);
}

static void
callbacks(struct alps_flow *f, struct alps_args *a, unsigned from, const struct alps_node *site)
{
    for (unsigned i = from; i < a->n; i++)
        if (a->item[i]->kind == V_FUNCTION) {
            struct alps_args one = { .item = a->item + i, .n = 1 };

            alps_flow_escape(f, &one, 0, site);
        }
}

static bool
helper(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a, const struct alps_node *site)
{
    const struct alps_table *t = &f->calls->sdk->helpers;
    size_t n = strlen(name) - (ends(name, "WithContext") ? strlen("WithContext") : 0);

    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell;
        struct alps_value *input = NULL;

        if (strcmp(cell[HELPER_LANGUAGE], "go") != 0 || cell[HELPER_SERVICE] != o->text || cell[HELPER_OBJECT] != o->type ||
            strlen(cell[HELPER_MEMBER]) != n || memcmp(cell[HELPER_MEMBER], name, n) != 0)
            continue;
        for (unsigned k = 0; k < a->n && !input; k++)   /* UploadInput, PutObjectInput, … wherever it stands */
            for (unsigned j = 0; j < alps_value_count(a->item[k]) && !input; j++)
                if (alps_value_at(a->item[k], j)->kind == V_OBJECT && alps_value_at(a->item[k], j)->type)
                    input = a->item[k];
        for (const char *p = cell[HELPER_OPERATIONS]; *p;) {
            size_t len = strcspn(p, ",");
            unsigned id = alps_sdk_camel(f->calls->sdk, o->text, p, len);

            if (id)
                alps_calls_record(f, id, input ? input : alps_value_unknown(f->mem, alps_args_roots(a), NULL), site);
            p += len + (p[len] == ',');
        }
        return true;
    }
    return false;
}

static struct alps_value *
method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a, const struct alps_node *site)
{
    bool v2 = strcmp(o->type, "v1") != 0;
    struct alps_value *params = NULL;
    unsigned id, first = 0;

    if (strcmp(o->type, "session") == 0)
        return strcmp(name, "Copy") == 0 ? client_new(f, "", "session", a) : alps_calls_response(f);
    if (strcmp(o->type, "paginator") == 0) {
        if (strcmp(name, "NextPage") == 0)
            alps_calls_record(f, o->operation, o->base, site);
        return alps_calls_response(f);
    }
    if (strcmp(o->type, "waiter") == 0) {
        alps_calls_record(f, o->operation, input_of(a, 1), site);
        return alps_calls_response(f);
    }
    if (strcmp(o->type, "presign") == 0 && starts(name, "Presign"))
        name += strlen("Presign");
    if (helper(f, o, name, a, site))
        return alps_calls_response(f);
    id = operation_of(f, o->text, v2, name, &first);
    if (id) {
        params = input_of(a, first);
        alps_calls_record(f, id, params, site);
        callbacks(f, a, first + 1, site);
        return params ? alps_calls_response_to(f, id, params) : alps_calls_response(f);
    }
    if (strcmp(name, "Options") == 0 || strcmp(name, "AddDebugHandlers") == 0)
        return alps_calls_response(f);
    alps_calls_unknown(f, o, name, site);
    return alps_calls_response(f);
}

struct alps_value *
alps_calls_go_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                     const struct alps_node *site)
{
    struct alps_value *v;

    f->calls->region = o->region;
    v = method(f, o, name, a, site);
    f->calls->region = NULL;
    return v;
}

struct alps_value *
alps_calls_go_by_input(struct alps_flow *f, const char *name, struct alps_args *a, const struct alps_node *site)
{
    struct named n;
    struct alps_room room;
    unsigned first, id;

    for (unsigned i = 0; i < a->n; i++) {
        const struct alps_value *one = a->item[i];

        if (one->kind != V_OBJECT || !one->type || !ends(one->type, "Input") || !named_of(f, one->type, &n) || *n.sub)
            continue;
        id = operation_of(f, n.service, n.v2, name, &first);
        if (!id || strncmp(n.member, alps_operation_name(f->calls->sdk->catalog, id, &room), strlen(n.member) - 5) != 0)
            continue;
        alps_calls_record(f, id, a->item[i], site);
        callbacks(f, a, 0, site);
        return alps_calls_response_to(f, id, a->item[i]);
    }
    return NULL;
}
