/* analyzer/gapic.c: Google's generated clients: a class is a gRPC service with "Client" behind its name, a method an RPC, the
 * request's fields name the resource (AIP-4210, "Client library generator"). */
#include "analyzer/cloud.h"

#include "analyzer/wire.h"

#include <strings.h>

static bool
is_version(const char *p, size_t n)
{
    return n > 1 && p[0] == 'v' && p[1] >= '1' && p[1] <= '9';
}

struct wanted {
    const char *service, *version;      /* "SecretManagerService", "v1" or "" */
    size_t n_service, n_version;
    char words[128];                    /* "secretmanager" */
    const char *tail;                   /* behind the class: "", ".secret_version_path" */
};

/* "py:google.cloud.secretmanager_v1.SecretManagerServiceClient.x" in its parts. */
static bool
wanted_of(const char *path, struct wanted *w)
{
    const char *p = path + 3, *stop;
    size_t n = 0;
    bool python = path[0] == 'p';

    *w = (struct wanted){ .version = "" };
    if (strncmp(path, "py:google.", 10) == 0)
        p += strncmp(p, "google.cloud.", 13) == 0 ? 13 : 7;
    else if (strncmp(path, "js:@google-cloud/", 17) == 0 || strncmp(path, "js:@google-ai/", 14) == 0 ||
             strncmp(path, "js:@google-analytics/", 21) == 0)
        p = strchr(p, '/') + 1;
    else
        return false;
    for (;; p = stop + 1) {
        const char *under;
        size_t k = strcspn(p, "."), cut;

        stop = p + k;
        if (*p >= 'A' && *p <= 'Z' && k > 6 && memcmp(stop - 6, "Client", 6) == 0) {
            w->service = p;
            w->n_service = k > 11 && memcmp(stop - 11, "AsyncClient", 11) == 0 ? k - 11 : k - 6;
            w->tail = stop;
            w->words[n] = '\0';
            return n > 0;
        }
        if (!*stop || (python && k == 8 && memcmp(p, "services", 8) == 0 && w->n_version && !strchr(stop + 1, 'C')))
            return false;
        under = memrchr(p, '_', k);
        cut = under && is_version(under + 1, (size_t)(stop - under - 1)) ? (size_t)(under - p) : is_version(p, k) ? 0 : k;
        if (cut < k) {
            w->version = stop - (k - cut - (cut > 0));
            w->n_version = (size_t)(stop - w->version);
        }
        for (size_t i = 0; i < cut && n < sizeof w->words - 1 && !(w->n_version && cut == k); i++)
            if (p[i] != '_' && p[i] != '-')
                w->words[n++] = p[i];
    }
}

/* "go:cloud.google.com/go/kms/apiv1.NewKeyManagementClient": a service's name may have "Service" behind it, or be the
 * package's ("NewClient"). */
static bool
wanted_in_go(const char *path, struct wanted *w)
{
    const char *p = path + strlen("go:cloud.google.com/go/"), *api = strstr(path, "/apiv"), *dot = api ? strchr(api, '.') : NULL;
    size_t n = 0, k;

    *w = (struct wanted){ .version = "" };
    if (strncmp(path, "go:cloud.google.com/go/", 23) != 0 || !dot || strncmp(dot, ".New", 4) != 0)
        return false;
    w->version = api + 4;
    w->n_version = strcspn(w->version, "./");
    for (size_t part; p < api; p += part + 1) {
        part = strcspn(p, "/");
        for (size_t i = 0; i < part && !is_version(p, part) && n < sizeof w->words - 1; i++)
            w->words[n++] = p[i];                       /* "pubsub/v2/apiv1": the module's version is not the API's */
    }
    w->service = dot + 4;
    k = strlen(w->service);
    if (k < 6 || strcmp(w->service + k - 6, "Client") != 0)
        return false;
    w->n_service = k > 9 && strcmp(w->service + k - 10, "RESTClient") == 0 ? k - 10 : k - 6;
    w->tail = w->service + strlen(w->service);
    return true;
}

static bool
is_service_in_go(const struct wanted *w, const char *name, size_t n)
{
    static const char *const tails[] = { "", "Service", "ServiceV2" };
    const char *package = w->words;
    size_t k = strlen(package);

    if (w->n_service == 0) {
        for (; k > 2; k--, package++)                   /* "devtools/cloudbuild": the last word is as good */
            if (n >= k && alps_cloud_same(name, k, package) && n - k < 10)
                return true;
        return false;
    }
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (n == w->n_service + strlen(tails[i]) && strncasecmp(name, w->service, w->n_service) == 0 &&
            memcmp(name + w->n_service, tails[i], strlen(tails[i])) == 0)
            return true;
    return false;
}

/* How well a proto package fits: 0 not at all. */
static int
fits(const struct wanted *w, const char *package, size_t n)
{
    char words[160];
    size_t k = 0, from = n, size = strlen(w->words);
    int version = 0;

    while (from && package[from - 1] != '.')
        from--;
    if (w->n_version && (n - from != w->n_version || memcmp(package + from, w->version, w->n_version) != 0))
        return 0;
    if (!w->n_version && is_version(package + from, n - from)) {        /* the newest stable one */
        bool stable = n - from <= 3;

        version = (stable ? 50 : 0) + package[from + 1] - '0';
    }
    for (size_t i = 0; i + 1 < from && k < sizeof words; i++)
        if (package[i] != '.' && package[i] != '_')
            words[k++] = package[i];
    if (k >= size && memcmp(words + k - size, w->words, size) == 0)
        return 300 + version;
    return memmem(words, k, w->words, size) ? 200 + version : 100 + version;
}

/* The line of the service that the class is a client of. */
static const char *
service_line(struct alps_flow *f, const struct wanted *w, bool go)
{
    const char *best = NULL;
    int score = 0;
    size_t n;

    for (const char *p = f->calls->sdk->rpcs; *p; p += n + (p[n] == '\n')) {
        size_t name = strcspn(p, "\t\n");
        int fit;

        n = strcspn(p, "\n");
        size_t own = name;

        while (own && p[own - 1] != '.')
            own--;
        if (own == 0 || (go ? !is_service_in_go(w, p + own, name - own)
                         : name - own != w->n_service || memcmp(p + own, w->service, w->n_service) != 0))
            continue;
        fit = fits(w, p, own - 1);
        if (fit > score) {
            best = p;
            score = fit;
        }
    }
    return best;
}

struct alps_value *
alps_gapic_new(struct alps_flow *f, const char *path)
{
    struct wanted w;
    const char *line;
    struct alps_value *v;

    bool go = path[0] == 'g';

    if (!(go ? wanted_in_go(path, &w) : wanted_of(path, &w)))
        return NULL;
    line = service_line(f, &w, go);
    if (!line && strcmp(w.words, "compute") == 0) {     /* its clients speak REST alone */
        v = alps_cloud_handle(f, "discovery:compute", NULL);
        alps_object_set(f->mem, v->object, alps_flow_intern(f, "path"),
                        alps_value_literal(f->mem, alps_mem_print(f->mem, "%c%.*s", (char)alps_lower((uint8_t)*w.service),
                                                                  (int)w.n_service - 1, w.service + 1), w.n_service), false);
        return v;
    }
    if (!line)
        return NULL;
    v = alps_cloud_handle(f, alps_mem_print(f->mem, "gapic:%.*s", (int)strcspn(line, "\t"), line), NULL);
    if (*w.tail == '.' && strncmp(w.tail, ".from_service", 13) != 0) {
        struct alps_value *m = alps_value_new(f->mem, V_METHOD);

        m->base = v;
        m->text = alps_flow_intern(f, w.tail + 1);
        return m;
    }
    return v;
}

/* The fields of a request by their path, "topic.name": of a message, of keywords. */
static struct alps_value *
field_of(struct alps_flow *f, struct alps_value *request, const struct alps_object *named, const char *path, size_t n)
{
    const char *dot = memchr(path, '.', n);
    size_t k = dot ? (size_t)(dot - path) : n;
    struct alps_value *v = NULL, *all = NULL;

    for (unsigned i = 0; named && i < named->n && !v; i++)
        if (alps_cloud_same(path, k, named->field[i].name))
            v = named->field[i].value;
    for (unsigned i = 0; request && i < alps_value_count(request) && !v; i++) {
        struct alps_value *one = alps_value_at(request, i), *found = NULL;

        for (unsigned j = 0; one->object && j < one->object->n && !found; j++)
            if (alps_cloud_same(path, k, one->object->field[j].name))
                found = one->object->field[j].value;
        if (!found && (one->kind == V_UNKNOWN || (one->object && (one->object->open || one->object->any))))
            found = alps_value_unknown(f->mem, one->roots, alps_mem_text(f->mem, path, k));
        all = alps_value_join(f->mem, all, found);
    }
    v = v ? v : all;
    return v && dot ? field_of(f, v, NULL, dot + 1, n - k - 1) : v;
}

/* "projects/{project}/topics/{topic}" with the arguments in place. */
static struct alps_value *
path_built(struct alps_flow *f, const char *pattern, size_t n, struct alps_args *a)
{
    struct alps_object *members = ALPS_MEM(f->mem, struct alps_object);
    int at = 0;

    for (const char *p = pattern; (p = memchr(p, '{', (size_t)(pattern + n - p))) != NULL; p++) {
        size_t k = strcspn(p + 1, "=}");
        const char *name = alps_mem_name(f->mem, p + 1, k);
        struct alps_value *v = alps_args_named(f, a, name, at++);

        if (v)
            alps_object_set(f->mem, members, name, v, false);
        else
            alps_object_set(f->mem, members, name, alps_value_unknown(f->mem, ROOT_NONE, name), false);
    }
    return alps_wire_text(f, pattern, n, members);
}

/* topic_path, topicPath, common_project_path: a name is built.  NULL: none that is known. */
static struct alps_value *
path_method(struct alps_flow *f, const char *service, const char *name, struct alps_args *a)
{
    size_t n = strlen(name), k, line, package = (size_t)(strrchr(service, '.') - service);
    const char *p;

    if (n < 5 || alps_lower((uint8_t)name[n - 4]) != 'p' || memcmp(name + n - 3, "ath", 3) != 0)
        return NULL;
    k = n - 4;
    if (strncmp(name, "common_", 7) == 0)
        name += 7, k -= 7;
    name = alps_mem_text(f->mem, name, name[k - 1] == '_' ? k - 1 : k);
    p = alps_cloud_line(f->calls->sdk->paths, "", alps_mem_text(f->mem, service, package), &line);
    for (const char *end = p ? p + line : NULL; p && p < end; p += strcspn(p, " \t\n") + 1) {
        size_t word = strcspn(p, "=\t ");

        if (p[word] == '=' && alps_cloud_same(p, word, name))
            return path_built(f, p + word + 1, strcspn(p + word + 1, " \n"), a);
    }
    if (strcmp(name, "project") == 0)
        return path_built(f, "projects/{project}", 18, a);
    if (strcmp(name, "location") == 0)
        return path_built(f, "projects/{project}/locations/{location}", 39, a);
    if (strcmp(name, "folder") == 0)
        return path_built(f, "folders/{folder}", 16, a);
    if (strcmp(name, "organization") == 0)
        return path_built(f, "organizations/{organization}", 28, a);
    return alps_value_unknown(f->mem, alps_args_roots(a), name);
}

/* "Publish:topic=1" of the service's line; NULL: it has no such RPC. */
static const char *
rpc_of(const char *line, size_t n, const char *name, size_t k)
{
    for (const char *p = line + strcspn(line, "\t") + 1, *end = line + n; p < end; p += strcspn(p, " \n") + 1)
        if (alps_cloud_same(p, strcspn(p, ":"), name) && strlen(name) >= k)
            return p;
    return NULL;
}

/* What every API serves beside its own: operations, places, IAM policies. */
static const char *
mixin_of(struct alps_flow *f, const char *name, const char **service)
{
    static const char *const mixins[] = { "google.longrunning.Operations", "google.cloud.location.Locations",
                                          "google.iam.v1.IAMPolicy" };

    for (size_t i = 0; i < sizeof mixins / sizeof *mixins; i++) {
        size_t n = 0;
        const char *line = alps_cloud_line(f->calls->sdk->rpcs, "", mixins[i], &n), *rpc = line ? rpc_of(line, n, name, 1) : NULL;

        if (rpc) {
            *service = mixins[i];
            return rpc;
        }
    }
    return NULL;
}

static const char *
nearest(struct alps_flow *f, const char *line, size_t n, const char *name)
{
    const char *found = "", *plain = "";
    unsigned shown = 0;

    for (const char *p = name; *p; p++)
        if (*p != '_')
            plain = alps_mem_print(f->mem, "%s%c", plain, *p);
    for (unsigned d = 1; d <= strlen(plain) / 3 + 1 && shown < 3; d++)
        for (const char *p = line + strcspn(line, "\t") + 1; p < line + n && shown < 3; p += strcspn(p, " \n") + 1) {
            char *one = alps_mem_text(f->mem, p, strcspn(p, ":"));

            if (alps_sdk_distance(one, plain) == d) {
                found = alps_mem_print(f->mem, "%s%s%s", found, *found ? ", " : "", one);
                shown++;
            }
        }
    return found;
}

static struct alps_value *
call_rpc(struct alps_flow *f, struct alps_value *o, const char *service, const char *rpc, struct alps_args *a,
         const struct alps_node *at)
{
    struct alps_value *request = alps_args_named(f, a, "request", at->source->lang->packages ? 1 : 0), *v;
    struct alps_object *members = ALPS_MEM(f->mem, struct alps_object);
    size_t name = strcspn(rpc, ":");
    const char *text = alps_mem_print(f->mem, "%s/%.*s", service, (int)name, rpc);

    if (request && (request->kind == V_FUNCTION || request->kind == V_NULL))
        request = NULL;
    alps_object_copy(f->mem, members, o->object, false);
    for (const char *p = rpc + name + 1; *p && *p != ' ' && *p != '\n';) {
        size_t field = strcspn(p, "="), number = strcspn(p + field, ", \n");

        v = field_of(f, request, a->named, p, field);
        alps_object_set(f->mem, members, alps_mem_name(f->mem, p, field),
                        v ? v : alps_value_unknown(f->mem, ROOT_NONE, alps_mem_text(f->mem, p, field)), false);
        text = alps_mem_print(f->mem, "%s %.*s={%.*s}", text, (int)number - 1, p + field + 1, (int)field, p);
        p += field + number + (p[field + number] == ',');
    }
    alps_cloud_send(f, text, members, at);
    return alps_calls_response(f);
}

struct alps_value *
alps_gapic_method(struct alps_flow *f, struct alps_value *o, const char *service, const char *name, struct alps_args *a,
                  const struct alps_node *at)
{
    static const char *const own[] = { "close", "initialize", "getProjectId", "auth", "get_transport_class", "transport",
        "checkOperation", "Close", "on" };
    size_t n = strlen(name), line_n = 0, k = n;
    const char *line = alps_cloud_line(f->calls->sdk->rpcs, "", service, &line_n), *rpc;
    struct alps_value *v = path_method(f, service, name, a);

    if (v)
        return v;
    if (n > 6 && strcmp(name + n - 6, "_unary") == 0)
        name = alps_mem_text(f->mem, name, n -= 6);
    rpc = line ? rpc_of(line, line_n, name, n) : NULL;
    if (!rpc && n > 5 && memcmp(name + n - 5, "Async", 5) == 0)
        k = n - 5;
    else if (!rpc && n > 6 && memcmp(name + n - 6, "Stream", 6) == 0)
        k = n - 6;
    if (line && k < n)
        rpc = rpc_of(line, line_n, alps_mem_text(f->mem, name, k), k);
    if (!rpc)
        rpc = mixin_of(f, name, &service);
    if (rpc) {
        v = call_rpc(f, o, service, rpc, a, at);
        for (unsigned i = 0; i < a->n; i++)
            if (a->item[i]->kind == V_FUNCTION) {
                struct alps_args one = { .item = a->item + i, .n = 1 };

                alps_flow_escape(f, &one, 0, at);
            }
        return v;
    }
    if ((strcmp(name, "ResourceIAM") == 0 || strcmp(name, "IAM") == 0) && a->n) {
        struct alps_object *members = ALPS_MEM(f->mem, struct alps_object);

        alps_object_set(f->mem, members, alps_flow_intern(f, "resource"), a->item[0], false);
        return alps_cloud_handle(f, "gcp:iam.Handle", members);
    }
    if (strncmp(name, "from_service_account", 20) == 0 || strcmp(name, "__enter__") == 0 || strcmp(name, "__aenter__") == 0)
        return o;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], name) == 0)
            return alps_calls_response(f);
    if (strncmp(name, "__", 2) != 0 && strncmp(name, "match", 5) != 0 && strncmp(name, "parse_", 6) != 0)
        alps_cloud_unknown(f, o, name, line ? nearest(f, line, line_n, name) : "", at);
    return alps_calls_response(f);
}
