/* shim/patch.h: the inline patch; alone in knowing machine code.
 * A patched function begins with a jump to a thunk, which hands the call to our replacement with one argument more, the
 * ${context}; a trampoline (the instructions that had to make room, and a jump back) still is the old function. */
#ifndef ALPS_SHIM_PATCH_H
#define ALPS_SHIM_PATCH_H

#include "core/slice.h"

enum { PATCH_SITES = 48 };              /* functions of one batch */

struct patch_site {
    uint8_t *at;                        /* first instruction of the function */
    size_t size;                        /* of the function, 0: unknown; nothing behind it is touched but padding */
    unsigned n_args;                    /* integer arguments it takes, at most 5; 6: any number, and no ${context} */
    void *replacement;                  /* called with those and ${context}; NULL: not patched (an empty entry) */
    void *context;
    bool ran;                           /* it has been executed: an emulator that has translated it has to notice */
    void *original;                     /* set by patch_apply: call this for the old behaviour */
};

/* Patch all ${n} sites (at most PATCH_SITES, which lie within 1 GB of each other, on arm64 64 MB), or none.  NULL, or what is wrong,
 * with ${failed} the site.  Text is never writable and executable at once; thunks end up read-only and sealed where
 * the kernel seals; sealing the text is left to the caller.  Not for functions that another thread may be executing
 * right now. */
const char *patch_apply(struct patch_site *site, unsigned n, unsigned *failed);

/* For a function that is too short to be patched and has no room behind it: who calls it directly in ${text}, the code of
 * its object, calls the replacement instead, which gets the context alone.  NULL, or what is wrong. */
const char *patch_calls(struct patch_site *, alps_slice text);

/* How many arguments the function at ${at} reads: 5 if it reads the fifth before it is set, else 4.  Tells the
 * members of a family apart when a library has no names. */
unsigned patch_args(const uint8_t *at, size_t size);

/* From now on ${n} bytes (at most PATCH_WATCHED) at ${at} are to stay as they are; patched places are watched already. */
enum { PATCH_WATCHED = 16 };
void patch_watch(const void *at, size_t n);
/* A watched place that is not as it was, or NULL; NULL also while objects are being unloaded. */
const void *patch_undone(void);
/* Objects are about to be unloaded; it is over, and those places are still there for which ${holds} is true. */
void patch_unload(void);
void patch_unloaded(bool (*holds)(const void *at));

/* Make the pages around [at, at + n) unchangeable for good; where the kernel cannot, nothing happens.  Best done
 * with a whole mapping: to seal a part of one splits it (V8 then copies its built-in code, 1.6 MB, instead of
 * mapping it again). */
void patch_seal(void *at, size_t n);

#endif
