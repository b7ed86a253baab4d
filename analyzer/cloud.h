/* analyzer/cloud.h: the SDKs of Google Cloud and Azure: tables/gcp-*.tsv and tables/azure-*.tsv say which class is which client,
 * what its methods take, which requests they send and what they give back.  Generated clients (GAPIC, discovery, ARM) need no
 * rows: their method names are the names of RPCs, of REST methods, of operations.
 *
 *     type <TAB> methods <TAB> arguments <TAB> requests <TAB> returns
 *
 * type       "new": a class or function, by the languages' own names ("py:google.cloud.storage.Client")
 * methods    one or several; ".name" is read, not called; "@base" goes on in the type under returns
 * arguments  by place, separated by ',': "-"; "name=member" (Python's keyword=member); "name" for both; "@name=member" by
 *            keyword alone; "{a=member;b.c=member}" of an object; "name=a<b&c<d" takes b and d of a handle; "name=a.b.c"
 *            cuts a text at its dots, from the right; "name=url/a/b" at its slashes; "name=$connection" reads a connection
 *            string; "name=$member" a name in a
 *            binding ("%SETTING%/{id}"); "name=fn(Type)" is called with a Type, "name=fn([Type])" with a list,
 *            "name=fn(event)" with what a trigger brings, "name=fn2(Type)" behind
 *            another argument
 * requests   wire.h's, separated by " ; "; "if member:" and "if !member:" in front of one
 * returns    "-", "self", "Type", "Type(member=template ...)", "[Type]", "={template}" */
#ifndef ALPS_CLOUD_H
#define ALPS_CLOUD_H

#include "analyzer/calls.h"

/* Is it a client or a handle of these SDKs? */
bool alps_cloud_is(const struct alps_value *client);
/* A call of "py:google.cloud.storage.Client".  NULL: not known here. */
struct alps_value *alps_cloud_external(struct alps_flow *, const char *path, struct alps_args *, const struct alps_node *);
struct alps_value *alps_cloud_member(struct alps_flow *, struct alps_value *, const char *name, const struct alps_node *);
struct alps_value *alps_cloud_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                     const struct alps_node *);

/* For gapic.c, discovery.c and arm.c. */
struct alps_value *alps_cloud_handle(struct alps_flow *, const char *type, const struct alps_object *members);
/* Send, with by_key set if the client has a key. */
void alps_cloud_send(struct alps_flow *, const char *request, const struct alps_object *members, const struct alps_node *);
/* The row of a table of lines "name <TAB> rest" in section "@section", or of all; NULL: none.  *${n}: its length. */
const char *alps_cloud_line(const char *table, const char *section, const char *name, size_t *n);
/* "get_secret" and "getSecret" are one name. */
bool alps_cloud_same(const char *a, size_t n, const char *b);
void alps_cloud_unknown(struct alps_flow *, const struct alps_value *client, const char *name, const char *near,
                        const struct alps_node *);

struct alps_value *alps_gapic_new(struct alps_flow *, const char *path);
struct alps_value *alps_gapic_method(struct alps_flow *, struct alps_value *, const char *service, const char *name,
                                     struct alps_args *, const struct alps_node *);
struct alps_value *alps_discovery_new(struct alps_flow *, const char *path, struct alps_args *);
struct alps_value *alps_discovery_member(struct alps_flow *, struct alps_value *, const char *name);
struct alps_value *alps_discovery_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                         const struct alps_node *);
struct alps_value *alps_arm_new(struct alps_flow *, const char *path, struct alps_args *);
struct alps_value *alps_arm_member(struct alps_flow *, struct alps_value *, const char *name);
struct alps_value *alps_arm_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                   const struct alps_node *);

#endif
