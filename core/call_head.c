/* Which vendor and which services a request may be for: TLS server name, Host, signature scope.  All that are there
 * must agree.
 * Facts: the vendor's endpoint rule sets (tables), "Signature Version 4" (credential scope). */
#include "core/call_inside.h"

static bool
host_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* Host → small letters, one dot at the end and the default port taken off.  False: no plain host name, or another
 * port. */
static bool
host_canonical(struct call_head *h)
{
    alps_slice host = h->r->host, name, port;

    if (alps_slice_cut(host, ':', &name, &port)) {
        if (!alps_slice_eq(port, h->r->tls ? ALPS_S("443") : ALPS_S("80")))
            return false;
        host = name;
    }
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n == 0 || host.n >= sizeof h->host_text)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        uint8_t c = alps_lower(host.p[i]);
        if (!host_byte(c))
            return false;
        h->host_text[i] = (char)c;
    }
    h->host = (alps_slice){ (const uint8_t *)h->host_text, host.n };
    return true;
}

static bool
sni_agrees(const struct call_head *h, bool cloud)
{
    alps_slice sni = h->r->sni, host, port;

    if (!h->r->tls)
        return true;
    if (sni.n == 0)
        return !cloud;                              /* every SDK names the server it talks to */
    if (sni.p[sni.n - 1] == '.')
        sni.n--;
    alps_slice_cut(h->r->host, ':', &host, &port);
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return alps_slice_ieq(sni, host);
}

/* "127.0.0.1:4566", "[::1]": TLS sends no name for these. */
static bool
is_address(alps_slice host)
{
    alps_slice name, port;

    alps_slice_cut(host, ':', &name, &port);
    for (size_t i = 0; i < name.n && name.p[0] != '['; i++)
        if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
            return false;
    return name.n != 0;
}

static const struct alps_row_suffix *
suffix_of(const struct alps_catalog *c, alps_slice host)
{
    for (uint32_t i = 0; i < c->suffix.n; i++) {
        const struct alps_row_suffix *s = look_suffix(c, i);
        if ((host.n == s->n || (host.n > s->n && host.p[host.n - s->n - 1] == '.')) &&
            memcmp(host.p + host.n - s->n, look_text(c, s->text), s->n) == 0)
            return s;
    }
    return NULL;
}

/* "eu-west-1", "us-gov-east-1": small words and a number. */
static bool
is_region(alps_slice s)
{
    unsigned words = 0, letters = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-') {
            if (letters < 2 || (words == 0 && letters > 4))
                return false;
            words++;
            letters = 0;
        } else if (s.p[i] >= 'a' && s.p[i] <= 'z') {
            letters++;
        } else {
            return words >= 2 && letters == 0 && i + 1 == s.n && s.p[i] >= '0' && s.p[i] <= '9';
        }
    }
    return false;
}

/* "use1-az4", "usw2-lax1-az1": ids of zones, words of which the last ends in a number. */
static bool
is_zone(alps_slice s)
{
    alps_slice word, rest = s;
    size_t letters = 0, digits = 0;
    unsigned words = 0;

    for (bool more = true; more; words++) {
        more = alps_slice_cut(rest, '-', &word, &rest);
        letters = digits = 0;
        for (size_t i = 0; i < word.n; i++) {
            bool digit = word.p[i] >= '0' && word.p[i] <= '9';
            if (!digit && (word.p[i] < 'a' || word.p[i] > 'z' || digits))
                return false;
            letters += !digit;
            digits += digit;
        }
        if (letters < 2)
            return false;
    }
    return words >= 2 && words <= 5 && digits;
}

/* The partition of a region, if the table knows it. */
static uint32_t
region_partition(const struct alps_catalog *c, alps_slice region)
{
    uint32_t lo = 0, hi = c->region.n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = look_compare(region, look_text(c, look_region(c, mid)->text));
        if (d == 0)
            return look_region(c, mid)->partition;
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

struct stem { char text[256]; uint16_t start[8], raw[8]; alps_slice region[8]; unsigned n; };   /* the last labels */

static void
stem_put(struct stem *s, size_t *n, const void *p, size_t bytes)
{
    if (bytes)
        memcpy(s->text + *n, p, bytes);
    *n += bytes;
}

/* "x.y.s3-eu-west-1" → "x.y.s3-{region}", "s3express-use1-az4" → "s3express-{zone}", with the beginnings of the last
 * eight labels. */
static void
stem_of(alps_slice rest, struct stem *s)
{
    static const char mark[] = "{region}", zone[] = "{zone}";
    size_t n = 0;
    uint16_t start[64], raw[64];
    alps_slice region[64];
    unsigned labels = 0;

    for (size_t at = 0; at <= rest.n && labels < 64;) {
        size_t end = at;
        while (end < rest.n && rest.p[end] != '.')
            end++;
        alps_slice label = alps_slice_sub(rest, at, end);
        size_t cut = 0;                             /* bytes before the region in this label */
        bool zoned = false, zonal = alps_slice_starts(label, ALPS_S("s3express-"));     /* no others name one */
        while (cut < label.n && !is_region(alps_slice_sub(label, cut, label.n)) &&
               !(zoned = zonal && cut && is_zone(alps_slice_sub(label, cut, label.n)))) {
            while (cut < label.n && label.p[cut] != '-')
                cut++;
            cut += cut < label.n;
        }
        start[labels] = (uint16_t)n;
        raw[labels] = (uint16_t)at;
        region[labels++] = alps_slice_sub(label, zoned ? label.n : cut, label.n);
        if (n + label.n + sizeof mark + 1 >= sizeof s->text)
            break;
        stem_put(s, &n, label.p, cut);
        if (cut < label.n)
            stem_put(s, &n, zoned ? zone : mark, zoned ? sizeof zone - 1 : sizeof mark - 1);
        s->text[n++] = '.';
        at = end + 1;
    }
    s->text[n ? n - 1 : 0] = 0;
    s->n = labels < 8 ? labels : 8;
    for (unsigned i = 0; i < s->n; i++) {
        s->start[i] = start[labels - s->n + i];
        s->raw[i] = raw[labels - s->n + i];
        s->region[i] = region[labels - s->n + i];
    }
}

const struct alps_row_host *
alps_call_host_rows(const struct alps_catalog *c, const char *stem, size_t n)
{
    const uint16_t *hash = (const uint16_t *)(const void *)look_at(c, c->host_hash);
    uint32_t slot = alps_catalog_hash((const uint8_t *)stem, (uint32_t)n);

    for (;; slot++) {
        uint16_t i = hash[slot & 4095];
        if (!i)
            return NULL;
        if (look_compare((alps_slice){ (const uint8_t *)stem, n }, look_text(c, look_host(c, i - 1u)->stem)) == 0)
            return look_host(c, i - 1u);
    }
}

static bool
is_account(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 12;
}

/* Does a row fit when ${before} stands in front of its stem? */
static bool
capture_fits(enum alps_capture capture, alps_slice before, bool one)
{
    switch (capture) {
    case ALPS_HOST_PLAIN:   return before.n == 0;
    case ALPS_HOST_ACCOUNT: return one && is_account(before);
    case ALPS_HOST_ANY:
    case ALPS_HOST_NAME:    return one && before.n != 0;
    case ALPS_HOST_ACCESS_POINT:
        return one && before.n > 13 && before.p[before.n - 13] == '-' &&
               is_account(alps_slice_sub(before, before.n - 12, before.n));
    case ALPS_HOST_MULTI_REGION:
    case ALPS_HOST_LABELS:
    case ALPS_HOST_BUCKET:  return before.n != 0;
    }
    return false;
}

alps_slice
alps_call_front(const struct call_head *h, uint16_t service)
{
    for (unsigned i = 0; i < h->n_services; i++)
        if (h->service[i] == service && h->front[i])
            return look_slice(h->c, h->front[i]);
    return (alps_slice){ NULL, 0 };
}

static void
service_add(struct call_head *h, uint16_t service, uint32_t front)
{
    for (unsigned i = 0; i < h->n_services; i++)
        if (h->service[i] == service)
            return;
    if (h->n_services < ALPS_CALL_SERVICES) {
        h->front[h->n_services] = front;
        h->service[h->n_services++] = service;
    }
}

/* S3's endpoints inside a network: "x.bucket.vpce-1a2b-3c4d.s3.eu-west-1" → "x.s3.eu-west-1".  Empty: it is none. */
static alps_slice
s3_inside(struct call_head *h, alps_slice inside)
{
    static const struct { char word[16], stem[24]; } kinds[] = {
        { "bucket", ".s3." }, { "accesspoint", ".s3-accesspoint." }, { "control", ".s3-control." }
    };
    struct alps_call_span a, b, c;
    alps_slice region, id, word, none = { NULL, 0 };

    if (!alps_slice_rcut(inside, '.', &inside, &region) || !alps_slice_rcut(inside, '.', &inside, &word) ||
        !alps_slice_eq(word, ALPS_S("s3")) || !alps_slice_rcut(inside, '.', &inside, &id) ||
        !alps_slice_starts(id, ALPS_S("vpce-")))
        return none;
    if (!alps_slice_rcut(inside, '.', &inside, &word))
        inside.n = 0;                               /* nothing before the word */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        alps_slice stem = alps_slice_of(kinds[i].stem);
        if (!alps_slice_eq(word, alps_slice_of(kinds[i].word)))
            continue;
        if (inside.n == 0)
            stem = alps_slice_sub(stem, 1, stem.n);
        if (alps_call_text_put(h->call, inside, &a) || alps_call_text_put(h->call, stem, &b) ||
            alps_call_text_put(h->call, region, &c))
            return none;
        a.n = (uint16_t)(a.n + b.n + c.n);
        return alps_call_span(h->call, a);
    }
    return none;
}

/* "vpce-1a2b-3c4d.sqs.eu-west-1.vpce" → "sqs.eu-west-1": its endpoint inside somebody's network is the service. */
static alps_slice
without_vpce(struct call_head *h, alps_slice rest)
{
    alps_slice inside, last, first, more, s3;

    if (!alps_slice_rcut(rest, '.', &inside, &last) || !alps_slice_eq(last, ALPS_S("vpce")))
        return rest;
    if (alps_slice_starts(inside, ALPS_S("vpce-")) && alps_slice_cut(inside, '.', &first, &more))
        return more;
    s3 = s3_inside(h, inside);
    return s3.n ? s3 : rest;
}

/* The services of the longest stem that the host ends in. */
static void
services_of_host(struct call_head *h, alps_slice rest)
{
    const struct alps_catalog *c = h->c;
    struct stem s;
    size_t all;

    stem_of(rest, &s);
    all = strlen(s.text);
    for (unsigned i = 0; i < s.n && h->n_services == 0; i++) {
        const struct alps_row_host *row = alps_call_host_rows(c, s.text + s.start[i], all - s.start[i]);
        const struct alps_row_host *end = look_host(c, c->host.n);
        alps_slice before = s.raw[i] ? alps_slice_sub(rest, 0, s.raw[i] - 1u) : (alps_slice){ rest.p, 0 };
        bool one = before.n && !memchr(before.p, '.', before.n);
        for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem; row++) {
            if (!capture_fits((enum alps_capture)row->capture, before, one))
                continue;
            service_add(h, row->service, row->front);
            if (row->capture == ALPS_HOST_ACCOUNT)
                h->account = before;
            if (row->capture >= ALPS_HOST_NAME || row->capture == ALPS_HOST_BUCKET) {
                h->bucket = before;
                h->bucket_in_host = true;
                h->capture = row->capture;
            }
        }
        for (unsigned k = i; k < s.n && h->n_services; k++)
            if (s.region[k].n)
                h->region = s.region[k];            /* of the stem, not of a bucket's name before it */
    }
}

/* "AKIA…/20260101/eu-west-1/s3/aws4_request"; without a region in the asymmetric form. */
static int
scope_parts(struct call_head *h, alps_slice credential)
{
    alps_slice head, tail, service, region, date;
    alps_slice last;

    alps_slice_rcut(credential, '/', &head, &last);
    if (!alps_slice_eq(last, ALPS_S("aws4_request")) || !alps_slice_rcut(head, '/', &tail, &service) ||
        service.n == 0 || !alps_slice_rcut(tail, '/', &head, &region))
        return -ALPS_SCOPE_DIFFERS;
    if (alps_slice_rcut(head, '/', &tail, &date) || head.n)
        h->scope_region = is_region(region) || region.n != 8 ? region : (alps_slice){ NULL, 0 };
    h->scope_service = service;
    h->scoped = true;
    return 0;
}

static int
scope_of_header(struct call_head *h, alps_slice value)
{
    alps_slice scheme, rest, one;
    int rc = -ALPS_SCOPE_DIFFERS;

    alps_slice_cut(value, ' ', &scheme, &rest);
    if (scheme.n < 5 || !alps_slice_ieq(alps_slice_sub(scheme, 0, 5), ALPS_S("AWS4-")))
        return 0;                                   /* bearer tokens and the like: the host alone tells */
    while (rest.n) {
        alps_slice_cut(rest, ',', &one, &rest);
        while (one.n && one.p[0] == ' ')
            one = alps_slice_sub(one, 1, one.n);
        if (one.n < 11 || !alps_slice_ieq(alps_slice_sub(one, 0, 11), ALPS_S("Credential=")))
            continue;
        if (h->scoped || (rc = scope_parts(h, alps_slice_sub(one, 11, one.n))))
            return -ALPS_SCOPE_DIFFERS;             /* two of them: one is for show */
    }
    return rc;
}

/* X-Amz-Credential of a presigned URL; its slashes may be escaped. */
static int
scope_of_query(struct call_head *h)
{
    struct alps_call_span span;
    bool found = false;
    int rc;

    for (unsigned i = 0; i < h->n_query; i++) {
        if (!alps_call_decoded_eq(h->query[i].key, ALPS_S("X-Amz-Credential")))
            continue;
        if (found || h->scoped)
            return -ALPS_SCOPE_DIFFERS;             /* signed twice: one of the two is for show */
        found = true;
        rc = alps_call_text_decode(h->call, h->query[i].value, false, &span);
        if (rc == 0)
            rc = scope_parts(h, alps_call_span(h->call, span));
        if (rc)
            return rc;
    }
    return 0;
}

static bool
scope_has(const struct call_head *h, uint16_t service)
{
    const struct alps_row_service *s = look_service(h->c, service);
    const uint32_t *name = look_u32(h->c, s->scope);

    for (unsigned i = 0; i < s->n_scopes; i++)
        if (look_compare(h->scope_service, look_text(h->c, name[i])) == 0)
            return true;
    return false;
}

static int
services_of_scope(struct call_head *h)
{
    for (uint16_t i = 1; i < h->c->service.n && h->n_services < ALPS_CALL_SERVICES; i++)
        if (scope_has(h, i))
            h->service[h->n_services++] = i;
    return h->n_services ? 0 : -ALPS_SCOPE_DIFFERS;
}

/* At a listed endpoint, unsigned: "X-Amz-Target: AWSCognitoIdentityProviderService.GetUser" says its API's own name. */
static int
services_of_target(struct call_head *h)
{
    alps_slice prefix, name, head;

    if (!alps_slice_rcut(h->target, '.', &prefix, &name))
        return -ALPS_UNKNOWN_API;
    if (!alps_slice_rcut(prefix, '.', &head, &name))
        name = prefix;
    for (uint16_t i = 1; i < h->c->service.n; i++) {
        const struct alps_row_service *s = look_service(h->c, i);
        for (uint32_t k = 0; k < s->n_apis && s->vendor == ALPS_AWS; k++) {
            const struct alps_row_api *api = look_api(h->c, s->api, k);
            if ((api->protocol == ALPS_PROTO_JSON10 || api->protocol == ALPS_PROTO_JSON11) &&
                look_compare(name, look_text(h->c, api->name)) == 0)
                service_add(h, i, 0);
        }
    }
    return h->n_services ? 0 : -ALPS_UNKNOWN_API;
}

/* "s3express.control" is signed for "s3express". */
static alps_slice
front_scope(const struct call_head *h, unsigned i)
{
    alps_slice scope, rest;

    alps_slice front = look_slice(h->c, h->front[i]);

    alps_slice_cut(alps_slice_sub(front, 1, front.n), '.', &scope, &rest);
    return scope;
}

static int
narrow_by_scope(struct call_head *h)
{
    unsigned n = 0;
    bool any_region = true;

    for (unsigned i = 0; i < h->n_services; i++) {
        bool fits = h->front[i] ? alps_slice_eq(front_scope(h, i), h->scope_service) : scope_has(h, h->service[i]);
        if (!fits)
            continue;
        any_region &= look_service(h->c, h->service[i])->any_region != 0;
        h->front[n] = h->front[i];
        h->service[n++] = h->service[i];
    }
    h->n_services = n;
    if (n == 0)
        return -ALPS_SCOPE_DIFFERS;
    if (!any_region && h->region.n && h->scope_region.n && !alps_slice_eq(h->region, h->scope_region))
        return -ALPS_REGION_DIFFERS;
    return 0;
}

static int
headers(struct call_head *h)
{
    bool authorized = false;
    int rc = 0;

    for (unsigned i = 0; i < h->r->n_headers && rc == 0; i++) {
        alps_slice name = h->r->header[i].name, value = h->r->header[i].value;
        switch (name.n) {                           /* most names differ in length already */
        case 12:
            if (alps_slice_ieq(name, ALPS_S("x-amz-target"))) {
                rc = h->targeted ? -ALPS_DUPLICATE_FIELD : 0;
                h->targeted = true;
                h->target = value;
            } else if (alps_slice_ieq(name, ALPS_S("content-type"))) {
                h->type = value;
            }
            break;
        case 13:
            if (alps_slice_ieq(name, ALPS_S("authorization"))) {
                rc = authorized ? -ALPS_DUPLICATE_FIELD : scope_of_header(h, value);
                authorized = true;
            }
            break;
        case 15:
            if (alps_slice_ieq(name, ALPS_S("smithy-protocol")))
                h->smithy = value;
            break;
        case 16:
            if (alps_slice_ieq(name, ALPS_S("content-encoding")))
                h->coding = value;
            break;
        }
        if (alps_slice_ieq(name, ALPS_S("x-http-method-override")) || alps_slice_ieq(name, ALPS_S("x-http-method")) ||
            alps_slice_ieq(name, ALPS_S("x-method-override")))
            rc = -ALPS_METHOD_OVERRIDE;
    }
    return rc;
}

int
alps_call_head_queries(struct call_head *h)
{
    alps_slice rest = h->r->query, one;

    if (!alps_call_escapes_whole(h->r->path) || !alps_call_escapes_whole(rest))
        return -ALPS_BAD_TARGET;
    while (rest.n) {
        alps_slice_cut(rest, '&', &one, &rest);
        if (one.n == 0)
            continue;
        if (h->n_query == ALPS_CALL_QUERY)
            return -ALPS_BAD_TARGET;
        alps_slice_cut(one, '=', &h->query[h->n_query].key, &h->query[h->n_query].value);
        h->n_query++;
    }
    return 0;
}

/* "reports-111122223333" in front of S3's access points → its ARN, which stands where a bucket would.  The alias of one
 * in several regions is unique; its account is not on the wire. */
static int
name_access_point(struct call_head *h)
{
    struct alps_call *call = h->call;
    alps_slice b = h->bucket, account = ALPS_S("*"), colon = ALPS_S(":");
    bool one = h->capture == ALPS_HOST_ACCESS_POINT;
    struct alps_call_span whole, part;
    int rc;

    if (h->capture < ALPS_HOST_ACCESS_POINT)
        return 0;
    if (one) {
        account = alps_slice_sub(b, b.n - 12, b.n);
        b = alps_slice_sub(b, 0, b.n - 13);
    } else if (alps_slice_ends(b, ALPS_S(".mrap"))) {
        call->region.n = 0;                         /* it is in none */
    } else {
        return -ALPS_UNKNOWN_SERVICE;
    }
    const alps_slice parts[] = { alps_call_span(call, call->partition), ALPS_S(":s3:"),
        one ? alps_call_span(call, call->region) : ALPS_S(""), colon, account, ALPS_S(":accesspoint/"), b };
    rc = alps_call_text_put(call, ALPS_S("arn:"), &whole);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && rc == 0; i++) {
        rc = alps_call_text_put(call, parts[i], &part);
        whole.n = (uint16_t)(whole.n + part.n);
    }
    h->bucket = alps_call_span(call, whole);
    return rc;
}

/* Region, account, partition: what the wire says, else what the configuration says. */
int
alps_call_head_context(struct call_head *h, const struct alps_context *ctx, uint32_t partition)
{
    struct alps_call *call = h->call;
    alps_slice region = h->scope_region.n ? h->scope_region : h->region.n ? h->region : ctx->region;
    alps_slice account = h->account.n ? h->account : ctx->account;
    uint32_t known = region_partition(h->c, region);
    int rc = alps_call_text_put(call, region, &call->region);

    if (rc == 0)
        rc = alps_call_text_put(call, account, &call->account);
    if (rc == 0)
        rc = alps_call_text_put(call, ctx->role, &call->role);
    if (known)
        partition = known;
    if (rc == 0)
        rc = alps_call_text_put(call, partition ? look_slice(h->c, partition) : ALPS_S("aws"), &call->partition);
    return rc ? rc : name_access_point(h);
}

int
alps_call_head_place(struct call_head *h, const struct alps_context *ctx)
{
    const struct alps_row_suffix *suffix = NULL;
    bool plain = host_canonical(h);
    int rc;

    if (ctx->endpoint == ALPS_VENDOR_NONE) {
        suffix = plain ? suffix_of(h->c, h->host) : NULL;
        if (!plain && h->r->host.n) {               /* another port of a cloud's host is no API that we know */
            alps_slice name, port;
            struct alps_request bare = *h->r;
            alps_slice_cut(h->r->host, ':', &name, &port);
            bare.host = name;
            struct call_head again = { .c = h->c, .r = &bare };
            if (host_canonical(&again) && (suffix = suffix_of(h->c, again.host)) && suffix->vendor) {
                h->call->vendor = (enum alps_vendor)suffix->vendor;
                return -ALPS_UNKNOWN_SERVICE;
            }
            suffix = NULL;
        }
        if (!sni_agrees(h, suffix && suffix->vendor))
            return -ALPS_HOST_DIFFERS;
        if (!suffix || suffix->vendor == ALPS_VENDOR_NONE)
            return -ALPS_HOST_NOT_LISTED;
        h->call->vendor = (enum alps_vendor)suffix->vendor;
    } else {
        if (h->r->tls && (h->r->sni.n ? !sni_agrees(h, false) : !is_address(h->r->host)))
            return -ALPS_HOST_DIFFERS;
        h->call->vendor = ctx->endpoint;
    }
    if (h->call->vendor == ALPS_GCP)
        return alps_call_gcp(h, suffix);
    if (h->call->vendor != ALPS_AWS)
        return -ALPS_UNKNOWN_SERVICE;
    rc = headers(h);
    if (rc == 0)
        rc = alps_call_head_queries(h);
    if (rc == 0)
        rc = scope_of_query(h);
    if (rc)
        return rc;
    if (suffix) {
        size_t n = suffix->n;
        if (h->host.n > n)
            services_of_host(h, without_vpce(h, alps_slice_sub(h->host, 0, h->host.n - n - 1)));
        if (h->n_services == 0)
            return -ALPS_UNKNOWN_SERVICE;
        rc = h->scoped ? narrow_by_scope(h) : 0;
    } else {
        rc = h->scoped ? services_of_scope(h) : services_of_target(h);  /* else nothing says which service it is */
    }
    return rc ? rc : alps_call_head_context(h, ctx, suffix ? suffix->partition : 0);
}
