/* multipart/related of an upload: the first part is JSON and says what is uploaded; the second is that.  RFC 2387. */
#include "core/call_inside.h"

enum { BEGIN, HEADERS, JSON, REST };                /* call->multipart.state */

int
alps_call_boundary(alps_slice type, alps_slice *boundary)
{
    alps_slice part, rest = type, name, value;

    *boundary = (alps_slice){ NULL, 0 };
    while (rest.n) {
        alps_slice_cut(rest, ';', &part, &rest);
        while (part.n && (part.p[0] == ' ' || part.p[0] == '\t'))
            part = alps_slice_sub(part, 1, part.n);
        if (!alps_slice_cut(part, '=', &name, &value) || !alps_slice_ieq(name, ALPS_S("boundary")))
            continue;
        if (value.n > 1 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = alps_slice_sub(value, 1, value.n - 1);
        if (value.n == 0 || value.n > 70 || memchr(value.p, '"', value.n) || boundary->n)
            return -ALPS_BODY_SYNTAX;
        *boundary = value;
    }
    return boundary->n ? 0 : -ALPS_BODY_SYNTAX;
}

int
alps_call_multipart_choose(struct call_head *h, alps_slice type)
{
    struct alps_call *call = h->call;
    struct alps_call_span mark;
    alps_slice value;
    int rc = alps_call_boundary(type, &value);

    if (rc == 0)
        rc = alps_call_text_put(call, ALPS_S("\r\n--"), &call->multipart.boundary);
    if (rc == 0)
        rc = alps_call_text_put(call, value, &mark);
    if (rc)
        return rc;
    call->multipart.on = true;
    call->multipart.boundary.n = (uint16_t)(4 + value.n);
    call->multipart.matched = 2;                    /* as if a line had ended before the first */
    return alps_call_body_choose(call, ALPS_BODY_JSON, h->coding, (alps_slice){ NULL, 0 });
}

/* Feed ${run} of JSON; ${held} bytes of the boundary turned out to be none. */
static int
json(struct alps_call *call, alps_slice run, alps_body_fn *fn, void *ctx)
{
    return run.n ? alps_body_feed(&call->walk, run, fn, ctx) : 0;
}

/* The line ends of the headers: the part begins behind an empty line.  A transfer encoding would hide the JSON. */
static int
header_byte(struct alps_call *call, uint8_t c)
{
    struct alps_call_multipart *m = &call->multipart;

    if (c == '\n') {
        alps_slice line = { (const uint8_t *)call->field, m->n_line };
        if (m->n_line == sizeof call->field)
            return -ALPS_BODY_SYNTAX;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 26 && alps_slice_ieq(alps_slice_sub(line, 0, 26), ALPS_S("content-transfer-encoding:")) &&
            memchr(line.p, '6', line.n))
            return -ALPS_BODY_ENCODING;             /* base64 */
        if (line.n == 0 && m->lines)
            m->state = JSON;
        m->lines = true;                            /* the first is what is left of the boundary's own */
        m->n_line = 0;
        m->matched = 0;
    } else if (m->n_line < sizeof call->field) {
        call->field[m->n_line++] = (char)c;
    }
    return 0;
}

int
alps_call_multipart_feed(struct alps_call *call, alps_slice content, alps_body_fn *fn, void *ctx)
{
    struct alps_call_multipart *m = &call->multipart;
    alps_slice boundary = alps_call_span(call, m->boundary);
    size_t from = 0;
    int rc = 0;

    for (size_t i = 0; i < content.n && rc == 0 && m->state != REST; i++) {
        uint8_t c = content.p[i];
        if (m->state == HEADERS) {
            rc = header_byte(call, c);
            from = i + 1;
        } else if (c == boundary.p[m->matched]) {
            if (m->state == JSON && m->matched == 0)
                rc = json(call, alps_slice_sub(content, from, i), fn, ctx);
            if (++m->matched == boundary.n)
                m->state = m->state == BEGIN ? HEADERS : REST;
            from = i + 1;
        } else if (m->state == BEGIN) {
            return -ALPS_BODY_SYNTAX;
        } else if (m->matched) {
            uint8_t held = m->matched;              /* only its first byte can begin it: '\r' */
            m->matched = 0;
            rc = json(call, alps_slice_sub(boundary, 0, held), fn, ctx);
            from = i--;
        }
    }
    if (m->state == JSON && m->matched == 0 && rc == 0 && from < content.n)
        rc = json(call, alps_slice_sub(content, from, content.n), fn, ctx);
    return rc;
}
