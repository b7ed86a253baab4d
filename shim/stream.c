#include "shim/stream.h"

#include <stdlib.h>
#include <time.h>

#include "core/h2.h"
#include "shim/guard.h"
#include "shim/log.h"
#include "shim/reload.h"

enum {
    BUCKETS = 1024, SHARDS = 32,
    HELD_MAX = ALPS_HEAD_MAX + ALPS_HOLD_MAX + 2 * STREAM_SLICE,
    EARLY_MAX = STREAM_SLICE,
    KEPT_MAX = 2 * STREAM_SLICE,        /* an empty buffer beyond this size is given back */
    MEMORY = 17 * 1024,                 /* BoringSSL's BIO pair, as gRPC makes it */
    SEALED = 64,                        /* more than a record is longer than what is in it */
    ROOM = MEMORY - 2 * SEALED,         /* for what is in two records */
    CARRIED_MAX = 4 << 20               /* servers give windows of some 64 KB; fields come on top */
};

static pthread_mutex_t shard[SHARDS];
static struct stream *bucket[BUCKETS];
static atomic_uint n_streams;
static pthread_mutex_t early = PTHREAD_MUTEX_INITIALIZER;

/* ---- the table --------------------------------------------------------------------------------------------------- */

static unsigned
hash(const void *session)
{
    return (unsigned)(((uintptr_t)session >> 4) * 0x9e3779b97f4a7c15ull >> 48) % BUCKETS;
}

static struct stream *
look(unsigned at, const void *session)
{
    struct stream *s = bucket[at];

    while (s && s->session != session)
        s = s->next;
    return s;
}

struct stream *
stream_find(const void *session)
{
    unsigned at = hash(session);
    struct stream *s;

    pthread_mutex_lock(&shard[at % SHARDS]);
    s = look(at, session);
    pthread_mutex_unlock(&shard[at % SHARDS]);
    return s;
}

static struct stream *
make(const void *session)
{
    struct stream *s = calloc(1, sizeof *s);
    pthread_mutexattr_t attr;

    if (!s)
        return NULL;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&s->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    s->session = session;
    s->refs = 1;
    s->fd = -1;
    return s;
}

struct stream *
stream_take(const void *session)
{
    unsigned at = hash(session);
    struct stream *s;

    pthread_mutex_lock(&shard[at % SHARDS]);
    s = look(at, session);
    if (!s && atomic_fetch_add(&n_streams, 1) < STREAM_MAX && (s = make(session))) {
        s->next = bucket[at];
        bucket[at] = s;
    } else if (!s)
        atomic_fetch_sub(&n_streams, 1);
    pthread_mutex_unlock(&shard[at % SHARDS]);
    return s;
}

void
stream_begin(struct stream *s, alps_slice sni)
{
    if (!s->begun)
        alps_conn_init(&s->conn, true, sni);
    s->begun = true;
}

void
stream_begin_plain(struct stream *s, bool local)
{
    if (!s->begun)
        alps_conn_init(&s->conn, false, ALPS_S(""));
    s->begun = true;
    s->local = local;
}

void
stream_share(const void *session)
{
    struct stream *s = stream_take(session);

    if (s)
        s->refs++;
}

static void
drop(const void *session, bool all)
{
    unsigned at = hash(session);
    struct stream **link, *s;

    pthread_mutex_lock(&shard[at % SHARDS]);
    for (link = &bucket[at]; (s = *link) && s->session != session; link = &s->next)
        ;
    if (s && (all || --s->refs == 0))
        *link = s->next;
    else
        s = NULL;
    pthread_mutex_unlock(&shard[at % SHARDS]);
    if (!s)
        return;
    atomic_fetch_sub(&n_streams, 1);
    pthread_mutex_destroy(&s->lock);
    h2_free(stream_h2(s));
    free(s->early);
    free(s->answer);
    free(s->buf);
    free(s);
}

void
stream_leave(const void *session)
{
    drop(session, false);
}

void
stream_forget(const void *session)
{
    drop(session, true);
}

void
stream_restart(const void *session)
{
    struct stream *s = stream_find(session);

    if (s && s->refs > 1)
        atomic_store(&s->refused, true);
    else if (s)
        drop(session, true);
}

void
stream_before_fork(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_lock(&shard[i]);
}

void
stream_after_fork(bool in_child)
{
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_unlock(&shard[i]);
    for (unsigned i = 0; in_child && i < BUCKETS; i++)
        for (struct stream *s = bucket[i]; s; s = s->next) {
            pthread_mutexattr_t attr;

            pthread_mutexattr_init(&attr);
            pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
            pthread_mutex_init(&s->lock, &attr);
            pthread_mutexattr_destroy(&attr);
            h2_unlock(stream_h2(s));
        }
    if (in_child)
        pthread_mutex_init(&early, NULL);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static uint64_t
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool
keep(struct stream *s, const uint8_t *p, size_t n)
{
    if (s->n + n > (s->sink == STREAM_MEMORY ? CARRIED_MAX : HELD_MAX))
        return false;
    if (s->n + n > s->cap) {
        size_t cap = s->n + n > 2 * s->cap ? (s->n + n + 4095) & ~(size_t)4095 : 2 * s->cap;
        uint8_t *buf = realloc(s->buf, cap);

        if (!buf)
            return false;
        s->buf = buf;
        s->cap = cap;
    }
    memcpy(s->buf + s->n, p, n);
    s->n += n;
    return true;
}

static void
take_off(struct stream *s, size_t n)
{
    s->out -= n;
    s->n -= n;
    if (s->n)
        memmove(s->buf, s->buf + n, s->n);
    else if (s->cap > KEPT_MAX) {
        free(s->buf);
        s->buf = NULL;
        s->cap = 0;
    }
}

static enum stream_result
refuse_for(struct stream *s, enum alps_reason reason)
{
    s->decision.verdict = ALPS_DENY;
    s->decision.reason = (uint16_t)reason;
    log_decision(&s->decision, s->ns);
    return STREAM_REFUSED;
}

/* Is it nothing that a cloud would understand? */
static bool
is_no_cloud(const struct alps_decision *d)
{
    return d->vendor == 0 && (d->reason == ALPS_HOST_NOT_LISTED || d->reason == ALPS_HOST_LISTED ||
                              d->reason == ALPS_MALFORMED_LINE || d->reason == ALPS_NOT_HTTP);
}

/* Is ${host} a listed emulator or private endpoint, which may have any certificate? */
static bool
is_endpoint(const char *host)
{
    return guard.policy && alps_policy_context_for(guard.policy, alps_slice_of(host)).endpoint != ALPS_VENDOR_NONE;
}

/* Judge what waits.  ALLOW: more of the buffer may leave. */
static enum alps_verdict
judge(struct stream *s)
{
    alps_slice waiting = { s->buf + s->out, s->n - s->out };
    uint64_t start = now_ns();
    bool decided = false;
    size_t n = 0;
    enum alps_verdict v;

    if (!s->policy) {
        reload_check(start);
        s->policy = guard.policy;
    }
    v = alps_conn_feed(&s->conn, s->policy, waiting, &n, &decided, &s->decision);
    s->ns += now_ns() - start;
    if (v == ALPS_MORE)
        return v;
    if (s->local && decided && is_no_cloud(&s->decision)) {
        s->passing = true;
        s->out = s->n;
        return ALPS_ALLOW;
    }
    if (v == ALPS_DENY && !decided)
        s->decision.reason = ALPS_POISONED;
    if (v == ALPS_ALLOW && decided && s->stranger && s->decision.vendor && !is_endpoint(s->decision.host)) {
        s->decision.reason = ALPS_PEER_UNVERIFIED;
        v = ALPS_DENY;
    }
    if (v == ALPS_DENY || n > waiting.n || n == 0) {
        s->decision.verdict = ALPS_DENY;
        v = ALPS_DENY;
    }
    if (v == ALPS_DENY && guard.observe) {
        s->decision.verdict = ALPS_ALLOW;
        s->decision.observed = s->decision.reason;
        s->decision.reason = ALPS_OBSERVED;
    }
    if (v == ALPS_DENY || decided) {
        log_decision(&s->decision, s->ns);
        s->ns = 0;
        s->policy = NULL;
    }
    if (v == ALPS_ALLOW)
        s->out += n;
    return v;
}

/* Judge all that waits, so that what may leave leaves together, as it came. */
static enum alps_verdict
judge_all(struct stream *s)
{
    enum alps_verdict v = ALPS_ALLOW;

    if (s->passing)
        s->out = s->n;
    while (v == ALPS_ALLOW && s->out < s->n)
        v = judge(s);
    return v;
}

/* ---- HTTP/2 ------------------------------------------------------------------------------------------------------ */

static bool
emit(void *ctx, const uint8_t *p, size_t n)
{
    struct stream *s = ctx;

    if (!keep(s, p, n))
        return false;
    s->out = s->n;
    return true;
}

/* Everything in the buffer may leave; what waits is in s->h2. */
static enum alps_verdict
judge_frames(struct stream *s, const uint8_t *p, size_t n)
{
    if (h2_write(stream_h2(s), p, n, emit, s, &s->decision))
        return ALPS_ALLOW;
    if (guard.observe) {
        s->decision.observed = s->decision.reason;
        s->decision.reason = ALPS_OBSERVED;
    }
    s->decision.verdict = guard.observe ? ALPS_ALLOW : ALPS_DENY;
    log_decision(&s->decision, s->ns);
    return ALPS_DENY;
}

static enum alps_verdict
begin_frames(struct stream *s)
{
    struct h2 *h2 = h2_new((alps_slice){ (const uint8_t *)s->conn.sni, s->conn.n_sni });
    uint8_t *first = s->buf;
    size_t n = s->n;
    enum alps_verdict v;

    if (!h2)
        return refuse_for(s, ALPS_INTERNAL), ALPS_DENY;
    pthread_mutex_lock(&early);
    if (s->n_early)
        h2_read(h2, s->early, s->n_early, s->n_early);
    s->to_edge = ALPS_H2_PREFACE.n;
    atomic_store(&s->spoken, STREAM_HTTP2);
    atomic_store_explicit(&s->h2, h2, memory_order_release);
    pthread_mutex_unlock(&early);
    s->buf = NULL;
    s->n = s->out = s->cap = 0;
    v = judge_frames(s, first, n);
    free(first);
    return v;
}

/* A server that is no cloud's, by its name. */
static bool
may_be_strange(const struct stream *s)
{
    alps_slice name = { (const uint8_t *)s->conn.sni, s->conn.n_sni };

    return guard.policy && (alps_policy_reaches(guard.policy, name) ||
                            alps_policy_context_for(guard.policy, name).endpoint != ALPS_VENDOR_NONE);
}

/* By its first bytes; and what the two sides agreed upon in the handshake has to be the same. */
static enum alps_verdict
judge_first(struct stream *s)
{
    alps_slice preface = ALPS_H2_PREFACE;
    bool h2 = s->both && memcmp(s->buf, preface.p, s->n < preface.n ? s->n : preface.n) == 0;

    if (h2 && s->n < preface.n)
        return ALPS_MORE;
    if (!guard.observe && s->agreed != STREAM_UNKNOWN && (s->agreed == STREAM_HTTP2) != h2) {
        alps_decision_init(&s->decision, (alps_slice){ (const uint8_t *)s->conn.sni, s->conn.n_sni });
        return refuse_for(s, ALPS_NOT_HTTP), ALPS_DENY;
    }
    if (h2 && s->stranger && !guard.observe && !may_be_strange(s)) {
        alps_decision_init(&s->decision, (alps_slice){ (const uint8_t *)s->conn.sni, s->conn.n_sni });
        return refuse_for(s, ALPS_PEER_UNVERIFIED), ALPS_DENY;
    }
    if (h2)
        return begin_frames(s);
    atomic_store(&s->spoken, STREAM_HTTP1);
    return judge_all(s);
}

/* ${n} bytes more of the client's. */
static enum alps_verdict
judge_more(struct stream *s, const uint8_t *p, size_t n)
{
    if (s->spoken == STREAM_HTTP2)
        return judge_frames(s, p, n);
    if (!keep(s, p, n))
        return refuse_for(s, ALPS_BODY_LATE), ALPS_DENY;
    return s->spoken == STREAM_UNKNOWN ? judge_first(s) : judge_all(s);
}

size_t
stream_heard(struct stream *s, uint8_t *buf, size_t n, size_t cap)
{
    struct h2 *h2;

    if (atomic_load_explicit(&s->spoken, memory_order_relaxed) == STREAM_HTTP1)
        return n;
    pthread_mutex_lock(&early);
    h2 = stream_h2(s);
    if (!h2 && s->n_early + n <= EARLY_MAX) {
        uint8_t *more = realloc(s->early, s->n_early + n);

        if (more) {
            memcpy(more + s->n_early, buf, n);
            s->early = more;
            s->n_early += n;
        }
    }
    pthread_mutex_unlock(&early);
    return h2 ? h2_read(h2, buf, n, cap) : n;
}

/* ${sent} bytes from the front have left.  (The head of a frame is in the buffer as a whole or not at all.) */
static void
step(struct stream *s, size_t sent)
{
    if (s->spoken != STREAM_HTTP2)
        return;
    while (s->to_edge < sent)
        s->to_edge += ALPS_H2_HEAD + alps_h2_frame_read(s->buf + s->to_edge).length;
    s->to_edge -= sent;
}

static bool
flush(struct stream *s, stream_send_fn *send, void *ctx)
{
    while (s->out) {
        size_t sent;

        s->flying = s->buf;
        s->n_flying = s->out < STREAM_SLICE ? s->out : STREAM_SLICE;
        sent = send(ctx, s->flying, s->n_flying);
        s->flying = NULL;
        if (sent == 0 || sent > s->out)
            return false;
        step(s, sent);
        take_off(s, sent);
    }
    return true;
}

enum stream_result
stream_write(struct stream *s, const uint8_t *p, size_t n, stream_send_fn *send, void *ctx)
{
    size_t at = s->done;

    if (n < at)                         /* less than was promised to come again: the wire would not be what we judged */
        return refuse_for(s, ALPS_POISONED);
    for (;;) {
        size_t take = n - at < STREAM_SLICE ? n - at : STREAM_SLICE;

        if (!flush(s, send, ctx)) {
            s->done = at;
            return STREAM_BLOCKED;
        }
        if (take == 0)
            break;
        at += take;
        if (judge_more(s, p + at - take, take) == ALPS_DENY)
            return STREAM_REFUSED;      /* with all that has not left yet: a request that came along stays, too */
    }
    s->done = 0;
    return STREAM_TAKEN;
}

/* SETTINGS that wait behind the next edge. */
static unsigned
settings_behind(const struct stream *s)
{
    unsigned n = 0;
    struct alps_h2_frame f;

    for (size_t at = s->to_edge; at + ALPS_H2_HEAD <= s->out; at += ALPS_H2_HEAD + f.length) {
        f = alps_h2_frame_read(s->buf + at);
        n += f.type == ALPS_H2_SETTINGS && !(f.flags & ALPS_H2_ACK);
    }
    return n;
}

/* A frame of ours goes along, at the next edge. */
static void
put_along(struct stream *s, const uint8_t frame[static ALPS_H2_HEAD])
{
    if (!keep(s, frame, ALPS_H2_HEAD))
        return;
    memmove(s->buf + s->to_edge + ALPS_H2_HEAD, s->buf + s->to_edge, s->n - ALPS_H2_HEAD - s->to_edge);
    memcpy(s->buf + s->to_edge, frame, ALPS_H2_HEAD);
    s->out = s->n;
}

/* What the memory has room for.  False: nothing left, and something should have. */
static bool
flush_some(struct stream *s, stream_send_fn *send, void *ctx)
{
    size_t room = MEMORY;
    bool any = false;

    while (s->out && room > SEALED) {
        size_t n = s->out < STREAM_SLICE ? s->out : STREAM_SLICE, sent;

        if (n > room - SEALED)
            n = room - SEALED;
        sent = send(ctx, s->buf, n);
        if (sent == 0 || sent > n)
            return any;
        any = true;
        room -= sent + SEALED < room ? sent + SEALED : room;
        step(s, sent);
        take_off(s, sent);
    }
    return any;
}

enum stream_result
stream_carry(struct stream *s, const uint8_t *p, size_t n, stream_send_fn *send, void *ctx)
{
    uint8_t frame[ALPS_H2_HEAD];
    struct h2 *h2;

    for (size_t at = 0; at < n; at += STREAM_SLICE)
        if (judge_more(s, p + at, n - at < STREAM_SLICE ? n - at : STREAM_SLICE) == ALPS_DENY)
            return STREAM_REFUSED;
    if (!(h2 = stream_h2(s)))
        return flush(s, send, ctx) ? STREAM_TAKEN : STREAM_BLOCKED;
    if (s->out > ROOM && s->to_edge <= ROOM - ALPS_H2_HEAD && h2_carry(h2, settings_behind(s), frame))
        put_along(s, frame);
    if (s->out == 0 && s->to_edge == 0 && h2_nothing(h2, frame))
        put_along(s, frame);
    return flush_some(s, send, ctx) || s->out == 0 ? STREAM_TAKEN : STREAM_BLOCKED;
}

void
stream_watch(struct stream *s, const uint8_t *p, size_t n)
{
    if (s->lost && (s->spoken == STREAM_HTTP2 || !atomic_exchange(&s->answered, false)))
        return;
    if (s->lost) {                      /* clients speak after they have heard: a new request begins here */
        alps_slice sni = { (const uint8_t *)s->conn.sni, s->conn.n_sni };
        char name[sizeof s->conn.sni];

        memcpy(name, sni.p, sni.n);
        alps_conn_init(&s->conn, true, (alps_slice){ (const uint8_t *)name, sni.n });
        s->lost = false;
        s->n = s->out = 0;
    }
    while (n && !s->lost) {
        size_t take = n < STREAM_SLICE ? n : STREAM_SLICE;

        s->lost = judge_more(s, p, take) == ALPS_DENY;
        take_off(s, s->out);
        p += take;
        n -= take;
    }
    if (s->lost) {
        s->n = s->out = 0;
        atomic_store(&s->answered, false);
    }
}

__attribute__((constructor(101))) static void
start(void)
{
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shard[i], NULL);
}
