/* core/body.h: finds named scalars in a JSON, form or XML body, without building a tree, in as many pieces as
 * the body comes.  A path is text: "TableName", "Entries[].EventBusName" (every element), "RequestItems{}"
 * (every key of the map is a value), "RequestItems{}[].PutRequest" (below every key).  Strict: what a server could
 * read differently is refused (RFC 8259 with unique keys on the paths, UTF-8 only; XML without DTD; forms with each
 * name once).  Work per byte is bounded, memory is this struct. */
#ifndef ALPS_BODY_H
#define ALPS_BODY_H

#include "core/slice.h"

enum alps_body_kind { ALPS_BODY_ABSENT, ALPS_BODY_JSON, ALPS_BODY_FORM, ALPS_BODY_XML, ALPS_BODY_CBOR, ALPS_BODY_PROTOBUF };

enum {
    ALPS_BODY_PATHS = 16,           /* paths of one recipe */
    ALPS_BODY_NESTING = 64,         /* nesting of the body; deeper is BODY_DEPTH */
    ALPS_BODY_VALUE = 2048          /* bytes of one name or key, decoded; longer is NAME_TOO_LONG */
};

enum alps_body_event {
    ALPS_BODY_STRING,               /* value: the decoded text of a string (JSON), field (form), or element text (XML) */
    ALPS_BODY_PRESENT,              /* path ends at an object, array, number, true or false: it is there; value is empty */
    ALPS_BODY_ELEMENT_END           /* the innermost "[]" or "{}" element around ${path} has ended; once for each such path */
};

/* ${path}: index into the paths given.  ${value} lives until the call returns.  A non-zero result ends the walk and is
 * returned by the feed. */
typedef int alps_body_fn(void *ctx, enum alps_body_event, unsigned path, alps_slice value);

struct alps_body;                   /* laid out in body.c's part below so that callers can embed it */

#include "core/body_state.h"

/* Borrowed for the life of the walk: ${paths}, which the catalogue owns.  ${n} at most ALPS_BODY_PATHS. */
void alps_body_init(struct alps_body *, enum alps_body_kind, const char *const *paths, unsigned n);

/* The next bytes of the body.  0, a negated alps_reason, or what ${fn} returned. */
ALPS_MUST int alps_body_feed(struct alps_body *, alps_slice content, alps_body_fn *fn, void *ctx);

/* No more bytes come.  0, or a negated reason when the body is not complete. */
ALPS_MUST int alps_body_end(struct alps_body *, alps_body_fn *fn, void *ctx);

#endif
