#include <stdlib.h>
#include <time.h>

#include "core/conn.h"
#include "shim/guard.h"
#include "shim/h2_inside.h"
#include "shim/log.h"

enum { STREAMS = 1024 };                 /* open at a time, of one connection */

uint64_t
h2_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

void
h2_emit(struct h2 *h, const void *p, size_t n)
{
    if (n && !h->full && !h->silent)
        h->full = !h->emit(h->ctx, p, n);
}

static void
inject_frame(struct h2 *h, struct alps_h2_frame f, uint32_t value)
{
    uint8_t frame[ALPS_H2_HEAD + 4];

    alps_h2_frame_write(frame, &f);
    alps_h2_put_u32(frame + ALPS_H2_HEAD, value);
    bytes_put(&h->inject, frame, ALPS_H2_HEAD + f.length);
}

/* ${n} bytes of DATA stayed here: the client may send as many more. */
void
h2_credit(struct h2 *h, const struct h2_stream *s, size_t n)
{
    struct alps_h2_frame f = { .type = ALPS_H2_WINDOW_UPDATE, .length = 4 };

    if (n == 0)
        return;
    inject_frame(h, f, (uint32_t)n);
    h->window += (int64_t)n;
    f.stream = s->id;
    if (s->state == H2_STAY && !s->ended)
        inject_frame(h, f, (uint32_t)n);
}

/* Make the reader look for what was injected (h2.h, Waking). */
void
h2_wake(struct h2 *h)
{
    uint8_t frame[ALPS_H2_HEAD];
    struct alps_h2_frame f = { .type = ALPS_H2_SETTINGS };

    if (h->ours || h->inject.n == 0 || !h2_note_settings(h, 0))
        return;
    alps_h2_frame_write(frame, &f);
    h2_emit(h, frame, sizeof frame);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

struct h2_stream *
h2_find(const struct h2 *h, uint32_t id)
{
    unsigned from = 0, to = h->n_streams;

    while (from < to) {
        unsigned at = (from + to) / 2;

        if (h->stream[at]->id == id)
            return h->stream[at];
        if (h->stream[at]->id < id)
            from = at + 1;
        else
            to = at;
    }
    return NULL;
}

void
h2_free_stream(struct h2_stream *s)
{
    bytes_free(&s->raw);
    bytes_free(&s->anew);
    bytes_free(&s->rest);
    bytes_free(&s->sizes);
    free(s->judged);
    free(s);
}

/* Those that are over are forgotten. */
void
h2_sweep(struct h2 *h)
{
    unsigned k = 0;

    for (unsigned i = 0; i < h->n_streams; i++) {
        struct h2_stream *s = h->stream[i];

        if (s->settled && s->ended)
            h2_free_stream(s);
        else
            h->stream[k++] = s;
    }
    h->n_streams = k;
}

struct h2_stream *
h2_add_stream(struct h2 *h, uint32_t id)
{
    struct h2_stream *s;

    for (unsigned i = 0; i < h->n_streams && h->n_streams == STREAMS; i++)
        h->stream[i]->ended |= h->stream[i]->dead || h->stream[i]->state == H2_STAY;
    if (h->n_streams == STREAMS)
        h2_sweep(h);
    if (h->n_streams == STREAMS)
        return NULL;
    if (h->n_streams == h->cap_streams) {
        unsigned cap = h->cap_streams ? 2 * h->cap_streams : 8;
        struct h2_stream **more = realloc(h->stream, cap * sizeof *more);

        if (!more)
            return NULL;
        h->stream = more;
        h->cap_streams = cap;
    }
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->id = id;
    s->left = -1;
    return h->stream[h->n_streams++] = s;
}

void
h2_reset(struct h2 *h, uint32_t id)
{
    struct h2_stream *s = h2_find(h, id);

    if (s)
        s->dead = true;
}

struct h2_stream *
h2_front(const struct h2 *h)
{
    for (unsigned i = 0; i < h->n_streams; i++)
        if (!h->stream[i]->settled)
            return h->stream[i];
    return NULL;
}

/* A block of literals in frames: HEADERS with the ${flags} and priority it had, CONTINUATION.  Size updates that never
 * reached the server come first. */
bool
h2_frame_block(struct h2 *h, uint32_t id, uint8_t flags, const uint8_t priority[static 5], const struct bytes *literals,
            struct bytes *out)
{
    struct alps_h2_frame f = { .type = ALPS_H2_HEADERS, .stream = id,
                               .flags = flags & (ALPS_H2_END_STREAM | ALPS_H2_HAS_PRIORITY) };
    struct bytes block = { NULL, 0, 0 };
    uint8_t head[ALPS_H2_HEAD];
    bool ok = !(f.flags & ALPS_H2_HAS_PRIORITY) || bytes_put(&block, priority, 5);

    ok = ok && bytes_put(&block, h->sizes.p, h->sizes.n) && bytes_put(&block, literals->p, literals->n);
    for (size_t at = 0; ok && at < block.n; at += f.length) {
        f.length = (uint32_t)(block.n - at < ALPS_H2_FRAME ? block.n - at : ALPS_H2_FRAME);
        if (at + f.length == block.n)
            f.flags |= ALPS_H2_END_HEADERS;
        alps_h2_frame_write(head, &f);
        ok = bytes_put(out, head, sizeof head) && bytes_put(out, block.p + at, f.length);
        f.type = ALPS_H2_CONTINUATION;
        f.flags = 0;
    }
    bytes_free(&block);
    h->sizes.n = 0;
    return ok;
}

static void
emit_head(struct h2 *h, struct h2_stream *s)
{
    struct bytes out = { NULL, 0, 0 };

    if (!h->anew && !s->must_anew) {
        h2_emit(h, s->raw.p, s->raw.n);
        return;
    }
    if (!h2_frame_block(h, s->id, s->flags, s->priority, &s->anew, &out))
        h->full = true;
    h2_emit(h, out.p, out.n);
    bytes_free(&out);
}

/* Let go what nothing holds up any more. */
void
h2_settle(struct h2 *h)
{
    struct h2_stream *s;

    while ((s = h2_front(h)) && s->state != H2_HOLD) {
        s->settled = true;
        if (s->state == H2_STAY) {
            h->anew = true;
            h->full |= !bytes_put(&h->sizes, s->sizes.p, s->sizes.n);
        } else {
            emit_head(h, s);
            h2_emit(h, s->rest.p, s->rest.n);
            h->sent = s->id;
            s->state = H2_PASS;
        }
        h->held -= s->held;
        s->held = 0;
        bytes_free(&s->raw);
        bytes_free(&s->anew);
        bytes_free(&s->rest);
    }
    h2_sweep(h);
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

static void
log_verdict(struct alps_decision *d, enum alps_verdict v, enum alps_reason reason, uint64_t ns)
{
    d->verdict = (uint8_t)v;
    d->reason = (uint16_t)reason;
    log_decision(d, ns);
}

static void
allow(struct h2_stream *s, struct alps_decision *d, enum alps_reason reason, uint64_t ns)
{
    log_verdict(d, ALPS_ALLOW, reason, ns);
    s->state = H2_WAIT;
}

/* The connection ends for what stream's decision ${d} says.  ${rc} as decide has it. */
int
h2_give_up(struct h2 *h, const struct alps_decision *d, int rc)
{
    *h->out = *d;
    h->out->reason = (uint16_t)-rc;
    h->decided = h->told = true;
    return -ALPS_POISONED;
}

/* Nothing of it leaves, and its answer goes to the client.  ${rc}: a negated reason, or 0: NOT_LISTED.  0, or the reason
 * to refuse the whole connection. */
static int
refuse(struct h2 *h, struct h2_stream *s, struct alps_decision *d, int rc, uint64_t ns)
{
    uint8_t answer[ALPS_H2_ANSWER_MAX];
    size_t n, data;

    if (guard.observe) {
        d->observed = (uint16_t)-rc;
        allow(s, d, ALPS_OBSERVED, ns);
        return 0;
    }
    if (h->mute)
        return h2_give_up(h, d, rc);
    d->reason = (uint16_t)-rc;
    n = alps_h2_answer(d, &alps_catalog_builtin, guard.file, s->id, s->grpc, !h->bodiless, answer, sizeof answer, &data);
    bytes_put(&h->inject, answer, n);
    if (h->silent)
        return h2_give_up(h, d, rc);    /* nothing of ours may wake the reader: the end does */
    log_verdict(d, ALPS_DENY, (enum alps_reason)-rc, ns);
    s->state = H2_STAY;
    h2_credit(h, s, s->held);
    h->held -= s->held;
    s->held = 0;
    bytes_free(&s->rest);
    h->owed += (uint32_t)data;
    return 0;
}

/* A stream that is held back gets its verdict.  ${rc} as judge_end has it: positive to allow it. */
int
h2_decide(struct h2 *h, struct h2_stream *s, int rc)
{
    struct h2_judged *g = s->judged;
    int end = 0;

    if (rc > 0 && !h->silent)
        allow(s, &g->decision, (enum alps_reason)rc, g->ns);
    else
        end = refuse(h, s, &g->decision, rc > 0 ? -ALPS_HOST_DIFFERS : rc, g->ns);
    if (!s->watch) {
        free(g);
        s->judged = NULL;
    }
    h2_settle(h);
    return end;
}

struct alps_judge
h2_judge_of(struct h2_judged *g)
{ return (struct alps_judge){ g->policy, &g->decision, g->accesses }; }

/* More of it cannot be held. */
int
h2_decide_late(struct h2 *h, struct h2_stream *s)
{
    struct alps_judge j = h2_judge_of(s->judged);
    int rc = alps_judge_late(&j, &s->judged->call);

    s->watch = rc > 0;
    return h2_decide(h, s, rc);
}

/* Content of a body that decides.  1: fine; else as judge_end has it. */
int
h2_judge_content(struct h2_stream *s, alps_slice content)
{
    struct alps_judge j = h2_judge_of(s->judged);
    uint64_t start = h2_now();
    int rc = 0;

    if (content.n)
        rc = alps_judge_body(&j, &s->judged->call, content);
    alps_judge_note(&j, &s->judged->call);
    s->judged->accesses = j.accesses;
    if (rc == 0 && s->ended)
        rc = alps_judge_end(&j, &s->judged->call);
    else
        rc = rc < 0 ? rc : rc > 0 ? 0 : 1;
    s->judged->ns += h2_now() - start;
    return rc;
}
