/* sidecar/kernel.h: the kernel's half of the sidecar: programs of bpf/egress.bpf.c, opened, loaded, attached to a
 * cgroup; the map of flows; the ring of events.
 *
 * The programs are attached to the cgroup itself and not by links of this process, so a sidecar that is killed leaves
 * them in force: nothing opens by its death.  The next sidecar of the same cgroup puts its own in their place. */
#ifndef ALPS_SIDECAR_KERNEL_H
#define ALPS_SIDECAR_KERNEL_H

#include "core/kernel.h"
#include "sidecar/cgroup.h"

struct alps_kernel;

/* Loads the programs with ${egress} in their read-only data and an empty map.  NULL with a sentence in ${why} (ALPS_WHY
 * bytes) if the kernel does not take them. */
struct alps_kernel *alps_kernel_new(const struct alps_egress *egress, char *why);

/* ${flow} may leave from now on.  0, or -1 with errno (E2BIG: ALPS_FLOWS are in). */
ALPS_MUST int alps_kernel_allow(struct alps_kernel *, const struct alps_flow *flow);

/* All of the programs, or none and -1 with a sentence in ${why}.  One sidecar for each cgroup: the directory is locked
 * (flock) as long as this process has it open. */
ALPS_MUST int alps_kernel_attach(struct alps_kernel *, const struct alps_cgroup *, char *why);

/* Readable when events wait. */
int alps_kernel_fd(const struct alps_kernel *);

/* Hands every waiting event to ${fn}.  0, or -1 with errno. */
typedef void alps_event_fn(void *ctx, const struct alps_event *);
int alps_kernel_drain(struct alps_kernel *, alps_event_fn *fn, void *ctx);

/* Events that the ring had no room for, so far. */
uint64_t alps_kernel_lost(const struct alps_kernel *);

/* Takes the programs off again; 0 if they are off, else -1 with errno. */
int alps_kernel_detach(struct alps_kernel *);

/* NULL is fine.  Does not detach. */
void alps_kernel_free(struct alps_kernel *);

#endif
