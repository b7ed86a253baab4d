/* analyzer/cloud.c: clients and handles by table. */
#include "analyzer/cloud.h"

#include "analyzer/project.h"
#include "analyzer/wire.h"

enum { TYPE, METHODS, ARGUMENTS, REQUESTS, RETURNS, DEEP = 8 };

static bool
starts(const char *s, const char *head)
{
    return strncmp(s, head, strlen(head)) == 0;
}

/* Is ${name} in "a,b,c"? */
static bool
listed(const char *list, const char *name, size_t k)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");

        if (n == k && memcmp(p, name, k) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

bool
alps_cloud_is(const struct alps_value *client)
{
    return client->kind == V_CLIENT && strchr(client->type, ':') != NULL;
}

struct alps_value *
alps_cloud_handle(struct alps_flow *f, const char *type, const struct alps_object *members)
{
    struct alps_value *v = alps_calls_client(f, type, type);

    alps_object_copy(f->mem, v->object, members, false);
    return v;
}

static struct alps_value *
get(struct alps_flow *f, const struct alps_object *o, const char *name)
{
    return alps_object_get(o, alps_flow_intern(f, name));
}

static void
bind(struct alps_flow *f, struct alps_object *into, const char *name, size_t n, struct alps_value *v)
{
    alps_object_set(f->mem, into, alps_mem_name(f->mem, name, n), v, false);
}

/* --- arguments --- */

/* The piece ${from}…${to} of a text, marks and all. */
static struct alps_value *
piece(struct alps_flow *f, const struct alps_value *v, size_t from, size_t to)
{
    struct alps_value *part = alps_value_new(f->mem, V_TEXT);

    *part = *v;
    part->text = alps_mem_text(f->mem, v->text + from, to - from);
    part->n = to - from;
    return part;
}

/* The first ${sep} of v->text[from, to), outside the names of variables; ${to} if none. */
static size_t
cut_at(const struct alps_value *v, size_t from, size_t to, char sep)
{
    bool inside = false;

    for (size_t i = from; i < to; i++) {
        inside = v->text[i] == TEXT_ENV || (inside && v->text[i] != TEXT_END);
        if (!inside && v->text[i] == sep)
            return i;
    }
    return to;
}

enum { PIECES = 8 };

/* "project.dataset.table" for a text cut at its dots, from the right; "url/container/blob" at its slashes, from the left. */
static void
bind_pieces(struct alps_flow *f, struct alps_object *into, const char *names, size_t n, char sep, const struct alps_value *v)
{
    const char *name[PIECES];
    size_t size[PIECES], from[PIECES + 1], k = 0, parts = 0, at = 0;

    for (const char *p = names; k < PIECES && p <= names + n; p += size[k - 1] + 1) {
        name[k] = p;
        size[k] = strcspn(p, ".,/&;}");
        k++;
        if (p + size[k - 1] >= names + n)
            break;
    }
    if (sep == '/' && v->n > 8 && memchr(v->text, ':', 8))              /* "https://", "gs://" */
        at = (size_t)((const char *)memchr(v->text, ':', 8) - v->text) + 3;
    if (sep == '/' && at > v->n)
        return;
    while (parts < k && at <= v->n) {
        from[parts++] = at;
        at = sep == '/' && parts == k ? v->n + 1 : cut_at(v, at, v->n, sep) + 1;
    }
    from[parts] = at;
    for (size_t i = 0; i < parts; i++) {
        size_t to = sep == '.' ? k - parts + i : i;
        struct alps_value *part = piece(f, v, from[i], from[i + 1] - 1 < v->n ? from[i + 1] - 1 : v->n);

        if (part->n || v->n == 0)
            bind(f, into, name[to], size[to], part);
    }
}

/* "AccountName=acct;…", "Endpoint=sb://ns.servicebus.windows.net/;…": whose it is.  A variable does not tell. */
static void
bind_connection(struct alps_flow *f, struct alps_object *into, const struct alps_value *v)
{
    static const char *const keys[] = { "AccountName=", "Endpoint=sb://", "Endpoint=https://", "AccountEndpoint=https://",
                                        "endpoint=https://", "HostName=" };

    for (size_t k = 0; k < sizeof keys / sizeof *keys && v->kind == V_TEXT; k++) {
        const char *p = memmem(v->text, v->n, keys[k], strlen(keys[k]));
        size_t from, to;

        if (!p)
            continue;
        from = (size_t)(p - v->text) + strlen(keys[k]);
        to = cut_at(v, from, v->n, ';');
        bind(f, into, "url", 3, piece(f, v, from, cut_at(v, from, to, '/')));
        break;
    }
    bind(f, into, "connection", 10, (struct alps_value *)(uintptr_t)v);
    for (const char *p = v->kind == V_TEXT ? memmem(v->text, v->n, "EntityPath=", 11) : NULL; p; p = NULL)
        bind(f, into, "entity", 6, piece(f, v, (size_t)(p - v->text) + 11,
                                         cut_at(v, (size_t)(p - v->text) + 11, v->n, ';')));
}

/* A name in a binding: "%QUEUE%" is a setting, "{id}" what the trigger brings. */
static struct alps_value *
binding_text(struct alps_flow *f, struct alps_value *v)
{
    struct alps_value *all = alps_value_literal(f->mem, "", 0), *one;

    if (!alps_value_is_literal(v))
        return v;
    for (const char *p = v->text, *end; *p; p = end) {
        const char *close = *p == '%' ? strchr(p + 1, '%') : *p == '{' ? strchr(p, '}') : NULL;

        end = close ? close + 1 : p + 1;
        while (!close && *end && *end != '%' && *end != '{')
            end++;
        one = !close ? alps_value_literal(f->mem, p, (size_t)(end - p)) : *p == '%'
            ? alps_value_env(f->mem, alps_mem_text(f->mem, p + 1, (size_t)(close - p - 1)), NULL)
            : alps_value_unknown(f->mem, ROOT_EVENT, "the trigger's");
        all = alps_value_concat(f->mem, all, one);
    }
    return all;
}

static struct alps_value *returned(struct alps_flow *, const char *spec, size_t n, struct alps_value *self,
                                   const struct alps_object *members, bool *is_text);

/* "fn(Type)": the function that was given is called with one. */
static void
call_with(struct alps_flow *f, const char *spec, size_t n, struct alps_value *v, struct alps_value *self,
          const struct alps_object *members, const struct alps_node *at)
{
    bool text;
    unsigned second = spec[2] == '2';
    struct alps_value *one = n == 9 && memcmp(spec, "fn(event)", 9) == 0 ? alps_value_unknown(f->mem, ROOT_EVENT, "event")
        : returned(f, spec + 3 + second, n - 4 - second, self, members, &text);
    struct alps_value *item[2] = { second ? alps_value_unknown(f->mem, ROOT_NONE, "ctx") : one, one };
    struct alps_args args = { .item = item, .n = 1 + second };

    f->frame->branch++;
    for (unsigned i = 0; i < alps_value_count(v); i++)
        if (alps_value_at(v, i)->kind == V_FUNCTION || alps_value_at(v, i)->kind == V_METHOD)
            alps_flow_call(f, alps_value_at(v, i), NULL, &args, at);
    f->frame->branch--;
}

struct binding {
    struct alps_flow *f;
    struct alps_object *into;           /* members so far, those of the handle among them */
    struct alps_value *self;
    const struct alps_node *at;
};

static void bind_value(struct binding *, const char *spec, size_t n, struct alps_value *);

/* "member", "a<b&c<d", "a.b.c", "url/a", "$connection", "fn(Type)" for one value (not a set). */
static void
bind_one(struct binding *b, const char *spec, size_t n, struct alps_value *v)
{
    struct alps_flow *f = b->f;
    const char *end = spec + n, *dot = memchr(spec, '.', n), *slash = memchr(spec, '/', n);

    if (v->kind == V_NULL)
        return;
    if (v->kind == V_ARRAY && memchr(spec, '<', n)) {   /* a list of handles */
        bind_value(b, spec, n, alps_flow_elements(f, v));
        return;
    }
    if (n > 4 && (memcmp(spec, "fn(", 3) == 0 || memcmp(spec, "fn2(", 4) == 0)) {
        call_with(f, spec, n, v, b->self, b->into, b->at);
    } else if (v->kind == V_CLIENT && alps_cloud_is(v) && !(n == 10 && memcmp(spec, "credential", 10) == 0)) {
        if (!memchr(spec, '<', n) && (dot || slash))            /* a handle has them all */
            alps_object_copy(f->mem, b->into, v->object, false);
        for (const char *p = spec; p < end && !dot && !slash;) {
            size_t k = strcspn(p, "&,;}"), to = strcspn(p, "<&,;}");
            const char *from = to < k ? p + to + 1 : p;
            struct alps_value *known;

            k = p + k > end ? (size_t)(end - p) : k;
            known = alps_object_get(v->object, alps_mem_name(f->mem, from, (size_t)(p + k - from)));
            if (known)
                bind(f, b->into, p, to < k ? to : k, known);
            p += k + 1;
        }
    } else if (*spec == '$' && n == 11 && memcmp(spec, "$connection", 11) == 0) {
        bind_connection(f, b->into, v);
    } else if (*spec == '$') {
        bind(f, b->into, spec + 1, n - 1, binding_text(f, v));
    } else if ((dot || slash) && v->kind == V_TEXT) {
        bind_pieces(f, b->into, spec, n, slash ? '/' : '.', v);
    } else {
        size_t k = strcspn(spec, "<&,;}./");

        bind(f, b->into, spec, k < n ? k : n, v);
    }
}

static void
bind_value(struct binding *b, const char *spec, size_t n, struct alps_value *v)
{
    if (alps_value_count(v) > 1 && !memchr(spec, '(', n) && !memchr(spec, '<', n) && !memchr(spec, '/', n) &&
        !memchr(spec, '.', n)) {
        struct alps_value *plain = NULL;

        for (unsigned i = 0; i < alps_value_count(v); i++)
            if (!alps_cloud_is(alps_value_at(v, i)))
                plain = alps_value_join(b->f->mem, plain, alps_value_at(v, i));
        if (plain) {
            bind(b->f, b->into, spec, n, plain);
            return;
        }
    }
    for (unsigned i = 0; i < alps_value_count(v); i++) {
        struct alps_object *before = ALPS_MEM(b->f->mem, struct alps_object);

        alps_object_copy(b->f->mem, before, b->into, false);
        bind_one(b, spec, n, alps_value_at(v, i));
        for (unsigned k = 0; i && k < b->into->n; k++) {        /* the second handle's name is one more, not another */
            struct alps_value *old = alps_object_get(before, b->into->field[k].name);

            if (old && old != b->into->field[k].value)
                b->into->field[k].value = alps_value_join(b->f->mem, old, b->into->field[k].value);
        }
    }
}

/* "a.b" of an object: NULL when it is not there. */
static struct alps_value *
inside(struct alps_flow *f, struct alps_value *v, const char *path, size_t n)
{
    for (const char *p = path, *end = path + n; v && p < end;) {
        size_t k = strcspn(p, ".=;}");
        const char *name = alps_mem_name(f->mem, p, k);

        if (v->kind == V_SET)
            v = v->item[0];
        if (v->kind != V_OBJECT && v->kind != V_INSTANCE)
            return v->kind == V_UNKNOWN && p != path ? v : NULL;
        v = alps_object_get(v->object, name) || v->kind == V_OBJECT ? alps_object_get(v->object, name)
            : alps_flow_member(f, v, name, NULL);
        p += k + 1;
    }
    return v;
}

/* "{a=member;b.c=member}" */
static void
bind_object(struct binding *b, const char *spec, const char *end, struct alps_value *v)
{
    for (const char *p = spec + 1; p < end - 1;) {
        const char *stop = p;
        size_t k = strcspn(p, "=;}");
        struct alps_value *one;

        while (stop < end - 1 && *stop != ';')
            stop++;
        one = v ? inside(b->f, v, p, k) : NULL;
        if (one && p[k] == '=')
            bind_value(b, p + k + 1, (size_t)(stop - p - (ptrdiff_t)k - 1), one);
        else if (one)
            bind_value(b, p, k, one);
        p = stop + 1;
    }
}

static void
bind_arguments(struct binding *b, const char *spec, struct alps_args *a)
{
    bool python = b->at->source->lang->dotted_modules;
    int at = 0;

    for (const char *p = spec; *p && strcmp(spec, "-") != 0;) {
        const char *end = p, *name = p + (*p == '@');
        unsigned depth = 0;
        size_t k;
        struct alps_value *v;

        while (*end && (*end != ',' || depth)) {
            depth += *end == '{' || *end == '(';
            depth -= *end == '}' || *end == ')';
            end++;
        }
        k = strcspn(name, "=,");
        if (*p == '{') {
            struct alps_value *o = alps_args_at(a, (unsigned)at++);

            if (python && a->named) {
                o = alps_value_object(b->f->mem);
                o->object = a->named;
            }
            bind_object(b, p, end, o);
        } else if (*p == '-') {
            at++;
        } else {
            v = alps_args_named(b->f, a, alps_mem_text(b->f->mem, name, k), *p == '@' ? -1 : at);
            at += *p != '@';
            if (v)
                bind_value(b, name[k] == '=' ? name + k + 1 : name, (size_t)(end - name) - (name[k] == '=' ? k + 1 : 0), v);
        }
        p = end + (*end == ',');
    }
}

/* --- what comes back --- */

/* "storage.Blob(object=* bucket={b})" with the handle's members. */
static struct alps_value *
typed(struct alps_flow *f, const char *spec, size_t n, const struct alps_object *members)
{
    const char *open = memchr(spec, '(', n), *end = spec + n;
    size_t k = open ? (size_t)(open - spec) : n;
    struct alps_value *v = alps_cloud_handle(f, alps_mem_text(f->mem, spec, k), members);

    for (const char *p = open ? open + 1 : end; p < end - 1;) {
        const char *stop = p, *equals = p + strcspn(p, "= )");

        while (stop < end - 1 && *stop != ' ')
            stop++;
        if (*equals == '=' && equals[1] == '*' && equals + 2 == stop)
            bind(f, v->object, p, (size_t)(equals - p), alps_value_unknown(f->mem, ROOT_NONE, "a response"));
        else if (*equals == '=')
            bind(f, v->object, p, (size_t)(equals - p),
                 alps_wire_text(f, equals + 1, (size_t)(stop - equals - 1), members));
        p = stop + 1;
    }
    return v;
}

static struct alps_value *
returned(struct alps_flow *f, const char *spec, size_t n, struct alps_value *self, const struct alps_object *members,
         bool *is_text)
{
    struct alps_value *v;

    *is_text = n && *spec == '=';
    if (*is_text)
        return alps_wire_text(f, spec + 1, n - 1, members);
    if (n == 0 || (n == 1 && *spec == '-'))
        return alps_calls_response(f);
    if (n == 4 && memcmp(spec, "self", 4) == 0 && self)
        return self;
    if (*spec == '[') {
        v = alps_value_new(f->mem, V_ARRAY);
        v->object = alps_flow_object(f);
        v->object->any = returned(f, spec + 1, n - 2, self, members, is_text);
        return v;
    }
    return typed(f, spec, n, members);
}

/* --- rows --- */

static const struct alps_row *
row_find(const struct alps_table *t, const char *type, const char *method, const char *language)
{
    for (unsigned i = 0; i < t->n; i++) {
        const char *const *cell = t->row[i].cell, *kind = cell[TYPE];

        if (kind[0] && kind[2] == '|' && (kind[0] != language[0] || kind[1] != language[1]))
            continue;                                   /* "py|storage:Blob": in that language alone */
        kind += kind[0] && kind[2] == '|' ? 3 : 0;
        if (strcmp(kind, type) == 0 && listed(cell[METHODS], method, strlen(method)))
            return &t->row[i];
    }
    return NULL;
}

static const char *
language_of(const struct alps_node *at)
{
    return !at ? "js" : at->source->lang->dotted_modules ? "py" : strcmp(at->source->lang->name, "go") == 0 ? "go" : "js";
}

/* The row of a method, of the type or of what it is based on; *${base}: the generated client at the end of that. */
static const struct alps_row *
method_row(struct alps_flow *f, const char *type, const char *method, const char *language, const char **base)
{
    const struct alps_table *t = &f->calls->sdk->cloud;
    const struct alps_row *row;

    *base = type;
    for (unsigned deep = 0; deep < DEEP; deep++) {
        if ((row = row_find(t, *base, method, language)) != NULL)
            return row;
        if ((row = row_find(t, *base, "@base", language)) == NULL)
            return NULL;
        *base = row->cell[RETURNS];
    }
    return NULL;
}

/* Is there a key, so that no role is asked? */
static bool
has_key(struct alps_flow *f, const struct alps_object *members)
{
    struct alps_value *v = get(f, members, "credential");

    for (unsigned i = 0; v && i < alps_value_count(v); i++) {
        struct alps_value *one = alps_value_at(v, i);

        if (one->kind == V_TEXT || (one->kind == V_CLIENT && strcmp(one->type, "azure:Key") == 0))
            return true;
    }
    return get(f, members, "connection") != NULL;
}

void
alps_cloud_send(struct alps_flow *f, const char *request, const struct alps_object *members, const struct alps_node *at)
{
    bool by_key = has_key(f, members);

    if (!alps_wire_send(f, request, members, at))
        alps_project_note(f->project, at->source->path, at->line, at->column, "unknown-call", true,
                          alps_mem_print(f->mem, "the request that this call sends is not understood (%s); nothing is "
                                         "allowed for it", request));
    if (!by_key)
        return;
    for (struct alps_call_found *c = f->calls->first; c; c = c->next)
        if (c->line == at->line && c->column == at->column && strcmp(c->file, at->source->path) == 0)
            c->by_key = true;
    alps_calls_note(f, at, "key-access", "made with a key or a connection string: not enforceable by RBAC, enforced at run time");
}

static void
send_all(struct alps_flow *f, const char *requests, const struct alps_object *members, const struct alps_node *at)
{
    for (const char *p = requests, *end; *p && strcmp(requests, "-") != 0; p = end) {
        const char *stop = strstr(p, " ; ");
        bool wanted = true;

        end = stop ? stop + 3 : p + strlen(p);
        stop = stop ? stop : end;
        while (starts(p, "if ")) {
            bool not = p[3] == '!';
            size_t k = strcspn(p + 3 + not, ":");
            struct alps_value *v = alps_object_get(members, alps_mem_name(f->mem, p + 3 + not, k));

            wanted &= (v != NULL && v->kind != V_NULL && v->kind != V_FALSE) != not;
            p += 3 + not + k + 2;
        }
        if (wanted)
            alps_cloud_send(f, alps_mem_text(f->mem, p, (size_t)(stop - p)), members, at);
    }
}

static void
callbacks(struct alps_flow *f, struct alps_args *a, const char *spec, const struct alps_node *at)
{
    for (unsigned i = 0; i < a->n && !strstr(spec, "fn(") && !strstr(spec, "fn2("); i++)
        if (a->item[i]->kind == V_FUNCTION) {
            struct alps_args one = { .item = a->item + i, .n = 1 };

            alps_flow_escape(f, &one, 0, at);
        }
}

static struct alps_value *
run_row(struct alps_flow *f, const struct alps_row *row, struct alps_value *self, struct alps_args *a,
        const struct alps_node *at)
{
    struct alps_value *members = alps_value_object(f->mem);
    struct binding b = { f, members->object, self, at };
    const char *spec = row->cell[RETURNS];
    bool is_text;

    if (self)
        alps_object_copy(f->mem, members->object, self->object, false);
    bind_arguments(&b, row->cell[ARGUMENTS], a);
    send_all(f, row->cell[REQUESTS], members->object, at);
    callbacks(f, a, row->cell[ARGUMENTS], at);
    return returned(f, spec, strlen(spec), self, members->object, &is_text);
}

/* The names of a type's methods that are nearest to one that is not known. */
static const char *
nearest(struct alps_flow *f, const char *type, const char *name)
{
    const struct alps_table *t = &f->calls->sdk->cloud;
    const char *found = "";
    unsigned limit = (unsigned)strlen(name) / 3 + 1, shown = 0;

    for (unsigned d = 1; d <= limit && shown < 3; d++)
        for (unsigned i = 0; i < t->n && shown < 3; i++) {
            const char *kind = t->row[i].cell[TYPE];

            if (strcmp(kind + (kind[0] && kind[2] == '|' ? 3 : 0), type) != 0)
                continue;
            for (const char *p = t->row[i].cell[METHODS]; *p && shown < 3;) {
                size_t n = strcspn(p, ",");
                char *one = alps_mem_text(f->mem, p, n);

                if (*one != '@' && *one != '.' && alps_sdk_distance(one, name) == d) {
                    found = alps_mem_print(f->mem, "%s%s%s", found, *found ? ", " : "", one);
                    shown++;
                }
                p += n + (p[n] == ',');
            }
        }
    return found;
}

void
alps_cloud_unknown(struct alps_flow *f, const struct alps_value *client, const char *name, const char *near,
                   const struct alps_node *at)
{
    alps_project_note(f->project, at ? at->source->path : "", at ? at->line : 0, at ? at->column : 0, "unknown-call", true,
                      alps_mem_print(f->mem, "%s has no method \"%s\"; nothing is allowed for it%s%s%s", client->type, name,
                                     *near ? " (nearest: " : "", near, *near ? ")" : ""));
}

/* What every object of a language has, and what clients do to themselves. */
static bool
is_harmless(const char *name)
{
    static const char harmless[] = "close,aclose,__enter__,__aenter__,__exit__,__aexit__,end,destroy,terminate,toString,"
        "toJSON,to_dict,toObject,as_dict,on,once,off,removeListener,emit,use,dispose,SetTimeout,Close,transport,initialize";

    return strncmp(name, "__", 2) == 0 || listed(harmless, name, strlen(name));
}

struct alps_value *
alps_cloud_method(struct alps_flow *f, struct alps_value *o, const char *name, struct alps_args *a,
                  const struct alps_node *at)
{
    const char *base;
    const struct alps_row *row = method_row(f, o->type, name, language_of(at), &base);
    struct alps_value *v;

    if (row)
        return run_row(f, row, o, a, at);
    if (starts(base, "gapic:"))
        return alps_gapic_method(f, o, base + 6, name, a, at);
    if (starts(base, "discovery:"))
        return alps_discovery_method(f, o, name, a, at);
    if (starts(base, "arm:"))
        return alps_arm_method(f, o, name, a, at);
    v = alps_cloud_member(f, o, name, at);
    if (v->kind == V_CLIENT && v != o)                  /* a member that is called: Python's lazily made clients */
        return v;
    if (strcmp(name, "__enter__") == 0 || strcmp(name, "__aenter__") == 0)
        return o;
    if ((v = alps_object_get(o->object, name)) != NULL && v->kind == V_FUNCTION)
        return alps_flow_call(f, v, o, a, at);
    if (strcmp(name, "then") == 0 || strcmp(name, "catch") == 0 || strcmp(name, "finally") == 0)
        return alps_builtin_method(f, o, name, a, at);
    if (!is_harmless(name) && strcmp(o->type, "azure:Credential") != 0 && strcmp(o->type, "azure:Key") != 0)
        alps_cloud_unknown(f, o, name, nearest(f, o->type, name), at);
    callbacks(f, a, "", at);
    return alps_calls_response(f);
}

struct alps_value *
alps_cloud_member(struct alps_flow *f, struct alps_value *o, const char *name, const struct alps_node *at)
{
    const char *base, *dotted = alps_mem_print(f->mem, ".%s", name);
    const struct alps_row *row = method_row(f, o->type, dotted, language_of(at), &base);
    struct alps_args none = { 0 };
    struct alps_value *v;

    if (row && at)
        return run_row(f, row, o, &none, at);
    if (starts(base, "discovery:"))
        return alps_discovery_member(f, o, name);
    if (starts(base, "arm:") && (v = alps_arm_member(f, o, name)) != NULL)
        return v;
    if ((v = alps_object_get(o->object, name)) != NULL)
        return v;
    v = alps_value_new(f->mem, V_METHOD);
    v->base = o;
    v->text = name;
    return v;
}

struct alps_value *
alps_cloud_external(struct alps_flow *f, const char *path, struct alps_args *a, const struct alps_node *at)
{
    const struct alps_table *t = &f->calls->sdk->cloud;
    struct alps_value *v;

    for (unsigned i = 0; i < t->n; i++)
        if (strcmp(t->row[i].cell[TYPE], "new") == 0 && listed(t->row[i].cell[METHODS], path, strlen(path)))
            return run_row(f, &t->row[i], NULL, a, at);
    if ((v = alps_gapic_new(f, path)) != NULL || (v = alps_discovery_new(f, path, a)) != NULL ||
        (v = alps_arm_new(f, path, a)) != NULL)
        return v;
    if (starts(path, "py:google.") || starts(path, "py:azure.") || starts(path, "py:firebase_")) {
        const char *last = strrchr(path, '.') + 1;

        if (*last >= 'A' && *last <= 'Z') {             /* a message: its fields */
            v = alps_value_object(f->mem);
            v->object->owner = f->frame;
            for (unsigned i = 0; i < a->n; i++)
                alps_object_copy(f->mem, v->object, a->item[i]->kind == V_OBJECT ? a->item[i]->object : NULL, false);
            alps_object_copy(f->mem, v->object, a->named, false);
            v->object->open = true;
            v->roots = ROOT_NONE;
            return v;
        }
        if (strcmp(path, "py:google.auth.default") == 0) {      /* credentials, and the project they are for */
            v = alps_value_new(f->mem, V_ARRAY);
            v->object = alps_flow_object(f);
            alps_object_set(f->mem, v->object, alps_flow_intern(f, "0"), alps_calls_response(f), false);
            alps_object_set(f->mem, v->object, alps_flow_intern(f, "1"), alps_value_env(f->mem, "!project", NULL), false);
            return v;
        }
    }
    return NULL;
}

/* --- tables of lines --- */

const char *
alps_cloud_line(const char *table, const char *section, const char *name, size_t *n)
{
    const char *p = table;
    size_t k = strlen(section);

    while (*section && (p = strstr(p, section)) != NULL && !(p > table + 1 && p[-1] == '@' && p[-2] == '\n' &&
                                                           (p[k] == '\t' || p[k] == ' ')))
        p++;
    if (!p)
        return NULL;
    if (*section && !name) {
        *n = strcspn(p, "\n");
        return p;
    }
    for (p = *section ? p + strcspn(p, "\n") + 1 : p; *p && (*p != '@' || !*section); p += *n + (p[*n] == '\n')) {
        size_t cell = strcspn(p, "\t\n");

        *n = strcspn(p, "\n");
        if (*p != '#' && alps_cloud_same(p, cell, name))
            return p;
    }
    return NULL;
}

bool
alps_cloud_same(const char *a, size_t n, const char *b)
{
    size_t i = 0;

    for (; *b; b++) {
        if (*b == '_' && i > 0)
            continue;
        while (i < n && a[i] == '_')
            i++;
        if (i == n || alps_lower((uint8_t)a[i]) != alps_lower((uint8_t)*b))
            return false;
        i++;
    }
    while (i < n && a[i] == '_')
        i++;
    return i == n;
}
