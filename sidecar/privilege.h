/* sidecar/privilege.h: to hold no more privilege than the work at hand needs. */
#ifndef ALPS_PRIVILEGE_H
#define ALPS_PRIVILEGE_H

#include <sys/types.h>

#include "core/slice.h"

/* From here on this process has, of what it has now, only what taking the programs off and passing signals on need
 * (CAP_BPF, CAP_NET_ADMIN, CAP_KILL; ${remove}: and CAP_DAC_OVERRIDE, because a hierarchy's root, in which our cgroup
 * may lie, is not writable even to its owner), and can gain nothing.  0, or -1 with errno. */
ALPS_MUST int alps_privilege_keep_detach(bool remove);

struct alps_user { uid_t uid; gid_t gid; bool set; };

/* "65534", "65534:65534", "nobody": numbers or a name of the user database; the group is the user's own if not given
 * (of a number without an entry: the same number).  False if it is none of these. */
ALPS_MUST bool alps_user_parse(const char *text, struct alps_user *out);

/* For the program that is held, before exec: becomes ${user} without any capability or, if none is set, stays who it is
 * with the capabilities of a container but no network administration, raw sockets, BPF, tracing or mounting.  It gains
 * nothing by exec.  0, or -1 with errno. */
ALPS_MUST int alps_privilege_command(const struct alps_user *user);

#endif
