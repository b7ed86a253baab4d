#include "shim/h2.h"

#include <stdlib.h>

#include "core/conn.h"
#include "shim/guard.h"
#include "shim/h2_inside.h"
#include "shim/log.h"
#include "shim/reload.h"

enum {
    CONTINUED  = 32,                    /* CONTINUATION frames of one block */
    BLOCK_MAX  = 2 * ALPS_HEAD_MAX,
    HELD_MAX   = ALPS_HOLD_MAX - 64 * 1024,
    ANSWER_MIN = 16 * 1024              /* a client whose streams' windows are smaller gets answers without a body */
};

/* ---- header blocks ----------------------------------------------------------------------------------------------- */

/* The whole block: h->field.  Table size updates, which come first, are copied to ${sizes}. */
static int
decode(struct h2 *h, struct bytes *sizes)
{
    const uint8_t *start = h->block.n ? h->block.p : (const uint8_t *)"", *p = start, *end = p + h->block.n;
    size_t at[ALPS_HEADERS + 8][2];
    size_t n = 0;

    while (p < end && (*p & 0xe0) == 0x20) {
        const uint8_t *from = p;

        if ((*p++ & 0x1f) == 0x1f)
            while (p < end && *p++ & 0x80)
                ;
        if (!bytes_put(sizes, from, (size_t)(p - from)) || sizes->n > 64)
            return -ALPS_HTTP2_FRAMES;
    }
    h->text.n = 0;
    h->too_long = false;
    p = start;
    nghttp2_hd_inflate_change_table_size(h->inflater, h->table);
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags, p, (size_t)(end - p), 1);

        if (used < 0)
            return -ALPS_HTTP2_FRAMES;
        p += used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            if (n == sizeof at / sizeof *at || h->text.n + nv.namelen + nv.valuelen > ALPS_HEAD_MAX) {
                h->too_long = true;
            } else {
                at[n][0] = nv.namelen;
                at[n++][1] = nv.valuelen;
                if (!bytes_put(&h->text, nv.name, nv.namelen) || !bytes_put(&h->text, nv.value, nv.valuelen))
                    return -ALPS_INTERNAL;
            }
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL)
            break;
        if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && p == end)
            return -ALPS_HTTP2_FRAMES;
    }
    nghttp2_hd_inflate_end_headers(h->inflater);
    h->n_fields = n;
    for (size_t i = 0, from = 0; i < n; i++) {
        p = (h->text.n ? h->text.p : (const uint8_t *)"") + from;     /* all of them may be empty */
        h->field[i].name = (alps_slice){ p, at[i][0] };
        h->field[i].value = (alps_slice){ p + at[i][0], at[i][1] };
        from += at[i][0] + at[i][1];
    }
    return 0;
}

/* h->field again, as literals behind the size updates that the block began with. */
static bool
write_anew(struct h2 *h, const struct bytes *sizes, struct bytes *out)
{
    bool ok = bytes_put(out, sizes->p, sizes->n);

    for (size_t i = 0; i < h->n_fields && ok; i++) {
        const struct alps_header *t = &h->field[i];
        size_t room = t->name.n + t->value.n + 12, k;
        uint8_t *line = malloc(room);

        k = line ? alps_h2_literal(t->name, t->value, line, room) : 0;
        ok = k && bytes_put(out, line, k);
        free(line);
    }
    return ok;
}

/* The block that has just come, which is no stream's first, as it is to leave. */
static bool
frame_trailers(struct h2 *h, const struct bytes *sizes, bool anew, struct bytes *out)
{
    struct bytes literals = { NULL, 0, 0 };
    bool ok;

    if (!anew)
        return bytes_put(out, h->raw.p, h->raw.n);
    ok = write_anew(h, sizes, &literals) &&
        h2_frame_block(h, h->headers.stream, h->headers.flags, h->priority, &literals, out);
    bytes_free(&literals);
    return ok;
}

/* Fields behind a body.  They overtake the blocks that are held up, so those that are here must not need them. */
static int
take_trailers(struct h2 *h, struct h2_stream *s, struct bytes *sizes)
{
    bool behind = h2_front(h) != NULL, anew = h->anew || h->anew_late || behind;
    struct bytes out = { NULL, 0, 0 };
    int rc;

    if (!(h->headers.flags & ALPS_H2_END_STREAM) || s->ended || h->too_long || (behind && sizes->n))
        return -ALPS_HTTP2_FRAMES;
    if ((rc = alps_h2_trailers(h->field, h->n_fields)) < 0)
        return rc;
    if (s->left > 0)
        return -ALPS_FRAMING;
    s->ended = true;
    h->anew_late |= behind;
    if (s->state == H2_STAY) {
        h->anew_late = true;            /* this block stays here, too */
        return bytes_put(&h->sizes, sizes->p, sizes->n) ? 0 : -ALPS_INTERNAL;
    }
    rc = s->state == H2_PASS && !s->watch ? 1 : s->state == H2_WAIT ? 1 : h2_judge_content(s, (alps_slice){ NULL, 0 });
    if (s->state == H2_PASS && rc <= 0)
        return h2_give_up(h, &s->judged->decision, rc);
    if (!frame_trailers(h, sizes, anew, &out))
        return -ALPS_INTERNAL;
    if (s->state == H2_PASS)
        h2_emit(h, out.p, out.n);
    else if (!bytes_put(&s->rest, out.p, out.n))
        h->full = true;
    bytes_free(&out);
    return s->state == H2_HOLD ? h2_decide(h, s, rc) : 0;
}

/* The head of a new stream: into which state? */
static int
judge_stream(struct h2 *h, struct h2_stream *s)
{
    struct h2_judged *g = calloc(1, sizeof *g);
    struct alps_request req;
    struct alps_judge j;
    enum alps_reason reason = ALPS_NOT_LISTED;
    uint64_t start = h2_now();
    int rc;

    if (!g)
        return -ALPS_INTERNAL;
    reload_check(start);
    s->judged = g;
    g->policy = guard.policy;
    j = h2_judge_of(g);
    req.sni = (alps_slice){ h->sni, h->n_sni };
    req.tls = true;
    rc = h->too_long ? -ALPS_HEAD_TOO_LONG : alps_h2_request(h->field, h->n_fields, &req, &s->left);
    if (rc == 0 && s->ended && s->left > 0)
        rc = -ALPS_FRAMING;
    if (rc < 0) {
        alps_decision_init(&g->decision, req.sni);
        g->ns = h2_now() - start;
        return h2_decide(h, s, rc);
    }
    s->grpc = alps_h2_is_grpc(&req);
    rc = alps_judge_head(&j, &g->call, &req, &reason);
    g->accesses = j.accesses;
    g->ns = h2_now() - start;
    if (rc == 1)
        return h2_decide(h, s, (int)reason);       /* NOT_LISTED is 0 */
    if (rc < 0)
        return h2_decide(h, s, rc);
    return s->ended ? h2_decide(h, s, h2_judge_content(s, (alps_slice){ NULL, 0 })) : 0;
}

static int
take_stream(struct h2 *h, struct bytes *sizes)
{
    bool behind = h2_front(h) != NULL;
    struct h2_stream *s;

    if (h->headers.stream <= h->last || !(s = h2_add_stream(h, h->headers.stream)))
        return -ALPS_HTTP2_FRAMES;
    h->last = s->id;
    s->ended = h->headers.flags & ALPS_H2_END_STREAM;
    s->flags = h->headers.flags;
    s->must_anew = h->anew_late;
    memcpy(s->priority, h->priority, sizeof s->priority);
    if (!bytes_put(&s->raw, h->raw.p, h->raw.n) || !bytes_put(&s->sizes, sizes->p, sizes->n))
        return -ALPS_INTERNAL;
    if ((h->anew || h->anew_late || behind) && !h->too_long && !write_anew(h, sizes, &s->anew))
        return -ALPS_INTERNAL;
    return judge_stream(h, s);
}

static int
take_block(struct h2 *h)
{
    struct bytes sizes = { NULL, 0, 0 };
    struct h2_stream *s = h2_find(h, h->headers.stream);
    int rc = decode(h, &sizes);

    if (rc == 0)
        rc = s ? take_trailers(h, s, &sizes) : take_stream(h, &sizes);
    bytes_free(&sizes);
    h->headers.stream = 0;
    bytes_drop(&h->block, h->block.n);
    bytes_drop(&h->raw, h->raw.n);
    h2_sweep(h);
    return rc;
}

static int
take_fragment(struct h2 *h, const struct alps_h2_frame *f, alps_slice whole)
{
    alps_slice payload = alps_slice_sub(whole, ALPS_H2_HEAD, whole.n), content = payload;

    if (f->type == ALPS_H2_HEADERS) {
        bool padded = f->flags & ALPS_H2_PADDED;

        if (alps_h2_content(f, payload, &content) < 0)
            return -ALPS_HTTP2_FRAMES;
        if (f->flags & ALPS_H2_HAS_PRIORITY)
            memcpy(h->priority, payload.p + padded, sizeof h->priority);
        h->headers = *f;
        h->n_continued = 0;
    } else if (h->headers.stream == 0 || ++h->n_continued > CONTINUED) {
        return -ALPS_HTTP2_FRAMES;
    }
    if (h->block.n + content.n > BLOCK_MAX || !bytes_put(&h->block, content.p, content.n) ||
        !bytes_put(&h->raw, whole.p, whole.n))
        return -ALPS_HTTP2_FRAMES;
    return f->flags & ALPS_H2_END_HEADERS ? take_block(h) : 0;
}

/* ---- other frames ------------------------------------------------------------------------------------------------ */

/* Hold no more than the client can send without hearing from the server, which has nothing to say to what it has not seen.
 * (Of a window that is full of what it has seen it will give some back, at the latest at half of it.) */
static int
relieve(struct h2 *h)
{
    struct h2_stream *s;
    int rc = 0;

    while (rc == 0 && ((h->window <= 0 && (int64_t)h->held >= h->widest / 2) || h->held >= (size_t)HELD_MAX) &&
           (s = h2_front(h)) && s->state == H2_HOLD)
        rc = h2_decide_late(h, s);
    return rc;
}

static int
hold_data(struct h2 *h, struct h2_stream *s, alps_slice whole, alps_slice content)
{
    int rc;

    if (!bytes_put(&s->rest, whole.p, whole.n))
        return -ALPS_INTERNAL;
    s->held += whole.n - ALPS_H2_HEAD;
    h->held += whole.n - ALPS_H2_HEAD;
    if (s->state == H2_HOLD) {
        rc = h2_judge_content(s, content);
        if (s->ended || rc <= 0)
            return h2_decide(h, s, rc);
        if ((int64_t)s->held >= h->stream_window)
            return h2_decide_late(h, s);
        if (s->grpc) {                  /* a call of many messages may wait for an answer to the first */
            struct alps_judge j = h2_judge_of(s->judged);

            if (alps_judge_late(&j, &s->judged->call) > 0)
                return h2_decide_late(h, s);
        }
    } else if (s->watch && (rc = h2_judge_content(s, content)) <= 0) {
        s->watch = false;               /* allowed, but nothing of it has left */
        return h2_decide(h, s, rc);
    }
    return relieve(h);
}

/* Its place in the stream, and in what the stream said of its length. */
static int
account(struct h2 *h, struct h2_stream *s, const struct alps_h2_frame *f, size_t content)
{
    if (!s || s->ended)
        return -ALPS_HTTP2_FRAMES;
    h->window -= f->length;
    s->ended = f->flags & ALPS_H2_END_STREAM;
    if (s->left >= 0 && (s->left -= (int64_t)content) < 0)
        return -ALPS_FRAMING;
    return s->ended && s->left > 0 ? -ALPS_FRAMING : 0;
}

static int
take_data(struct h2 *h, const struct alps_h2_frame *f, alps_slice whole)
{
    struct h2_stream *s = h2_find(h, f->stream);
    alps_slice content;
    int rc;

    if (alps_h2_content(f, alps_slice_sub(whole, ALPS_H2_HEAD, whole.n), &content) < 0)
        return -ALPS_HTTP2_FRAMES;
    if ((rc = account(h, s, f, content.n)) < 0)
        return rc;
    switch (s->state) {
    case H2_STAY:
        h2_credit(h, s, f->length);
        break;
    case H2_PASS:
        if (s->watch && (rc = h2_judge_content(s, content)) <= 0)
            return h2_give_up(h, &s->judged->decision, rc);
        h2_emit(h, whole.p, whole.n);
        break;
    default:
        rc = hold_data(h, s, whole, content);
        break;
    }
    h2_sweep(h);
    return rc < 0 ? rc : 0;
}

/* RST_STREAM, WINDOW_UPDATE, PRIORITY of one stream. */
static int
take_control(struct h2 *h, const struct alps_h2_frame *f, alps_slice whole)
{
    struct h2_stream *s = h2_find(h, f->stream);
    bool reset = f->type == ALPS_H2_RST_STREAM;

    if (!s) {
        if (f->stream > h->last && f->type != ALPS_H2_PRIORITY)
            return -ALPS_HTTP2_FRAMES;
        if (f->stream <= h->sent || f->type == ALPS_H2_PRIORITY)
            h2_emit(h, whole.p, whole.n);
        return 0;
    }
    if (s->state == H2_PASS) {
        h2_emit(h, whole.p, whole.n);
    } else if (s->state != H2_STAY && !reset) {
        return bytes_put(&s->rest, whole.p, whole.n) ? 0 : -ALPS_INTERNAL;
    } else if (s->state != H2_STAY) {
        s->state = H2_STAY;                /* the client has thought better of it: nobody ever saw it */
        s->ended = true;
        h2_credit(h, s, s->held);
        h2_settle(h);
        return 0;
    }
    s->ended |= reset;
    h2_sweep(h);
    return 0;
}

static void
take_settings(struct h2 *h, alps_slice payload)
{
    for (size_t at = 0; at + 6 <= payload.n; at += 6) {
        uint32_t v = alps_h2_u32(payload.p + at + 2);

        switch (payload.p[at] << 8 | payload.p[at + 1]) {
        case ALPS_H2_TABLE_SIZE:
            h->mute |= v < ALPS_H2_TABLE;       /* the next block it reads has to begin with the new size */
            break;
        case ALPS_H2_INITIAL_WINDOW:
            h->bodiless = v < ANSWER_MIN;
            break;
        default:
            break;
        }
    }
}

/* The client credits the server for DATA that came from us: not more than the server has sent. */
static void
take_window(struct h2 *h, alps_slice whole)
{
    uint32_t n = alps_h2_u32(whole.p + ALPS_H2_HEAD) & 0x7fffffff, ours = n < h->owed ? n : h->owed;
    uint8_t frame[ALPS_H2_HEAD + 4];

    if (ours == 0) {
        h2_emit(h, whole.p, whole.n);
        return;
    }
    h->owed -= ours;
    if (n == ours)
        return;
    memcpy(frame, whole.p, sizeof frame);
    alps_h2_put_u32(frame + ALPS_H2_HEAD, n - ours);
    h2_emit(h, frame, sizeof frame);
}

static int
take_frame(struct h2 *h, const struct alps_h2_frame *f, alps_slice whole)
{
    if (!h->first && (f->type != ALPS_H2_SETTINGS || f->flags & ALPS_H2_ACK))
        return -ALPS_HTTP2_FRAMES;
    h->first = true;
    if (h->headers.stream && (f->type != ALPS_H2_CONTINUATION || f->stream != h->headers.stream))
        return -ALPS_HTTP2_FRAMES;
    switch (f->type) {
    case ALPS_H2_DATA:
        return take_data(h, f, whole);
    case ALPS_H2_HEADERS:
    case ALPS_H2_CONTINUATION:
        return take_fragment(h, f, whole);
    case ALPS_H2_RST_STREAM:
    case ALPS_H2_PRIORITY:
        return take_control(h, f, whole);
    case ALPS_H2_WINDOW_UPDATE:
        if (f->stream)
            return take_control(h, f, whole);
        take_window(h, whole);
        return 0;
    case ALPS_H2_SETTINGS:
        if (!(f->flags & ALPS_H2_ACK)) {
            take_settings(h, alps_slice_sub(whole, ALPS_H2_HEAD, whole.n));
            h->settings++;
        }
        break;
    case ALPS_H2_PING:
        if (f->flags & ALPS_H2_ACK && whole.n == sizeof h2_ping &&
            memcmp(whole.p + ALPS_H2_HEAD, h2_ping + ALPS_H2_HEAD, sizeof h2_ping - ALPS_H2_HEAD) == 0)
            return 0;
        break;
    case ALPS_H2_GOAWAY:
    case ALPS_H2_PRIORITY_UPDATE:
        break;
    default:
        return 0;                       /* nobody knows it: a server would ignore it, so it need not see it */
    }
    h2_emit(h, whole.p, whole.n);
    return 0;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* A DATA frame of a stream that just passes: its payload need not be waited for.  The head is whole. */
static int
pass_data(struct h2 *h, const struct alps_h2_frame *f, bool *passed)
{
    struct h2_stream *s = h2_find(h, f->stream);
    int rc;

    *passed = f->type == ALPS_H2_DATA && !(f->flags & ALPS_H2_PADDED) && h->headers.stream == 0 && s &&
        s->state == H2_PASS && !s->watch;
    if (!*passed)
        return 0;
    if ((rc = account(h, s, f, f->length)) < 0)
        return rc;
    h2_emit(h, h->frame.p, h->frame.n);
    h->frame.n = 0;
    h->direct = f->length;
    h2_sweep(h);
    return 0;
}

/* Take some of ${p}: how many bytes, or a negated reason. */
static ptrdiff_t
take_some(struct h2 *h, const uint8_t *p, size_t n)
{
    alps_slice preface = ALPS_H2_PREFACE;
    struct alps_h2_frame f;
    size_t want = ALPS_H2_HEAD, k;
    bool passed;
    int rc;

    if (h->preface < preface.n) {
        if (*p != preface.p[h->preface++])
            return -ALPS_NOT_HTTP;
        h2_emit(h, p, 1);
        return 1;
    }
    if (h->direct) {
        k = n < h->direct ? n : h->direct;
        h2_emit(h, p, k);
        h->direct -= (uint32_t)k;
        return (ptrdiff_t)k;
    }
    if (h->frame.n >= ALPS_H2_HEAD)
        want += alps_h2_frame_read(h->frame.p).length;
    k = want - h->frame.n < n ? want - h->frame.n : n;
    if (!bytes_put(&h->frame, p, k))
        return -ALPS_INTERNAL;
    if (h->frame.n < want)
        return (ptrdiff_t)k;
    f = alps_h2_frame_read(h->frame.p);
    if (want == ALPS_H2_HEAD) {
        if ((rc = alps_h2_frame_check(&f, h->max_frame)) < 0 || (rc = pass_data(h, &f, &passed)) < 0)
            return rc;
        if (passed || f.length)
            return (ptrdiff_t)k;
    }
    rc = take_frame(h, &f, (alps_slice){ h->frame.p, h->frame.n });
    bytes_drop(&h->frame, h->frame.n);
    h2_wake(h);
    return rc < 0 ? rc : (ptrdiff_t)k;
}

bool
h2_write(struct h2 *h, const uint8_t *p, size_t n, h2_emit_fn *emitter, void *ctx, struct alps_decision *out)
{
    ptrdiff_t used = 0;

    pthread_mutex_lock(&h->lock);
    h->emit = emitter;
    h->ctx = ctx;
    h->out = out;
    h->decided = h->full = false;
    while (n && (used = take_some(h, p, n)) >= 0 && !h->full) {
        p += used;
        n -= (size_t)used;
    }
    if (h->full)
        used = -ALPS_BODY_LATE;
    if (used < 0 && !h->decided) {
        alps_decision_init(out, (alps_slice){ h->sni, h->n_sni });
        out->reason = (uint16_t)-used;
    }
    pthread_mutex_unlock(&h->lock);
    return used >= 0;
}

/* Is there any request that may go to ${host}, as far as its name tells? */
static bool
may_reach(alps_slice host)
{
    struct h2_judged *g = calloc(1, sizeof *g);
    struct alps_request req = { .sni = host, .method = ALPS_S("GET"), .host = host, .path = ALPS_S("/"), .tls = true };
    struct alps_judge j = { guard.policy, g ? &g->decision : NULL, 0 };
    enum alps_reason reason;
    int rc = g && host.n ? alps_judge_head(&j, &g->call, &req, &reason) : -ALPS_INTERNAL;

    free(g);
    return rc != -ALPS_INTERNAL && rc != -ALPS_NO_POLICY && rc != -ALPS_HOST_NOT_LISTED && rc != -ALPS_HOST_DIFFERS;
}

struct h2 *
h2_new(alps_slice sni)
{
    struct h2 *h = calloc(1, sizeof *h);

    if (!h || sni.n > sizeof h->sni || nghttp2_hd_inflate_new(&h->inflater) != 0) {
        free(h);
        return NULL;
    }
    pthread_mutex_init(&h->lock, NULL);
    if (sni.n)
        memcpy(h->sni, sni.p, sni.n);
    h->n_sni = sni.n;
    h->silent = !guard.observe && !may_reach(sni);
    h->window = h->widest = h->stream_window = ALPS_H2_WINDOW;
    h->max_frame = ALPS_H2_FRAME;
    h->table = ALPS_H2_TABLE;
    return h;
}

/* gRPC gives up a connection whose SETTINGS nobody answers before it has said what it wanted there. */
static void
tell_silence(struct h2 *h)
{
    struct alps_decision *d = malloc(sizeof *d);

    if (!d)
        return;
    alps_decision_init(d, (alps_slice){ h->sni, h->n_sni });
    d->reason = guard.policy ? ALPS_HOST_NOT_LISTED : ALPS_NO_POLICY;
    log_decision(d, 0);
    free(d);
}

void
h2_free(struct h2 *h)
{
    if (!h)
        return;
    if (h->silent && !h->told)
        tell_silence(h);
    for (unsigned i = 0; i < h->n_streams; i++)
        h2_free_stream(h->stream[i]);
    free(h->stream);
    bytes_free(&h->frame);
    bytes_free(&h->block);
    bytes_free(&h->raw);
    bytes_free(&h->text);
    bytes_free(&h->sizes);
    bytes_free(&h->inject);
    bytes_free(&h->ready);
    nghttp2_hd_inflate_del(h->inflater);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

bool
h2_is_silent(const struct h2 *h)
{ return h && h->silent; }

void
h2_unlock(struct h2 *h)
{
    if (h)
        pthread_mutex_init(&h->lock, NULL);
}
