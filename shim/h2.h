/* shim/h2.h: one HTTP/2 connection of a client, its streams judged one by one.  Frames of streams that are allowed pass
 * as they are; those of a refused one stay here, and its answer is put between the server's frames.  Knows no TLS
 * library; what may leave is given to a function that the caller brings.
 *
 * Order.  Header blocks are read by the server with a table that each of them changes, and the first use of a stream
 *   closes all idle ones below it: so new streams leave in the order they came in, and one whose body decides holds up those
 *   behind it (streams that are open already go on).
 * After a refusal.  The server's table misses what the swallowed block put there: every block that came later is written
 *   anew, as literals that use no table.
 * Hosts.  Frames that belong to no stream pass unjudged (SETTINGS, PING, GOAWAY), but only to a host that some request may
 *   reach; of a connection to any other nothing leaves, and its first stream's answer is its end.
 * Waking.  The reader may be waiting for the socket.  An empty SETTINGS frame changes nothing, but the server has to
 *   acknowledge it: that wakes the reader, and is taken away again.  (A PING would do, but gRPC servers count them.)
 * Carrying.  Where more is to leave than there is room, and nobody will come again by himself: the acknowledgement of such
 *   a frame becomes a PING for the client, whose answer is a write, and stays here. */
#ifndef ALPS_SHIM_H2_H
#define ALPS_SHIM_H2_H

#include "core/judge.h"

struct h2;

/* NULL: no memory. */
struct h2 *h2_new(alps_slice sni);
void h2_free(struct h2 *);

/* May leave; false: there is no room. */
typedef bool h2_emit_fn(void *ctx, const uint8_t *p, size_t n);
/* What the client wrote, preface first.  False: the connection is to be refused as a whole, and *${out} says why, with
 * what is known of the call (frames before it may have been emitted). */
bool h2_write(struct h2 *, const uint8_t *p, size_t n, h2_emit_fn *, void *ctx, struct alps_decision *out);

/* What the library has read from the server: ${n} bytes in ${buf}, which has room for ${cap}.  Returns how many bytes
 * are there for the client; 0: none of them was, read on. */
size_t h2_read(struct h2 *, uint8_t *buf, size_t n, size_t cap);
/* Before the library is asked: bytes that are here already; 0: none. */
size_t h2_ready(struct h2 *, void *buf, size_t cap, bool peek);
size_t h2_left(struct h2 *);

/* More is to leave than has room.  ${frame} is to go along, in front of ${behind} SETTINGS that have not left; false: one
 * that has left already will do. */
bool h2_carry(struct h2 *, unsigned behind, uint8_t *frame);
/* A frame that says nothing, of a type that is reserved for that: receivers ignore what they do not know (RFC 9113
 * section 4.1; the type is one of draft-bishop-httpbis-grease).  False: not even that may leave. */
bool h2_nothing(const struct h2 *, uint8_t *frame);

/* The end of the connection: what is still to be read by the client, malloc'd; *${n} bytes. */
char *h2_goodbye(struct h2 *, const struct alps_decision *, size_t *n);

/* Is it to a host that no request may reach?  NULL: no. */
bool h2_is_silent(const struct h2 *);

/* In the child of a fork. */
void h2_unlock(struct h2 *);

#endif
