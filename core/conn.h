/* core/conn.h: the requests of one HTTP/1.1 connection, judged one after another.  Guard, proxy, tests and benches
 * bring plaintext; this says how much of it may leave.  No I/O, no clock, no allocation; no pointer into any buffer;
 * alps_conn_copy saves it and brings it back. */
#ifndef ALPS_CONN_H
#define ALPS_CONN_H

#include "core/decision.h"
#include "core/http1.h"
#include "core/policy.h"

/* Body bytes held back for a verdict, as they are on the wire.  SDKs write members in the order the caller gave them, so
 * the resource may come behind a whole SQS message or Kinesis record of 1 MiB. */
#ifndef ALPS_HOLD_BYTES
#define ALPS_HOLD_BYTES (1280 * 1024)   /* the fuzzers make it small, to get beyond it */
#endif
enum { ALPS_HOLD_MAX = ALPS_HOLD_BYTES };

struct alps_conn {
    uint8_t state;                      /* enum in conn.c; zero: before a request */
    bool tls;
    uint16_t n_sni;
    uint32_t head;                      /* held: length of the head, */
    uint32_t seen;                      /* and bytes of the buffer whose framing is known, the head's included */
    struct alps_http1 http1;
    struct alps_framing framing;
    char sni[256];
    struct alps_call call;              /* alive only while a request is being judged in pieces; by far the largest */
};

/* ${sni}: TLS server name, empty if none.  ${tls} false for plain text. */
void alps_conn_init(struct alps_conn *, bool tls, alps_slice sni);

/* The same as assignment, but leaves out what is not in use. */
void alps_conn_copy(struct alps_conn *to, const struct alps_conn *from);

/* Judge ${buf}: all bytes of the connection that have not been allowed yet.
 *   ALLOW  the first *${n} > 0 bytes may leave; the caller drops them from its buffer and calls again with the rest;
 *   MORE   nothing may leave until more has come (*n = 0); call again with a longer buffer that begins the same;
 *   DENY   no byte of ${buf} may leave, nor any later one (POISONED).
 * *${n} never goes beyond one request.  What was allowed is judged and done with: the caller sends exactly those bytes, from a
 * copy of its own, before any later ones.  If the wire takes only some of them, the rest stay allowed and stay the
 * caller's to send: a function that presents other bytes in their place does not get them out.
 *
 * *${decided}: ${out} was written; once per request, but see below.  ${out} need not be the same from call to call.
 * A body that names the resource is held until it is complete, or ALPS_HOLD_MAX bytes of it have come.  Then it is let
 * go only if every access known so far is allowed and none can be missing (BODY_LATE otherwise), and it stays watched: a
 * later violation is a DENY (decided a second time), which cuts the request off before its end, so that no server
 * ever sees it whole.  The verdict does not depend on how the bytes were cut into buffers.
 * ${policy} NULL: everything is refused (NO_POLICY). */
enum alps_verdict alps_conn_feed(struct alps_conn *, const struct alps_policy *, alps_slice buf, size_t *n, bool *decided,
                                 struct alps_decision *out);

#endif
