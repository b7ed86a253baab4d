#include "core/arena.h"

void *
alps_arena_take(struct alps_arena *a, size_t size, size_t count, size_t align)
{
    size_t pad = (size_t)(-(uintptr_t)a->at & (align - 1));
    size_t room = (size_t)(a->end - a->at);
    uint8_t *p;

    if (pad > room || (size && count > (room - pad) / size))
        return NULL;
    p = a->at + pad;
    a->at = p + size * count;
    return memset(p, 0, size * count);
}

alps_slice
alps_arena_copy(struct alps_arena *a, alps_slice s)
{
    uint8_t *p = alps_arena_take(a, 1, s.n + 1, 1);     /* one more: a C string for free, and never NULL */

    if (!p)
        return (alps_slice){ NULL, 0 };
    if (s.n)
        memcpy(p, s.p, s.n);
    return (alps_slice){ p, s.n };
}
