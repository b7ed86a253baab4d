#include <stdlib.h>

#include "core/refusal.h"
#include "shim/guard.h"
#include "shim/h2_inside.h"

bool
bytes_put(struct bytes *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        size_t cap = b->n + n > 2 * b->cap ? (b->n + n + 255) & ~(size_t)255 : 2 * b->cap;
        uint8_t *more = realloc(b->p, cap);

        if (!more)
            return false;
        b->p = more;
        b->cap = cap;
    }
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return true;
}

void
bytes_drop(struct bytes *b, size_t n)
{
    b->n -= n;
    if (b->n)
        memmove(b->p, b->p + n, b->n);
    else if (b->cap > ALPS_H2_FRAME)
        bytes_free(b);
}

void
bytes_free(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){ NULL, 0, 0 };
}

static uint32_t
larger(uint32_t a, uint32_t b)
{ return a > b ? a : b; }

/* One setting of the server: what it lets the client do. */
static void
take_setting(struct h2 *h, const uint8_t value[static 6])
{
    uint32_t v = alps_h2_u32(value + 2);

    switch (value[0] << 8 | value[1]) {
    case ALPS_H2_TABLE_SIZE:
        h->table = larger(h->table, v < 1u << 20 ? v : 1u << 20);   /* ever allowed: it may still be in use */
        break;
    case ALPS_H2_INITIAL_WINDOW:
        h->stream_window = v;
        break;
    case ALPS_H2_MAX_FRAME:
        h->max_frame = larger(h->max_frame, v < 1u << 20 ? v : 1u << 20);
        break;
    default:
        break;
    }
}

/* The payload of a frame that says something about what the client may send. */
static void
take_value(struct h2 *h, const uint8_t *p, size_t n)
{
    struct h2_frames *in = &h->in;
    unsigned want = in->f.type == ALPS_H2_SETTINGS ? 6 : 4;

    if (in->f.stream || (in->f.type != ALPS_H2_SETTINGS && in->f.type != ALPS_H2_WINDOW_UPDATE))
        return;
    for (size_t i = 0; i < n; i++) {
        in->value[in->n_value++] = p[i];
        if (in->n_value < want)
            continue;
        in->n_value = 0;
        if (want == 6)
            take_setting(h, in->value);
        else
            h->window += alps_h2_u32(in->value) & 0x7fffffff;
        if (h->window > h->widest)
            h->widest = h->window;
    }
}

const uint8_t h2_ping[17] = { 0, 0, 8, ALPS_H2_PING, 0, 0, 0, 0, 0, 'A', 'L', 'P', 'S', 'c', 'a', 'r', 'y' };

bool
h2_note_settings(struct h2 *h, unsigned behind)
{
    uint64_t waiting = h->settings - h->acknowledged, at = waiting - behind, before;

    if (waiting >= 64 || at > waiting)
        return false;
    before = h->ours & ((UINT64_C(1) << at) - 1);
    h->ours = (h->ours - before) << 1 | UINT64_C(1) << at | before;
    h->settings++;
    return true;
}

bool
h2_carry(struct h2 *h, unsigned behind, uint8_t *frame)
{
    struct alps_h2_frame f = { .type = ALPS_H2_SETTINGS };
    uint64_t gone;
    bool may;

    pthread_mutex_lock(&h->lock);
    gone = h->settings - h->acknowledged - behind;      /* and not acknowledged */
    may = !(gone < 64 ? h->ours & ((UINT64_C(1) << gone) - 1) : h->ours) && h2_note_settings(h, behind);
    if (may)
        alps_h2_frame_write(frame, &f);
    h->carry = true;
    pthread_mutex_unlock(&h->lock);
    return may;
}

bool
h2_nothing(const struct h2 *h, uint8_t *frame)
{
    enum { RESERVED = 0x0b };
    struct alps_h2_frame f = { .type = RESERVED };

    alps_h2_frame_write(frame, &f);
    return !h->silent;
}

/* The head of a frame is whole.  True: it is the answer to our own SETTINGS, and nobody else's business. */
static bool
take_head(struct h2 *h)
{
    struct h2_frames *in = &h->in;
    bool own;

    in->f = alps_h2_frame_read(in->head);
    in->left = in->f.length;
    in->n_value = 0;
    if (in->f.type == ALPS_H2_RST_STREAM)
        h2_reset(h, in->f.stream);
    if (in->f.type != ALPS_H2_SETTINGS || !(in->f.flags & ALPS_H2_ACK))
        return false;
    if (h->acknowledged == h->settings)
        return false;
    h->acknowledged++;
    own = h->ours & 1;
    h->ours >>= 1;
    if (own && h->carry)
        bytes_put(&h->inject, h2_ping, sizeof h2_ping);
    h->carry &= !own;
    return own;
}

static bool
between(const struct h2 *h)
{ return h->in.n_head == 0 && h->in.begun; }

static void
end_frame(struct h2 *h)
{
    if (h->in.n_head < ALPS_H2_HEAD || h->in.left)
        return;
    h->in.n_head = h->in.given = 0;
    h->in.begun = true;
}

/* Step over some of ${p}.  ${keep}: the head of a frame is kept until it is whole.  *${own}: nothing of it is for the client now. */
static size_t
step(struct h2 *h, const uint8_t *p, size_t n, bool keep, bool *own)
{
    struct h2_frames *in = &h->in;
    size_t k;

    *own = false;
    if (in->n_head < ALPS_H2_HEAD) {
        k = ALPS_H2_HEAD - in->n_head < n ? ALPS_H2_HEAD - in->n_head : n;
        memcpy(in->head + in->n_head, p, k);
        in->n_head += (unsigned)k;
        *own = keep;
        if (in->n_head == ALPS_H2_HEAD) {
            bool ours = take_head(h);

            if (keep && !ours)
                bytes_put(&h->ready, in->head + in->given, ALPS_H2_HEAD - in->given);
        }
        if (!keep || in->n_head == ALPS_H2_HEAD)
            in->given = in->n_head;
    } else {
        k = in->left < n ? in->left : n;
        take_value(h, p, k);
        in->left -= (uint32_t)k;
    }
    end_frame(h);
    return k;
}

static size_t
hand_out(struct h2 *h, void *buf, size_t cap, bool peek)
{
    size_t n;

    if (between(h) && h->inject.n) {
        bytes_put(&h->ready, h->inject.p, h->inject.n);
        bytes_drop(&h->inject, h->inject.n);
    }
    n = h->ready.n < cap ? h->ready.n : cap;
    if (n)
        memcpy(buf, h->ready.p, n);
    if (n && !peek)
        bytes_drop(&h->ready, n);
    return n;
}

size_t
h2_ready(struct h2 *h, void *buf, size_t cap, bool peek)
{
    size_t n;

    pthread_mutex_lock(&h->lock);
    n = hand_out(h, buf, cap, peek);
    pthread_mutex_unlock(&h->lock);
    return n;
}

size_t
h2_left(struct h2 *h)
{
    size_t n;

    pthread_mutex_lock(&h->lock);
    n = h->ready.n + (between(h) ? h->inject.n : 0);
    pthread_mutex_unlock(&h->lock);
    return n;
}

size_t
h2_read(struct h2 *h, uint8_t *buf, size_t n, size_t cap)
{
    bool keep, own;

    pthread_mutex_lock(&h->lock);
    keep = h->ours || h->inject.n || h->ready.n || h->in.n_head != h->in.given;
    for (size_t at = 0, k; at < n; at += k) {
        k = step(h, buf + at, n - at, keep, &own);
        if (keep && !own)
            bytes_put(&h->ready, buf + at, k);
        if (keep && between(h) && h->inject.n) {
            bytes_put(&h->ready, h->inject.p, h->inject.n);
            bytes_drop(&h->inject, h->inject.n);
        }
    }
    if (keep)
        n = hand_out(h, buf, cap, false);
    pthread_mutex_unlock(&h->lock);
    return n;
}

char *
h2_goodbye(struct h2 *h, const struct alps_decision *d, size_t *n)
{
    enum { NO_ERROR_TEXT = 512, PROTOCOL_ERROR = 1 };
    uint8_t frame[ALPS_H2_HEAD + 8 + NO_ERROR_TEXT] = { 0 };
    struct alps_h2_frame f = { .type = ALPS_H2_GOAWAY, .length = 8 }, settings = { .type = ALPS_H2_SETTINGS };
    struct bytes all;

    pthread_mutex_lock(&h->lock);
    all = h->ready;
    h->ready = (struct bytes){ NULL, 0, 0 };
    if (h->in.n_head == 0) {            /* not into the middle of a frame */
        if (!h->in.begun) {
            alps_h2_frame_write(frame, &settings);
            bytes_put(&all, frame, ALPS_H2_HEAD);
        }
        bytes_put(&all, h->inject.p, h->inject.n);
        f.length += (uint32_t)alps_refusal_message(d, &alps_catalog_builtin, guard.file,
                                                   (char *)frame + ALPS_H2_HEAD + 8, NO_ERROR_TEXT);
        alps_h2_frame_write(frame, &f);
        alps_h2_put_u32(frame + ALPS_H2_HEAD, h->last);
        alps_h2_put_u32(frame + ALPS_H2_HEAD + 4, PROTOCOL_ERROR);
        bytes_put(&all, frame, ALPS_H2_HEAD + f.length);
    }
    pthread_mutex_unlock(&h->lock);
    *n = all.n;
    return (char *)all.p;
}
