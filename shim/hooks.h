/* shim/hooks.h: hooks.def → replacements, and their way into every TLS library there is. */
#ifndef ALPS_SHIM_HOOKS_H
#define ALPS_SHIM_HOOKS_H

#include "core/slice.h"

enum hook_id {
#define HOOK(function, arguments, clue) HOOK_##function,
#define CALL(result, function, parameters)
#define REFUSE(function, result)
#include "shim/hooks.def"
#undef HOOK
#undef REFUSE
    HOOKS,
    REFUSED = HOOKS                     /* any of the functions of a library that the guard cannot read */
};

struct library {                        /* one implementation; there can be several in a process */
    const char *name;
    bool has[HOOKS];
#define HOOK(function, arguments, clue)
#undef CALL
#define CALL(result, function, parameters) result (*function) parameters;     /* NULL: it has none */
#define REFUSE(function, result)
#include "shim/hooks.def"
#undef HOOK
#undef CALL
#undef REFUSE
};

struct hook {                           /* one patched function; its replacement gets this as last argument */
    struct library *library;
    void *original;
    enum hook_id id;
    const char *name;                   /* refused ones: the function, and what it is to say */
    intptr_t result;
};

/* hooks.c: what is called instead of each function. */
extern void *const hook_replacement[HOOKS];
intptr_t hook_refused(struct hook *);

/* install.c: guard every TLS library that is loaded, and from now on every one that the loader brings, before its
 * first instruction runs: the loader calls an empty function, meant for debuggers, each time it has mapped objects,
 * and that one is patched too.  (An interposed dlopen would not do: it changes who the caller is, and so $ORIGIN and
 * name spaces.) */
void hooks_open(void);
/* What ${library} uses of its crypto library: found at first need. */
void hooks_clear_errors(struct library *);
/* Has the handshake verified that the server is ${name}?  False also of a session that it never asked; true where the
 * library has no names to ask by. */
bool hooks_verified(struct library *, const void *ssl, alps_slice name);

#endif
