/* shim/trust.h: could this program have written a file?  A function must not be able to widen its own allowlist. */
#ifndef ALPS_SHIM_TRUST_H
#define ALPS_SHIM_TRUST_H

#include <stddef.h>

/* Open ${path} (absolute) for reading, if nothing on the way to it, and not the file itself, could have been changed by this
 * process, now or by rights that it can still take: owner, modes, access control lists, groups.  With rights over other users'
 * files (root in a container) only what lies on a read-only mount is taken, and with the right to mount nothing is.
 * −1: ${why} says what is wrong with ${where} (of ${cap} bytes); or errno does, and ${why} is NULL. */
int trust_open(const char *path, const char **why, char *where, size_t cap);

/* Number of the mount that ${fd} lies on; −1: nobody knows. */
long trust_mount(int fd);

#endif
