#include "shim/deny.h"

#include <errno.h>
#include <stdatomic.h>

#include "shim/guard.h"

static struct denied {
    struct find_object object;
    atomic_uintptr_t from, to;          /* its code; to 0: not in use */
} denied[DENY_OBJECTS];
static atomic_uint n_denied;

void
deny_object(const struct find_object *o)
{
    const char *name = *o->name ? o->name : "the program";
    uintptr_t from = UINTPTR_MAX, to = 0;
    unsigned at = 0, n = atomic_load(&n_denied);

    if (!guard.observe && find_text(o, "all goroutines are asleep")) {
        guard_give_up(name, "Go's TLS", "it makes system calls of its own");
        return;
    }
    guard_say("alps: %s has TLS of a kind that cannot be guarded; %s\n", name,
              guard.observe ? "it is not observed" : "its connections are refused");
    if (guard.observe)
        return;
    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & PF_X)) {
            uintptr_t start = o->base + o->phdr[i].p_vaddr;

            from = start < from ? start : from;
            to = start + o->phdr[i].p_memsz > to ? start + o->phdr[i].p_memsz : to;
        }
    while (at < n && atomic_load(&denied[at].to))
        at++;
    if (at == DENY_OBJECTS) {
        guard_give_up(name, "TLS functions", "there are too many such objects");
        return;
    }
    denied[at].object = *o;
    atomic_store(&denied[at].from, from);
    atomic_store(&denied[at].to, to);
    if (at == n)
        atomic_store(&n_denied, n + 1);
}

void
deny_sweep(void)
{
    for (unsigned i = 0; i < atomic_load(&n_denied); i++)
        if (atomic_load(&denied[i].to) && !find_knows(&denied[i].object))
            atomic_store(&denied[i].to, 0);
}

bool
deny_may(const void *caller, const struct sockaddr *to)
{
    unsigned n = atomic_load_explicit(&n_denied, memory_order_relaxed);

    if (n == 0 || !to || (to->sa_family != AF_INET && to->sa_family != AF_INET6))
        return true;
    for (unsigned i = 0; i < n; i++)
        if ((uintptr_t)caller >= atomic_load(&denied[i].from) && (uintptr_t)caller < atomic_load(&denied[i].to)) {
            errno = EACCES;
            return false;
        }
    return true;
}
