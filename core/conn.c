#include "core/conn.h"

#include "core/judge.h"

enum {
    HEAD,               /* before a request, or in its head */
    HOLD,               /* its head is there, its body decides and is held back */
    STREAM,             /* it may leave; its body only has to end where it said */
    WATCH,              /* it is leaving; its body is still looked at */
    POISONED
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

/* Over the body in ${buf} from ${at}, as far as it is there.  Where it ends, or a negated reason, or PTRDIFF_MIN: an
 * access that no rule covers.  ${j} NULL: nobody looks at it. */
static ptrdiff_t
walk_body(struct alps_conn *c, struct alps_judge *j, struct alps_framing *f, alps_slice buf, size_t at)
{
    alps_slice content;

    while (at < buf.n && !f->done) {
        ptrdiff_t used = alps_framing_feed(f, alps_slice_sub(buf, at, buf.n), &content);
        int rc;

        if (used < 0)
            return used;
        at += (size_t)used;
        if (j && content.n && (rc = alps_judge_body(j, &c->call, content)) != 0)
            return rc < 0 ? rc : PTRDIFF_MIN;
    }
    return (ptrdiff_t)at;
}

static int
reason_of(ptrdiff_t walked)
{ return walked == PTRDIFF_MIN ? 1 : (int)walked; }

/* The body in ${buf} from ${at}, of a request that is leaving. */
static enum alps_verdict
pass_body(struct alps_conn *c, struct alps_judge *j, alps_slice buf, size_t at, size_t *n, bool *decided)
{
    bool watch = c->state == WATCH;
    ptrdiff_t end;
    int rc;

    if (watch) {                        /* only a violation is told; it may come in another call than the head did */
        alps_decision_init(j->out, sni_of(c));
        alps_judge_note(j, &c->call);
        j->accesses = 1;                /* there was one, or it would not be leaving */
    }
    end = walk_body(c, watch ? j : NULL, &c->framing, buf, at);
    if (end < 0) {
        if (!watch && at == 0)
            alps_decision_init(j->out, sni_of(c));
        return refuse(c, reason_of(end), decided, j->out);
    }
    if (c->framing.done) {
        if (watch && (rc = alps_judge_end(j, &c->call)) <= 0)
            return refuse(c, rc, decided, j->out);
        next_request(c);
    }
    *n = (size_t)end;
    return end ? ALPS_ALLOW : ALPS_MORE;
}

static enum alps_verdict
allow(struct alps_judge *j, enum alps_reason reason, bool *decided)
{
    j->out->verdict = ALPS_ALLOW;
    j->out->reason = (uint16_t)reason;
    *decided = true;
    return ALPS_ALLOW;
}

/* As much of the body has come as will be waited for: judge the request by it.  ${req} is the head at the front of ${buf},
 * c->call and j->out have just been made from it. */
static enum alps_verdict
judge_held(struct alps_conn *c, struct alps_judge *j, const struct alps_request *req, alps_slice buf, size_t *n,
           bool *decided)
{
    ptrdiff_t end;
    int rc = alps_framing_init(&c->framing, req);

    if (rc < 0)
        return refuse(c, rc, decided, j->out);
    end = walk_body(c, j, &c->framing, alps_slice_sub(buf, 0, c->seen), c->head);
    alps_judge_note(j, &c->call);
    if (end < 0)
        return refuse(c, reason_of(end), decided, j->out);
    if (c->framing.done) {
        if ((rc = alps_judge_end(j, &c->call)) <= 0)
            return refuse(c, rc, decided, j->out);
        *n = (size_t)end;
        next_request(c);
        return allow(j, (enum alps_reason)rc, decided);
    }
    if ((rc = alps_judge_late(j, &c->call)) < 0)
        return refuse(c, rc, decided, j->out);
    c->state = WATCH;
    *n = (size_t)end;
    return allow(j, ALPS_LISTED, decided);
}

/* Held: wait for the end of the body, or for as much of it as is waited for.  ${req}: the head, if it was read in this
 * very call; otherwise it is read again, for nothing of it is kept but its length. */
static enum alps_verdict
hold(struct alps_conn *c, struct alps_judge *j, const struct alps_request *req, alps_slice buf, size_t *n, bool *decided)
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
        if (alps_http1_feed(&http1, buf, &again) != (ptrdiff_t)c->head ||
            alps_judge_head(j, &c->call, &again, &reason) != 0) {
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
take_head(struct alps_conn *c, struct alps_judge *j, alps_slice buf, size_t *n, bool *decided)
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
    rc = alps_judge_head(j, &c->call, &req, &reason);
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
    struct alps_judge j = { policy, out, 0 };

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
