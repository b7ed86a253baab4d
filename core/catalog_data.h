/* core/catalog_data.h: the compiled tables, as catalogc writes them and catalog.c reads them.  One block of bytes; every
 * reference is an offset from its first byte or an index, so nothing is relocated.  Little-endian, like every machine this
 * runs on.  In front what all requests share: hosts, their text, the phrases that names are written in.  Then a block per
 * service with all that its requests need, so that a function touches the pages of its own services and no others.  Then
 * actions.  Service, operation and action 0 are none. */
#ifndef ALPS_CATALOG_DATA_H
#define ALPS_CATALOG_DATA_H

#include <stdint.h>

enum { ALPS_CATALOG_MAGIC = 0x32504c41 };           /* "ALP2" */

struct alps_section { uint32_t n, at; };            /* so many rows, from this byte of the catalogue on */

/* Names of operations, actions, RPCs and segments of paths are coded: a length in bytes, then codes.  A byte from ' ' to
 * 0x7f is itself; one below is that phrase; 0x80 + k is phrase 32 + k; 0xc0 + k and a byte more is phrase
 * 96 + (k << 8 | byte).  A list of names has, in front, where every 16th begins.  "Text" below is plain, ends with a NUL. */
enum { ALPS_NAMES_STEP = 16, ALPS_PHRASE_LITERAL = 0x20, ALPS_PHRASE_ONE = 0x80, ALPS_PHRASE_TWO = 0xc0,
       ALPS_PHRASE_MOST = 63 };
/* phrase: offset into phrase_text << 6 | length */

/* Where a member lies on the wire. */
enum alps_where { ALPS_AT_LABEL, ALPS_AT_QUERY, ALPS_AT_HEADER, ALPS_AT_BODY };

struct alps_row_place { uint32_t at, operation; };  /* of a service: its row; id of its first operation */
struct alps_row_service {                           /* at is an offset from the catalogue's first byte */
    uint32_t name, prefix;                          /* text */
    uint32_t operation;                             /* id of the first; sorted by name */
    uint32_t op, mark, names;                       /* at: rows, first bytes of the names' hashes, names */
    uint32_t root;                                  /* at: its REST paths */
    uint32_t api, special, scope, shape, need, member, clause, more, recipe;    /* at: rows */
    uint16_t n_operations, n_apis, n_specials, n_scopes, vendor;
    uint16_t any_region;                            /* signed for one region, wherever its host is */
    uint16_t traits, spare;                         /* enum alps_trait */
};
struct alps_row_api { uint32_t name; uint32_t protocol; };      /* "DynamoDB_20120810" of JSON, "2012-11-05" of query */
struct alps_row_op { uint16_t shape, action; };     /* action: of its one need; of several: the first of its rows of more */
/* BATCH: requests in its body (core/call_batch.c).  INFERRED: an action of the vendor's list that no model has as an
 * operation yet; its name on the wire would be the action's. */
enum alps_shape { ALPS_SHAPE_BATCH = 1, ALPS_SHAPE_INFERRED = 2 };
struct alps_row_shape {                             /* what many operations have in common */
    uint16_t need, member;                          /* first rows, of the service's */
    uint8_t n_needs, n_members;
    uint8_t platform;                               /* row of platforms, 0: none */
    uint8_t is;                                     /* enum alps_shape */
};
struct alps_row_need {
    uint32_t resource, when;                        /* text: template; condition, "" for always */
    /* visited per element; the condition may turn until the body has ended */
    uint8_t nested, waits, spare[2];
};
struct alps_row_member { uint32_t name, arg; uint8_t where, spare[3]; };        /* arg: text of key or path; number of the label */
/* Paths, a byte-coded tree.  A record is a coded name and a node: flags; offsets of the records of its label and of the
 * rest (2 bytes, from the tree's first byte); leaves: their number and they themselves; edges: their number, the first
 * byte of each one's hash, the offset of each one's record.  A node may only say where it goes on. */
enum alps_node { ALPS_NODE_LABEL = 1, ALPS_NODE_GREEDY = 2, ALPS_NODE_LEAVES = 4, ALPS_NODE_EDGES = 8,
                 ALPS_NODE_EXTENTS = 16, ALPS_NODE_CLAUSES = 32, ALPS_NODE_GOTO = 64, ALPS_NODE_MANY = 128 };
/* A leaf: operation, from the service's first, << 3 | method (2 bytes).  EXTENTS: base << 5 | end (1 byte): the segments
 * [base, end) of the path are the resource's own name; end 0: none.  CLAUSES: how many, how many must hold, the first row
 * of the service's clauses (1, 1, 2 bytes).  MANY: the number of edges has 2 bytes. */
static inline uint32_t
alps_leaf_size(uint8_t flags)
{ return 2u + (flags & ALPS_NODE_EXTENTS ? 1u : 0u) + (flags & ALPS_NODE_CLAUSES ? 4u : 0u); }

enum alps_clause { ALPS_CLAUSE_QUERY, ALPS_CLAUSE_MAY, ALPS_CLAUSE_HEADER, ALPS_CLAUSE_ABSENT };   /* a header that is not there */
struct alps_row_clause { uint32_t key, value, kind; };          /* value "": any */
enum alps_capture {
    ALPS_HOST_PLAIN, ALPS_HOST_ACCOUNT, ALPS_HOST_BUCKET, ALPS_HOST_ANY, ALPS_HOST_LABELS, ALPS_HOST_NAME,
    ALPS_HOST_ACCESS_POINT, ALPS_HOST_MULTI_REGION
};
/* Sorted by stem.  front: text; the paths of such a host begin there, at a node that no path can spell; 0: as usual. */
struct alps_row_host { uint32_t stem, front; uint16_t service, capture; };
enum { ALPS_FRONT_MARK = '/' };                     /* first byte of a front's text; no segment of a path has one */
struct alps_row_rpc_service { uint32_t name, list; uint16_t n, service; };      /* "google.pubsub.v1.Publisher", coded */
/* list: names; n rows; first bytes of the names' hashes.  operation: from the service's first; recipe: row of its */
struct alps_row_rpc { uint16_t operation, recipe; };
struct alps_row_recipe { uint32_t template; uint16_t member, n_members; };
struct alps_row_suffix { uint32_t text, n, partition, vendor; };        /* longest first */
/* Azure.  What is particular about a service's requests (FORMAT.md, '@trait'). */
enum alps_trait {
    ALPS_TRAIT_ARM = 1, ALPS_TRAIT_STORAGE = 2, ALPS_TRAIT_DFS = 4, ALPS_TRAIT_ODATA = 8, ALPS_TRAIT_COLON = 16,
    ALPS_TRAIT_FOLD = 32, ALPS_TRAIT_SHARED = 64, ALPS_TRAIT_ANYPORT = 128
};
/* Known actions as a tree of their segments, breadth first: the children of row i are rows child[i] to child[i + 1],
 * sorted without regard to case.  Row 0 is the root, the last row is a fence. */
enum alps_type_is {
    ALPS_TYPE_READ = 1, ALPS_TYPE_WRITE = 2, ALPS_TYPE_DELETE = 4, ALPS_TYPE_ACTION = 8,     /* "…/read" is an action */
    ALPS_TYPE_ITSELF = 16,                          /* the name as it stands is one */
    ALPS_TYPE_EXCEPTION = 32                        /* rows of arm speak of it */
};
struct alps_row_type { uint32_t text; uint16_t child, is; };
struct alps_row_arm { uint32_t type, action; uint16_t method, list; };  /* sorted by type, without regard to case */
struct alps_row_region { uint32_t text, partition; };                   /* sorted */
struct alps_row_action { uint16_t is; };            /* vendor << 14 | row of arn_list */
struct alps_row_arn_list { uint16_t first, n; };    /* rows of arn, numbers of arn_names */

struct alps_catalog {
    uint32_t magic, size;
    uint32_t n_actions;                             /* listed by the vendor; rows beyond are operations without one */
    uint32_t n_operations;
    /* service: places; guide: uint16_t, the service of every 32nd operation; platform: uint32_t text; hashes: uint16_t
     * rows, 4096 slots; phrase: uint32_t; names: uint32_t at */
    struct alps_section text, suffix, region, host_hash, host, platform, rpc_hash, rpc_service, guide, service, phrase,
        phrase_text, type, arm, action, action_names, arn_list, arn, arn_names;
};

static inline uint32_t
alps_catalog_hash(const uint8_t *p, uint32_t n)
{
    uint32_t h = 2166136261u;

    for (uint32_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 16777619u;
    return h ^ h >> 15;
}

#endif
