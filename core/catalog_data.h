/* core/catalog_data.h: the compiled tables, as catalogc writes them and catalog.c reads them.  One block of bytes;
 * every
 * reference is an offset into it or an index, so nothing is relocated.  Row 0 of services, operations and actions
 * is none.  Little-endian, like every machine this runs on. */
#ifndef ALPS_CATALOG_DATA_H
#define ALPS_CATALOG_DATA_H

#include <stdint.h>

enum { ALPS_CATALOG_MAGIC = 0x31504c41 };           /* "ALP1" */

struct alps_section { uint32_t n, at; };            /* so many rows, from this byte of the block on */

/* Where a member lies on the wire. */
enum alps_where { ALPS_AT_LABEL, ALPS_AT_QUERY, ALPS_AT_HEADER, ALPS_AT_BODY };

struct alps_row_service {
    uint32_t name, prefix;                          /* text */
    uint32_t operation, n_operations;               /* first id; sorted by name */
    uint32_t root;                                  /* node of its REST paths; 0: none */
    uint32_t api, special;                          /* first rows */
    uint16_t n_apis, n_specials, vendor;
    uint16_t any_region;                            /* signed for one region, wherever its host is */
    uint16_t traits, spare;                         /* enum alps_trait */
};
struct alps_row_api { uint32_t name; uint32_t protocol; };      /* "DynamoDB_20120810" of JSON, "2012-11-05" of query */
struct alps_row_operation {
    uint32_t name, need, member;
    uint16_t service;
    uint8_t n_needs, n_members, protocol, platform; /* platform: row of platforms, 0: none */
    uint16_t batch;                                 /* requests in its body: core/call_batch.c */
};
struct alps_row_need {
    uint32_t resource, when;                        /* text: template; condition, "" for always */
    uint16_t action;
    /* visited per element; the condition may turn until the body has ended */
    uint8_t nested, waits;
};
struct alps_row_member { uint32_t name, arg, where; };          /* arg: text of key or path; number of the label */
struct alps_row_action { uint32_t name, arn; uint16_t n_arns, vendor; };
struct alps_row_node { uint32_t edge, label, greedy, leaf; uint16_t n_edges, n_leaves; };
struct alps_row_edge { uint32_t text, node; };
/* base, end: the segments [base, end) of the path are the resource's own name; end 0: none */
struct alps_row_leaf { uint32_t operation; uint16_t clause; uint8_t method, n_clauses, n_must, base, end, spare; };
enum alps_clause { ALPS_CLAUSE_QUERY, ALPS_CLAUSE_MAY, ALPS_CLAUSE_HEADER, ALPS_CLAUSE_ABSENT };   /* a header that is not there */
struct alps_row_clause { uint32_t key, value, kind; };          /* value "": any */
enum alps_capture {
    ALPS_HOST_PLAIN, ALPS_HOST_ACCOUNT, ALPS_HOST_BUCKET, ALPS_HOST_ANY, ALPS_HOST_NAME, ALPS_HOST_ACCESS_POINT,
    ALPS_HOST_MULTI_REGION
};
/* Sorted by stem.  front: text; the paths of such a host begin there, at a node that no path can spell; "": as usual. */
struct alps_row_host { uint32_t stem, front; uint16_t service, capture; };
enum { ALPS_FRONT_MARK = 1 };                       /* first byte of a front's text */
struct alps_row_scope { uint32_t name; uint32_t service; };             /* sorted by name */
struct alps_row_rpc_service { uint32_t name, rpc, n; };        /* "google.pubsub.v1.Publisher"; sorted */
struct alps_row_rpc { uint32_t name, operation; };              /* "Publish"; operation | recipe << 20; sorted */
struct alps_row_recipe { uint32_t template, member, n_members; };
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

struct alps_catalog {
    uint32_t magic, size;
    uint32_t n_actions;                             /* listed by the vendor; rows beyond are operations without one */
    uint32_t spare;
    struct alps_section text, service, api, operation, need, member, action, arn, node, edge, leaf, clause, special,
        /* arn, special, platform: uint32_t text; host_hash: uint16_t rows */
        host, host_hash, scope, suffix, region, platform, rpc_service, rpc, recipe, type, arm;
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
