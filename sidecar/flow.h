/* sidecar/flow.h: flows and events of the kernel's programs, as people and logs write them. */
#ifndef ALPS_FLOW_H
#define ALPS_FLOW_H

#include "core/kernel.h"
#include "core/slice.h"

enum { ALPS_FLOW_TEXT = 64, ALPS_EVENT_JSON = 1024 };

/* "10.0.0.1:443", "[2001:db8::1]:443/tcp", "127.0.0.1:53/udp" (TCP if nothing is said; addresses, no names; port 1 to
 * 65535).  False if it is not one. */
ALPS_MUST bool alps_flow_parse(const char *text, struct alps_flow *out);

/* "10.0.0.1" or "2001:db8::1", as alps_flow keeps it. */
ALPS_MUST bool alps_flow_address(const char *text, uint8_t addr[16]);

/* The name servers of a resolv.conf(5) join those of ${egress}; what finds no room is left out.  Returns how many
 * joined, or -1 if ${path} cannot be read (errno tells). */
int alps_flow_resolvers(struct alps_egress *egress, const char *path);

/* "10.0.0.1:443", "[2001:db8::1]:443" into ${out} of ALPS_FLOW_TEXT bytes. */
void alps_flow_print(const struct alps_flow *, char *out);

/* One line of JSON in the words of the audit log.  ${at_us}: microseconds since 1970 UTC.  ${function} may be NULL.
 * Returns its length (at most ${cap} ≥ ALPS_EVENT_JSON). */
size_t alps_event_json(const struct alps_event *, int64_t at_us, const char *function, char *out, size_t cap);

#endif
