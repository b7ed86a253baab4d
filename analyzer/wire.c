/* analyzer/wire.c: holes of a request are filled with tokens that survive the mapping, and the resources that core
 * answers get the values back in the tokens' place. */
#include "analyzer/wire.h"

#include "analyzer/access.h"
#include "analyzer/project.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOLES = 12, TOKENS = 99, WAYS = 64, ROOM = 16 * 1024, TOKEN = 6 };

struct hole {
    const char *name, *otherwise, *suffix;      /* suffix: of a host */
    size_t n_otherwise, n_suffix;
    struct alps_value *values, *chosen;
};

struct wire {
    struct alps_flow *f;
    const struct alps_node *at;
    const char *request;
    struct hole hole[HOLES];
    unsigned n_holes, n_tokens, ways;
    struct { const char *text; bool site; } token[TOKENS];
    const char *only, *only_end;                /* "[a b]": the actions that the call needs */
    struct alps_call_found *call;
    const char *service;                        /* the operation's */
    struct alps_call core;
    char text[ROOM];                            /* the request as it is sent */
    size_t n;
    bool full;
    bool blind;                                 /* the names given are none: what can only be guessed is unknown */
};

static void
put(struct wire *w, const char *p, size_t n)
{
    if (n > ROOM - 1 - w->n) {
        w->full = true;
        return;
    }
    if (n)
        memcpy(w->text + w->n, p, n);
    w->n += n;
}

/* What stands for ${text} on the wire. */
static void
put_token(struct wire *w, const char *text, bool site)
{
    char name[TOKEN + 1];

    if (w->n_tokens == TOKENS) {
        w->full = true;
        return;
    }
    snprintf(name, sizeof name, "zq%02uqz", w->n_tokens);
    w->token[w->n_tokens].text = text;
    w->token[w->n_tokens++].site = site;
    put(w, name, TOKEN);
}

enum how { PLAIN, LABEL, PATH, JSON };

static void
put_byte(struct wire *w, char c, enum how how)
{
    static const char hex[] = "0123456789ABCDEF";
    bool safe = (c >= '0' && c <= '9') || (alps_lower((uint8_t)c) >= 'a' && alps_lower((uint8_t)c) <= 'z') ||
        strchr("-._~", c) || (how == PATH && c == '/');
    char escaped[3] = { '%', hex[(uint8_t)c >> 4], hex[(uint8_t)c & 15] };

    if (how == PLAIN || safe || (how == JSON && c != '"' && c != '\\' && (uint8_t)c >= ' ')) {
        put(w, &c, 1);
    } else if (how == JSON) {
        put(w, "\\", 1);
        put(w, c == '\n' ? "n" : c == '\t' ? "t" : c == '\r' ? "r" : &c, 1);
    } else {
        put(w, escaped, 3);
    }
}

/* A value's text: its literal bytes as ${how} wants them, its marks as tokens. */
static void
put_value(struct wire *w, const struct alps_value *v, enum how how)
{
    struct alps_mem *mem = w->f->mem;

    for (size_t i = 0; i < v->n; i++) {
        size_t from = i;

        switch (v->text[i]) {
        case TEXT_ANY:
            put_token(w, "*", false);
            break;
        case TEXT_ONE: case '*':
            put_token(w, "?", false);
            break;
        case TEXT_ENV:
            while (i < v->n && v->text[i] != TEXT_END)
                i++;
            {
                struct alps_value part = *v;

                part.text = v->text + from;
                part.n = i + 1 - from;
                if (part.text[1] == '!') {              /* what the context says */
                    put_token(w, alps_mem_print(mem, "${%.*s}", (int)part.n - 3, part.text + 2), false);
                    break;
                }
                put_token(w, alps_mem_text(mem, alps_access_text(mem, &part), strlen(alps_access_text(mem, &part))), false);
            }
            break;
        default:
            if (v->text[i] == '$' && i + 1 < v->n && v->text[i + 1] == '{')
                put_token(w, "?", false);
            else
                put_byte(w, v->text[i], how);
        }
    }
}

/* A host: that of a URL, "account" before the service's own suffix, or nobody knows which. */
static void
put_host(struct wire *w, const struct hole *h, const struct alps_value *v)
{
    struct alps_value part = *v;
    const char *p = v->text, *end = p + v->n;
    size_t scheme = v->n > 8 && memcmp(p, "https://", 8) == 0 ? 8 : v->n > 7 && memcmp(p, "http://", 7) == 0 ? 7 : 0;

    if (w->blind || v->n == 0) {                        /* "https://<account>…", an emulator: whose it is, nobody knows */
        put_token(w, "*", false);
        put(w, ".", 1);
        put(w, h->suffix, h->n_suffix);
        return;
    }
    part.text = p + scheme;
    part.n = (size_t)(end - part.text);
    for (size_t i = 0; i < part.n; i++)
        if (memchr("/?;", part.text[i], 3) && !memchr(part.text, TEXT_ENV, i))
            part.n = i;
    if (scheme || memchr(part.text, '.', part.n)) {
        const char *port = memchr(part.text, ':', part.n);

        part.n = port && !memchr(part.text, TEXT_ENV, part.n) ? (size_t)(port - part.text) : part.n;
        put_value(w, &part, PLAIN);
        return;
    }
    if (part.n > 2 && part.text[0] == TEXT_ENV && memchr(part.text, TEXT_END, part.n) == part.text + part.n - 1 &&
        strcmp(h->name, "url") == 0)
        put_token(w, alps_access_text(w->f->mem, &part), true);         /* the variable holds all of the URL */
    else
        put_value(w, &part, PLAIN);
    put(w, ".", 1);
    put(w, h->suffix, h->n_suffix);
}

static struct hole *
hole_of(struct wire *w, const char *name)
{
    for (unsigned i = 0; i < w->n_holes; i++)
        if (w->hole[i].name == name)
            return &w->hole[i];
    return NULL;
}

/* "{+name=otherwise}" at ${p}: its parts; the end of it. */
static const char *
hole_read(struct alps_flow *f, const char *p, const char *end, struct hole *h, bool *slashes)
{
    const char *close = memchr(p, '}', (size_t)(end - p)), *from = p + 1, *stop;

    *h = (struct hole){ 0 };
    if (!close)
        return NULL;
    *slashes = *from == '+';
    from += *slashes;
    for (stop = from; stop < close && *stop != '=' && *stop != '@'; stop++)
        ;
    h->name = alps_mem_name(f->mem, from, (size_t)(stop - from));
    if (stop < close && *stop == '@') {
        h->suffix = stop + 1;
        h->n_suffix = (size_t)(close - stop - 1);
    } else if (stop < close) {
        h->otherwise = stop + 1;
        h->n_otherwise = (size_t)(close - stop - 1);
    }
    return close + 1;
}

/* What stands for a member that the code does not tell. */
static struct alps_value *
absent(struct alps_flow *f, const struct hole *h)
{
    struct alps_value *v;

    if (h->otherwise)
        return alps_value_literal(f->mem, h->otherwise, h->n_otherwise);
    v = alps_value_text(f->mem, alps_value_unknown(f->mem, ROOT_NONE, NULL));
    return v;
}

/* Members that say where, not what. */
static bool
is_place(const char *name)
{
    static const char *const places[] = { "project", "database", "location", "subscription", "url", "instance",
        "zone", "region", "resourceGroupName" };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i], name) == 0)
            return true;
    return false;
}

static bool
is_context(const char *name)
{
    return strcmp(name, "project") == 0 || strcmp(name, "subscription") == 0;
}

static void
holes_find(struct wire *w, const char *p, const char *end, const struct alps_object *members)
{
    for (const char *from = p; (p = memchr(p, '{', (size_t)(end - p))) != NULL;) {
        struct hole h;
        bool slashes;
        const char *next;

        if (p > from && p[-1] == '$') {                 /* "${env:…}" is a name's own */
            p++;
            continue;
        }
        next = hole_read(w->f, p, end, &h, &slashes);
        if (!next)
            return;
        p = h.name[0] >= 'A' || h.name[0] == '_' ? next : p + 1;        /* a brace of JSON is none */
        if (p != next || hole_of(w, h.name) || w->n_holes == HOLES)
            continue;
        h.values = alps_object_get(members, h.name);
        if (h.values && h.values->kind == V_NULL)
            h.values = NULL;
        if (!h.values && !is_context(h.name))
            h.values = absent(w->f, &h);
        w->hole[w->n_holes++] = h;
    }
}

/* The template ${p}…${end} with the chosen values. */
static void
put_template(struct wire *w, const char *p, const char *end, enum how how)
{
    size_t start = w->n;

    for (const char *from = p; p < end;) {
        struct hole h, *known = NULL;
        bool slashes = false;
        const char *next = *p == '{' && (p == from || p[-1] != '$') ? hole_read(w->f, p, end, &h, &slashes) : NULL;

        if (next)
            known = hole_of(w, h.name);
        if (!known) {
            put(w, p++, 1);
            continue;
        }
        p = next;
        if (!known->values)
            put_token(w, strcmp(h.name, "project") == 0 ? "${project}" : "${subscription}", false);
        else if (h.suffix)
            put_host(w, &h, known->chosen);
        else if (known->chosen->n > 9 && memcmp(known->chosen->text, "projects/", 9) == 0 && how != JSON) {
            w->n = start;                               /* "projects/p/topics/t" in the place of "t": all of the name */
            put_value(w, known->chosen, how == PLAIN ? PLAIN : PATH);
        } else if (w->blind && slashes && known->chosen->n == 1 && known->chosen->text[0] == TEXT_ANY) {
            put(w, "subscriptions/", 14);               /* some resource's id */
            put_token(w, "*", false);
            put(w, "/resourceGroups/", 16);
            put_token(w, "*", false);
        } else {
            put_value(w, known->chosen, how == LABEL && slashes ? PATH : how);
        }
    }
}

/* --- what core answers --- */

/* The resource with the values in the tokens' place; "https://TOKEN.suffix" of a whole URL is that URL. */
static const char *
resource_of(struct wire *w, alps_slice r)
{
    struct alps_mem *mem = w->f->mem;
    const char *out = "";

    for (size_t i = 0, from = 0; i <= r.n; i++) {
        const char *p = (const char *)r.p + i;
        unsigned k = i + TOKEN <= r.n ? (unsigned)(p[2] - '0') * 10 + (unsigned)(p[3] - '0') : TOKENS;
        bool unknown = i < r.n && *p == ALPS_MARK_UNKNOWN;
        bool token = k < w->n_tokens && memcmp(p, "zq", 2) == 0 && memcmp(p + 4, "qz", 2) == 0;

        if (i < r.n && !token && !unknown)
            continue;
        out = alps_mem_print(mem, "%s%.*s%s", out, (int)(i - from), (const char *)r.p + from,
                             unknown ? "*" : token ? w->token[k].text : "");
        if (token && w->token[k].site) {                /* the scheme before it, the suffix behind it */
            size_t n = strlen(out), t = strlen(w->token[k].text);

            if (n >= t + 8 && memcmp(out + n - t - 8, "https://", 8) == 0)
                out = alps_mem_print(mem, "%.*s%s", (int)(n - t - 8), out, w->token[k].text);
            while (i + TOKEN < r.n && r.p[i + TOKEN] != '/')
                i++;
        }
        from = i + (token ? TOKEN : unknown);
        i = token ? from - 1 : i;
    }
    return out;
}

/* How many names a resource has behind its project and place: "projects/p/topics/t" one, a blob two. */
static unsigned
depth_of(const char *r)
{
    unsigned n = 0;

    if (strncmp(r, "https://", 8) == 0 || strncmp(r, "${env:", 6) == 0) {
        for (r = r[0] == 'h' ? r + 8 : r; (r = strchr(r, '/')) != NULL; r++)
            n++;
        return n;
    }
    for (const char *p = r; *p;) {
        const char *slash = strchr(p, '/'), *next = slash ? strchr(slash + 1, '/') : NULL;

        if (!slash)
            break;
        n += strncmp(p, "projects/", 9) != 0 && strncmp(p, "locations/", 10) != 0 && strncmp(p, "_/", 2) != 0;
        p = next ? next + 1 : "";
    }
    return n;
}

/* "*" behind the first name, where objects are the finest that is wanted. */
static const char *
object_only(struct alps_mem *mem, const char *r)
{
    const char *p = r;
    unsigned n = 0;

    if (depth_of(r) < 2)
        return r;
    if (strncmp(r, "https://", 8) == 0) {
        p = strchr(r + 8, '/');
        p = p ? strchr(p + 1, '/') : NULL;
        return p ? alps_mem_print(mem, "%.*s/*", (int)(p - r), r) : r;
    }
    while (*p && n < 2) {
        const char *slash = strchr(p, '/'), *next = slash ? strchr(slash + 1, '/') : NULL;

        n += strncmp(p, "projects/", 9) != 0 && strncmp(p, "locations/", 10) != 0;
        if (!next)
            return r;
        p = n < 2 ? next + 1 : p;
    }
    p = strchr(p, '/');
    return p ? alps_mem_print(mem, "%.*s/*", (int)(p - r), r) : r;
}

/* What names the resource first: the evidence. */
static const struct alps_value *
first_of(const struct wire *w, bool *placed)
{
    for (int place = 0; place < 2; place++)
        for (unsigned i = 0; i < w->n_holes; i++)
            if (w->hole[i].values && w->hole[i].chosen && is_place(w->hole[i].name) == place) {
                *placed = place;
                return w->hole[i].chosen;
            }
    return NULL;
}

static int
visit(void *ctx, const struct alps_access *core)
{
    struct wire *w = ctx;
    struct alps_access_found *a = ALPS_MEM(w->f->mem, struct alps_access_found);
    bool placed = false;
    const struct alps_value *first = first_of(w, &placed);
    const char *name;

    a->action = core->action == ALPS_ACTION_NAMED ? alps_mem_name(w->f->mem, (const char *)core->name.p, core->name.n)
        : alps_flow_intern(w->f, alps_action_name(w->f->calls->sdk->catalog, core->action,
                                                &(struct alps_room){ "" }));
    a->service = w->core.vendor == ALPS_GCP ? alps_flow_intern(w->f, w->service)
        : alps_access_service(w->f->mem, w->service, a->action);
    a->resource = resource_of(w, core->resource);
    a->rooted = first ? alps_access_rooted(first) : w->n_holes ? "env" : "literal";     /* the context's project */
    a->evidence = first ? alps_access_evidence(w->f, first) : "the call names nothing";
    if (w->f->calls->level == ALPS_LEVEL_OBJECT)
        a->resource = object_only(w->f->mem, a->resource);
    a->level = depth_of(a->resource) > 1 ? ALPS_LEVEL_ENTITY : ALPS_LEVEL_OBJECT;
    if (!*a->resource || strcmp(a->resource, "*") == 0 || w->f->calls->level == ALPS_LEVEL_SERVICE) {
        a->level = ALPS_LEVEL_SERVICE;
        a->resource = "*";
    }
    if (first && !placed && memchr(first->text, TEXT_ANY, first->n))
        a->why = first->roots & (ROOT_EVENT | ROOT_PARAMETER) || first->n > 1 ? "dynamic-input" : "unknown-call";
    else if (a->level != ALPS_LEVEL_ENTITY)
        a->why = "by-nature";
    name = a->action;
    for (const char *p = w->only; p && p < w->only_end; p += strcspn(p, " ]") + 1)
        if (strncmp(p, name, strlen(name)) == 0 && strchr(" ]", p[strlen(name)])) {
            alps_calls_access_add(&w->call->access, a);
            return 0;
        }
    alps_calls_access_add(w->only ? &w->call->wire : &w->call->access, a);
    return 0;
}

static bool
understood(struct wire *w, const struct alps_request *r, alps_slice body, enum alps_vendor endpoint)
{
    const struct alps_catalog *c = w->f->calls->sdk->catalog;
    struct alps_context ctx = { .endpoint = endpoint };
    int rc = alps_call_head(&w->core, c, r, &ctx);

    if (rc == 0 && w->core.platform)
        return true;
    if (rc == 0) {
        alps_slice name = alps_call_name(&w->core);

        w->service = w->core.operation ? alps_service_name(c, alps_operation_service(c, w->core.operation)) : "";
        w->call = alps_calls_found(w->f, w->core.vendor, name.n ? alps_mem_text(w->f->mem, (const char *)name.p, name.n)
                                   : alps_calls_operation(w->f->mem, w->core.operation), w->at);
    }
    if (rc == 0 && w->core.body != ALPS_BODY_ABSENT && body.n)
        rc = alps_call_body(&w->core, body, visit, w);
    if (rc == 0)
        rc = alps_call_end(&w->core, visit, w);
    return rc == 0;
}

/* --- the two ways to ask --- */

static void
header(struct alps_request *r, const char *name, size_t n, const char *value, size_t k)
{
    if (r->n_headers < 8)
        r->header[r->n_headers++] = (struct alps_header){ { (const uint8_t *)name, n }, { (const uint8_t *)value, k } };
}

/* VERB host/path?query h:name=value | body */
static bool
send_rest(struct wire *w, const char *p)
{
    struct alps_request r = { .tls = true };
    const char *verb = p, *url = strchr(p, ' ') + 1, *end = url + strcspn(url, " "), *slash = strchr(url, '/');
    const char *bar = strstr(end, " | "), *query;
    size_t host, path, body;

    for (const char *q = url; q < slash; q++)                   /* "{url@…}" has no slash; a default may */
        if (*q == '{')
            slash = strchr(strchr(q, '}'), '/');
    w->n = 0;
    put_template(w, url, slash, PLAIN);
    host = w->n;
    query = memchr(slash, '?', (size_t)(end - slash));
    put_template(w, slash, query ? query : end, LABEL);
    path = w->n;
    if (query)
        put_template(w, query + 1, end, LABEL);
    body = w->n;
    if (bar)
        put_template(w, bar + 3, bar + strlen(bar), JSON);
    r.method = (alps_slice){ (const uint8_t *)verb, (size_t)(url - verb - 1) };
    r.host = r.sni = (alps_slice){ (uint8_t *)w->text, host };
    r.path = (alps_slice){ (uint8_t *)w->text + host, path - host };
    r.query = (alps_slice){ (uint8_t *)w->text + path, body - path };
    r.has_query = query != NULL;
    for (const char *h = end; (h = strstr(h, " h:")) != NULL && (!bar || h < bar);) {
        const char *name = h + 3, *stop = name + strcspn(name, "= "), *value = *stop == '=' ? stop + 1 : stop;

        h = value + strcspn(value, " ");
        header(&r, name, (size_t)(stop - name), value, (size_t)(h - value));
    }
    if (bar)
        header(&r, "content-type", 12, "application/json", 16);
    return !w->full && understood(w, &r, (alps_slice){ (uint8_t *)w->text + body, w->n - body }, ALPS_VENDOR_NONE);
}

static void
put_varint(struct wire *w, size_t n)
{
    char c[10];
    size_t k = 0;

    do {
        c[k++] = (char)((n & 127) | (n > 127 ? 128 : 0));
        n >>= 7;
    } while (n);
    put(w, c, k);
}

/* One text field, "1.2" inside another message. */
static void
put_field(struct wire *w, const char *number, const char *text, size_t n)
{
    unsigned path[4] = { 0 }, k = 0;
    size_t inner = n;

    for (; k < 4; k++) {
        path[k] = (unsigned)strtoul(number, (char **)(uintptr_t)&number, 10);
        if (*number != '.')
            break;
        number++;
    }
    for (unsigned i = 0; i <= k; i++) {                 /* lengths from the inside out: short names, one or two bytes each */
        size_t length = inner;

        for (unsigned j = k; j > i; j--)
            length += 2u + (path[j] > 15) + (length > 127);
        put_varint(w, (size_t)path[i] << 3 | 2);
        put_varint(w, length);
    }
    put(w, text, n);
}

/* package.Service/Method 1={topic} */
static bool
send_rpc(struct wire *w, const char *p)
{
    struct alps_request r = { .tls = false, .method = ALPS_S("POST"), .host = ALPS_S("rpc.invalid") };
    size_t name = strcspn(p, " "), start, body;
    char *path = alps_mem_print(w->f->mem, "/%.*s", (int)name, p);
    uint8_t *frame;

    r.path = alps_slice_of(path);
    header(&r, "content-type", 12, "application/grpc", 16);
    w->n = 0;
    put(w, "\0\0\0\0\0", 5);
    for (const char *field = p + name; *field == ' ';) {
        const char *equals = strchr(++field, '='), *end = field + strcspn(field, " ");
        char *text;
        size_t n;

        if (!equals)
            return false;
        start = w->n;
        put_template(w, equals + 1, end, PLAIN);
        n = w->n - start;
        text = alps_mem_text(w->f->mem, w->text + start, n);
        w->n = start;
        if (n)
            put_field(w, field, text, n);
        field = end;
    }
    body = w->n - 5;
    frame = (uint8_t *)w->text;
    for (unsigned i = 0; i < 4; i++)
        frame[1 + i] = (uint8_t)(body >> (24 - 8 * i));
    return !w->full && understood(w, &r, (alps_slice){ frame, w->n }, ALPS_GCP);
}

/* !Service.Operation action resource */
static bool
plain(struct wire *w, const char *p)
{
    const char *action = strchr(p, ' ') + 1, *resource = strchr(action, ' ') + 1;
    struct alps_access one = { .action = ALPS_ACTION_NAMED,
                               .name = { (const uint8_t *)action, (size_t)(resource - action - 1) } };

    w->core.vendor = ALPS_AZURE;
    w->service = "";
    w->n = 0;
    put_template(w, resource, resource + strlen(resource), PLAIN);
    one.resource = (alps_slice){ (uint8_t *)w->text, w->n };
    w->call = alps_calls_found(w->f, ALPS_AZURE, alps_mem_text(w->f->mem, p + 1, (size_t)(action - p - 2)), w->at);
    visit(w, &one);
    return true;
}

static bool
each_way(struct wire *w, const char *request, unsigned at)
{
    bool all = true;

    if (at == w->n_holes) {
        if (w->ways++ >= WAYS)
            return true;
        w->n_tokens = 0;
        w->n = 0;
        w->full = false;
        if (*request == '!')
            return plain(w, request);
        return memchr(request, ' ', 8) && request[0] <= 'Z' ? send_rest(w, request) : send_rpc(w, request);
    }
    if (!w->hole[at].values)
        return each_way(w, request, at + 1);
    for (unsigned i = 0; i < alps_value_count(w->hole[at].values); i++) {
        struct alps_value *one = alps_value_at(w->hole[at].values, i);

        if (one->kind == V_NULL && alps_value_count(w->hole[at].values) > 1)
            continue;
        w->hole[at].chosen = one->kind == V_NULL ? absent(w->f, &w->hole[at]) : alps_value_text(w->f->mem, one);
        all = each_way(w, request, at + 1) && all;
    }
    return all;
}

bool
alps_wire_send(struct alps_flow *f, const char *request, const struct alps_object *members, const struct alps_node *at)
{
    struct wire *w = ALPS_MEM(f->mem, struct wire);
    bool implied = *request == '~', known;

    request += implied;

    w->f = f;
    w->at = at;
    if (*request == '[') {
        w->only = request + 1;
        w->only_end = strchr(request, ']');
        request = w->only_end + 2;
    }
    holes_find(w, request, request + strlen(request), members);
    known = each_way(w, request, 0);
    if (!known && *request != '!') {
        w->blind = true;
        w->ways = 0;
        known = each_way(w, request, 0);
    }
    if (implied && w->call)
        w->call->implied = true;
    return known;
}

struct alps_value *
alps_wire_text(struct alps_flow *f, const char *template, size_t n, const struct alps_object *members)
{
    const char *p = template, *end = template + n, *from = p;
    struct alps_value *all = alps_value_literal(f->mem, "", 0);

    while (p < end) {
        struct hole h;
        bool slashes;
        const char *next = *p == '{' ? hole_read(f, p, end, &h, &slashes) : NULL;
        struct alps_value *v;

        if (!next) {
            p++;
            continue;
        }
        all = alps_value_concat(f->mem, all, alps_value_literal(f->mem, from, (size_t)(p - from)));
        v = alps_object_get(members, h.name);
        if (!v || v->kind == V_NULL)
            v = is_context(h.name) ? alps_value_env(f->mem, alps_mem_print(f->mem, "!%s", h.name), NULL) : absent(f, &h);
        all = alps_value_concat(f->mem, all, v);
        from = p = next;
    }
    return alps_value_concat(f->mem, all, alps_value_literal(f->mem, from, (size_t)(end - from)));
}
