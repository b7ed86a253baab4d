/* sidecar/cgroup.h: the control group (version 2) whose processes are held to their flows. */
#ifndef ALPS_CGROUP_H
#define ALPS_CGROUP_H

#include "core/slice.h"

enum { ALPS_CGROUP_NAME = 256, ALPS_WHY = 256 };

struct alps_cgroup {
    int fd;                             /* its directory */
    int parent;                         /* of the directory that we made; -1 if it was there before */
    char leaf[ALPS_CGROUP_NAME];        /* its name in ${parent} */
};

/* The root of the hierarchy as a directory: where it is mounted or, if nowhere, a mount that no path leads to (needs
 * CAP_SYS_ADMIN).  Returns a descriptor, or -1 with a sentence in ${why} (ALPS_WHY bytes). */
ALPS_MUST int alps_cgroup_root(char *why);

/* ${dir}: a cgroup's directory, made if it is missing (its parent is not); NULL: a new child of the cgroup that we are
 * in.  0, or -1 with a sentence in ${why}. */
ALPS_MUST int alps_cgroup_open(struct alps_cgroup *, const char *dir, char *why);

/* The calling process moves in.  Only sockets made from then on belong to it.  0, or -1 with errno. */
ALPS_MUST int alps_cgroup_enter(const struct alps_cgroup *);

/* Is no process in it (sub-groups do not count)? */
bool alps_cgroup_empty(const struct alps_cgroup *);

/* Every process in it is killed and has ended (5 s are granted).  0, or -1 with errno. */
int alps_cgroup_kill(const struct alps_cgroup *);

/* Closes it; removes it if we made it.  0, or -1 with errno if it stays. */
int alps_cgroup_close(struct alps_cgroup *);

#endif
