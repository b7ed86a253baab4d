/* core/body_state.h: the inside of struct alps_body, here only so that callers can embed it.  It may be copied by
 * value at any time.  body.c compiles the paths and keeps the value being read; the other body_*.c walk. */
#ifndef ALPS_BODY_STATE_H
#define ALPS_BODY_STATE_H

#include "core/cbor.h"
#include "core/form.h"
#include "core/grpc.h"
#include "core/json.h"
#include "core/protobuf.h"
#include "core/xml.h"

enum {
    ALPS_BODY_SEGMENTS = 12,            /* of one path: "RequestItems{}[].PutRequest" has four */
    ALPS_BODY_LISTS    = 3              /* of them, "[]" and "{}" in a form's path */
};

typedef uint16_t alps_paths;            /* a bit per path */

struct alps_body_level {                /* one open object, array or element that paths go through */
    alps_paths here;                    /* paths that lead to it or through it, */
    alps_paths through;                 /* those that go on below it, */
    alps_paths seen;                    /* and those whose next name was met in it */
    bool array;                         /* JSON, CBOR; or XML: it has children */
};

struct alps_body_tree {                 /* JSON and CBOR */
    union {
        struct alps_json json;
        struct alps_cbor cbor;
    };
    uint8_t depth;
    alps_paths next;                    /* of the value to come */
    struct alps_body_level level[ALPS_BODY_SEGMENTS + 1];
};

struct alps_body_xml {
    struct alps_xml xml;
    uint8_t depth;
    struct alps_body_level level[ALPS_BODY_SEGMENTS + 2];
};

struct alps_body_protobuf {
    struct alps_grpc grpc;              /* around it, over gRPC */
    struct alps_protobuf wire;
    uint8_t depth;
    alps_paths value;                   /* paths whose value is being read */
    struct alps_body_level level[ALPS_BODY_SEGMENTS + 1];
};

struct alps_body_form {
    struct alps_form form;
    alps_paths value;                   /* paths whose value is being read, */
    alps_paths empty;                   /* or that it must be empty for: "Entries=" */
    alps_paths seen, nested;            /* in the open element: path met; path met as a structure */
    alps_paths known, open;             /* an element was met; is open */
    bool numeric, lexical;              /* every index so far rose by number; by spelling */
    uint32_t index[ALPS_BODY_PATHS][ALPS_BODY_LISTS];
};

struct alps_body {
    uint8_t kind, n_paths;
    int16_t failed;                     /* the reason, negated; final */
    const char *const *path;
    uint8_t segment[ALPS_BODY_PATHS][ALPS_BODY_SEGMENTS];   /* where each begins in its path, */
    uint8_t length[ALPS_BODY_PATHS][ALPS_BODY_SEGMENTS];    /* and its bytes, if it is a name */
    uint8_t n_segments[ALPS_BODY_PATHS];
    uint8_t element[ALPS_BODY_PATHS];   /* segments up to the innermost "[]" or "{}"; 0: none */
    alps_paths ending[ALPS_BODY_SEGMENTS + 1];      /* paths of that many segments; */
    alps_paths closing[ALPS_BODY_SEGMENTS + 1];     /* with their innermost element there; */
    alps_paths maps;                    /* and those that end in "{}": a key is their value */
    union {
        struct alps_body_tree tree;
        struct alps_body_xml xml;
        struct alps_body_protobuf protobuf;
        struct alps_body_form form;
    } walk;
    bool too_long;                      /* the value being read; it is cut */
    uint16_t n_value;
    uint8_t value[ALPS_BODY_VALUE];
};

#endif
