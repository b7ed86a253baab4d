/* Resource templates filled in, and the one spelling under which resources are compared.
 * Facts: the vendor's documentation of ARNs, of queue URLs, of function names ("123456789012:function:name:alias"), of
 * secret ARNs ("-" and six random characters behind the name). */
#include "core/azure.h"
#include "core/partiql.h"
#include "core/resource_inside.h"

/* Replace what was written so far from its ${field}th ':' on: "arn:aws:sqs:R" → "arn:aws:sqs:". */
static bool
rewind_to_field(struct fill *f, unsigned field)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->p[i] == ':' && --field == 0) {
            f->n = i + 1;
            return true;
        }
    }
    return false;
}

static bool
all_digits(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* "eu-west-1": small words and a number, joined by '-'. */
static bool
looks_like_region(alps_slice s)
{
    alps_slice word, rest = s;
    unsigned words = 0;

    while (alps_slice_cut(rest, '-', &word, &rest)) {
        for (size_t i = 0; i < word.n; i++)
            if (word.p[i] < 'a' || word.p[i] > 'z')
                return false;
        if (word.n < 2)
            return false;
        words++;
    }
    return words >= 2 && all_digits(word);
}

/* --- normalisers: a value as people and SDKs write it → its part of the canonical name --- */

static void
as_text(struct fill *f, alps_slice v)
{
    put_value(f, v);
}

static void
as_name(struct fill *f, alps_slice v)
{
    if (is_arn(v))
        put_arn(f, v);
    else
        put_value(f, v);
}

/* Host of a queue URL → its region: "sqs.R.…", "R.queue.…"; "queue.…" is us-east-1; empty: not told (an emulator). */
static alps_slice
queue_region(alps_slice host)
{
    alps_slice first, rest, second, more;

    alps_slice_cut(host, '.', &first, &rest);
    alps_slice_cut(rest, '.', &second, &more);
    if ((alps_slice_eq(first, ALPS_S("sqs")) || alps_slice_eq(first, ALPS_S("sqs-fips"))) && looks_like_region(second))
        return second;
    if (alps_slice_eq(second, ALPS_S("queue")) && looks_like_region(first))
        return first;
    if (alps_slice_eq(first, ALPS_S("queue")) && alps_slice_eq(second, ALPS_S("amazonaws")))
        return ALPS_S("us-east-1");
    return (alps_slice){ NULL, 0 };
}

/* "https://sqs.eu-west-1.amazonaws.com/111122223333/orders" → host, account and name, and what stands before them.
 * False: it is no URL. */
static bool
queue_url(alps_slice v, alps_slice *host, alps_slice *account, alps_slice *name, alps_slice *front)
{
    alps_slice rest;

    if (alps_slice_starts(v, ALPS_S("https://")))
        rest = alps_slice_sub(v, 8, v.n);
    else if (alps_slice_starts(v, ALPS_S("http://")))
        rest = alps_slice_sub(v, 7, v.n);
    else
        return false;
    alps_slice_cut(rest, '/', host, &rest);
    alps_slice_rcut(rest, '/', account, name);
    alps_slice_rcut(*account, '/', front, account);
    return true;
}

/* Is it the URL of one queue and nothing else?  Emulators write "/queue/111122223333/orders"; what else comes before or
 * behind could be all that the service reads. */
static bool
queue_plain(alps_slice host, alps_slice account, alps_slice name, alps_slice front)
{
    alps_slice word, rest;

    alps_slice_cut(front, '/', &word, &rest);
    for (size_t i = 0; i < name.n; i++)
        if (memchr("%?#\\", name.p[i], 4))
            return false;
    return name.n && all_digits(account) && (front.n == 0 || alps_slice_eq(word, ALPS_S("queue"))) &&
           !(host.n && memchr(host.p, '@', host.n));
}

static void
as_queue(struct fill *f, alps_slice v)
{
    alps_slice host, account, name, front, region, here;

    if (is_arn(v) || !queue_url(v, &host, &account, &name, &front)) {
        as_name(f, v);
        return;
    }
    if (name.n == 0 || (!symbolic(v) && !queue_plain(host, account, name, front))) {
        (void)fail(f, ALPS_BAD_NAME);
        return;
    }
    region = queue_region(host);
    here = f->member(f->ctx, ALPS_S("region"));
    if (region.n && looks_like_region(here) && !alps_slice_eq(region, here))
        (void)fail(f, ALPS_REGION_DIFFERS);             /* the service reads the path alone: this is another queue */
    if (region.n && rewind_to_field(f, 3)) {
        put_value(f, region);
        put(f, ALPS_S(":"));
    } else if (!rewind_to_field(f, 4)) {
        (void)fail(f, ALPS_INTERNAL);
    }
    put_value(f, account);
    put(f, ALPS_S(":"));
    put_value(f, name);
}

/* "name", "name:alias", an ARN, or a part of one: region, account and "function:" may each stand before the name. */
static void
as_function(struct fill *f, alps_slice v)
{
    static const uint8_t unknown[1] = { ALPS_MARK_UNKNOWN };
    alps_slice region = { NULL, 0 }, account = { NULL, 0 }, word, rest;

    if (is_arn(v)) {
        put_arn(f, v);
        return;
    }
    if (alps_slice_cut(v, ':', &word, &rest) && looks_like_region(word)) {
        region = word;
        v = rest;
    }
    if (alps_slice_cut(v, ':', &word, &rest) && all_digits(word) && word.n == 12) {
        account = word;
        v = rest;
    }
    if (alps_slice_cut(v, ':', &word, &rest) && alps_slice_eq(word, ALPS_S("function")))
        v = rest;
    if (region.n && account.n == 0)
        account = f->member(f->ctx, ALPS_S("account"));
    if ((region.n || account.n) && !rewind_to_field(f, region.n ? 3 : 4)) {
        (void)fail(f, ALPS_INTERNAL);
        return;
    }
    if (region.n) {
        put_value(f, region);
        put(f, ALPS_S(":"));
    }
    if (region.n || account.n) {
        put(f, account.n ? account : (alps_slice){ unknown, 1 });
        put(f, ALPS_S(":function:"));
    }
    put_value(f, v);
}

/* A secret's ARN ends in "-" and six characters that nobody chose; alps_resource_canonical takes them off again. */
static void
as_secret(struct fill *f, alps_slice v)
{
    if (is_arn(v)) {
        put_arn(f, v);
        return;
    }
    put_value(f, v);
    put(f, ALPS_S("-??????"));
}

/* "/a/b", "a", "name:3", "name:label": the slash in front and what selects a version are no part of the name. */
static void
as_parameter(struct fill *f, alps_slice v)
{
    alps_slice name = v, rest;

    if (is_arn(v)) {
        put_arn(f, v);
        return;
    }
    if (!symbolic(v))
        alps_slice_cut(v, ':', &name, &rest);
    while (name.n && name.p[0] == '/')
        name = alps_slice_sub(name, 1, name.n);
    put_value(f, name);
}

/* A key's id, its ARN, "alias/x", an alias' ARN. */
static void
as_key(struct fill *f, alps_slice v)
{
    if (!is_arn(v) && !alps_slice_starts(v, ALPS_S("alias/")))
        put(f, ALPS_S("key/"));
    as_name(f, v);
}

/* "search-orders-abcdefghijklmnopqrstuvwxyz" → "orders": the domain in the host of a search endpoint. */
static void
as_domain(struct fill *f, alps_slice v)
{
    alps_slice kind, name, hash;

    if (!alps_slice_cut(v, '-', &kind, &name) || !alps_slice_rcut(name, '-', &name, &hash) || name.n == 0 ||
        !(alps_slice_eq(kind, ALPS_S("search")) || alps_slice_eq(kind, ALPS_S("vpc")) ||
          alps_slice_eq(kind, ALPS_S("doc"))))
        (void)fail(f, ALPS_BAD_NAME);
    put_value(f, name);
}

/* "a1b2c3-vpce-0123abcd" → "a1b2c3": an API under the name that a network's endpoint has for it. */
static void
as_api(struct fill *f, alps_slice v)
{
    static const char mark[] = "-vpce-";

    for (size_t i = 0; i + sizeof mark - 1 <= v.n; i++)
        if (memcmp(v.p + i, mark, sizeof mark - 1) == 0)
            v.n = i;
    put_value(f, v);
}

/* A PartiQL statement: its table, and "/index/" and the index if it names one. */
static void
as_partiql(struct fill *f, alps_slice v)
{
    struct alps_partiql q;
    int rc = alps_partiql_read(v, &q);

    if (rc) {
        (void)fail(f, -rc);
        return;
    }
    as_name(f, q.table);
    if (q.index.n) {
        put(f, ALPS_S("/index/"));
        put_value(f, q.index);
    }
}

/* Azure: the URL of a copy's source, without its query, under the name that the same blob has as a destination. */
static void
as_url(struct fill *f, alps_slice v)
{
    int n = symbolic(v) ? 0 : alps_azure_url(v, f->p + f->n, f->cap - f->n);

    if (symbolic(v))
        put_value(f, v);
    else if (n < 0)
        (void)fail(f, -n);
    else
        f->n += (size_t)n;
}

/* Azure: "/filesystem/dir/file?sig=…" of a rename's source → what stands behind the site. */
static void
as_path(struct fill *f, alps_slice v)
{
    int n = symbolic(v) ? 0 : alps_azure_path(v, f->p + f->n, f->cap - f->n);

    if (symbolic(v))
        put_value(f, v);
    else if (n < 0)
        (void)fail(f, -n);
    else
        f->n += (size_t)n;
}

static normaliser *
normaliser_named(alps_slice name)
{
    if (alps_slice_eq(name, ALPS_S("url")))
        return as_url;
    if (alps_slice_eq(name, ALPS_S("path")))
        return as_path;
    if (alps_slice_eq(name, ALPS_S("text")))
        return as_text;
    if (alps_slice_eq(name, ALPS_S("queue")))
        return as_queue;
    if (alps_slice_eq(name, ALPS_S("function")))
        return as_function;
    if (alps_slice_eq(name, ALPS_S("secret")))
        return as_secret;
    if (alps_slice_eq(name, ALPS_S("parameter")))
        return as_parameter;
    if (alps_slice_eq(name, ALPS_S("key")))
        return as_key;
    if (alps_slice_eq(name, ALPS_S("partiql")))
        return as_partiql;
    if (alps_slice_eq(name, ALPS_S("domain")))
        return as_domain;
    if (alps_slice_eq(name, ALPS_S("api")))
        return as_api;
    return name.n ? alps_resource_s3(name) : as_name;
}

/* --- templates --- */

/* What an alternative has to give: its member's value, its default, or nothing. */
static bool
part_value(struct fill *f, alps_slice part, alps_slice *value, alps_slice *norm)
{
    static const uint8_t unknown[1] = { ALPS_MARK_UNKNOWN };
    alps_slice name, absent;

    alps_template_part(part, &name, norm, &absent);
    *value = f->member(f->ctx, name);
    if (value->n)
        return true;
    *value = absent;
    if (absent.n == 0 && alps_member_builtin(name))
        *value = alps_slice_eq(name, ALPS_S("partition")) ? ALPS_S("aws") : (alps_slice){ unknown, 1 };
    return value->n != 0;
}

static bool
group_value(struct fill *f, alps_slice inside, alps_slice *value, alps_slice *norm, bool *builtin)
{
    alps_slice part, name, n2, absent;

    while (inside.n) {
        alps_slice_cut(inside, '|', &part, &inside);
        if (part_value(f, part, value, norm)) {
            alps_template_part(part, &name, &n2, &absent);
            *builtin = alps_member_builtin(name);
            return true;
        }
    }
    return false;
}

/* The end of the optional group that starts at ${t}.p[at], and whether all its members are there. */
static size_t
optional_end(struct fill *f, alps_slice t, size_t at, bool *there)
{
    alps_slice inside, value, norm;
    bool builtin;
    size_t next;

    *there = true;
    for (size_t i = at + 1; i < t.n; i = next) {
        next = i + 1;
        if (t.p[i] == ']')
            return i;
        if (t.p[i] == '{' && alps_template_group(t, i, &inside, &next))
            *there &= group_value(f, inside, &value, &norm, &builtin);
    }
    return t.n;
}

static void
fill_group(struct fill *f, alps_slice inside)
{
    alps_slice value, norm;
    bool builtin;
    normaliser *write;

    if (!group_value(f, inside, &value, &norm, &builtin)) {
        (void)fail(f, ALPS_NO_RESOURCE);
        return;
    }
    write = normaliser_named(norm);
    if (builtin)
        put(f, value);
    else if (write)
        write(f, value);
    else
        (void)fail(f, ALPS_INTERNAL);
}

int
alps_resource_fill(const char *resource, alps_member_fn *member, void *ctx, char *out, size_t cap)
{
    struct fill f = { .p = out, .cap = cap, .member = member, .ctx = ctx };
    alps_slice t = alps_slice_of(resource), inside;
    size_t next;
    bool there;

    for (size_t i = 0; i < t.n && !f.failed; i = next) {
        next = i + 1;
        if (t.p[i] == '[') {
            size_t end = optional_end(&f, t, i, &there);
            if (!there)
                next = end + 1;
        } else if (t.p[i] == '{' && alps_template_group(t, i, &inside, &next)) {
            fill_group(&f, inside);
        } else if (t.p[i] == '/' && f.object) {
            put(&f, ALPS_S("/object/"));
            f.object = false;
        } else if (t.p[i] != ']') {
            put(&f, alps_slice_sub(t, i, i + 1));
        }
    }
    return f.failed ? f.failed : (int)f.n;
}

static bool
contains(alps_slice s, alps_slice part)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (memcmp(s.p + i, part.p, part.n) == 0)
            return true;
    return false;
}

bool
alps_atom_holds(const struct alps_atom *a, alps_slice v)
{
    bool yes = v.p != NULL;

    if (yes && alps_slice_eq(a->normaliser, ALPS_S("partiql"))) {
        struct alps_partiql q;
        if (alps_partiql_read(v, &q) != 0)
            return true;
        v = alps_partiql_verb_name(q.verb);
    }
    if (a->kind == '=')
        yes = alps_slice_eq(v, a->text);
    if (a->kind == '~')
        yes = contains(v, a->text);
    return yes != a->negated;
}

int
alps_condition_weigh(const char *when, alps_weigh_fn *atom, void *ctx)
{
    alps_slice rest = alps_slice_of(when);
    struct alps_atom a;
    bool also;
    int all = 1, any = 0;

    while (alps_condition_next(&rest, &a, &also)) {
        int one = atom(ctx, &a);

        any = any == 1 || one == 1 ? 1 : any < 0 || one < 0 ? -1 : 0;
        if (also || rest.n == 0) {
            all = all == 0 || any == 0 ? 0 : all < 0 || any < 0 ? -1 : 1;
            any = 0;
        }
    }
    return all;
}

struct weigh { alps_member_fn *member; void *ctx; };

static int
weigh_member(void *ctx, const struct alps_atom *a)
{
    const struct weigh *w = ctx;

    return alps_atom_holds(a, w->member(w->ctx, a->name));
}

bool
alps_condition_holds(const char *when, alps_member_fn *member, void *ctx)
{
    struct weigh w = { member, ctx };

    return alps_condition_weigh(when, weigh_member, &w) == 1;
}

/* --- the one spelling --- */

static size_t
keep(char *text, size_t from, size_t n)
{
    memmove(text, text + from, n - from);
    return n - from;
}

/* The byte behind the fifth ':', 0 if there are fewer. */
static size_t
resource_part(const char *text, size_t n)
{
    unsigned colons = 0;

    for (size_t i = 0; i < n; i++)
        if (text[i] == ':' && ++colons == 5)
            return i + 1;
    return 0;
}

static alps_slice
arn_service(const char *text, size_t n)
{
    alps_slice rest = { (const uint8_t *)text, n }, field;

    alps_slice_cut(rest, ':', &field, &rest);
    alps_slice_cut(rest, ':', &field, &rest);
    alps_slice_cut(rest, ':', &field, &rest);
    return field;
}

/* Are the last seven bytes what a secret's ARN has behind its name: "-??????", or six letters and digits that nobody
 * chose?  Small letters alone are taken for a word: "db-master" is another secret than "db". */
static bool
has_suffix(const char *text, size_t n)
{
    bool chosen = true;

    if (n < 7 || text[n - 7] != '-')
        return false;
    for (size_t i = n - 6; i < n; i++) {
        char c = text[i];
        bool small = c >= 'a' && c <= 'z';
        if (!small && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && c != '?' && c != 3)
            return false;
        chosen &= small;
    }
    return !chosen;
}

static size_t
canonical_queue_url(char *text, size_t n)
{
    alps_slice all = { (uint8_t *)text, n }, host, account, name, front, region;
    char out[512];
    struct fill f = { .p = out, .cap = sizeof out };

    if (!queue_url(all, &host, &account, &name, &front) || account.n == 0 || name.n == 0 ||
        !(region = queue_region(host)).n)
        return n;
    put(&f, alps_slice_ends(host, ALPS_S(".cn")) ? ALPS_S("arn:aws-cn:sqs:") : ALPS_S("arn:aws:sqs:"));
    put(&f, region);
    put(&f, ALPS_S(":"));
    put(&f, account);
    put(&f, ALPS_S(":"));
    put(&f, name);
    if (f.failed || f.n > n)
        return n;
    memcpy(text, out, f.n);
    return f.n;
}

size_t
alps_resource_canonical(char *text, size_t n)
{
    static const char literal[][12] = { "s3express", "iot" };     /* their names may be any text, "arn:…" too */
    alps_slice service;
    size_t at, name;

    if (n < 4 || memcmp(text, "arn:", 4) != 0)
        return canonical_queue_url(text, n);
    service = arn_service(text, n);
    if (alps_slice_eq(service, ALPS_S("s3")))
        return alps_resource_s3_canonical(text, n);
    at = resource_part(text, n);
    for (size_t i = 0; i < sizeof literal / sizeof *literal; i++)
        if (at == 0 || alps_slice_eq(service, alps_slice_of(literal[i])))
            return n;
    for (name = at; name < n && text[name] != ':' && text[name] != '/'; name++)
        ;
    if (n - at > 4 && memcmp(text + at, "arn:", 4) == 0)
        return alps_resource_canonical(text, keep(text, at, n));
    if (n - at > 8 && (memcmp(text + at, "https://", 8) == 0 || memcmp(text + at, "http://", 7) == 0))
        return canonical_queue_url(text, keep(text, at, n));
    name++;                                 /* behind "table/", "secret:" */
    if (name < n && n - name > 4 && memcmp(text + name, "arn:", 4) == 0) {
        bool marked = text[n - 1] == '?' || text[n - 1] == 3;
        if (marked && alps_slice_eq(service, ALPS_S("secretsmanager")) && has_suffix(text, n))
            n -= 7;                         /* that of the name around an ARN, which has its own */
        return alps_resource_canonical(text, keep(text, name, n));
    }
    if (alps_slice_eq(service, ALPS_S("secretsmanager")) && name < n && n - name > 7)
        return has_suffix(text, n) ? n - 7 : n;
    if (alps_slice_eq(service, ALPS_S("ssm")) && name < n && text[name - 1] == '/' && text[name] == '/') {
        memmove(text + name, text + name + 1, n - name - 1);
        return n - 1;
    }
    if (alps_slice_eq(service, ALPS_S("kms")) && name < n && n - name > 6 && memcmp(text + name, "alias/", 6) == 0) {
        memmove(text + at, text + name, n - name);
        return n - (name - at);
    }
    return n;
}
