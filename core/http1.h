/* core/http1.h: one HTTP/1.1 request head, found in bytes that may not all be here yet (RFC 9110, RFC 9112),
 * and the length of the body behind it.  Strict: what two readers could read differently is refused
 * (reference: RFC 9112 sections 2.2, 3, 5, 6, 7). */
#ifndef ALPS_HTTP1_H
#define ALPS_HTTP1_H

#include "core/request.h"

enum alps_http1_state { ALPS_HTTP1_LINE, ALPS_HTTP1_FIELDS, ALPS_HTTP1_DONE, ALPS_HTTP1_BAD };

struct alps_http1 {                     /* all zero is a fresh parser; BAD is final */
    uint8_t state;
    bool high;                          /* the line being scanned has bytes above ASCII */
    uint16_t fields, reason;            /* lines of fields taken; why it is BAD */
    size_t line, seen;                  /* offsets into the buffer: its bytes before ${seen} are not scanned again */
};

/* Read on in ${buf}, which holds the message from its first byte.  Returns the length of the head, final CRLF
 * included, with method, host, path, query and headers of ${req} filled in (sni and tls are the caller's);
 * 0 if ${buf} ends too soon; or a negated alps_reason.  The slices of ${req} point into ${buf}. */
ALPS_MUST ptrdiff_t alps_http1_feed(struct alps_http1 *, alps_slice buf, struct alps_request *req);

/* What a request must keep to whatever carries it (HTTP/2 shares it).  0 or a negated reason. */
struct alps_seen { uint64_t rows, vendors; bool twice; };       /* deciding fields met: by row; by a hash of the name */
/* Origin form, every escape whole: path and query of ${req} (whose method is set) are filled in. */
ALPS_MUST int alps_http1_target(alps_slice target, struct alps_request *req);
/* One field more, its name a token, its value without blanks around it; ${high}: it has bytes above ASCII.  That a
 * deciding field was there twice is noted in ${seen}, and the caller's to refuse at the end. */
ALPS_MUST int alps_http1_field(alps_slice name, alps_slice value, bool high, struct alps_seen *seen,
                               struct alps_request *req);
ALPS_MUST int alps_http1_host(alps_slice host);
/* A token; ${lower}: without upper case letters, else without lower case ones (a method). */
bool alps_http1_token(alps_slice text, bool lower);

enum alps_framing_kind { ALPS_BODY_NONE, ALPS_BODY_LENGTH, ALPS_BODY_CHUNKED };

struct alps_framing {                   /* where the body ends; all zero is a message without one */
    uint8_t kind, state;
    uint8_t digits;                     /* of the chunk size being read */
    bool done;                          /* the message is complete */
    uint8_t n_name;                     /* of a trailer field */
    char name[40];
    uint16_t trailers;                  /* bytes of the trailer section so far */
    uint64_t left;                      /* bytes of the body, or of this chunk, still to come */
};

/* From the header fields.  Returns 0 or a negated reason (both lengths, a length that is no plain number,
 * a coding other than one "chunked"). */
ALPS_MUST int alps_framing_init(struct alps_framing *, const struct alps_request *);

/* Take the next run of content out of ${wire}: returns how many bytes of ${wire} were used, with ${content} the
 * content among them (empty when only chunk syntax was passed), or a negated reason.  Used up to the end of the
 * message, never beyond (done is then set); call again until all is used or done.  Chunk extensions and
 * trailer fields that could decide anything are refused. */
ALPS_MUST ptrdiff_t alps_framing_feed(struct alps_framing *, alps_slice wire, alps_slice *content);

#endif
