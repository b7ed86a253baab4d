/* Requests to Azure.  A control plane's path names its own action ("type behind the last /providers/, and verb"); data
 * planes go by tables of verb, path, query and headers, one service per family of hosts.
 * Facts: the vendor's REST reference, "Resource IDs", OData 3 (keys in parentheses). */
#include "core/azure.h"
#include "core/call_inside.h"

static const uint8_t marker[] = "()";           /* a key follows: no path can spell it, its parentheses are refused */

static unsigned
traits_of(const struct call_head *h, unsigned i)
{
    return look_service(h->c, h->service[i])->traits;
}

/* --- which services --- */

/* Host → small letters in host_text, without a dot at the end; ${port}: with its colon, n = 0 if it is the usual one. */
static bool
split_host(struct call_head *h, alps_slice *port)
{
    alps_slice name, digits;
    bool stated = alps_slice_cut(h->r->host, ':', &name, &digits);

    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    if (name.n == 0 || name.n >= sizeof h->host_text)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = alps_lower(name.p[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
            return false;
        h->host_text[i] = (char)c;
    }
    h->host = (alps_slice){ (const uint8_t *)h->host_text, name.n };
    *port = (alps_slice){ NULL, 0 };
    if (stated && !alps_slice_eq(digits, h->r->tls ? ALPS_S("443") : ALPS_S("80")))
        *port = alps_slice_sub(h->r->host, h->r->host.n - digits.n - 1, h->r->host.n);
    return true;
}

static bool
row_fits(enum alps_capture capture, alps_slice before)
{
    if (capture == ALPS_HOST_PLAIN)
        return before.n == 0;
    return before.n && (capture == ALPS_HOST_BUCKET || !memchr(before.p, '.', before.n));
}

/* The services whose stem ${host} ends in; ${before} is what stands before it. */
static void
services_at(struct call_head *h, alps_slice host, alps_slice *before)
{
    const struct alps_row_host *end = look_host(h->c, h->c->host.n);
    size_t at = 0;
    const struct alps_row_host *row = alps_azure_host(h->c, host, &at);

    *before = (alps_slice){ host.p, at ? at - 1 : 0 };
    for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem; row++)
        if (look_service(h->c, row->service)->vendor == ALPS_AZURE && h->n_services < ALPS_CANDIDATES &&
            row_fits((enum alps_capture)row->capture, *before))
            h->service[h->n_services++] = row->service;
}

/* An emulator serves what its port says; on another port it may be any of the storage services. */
static void
services_of_endpoint(struct call_head *h, alps_slice port)
{
    static const char ports[][8] = { ":10000", ":10001", ":10002" };
    alps_slice before;

    services_at(h, port, &before);
    for (unsigned i = 0; i < sizeof ports / sizeof *ports && (h->n_services == 0 || i); i++)
        if (h->n_services == i)
            services_at(h, alps_slice_of(ports[i]), &before);
}

/* --- the path --- */

/* The next byte of ${s} from *${at}, its escape undone; -1 at the end. */
static int
byte_at(alps_slice s, size_t *at)
{
    struct { uint8_t high, low; } d;

    if (*at >= s.n)
        return -1;
    if (s.p[*at] != '%')
        return s.p[(*at)++];
    d.high = s.p[*at + 1];
    d.low = s.p[*at + 2];
    *at += 3;
    d.high = (uint8_t)(d.high <= '9' ? d.high - '0' : (d.high | 0x20) - 'a' + 10);
    d.low = (uint8_t)(d.low <= '9' ? d.low - '0' : (d.low | 0x20) - 'a' + 10);
    return d.high << 4 | d.low;
}

/* "'it''s'" from *${at}, behind which *${at} is left.  ${inside}: raw, between the quotes.  ${plain}: no quote in it. */
static bool
quoted(alps_slice s, size_t *at, alps_slice *inside, bool *plain)
{
    size_t from, next = *at;

    *plain = true;
    if (byte_at(s, &next) != '\'')
        return false;
    for (from = *at = next;; *at = next) {
        int c = byte_at(s, &next);
        if (c < 0)
            return false;
        if (c != '\'')
            continue;
        size_t peek = next;
        if (byte_at(s, &peek) != '\'') {
            *inside = alps_slice_sub(s, from, *at);
            *at = next;
            return true;
        }
        *plain = false;
        next = peek;
    }
}

static bool
add(struct call_path *p, alps_slice seg)
{
    if (p->n == ALPS_CALL_SEGMENTS)
        return false;
    p->at[p->n++] = seg;
    return true;
}

/* "t(PartitionKey='p',RowKey='r')", "Tables('t')", "t()" → the name, a marker, the keys. */
static bool
add_odata(struct call_path *p, alps_slice seg)
{
    alps_slice name, keys, key[2] = { { NULL, 0 }, { NULL, 0 } };
    size_t at = 0;
    bool plain, named = false;

    if (!alps_slice_cut(seg, '(', &name, &keys)) {
        for (size_t i = 0; i < seg.n;) {
            int c = byte_at(seg, &i);
            if (c == '(' || c == ')')
                return false;                       /* escaped: to some servers a key, to others a name */
        }
        return add(p, seg);
    }
    if (name.n == 0 || !keys.n || keys.p[keys.n - 1] != ')' || memchr(name.p, '%', name.n))
        return false;
    keys.n--;
    if (!add(p, name) || !add(p, (alps_slice){ marker, 2 }))
        return false;
    while (at < keys.n) {
        alps_slice rest = alps_slice_sub(keys, at, keys.n), value;
        unsigned k = alps_slice_starts(rest, ALPS_S("RowKey="));
        bool has_name = k || alps_slice_starts(rest, ALPS_S("PartitionKey="));
        at += k ? 7 : has_name ? 13 : 0;
        if (!quoted(keys, &at, &value, &plain) || key[k].p || (!has_name && (named || !plain || at < keys.n)))
            return false;
        key[k] = value.n ? value : ALPS_S("%00");   /* an empty key is a key; its text is nobody's name */
        named = has_name;
        if (at < keys.n && (keys.p[at++] != ',' || at == keys.n))
            return false;
    }
    if (named && !(key[0].p && key[1].p))
        return false;
    return (!key[0].p || add(p, key[0])) && (!key[1].p || add(p, key[1]));
}

/* The path as the tables write it.  ${account}: its first segment, if that is an account. */
static int
read_path(const struct call_head *h, unsigned traits, bool emulated, struct call_path *p, alps_slice *account)
{
    alps_slice rest = h->r->path, seg, head;
    bool first = emulated;

    p->n = 0;
    p->end = rest.p + rest.n;
    if (rest.n == 0 || rest.p[0] != '/')
        return -ALPS_BAD_TARGET;
    rest = alps_slice_sub(rest, 1, rest.n);
    for (bool more = rest.n != 0; more;) {
        const uint8_t *from = rest.p;
        more = alps_slice_cut(rest, '/', &seg, &rest);
        if (first) {
            first = false;
            *account = seg;
            continue;
        }
        if (!more && seg.n == 0)
            break;                                  /* "/secrets/s/" */
        if (p->n == ALPS_CALL_SEGMENTS && !(traits & (ALPS_TRAIT_ODATA | ALPS_TRAIT_COLON)))
            break;                                  /* only the rest of a path is that deep: what follows belongs to it */
        if (!more && (traits & ALPS_TRAIT_COLON) && alps_slice_rcut(seg, ':', &head, &seg)) {
            alps_slice verb = { seg.p - 1, seg.n + 1 };
            if ((head.n && !add(p, head)) || !add(p, verb))
                return -ALPS_BAD_TARGET;
        } else if ((traits & ALPS_TRAIT_ODATA) ? !add_odata(p, seg) : !add(p, (alps_slice){ from, seg.n })) {
            return -ALPS_BAD_NAME;
        }
    }
    return 0;
}

/* --- the site: "https://acct.blob.core.windows.net" --- */

static bool
is_account(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
            return false;
    return s.n != 0;
}

static int
put_piece(struct alps_call *call, struct alps_call_span *all, alps_slice piece)
{
    struct alps_call_span one;
    int rc = alps_call_text_put(call, piece, &one);

    if (rc == 0)
        all->n = (uint16_t)(all->n + one.n);
    return rc;
}

/* ${account}: of an emulator, whose host says nothing; it stands for the account of the public cloud. */
static int
name_site(struct call_head *h, unsigned service, alps_slice before, alps_slice account)
{
    struct alps_call *call = h->call;
    unsigned traits = look_service(h->c, service)->traits;
    alps_slice front, tail = alps_slice_sub(h->host, before.n + (before.n != 0), h->host.n), first, rest;
    int rc;

    if (account.p) {
        alps_slice site = alps_call_span(call, call->site);
        for (uint32_t i = 0; i < h->c->host.n && !site.n; i++)
            if (look_host(h->c, i)->service == service && look_host(h->c, i)->capture != ALPS_HOST_PLAIN &&
                alps_slice_ends(look_slice(h->c, look_host(h->c, i)->stem), ALPS_S(".windows.net")))
                site = look_slice(h->c, look_host(h->c, i)->stem);
        before = account;
        tail = site.n ? site : h->host;
        if (!is_account(account))
            return -ALPS_BAD_NAME;
    }
    alps_slice_cut(before, '.', &first, &rest);
    if ((traits & ALPS_TRAIT_STORAGE) && alps_slice_ends(first, ALPS_S("-secondary")))
        first.n -= 10;
    front = tail;
    if ((traits & ALPS_TRAIT_DFS) && alps_slice_starts(tail, ALPS_S("dfs.")))
        tail = alps_slice_sub(tail, 4, tail.n);
    call->site = (struct alps_call_span){ call->n_text, 0 };
    rc = put_piece(call, &call->site, ALPS_S("https://"));
    if (rc == 0)
        rc = put_piece(call, &call->site, first);
    if (rc == 0 && rest.n)
        rc = put_piece(call, &call->site, ALPS_S("."));
    if (rc == 0)
        rc = put_piece(call, &call->site, rest);
    if (rc == 0 && first.n)
        rc = put_piece(call, &call->site, ALPS_S("."));
    if (rc == 0 && tail.p != front.p)
        rc = put_piece(call, &call->site, ALPS_S("blob."));
    return rc ? rc : put_piece(call, &call->site, tail);
}

/* --- data planes --- */

static int
check_dots(const struct call_path *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (alps_call_decoded_eq(p->at[i], ALPS_S(".")) || alps_call_decoded_eq(p->at[i], ALPS_S("..")))
            return -ALPS_BAD_NAME;
    return 0;
}

static int
map_service(struct call_head *h, unsigned i, alps_slice before, bool emulated)
{
    struct call_path path;
    struct call_match match;
    alps_slice account = { NULL, 0 };
    unsigned first = h->call->n_candidates;
    int rc = read_path(h, traits_of(h, i), emulated && (traits_of(h, i) & ALPS_TRAIT_STORAGE), &path, &account);

    if (rc)
        return rc;
    h->path = &path;
    rc = alps_call_rest_match(h, h->service[i], &match);
    h->path = NULL;
    if (rc <= 0)
        return rc;
    rc = check_dots(&path);
    if (rc == 0 && first == 0)
        rc = name_site(h, h->service[i], before, account);
    for (unsigned k = 0; k < match.n_leaves && rc == 0; k++) {
        if (look_operation(h->c, match.leaf[k].operation).batch) {
            rc = alps_call_batch_choose(h, CALL_BATCH_PARTS, match.leaf[k].operation);
            return rc ? rc : 1;
        }
        rc = alps_call_candidate_add(h->call, match.leaf[k].operation);
        if (rc == 0)
            rc = alps_call_bind(h, h->call->n_candidates - 1u, &match);
    }
    return rc;
}

static int
map_services(struct call_head *h, alps_slice before, bool emulated)
{
    int failed = 0;

    for (unsigned i = 0; i < h->n_services; i++) {
        int rc = map_service(h, i, before, emulated);
        if (rc < 0 && (h->n_services == 1 || rc == -ALPS_INTERNAL || rc == -ALPS_BATCH))
            return rc;
        if (rc > 0)
            return 0;                               /* a batch */
        failed = rc ? rc : failed;                  /* not this one's path */
    }
    if (h->call->n_candidates == 0)
        return failed ? failed : -ALPS_UNKNOWN_API;
    return alps_call_body_choose(h->call, ALPS_BODY_JSON, h->coding, h->type);
}

/* Method overrides: what the vendor's own SDK sends is "MERGE", to tables, in place of POST. */
static int
headers(struct call_head *h, struct alps_request *room)
{
    alps_slice method = { NULL, 0 };

    for (unsigned i = 0; i < h->r->n_headers; i++) {
        alps_slice name = h->r->header[i].name, value = h->r->header[i].value;
        if (alps_slice_ieq(name, ALPS_S("content-type")))
            h->type = value;
        else if (alps_slice_ieq(name, ALPS_S("content-encoding")))
            h->coding = value;
        else if (alps_slice_ieq(name, ALPS_S("x-http-method")) && !method.p)
            method = value;
        else if (alps_slice_ieq(name, ALPS_S("x-http-method")) || alps_slice_ieq(name, ALPS_S("x-method-override")) ||
                 alps_slice_ieq(name, ALPS_S("x-http-method-override")))
            return -ALPS_METHOD_OVERRIDE;
    }
    if (!method.p || alps_slice_eq(method, h->r->method))
        return 0;
    for (unsigned i = 0; i < h->n_services; i++)
        if (!(traits_of(h, i) & ALPS_TRAIT_ODATA))
            return -ALPS_METHOD_OVERRIDE;
    if (!alps_slice_eq(method, ALPS_S("MERGE")) || !alps_slice_eq(h->r->method, ALPS_S("POST")))
        return -ALPS_METHOD_OVERRIDE;
    *room = *h->r;
    room->method = method;
    h->r = room;
    return 0;
}

int
alps_call_azure(struct call_head *h, const struct alps_context *ctx, int otherwise)
{
    bool emulated = ctx->endpoint == ALPS_AZURE, shared;
    alps_slice port, before = { NULL, 0 };
    struct alps_request room;
    int rc;

    if ((otherwise != -ALPS_HOST_NOT_LISTED && h->call->vendor != ALPS_AZURE) || !split_host(h, &port))
        return otherwise;
    if (emulated)
        services_of_endpoint(h, port);
    else
        services_at(h, h->host, &before);
    if (h->n_services == 0 || (port.n && !emulated && !(traits_of(h, 0) & ALPS_TRAIT_ANYPORT)))
        return h->call->vendor == ALPS_AZURE ? -ALPS_UNKNOWN_SERVICE : otherwise;
    shared = (traits_of(h, 0) & ALPS_TRAIT_SHARED) != 0;
    h->call->vendor = shared ? h->call->vendor : ALPS_AZURE;
    if (!emulated && h->r->tls && h->r->sni.n == 0)
        return -ALPS_HOST_DIFFERS;                  /* every SDK names the server it talks to */
    rc = headers(h, &room);
    if (rc == 0)
        rc = alps_call_head_queries(h);
    if (rc == 0)
        rc = traits_of(h, 0) & ALPS_TRAIT_ARM ? alps_call_arm(h) : map_services(h, before, emulated);
    if (rc && shared)
        return otherwise;                           /* the host is not Azure's alone */
    h->call->vendor = ALPS_AZURE;
    h->call->protocol = ALPS_PROTO_REST_JSON;
    return rc;
}
