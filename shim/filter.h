/* shim/filter.h: system calls that a function has no use for and that lead round the guard, refused by the kernel
 * (seccomp), for this process and all that come of it.  ALPS_SECCOMP=off leaves it out. */
#ifndef ALPS_SHIM_FILTER_H
#define ALPS_SHIM_FILTER_H

void filter_open(void);

#endif
