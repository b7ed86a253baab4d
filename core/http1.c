/* One pass where the head comes whole: vectors find the control bytes, which end lines or refuse them; names and target
 * go through one table.  A head that comes in pieces is checked line by line as it comes, and split once more at its
 * end, because the buffer may have moved: each byte is looked at twice then, however many pieces there were. */
#include "core/field.h"
#include "core/http1.h"
#include "core/reason.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { TOKEN = 1, LOWER = 2, PATH = 4, QUERY = 8, NAME = 16, UNDER = 32, HEX = 64 };

#define ALNUM (TOKEN | PATH | QUERY | NAME)
static const uint8_t class[256] = {
    ['0'] = ALNUM | HEX, ['1'] = ALNUM | HEX, ['2'] = ALNUM | HEX, ['3'] = ALNUM | HEX, ['4'] = ALNUM | HEX,
    ['5'] = ALNUM | HEX, ['6'] = ALNUM | HEX, ['7'] = ALNUM | HEX, ['8'] = ALNUM | HEX, ['9'] = ALNUM | HEX,
    ['A' ... 'F'] = ALNUM | HEX, ['G' ... 'Z'] = ALNUM,
    ['a' ... 'f'] = ALNUM | HEX | LOWER, ['g' ... 'z'] = ALNUM | LOWER,
    ['-'] = ALNUM, ['.'] = ALNUM, ['_'] = ALNUM | UNDER, ['~'] = TOKEN | PATH | QUERY, ['!'] = TOKEN | PATH | QUERY,
    ['$'] = TOKEN | PATH | QUERY, ['&'] = TOKEN | PATH | QUERY, ['\''] = TOKEN | PATH | QUERY,
    ['*'] = TOKEN | PATH | QUERY, ['+'] = TOKEN | PATH | QUERY, ['%'] = TOKEN | PATH | QUERY,
    ['#'] = TOKEN, ['^'] = TOKEN | QUERY, ['`'] = TOKEN | QUERY, ['|'] = TOKEN | PATH | QUERY,
    ['('] = PATH | QUERY, [')'] = PATH | QUERY, [','] = PATH | QUERY, [';'] = PATH | QUERY, ['='] = PATH | QUERY,
    [':'] = PATH | QUERY | NAME, ['@'] = PATH | QUERY, ['/'] = PATH | QUERY,
    ['['] = PATH | QUERY | NAME, [']'] = PATH | QUERY | NAME, ['?'] = QUERY, ['{'] = QUERY, ['}'] = QUERY
};

enum { METHOD_MAX = 32 };

/* The first control byte of [p, end), HTAB not counted; ${high} is set when a byte above ASCII comes before it. */
static const uint8_t *
find_control(const uint8_t *p, const uint8_t *end, bool *high)
{
    unsigned any = 0;

#ifdef __SSE2__
    const __m128i low = _mm_set1_epi8(0x1f), del = _mm_set1_epi8(0x7f), tab = _mm_set1_epi8('\t');

    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i bad = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, low), v), _mm_cmpeq_epi8(v, del));
        unsigned hit = (unsigned)_mm_movemask_epi8(_mm_andnot_si128(_mm_cmpeq_epi8(v, tab), bad));
        unsigned top = (unsigned)_mm_movemask_epi8(v);

        if (hit) {
            *high = any | (top & (hit ^ (hit - 1)));        /* up to the hit, which is ASCII itself */
            return p + __builtin_ctz(hit);
        }
        any |= top;
        p += 16;
    }
#endif
    for (; p < end; p++) {
        if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
            break;
        any |= *p & 0x80;
    }
    *high = any != 0;
    return p;
}

static ptrdiff_t
bad(struct alps_http1 *h, enum alps_reason reason)
{
    h->state = ALPS_HTTP1_BAD;
    h->reason = (uint16_t)reason;
    return -(ptrdiff_t)reason;
}

int
alps_http1_target(alps_slice target, struct alps_request *req)
{
    const uint8_t *p = target.p, *end = target.p + target.n;
    uint8_t want = PATH;

    if (target.n == 0 || *p != '/' || alps_slice_eq(req->method, ALPS_S("CONNECT")))
        return -ALPS_BAD_TARGET;
    req->path = target;
    req->query = (alps_slice){ end, 0 };
    req->has_query = false;
    for (; p < end; p++) {
        if (*p == '?' && want == PATH) {
            req->path.n = (size_t)(p - target.p);
            req->query = (alps_slice){ p + 1, (size_t)(end - p - 1) };
            req->has_query = true;
            want = QUERY;
        } else if (!(class[*p] & want)) {
            return -ALPS_BAD_TARGET;
        } else if (*p == '%') {
            if (end - p < 3 || !(class[p[1]] & class[p[2]] & HEX))
                return -ALPS_BAD_TARGET;
            p += 2;
        }
    }
    return 0;
}

static int
take_line(alps_slice line, struct alps_request *req)
{
    alps_slice rest, target, version;
    uint8_t any = 0;

    if (!alps_slice_cut(line, ' ', &req->method, &rest) || req->method.n == 0 || req->method.n > METHOD_MAX)
        return -ALPS_NOT_HTTP;
    for (size_t i = 0; i < req->method.n; i++) {
        if (!(class[req->method.p[i]] & TOKEN))
            return -ALPS_NOT_HTTP;
        any |= class[req->method.p[i]];
    }
    if (any & LOWER || !alps_slice_cut(rest, ' ', &target, &version))
        return -ALPS_MALFORMED_LINE;                    /* "get /", and HTTP/0.9, which has no version */
    if (!alps_slice_eq(version, ALPS_S("HTTP/1.1")))
        return alps_slice_starts(version, ALPS_S("HTTP/2")) ? -ALPS_NOT_HTTP : -ALPS_MALFORMED_LINE;
    return alps_http1_target(target, req);
}

/* "Connection: a, b": none of them may be a field that decides, or an intermediary takes it away. */
static int
check_connection(alps_slice list)
{
    alps_slice item;
    bool more;

    do {
        more = alps_slice_cut(list, ',', &item, &list);
        while (item.n && (*item.p == ' ' || *item.p == '\t'))
            item = alps_slice_sub(item, 1, item.n);
        while (item.n && (item.p[item.n - 1] == ' ' || item.p[item.n - 1] == '\t'))
            item.n--;
        for (size_t i = 0; i < item.n; i++)
            if (!(class[item.p[i]] & TOKEN))
                return -ALPS_MALFORMED_FIELD;
        switch (alps_field_rule_folded(item)) {
        case ALPS_FIELD_FREE:
            break;
        case ALPS_FIELD_UPGRADE:
            return -ALPS_UPGRADE;
        default:
            return -ALPS_MALFORMED_FIELD;
        }
    } while (more);
    return 0;
}

int
alps_http1_field(alps_slice name, alps_slice value, bool high, struct alps_seen *seen, struct alps_request *req)
{
    struct alps_header *f = &req->header[req->n_headers];
    uint8_t any = 0;
    unsigned rule, row = 0;

    for (size_t i = 0; i < name.n; i++)
        any |= class[name.p[i]];
    *f = (struct alps_header){ name, value };
    req->n_headers++;
    if (any & UNDER && alps_field_rule_folded(name) != ALPS_FIELD_FREE)
        return -ALPS_MALFORMED_FIELD;                   /* "X_Amz_Target": some servers take it for the other */
    rule = alps_field_rule(name, &row);
    if (rule == ALPS_FIELD_FREE)
        return name.n == 10 && alps_slice_ieq(name, ALPS_S("connection")) ? check_connection(value) : 0;
    if (rule == ALPS_FIELD_UPGRADE)
        return -ALPS_UPGRADE;
    if (high)
        return -ALPS_MALFORMED_FIELD;
    if (rule & ALPS_FIELD_VENDOR) {
        uint64_t bit = 1ull << ((name.n * 7 + alps_lower(name.p[name.n - 1])) & 63);

        for (unsigned i = 0; seen->vendors & bit && i + 1u < req->n_headers; i++)
            if (alps_slice_ieq(req->header[i].name, name))
                seen->twice = true;
        seen->vendors |= bit;
    } else {
        seen->twice |= seen->rows >> row & 1;
        seen->rows |= 1ull << row;
    }
    return 0;                                           /* twice is said at the end: pieces do not know it earlier */
}

static int
take_field(alps_slice line, bool high, struct alps_seen *seen, struct alps_request *req)
{
    const uint8_t *p = line.p, *end = line.p + line.n;
    alps_slice name;

    while (p < end && class[*p] & TOKEN)
        p++;
    if (p == line.p || p == end || *p != ':')           /* obs-fold begins with a blank, which is no token */
        return -ALPS_MALFORMED_FIELD;
    name = (alps_slice){ line.p, (size_t)(p - line.p) };
    for (p++; p < end && (*p == ' ' || *p == '\t'); p++)
        ;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return alps_http1_field(name, (alps_slice){ p, (size_t)(end - p) }, high, seen, req);
}

int
alps_http1_host(alps_slice host)
{
    if (host.n == 0 || host.n > 255)
        return -ALPS_MALFORMED_FIELD;
    for (size_t i = 0; i < host.n; i++)
        if (!(class[host.p[i]] & NAME))
            return -ALPS_MALFORMED_FIELD;
    return 0;
}

bool
alps_http1_token(alps_slice text, bool lower)
{
    for (size_t i = 0; i < text.n; i++)
        if (!(class[text.p[i]] & TOKEN) || (lower ? text.p[i] >= 'A' && text.p[i] <= 'Z' : class[text.p[i]] & LOWER))
            return false;
    return text.n > 0;
}

/* The whole head is there: what only all fields together can tell. */
static int
check_head(const struct alps_seen *seen, struct alps_request *req)
{
    bool twice;
    const struct alps_header *host = alps_request_header(req, ALPS_S("host"), &twice);
    const struct alps_header *trailer = alps_request_header(req, ALPS_S("trailer"), &twice);

    if (seen->twice)
        return -ALPS_DUPLICATE_FIELD;
    if (!host || alps_http1_host(host->value) < 0)
        return -ALPS_MALFORMED_FIELD;
    req->host = host->value;
    return trailer ? check_connection(trailer->value) : 0;  /* the same rule: it may name nothing that decides */
}

/* All whole lines from h->line on.  The length of the head, 0, or a negated reason. */
static ptrdiff_t
take_lines(struct alps_http1 *h, alps_slice buf, struct alps_seen *seen, struct alps_request *req)
{
    const uint8_t *end = buf.p + buf.n, *p;
    alps_slice line;
    bool high;
    int rc;

    for (;;) {
        p = find_control(buf.p + h->seen, end, &high);
        h->high |= high;
        h->seen = (size_t)(p - buf.p);
        line = alps_slice_sub(buf, h->line, h->seen);
        if (p == end || (*p == '\r' && p + 1 == end))
            return 0;
        if (*p != '\r' || p[1] != '\n') {
            if (h->state == ALPS_HTTP1_FIELDS)
                return bad(h, ALPS_MALFORMED_FIELD);
            return bad(h, line.n && memchr(line.p, ' ', line.n) ? ALPS_MALFORMED_LINE : ALPS_NOT_HTTP);
        }
        h->seen += 2;
        if (h->state == ALPS_HTTP1_FIELDS && line.n == 0)
            return (ptrdiff_t)h->seen;
        if (h->state == ALPS_HTTP1_FIELDS) {
            if (h->fields++ >= ALPS_HEADERS)
                return bad(h, ALPS_TOO_MANY_FIELDS);
            rc = take_field(line, h->high, seen, req);
        } else if (line.n == 0) {
            rc = h->line == 0 ? 0 : -ALPS_MALFORMED_LINE;   /* RFC 9112 2.2 forgives one empty line */
        } else {
            rc = take_line(line, req);
            h->state = ALPS_HTTP1_FIELDS;
        }
        if (rc < 0)
            return bad(h, (enum alps_reason)-rc);
        h->line = h->seen;
        h->high = false;
    }
}

ptrdiff_t
alps_http1_feed(struct alps_http1 *h, alps_slice buf, struct alps_request *req)
{
    size_t n = buf.n < ALPS_HEAD_MAX ? buf.n : ALPS_HEAD_MAX;
    bool whole = h->line == 0;              /* no line was taken in an earlier call */
    struct alps_seen seen = { 0 };
    ptrdiff_t len;
    int rc;

    if (h->state == ALPS_HTTP1_BAD)
        return -(ptrdiff_t)h->reason;
    if (h->state == ALPS_HTTP1_DONE)
        return bad(h, ALPS_INTERNAL);
    req->n_headers = 0;
    if (h->seen <= n)
        len = take_lines(h, (alps_slice){ buf.p, n }, &seen, req);
    else
        len = bad(h, ALPS_INTERNAL);        /* the buffer became shorter */
    if (len == 0 && buf.n >= ALPS_HEAD_MAX)
        return bad(h, ALPS_HEAD_TOO_LONG);
    if (len <= 0)
        return len;
    if (!whole) {
        *h = (struct alps_http1){ 0 };
        seen = (struct alps_seen){ 0 };
        req->n_headers = 0;
        len = take_lines(h, (alps_slice){ buf.p, (size_t)len }, &seen, req);
        if (len <= 0)
            return len < 0 ? len : bad(h, ALPS_INTERNAL);
    }
    if ((rc = check_head(&seen, req)) < 0)
        return bad(h, (enum alps_reason)-rc);
    h->state = ALPS_HTTP1_DONE;
    return len;
}
