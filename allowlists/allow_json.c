/* The reader.  (cJSON knows no positions, and an error without its line helps nobody.)  The text is walked twice: once
 * for its syntax and for keys that are there twice, then member by member.  The format is no deeper than its members,
 * so nothing recurses. */
#include "allowlists/allow_inner.h"

#include "core/reason.h"

#include <stdarg.h>
#include <stdio.h>

static const char no_room[] = "the allowlist is too large for the memory set aside for it";

/* Line and column (in characters, as editors count) of the byte ${at}. */
static void
place(struct allow_reader *r, size_t at, unsigned *line, unsigned *column)
{
    if (at < r->seen.at || r->seen.line == 0) {
        r->seen.at = 0;
        r->seen.line = r->seen.column = 1;
    }
    for (; r->seen.at < at && r->seen.at < r->json.n; r->seen.at++) {
        uint8_t c = r->json.p[r->seen.at];

        if (c == '\n') {
            r->seen.line++;
            r->seen.column = 1;
        } else if ((c & 0xc0) != 0x80) {
            r->seen.column++;
        }
    }
    *line = r->seen.line;
    *column = r->seen.column;
}

bool
alps_allow_fail(struct allow_reader *r, size_t at, const char *format, ...)
{
    va_list args;

    place(r, at, &r->err->line, &r->err->column);
    va_start(args, format);
    vsnprintf(r->err->text, sizeof r->err->text, format, args);
    va_end(args);
    return false;
}

/* Tokens */

static bool
has_control(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

static bool
next_token(struct allow_reader *r)
{
    int rc = alps_json_read(&r->tokens, &r->next);

    r->more = rc > 0;
    if (rc < 0)
        return alps_allow_fail(r, r->next.at, r->next.at >= r->json.n ? "the JSON text ends too early"
                                              : rc == -ALPS_BODY_DEPTH ? "nested too deeply" : "this is not JSON");
    if (r->more && has_control(r->next.text))
        return alps_allow_fail(r, r->next.at, "a control character in a name");
    return true;
}

static bool
start(struct allow_reader *r)
{
    alps_json_reader_init(&r->tokens, r->json, r->scratch);
    return next_token(r);
}

static bool
is_next(const struct allow_reader *r, enum alps_json_event kind)
{ return r->more && r->next.event == kind; }

static const char *
kind_name(enum alps_json_event kind)
{
    switch (kind) {
    case ALPS_JSON_OBJECT: return "an object";
    case ALPS_JSON_ARRAY:  return "an array";
    case ALPS_JSON_STRING: return "a string";
    case ALPS_JSON_NUMBER: return "a number";
    case ALPS_JSON_TRUE:   return "true";
    case ALPS_JSON_FALSE:  return "false";
    case ALPS_JSON_NULL:   return "null";
    default:               return "the end of something";
    }
}

/* Pass the next token, which must be of that kind; ${t} may be NULL. */
static bool
expect(struct allow_reader *r, enum alps_json_event kind, const char *what, struct alps_json_token *t)
{
    if (!is_next(r, kind))
        return alps_allow_fail(r, r->next.at, "%s must be %s, not %s", what, kind_name(kind), kind_name(r->next.event));
    if (t)
        *t = r->next;
    return next_token(r);
}

/* Keys said twice.  One table for all objects: a slot knows the object (the place of its '{') that its key is in. */

struct key_slot { size_t object; alps_slice key; };
struct keys { struct key_slot *slot; size_t mask; };

static bool
keys_new(struct keys *k, struct alps_arena *scratch, size_t n_keys)
{
    size_t n = 16;

    while (n < 2 * n_keys)
        n *= 2;
    k->mask = n - 1;
    k->slot = ALPS_TAKE(scratch, struct key_slot, n);
    return k->slot != NULL;
}

/* False if ${object} has had the key already. */
static bool
keys_add(struct keys *k, size_t object, alps_slice key)
{
    uint64_t h = 0xcbf29ce484222325u ^ object;

    for (size_t i = 0; i < key.n; i++)
        h = (h ^ key.p[i]) * 0x100000001b3u;
    for (size_t i = (size_t)(h ^ h >> 29); ; i++) {
        struct key_slot *s = &k->slot[i & k->mask];

        if (!s->key.p) {
            *s = (struct key_slot){ object, key };
            return true;
        }
        if (s->object == object && alps_slice_eq(s->key, key))
            return false;
    }
}

/* The whole text, once: its syntax, and its keys. */
static bool
check_text(struct allow_reader *r, struct alps_arena scratch)
{
    size_t open[ALPS_JSON_DEPTH] = { 0 }, depth = 0, n_keys = 0;
    struct keys keys;

    for (size_t i = 0; i < r->json.n; i++)
        n_keys += r->json.p[i] == ':';
    if (!keys_new(&keys, &scratch, n_keys))
        return alps_allow_fail(r, 0, no_room);
    if (!start(r))
        return false;
    while (r->more) {
        if (r->next.event == ALPS_JSON_OBJECT || r->next.event == ALPS_JSON_ARRAY)
            open[depth++] = r->next.at;
        else if (r->next.event == ALPS_JSON_OBJECT_END || r->next.event == ALPS_JSON_ARRAY_END)
            depth--;
        else if (r->next.event == ALPS_JSON_KEY && !keys_add(&keys, open[depth - 1], r->next.text))
            return alps_allow_fail(r, r->next.at, "\"%.*s\" is there twice", ALLOW_SHOW(r->next.text));
        if (!next_token(r))
            return false;
    }
    return true;
}

/* Members.  Each fills one array, and takes nothing else from the arena meanwhile: rows taken one by one lie side by side. */

static bool
read_version(struct allow_reader *r)
{
    struct alps_json_token t = r->next;

    if (t.event != ALPS_JSON_NUMBER || !alps_slice_eq(t.text, ALPS_S("1")))
        return alps_allow_fail(r, t.at, "this ALPS reads allowlists of version 1 (\"alps\": 1)");
    r->has_version = true;
    return next_token(r);
}

static bool
read_text(struct allow_reader *r, const char *what, alps_slice *text)
{
    struct alps_json_token t;

    if (!expect(r, ALPS_JSON_STRING, what, &t))
        return false;
    *text = alps_arena_copy(r->arena, t.text);          /* ends in NUL */
    return text->p || alps_allow_fail(r, t.at, no_room);
}

static bool
read_function(struct allow_reader *r)
{ return read_text(r, "\"function\"", &r->out->function); }

static bool
read_code(struct allow_reader *r)
{
    size_t at = r->next.at;

    if (!read_text(r, "\"code\"", &r->out->code))
        return false;
    return alps_slice_starts(r->out->code, ALPS_S("sha256:")) ||
           alps_allow_fail(r, at, "\"code\" must be a digest, \"sha256:...\"");
}

/* A context value: text and ${env:…}, but not ${account} and the like, which it defines. */
static bool
read_context_value(struct allow_reader *r, const char *what, alps_slice *value)
{
    size_t at = r->next.at;
    struct allow_variable v;
    alps_slice rest, literal;
    enum allow_piece piece;

    if (!read_text(r, what, value))
        return false;
    rest = *value;
    while ((piece = alps_allow_piece(&rest, &literal, &v)) != ALLOW_NO_PIECE)
        if (piece == ALLOW_BAD || (piece == ALLOW_VARIABLE && !v.is_env))
            return alps_allow_fail(r, at, "a context value may hold ${env:NAME} and ${env:NAME|default}, no other ${...}");
    return true;
}

static bool
read_account(struct allow_reader *r)
{ return read_context_value(r, "\"account\"", &r->out->account); }

static bool
read_region(struct allow_reader *r)
{ return read_context_value(r, "\"region\"", &r->out->region); }

static bool
read_project(struct allow_reader *r)
{ return read_context_value(r, "\"project\"", &r->out->project); }

static bool
read_subscription(struct allow_reader *r)
{ return read_context_value(r, "\"subscription\"", &r->out->subscription); }

struct member { const char *name; bool (*read)(struct allow_reader *); };

/* An object whose keys are those of ${members}, which ends with an empty row. */
static bool
read_members(struct allow_reader *r, const struct member *members, const char *what, const char *known)
{
    struct alps_json_token key;

    if (!expect(r, ALPS_JSON_OBJECT, what, NULL))
        return false;
    while (is_next(r, ALPS_JSON_KEY)) {
        const struct member *m = members;

        if (!expect(r, ALPS_JSON_KEY, what, &key))
            return false;
        while (m->name && !alps_slice_eq(key.text, alps_slice_of(m->name)))
            m++;
        if (!m->name)
            return alps_allow_fail(r, key.at, "unknown key \"%.*s\" (known: %s)", ALLOW_SHOW(key.text), known);
        if (!m->read(r))
            return false;
    }
    return expect(r, ALPS_JSON_OBJECT_END, what, NULL);
}

static bool
read_context(struct allow_reader *r)
{
    static const struct member members[] = {
        { "account", read_account }, { "region", read_region }, { "project", read_project },
        { "subscription", read_subscription }, { NULL, NULL }
    };

    return read_members(r, members, "\"context\"", "account, region, project, subscription");
}

static bool
add_rule(struct allow_reader *r, const struct alps_json_token *service, const struct alps_json_token *resource,
         const struct alps_json_token *action)
{
    struct alps_allow_rule *rule = ALPS_TAKE(r->arena, struct alps_allow_rule, 1);

    if (!rule)
        return alps_allow_fail(r, action->at, no_room);
    if (!r->out->rule)
        r->out->rule = rule;
    r->out->n_rules++;
    *rule = (struct alps_allow_rule){ .service = service->text, .resource = resource->text, .action = action->text };
    place(r, action->at, &rule->line, &rule->column);
    return true;
}

static bool
read_actions(struct allow_reader *r, const struct alps_json_token *service, const struct alps_json_token *resource)
{
    struct alps_json_token action;

    if (!expect(r, ALPS_JSON_ARRAY, "the actions on a resource", NULL))
        return false;
    if (is_next(r, ALPS_JSON_ARRAY_END))
        return alps_allow_fail(r, resource->at, "a resource without actions allows nothing");
    while (!is_next(r, ALPS_JSON_ARRAY_END))
        if (!expect(r, ALPS_JSON_STRING, "an action", &action) ||
            !alps_allow_check_access(r, service, resource, &action) || !add_rule(r, service, resource, &action))
            return false;
    return next_token(r);
}

static bool
read_service(struct allow_reader *r, const struct alps_json_token *service)
{
    struct alps_json_token resource;

    if (!alps_allow_check_service(r, service) || !expect(r, ALPS_JSON_OBJECT, "the resources of a service", NULL))
        return false;
    while (!is_next(r, ALPS_JSON_OBJECT_END))
        if (!expect(r, ALPS_JSON_KEY, "a resource", &resource) || !alps_allow_check_resource(r, &resource) ||
            !read_actions(r, service, &resource))
            return false;
    return next_token(r);
}

static bool
read_allow(struct allow_reader *r)
{
    struct alps_json_token service;

    if (!expect(r, ALPS_JSON_OBJECT, "\"allow\"", NULL))
        return false;
    while (!is_next(r, ALPS_JSON_OBJECT_END))
        if (!expect(r, ALPS_JSON_KEY, "a service", &service) || !read_service(r, &service))
            return false;
    return next_token(r);
}

/* Would the policy take it?  A policy of one row is asked, so that there is one opinion of what a host is. */
static bool
check_host(struct allow_reader *r, const struct alps_json_token *host, enum alps_vendor endpoint)
{
    struct alps_arena scratch = *r->arena;
    struct alps_policy *p = alps_policy_new(&scratch, r->catalog, 0, 1, 1);
    int rc;

    if (!p)
        return alps_allow_fail(r, host->at, no_room);
    rc = endpoint ? alps_policy_endpoint(p, host->text, endpoint) : alps_policy_host(p, host->text);
    return rc == 0 ||
           alps_allow_fail(r, host->at, "\"%.*s\" is no %s", ALLOW_SHOW(host->text),
                           endpoint ? "endpoint: write \"host\" or \"host:port\", without scheme, path or wildcard"
                                    : "host: write \"api.example.com\" or \"*.example.com\", with \":port\" if not 443");
}

static bool
add_host(struct allow_reader *r, const struct alps_json_token *t, enum alps_vendor vendor, struct alps_allow_host **all,
         size_t *n)
{
    struct alps_allow_host *h;

    if (!check_host(r, t, vendor))
        return false;
    h = ALPS_TAKE(r->arena, struct alps_allow_host, 1);
    if (!h)
        return alps_allow_fail(r, t->at, no_room);
    if (!*all)
        *all = h;
    ++*n;
    *h = (struct alps_allow_host){ .host = t->text, .vendor = vendor };
    place(r, t->at, &h->line, &h->column);
    return true;
}

static bool
read_hosts(struct allow_reader *r)
{
    struct alps_json_token t;

    if (!expect(r, ALPS_JSON_ARRAY, "\"hosts\"", NULL))
        return false;
    while (!is_next(r, ALPS_JSON_ARRAY_END))
        if (!expect(r, ALPS_JSON_STRING, "a host", &t) ||
            !add_host(r, &t, ALPS_VENDOR_NONE, &r->out->host, &r->out->n_hosts))
            return false;
    return next_token(r);
}

static enum alps_vendor
vendor_find(alps_slice name)
{
    for (int v = ALPS_VENDOR_NONE + 1; v < ALPS_VENDOR_COUNT; v++)
        if (alps_slice_eq(name, alps_slice_of(alps_vendor_name((enum alps_vendor)v))))
            return (enum alps_vendor)v;
    return ALPS_VENDOR_NONE;
}

static bool
read_endpoints(struct allow_reader *r)
{
    struct alps_json_token key, name;
    enum alps_vendor vendor;

    if (!expect(r, ALPS_JSON_OBJECT, "\"endpoints\"", NULL))
        return false;
    while (!is_next(r, ALPS_JSON_OBJECT_END)) {
        if (!expect(r, ALPS_JSON_KEY, "an endpoint", &key) ||
            !expect(r, ALPS_JSON_STRING, "an endpoint's vendor", &name))
            return false;
        vendor = vendor_find(name.text);
        if (!vendor)
            return alps_allow_fail(r, name.at, "unknown vendor \"%.*s\" (known: aws, gcp, azure)",
                                   ALLOW_SHOW(name.text));
        if (!add_host(r, &key, vendor, &r->out->endpoint, &r->out->n_endpoints))
            return false;
    }
    return next_token(r);
}

/* Evidence is two arrays in one: its lines are taken behind all of its rows, so the rows are counted first. */
static size_t
count_evidence(const struct allow_reader *r)
{
    struct alps_json_reader ahead = r->tokens;          /* only counts: what it decodes is decoded again */
    struct alps_json_token t;
    size_t n = 0, depth = 1;

    if (is_next(r, ALPS_JSON_KEY))
        n++;
    while (depth > 0 && is_next(r, ALPS_JSON_KEY) && alps_json_read(&ahead, &t) > 0) {
        n += t.event == ALPS_JSON_KEY && depth == 1;
        depth += t.event == ALPS_JSON_OBJECT || t.event == ALPS_JSON_ARRAY;
        depth -= t.event == ALPS_JSON_OBJECT_END || t.event == ALPS_JSON_ARRAY_END;
    }
    return n;
}

static bool
read_lines(struct allow_reader *r, struct alps_allow_evidence *e)
{
    struct alps_json_token t;

    if (!expect(r, ALPS_JSON_ARRAY, "evidence", NULL))
        return false;
    for (; !is_next(r, ALPS_JSON_ARRAY_END); e->n++) {
        alps_slice *line = ALPS_TAKE(r->arena, alps_slice, 1);

        if (!line)
            return alps_allow_fail(r, r->next.at, no_room);
        if (!expect(r, ALPS_JSON_STRING, "a line of evidence", &t))
            return false;
        if (!e->lines)
            e->lines = line;
        *line = t.text;
    }
    return next_token(r);
}

static bool
read_evidence(struct allow_reader *r)
{
    struct alps_json_token key;

    if (!expect(r, ALPS_JSON_OBJECT, "\"evidence\"", NULL))
        return false;
    r->out->evidence = ALPS_TAKE(r->arena, struct alps_allow_evidence, count_evidence(r));
    if (!r->out->evidence)
        return alps_allow_fail(r, r->next.at, no_room);
    while (!is_next(r, ALPS_JSON_OBJECT_END)) {
        struct alps_allow_evidence *e = &r->out->evidence[r->out->n_evidence++];

        if (!expect(r, ALPS_JSON_KEY, "evidence", &key))
            return false;
        e->access = key.text;
        if (!read_lines(r, e))
            return false;
    }
    return next_token(r);
}

static bool
read_document(struct allow_reader *r)
{
    static const struct member members[] = {
        { "alps", read_version }, { "function", read_function }, { "code", read_code }, { "context", read_context },
        { "allow", read_allow }, { "hosts", read_hosts }, { "endpoints", read_endpoints }, { "evidence", read_evidence },
        { NULL, NULL }
    };

    if (!start(r) || !read_members(r, members, "an allowlist",
                                   "alps, function, code, context, allow, hosts, endpoints, evidence"))
        return false;
    return r->has_version || alps_allow_fail(r, 0, "an allowlist says its version: \"alps\": 1");
}

/* Is there a value for every ${account} and the like?  Known only at the end: "context" may come after "allow". */
static bool
check_variables(struct allow_reader *r)
{
    for (size_t i = 0; i < r->out->n_rules; i++) {
        const struct alps_allow_rule *rule = &r->out->rule[i];
        alps_slice rest = rule->resource, literal;
        struct allow_variable v;
        enum allow_piece piece;

        while ((piece = alps_allow_piece(&rest, &literal, &v)) != ALLOW_NO_PIECE) {
            if (piece == ALLOW_LITERAL || v.is_env || alps_allow_context(r->out, v.name).n)
                continue;
            r->err->line = rule->line;
            r->err->column = rule->column;
            snprintf(r->err->text, sizeof r->err->text, "its resource holds ${%.*s}, but \"context\" does not say \"%.*s\"",
                     ALLOW_SHOW(v.name), ALLOW_SHOW(v.name));
            return false;
        }
    }
    return true;
}

struct alps_allow *
alps_allow_read(struct alps_arena *arena, const struct alps_catalog *catalog, alps_slice json,
                struct alps_allow_error *err)
{
    struct allow_reader r = { .arena = arena, .catalog = catalog, .err = err };

    *err = (struct alps_allow_error){ .line = 1, .column = 1 };
    r.json = alps_arena_copy(arena, json);
    r.scratch = alps_arena_take(arena, 1, json.n && memchr(json.p, '\\', json.n) ? json.n : 1, 1);
    r.out = ALPS_TAKE(arena, struct alps_allow, 1);
    if (!r.json.p || !r.scratch || !r.out) {
        r.json.n = 0;
        alps_allow_fail(&r, 0, no_room);
        return NULL;
    }
    return check_text(&r, *arena) && read_document(&r) && check_variables(&r) ? r.out : NULL;
}
