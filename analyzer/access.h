/* analyzer/access.h: the catalogue's templates filled from values: one call's parameters → its accesses. */
#ifndef ALPS_ACCESS_H
#define ALPS_ACCESS_H

#include "analyzer/calls.h"

/* The accesses of ${operation} with these parameters, each way that the values allow, at the wanted level. */
struct alps_access_found *alps_access_find(struct alps_flow *, alps_operation_id, struct alps_value *params);
/* Under which name an allowlist has this action of a service: "dynamodb" (an IAM prefix), "Microsoft.Storage" (a resource
 * provider), both said by the action; Google's actions do not say it, there it is the service's own. */
const char *alps_access_service(struct alps_mem *, const char *service, const char *action);
/* A text with its marks, as the allowlist writes it: "*", "${env:NAME|default}". */
const char *alps_access_text(struct alps_mem *, const struct alps_value *);

/* What names a resource, for people; and where that comes from (INTERFACE.md, "rooted"). */
const char *alps_access_evidence(struct alps_flow *, const struct alps_value *);
const char *alps_access_rooted(const struct alps_value *);

#endif
