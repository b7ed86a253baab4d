#include "core/conn.h"

enum {
    HEAD,               /* before a request, or in its head */
    HOLD,               /* its head is there, its body decides and is held back */
    STREAM,             /* it may leave; its body only has to end where it said */
    WATCH,              /* it is leaving; its body is still looked at */
    POISONED
};

struct judge {
    const struct alps_policy *policy;
    struct alps_decision *out;
    unsigned accesses;
};

void
alps_conn_init(struct alps_conn *c, bool tls, alps_slice sni)
{
    memset(c, 0, offsetof(struct alps_conn, sni));
    c->tls = tls;
    if (sni.n > sizeof c->sni) {
        c->state = POISONED;            /* no DNS name is that long */
        return;
    }
    c->n_sni = (uint16_t)sni.n;
    if (sni.n)
        memcpy(c->sni, sni.p, sni.n);
}

void
alps_conn_copy(struct alps_conn *to, const struct alps_conn *from)
{ memcpy(to, from, from->state == WATCH ? sizeof *to : offsetof(struct alps_conn, call)); }

static alps_slice
sni_of(const struct alps_conn *c)
{ return (alps_slice){ (const uint8_t *)c->sni, c->n_sni }; }

static void
next_request(struct alps_conn *c)
{
    c->state = HEAD;
    c->head = c->seen = 0;
    c->http1 = (struct alps_http1){ 0 };
    c->framing = (struct alps_framing){ 0 };
}

/* ${rc}: a negated reason, or positive: an access that no rule covers. */
static enum alps_verdict
refuse(struct alps_conn *c, int rc, bool *decided, struct alps_decision *out)
{
    c->state = POISONED;
    out->verdict = ALPS_DENY;
    out->reason = (uint16_t)(rc < 0 ? -rc : ALPS_NOT_LISTED);
    *decided = true;
    return ALPS_DENY;
}

static int
visit(void *ctx, const struct alps_access *a)
{
    struct judge *j = ctx;
    bool covered = alps_policy_covers(j->policy, a->action, a->resource, &j->out->rule);

    if (!covered)
        j->out->rule = UINT32_MAX;
    j->accesses++;
    alps_decision_add(j->out, a, !covered);
    return covered ? 0 : 1;
}

/* What is known of the call, for the answer and the audit. */
static void
note_call(const struct alps_call *call, struct alps_decision *out)
{
    out->vendor = (uint8_t)call->vendor;
    out->protocol = (uint8_t)call->protocol;
    out->operation = call->operation;
    out->platform = call->platform;
}

/* "name:443", "[::1]:8443" → the name, without one dot at its end. */
static alps_slice
host_name(alps_slice host)
{
    alps_slice name, port;

    if (host.n && host.p[0] == '[') {
        if (alps_slice_cut(host, ']', &name, &port))
            host.n = name.n + 1;
    } else if (alps_slice_cut(host, ':', &name, &port)) {
        host = name;
    }
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return host;
}

static bool
is_address(alps_slice name)
{
    if (name.n == 0 || name.p[0] == '[')
        return name.n != 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
            return false;
    return true;
}

/* A host that is no cloud API: listed, and the one that TLS was told. */
static int
judge_host(const struct alps_policy *policy, const struct alps_request *req)
{
    alps_slice name = host_name(req->host);

    if (req->tls && (req->sni.n ? !alps_slice_ieq(host_name(req->sni), name) : !is_address(name)))
        return -ALPS_HOST_DIFFERS;
    return alps_policy_reaches(policy, req->host) ? 0 : -ALPS_HOST_NOT_LISTED;
}

/* Text that we would read otherwise than the server: compressed, or in another character set (BYPASS G17, G18). */
static int
check_encoding(const struct alps_request *req)
{
    bool twice;
    const struct alps_header *coding = alps_request_header(req, ALPS_S("content-encoding"), &twice);
    const struct alps_header *type = alps_request_header(req, ALPS_S("content-type"), &twice);
    alps_slice rest, part, name, value;

    if (coding && coding->value.n && !alps_slice_ieq(coding->value, ALPS_S("identity")))
        return -ALPS_BODY_ENCODING;
    for (rest = type ? type->value : ALPS_S(""); rest.n; ) {
        alps_slice_cut(rest, ';', &part, &rest);
        while (part.n && (*part.p == ' ' || *part.p == '\t'))
            part = alps_slice_sub(part, 1, part.n);
        if (part.n < 7 || !alps_slice_ieq(alps_slice_sub(part, 0, 7), ALPS_S("charset")))
            continue;
        if (!alps_slice_cut(part, '=', &name, &value))
            return -ALPS_BODY_ENCODING;
        if (!alps_slice_ieq(value, ALPS_S("utf-8")) && !alps_slice_ieq(value, ALPS_S("\"utf-8\"")))
            return -ALPS_BODY_ENCODING;
    }
    return 0;
}

/* The message is complete: a reason to allow it, or a negated one to refuse it; 0 is NOT_LISTED. */
static int
judge_end(struct alps_call *call, struct judge *j)
{
    int rc = alps_call_end(call, visit, j);

    note_call(call, j->out);
    if (rc)
        return rc < 0 ? rc : ALPS_NOT_LISTED;
    if (call->platform)
        return ALPS_PLATFORM;
    if (call->no_permission)
        return ALPS_NO_PERMISSION;
    return j->accesses ? ALPS_LISTED : -ALPS_NO_RESOURCE;
}

/* 1: the head decides, *${reason} says for what; 0: the body does, too; or a negated reason to refuse. */
static int
judge_head(struct alps_conn *c, struct judge *j, const struct alps_request *req, enum alps_reason *reason)
{
    const struct alps_catalog *catalog = j->policy ? alps_policy_catalog(j->policy) : &alps_catalog_builtin;
    struct alps_context context = { 0 };
    int rc;

    alps_decision_init(j->out, req->host);
    j->out->head = alps_slice_eq(req->method, ALPS_S("HEAD"));
    if (j->policy)
        context = alps_policy_context_for(j->policy, req->host);
    rc = alps_call_head(&c->call, catalog, req, &context);
    note_call(&c->call, j->out);
    if (!j->policy)
        return -ALPS_NO_POLICY;
    if (rc == -ALPS_HOST_NOT_LISTED) {
        *reason = ALPS_HOST_LISTED;
        rc = judge_host(j->policy, req);
        return rc < 0 ? rc : 1;
    }
    if (rc < 0)
        return rc;
    if (c->call.platform || c->call.no_permission) {
        *reason = c->call.platform ? ALPS_PLATFORM : ALPS_NO_PERMISSION;
        return 1;
    }
    if (c->call.body != ALPS_BODY_ABSENT)
        return check_encoding(req);
    rc = judge_end(&c->call, j);
    *reason = rc > 0 ? (enum alps_reason)rc : ALPS_NOT_LISTED;
    return rc < 0 ? rc : 1;
}

/* Over the body in ${buf} from ${at}, as far as it is there.  Where it ends, or a negated reason, or PTRDIFF_MIN: an
 * access that no rule covers.  ${j} NULL: nobody looks at it. */
static ptrdiff_t
walk_body(struct alps_conn *c, struct judge *j, struct alps_framing *f, alps_slice buf, size_t at)
{
    alps_slice content;

    while (at < buf.n && !f->done) {
        ptrdiff_t used = alps_framing_feed(f, alps_slice_sub(buf, at, buf.n), &content);
        int rc;

        if (used < 0)
            return used;
        at += (size_t)used;
        if (j && content.n && (rc = alps_call_body(&c->call, content, visit, j)) != 0)
            return rc < 0 ? rc : PTRDIFF_MIN;
    }
    return (ptrdiff_t)at;
}

static int
reason_of(ptrdiff_t walked)
{ return walked == PTRDIFF_MIN ? 1 : (int)walked; }

/* The body in ${buf} from ${at}, of a request that is leaving. */
static enum alps_verdict
pass_body(struct alps_conn *c, struct judge *j, alps_slice buf, size_t at, size_t *n, bool *decided)
{
    bool watch = c->state == WATCH;
    ptrdiff_t end;
    int rc;

    if (watch) {                        /* only a violation is told; it may come in another call than the head did */
        alps_decision_init(j->out, sni_of(c));
        note_call(&c->call, j->out);
        j->accesses = 1;                /* there was one, or it would not be leaving */
    }
    end = walk_body(c, watch ? j : NULL, &c->framing, buf, at);
    if (end < 0) {
        if (!watch && at == 0)
            alps_decision_init(j->out, sni_of(c));
        return refuse(c, reason_of(end), decided, j->out);
    }
    if (c->framing.done) {
        if (watch && (rc = judge_end(&c->call, j)) <= 0)
            return refuse(c, rc, decided, j->out);
        next_request(c);
    }
    *n = (size_t)end;
    return end ? ALPS_ALLOW : ALPS_MORE;
}

static enum alps_verdict
allow(struct judge *j, enum alps_reason reason, bool *decided)
{
    j->out->verdict = ALPS_ALLOW;
    j->out->reason = (uint16_t)reason;
    *decided = true;
    return ALPS_ALLOW;
}

/* As much of the body has come as will be waited for: judge the request by it.  ${req} is the head at the front of ${buf},
 * c->call and j->out have just been made from it. */
static enum alps_verdict
judge_held(struct alps_conn *c, struct judge *j, const struct alps_request *req, alps_slice buf, size_t *n,
           bool *decided)
{
    ptrdiff_t end;
    int rc = alps_framing_init(&c->framing, req);

    if (rc < 0)
        return refuse(c, rc, decided, j->out);
    end = walk_body(c, j, &c->framing, alps_slice_sub(buf, 0, c->seen), c->head);
    note_call(&c->call, j->out);
    if (end < 0)
        return refuse(c, reason_of(end), decided, j->out);
    if (c->framing.done) {
        if ((rc = judge_end(&c->call, j)) <= 0)
            return refuse(c, rc, decided, j->out);
        *n = (size_t)end;
        next_request(c);
        return allow(j, (enum alps_reason)rc, decided);
    }
    if (!alps_call_ready(&c->call) || j->accesses == 0)
        return refuse(c, -ALPS_BODY_LATE, decided, j->out);
    c->state = WATCH;
    *n = (size_t)end;
    return allow(j, ALPS_LISTED, decided);
}

/* Held: wait for the end of the body, or for as much of it as is waited for.  ${req}: the head, if it was read in this
 * very call; otherwise it is read again, for nothing of it is kept but its length. */
static enum alps_verdict
hold(struct alps_conn *c, struct judge *j, const struct alps_request *req, alps_slice buf, size_t *n, bool *decided)
{
    size_t limit = c->head + (size_t)ALPS_HOLD_MAX;
    alps_slice wire = { buf.p, buf.n < limit ? buf.n : limit };
    ptrdiff_t end = walk_body(c, NULL, &c->framing, wire, c->seen);
    struct alps_request again;
    struct alps_http1 http1 = { 0 };
    enum alps_reason reason;

    if (end >= 0)
        c->seen = (uint32_t)end;
    if (end >= 0 && !c->framing.done && c->seen < limit)
        return ALPS_MORE;
    if (!req) {
        again.sni = sni_of(c);
        again.tls = c->tls;
        if (alps_http1_feed(&http1, buf, &again) != (ptrdiff_t)c->head || judge_head(c, j, &again, &reason) != 0) {
            alps_decision_init(j->out, sni_of(c));
            return refuse(c, -ALPS_INTERNAL, decided, j->out);     /* the buffer is not the one we were shown before */
        }
        req = &again;
    }
    if (end < 0)
        return refuse(c, (int)end, decided, j->out);
    return judge_held(c, j, req, buf, n, decided);
}

static enum alps_verdict
take_head(struct alps_conn *c, struct judge *j, alps_slice buf, size_t *n, bool *decided)
{
    struct alps_request req;
    enum alps_reason reason = ALPS_NOT_LISTED;
    ptrdiff_t len;
    int rc;

    req.sni = sni_of(c);
    req.tls = c->tls;
    len = alps_http1_feed(&c->http1, buf, &req);
    if (len == 0)
        return ALPS_MORE;
    if (len < 0 || (rc = alps_framing_init(&c->framing, &req)) < 0) {
        alps_decision_init(j->out, len < 0 ? sni_of(c) : req.host);
        return refuse(c, len < 0 ? (int)len : rc, decided, j->out);
    }
    rc = judge_head(c, j, &req, &reason);
    if (rc < 0 || (rc == 1 && reason == ALPS_NOT_LISTED))
        return refuse(c, rc < 0 ? rc : 1, decided, j->out);
    c->head = c->seen = (uint32_t)len;
    if (rc == 0) {
        c->state = HOLD;
        return hold(c, j, &req, buf, n, decided);
    }
    c->state = STREAM;
    if (pass_body(c, j, buf, (size_t)len, n, decided) == ALPS_DENY)
        return ALPS_DENY;
    return allow(j, reason, decided);
}

enum alps_verdict
alps_conn_feed(struct alps_conn *c, const struct alps_policy *policy, alps_slice buf, size_t *n, bool *decided,
               struct alps_decision *out)
{
    struct judge j = { policy, out, 0 };

    *n = 0;
    *decided = false;
    switch (c->state) {
    case HEAD:
        return buf.n ? take_head(c, &j, buf, n, decided) : ALPS_MORE;
    case HOLD:
        if (buf.n >= c->seen)
            return hold(c, &j, NULL, buf, n, decided);
        alps_decision_init(out, sni_of(c));
        return refuse(c, -ALPS_INTERNAL, decided, out);     /* it became shorter */
    case STREAM:
    case WATCH:
        return pass_body(c, &j, buf, 0, n, decided);
    default:
        return ALPS_DENY;
    }
}
