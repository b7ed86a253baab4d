/* core/body_walk.h: what body.c and its walkers share.  Not for others. */
#ifndef ALPS_BODY_WALK_H
#define ALPS_BODY_WALK_H

#include "core/body.h"
#include "core/reason.h"

struct alps_body_sink { alps_body_fn *fn; void *ctx; };

/* One segment of a path: a name, or '[' or '{'. */
struct alps_segment { char kind; alps_slice name; };
struct alps_segment alps_body_segment(const struct alps_body *, unsigned path, unsigned i);

/* Does ${key} equal the name?  1; 0; or -BODY_SYNTAX when only case or '_' differ: some servers would take it, others not,
 * and no client that knows the model sends it. */
int alps_body_key(alps_slice name, alps_slice key);

/* A run of the value or name being read. */
void alps_body_add(struct alps_body *, alps_slice run);
/* All of it, ${last} included; it lives until the next alps_body_add. */
alps_slice alps_body_text(struct alps_body *, alps_slice last);

/* ${event} for each of ${paths}, in their order.  A value goes out only if it is a text that can be compared. */
int alps_body_tell(struct alps_body *, const struct alps_body_sink *, enum alps_body_event, alps_paths, alps_slice value);

/* Those of ${paths} that end behind ${n} segments; those whose innermost element is there. */
static inline alps_paths
alps_body_ended(const struct alps_body *b, alps_paths paths, unsigned n)
{ return paths & b->ending[n]; }

static inline alps_paths
alps_body_elements(const struct alps_body *b, alps_paths paths, unsigned n)
{ return paths & b->closing[n]; }

/* JSON and CBOR: ${event} and ${text} are those of core/json.h. */
void alps_body_tree_init(struct alps_body *);
ALPS_MUST int alps_body_tree_take(struct alps_body *, const struct alps_body_sink *, int event, alps_slice text);
ALPS_MUST int alps_body_cbor_feed(struct alps_body *, alps_slice, const struct alps_body_sink *);
ALPS_MUST int alps_body_cbor_end(struct alps_body *);
ALPS_MUST int alps_body_json_feed(struct alps_body *, alps_slice, const struct alps_body_sink *);
ALPS_MUST int alps_body_json_end(struct alps_body *, const struct alps_body_sink *);
void alps_body_protobuf_init(struct alps_body *);             /* PROTOBUF and GRPC */
ALPS_MUST int alps_body_protobuf_feed(struct alps_body *, alps_slice, const struct alps_body_sink *);
ALPS_MUST int alps_body_protobuf_end(struct alps_body *);
void alps_body_form_init(struct alps_body *);
ALPS_MUST int alps_body_form_feed(struct alps_body *, alps_slice, const struct alps_body_sink *);
ALPS_MUST int alps_body_form_end(struct alps_body *, const struct alps_body_sink *);
void alps_body_xml_init(struct alps_body *);
ALPS_MUST int alps_body_xml_feed(struct alps_body *, alps_slice, const struct alps_body_sink *);
ALPS_MUST int alps_body_xml_end(struct alps_body *, const struct alps_body_sink *);

#endif
