/* core/call_inside.h: what call.c, call_head.c, call_rest.c, call_form.c and call_walk.c share. */
#ifndef ALPS_CALL_INSIDE_H
#define ALPS_CALL_INSIDE_H

#include "core/catalog.h"
#include "core/catalog_look.h"
#include "core/reason.h"
#include "core/template.h"

enum { ALPS_CALL_QUERY = 64, ALPS_CALL_SEGMENTS = 64, ALPS_CALL_SERVICES = 24, ALPS_NO_PATH = 0xff };

struct call_query { alps_slice key, value; };       /* raw */

struct call_path {                                  /* a path that was cut by other rules than at its slashes */
    alps_slice at[ALPS_CALL_SEGMENTS];
    unsigned n;
    const uint8_t *end;                             /* of the whole path */
};

struct call_head {                                  /* one request head, while it is looked at */
    const struct alps_catalog *c;
    const struct alps_request *r;
    struct alps_call *call;
    const struct call_path *path;                   /* NULL: the request's, cut at its slashes */
    alps_slice host;                                /* canonical: small letters, no port, no dot at the end */
    alps_slice region, account, bucket;             /* as the host tells them; n = 0: it does not */
    uint32_t front[ALPS_CALL_SERVICES];             /* of each service: text, where its paths begin on this host; 0: as usual */
    uint16_t capture;                               /* enum alps_capture: what the bucket is */
    bool bucket_in_host;
    alps_slice scope_region, scope_service;
    bool scoped, targeted;
    enum alps_vendor endpoint;                      /* of the operator's list; NONE: the host is the cloud's own */
    bool bare;                                      /* Google: the path begins with a name, and the body is no JSON */
    alps_slice target, smithy, type, coding;        /* header values */
    unsigned n_query, n_services;
    char host_text[256];                            /* from here on not cleared */
    struct call_query query[ALPS_CALL_QUERY];
    uint16_t service[ALPS_CALL_SERVICES];
};

struct call_segments {                              /* a path */
    alps_slice at[ALPS_CALL_SEGMENTS + 1];          /* raw */
    unsigned n;
    bool bucket;                                    /* the first one comes from the host */
    bool verb;                                      /* the last one is ":verb", and matches nothing but that */
    const uint8_t *end;                             /* of the path */
};

/* base, end: the segments [base, end) of the path are the resource's own name; end 0: none.  clause: the first row's number */
struct call_leaf { alps_operation_id operation; uint16_t clause; uint8_t n_clauses, n_must, base, end; };

struct call_match {                                 /* where a REST request led */
    struct call_leaf leaf[4];                       /* more than one: nothing on the wire tells them apart */
    unsigned n_leaves;
    alps_slice label[12];                           /* raw; ready if it came from the host */
    bool ready[12];
    unsigned n_labels;
};

/* call.c */
ALPS_MUST int alps_call_text_put(struct alps_call *, alps_slice value, struct alps_call_span *);
alps_slice alps_call_span(const struct alps_call *, struct alps_call_span);
/* Undo percent-escapes (and '+' of queries) into text; valid UTF-8 without control bytes, or BAD_NAME. */
ALPS_MUST int alps_call_text_decode(struct alps_call *, alps_slice raw, bool plus, struct alps_call_span *);
bool alps_call_escapes_whole(alps_slice raw);
/* Is ${raw}, decoded, ${plain}? */
bool alps_call_decoded_eq(alps_slice raw, alps_slice plain);
/* A field "x-amz-…" that the query carries: S3 takes those of a presigned URL for header fields.  NULL: it does not. */
const struct call_query *alps_call_hoisted(const struct call_head *, alps_slice field, bool *twice);
ALPS_MUST int alps_call_candidate_add(struct alps_call *, alps_operation_id);
/* The members of candidate ${k} get their slots; ${m} may be NULL (RPC). */
ALPS_MUST int alps_call_bind(struct call_head *, unsigned k, const struct call_match *m);
/* The same for a form, whose operation was just named: no head any more. */
ALPS_MUST int alps_call_bind_body(struct alps_call *, unsigned k, uint32_t member);
ALPS_MUST int alps_call_bind_form(struct alps_call *, unsigned k);
ALPS_MUST int alps_call_body_choose(struct alps_call *, enum alps_body_kind, alps_slice coding, alps_slice type);

/* Where the paths of one of h->service begin on this host; n = 0: as usual. */
alps_slice alps_call_front(const struct call_head *, uint16_t service);
/* call_head.c: vendor, services, region, account; 0 or a negated reason. */
ALPS_MUST int alps_call_head_place(struct call_head *, const struct alps_context *);
/* Region, account, partition and role for the resources' names.  ${partition}: text; 0: by the region. */
ALPS_MUST int alps_call_head_context(struct call_head *, const struct alps_context *, uint32_t partition);
/* Query of the request → h->query; broken escapes are BAD_TARGET. */
ALPS_MUST int alps_call_head_queries(struct call_head *);
/* The first row of a host's stem; those of the same stem follow.  NULL: none. */
const struct alps_row_host *alps_call_host_rows(const struct alps_catalog *, const char *stem, size_t n);

/* The pairs of the query; 0 or -BAD_TARGET.  Escapes of path and query are whole. */
ALPS_MUST int alps_call_head_queries(struct call_head *);

/* call_platform.c: what runtimes ask of their own machine; ${otherwise} if it is none of that. */
ALPS_MUST int alps_call_platform(struct call_head *, const struct alps_context *, int otherwise);
/* call.c: the operations that paths of h->service lead to. */
ALPS_MUST int alps_call_rest(struct call_head *);

/* call_azure.c: the same for Azure's hosts and emulators, and the operation.  ${otherwise}: the answer for other hosts. */
ALPS_MUST int alps_call_azure(struct call_head *, const struct alps_context *, int otherwise);
/* call_arm.c: its control plane, and the one access that such a call is. */
ALPS_MUST int alps_call_arm(struct call_head *);
ALPS_MUST int alps_call_arm_visit(const struct alps_call *, alps_access_fn *fn, void *ctx);

/* call_rest.c: the operation of service ${service} that path and query lead to.  1: ${m}; 0: none; or a negated
 * reason. */
ALPS_MUST int alps_call_rest_match(struct call_head *, uint16_t service, struct call_match *m);

/* The same for segments that are at hand. */
ALPS_MUST int alps_call_rest_walk(struct call_head *, uint16_t service, const struct call_segments *, struct call_match *m);

/* call_gcp.c.  ${suffix} NULL: a listed endpoint. */
ALPS_MUST int alps_call_gcp(struct call_head *, const struct alps_row_suffix *suffix);
/* At an address that other clouds have as well, in plain text: what metadata servers are asked.  ${otherwise}: it is not. */
ALPS_MUST int alps_call_gcp_address(struct call_head *, int otherwise);
bool alps_call_gcp_agrees(const struct alps_call *, alps_slice resource);

/* call_batch.c: requests in the body.  One part is a call like any other (alps_call_again, and what call.c does with the
 * body), but for a batch in a batch. */
enum call_batch { CALL_BATCH_NONE, CALL_BATCH_PARTS, CALL_BATCH_ARM };
ALPS_MUST int alps_call_batch_choose(struct call_head *, enum call_batch, alps_operation_id);
ALPS_MUST int alps_call_batch_feed(struct alps_call *, alps_slice content, alps_access_fn *fn, void *ctx);
ALPS_MUST int alps_call_batch_end(struct alps_call *, alps_access_fn *fn, void *ctx);
/* call.c: one request, whether it came by itself or in a batch. */
ALPS_MUST int alps_call_again(struct alps_call *, const struct alps_catalog *, const struct alps_request *,
                              const struct alps_context *);
ALPS_MUST int alps_call_content(struct alps_call *, alps_slice content, alps_access_fn *fn, void *ctx);
ALPS_MUST int alps_call_finish(struct alps_call *, alps_access_fn *fn, void *ctx);

/* call_multipart.c: the boundary that a multipart's type names; 1 to 70 bytes. */
ALPS_MUST int alps_call_boundary(alps_slice type, alps_slice *boundary);
/* Metadata of an upload, in front of what is uploaded. */
ALPS_MUST int alps_call_multipart_choose(struct call_head *, alps_slice type);
ALPS_MUST int alps_call_multipart_feed(struct alps_call *, alps_slice content, alps_body_fn *fn, void *ctx);

/* call_form.c */
ALPS_MUST int alps_call_form_feed(struct alps_call *, alps_slice content);
ALPS_MUST int alps_call_form_end(struct alps_call *);
ALPS_MUST int alps_call_form_field(struct alps_call *, alps_slice name, alps_slice value, bool cut);

/* call_walk.c: visit what can be visited.  ${last}: nothing more comes. */
ALPS_MUST int alps_call_visit(struct alps_call *, bool last, alps_access_fn *fn, void *ctx);
/* The elements of a form's lists. */
ALPS_MUST int alps_call_visit_elements(struct alps_call *, alps_access_fn *fn, void *ctx);
/* Can the access no longer come about?  Its condition only asks for members not to be there, and one is. */
bool alps_call_need_gone(const struct alps_call *, const struct alps_call_need *);
ALPS_MUST int alps_call_visit_group(struct alps_call *, unsigned path, bool last, alps_access_fn *fn, void *ctx);

#endif
