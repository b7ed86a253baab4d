/* core/decision.h: what was decided about one request, and why.  Filled by core, printed by adapters. */
#ifndef ALPS_DECISION_H
#define ALPS_DECISION_H

#include "core/catalog.h"
#include "core/reason.h"

struct alps_policy;

enum alps_verdict { ALPS_DENY, ALPS_ALLOW, ALPS_MORE };     /* zeroed memory denies */

enum { ALPS_DECISION_ACCESSES = 16, ALPS_DECISION_TEXT = 4096 };

struct alps_decision {
    uint8_t verdict, vendor, protocol;
    bool head;                              /* method HEAD: an answer has no body */
    uint16_t reason;
    uint16_t n_accesses;                    /* kept here, */
    uint32_t more_accesses;                 /* and that many more that found no room */
    uint16_t observed;                      /* what it would have been refused for, if reason is OBSERVED */
    uint16_t failed;                        /* index of the access that no rule covers, if reason is NOT_LISTED */
    alps_operation_id operation;            /* 0: not understood */
    char name[256];                         /* the operation's own name, where no table has one; else "" */
    const char *platform;                   /* "aws-sts-get-caller-identity"; NULL: no platform call.  Static. */
    const struct alps_policy *policy;       /* by which it was decided; NULL: by none */
    uint32_t rule;                          /* the rule that covered the last access; UINT32_MAX: none */
    struct { alps_action_id action; uint16_t at, n; } access[ALPS_DECISION_ACCESSES];     /* resource: text[at], n bytes */
    uint16_t n_text;
    char host[256];                         /* as decided upon, NUL-terminated */
    char text[ALPS_DECISION_TEXT];
};

/* Start over: nothing decided, hence DENY and NOT_LISTED, about ${host}. */
void alps_decision_init(struct alps_decision *, alps_slice host);
/* One access more, in the order visited.  One that ${fails} is kept even where there is no room: it takes the place
 * of others, which are then counted in more_accesses. */
void alps_decision_add(struct alps_decision *, const struct alps_access *, bool fails);
/* The resource of access ${i}; ALPS_MARK_UNKNOWN is still in it. */
alps_slice alps_decision_resource(const struct alps_decision *, unsigned i);
/* Its action, in ${room} or in the decision. */
const char *alps_decision_action(const struct alps_decision *, const struct alps_catalog *, unsigned i,
                                 struct alps_room *room);

#endif
