/* Names of Azure: known actions as a tree of segments, types as the vendor spells them, resources that are compared
 * without regard to case. */
#include "core/azure.h"
#include "core/catalog_look.h"
#include "core/reason.h"
#include "core/utf8.h"

/* As strcasecmp orders: ${a} against the NUL-terminated ${b}. */
static int
fold_compare(alps_slice a, const char *b)
{
    for (size_t i = 0; i < a.n; i++) {
        uint8_t x = alps_lower(a.p[i]), y = alps_lower((uint8_t)b[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return b[a.n] ? -1 : 0;
}

uint32_t
alps_azure_type(const struct alps_catalog *c, uint32_t parent, alps_slice word)
{
    uint32_t lo = look_type(c, parent)->child, hi = look_type(c, parent + 1)->child;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = fold_compare(word, look_text(c, look_type(c, mid)->text));
        if (d == 0)
            return mid;
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

const char *
alps_azure_word(const struct alps_catalog *c, uint32_t row)
{ return look_text(c, look_type(c, row)->text); }

const struct alps_row_arm *
alps_azure_exception(const struct alps_catalog *c, alps_slice type, unsigned method, bool list)
{
    uint32_t lo = 0, hi = c->arm.n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (fold_compare(type, look_text(c, look_arm(c, mid)->type)) > 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < c->arm.n && fold_compare(type, look_text(c, look_arm(c, lo)->type)) == 0; lo++)
        if (look_arm(c, lo)->method == method && look_arm(c, lo)->list == list)
            return look_arm(c, lo);
    return NULL;
}

static uint16_t
verb_of(alps_slice word)
{
    static const char verbs[][8] = { "read", "write", "delete", "action" };

    for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (alps_slice_ieq(word, alps_slice_of(verbs[i])))
            return (uint16_t)(1u << i);
    return 0;
}

bool
alps_azure_verb(alps_slice word)
{ return verb_of(word) != 0; }

bool
alps_azure_action(const struct alps_catalog *c, alps_slice name, char *out, bool *provider)
{
    alps_slice word, rest = name;
    uint32_t at = 0;
    bool known = true, more;
    size_t n = 0;

    *provider = false;
    do {
        uint32_t next = known ? alps_azure_type(c, at, (more = alps_slice_cut(rest, '/', &word, &rest), word)) : 0;
        if (!known)
            more = alps_slice_cut(rest, '/', &word, &rest);
        if (n)
            out[n++] = '/';
        if (next)
            memcpy(out + n, look_text(c, look_type(c, next)->text), word.n);
        else if (word.n)
            memcpy(out + n, word.p, word.n);
        for (size_t i = 0; !more && verb_of(word) && i < word.n; i++)
            out[n + i] = (char)alps_lower(word.p[i]);
        n += word.n;
        *provider |= next != 0;
        if (!more && known && (look_type(c, at)->is & verb_of(word)))
            return true;
        known &= next != 0;
        at = next;
    } while (more);
    return known && (look_type(c, at)->is & ALPS_TYPE_ITSELF);
}

/* The service of a host "…": the row of its longest stem. */
const struct alps_row_host *
alps_azure_host(const struct alps_catalog *c, alps_slice host, size_t *before)
{
    const uint16_t *hash = (const uint16_t *)(const void *)look_at(c, c->host_hash);

    for (size_t at = 0; at < host.n; at++) {
        alps_slice stem = alps_slice_sub(host, at, host.n);
        if (at && host.p[at - 1] != '.')
            continue;
        for (uint32_t slot = alps_catalog_hash(stem.p, (uint32_t)stem.n); hash[slot & 4095]; slot++) {
            const struct alps_row_host *row = look_host(c, hash[slot & 4095] - 1u);
            if (look_compare(stem, look_text(c, row->stem)) != 0)
                continue;
            *before = at;
            if (look_service(c, row->service)->vendor == ALPS_AZURE)
                return row;
            break;
        }
    }
    return NULL;
}

bool
alps_azure_folds(const struct alps_catalog *c, alps_slice resource)
{
    alps_slice host, rest;
    const struct alps_row_host *row;
    size_t before;

    if (resource.n && resource.p[0] == '/')
        return true;                                /* an ARM id */
    if (!alps_slice_starts(resource, ALPS_S("https://")))
        return false;
    alps_slice_cut(alps_slice_sub(resource, 8, resource.n), '/', &host, &rest);
    row = alps_azure_host(c, host, &before);
    return row && (look_service(c, row->service)->traits & ALPS_TRAIT_FOLD);
}

static int
digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
alps_azure_path(alps_slice path, char *out, size_t cap)
{
    alps_slice rest;
    size_t n = 0;

    alps_slice_cut(path, '?', &path, &rest);
    for (size_t i = path.n && path.p[0] == '/'; i < path.n; i++) {
        uint8_t c = path.p[i];
        if (c == '#' || c == '\\')
            return -ALPS_BAD_NAME;                  /* an end to some readers */
        if (c == '%') {
            int high = i + 2 < path.n ? digit(path.p[i + 1]) : -1, low = high < 0 ? -1 : digit(path.p[i + 2]);
            if (low < 0)
                return -ALPS_BAD_NAME;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (n + 3 > cap)
            return -ALPS_NAME_TOO_LONG;
        if (c < 0x20 || c == 0x7f)
            return -ALPS_BAD_NAME;
        if (c == '/' && path.p[i] != '/') {
            memcpy(out + n, "%2F", 3);
            n += 3;
            continue;
        }
        out[n++] = (char)c;
    }
    return n && alps_utf8_valid((alps_slice){ (uint8_t *)out, n }) ? (int)n : -ALPS_BAD_NAME;
}

int
alps_azure_url(alps_slice url, char *out, size_t cap)
{
    alps_slice rest, host, path, first, kind, tail;
    size_t n = 0;
    int rc;

    if (alps_slice_starts(url, ALPS_S("https://")))
        rest = alps_slice_sub(url, 8, url.n);
    else if (alps_slice_starts(url, ALPS_S("http://")))
        rest = alps_slice_sub(url, 7, url.n);
    else
        return -ALPS_BAD_NAME;
    alps_slice_cut(rest, '/', &host, &path);
    alps_slice_cut(host, '.', &first, &tail);
    alps_slice_cut(tail, '.', &kind, &rest);
    if (host.n == 0 || host.n + 16 > cap)
        return host.n ? -ALPS_NAME_TOO_LONG : -ALPS_BAD_NAME;
    if (alps_slice_ends(first, ALPS_S("-secondary")) && kind.n)
        first.n -= 10;
    memcpy(out, "https://", n = 8);
    for (size_t i = 0; i < host.n; i++) {
        uint8_t c = alps_lower(host.p[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.')
            return -ALPS_BAD_NAME;                  /* a port, a user: no account of the cloud's */
        if (i >= first.n && host.p + i < kind.p - 1)
            continue;
        if (host.p + i == kind.p && alps_slice_ieq(kind, ALPS_S("dfs"))) {
            memcpy(out + n, "blob", 4);
            n += 4;
            i += 2;
            continue;
        }
        out[n++] = (char)c;
    }
    out[n++] = '/';
    rc = alps_azure_path(path, out + n, cap - n);
    return rc < 0 ? rc : (int)n + rc;
}
