/* Requests in the body of a request.  Google's "/batch" and Azure's "$batch" and "comp=batch" send multipart/mixed, whose
 * parts are requests as HTTP/1.1 writes them; ARM's "/batch" sends JSON.  Each part is mapped like a request of its own, at
 * the outer one's host, and all that they ask for must be allowed.
 * Clients end lines with CRLF (RFC 2046) or, where they build the body as mail, with LF alone.  One batch has one of the two;
 * what could be a delimiter to a reader who takes the other is refused.
 * Facts: RFC 2046 section 5.1; Cloud Storage "Sending batch requests"; Azure "Blob Batch", "Performing entity group
 * transactions" (change sets: a multipart inside). */
#include "core/call_inside.h"
#include "core/http1.h"

enum {                                              /* batch.state, of multipart/mixed */
    BEGIN,                                          /* before the first delimiter */
    PART,                                           /* in the part's own header */
    REQUEST,                                        /* in the head of its request */
    BODY,
    AFTER,                                          /* behind a change set, before the next delimiter */
    END
};
enum { CRLF = 1, LF = 2, METHOD_MOST = 32 };

struct parts { struct alps_call *call; alps_access_fn *fn; void *ctx; };

static const char *const arm_paths[] = { "requests[].httpMethod", "requests[].url", "requests[].relativeUrl" };

static alps_slice
mark_of(const struct alps_call_batch *b, unsigned level)
{ return (alps_slice){ (const uint8_t *)b->mark[level], b->n_mark[level] }; }

/* One boundary that begins another would make two readings of one line. */
static int
mark_push(struct alps_call_batch *b, alps_slice type)
{
    alps_slice mark;
    int rc = alps_call_boundary(type, &mark);

    if (rc)
        return rc;
    if (b->depth == 2)
        return -ALPS_BATCH;
    for (size_t i = 0; i < mark.n; i++)
        if (mark.p[i] <= ' ' || mark.p[i] > '~')
            return -ALPS_BODY_SYNTAX;
    if (b->depth && (alps_slice_starts(mark, mark_of(b, 0)) || alps_slice_starts(mark_of(b, 0), mark)))
        return -ALPS_BODY_SYNTAX;
    memcpy(b->mark[b->depth], mark.p, mark.n);
    b->n_mark[b->depth++] = (uint16_t)mark.n;
    return 0;
}

int
alps_call_batch_choose(struct call_head *h, enum call_batch kind, alps_operation_id operation)
{
    struct alps_call *call = h->call;
    struct alps_call_batch *b = &call->batch;
    alps_slice media, rest;
    int rc = alps_call_candidate_add(call, operation);

    if (b->kind)
        return -ALPS_BATCH;                         /* in a batch */
    if (rc)
        return rc;
    memset(b, 0, offsetof(struct alps_call_batch, mark));
    alps_slice_cut(h->type, ';', &media, &rest);
    if (kind == CALL_BATCH_PARTS && !alps_slice_ieq(media, ALPS_S("multipart/mixed")))
        return -ALPS_BATCH;
    rc = kind == CALL_BATCH_PARTS ? mark_push(b, h->type) : 0;
    if (rc == 0 && h->r->host.n > sizeof b->host)
        rc = -ALPS_BAD_TARGET;
    for (unsigned i = 0; i < sizeof arm_paths / sizeof *arm_paths && kind == CALL_BATCH_ARM; i++)
        call->path[call->n_paths++] = arm_paths[i];
    if (rc == 0 && kind == CALL_BATCH_ARM)
        rc = alps_call_body_choose(call, ALPS_BODY_JSON, h->coding, h->type);
    else if (rc == 0 && h->coding.n && !alps_slice_ieq(h->coding, ALPS_S("identity")))
        rc = -ALPS_BODY_ENCODING;
    if (rc)
        return rc;
    memcpy(b->host, h->r->host.p, h->r->host.n);
    b->n_host = (uint16_t)h->r->host.n;
    b->tls = h->r->tls;
    b->endpoint = h->endpoint;
    b->operation = operation;
    b->kind = (uint8_t)kind;
    call->body = ALPS_BODY_JSON;                    /* of some kind: it has to be read */
    call->no_permission = false;
    return 0;
}

/* --- a part's request --- */

static int
visit(void *ctx, const struct alps_access *a)
{
    struct parts *p = ctx;
    struct alps_access mine = *a;

    mine.part = p->call->batch.part;
    p->call->batch.any = true;
    return p->fn(p->ctx, &mine);
}

static bool
is_name(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || memchr("\"(),/:;<=>?@[\\]{}", s.p[i], 17))
            return false;
    return s.n != 0;
}

static alps_slice
trimmed(alps_slice s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = alps_slice_sub(s, 1, s.n);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* A path, or a URL at the batch's own host. */
static int
read_target(alps_slice target, struct alps_request *r)
{
    static const char schemes[][9] = { "https://", "http://" };
    alps_slice host, path;

    for (unsigned i = 0; i < 2; i++) {
        if (!alps_slice_starts(target, alps_slice_of(schemes[i])))
            continue;
        target = alps_slice_sub(target, strlen(schemes[i]), target.n);
        alps_slice_cut(target, '/', &host, &path);
        if (!alps_slice_ieq(host, r->host))
            return -ALPS_HOST_DIFFERS;
        target = alps_slice_sub(target, host.n, target.n);
        break;
    }
    return alps_http1_target(target, r);
}

/* "POST /b/x HTTP/1.1"; the version may be left out. */
static int
read_line(alps_slice line, struct alps_request *r)
{
    alps_slice rest, target, version;

    if (!alps_slice_cut(line, ' ', &r->method, &rest) || r->method.n == 0 || r->method.n > METHOD_MOST ||
        !alps_http1_token(r->method, false))
        return -ALPS_MALFORMED_LINE;
    if (alps_slice_cut(rest, ' ', &target, &version) && !alps_slice_eq(version, ALPS_S("HTTP/1.1")))
        return -ALPS_MALFORMED_LINE;
    return read_target(target, r);
}

static int
read_field(struct alps_call_batch *b, alps_slice line, struct alps_seen *seen, struct alps_request *r)
{
    alps_slice name, value;
    bool high = false;

    if (!alps_slice_cut(line, ':', &name, &value) || !is_name(name))
        return -ALPS_MALFORMED_FIELD;               /* a folded line, too */
    value = trimmed(value);
    for (size_t i = 0; i < value.n; i++)
        high |= value.p[i] >= 0x80;
    if (r->n_headers == ALPS_HEADERS)
        return -ALPS_TOO_MANY_FIELDS;
    if (alps_slice_ieq(name, ALPS_S("host")) && !alps_slice_ieq(value, r->host))
        return -ALPS_HOST_DIFFERS;
    if (alps_slice_ieq(name, ALPS_S("transfer-encoding")))
        return -ALPS_FRAMING;
    if (alps_slice_ieq(name, ALPS_S("content-length"))) {
        b->length = 0;
        for (size_t i = 0; i < value.n && i < 16; i++)
            b->length = value.p[i] >= '0' && value.p[i] <= '9' ? b->length * 10 + value.p[i] - '0' : UINT64_MAX >> 8;
        if (value.n == 0 || value.n > 12 || b->length > UINT32_MAX)
            return -ALPS_FRAMING;
    }
    return alps_http1_field(name, value, high, seen, r);
}

/* The request's head is there: what it means. */
static int
begin_part(struct alps_call *call)
{
    struct alps_call_batch *b = &call->batch;
    struct alps_request r = { .n_headers = 0 };
    struct alps_seen seen = { 0 };
    struct alps_context ctx = { .endpoint = b->endpoint };
    alps_slice rest = { (const uint8_t *)b->head, b->n_head }, line, port;
    int rc;

    r.host = (alps_slice){ (const uint8_t *)b->host, b->n_host };
    r.tls = b->tls;
    if (r.tls)
        alps_slice_cut(r.host, ':', &r.sni, &port);     /* the outer request's server is the part's */
    alps_slice_cut(rest, '\n', &line, &rest);
    rc = read_line(line, &r);
    b->length = UINT64_MAX;
    b->content = 0;
    while (rest.n && rc == 0) {
        alps_slice_cut(rest, '\n', &line, &rest);
        rc = read_field(b, line, &seen, &r);
    }
    if (rc == 0 && seen.twice)
        rc = -ALPS_DUPLICATE_FIELD;
    if (rc == 0)
        rc = alps_call_again(call, call->catalog, &r, &ctx);
    if (rc == 0 && call->platform)
        rc = -ALPS_BATCH;                           /* no runtime asks like that */
    b->state = BODY;
    b->n_head = b->n_line = 0;
    b->fresh = true;
    return rc == -ALPS_HOST_NOT_LISTED ? -ALPS_UNKNOWN_API : rc;
}

static int
content(struct parts *p, alps_slice run)
{
    struct alps_call_batch *b = &p->call->batch;

    for (size_t i = 0; i < run.n && b->length != UINT64_MAX && b->content + run.n > b->length; i++)
        if (b->content + i >= b->length && run.p[i] != '\r' && run.p[i] != '\n')
            return -ALPS_FRAMING;                   /* longer than it says */
    b->content += run.n;
    return run.n && p->call->body != ALPS_BODY_ABSENT ? alps_call_content(p->call, run, visit, p) : 0;
}

static int
end_part(struct parts *p)
{
    struct alps_call_batch *b = &p->call->batch;

    if (b->length != UINT64_MAX && b->content < b->length)
        return -ALPS_FRAMING;
    return alps_call_finish(p->call, visit, p);
}

/* --- multipart/mixed --- */

/* A whole line that begins with "--". */
static int
delimiter(struct parts *p, alps_slice line)
{
    struct alps_call_batch *b = &p->call->batch;
    unsigned level = 0;
    alps_slice rest;
    bool last;
    int rc = 0;

    line = alps_slice_sub(line, 2, line.n);
    while (level < b->depth && !alps_slice_starts(line, mark_of(b, level)))
        level++;
    if (level == b->depth || level + 1u < b->depth || b->state == PART)
        return -ALPS_BODY_SYNTAX;                   /* none; or the change set has not ended; or a part without request */
    rest = alps_slice_sub(line, b->n_mark[level], line.n);
    last = alps_slice_starts(rest, ALPS_S("--"));
    if (trimmed(alps_slice_sub(rest, last ? 2 : 0, rest.n)).n)
        return -ALPS_BODY_SYNTAX;
    if (b->state == REQUEST)
        rc = begin_part(p->call);
    if (rc == 0 && b->state == BODY)
        rc = end_part(p);
    b->depth = (uint8_t)(b->depth - last);
    b->state = !last ? PART : b->depth ? AFTER : END;
    b->n_head = 0;
    b->typed = b->set = b->folds = false;
    return rc;
}

/* A line of the part's own header; an empty one ends it. */
static int
part_line(struct alps_call_batch *b, alps_slice line)
{
    alps_slice name, value, media, rest;

    if (line.n == 0) {
        if (!b->typed)
            return -ALPS_BATCH;
        b->state = b->set ? BEGIN : REQUEST;
        b->part += !b->set;
        return 0;
    }
    if (line.p[0] == ' ' || line.p[0] == '\t')      /* mail folds a long Content-ID, and nothing else */
        return b->folds ? 0 : -ALPS_MALFORMED_FIELD;
    if (!alps_slice_cut(line, ':', &name, &value) || !is_name(name))
        return -ALPS_MALFORMED_FIELD;
    value = trimmed(value);
    b->folds = alps_slice_ieq(name, ALPS_S("content-id"));
    if (alps_slice_ieq(name, ALPS_S("content-transfer-encoding")))
        return alps_slice_ieq(value, ALPS_S("binary")) || alps_slice_ieq(value, ALPS_S("8bit")) ||
               alps_slice_ieq(value, ALPS_S("7bit")) ? 0 : -ALPS_BODY_ENCODING;
    if (!alps_slice_ieq(name, ALPS_S("content-type")))
        return 0;
    alps_slice_cut(value, ';', &media, &rest);
    if (b->typed)
        return -ALPS_DUPLICATE_FIELD;
    b->typed = true;
    if (alps_slice_ieq(media, ALPS_S("application/http")))
        return 0;
    b->set = true;
    return alps_slice_ieq(media, ALPS_S("multipart/mixed")) ? mark_push(b, value) : -ALPS_BATCH;
}

/* A line that is no content, its end taken off. */
static int
take_line(struct parts *p, alps_slice line)
{
    struct alps_call_batch *b = &p->call->batch;

    for (size_t i = 0; i < line.n; i++)
        if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
            return -ALPS_MALFORMED_FIELD;
    if (alps_slice_starts(line, ALPS_S("--")))
        return b->state == END ? -ALPS_BODY_SYNTAX : delimiter(p, line);
    if (b->state == PART)
        return part_line(b, line);
    if (b->state != REQUEST)
        return line.n ? -ALPS_BODY_SYNTAX : 0;      /* prose that nobody writes */
    if (line.n == 0)
        return b->n_head ? begin_part(p->call) : 0;
    if (line.n > 14 && alps_slice_ieq(alps_slice_sub(line, 0, 14), ALPS_S("authorization:")))
        return 0;                                   /* nothing is decided by it, and it may be long */
    b->n_head = (uint16_t)(b->n_head + line.n);
    b->head[b->n_head++] = '\n';
    return 0;
}

/* How a line ended must be how all lines of the batch end. */
static int
end_line(struct alps_call_batch *b, alps_slice *line)
{
    uint8_t how = line->n && line->p[line->n - 1] == '\r' ? CRLF : LF;

    line->n -= how == CRLF;
    if (b->newline && b->newline != how)
        return -ALPS_BODY_SYNTAX;
    b->newline = how;
    return 0;
}

static int
head_byte(struct parts *p, uint8_t c)
{
    struct alps_call_batch *b = &p->call->batch;
    alps_slice line = { (const uint8_t *)b->head + b->n_head, b->n_line };
    int rc;

    if (c != '\n') {
        if (b->n_head + b->n_line + 1u >= sizeof b->head)
            return -ALPS_HEAD_TOO_LONG;
        b->head[b->n_head + b->n_line++] = (char)c;
        return 0;
    }
    b->n_line = 0;
    rc = end_line(b, &line);
    return rc ? rc : take_line(p, line);
}

/* What is held, of a body: an end of line (unless the body has just begun), and behind it what may be a delimiter, or is
 * one as far as its line has come. */
enum held { NO, MAY, YES };

static enum held
delimits(const struct alps_call_batch *b, alps_slice *line)
{
    alps_slice held = { (const uint8_t *)b->line, b->n_line };

    if (!b->fresh)
        held = alps_slice_sub(held, held.n > 1 && held.p[0] == '\r' && held.p[1] == '\n' ? 2 : 1, held.n);
    *line = held;
    if (held.n < 2)
        return held.n == 0 || held.p[0] == '-' ? MAY : NO;
    if (held.p[0] != '-' || held.p[1] != '-')
        return NO;
    held = alps_slice_sub(held, 2, held.n);
    for (unsigned level = 0; level < b->depth; level++) {
        if (alps_slice_starts(held, mark_of(b, level)))
            return YES;
        if (alps_slice_starts(mark_of(b, level), held))
            return MAY;
    }
    return NO;
}

/* The body ends at ${line}, if the end of line before it is one of the batch's own. */
static int
body_delimiter(struct parts *p, alps_slice line, bool ended)
{
    struct alps_call_batch *b = &p->call->batch;
    size_t before = (size_t)(line.p - (const uint8_t *)b->line);
    uint8_t how = before == 2 ? CRLF : b->line[0] == '\n' ? LF : 0;
    int rc = ended ? end_line(b, &line) : 0;

    if (rc == 0 && before && how != b->newline)
        rc = -ALPS_BODY_SYNTAX;
    b->n_line = 0;
    b->fresh = false;
    return rc ? rc : delimiter(p, line);
}

static int
body_byte(struct parts *p, uint8_t c)
{
    struct alps_call_batch *b = &p->call->batch;
    alps_slice line;
    int rc;

    if (b->n_line == 0 && !b->fresh && c != '\r' && c != '\n')
        return content(p, (alps_slice){ &c, 1 });
    if (c == '\n' && b->n_line && delimits(b, &line) == YES)
        return body_delimiter(p, line, true);
    if (b->n_line == sizeof b->line)
        return -ALPS_BODY_SYNTAX;
    b->line[b->n_line++] = (char)c;
    if (delimits(b, &line) != NO)
        return 0;
    rc = content(p, (alps_slice){ (const uint8_t *)b->line, b->n_line - 1u });
    b->n_line = 0;
    b->fresh = false;
    return rc ? rc : body_byte(p, c);               /* once: nothing is held any more */
}

static int
feed_parts(struct parts *p, alps_slice bytes)
{
    struct alps_call_batch *b = &p->call->batch;
    int rc = 0;

    for (size_t i = 0; i < bytes.n && rc == 0;) {
        size_t from = i;
        while (i < bytes.n && b->state == BODY && !b->fresh && b->n_line == 0 && bytes.p[i] != '\r' && bytes.p[i] != '\n')
            i++;
        if (i > from)
            rc = content(p, alps_slice_sub(bytes, from, i));
        else
            rc = b->state == BODY ? body_byte(p, bytes.p[i++]) : head_byte(p, bytes.p[i++]);
    }
    return rc;
}

static int
end_parts(struct parts *p)
{
    struct alps_call_batch *b = &p->call->batch;
    alps_slice line = { (const uint8_t *)b->head + b->n_head, b->n_line };
    int rc = 0;

    if (b->state != BODY && b->n_line)
        rc = take_line(p, line);
    else if (b->state == BODY && b->n_line && delimits(b, &line) == YES)
        rc = body_delimiter(p, line, false);
    return rc || (b->state == END && b->part) ? rc : -ALPS_BODY_SYNTAX;
}

/* --- ARM: {"requests":[{"httpMethod":"GET","url":"/subscriptions/..."}]} --- */

static int
arm_part(struct parts *p)
{
    struct alps_call *call = p->call;
    struct alps_call_batch *b = &call->batch;
    struct alps_request r = { .n_headers = 0 };
    struct call_head h;
    uint16_t text = call->n_text;
    int rc;

    r.host = (alps_slice){ (const uint8_t *)b->host, b->n_host };
    r.method = (alps_slice){ (const uint8_t *)b->line, b->n_line };
    b->part++;
    if (b->n_line == 0 || b->n_head == 0)
        return -ALPS_NO_RESOURCE;
    rc = alps_http1_token(r.method, false) ? read_target((alps_slice){ (const uint8_t *)b->head, b->n_head }, &r)
                                           : -ALPS_MALFORMED_LINE;
    memset(&h, 0, offsetof(struct call_head, host_text));
    h.c = call->catalog;
    h.r = &r;
    h.call = call;
    h.service[h.n_services++] = alps_operation_service(call->catalog, b->operation);
    call->n_candidates = call->n_needs = 0;
    if (rc == 0)
        rc = alps_call_arm(&h);
    if (rc == 0)
        rc = alps_call_arm_visit(call, visit, p);
    call->n_text = text;
    b->n_line = b->n_head = 0;
    return rc;
}

static int
arm_event(void *ctx, enum alps_body_event event, unsigned path, alps_slice value)
{
    struct parts *p = ctx;
    struct alps_call_batch *b = &p->call->batch;
    char *to = path ? b->head : b->line;

    if (event == ALPS_BODY_ELEMENT_END)             /* told for each path, when all are known */
        return path ? 0 : arm_part(p);
    if (event != ALPS_BODY_STRING)
        return -ALPS_BODY_TYPE;
    if (path && b->n_head)
        return -ALPS_BODY_DUPLICATE;                /* "url" and "relativeUrl" */
    if (value.n > (path ? sizeof b->head : METHOD_MOST))
        return -ALPS_NAME_TOO_LONG;
    if (value.n)
        memcpy(to, value.p, value.n);
    *(path ? &b->n_head : &b->n_line) = (uint16_t)value.n;
    return 0;
}

/* --- the door --- */

int
alps_call_batch_feed(struct alps_call *call, alps_slice bytes, alps_access_fn *fn, void *ctx)
{
    struct parts p = { call, fn, ctx };
    int rc;

    if (call->batch.kind == CALL_BATCH_PARTS) {
        call->body = call->batch.body;
        rc = feed_parts(&p, bytes);
        call->batch.body = call->body;
        call->body = ALPS_BODY_JSON;                /* to the caller there is always more to feed */
        return rc;
    }
    call->walk.path = call->path;                   /* the call may have been copied since */
    return alps_body_feed(&call->walk, bytes, arm_event, &p);
}

int
alps_call_batch_end(struct alps_call *call, alps_access_fn *fn, void *ctx)
{
    struct parts p = { call, fn, ctx };
    int rc;

    call->walk.path = call->path;
    if (call->batch.kind == CALL_BATCH_PARTS)
        call->body = call->batch.body;
    rc = call->batch.kind == CALL_BATCH_PARTS ? end_parts(&p) : alps_body_end(&call->walk, arm_event, &p);
    if (rc == 0 && call->batch.part == 0)
        rc = -ALPS_NO_RESOURCE;                     /* an empty batch */
    call->operation = call->candidate[0] = call->batch.operation;
    call->n_candidates = 1;
    call->platform = NULL;
    call->no_permission = rc == 0 && !call->batch.any;
    return rc;
}
