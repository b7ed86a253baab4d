/* core/protobuf.h: a strict tokenizer of the protocol buffers wire format, without a schema: fields by number.  A
 * length-delimited field may be a message, a text, bytes or packed numbers; who asks says which.  Refused: groups, field
 * number 0, varints that are longer than they need be or than 64 bits, lengths beyond the message around them.
 * Facts: "Encoding" of the protocol buffers documentation. */
#ifndef ALPS_PROTOBUF_H
#define ALPS_PROTOBUF_H

#include "core/utf8.h"

enum { ALPS_PROTOBUF_DEPTH = 12 };  /* messages entered, one in the other; what is not entered may nest as it likes */

enum alps_protobuf_event {
    ALPS_PROTOBUF_MORE,             /* the input is used up */
    ALPS_PROTOBUF_NUMBER,           /* ->field, of wire type 0, 1 or 5, is complete */
    ALPS_PROTOBUF_BYTES,            /* ->field, length-delimited, begins: skipped, unless it is entered or read */
    ALPS_PROTOBUF_TEXT,             /* a run of what is read; more of it follows */
    ALPS_PROTOBUF_STRING,           /* its last run */
    ALPS_PROTOBUF_END               /* the message that was entered last has ended; takes no byte */
};

struct alps_protobuf {              /* made by alps_protobuf_init */
    uint8_t state, depth, n_varint;
    struct alps_utf8 utf8;
    uint32_t field;                 /* number of the field of the last NUMBER or BYTES */
    uint64_t varint;
    uint64_t payload;               /* bytes of the field still to come */
    uint64_t left[ALPS_PROTOBUF_DEPTH + 1];     /* bytes of each open message still to come */
};

void alps_protobuf_init(struct alps_protobuf *);

/* Read on in ${in} from *${at}, which is moved.  Returns an event, ALPS_PROTOBUF_MORE at the end of ${in}, or
 * -BODY_SYNTAX, which is final.  ${text}, of TEXT and STRING, points into ${in}. */
ALPS_MUST int alps_protobuf_feed(struct alps_protobuf *, alps_slice in, size_t *at, alps_slice *text);

/* Behind BYTES, one of: it is a message whose fields are wanted (0, or -BODY_DEPTH); it is a text (UTF-8, or the next
 * feed is -BODY_SYNTAX). */
ALPS_MUST int alps_protobuf_enter(struct alps_protobuf *);
void alps_protobuf_read(struct alps_protobuf *);

/* No more input comes.  0: the message is complete; or -BODY_SYNTAX. */
ALPS_MUST int alps_protobuf_end(struct alps_protobuf *);

#endif
