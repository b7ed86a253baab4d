/* shim/children.h: programs that take the process's place, or that it starts.  ALPS_CHILDREN says what becomes of them:
 *   guard    (the default) they get the guard with all its settings, whatever environment they are given; those that would
 *            not load it (static, set-user-ID, of another architecture) are refused with EACCES
 *   tell     the same, but those that would not load it are started, and told of
 *   refuse   there are none
 * Called between vfork and exec, too, on stacks of a few KB: each thread that starts programs has some room for it. */
#ifndef ALPS_SHIM_CHILDREN_H
#define ALPS_SHIM_CHILDREN_H

#include <stdbool.h>

/* What the environment says at the start is what children are told. */
void children_open(void);

/* May this program be executed?  False with errno EACCES.  As the arguments of execveat. */
bool children_may(int at, const char *path, int flags);

/* ${env} with the guard in it; this thread's until its next call.  NULL with errno. */
char *const *children_env(char *const *env);

#endif
