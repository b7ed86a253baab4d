/* core/grpc.h: the messages in a gRPC request's body: five bytes before each, whether it is compressed and how long it
 * is.  A compressed one is BODY_ENCODING; a prefix that says anything else (gRPC-Web's trailers, too) is BODY_SYNTAX.
 * Facts: "gRPC over HTTP2", Length-Prefixed-Message. */
#ifndef ALPS_GRPC_H
#define ALPS_GRPC_H

#include "core/slice.h"

enum alps_grpc_event {
    ALPS_GRPC_MORE,             /* the input is used up */
    ALPS_GRPC_DATA,             /* a run of the message */
    ALPS_GRPC_END               /* the message is complete; takes no byte */
};

struct alps_grpc {              /* all zero is a fresh one */
    uint8_t n_prefix;           /* bytes of the prefix that have come */
    bool bad;
    uint32_t left;              /* bytes of the message still to come */
};

/* Read on in ${in} from *${at}, which is moved.  Returns an event, ALPS_GRPC_MORE at the end of ${in}, or a negated
 * reason, which is final.  ${data} points into ${in}. */
ALPS_MUST int alps_grpc_feed(struct alps_grpc *, alps_slice in, size_t *at, alps_slice *data);

/* No more input comes.  0: after a whole message, or none; or -BODY_SYNTAX. */
ALPS_MUST int alps_grpc_end(const struct alps_grpc *);

#endif
