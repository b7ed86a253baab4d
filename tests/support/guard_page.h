/* tests/support/guard_page.h: a copy of some bytes whose last byte lies right before an unmapped page, so that one
 * byte read too far is a crash. */
#ifndef GUARD_PAGE_H
#define GUARD_PAGE_H

#include <string.h>
#include <sys/mman.h>

#include "core/slice.h"

struct guard_page { alps_slice s; void *map; size_t size; };

static inline struct guard_page
guard_page(const void *p, size_t n)
{
    size_t size = (n + 4095) / 4096 * 4096 + 4096;
    uint8_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *at;

    if (map == MAP_FAILED || mprotect(map + size - 4096, 4096, PROT_NONE) != 0)
        __builtin_trap();
    at = map + size - 4096 - n;
    if (n)
        memcpy(at, p, n);
    return (struct guard_page){ { at, n }, map, size };
}

static inline struct guard_page
guard_page_text(const char *text)
{ return guard_page(text, strlen(text)); }

static inline void
guard_page_free(struct guard_page *g)
{ munmap(g->map, g->size); }

#endif
