/* core/azure.h: names of Azure.  Actions and types are known as a tree of their segments (catalog_data.h); ARM's ids,
 * and the names in some data planes, are compared without regard to case. */
#ifndef ALPS_AZURE_H
#define ALPS_AZURE_H

#include "core/catalog.h"
#include "core/catalog_data.h"

/* The child ${word} of row ${parent} (0: the root, whose children are resource providers); 0: none. */
uint32_t alps_azure_type(const struct alps_catalog *, uint32_t parent, alps_slice word);

/* How the vendor spells it. */
const char *alps_azure_word(const struct alps_catalog *, uint32_t row);

/* The exception to the rule for a request whose path ends in a type (${list}) or in a name; NULL: none. */
const struct alps_row_arm *alps_azure_exception(const struct alps_catalog *, alps_slice type, unsigned method, bool list);

/* ${name} as the vendor spells it, as far as it is known, into ${out} (name.n bytes).  Is it a known action?
 * ${provider}: at least its resource provider is known. */
bool alps_azure_action(const struct alps_catalog *, alps_slice name, char *out, bool *provider);

enum { ALPS_AZURE_ACTION = 256 };               /* bytes of an action's name, at most */
/* Is ${word} one of those in which the names of the control plane's actions end: read, write, delete, action? */
bool alps_azure_verb(alps_slice word);

/* The first row of the hosts whose stem ${host} ends in; ${before}: bytes before the stem.  NULL: no host of Azure's. */
const struct alps_row_host *alps_azure_host(const struct alps_catalog *, alps_slice host, size_t *before);

/* Is ${resource}, or a pattern of such, compared without regard to case? */
bool alps_azure_folds(const struct alps_catalog *, alps_slice resource);

/* A URL as a header holds it → its canonical name: the host in small letters and that of the account (no "-secondary",
 * blob for dfs), the path with its escapes undone once ("%2F" stays), no query.  Length, or a negated reason. */
ALPS_MUST int alps_azure_url(alps_slice url, char *out, size_t cap);
/* The same of a path alone, without its first slash. */
ALPS_MUST int alps_azure_path(alps_slice path, char *out, size_t cap);

#endif
