/* analyzer/roles.h: what the vendors' own lists say of permissions and roles: tables/gcp-*.tsv, azure-data-actions.tsv. */
#ifndef ALPS_ROLES_H
#define ALPS_ROLES_H

#include "analyzer/mem.h"

/* Where a resource of Google Cloud takes a binding, and how conditions call its type: gcp-bindings.tsv. */
struct alps_gcp_binding { const char *resource, *at, *type; };
unsigned alps_roles_bindings(struct alps_mem *, const struct alps_gcp_binding **);

/* Is it a permission that a role may hold? */
bool alps_roles_gcp_permission(const char *action);
/* The predefined role of the fewest permissions that holds all of these; ${excess} tells what else it holds.  NULL: none
 * that is narrow. */
const char *alps_roles_gcp_narrowest(struct alps_mem *, const char *const *permission, unsigned n, const char **excess);

/* Does Azure check this action, asked for at a data plane, as a data action? */
bool alps_roles_azure_data(const char *action);

#endif
