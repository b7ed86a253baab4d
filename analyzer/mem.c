/* analyzer/mem.c: chunks of memory and a hash table of names. */
#include "analyzer/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 256 * 1024, ALIGN = 16, BUCKETS = 4096 };

struct chunk { struct chunk *next; size_t used, cap; };
struct name { struct name *next; size_t n; uint32_t hash; char text[]; };
struct alps_mem { struct chunk *chunk; const struct alps_mem *above; struct name *bucket[BUCKETS]; };

struct alps_mem *
alps_mem_new(void)
{
    struct alps_mem *m = calloc(1, sizeof *m);

    if (!m)
        abort();
    return m;
}

struct alps_mem *
alps_mem_new_below(const struct alps_mem *above)
{
    struct alps_mem *m = alps_mem_new();

    m->above = above;
    return m;
}

void
alps_mem_free(struct alps_mem *m)
{
    if (!m)
        return;
    for (struct chunk *c = m->chunk, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(m);
}

static size_t
rounded(size_t n)
{
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *
alps_mem_take(struct alps_mem *m, size_t n)
{
    size_t head = rounded(sizeof(struct chunk));
    struct chunk *c = m->chunk;
    void *p;

    n = rounded(n ? n : 1);
    if (!c || c->cap - c->used < n) {
        size_t cap = n > CHUNK ? n : CHUNK;

        c = malloc(head + cap);
        if (!c)
            abort();
        *c = (struct chunk){ .next = m->chunk, .cap = cap };
        m->chunk = c;
    }
    p = (char *)c + head + c->used;
    c->used += n;
    return memset(p, 0, n);
}

char *
alps_mem_text(struct alps_mem *m, const char *p, size_t n)
{
    char *copy = alps_mem_take(m, n + 1);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

static const struct name *
name_find(const struct alps_mem *m, uint32_t hash, const char *p, size_t n)
{
    for (const struct name *at = m->bucket[hash % BUCKETS]; at; at = at->next)
        if (at->hash == hash && at->n == n && (n == 0 || memcmp(at->text, p, n) == 0))
            return at;
    return NULL;
}

const char *
alps_mem_name(struct alps_mem *m, const char *p, size_t n)
{
    uint32_t hash = 2166136261u;
    struct name **at, *new;
    const struct name *known;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)p[i]) * 16777619u;
    for (const struct alps_mem *up = m->above; up; up = up->above)
        if ((known = name_find(up, hash, p, n)) != NULL)
            return known->text;
    if ((known = name_find(m, hash, p, n)) != NULL)
        return known->text;
    at = &m->bucket[hash % BUCKETS];
    new = alps_mem_take(m, sizeof *new + n + 1);
    new->n = n;
    new->hash = hash;
    if (n)
        memcpy(new->text, p, n);
    new->next = *at;
    *at = new;
    return new->text;
}

int
alps_mem_text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *
alps_mem_print(struct alps_mem *m, const char *format, ...)
{
    va_list args, again;
    char few[1], *p;
    int n;

    if (!format)                            /* never; but the sanitized build thinks of it */
        abort();
    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(few, sizeof few, format, args);
    va_end(args);
    if (n < 0)
        n = 0;
    p = alps_mem_take(m, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

void *
alps_mem_grow(struct alps_mem *m, void *array, size_t n, size_t size)
{
    void *bigger;

    if (n && (n & (n - 1)) != 0)            /* capacities are powers of two: full only when n is one */
        return array;
    bigger = alps_mem_take(m, (n ? n * 2 : 1) * size);
    if (n)
        memcpy(bigger, array, n * size);
    return bigger;
}
