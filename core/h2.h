/* core/h2.h: HTTP/2 on the wire (RFC 9113): frames of a client, a request out of decoded header fields, and the answer
 * to a stream that was refused.  Pure; HPACK's dynamic table is the adapter's.  Strict: what two readers could read
 * differently is refused. */
#ifndef ALPS_H2_H
#define ALPS_H2_H

#include "core/decision.h"

#define ALPS_H2_PREFACE ALPS_S("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

enum alps_h2_type {
    ALPS_H2_DATA, ALPS_H2_HEADERS, ALPS_H2_PRIORITY, ALPS_H2_RST_STREAM, ALPS_H2_SETTINGS, ALPS_H2_PUSH_PROMISE,
    ALPS_H2_PING, ALPS_H2_GOAWAY, ALPS_H2_WINDOW_UPDATE, ALPS_H2_CONTINUATION, ALPS_H2_PRIORITY_UPDATE = 0x10
};
enum { ALPS_H2_ACK = 1, ALPS_H2_END_STREAM = 1, ALPS_H2_END_HEADERS = 4, ALPS_H2_PADDED = 8, ALPS_H2_HAS_PRIORITY = 0x20 };
enum alps_h2_setting { ALPS_H2_TABLE_SIZE = 1, ALPS_H2_INITIAL_WINDOW = 4, ALPS_H2_MAX_FRAME = 5 };

enum {
    ALPS_H2_HEAD       = 9,             /* bytes before each frame's payload */
    ALPS_H2_FRAME      = 16384,         /* the payload that everybody takes */
    ALPS_H2_WINDOW     = 65535,
    ALPS_H2_TABLE      = 4096,
    ALPS_H2_ANSWER_MAX = 10240          /* one answer, frames and all */
};

struct alps_h2_frame { uint32_t length, stream; uint8_t type, flags; };

struct alps_h2_frame alps_h2_frame_read(const uint8_t head[static ALPS_H2_HEAD]);
void alps_h2_frame_write(uint8_t head[static ALPS_H2_HEAD], const struct alps_h2_frame *);
uint32_t alps_h2_u32(const uint8_t *);
void alps_h2_put_u32(uint8_t *, uint32_t);

/* May a client send this frame, as far as its head tells?  ${max}: longest payload that the server takes.  Types that
 * nobody knows pass here.  0 or -HTTP2_FRAMES. */
ALPS_MUST int alps_h2_frame_check(const struct alps_h2_frame *, uint32_t max);
/* A DATA or HEADERS payload without its padding and priority.  0 or -HTTP2_FRAMES. */
ALPS_MUST int alps_h2_content(const struct alps_h2_frame *, alps_slice payload, alps_slice *content);

/* The decoded fields of a request, pseudo fields and all, → ${req} (sni and tls are the caller's, set before).
 * *${length}: what content-length says, -1: nothing.  0 or a negated reason. */
ALPS_MUST int alps_h2_request(const struct alps_header *field, size_t n, struct alps_request *req, int64_t *length);
/* Fields behind the body: none that could decide anything. */
ALPS_MUST int alps_h2_trailers(const struct alps_header *field, size_t n);
/* gRPC, by its content-type. */
bool alps_h2_is_grpc(const struct alps_request *);

/* One field as HPACK without any table: "literal without indexing", a name of its own.  At most n + 12 bytes;
 * returns how many, 0 if ${cap} is too small. */
size_t alps_h2_literal(alps_slice name, alps_slice value, uint8_t *out, size_t cap);

/* The refusal on stream ${id}: HEADERS and DATA, or for gRPC the trailers alone; the stream ends with it.  Its header
 * block uses no table.  ${body} false: no DATA.  *${data}: payload bytes of DATA, which count against the client's windows.
 * ${cap} ≥ ALPS_H2_ANSWER_MAX.  Returns the length. */
size_t alps_h2_answer(const struct alps_decision *, const struct alps_catalog *, const char *file, uint32_t id, bool grpc,
                      bool body, uint8_t *out, size_t cap, size_t *data);

#endif
