/* shim/stream.h: one TLS session: bytes held back, parser, verdict so far.  Knows no TLS library: sessions are
 * pointers, and writing is a function that the caller brings. */
#ifndef ALPS_SHIM_STREAM_H
#define ALPS_SHIM_STREAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/conn.h"
#include "shim/h2.h"

enum {
    STREAM_MAX   = 8192,                /* sessions at a time; one more is refused */
    STREAM_SLICE = 16 * 1024            /* bytes judged and sent at once: one TLS record */
};

enum stream_protocol { STREAM_UNKNOWN, STREAM_HTTP1, STREAM_HTTP2 };    /* agreed upon by ALPN, or spoken */

struct stream {
    struct stream *next;                /* in its bucket */
    const void *session;
    bool begun;
    unsigned refs;                      /* of the session, as far as its library's callers count them */
    pthread_mutex_t lock;               /* held by the writer; finds its own thread coming again */
    uint8_t agreed;                     /* enum stream_protocol; UNKNOWN: the library cannot be asked */
    bool both;                          /* what comes from the server is told, too: HTTP/2 can be judged */
    _Atomic uint8_t spoken;
    _Atomic(struct h2 *) h2;            /* if HTTP/2 is spoken */
    uint8_t *early;                     /* what the server said before the client said anything */
    size_t n_early;
    struct alps_conn conn;
    struct alps_decision decision;      /* of the request that was looked at last */
    const struct alps_policy *policy;   /* by which the request is judged that is being looked at */
    uint8_t *buf;                       /* buf[0, out) may leave, buf[out, n) waits for its verdict */
    size_t n, out, cap;
    size_t done;                        /* bytes of the caller's unfinished write that are already here or gone */
    const uint8_t *flying;              /* what the real write function is working on */
    size_t n_flying;
    uint64_t ns;                        /* spent on judging this request */
    bool lost;                          /* observe mode: framing is unknown until an answer has come */
    size_t to_edge;                     /* HTTP/2: from buf[0] to where the next frame begins */
    enum { STREAM_UNTRIED, STREAM_SOCKET, STREAM_MEMORY } sink;     /* where the library writes to (stream_carry) */
    atomic_bool answered;               /* something was read since the last write */
    atomic_bool refused;                /* from here on: the answer, then the end */
    char *answer;                       /* malloc'd; fixed before refused is set */
    size_t n_answer;
    atomic_size_t at_answer;
    bool unwakeable;                    /* no descriptor was found to wake the reader with */
    bool stranger;                      /* nobody has verified the server: it is told nothing that is for a cloud */
    bool local;                         /* without TLS, to this machine or a service of the platform: */
    bool passing;                       /* what is for no cloud there passes, and all that follows */
    atomic_int fd;                      /* its connection; -1: not known (yet) */
};

/* The stream of ${session}, or NULL. */
struct stream *stream_find(const void *session);
/* The same, made if need be; NULL: no room. */
struct stream *stream_take(const void *session);
/* Before the first byte: the TLS server name.  Later calls do nothing.  The lock is held. */
void stream_begin(struct stream *, alps_slice sni);
/* The same for a connection without TLS. */
void stream_begin_plain(struct stream *, bool local);
/* The session has one owner more; one less (the stream goes with the last); is another one at the same address; is
 * to be used again from the start (a shared one may not: who counts on what is unknown). */
void stream_share(const void *session);
void stream_leave(const void *session);
void stream_forget(const void *session);
void stream_restart(const void *session);
/* In the child of a fork: other threads' locks will never be released by them. */
void stream_before_fork(void);
void stream_after_fork(bool in_child);

static inline bool
stream_is_refused(const struct stream *s)
{ return s && atomic_load_explicit(&s->refused, memory_order_acquire); }

/* Sends ${n} bytes; returns how many were taken, 0 if none (the caller knows why). */
typedef size_t stream_send_fn(void *ctx, const uint8_t *p, size_t n);

enum stream_result {
    STREAM_TAKEN,                       /* all of it was sent or is held: report success */
    STREAM_BLOCKED,                     /* report the sender's error; the same bytes are to come again */
    STREAM_REFUSED                      /* s->decision says why; nothing of the request has left or will */
};
/* The lock is held.  Bytes are judged and sent from our own copy, so that what was judged is what leaves. */
enum stream_result stream_write(struct stream *, const uint8_t *p, size_t n, stream_send_fn *, void *ctx);

/* The same for a library that writes to memory, where one record has room, and whose caller (gRPC) takes anything but success
 * for the end, and sends 8 KB of whatever it has when a write leaves nothing in that memory.  So something always
 * leaves; and what has no room is kept for later writes, of which the server's answer to an empty SETTINGS frame makes one
 * (h2.h, Carrying). */
enum stream_result stream_carry(struct stream *, const uint8_t *p, size_t n, stream_send_fn *, void *ctx);

/* ${n} bytes in ${buf} have come from the server.  How many of them are for the client (HTTP/2: h2.h); 0: read on. */
size_t stream_heard(struct stream *, uint8_t *buf, size_t n, size_t cap);

static inline struct h2 *
stream_h2(const struct stream *s)
{ return s ? atomic_load_explicit(&s->h2, memory_order_acquire) : NULL; }

/* Observe mode: these bytes have left. */
void stream_watch(struct stream *, const uint8_t *p, size_t n);

#endif
