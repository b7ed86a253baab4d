/* tests/support/no_alloc.h: how often memory was allocated since the program began.  To be included by one file of a
 * program: it puts itself before the C library's allocator, or hooks into the sanitizer's. */
#ifndef NO_ALLOC_H
#define NO_ALLOC_H

#include <stdlib.h>

static volatile size_t n_allocations;

#if defined(__SANITIZE_ADDRESS__)
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t), void (*on_free)(const volatile void *));

static void
count_malloc(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    n_allocations++;
}

static void
count_free(const volatile void *p)
{ (void)p; }

__attribute__((constructor)) static void
count_from_here(void)
{ __sanitizer_install_malloc_and_free_hooks(count_malloc, count_free); }
#else
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
    n_allocations++;
    return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    n_allocations++;
    return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    n_allocations++;
    return __libc_realloc(p, n);
}
#endif

#endif
