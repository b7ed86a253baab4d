/* analyzer/wire.h: a call as the request that its SDK sends, with the values that the source gives; core says what it
 * means.  So the analyzer and the enforcement cannot disagree about operation, action or resource of Google's and
 * Azure's calls.
 * A request is written as the tables write it:
 *
 *     [actions] VERB host/path?query h:name=value | body
 *     [actions] package.Service/Method 1.1={member}
 *     !Service.Operation action https://{url@suffix}/{entity}      what is spoken is no HTTP: the access itself
 *
 * A "~" in front: the platform asks, not the code (implied).
 *
 * "{bucket}" is the member's value, its slashes escaped; "{+name}" keeps them; "{database=(default)}" stands for itself
 * when there is no such member; "{url@blob.core.windows.net}" is a host: of a URL, or of an account's name.  An action
 * list in front names those that this call needs of all that its request may need: the rest is in the allowlist only. */
#ifndef ALPS_WIRE_H
#define ALPS_WIRE_H

#include "analyzer/calls.h"

/* Record what ${request} does with ${members}.  False: core does not know such a request. */
bool alps_wire_send(struct alps_flow *, const char *request, const struct alps_object *members, const struct alps_node *at);

/* Every text that a template with the members' values can be: "projects/{project}/topics/{topic}". */
struct alps_value *alps_wire_text(struct alps_flow *, const char *template, size_t n, const struct alps_object *members);

#endif
