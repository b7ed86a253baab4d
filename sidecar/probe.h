/* sidecar/probe.h: what this kernel lets us do, each feature by trying it and undoing it; version numbers are not
 * looked at, because they lie. */
#ifndef ALPS_PROBE_H
#define ALPS_PROBE_H

#include "sidecar/cgroup.h"

enum { ALPS_FEATURES = 16 };

struct alps_feature {
    const char *name;                   /* "cgroup/connect4".  Static. */
    const char *use;                    /* what it is for.  Static. */
    bool works;
    char why[ALPS_WHY];                 /* if it does not */
};

/* Tries all of them, in the order of dependence; returns how many ${out} holds.  Makes a cgroup and removes it; nothing
 * stays attached.  The last one, "egress", is the programs of `alps-sidecar egress` as a whole. */
unsigned alps_probe(struct alps_feature out[ALPS_FEATURES]);

#endif
