/* core/utf8.h: is it UTF-8?  Byte by byte, no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629). */
#ifndef ALPS_UTF8_H
#define ALPS_UTF8_H

#include "core/slice.h"

struct alps_utf8 { uint8_t need, low, high; };      /* all zero: between characters */

/* The next byte.  False: it cannot stand here. */
static inline bool
alps_utf8_take(struct alps_utf8 *u, uint8_t c)
{
    if (u->need) {
        if (c < u->low || c > u->high)
            return false;
        u->low = 0x80;
        u->high = 0xbf;
        u->need--;
        return true;
    }
    if (c < 0x80)
        return true;
    if (c < 0xc2 || c > 0xf4)
        return false;
    u->need = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    u->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    u->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    return true;
}

static inline bool
alps_utf8_valid(alps_slice s)
{
    struct alps_utf8 u = { 0, 0, 0 };

    for (size_t i = 0; i < s.n; i++)
        if (!alps_utf8_take(&u, s.p[i]))
            return false;
    return u.need == 0;
}

/* A character's bytes; returns how many.  ${c} is one that has some. */
static inline size_t
alps_utf8_put(uint8_t out[4], uint32_t c)
{
    static const uint8_t first[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (uint8_t)(first[n] | c);
    return n;
}

#endif
