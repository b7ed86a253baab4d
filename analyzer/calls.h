/* analyzer/calls.h: what code does to a cloud: clients, commands, handles, helpers of the SDKs → operations, with
 * the accesses that
 * the catalogue's tables derive from their arguments; and hosts that are no cloud. */
#ifndef ALPS_CALLS_H
#define ALPS_CALLS_H

#include "analyzer/analyzer.h"
#include "analyzer/flow.h"
#include "analyzer/sdk.h"

struct alps_calls {
    struct alps_mem *mem;
    struct alps_sdk *sdk;
    struct alps_call_found *first;      /* of the current function, in no order */
    struct alps_host_found *host;
    enum alps_level level;
    struct alps_value *region;          /* of the client whose call is being recorded; NULL: the function's own */
    struct alps_value *default_region;  /* AWS.config.update({ region }), boto3.setup_default_session */
};

/* A call or "new" of code that is not the function's own.  NULL: nothing that this room knows. */
struct alps_value *alps_calls_external(struct alps_flow *, const char *path, struct alps_args *,
                                       const struct alps_node *, bool is_new);
struct alps_value *alps_calls_external_member(struct alps_flow *, struct alps_value *, const char *name,
                                              const struct alps_node *);
/* Members and methods of clients, commands and handles. */
struct alps_value *alps_calls_member(struct alps_flow *, struct alps_value *, const char *name,
                                     const struct alps_node *);
struct alps_value *alps_calls_any_member(struct alps_flow *, struct alps_value *, const struct alps_node *);
struct alps_value *alps_calls_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                     const struct alps_node *);
/* What iterating over one yields. */
struct alps_value *alps_calls_elements(struct alps_flow *, struct alps_value *);
void alps_calls_store(struct alps_flow *, struct alps_value *, const char *name, struct alps_value *);
/* A client was handed to code that is not read. */
void alps_calls_escape(struct alps_flow *, struct alps_value *, const struct alps_node *);

/* A call of the operation so named, with these accesses. */
void alps_calls_add(struct alps_flow *, enum alps_vendor, const char *operation, struct alps_access_found *,
                    const struct alps_node *);
/* An operation of the catalogue as INTERFACE.md names it: "dynamodb.PutItem", "google.pubsub.v1.Publisher/Publish". */
const char *alps_calls_operation(struct alps_mem *, unsigned operation);
/* Record a call of ${operation} with these parameters (an object, or anything that is not known). */
void alps_calls_record(struct alps_flow *, unsigned operation, struct alps_value *params, const struct alps_node *);
/* What a value of a type of code that is not read may be: "go:github.com/aws/aws-sdk-go-v2/service/s3.Client".  NULL:
 * nothing is known of it. */
struct alps_value *alps_calls_typed(struct alps_flow *, const char *path);
/* The AWS part of the above (calls_js.c, calls_py.c, calls_go.c). */
struct alps_value *alps_calls_go(struct alps_flow *, const char *path, struct alps_args *, const struct alps_node *);
struct alps_value *alps_calls_go_method(struct alps_flow *, struct alps_value *, const char *, struct alps_args *,
                                        const struct alps_node *);
struct alps_value *alps_calls_go_typed(struct alps_flow *, const char *path);
struct alps_value *alps_calls_js_typed(struct alps_flow *, const char *path);
struct alps_value *alps_calls_py_typed(struct alps_flow *, const char *path);
/* A method of a parameter that nobody passed, in code that imports boto3: when its name ("glue_client", "queue") and the
 * method agree on what it is, or only one service has such an operation. */
struct alps_value *alps_calls_py_by_name(struct alps_flow *, const struct alps_value *, const char *name,
                                         struct alps_args *, const struct alps_node *);
/* The value of a type that an annotation names, where it is an SDK's; NULL: nothing is known of it. */
struct alps_value *alps_calls_annotated(struct alps_flow *, const struct alps_node *type);
/* send(new XCommand()) to nobody knows what: the command says the rest.  NULL: no command is among the arguments. */
struct alps_value *alps_calls_js_by_command(struct alps_flow *, const char *name, struct alps_args *,
                                            const struct alps_node *);
/* A method of nobody knows what, with an input of the SDK that names the operation: NULL when there is none. */
struct alps_value *alps_calls_go_by_input(struct alps_flow *, const char *name, struct alps_args *,
                                          const struct alps_node *);
/* The call of the operation so named at this place: the one that is known, or a new one. */
struct alps_call_found *alps_calls_found(struct alps_flow *, enum alps_vendor, const char *operation, const struct alps_node *);
/* Add it, unless it is there already. */
void alps_calls_access_add(struct alps_access_found **list, struct alps_access_found *);
struct alps_value *alps_calls_js(struct alps_flow *, const char *path, struct alps_args *, const struct alps_node *,
                                 bool is_new);
struct alps_value *alps_calls_py(struct alps_flow *, const char *path, struct alps_args *, const struct alps_node *);
struct alps_value *alps_calls_js_method(struct alps_flow *, struct alps_value *, const char *, struct alps_args *,
                                        const struct alps_node *);
struct alps_value *alps_calls_py_method(struct alps_flow *, struct alps_value *, const char *, struct alps_args *,
                                        const struct alps_node *);
struct alps_value *alps_calls_py_member(struct alps_flow *, struct alps_value *, const char *,
                                        const struct alps_node *);
bool alps_calls_helper(struct alps_flow *, struct alps_value *client, const char *name, struct alps_args *,
                       const struct alps_node *);
struct alps_value *alps_calls_client(struct alps_flow *, const char *service, const char *type);
/* "Bucket=BucketName,Key=Key": request members from what a handle is bound to. */
void alps_calls_bind(struct alps_flow *, struct alps_object *into, const char *columns,
                     const struct alps_object *bound);
/* The region that a client's options name: "region", "region_name". */
struct alps_value *alps_calls_region(struct alps_flow *, struct alps_value *options);
void alps_calls_unknown(struct alps_flow *, struct alps_value *client, const char *name, const struct alps_node *);
struct alps_value *alps_calls_response(struct alps_flow *);
/* What the operation answers: unknown, but for members that repeat a name of the request. */
struct alps_value *alps_calls_response_to(struct alps_flow *, unsigned operation, struct alps_value *params);
void alps_calls_host(struct alps_flow *, struct alps_value *url, const struct alps_node *);
void alps_calls_note(struct alps_flow *, const struct alps_node *, const char *code, const char *text);

#endif
