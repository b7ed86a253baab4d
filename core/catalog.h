/* core/catalog.h: request → call.  What each cloud API request means: operation, actions, resources.
 * The tables are allowlists/catalog/{aws,gcp,azure}/ (text, one row per operation), compiled into read-only data by
 * allowlists/catalogc.c; everything in it is an offset, nothing is relocated, nothing is parsed at start.
 * Names of members in the rows are the names of the vendor's own model, so that the analyzer fills the same
 * templates from source that the runtime fills from the wire. */
#ifndef ALPS_CATALOG_H
#define ALPS_CATALOG_H

#include "core/body.h"
#include "core/request.h"

enum alps_vendor { ALPS_VENDOR_NONE, ALPS_AWS, ALPS_GCP, ALPS_AZURE, ALPS_VENDOR_COUNT };
enum alps_protocol {                /* how a call is spoken, hence how its refusal is worded */
    ALPS_PROTO_NONE, ALPS_PROTO_JSON10, ALPS_PROTO_JSON11, ALPS_PROTO_QUERY, ALPS_PROTO_EC2,
    ALPS_PROTO_REST_JSON, ALPS_PROTO_REST_XML, ALPS_PROTO_S3, ALPS_PROTO_CBOR
};

struct alps_catalog;
extern const struct alps_catalog alps_catalog_builtin;
size_t alps_catalog_size(const struct alps_catalog *);         /* bytes, from the catalogue's own address on */

/* Ids are indices, stable within one build; 0 is none. */
typedef uint16_t alps_action_id;
typedef uint16_t alps_service_id;
typedef uint32_t alps_operation_id;

const char *alps_vendor_name(enum alps_vendor);                                     /* "aws"; "" for none */

/* Names of operations and actions are kept in pieces: the caller brings room for one, and gets it back as text. */
struct alps_room { char text[512]; };

/* Services: "dynamodb", under its operation name (INTERFACE.md, Names). */
alps_service_id  alps_service_find(const struct alps_catalog *, enum alps_vendor, alps_slice name);
alps_service_id  alps_service_count(const struct alps_catalog *);                   /* ids run from 1 to this */
const char      *alps_service_name(const struct alps_catalog *, alps_service_id);
/* IAM prefix: "elasticloadbalancing" */
const char      *alps_service_prefix(const struct alps_catalog *, alps_service_id);
enum alps_vendor alps_service_vendor(const struct alps_catalog *, alps_service_id);

/* Operations: "PutItem" of a service; the ids of one service's operations are consecutive and sorted by name.  Variants of
 * an operation, which need other actions on other hosts, bear its name and follow it; the first is the one that is found. */
alps_operation_id alps_operation_find(const struct alps_catalog *, alps_service_id, alps_slice name);
alps_operation_id alps_operation_first(const struct alps_catalog *, alps_service_id);
unsigned          alps_operation_count(const struct alps_catalog *, alps_service_id);
/* "PutItem", written to ${room}; "" for none */
const char       *alps_operation_name(const struct alps_catalog *, alps_operation_id, struct alps_room *room);
/* What stands in front of its name, with a '.': its service; "" for an RPC that is named "package.Service/Method". */
const char       *alps_operation_before(const struct alps_catalog *, alps_operation_id);
alps_service_id   alps_operation_service(const struct alps_catalog *, alps_operation_id);
enum alps_protocol alps_operation_protocol(const struct alps_catalog *, alps_operation_id);
/* Not in the vendor's model, but an action of that name is in its list: what such a request would be called. */
bool              alps_operation_inferred(const struct alps_catalog *, alps_operation_id);

/* Actions: "dynamodb:PutItem".  Only actions in the vendor's own list exist. */
/* exact, as the vendor spells it */
alps_action_id alps_action_find(const struct alps_catalog *, alps_slice name);
alps_action_id alps_action_count(const struct alps_catalog *);
const char    *alps_action_name(const struct alps_catalog *, alps_action_id, struct alps_room *room);
enum alps_vendor alps_action_vendor(const struct alps_catalog *, alps_action_id);
/* Resource types that the action takes, as ARN patterns of the vendor's reference
 * ("arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"); none: the action takes only "*". */
unsigned    alps_action_arns(const struct alps_catalog *, alps_action_id);
const char *alps_action_arn(const struct alps_catalog *, alps_action_id, unsigned i, struct alps_room *room);
bool        alps_prefix_exists(const struct alps_catalog *, alps_slice prefix);      /* is "dynamodb" an IAM prefix? */

/* One access of an operation, as the tables write it (grammar: allowlists/catalog/FORMAT.md):
 * action 7 on "arn:{partition}:dynamodb:{region}:{account}:table/{TableName}[/index/{IndexName}]". */
struct alps_need {
    alps_action_id action;
    const char *resource;
    const char *when;               /* condition, "VersionId", "!KeyId", "ACL|GrantRead"; "" for always */
};
unsigned         alps_operation_needs(const struct alps_catalog *, alps_operation_id);
struct alps_need alps_operation_need(const struct alps_catalog *, alps_operation_id, unsigned i);

/* Fill in ${resource}.  ${member} answers for a member name with its value ({NULL,0}: not there; it may answer any
 * text,
 * wildcards and "${env:X}" included, since normalisers copy what they do not understand).  Writes at most ${cap}
 * bytes to ${out}; returns the length, or a negated reason (NO_RESOURCE, BAD_NAME, NAME_TOO_LONG). */
typedef alps_slice alps_member_fn(void *ctx, alps_slice member);
ALPS_MUST int alps_resource_fill(const char *resource, alps_member_fn *member, void *ctx, char *out, size_t cap);

/* Does a condition hold?  ("VersionId", "!CopySource~?versionId=": FORMAT.md.)  An empty one does. */
bool alps_condition_holds(const char *when, alps_member_fn *member, void *ctx);
/* Does one atom of it, given its member's value?  NULL: not there.  With a normaliser, what that makes of the value is
 * compared ("Statement:partiql=Select"); a value it does not understand holds, and is refused by the access's template. */
struct alps_atom;
bool alps_atom_holds(const struct alps_atom *, alps_slice value);
/* The same for a reader who does not know every member: ${atom} and the whole answer 1, 0, or -1 for "nobody knows". */
typedef int alps_weigh_fn(void *ctx, const struct alps_atom *);
int alps_condition_weigh(const char *when, alps_weigh_fn *atom, void *ctx);

/* The one spelling of a resource under which it is compared: an ARN inside a template wins over the template, a
 * queue URL
 * becomes the queue's ARN, a secret loses its random suffix, …  In place, never longer; returns the length. */
size_t alps_resource_canonical(char *text, size_t n);

/* What the wire does not carry and configuration adds.  Empty slices: not known. */
struct alps_context {
    alps_slice account, region, project, subscription;
    alps_slice role;                /* AWS: the function's own, whose credentials a runtime fetches by itself (AWS_ROLE_ARN) */
    enum alps_vendor endpoint;
};

enum {
    ALPS_CANDIDATES = 8,            /* operations that one request may be */
    ALPS_RESOURCE   = 2048,         /* bytes of one canonical resource name */
    /* the byte that stands for a value nobody knows; printed as '*', matched by '*' alone */
    ALPS_MARK_UNKNOWN = 1
};

/* Azure's control plane has more actions than any list: those without an id carry their name. */
enum { ALPS_ACTION_NAMED = 0xfffe };
struct alps_access {
    alps_operation_id operation;
    alps_action_id action;
    alps_slice resource, name;
    uint32_t part;                  /* of a batch: the request in its body that asks for it, from 1; 0: no batch */
};

/* Visited once per access; the slices live until it returns.  Non-zero ends the walk and is returned. */
typedef int alps_access_fn(void *ctx, const struct alps_access *);

struct alps_call;                   /* one request being understood: no pointer into the request stays in it */
#include "core/call_state.h"

/* Look at the head.  0: understood (call->operation, call->protocol, call->platform, and call->body tell more);
 * or a negated reason.  For a host that is no cloud API: -ALPS_HOST_NOT_LISTED, call->vendor is none. */
ALPS_MUST int alps_call_head(struct alps_call *, const struct alps_catalog *, const struct alps_request *,
                             const struct alps_context *);
/* The next content bytes (after transfer decoding).  Only if call->body is not ALPS_BODY_ABSENT. */
ALPS_MUST int alps_call_body(struct alps_call *, alps_slice content, alps_access_fn *fn, void *ctx);
/* The message is complete: the accesses that were still open are visited.  0, what ${fn} returned, or a negated
 * reason. */
ALPS_MUST int alps_call_end(struct alps_call *, alps_access_fn *fn, void *ctx);
/* The operation's own name, where no table has one (Azure's control plane, "batch"); empty otherwise.  At most 255
 * bytes. */
alps_slice alps_call_name(const struct alps_call *);
/* Could every access that the rest of the body may not take back be named already?  For bodies beyond the hold
 * limit. */
bool alps_call_ready(const struct alps_call *);

#endif
