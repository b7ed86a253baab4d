/* shim/guard.h: what the constructor learnt, and everybody else reads.  Nothing in it but the policy changes afterwards. */
#ifndef ALPS_SHIM_GUARD_H
#define ALPS_SHIM_GUARD_H

#include <stdatomic.h>

#include "core/policy.h"

struct guard {
    _Atomic(const struct alps_policy *) policy;     /* NULL: there is no usable allowlist, and everything is refused.  Exchanged
                                         * when the allowlist is read again (reload.h); what it was stays readable. */
    bool observe;                       /* judge and tell, but let everything pass */
    bool any_peer;                      /* do not look at who is at the other end */
    const char *file;                   /* the allowlist, for messages; "" if it came in the environment */
    const char *function;
};
extern struct guard guard;

/* One line on standard error; never blocks for long, never allocates. */
void guard_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* write(2) that raises no SIGPIPE: a reader that went away must not end the program.  False with errno, or if it was short. */
bool guard_write(int fd, const void *p, size_t n);

/* A TLS library that cannot be guarded: in enforce mode the program ends here (status 126), because what it would send
 * could not be judged. */
void guard_give_up(const char *object, const char *function, const char *why);

#endif
