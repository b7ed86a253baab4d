/* core/cbor.h: a strict CBOR tokenizer (RFC 8949), for what the AWS protocols send (Smithy RPC v2 CBOR, and the older
 * application/x-amz-cbor-1.1): one item and nothing behind it, text strings as keys, definite and indefinite lengths,
 * tag 1 (a time: a number follows) and no other, no simple values but false, true, null and undefined (which is null), at
 * most ALPS_JSON_DEPTH levels.  Lengths may be written wider than they need be: every reader reads them alike.
 *
 * Its events are those of core/json.h, so that one walk serves both: MAP is OBJECT, and NUMBER (without text) is every
 * scalar that is neither text nor true, false or null: integers, floats, times, byte strings. */
#ifndef ALPS_CBOR_H
#define ALPS_CBOR_H

#include "core/json.h"

struct alps_cbor {                  /* all zero is a fresh one */
    uint8_t state, depth;
    uint8_t floor;                  /* depth at which events are wanted again, while muted */
    bool muted;
    bool value_next;                /* of a map: its key has come */
    bool tagged;                    /* a time's tag has come */
    bool chunked;                   /* in a string of indefinite length */
    bool begun;                     /* the last event was OBJECT or ARRAY */
    uint8_t major, n_argument;      /* of the item being read; bytes of its argument still to come */
    struct alps_utf8 utf8;
    uint64_t argument;              /* then: bytes of the string still to come */
    uint64_t maps;                  /* a bit per level: map */
    uint64_t unwanted;              /* a bit per length: keys of that many bytes, with their values, are skipped unseen */
    uint32_t left[ALPS_JSON_DEPTH]; /* per level: items, or pairs, still to come; UINT32_MAX: until the break */
};

/* Read on in ${in} from *${at}, which is moved.  Returns an event of core/json.h, ALPS_JSON_MORE at the end of ${in}, or
 * a negated reason (BODY_SYNTAX, BODY_DEPTH); errors are final.  ${text} points into ${in}.  The end of a map or array of
 * definite length is an event that takes no byte. */
ALPS_MUST int alps_cbor_feed(struct alps_cbor *, alps_slice in, size_t *at, alps_slice *text);

/* From here on, keys of which ${lengths} has no bit are skipped with their values, without an event; those of 64 bytes or
 * more are always told. */
static inline void
alps_cbor_want(struct alps_cbor *c, uint64_t lengths)
{ c->unwanted = ~lengths; }

/* As alps_json_skip.  Structure and lengths of what is skipped are checked; whether its texts are UTF-8 is not. */
void alps_cbor_skip(struct alps_cbor *);

/* No more input comes.  0: the one item is complete, or there was none at all (alps_cbor_fresh); or a negated reason. */
ALPS_MUST int alps_cbor_end(struct alps_cbor *);

bool alps_cbor_fresh(const struct alps_cbor *);

#endif
