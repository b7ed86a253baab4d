/* cli/probe.h: what the kernel allows, each tried in a child process of its own. */
#ifndef ALPS_PROBE_H
#define ALPS_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct alps_probe {
    const char *name;
    int (*attempt)(void);               /* in the child: 0, or an errno */
    bool unprivileged;                  /* as another user, who may nothing */
    const char *yes, *no;               /* what it means for ALPS */
};

extern const struct alps_probe alps_probes[];
extern const size_t alps_probe_count;

/* 0 or an errno; ECHILD: it died of a signal; ETIME: it hung. */
int alps_probe_try(const struct alps_probe *);

#endif
