/* shim/reload.h: the allowlist: read at the start, and again when it has changed; but only if this program could not have
 * changed it (trust.h), and with the environment that was there at the start.  A new policy takes the place of the old one
 * in one step, in a mapping of its own; calls that are being judged go on by the one they began with, so old ones stay. */
#ifndef ALPS_SHIM_RELOAD_H
#define ALPS_SHIM_RELOAD_H

#include <stdint.h>

enum { RELOAD_EVERY_MS = 1000, RELOAD_MOST = 1024 };

/* ${where}: a path, or the allowlist itself; it stays.  Sets guard.policy, guard.file and perhaps guard.function. */
void reload_open(const char *where);

/* Called before a request is judged, at ${now} (CLOCK_MONOTONIC): looks at the file at most once in RELOAD_EVERY_MS, by whichever
 * thread comes first; never waits for another one. */
void reload_check(uint64_t now_ns);

/* In the child of a fork: a thread that was reading does not exist here. */
void reload_in_child(void);

#endif
