/* shim/libc.h: libc's functions that the guard takes part in: replaced in libc itself, where everybody meets them however
 * they were looked up; exported as well, for a libc that cannot be patched. */
#ifndef ALPS_SHIM_LIBC_H
#define ALPS_SHIM_LIBC_H

#include "shim/find.h"

/* Find them.  Before it they find themselves at first use. */
void libc_open(void);
/* Patch those that ${o} has, if it is a libc or a part of one. */
void libc_patch(const struct find_object *);
/* In the child of a fork. */
void libc_in_child(void);

#endif
