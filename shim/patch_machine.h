/* shim/patch_machine.h: what patch.c leaves to patch_x86.c and patch_arm64.c: how far a jump reaches, and what goes over
 * the beginning of a function. */
#ifndef ALPS_SHIM_PATCH_MACHINE_H
#define ALPS_SHIM_PATCH_MACHINE_H

#include "shim/patch.h"

enum {
    PATCH_THUNK = 32,                   /* bytes that hand a call to the replacement */
    PATCH_CELL = PATCH_THUNK + 96       /* and the trampoline: displaced instructions, perhaps longer, and a jump back */
};

#ifdef __x86_64__
#define PATCH_REACH 0x70000000ul        /* of a short jump, less what a batch is wide */
#define PATCH_FAR true                  /* there are jumps without limit, too */
#else
#define PATCH_REACH 0x06000000ul
#define PATCH_FAR false
#endif

struct plan {                           /* what will be written over the beginning of a function */
    uint8_t *at;
    unsigned n;
    uint8_t bytes[32];
};

/* Does the machine's short jump reach from ${from} to ${to}? */
bool patch_near(const void *from, const void *to);
/* Fill ${cell} for ${s}, and say in ${plan} what goes over its beginning.  NULL, or what is wrong. */
const char *patch_plan(struct patch_site *, uint8_t *cell, struct plan *);
/* The next direct call of ${s}'s function in ${text}, from *${at} on; it is to go to the thunk in ${cell}.  False: there is
 * none. */
bool patch_plan_call(const struct patch_site *s, alps_slice text, size_t *at, uint8_t *cell, struct plan *);

#endif
