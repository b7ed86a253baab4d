/* core/conn.h: the requests of one HTTP/1.1 connection, judged one after another.  Guard, proxy, tests and benches
 * bring plaintext; this says how much of it may leave.  No I/O, no clock, no allocation; copy it by value to save it. */
#ifndef ALPS_CONN_H
#define ALPS_CONN_H

#include "core/decision.h"
#include "core/http1.h"
#include "core/policy.h"

enum { ALPS_HOLD_MAX = 64 * 1024 };     /* body bytes held back for a verdict */

struct alps_conn {
    uint8_t state;                      /* enum in conn.c; zero: before a request */
    bool tls;
    bool judging;                       /* a body is still being looked at */
    bool opened;                        /* bytes of this request have left before its body was all seen */
    uint16_t n_sni;
    size_t seen;                        /* bytes of the buffer that were looked at already */
    size_t held_body;                   /* of them, content of this request */
    struct alps_http1 http1;
    struct alps_framing framing;
    char sni[256];
    struct alps_call call;
};

/* ${sni}: TLS server name, empty if none.  ${tls} false for plain text. */
void alps_conn_init(struct alps_conn *, bool tls, alps_slice sni);

/* Judge ${buf}: all bytes of the connection that have not left yet.
 *   ALLOW  the first *${n} > 0 bytes may leave; the caller drops them from its buffer and calls again with the rest;
 *   MORE   nothing may leave until more has come (*n = 0); call again with a longer buffer;
 *   DENY   no byte of ${buf} may leave, nor any later one (POISONED).
 * ${out} is written when a request is decided (*${decided}), once per request.
 * A body that names the resource is held up to ALPS_HOLD_MAX; beyond it, it is let go only if every access known
 * so far is allowed and none can be missing, and it stays watched: a later violation is a DENY, which cuts the request
 * off before its end, so that no server ever sees it whole. */
enum alps_verdict alps_conn_feed(struct alps_conn *, const struct alps_policy *, alps_slice buf, size_t *n, bool *decided,
                                 struct alps_decision *out);

#endif
