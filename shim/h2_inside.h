/* shim/h2_inside.h: what the two directions of one HTTP/2 connection share.  h2.c: from the client; h2_read.c: to it. */
#ifndef ALPS_SHIM_H2_INSIDE_H
#define ALPS_SHIM_H2_INSIDE_H

#include <nghttp2/nghttp2.h>
#include <pthread.h>

#include "core/h2.h"
#include "shim/h2.h"

struct bytes { uint8_t *p; size_t n, cap; };

bool bytes_put(struct bytes *, const void *p, size_t n);
void bytes_drop(struct bytes *, size_t n);      /* from the front */
void bytes_free(struct bytes *);

struct h2_frames {                      /* the server's, as far as it takes part */
    uint8_t head[ALPS_H2_HEAD], value[6];
    unsigned n_head, n_value, given;    /* of the head: here; handed on */
    uint32_t left;                      /* of the payload */
    struct alps_h2_frame f;
    bool begun;                         /* its SETTINGS, which come first, have passed */
};

enum h2_state {
    H2_HOLD,                            /* its body decides and is held back */
    H2_WAIT,                            /* allowed; but one that came before it is held back */
    H2_PASS,                            /* it leaves */
    H2_STAY                             /* refused, or given up by the client before its verdict */
};

struct h2_judged {
    struct alps_call call;
    struct alps_decision decision;
    const struct alps_policy *policy;   /* by which it is judged, from its first byte to its last */
    unsigned accesses;
    uint64_t ns;
};

struct h2_stream {
    uint32_t id;
    uint8_t state;
    bool settled;                       /* its header block has left, or never will */
    bool ended, grpc;
    bool watch;                         /* it leaves, and its body is still looked at */
    bool dead;                          /* the server has reset it: nothing need come any more */
    bool must_anew;                     /* blocks behind it have left already: it may not touch the table */
    uint8_t flags, priority[5];         /* of its HEADERS */
    struct bytes sizes;                 /* the table size updates of its block */
    int64_t left;                       /* of content-length; -1: it did not say */
    size_t held;                        /* DATA in ${rest}, by payload */
    struct bytes raw, anew;             /* its header frames, as they came; the block as literals */
    struct bytes rest;                  /* the frames behind */
    struct h2_judged *judged;           /* H2_HOLD, and while it is watched */
};

struct h2 {
    pthread_mutex_t lock;               /* never held while the TLS library works */
    /* from the client */
    h2_emit_fn *emit;
    void *ctx;
    struct alps_decision *out;          /* what is known of a call for which the connection is refused */
    bool decided, full;
    unsigned preface;                   /* bytes of it that have come */
    bool first;                         /* a frame has come */
    struct bytes frame;
    uint32_t direct;                    /* bytes of a DATA frame that pass as they come */
    struct alps_h2_frame headers;       /* the HEADERS frame of the block being put together; stream 0: none */
    uint8_t priority[5];
    unsigned n_continued;
    struct bytes block, raw;            /* its fragments; the frames themselves */
    nghttp2_hd_inflater *inflater;
    struct bytes text;                  /* decoded names and values */
    struct alps_header field[ALPS_HEADERS + 8];
    size_t n_fields;
    bool too_long;
    struct h2_stream **stream;          /* those that are open, by id */
    unsigned n_streams, cap_streams;
    uint32_t last, sent;                /* highest id seen; and highest that the server has seen */
    bool anew, anew_late;               /* blocks are written anew: those not sent yet; those not here yet */
    struct bytes sizes;                 /* table size updates of blocks that stayed here */
    size_t held;                        /* bytes of DATA frames */
    bool silent;                        /* a host that no request may reach: control frames do not, either */
    bool told;                          /* and the log has it */
    uint8_t sni[256];
    size_t n_sni;
    /* between the two */
    struct bytes inject;                /* frames for the client, to be put between the server's */
    uint64_t settings, acknowledged;    /* SETTINGS sent and acknowledged so far */
    uint64_t ours;                      /* those of them, not acknowledged, that are ours; bit 0: the oldest */
    bool carry;                         /* with the next one acknowledged, the client has to write */
    int64_t window, stream_window;      /* what the client may still send: of all; on a stream that is new */
    int64_t widest;                     /* that ${window} has ever been */
    uint32_t max_frame, table;
    bool mute, bodiless;                /* the client's own settings leave no room for answers; for their bodies */
    uint32_t owed;                      /* DATA that the client took from us and will credit the server for */
    /* to the client */
    struct h2_frames in;
    struct bytes ready;                 /* comes before what the library has */
};

/* h2_stream.c: the streams, their verdicts, and what leaves or is answered because of them. */
void h2_emit(struct h2 *, const void *p, size_t n);
/* ${n} bytes of DATA stayed here: the client may send as many more. */
void h2_credit(struct h2 *, const struct h2_stream *, size_t n);
/* Make the reader look for what was injected (h2.h, Waking). */
void h2_wake(struct h2 *);
struct h2_stream *h2_find(const struct h2 *, uint32_t id);
struct h2_stream *h2_add_stream(struct h2 *, uint32_t id);      /* NULL: too many, or no memory */
/* The first that has not left and may yet: others wait for it.  NULL: none. */
struct h2_stream *h2_front(const struct h2 *);
/* Forget those that are over. */
void h2_sweep(struct h2 *);
void h2_free_stream(struct h2_stream *);
/* Let go what nothing holds up any more; streams that are over are freed. */
void h2_settle(struct h2 *);
/* A block of literals in frames: HEADERS with the ${flags} and priority it had, CONTINUATION.  Size updates that never
 * reached the server come first. */
bool h2_frame_block(struct h2 *, uint32_t id, uint8_t flags, const uint8_t priority[static 5],
                    const struct bytes *literals, struct bytes *out);
/* The connection ends for what a stream's decision says; ${rc} as h2_decide has it. */
int h2_give_up(struct h2 *, const struct alps_decision *, int rc);
/* A stream gets its verdict: ${rc} positive: allowed for that reason; 0: NOT_LISTED; or a negated reason.  Then it may be
 * gone.  0, or negative: the whole connection is refused. */
int h2_decide(struct h2 *, struct h2_stream *, int rc);
/* The same, when no more of it can be held. */
int h2_decide_late(struct h2 *, struct h2_stream *);
struct alps_judge h2_judge_of(struct h2_judged *);
/* Content of a body that decides.  As h2_decide has it; positive while it goes on. */
int h2_judge_content(struct h2_stream *, alps_slice content);
uint64_t h2_now(void);
/* SETTINGS of our own, in front of ${behind} that have not left.  False: too many are not acknowledged. */
bool h2_note_settings(struct h2 *, unsigned behind);
extern const uint8_t h2_ping[17];       /* for the client, who answers it to nobody */
/* The server has reset a stream. */
void h2_reset(struct h2 *, uint32_t id);

#endif
