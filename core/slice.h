/* core/slice.h: borrowed bytes.  A slice owns nothing and dies with the buffer under it. */
#ifndef ALPS_SLICE_H
#define ALPS_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ALPS_MUST __attribute__((warn_unused_result))

typedef struct { const uint8_t *p; size_t n; } alps_slice;

#define ALPS_S(lit) ((alps_slice){ (const uint8_t *)(lit), sizeof(lit) - 1 })

static inline alps_slice
alps_slice_of(const char *s)
{ return (alps_slice){ (const uint8_t *)s, s ? strlen(s) : 0 }; }

static inline alps_slice
alps_slice_sub(alps_slice s, size_t from, size_t to)
{ return (alps_slice){ s.p + from, to - from }; }

static inline bool
alps_slice_eq(alps_slice a, alps_slice b)
{ return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }

static inline bool
alps_slice_starts(alps_slice s, alps_slice head)
{ return s.n >= head.n && (head.n == 0 || memcmp(s.p, head.p, head.n) == 0); }

static inline bool
alps_slice_ends(alps_slice s, alps_slice tail)
{ return s.n >= tail.n && (tail.n == 0 || memcmp(s.p + s.n - tail.n, tail.p, tail.n) == 0); }

static inline uint8_t
alps_lower(uint8_t c)
{ return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

/* ASCII case is ignored: header names, host names. */
static inline bool
alps_slice_ieq(alps_slice a, alps_slice b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (alps_lower(a.p[i]) != alps_lower(b.p[i]))
            return false;
    return true;
}

/* Split ${s} at the first ${at}.  False if there is none: ${head} is then all of ${s}, ${tail} empty. */
static inline bool
alps_slice_cut(alps_slice s, uint8_t at, alps_slice *head, alps_slice *tail)
{
    const uint8_t *p = s.n ? memchr(s.p, at, s.n) : NULL;
    size_t i = p ? (size_t)(p - s.p) : s.n;

    *head = (alps_slice){ s.p, i };
    *tail = p ? (alps_slice){ p + 1, s.n - i - 1 } : (alps_slice){ s.n ? s.p + s.n : s.p, 0 };
    return p != NULL;
}

/* The same from the right: ${tail} holds no ${at}.  False if there is none: ${tail} is then all. */
static inline bool
alps_slice_rcut(alps_slice s, uint8_t at, alps_slice *head, alps_slice *tail)
{
    size_t i = s.n;

    while (i > 0 && s.p[i - 1] != at)
        i--;
    *tail = (alps_slice){ i ? s.p + i : s.p, s.n - i };         /* no offset to a NULL */
    *head = (alps_slice){ s.p, i ? i - 1 : 0 };
    return i > 0;
}

#endif
