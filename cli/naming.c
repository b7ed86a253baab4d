/* Names that hold elsewhere, too: what the environment holds becomes ${env:NAME} again, the function's own account and
 * region ${account} and ${region}. */
#include "cli/learnt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { VALUE_MIN = 3, ARN_FIELDS = 6 };

/* Variables that shells, users and runtimes set; a name that happens to be their value does not come from them. */
static const char *const never[] = {
    "ALPS_*", "AWS_*", "AZURE_CLIENT_*", "COLORTERM", "DISPLAY", "EDITOR", "GOOGLE_APPLICATION_CREDENTIALS", "GPG_*", "HOME", "HOST",
    "HOSTNAME", "HOSTTYPE", "LANG", "LANGUAGE", "LC_*", "LD_*", "LESS*", "LOGNAME", "LS_COLORS", "MACHTYPE", "MAIL", "MAKE*",
    "MANPATH", "NODE_*", "OLDPWD", "OSTYPE", "PAGER", "PATH", "PS1", "PWD", "PYTHON*", "SHELL", "SHLVL", "SSH_*", "SSL_*", "SUDO_*",
    "TERM", "TMP*", "TZ", "USER", "USERNAME", "VISUAL", "XDG_*", "_*" };

struct variable { char *name; const char *value; size_t n; bool known; };

struct naming {
    const struct alps_allow *context;
    struct variable *variable;
    size_t n;
    struct alps_bytes out;
};

static bool
is_never(const char *name)
{
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        size_t n = strlen(never[i]);

        if (never[i][n - 1] == '*' ? strncmp(name, never[i], n - 1) == 0 : strcmp(name, never[i]) == 0)
            return true;
    }
    return false;
}

static bool
can_be_name(const char *value)
{
    bool letter = false;

    for (const char *c = value; *c; c++) {
        if (!isgraph((unsigned char)*c))
            return false;
        letter |= isalpha((unsigned char)*c) != 0;
    }
    return letter && strlen(value) >= VALUE_MIN;
}

/* Is "${env:NAME" in one of its rules? */
static bool
uses(const struct alps_allow *known, const char *name)
{
    char want[512];
    size_t n = (size_t)snprintf(want, sizeof want, "${env:%s", name);

    for (size_t i = 0; known && n < sizeof want && i < known->n_rules; i++) {
        alps_slice s = known->rule[i].resource;
        const uint8_t *hit = memmem(s.p, s.n, want, n);

        if (hit && hit + n < s.p + s.n && (hit[n] == '}' || hit[n] == '|'))
            return true;
    }
    return false;
}

/* Those that are known first, then the longest value, then by name, so that the choice is always the same. */
static int
variable_order(const void *a, const void *b)
{
    const struct variable *x = a, *y = b;

    if (x->known != y->known)
        return x->known ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void
collect(struct naming *k, const struct alps_allow *known)
{
    size_t cap = 0;

    while (environ[cap])
        cap++;
    k->variable = calloc(cap + 1, sizeof *k->variable);
    for (size_t i = 0; k->variable && i < cap; i++) {
        const char *equals = strchr(environ[i], '=');
        char *name = equals ? strndup(environ[i], (size_t)(equals - environ[i])) : NULL;
        bool is_known = name && uses(known, name);

        if (name && (is_known || !is_never(name)) && can_be_name(equals + 1))
            k->variable[k->n++] = (struct variable){ name, equals + 1, strlen(equals + 1), is_known };
        else
            free(name);
    }
    if (k->n)
        qsort(k->variable, k->n, sizeof *k->variable, variable_order);
}

static const char *
env(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* What a template is with this environment: canonical.  0: nothing. */
static size_t
fill(const struct naming *k, const char *template, const char *service, uint8_t out[static ALPS_RESOURCE])
{
    struct alps_allow_rule rule = { .service = alps_slice_of(service), .resource = alps_slice_of(template), .action = ALPS_S("*") };

    return alps_allow_pattern(&alps_catalog_builtin, k->context, &rule, env, NULL, out);
}

static void
put_variable(struct naming *k, const char *before, const char *name)
{
    alps_bytes_add(&k->out, before);
    alps_bytes_add(&k->out, name);
    alps_bytes_add(&k->out, "}");
}

static bool
is_edge(char c)
{ return c == '\0' || c == '/' || c == ':'; }

/* Whole parts of a name, between slashes and colons.  "${" would begin a variable that is none. */
static void
put_parts(struct naming *k, const char *at, const char *end)
{
    while (at < end) {
        const struct variable *v = k->variable, *last = v + k->n;
        size_t n;

        while (v < last && !(v->n <= (size_t)(end - at) && memcmp(v->value, at, v->n) == 0 && (at + v->n == end || is_edge(at[v->n]))))
            v++;
        if (v < last) {
            put_variable(k, "${env:", v->name);
            at += v->n;
        }
        for (n = 0; at + n < end && !is_edge(at[n]); n++)
            ;
        n += at + n < end;
        for (size_t i = 0; i < n; i++)
            alps_bytes_put(&k->out, at[i] == '$' && at[i + 1] == '{' ? "?" : at + i, 1);
        at += n;
    }
}

/* ${field} is what the context's ${name} is; "*" is the account that nobody knows, the function's own. */
static bool
is_own(const struct naming *k, const char *name, const char *field, size_t n)
{
    char template[64];
    uint8_t room[ALPS_RESOURCE];
    size_t filled;

    if (n == 1 && *field == '*')
        return strcmp(name, "account") == 0;
    snprintf(template, sizeof template, "x/${%s}", name);
    filled = fill(k, template, "storage", room);
    return filled == n + 2 && memcmp(room + 2, field, n) == 0;
}

static void
put_own(struct naming *k, const char *name, const char *field, size_t n)
{
    if (n && is_own(k, name, field, n))
        put_variable(k, "${", name);
    else
        alps_bytes_put(&k->out, field, n);
}

/* "arn:partition:service:region:account:rest"; what a resource is ("table/") comes from no variable. */
static void
put_arn(struct naming *k, const char *arn)
{
    const char *field = arn, *rest;
    size_t n;
    bool typed;

    for (unsigned i = 0; i < ARN_FIELDS - 1; i++, field += n + 1) {
        n = strcspn(field, ":");
        put_own(k, i == 3 ? "region" : i == 4 ? "account" : "", field, n);
        alps_bytes_add(&k->out, ":");
    }
    rest = field;
    n = strcspn(rest, "/:");
    typed = rest[n] && !alps_slice_starts(alps_slice_of(arn), ALPS_S("arn:aws:s3:"));
    if (typed) {
        alps_bytes_put(&k->out, rest, n + 1);
        rest += n + 1;
    }
    put_parts(k, rest, rest + strlen(rest));
}

static bool
is_arn(const char *s)
{
    unsigned colons = 0;

    for (const char *c = s; *c; c++)
        colons += *c == ':';
    return strncmp(s, "arn:", 4) == 0 && colons >= ARN_FIELDS - 1;
}

/* "projects/p/…", "/subscriptions/s/…", "https://account.blob.core.windows.net/…" */
static void
put_path(struct naming *k, const char *name)
{
    static const struct { const char *before, *is; } own[] = { { "projects/", "project" }, { "/subscriptions/", "subscription" } };

    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t before = strlen(own[i].before), n;

        if (strncmp(name, own[i].before, before) != 0)
            continue;
        n = strcspn(name + before, "/");
        if (n && is_own(k, own[i].is, name + before, n)) {
            alps_bytes_put(&k->out, name, before);
            put_variable(k, "${", own[i].is);
            name += before + n;
            break;
        }
    }
    put_parts(k, name, name + strlen(name));
}

/* A variable may hold all of it, as an ARN, a URL or whatever becomes the same; or the ARN that it begins with. */
static bool
put_whole(struct naming *k, const char *resource)
{
    size_t n = strlen(resource);

    for (size_t i = 0; i < k->n; i++) {
        const struct variable *v = &k->variable[i];
        uint8_t room[ALPS_RESOURCE];
        char template[600], service[64] = "s3";

        if (!strpbrk(v->value, ":/") || (size_t)snprintf(template, sizeof template, "${env:%s}", v->name) >= sizeof template)
            continue;
        if (is_arn(resource))
            sscanf(resource, "arn:%*[^:]:%63[^:]", service);
        if (fill(k, template, service, room) == n && memcmp(room, resource, n) == 0) {
            put_variable(k, "${env:", v->name);
            return true;
        }
        if (is_arn(v->value) && v->n < n && strncmp(resource, v->value, v->n) == 0 && is_edge(resource[v->n])) {
            put_variable(k, "${env:", v->name);
            alps_bytes_put(&k->out, resource + v->n, 1);
            put_parts(k, resource + v->n + 1, resource + n);
            return true;
        }
    }
    return false;
}

char *
alps_learnt_name(const struct alps_allow *context, const struct alps_allow *known, const char *resource)
{
    struct naming k = { .context = context };

    collect(&k, known);
    alps_bytes_put(&k.out, "", 0);
    if (strcmp(resource, "*") == 0)
        alps_bytes_add(&k.out, resource);
    else if (put_whole(&k, resource))
        ;
    else if (is_arn(resource))
        put_arn(&k, resource);
    else
        put_path(&k, resource);
    for (size_t i = 0; i < k.n; i++)
        free(k.variable[i].name);
    free(k.variable);
    return k.out.p;
}
