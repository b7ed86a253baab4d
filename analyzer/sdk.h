/* analyzer/sdk.h: the names that SDKs give to services, operations and helpers: tables/aws-*.tsv and the SDKs' own
 * rules. */
#ifndef ALPS_SDK_H
#define ALPS_SDK_H

#include "analyzer/mem.h"
#include "core/catalog.h"

enum { SDK_COLUMNS = 8 };
struct alps_row { const char *cell[SDK_COLUMNS]; };
struct alps_table { struct alps_row *row; unsigned n; };

struct alps_sdk {
    struct alps_mem *mem;
    const struct alps_catalog *catalog;
    struct alps_table clients, waiters, resources, helpers, responses, hosts, builtins, functions;
    struct alps_table cloud;                            /* Google's and Azure's clients (cloud.h) */
    const char *rpcs, *paths, *discovery, *arm;         /* tables of lines, searched as they are */
};

enum { CLIENT_SERVICE, CLIENT_PACKAGE, CLIENT_CLASS3, CLIENT_CLASS2, CLIENT_GO1, CLIENT_GO1_TYPE, CLIENT_GO2 };
enum { RESOURCE_SERVICE, RESOURCE_KIND, RESOURCE_MEMBER, RESOURCE_WHAT, RESOURCE_OPERATION, RESOURCE_PARAMS,
    RESOURCE_RETURNS,
       RESOURCE_IDS };
enum { HELPER_LANGUAGE, HELPER_SERVICE, HELPER_OBJECT, HELPER_MEMBER, HELPER_OPERATIONS, HELPER_ARGUMENTS,
    HELPER_BOUND };

struct alps_sdk *alps_sdk_new(struct alps_mem *);

/* The first row whose cells ${a}… are ${x}…; NULL: none. */
const struct alps_row *alps_sdk_row(const struct alps_table *, unsigned a, const char *x, unsigned b, const char *y,
                                    unsigned c,
                                    const char *z);

/* "put_item" → PutItem (botocore's rule), "putItem" → PutItem, "PutItem" → itself.  0: the service has no such
 * operation. */
alps_operation_id alps_sdk_snake(const struct alps_sdk *, const char *service, const char *method);
alps_operation_id alps_sdk_camel(const struct alps_sdk *, const char *service, const char *method, size_t n);
/* The operation behind a waiter, spelt in any way ("table_exists", "TableExists", "tableExists"). */
alps_operation_id alps_sdk_waiter(const struct alps_sdk *, const char *service, const char *name);

/* How many letters are to be changed, case aside; 99: too long to say. */
unsigned alps_sdk_distance(const char *, const char *);

/* The names nearest to one that is not known, "put_item, put_items", for people; "" when none is near. */
const char *alps_sdk_nearest(const struct alps_sdk *, const char *service, const char *method, bool snake);

#endif
