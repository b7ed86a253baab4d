/* core/json.h: a strict JSON tokenizer (RFC 8259): UTF-8 only and valid, no BOM, no comments, no trailing commas, no NaN,
 * one value and nothing behind it, no lone surrogates, at most ALPS_JSON_DEPTH levels, numbers of at most 255 bytes.
 * Two doors: alps_json_feed for text that comes in pieces, alps_json_read for text that is all there. */
#ifndef ALPS_JSON_H
#define ALPS_JSON_H

#include "core/utf8.h"

enum { ALPS_JSON_DEPTH = 64 };

enum alps_json_event {
    ALPS_JSON_MORE,             /* the input is used up */
    ALPS_JSON_TEXT,             /* a run of the string or number being read, decoded; more of it follows (feed only) */
    ALPS_JSON_KEY,              /* text: what of the key has not been given by TEXT */
    ALPS_JSON_STRING,           /* likewise */
    ALPS_JSON_NUMBER,           /* likewise, as written */
    ALPS_JSON_TRUE,
    ALPS_JSON_FALSE,
    ALPS_JSON_NULL,
    ALPS_JSON_OBJECT,
    ALPS_JSON_OBJECT_END,
    ALPS_JSON_ARRAY,
    ALPS_JSON_ARRAY_END
};

struct alps_json {              /* all zero is a fresh one */
    uint8_t state, depth;
    uint8_t floor;              /* depth at which events are wanted again, while muted */
    bool muted, key;
    struct alps_utf8 utf8;
    uint8_t word, at_word;      /* the literal, and how much of it is there */
    uint8_t n_hex, n_number;
    uint8_t out[4];             /* an escape, decoded */
    uint16_t unit, lead;        /* UTF-16: being read; high surrogate before it */
    uint64_t nest;              /* a bit per level: object */
};

/* Read on in ${in} from *${at}, which is moved.  Returns an event, ALPS_JSON_MORE at the end of ${in}, or a negated
 * reason (BODY_SYNTAX, BODY_DEPTH; *${at} is the offending byte); errors are final.  ${text} points into ${in} or into
 * the tokenizer, and lives until the next call. */
ALPS_MUST int alps_json_feed(struct alps_json *, alps_slice in, size_t *at, alps_slice *text);

/* Behind KEY: no event for its value.  Behind OBJECT or ARRAY: none for what is in it, nor for its end.  The text
 * is checked as strictly as any other. */
void alps_json_skip(struct alps_json *);

/* No more input comes.  0: the one value is complete; ALPS_JSON_NUMBER: so it is, and it was a number, whose runs
 * have all been given by TEXT; or a negated reason. */
ALPS_MUST int alps_json_end(struct alps_json *);

/* Nothing but blanks has come. */
bool alps_json_fresh(const struct alps_json *);

struct alps_json_token {
    enum alps_json_event event;
    alps_slice text;            /* KEY, STRING: decoded; NUMBER: as written.  Lives as long as input and scratch */
    size_t at;                  /* offset of the token's first byte; of the offending byte, on errors */
};

struct alps_json_reader {
    struct alps_json json;
    alps_slice in;
    size_t at;
    uint8_t *scratch;           /* decoded texts that could not stay in ${in}: never more than in.n bytes, all together */
    size_t used;
};

/* ${scratch}: at least in.n bytes, the caller's. */
void alps_json_reader_init(struct alps_json_reader *, alps_slice in, uint8_t *scratch);
/* 1 with the next token; 0 at the end of the one value; or a negated reason, and token->at says where. */
ALPS_MUST int alps_json_read(struct alps_json_reader *, struct alps_json_token *);

/* Line and column (bytes, both from 1) of an offset, for messages. */
void alps_json_place(alps_slice in, size_t at, unsigned *line, unsigned *column);

#endif
