/* core/body.h: finds named scalars in a JSON, form, XML, CBOR or protobuf body, without building a tree, in as many pieces
 * as the body comes; the events are the same however it is cut.  Strict: what a server could read differently is refused
 * (RFC 8259, UTF-8 only; XML without DTD; forms with every pair whole).  Work per byte is bounded, memory is this struct.
 *
 * A path is text: "TableName", "Entries[].EventBusName" (every element), "RequestItems{}" (every key of the map is a
 * value), "RequestItems{}[].PutRequest" (below every key).  At most ALPS_BODY_SEGMENTS names and brackets, three of them
 * brackets, 255 bytes.
 *   JSON  as it stands.  A key on a path that comes twice in its object is BODY_DUPLICATE; one that differs from it in
 *         case or '_' alone is BODY_SYNTAX.  A scalar where the path goes on, an object for an array or the reverse:
 *         BODY_TYPE; null is absent.  Keys of a "{}" that come twice are told twice.
 *   form  "Entries[].X" stands for Entries.1.X and Entries.member.1.X (or any one word), "A{}" for A.entry.1.key, "A{}.X" for
 *         A.entry.1.value.X.  Elements must rise, by number or by spelling, and each name comes once in its element.
 *   XML   the document element's name is in no path; "Object[].Key": every <Object> in it is one element.  A name without
 *         "[]" that comes twice is BODY_DUPLICATE.  No "{}".
 *   CBOR  as JSON (core/cbor.h says what is refused).  A byte string is there, but is no text.
 *   protobuf  names are numbers of fields: "1", "3.1", "2[].1".  A field that comes twice without "[]" is BODY_DUPLICATE, even
 *         where readers would take the last or join the two.  A length-delimited field at which a path ends is a text, unless
 *         another path goes on below it.  No "{}".  Over gRPC each message is walked by itself; a compressed one is
 *         BODY_ENCODING.
 * A body of no bytes at all is one in which every member is absent. */
#ifndef ALPS_BODY_H
#define ALPS_BODY_H

#include "core/slice.h"

enum alps_body_kind { ALPS_BODY_ABSENT, ALPS_BODY_JSON, ALPS_BODY_FORM, ALPS_BODY_XML, ALPS_BODY_CBOR, ALPS_BODY_PROTOBUF,
                      ALPS_BODY_GRPC };         /* protobuf messages with their prefixes */

enum {
    ALPS_BODY_PATHS = 16,           /* paths of one recipe */
    ALPS_BODY_NESTING = 64,         /* nesting of the body; deeper is BODY_DEPTH */
    ALPS_BODY_VALUE = 8192          /* bytes of one name, key or statement, decoded; longer is NAME_TOO_LONG */
};

enum alps_body_event {
    /* value: the decoded text of a string (JSON, CBOR, protobuf), field (form), or element text (XML) */
    ALPS_BODY_STRING,
    ALPS_BODY_PRESENT,              /* path ends at an object, array, number, true or false: it is there; value is empty */
    ALPS_BODY_ELEMENT_END,          /* the innermost "[]" or "{}" element around ${path} has ended; once for each such path */
    ALPS_BODY_MESSAGE_END           /* gRPC: one message is complete; ${path} is 0 */
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
