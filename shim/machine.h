/* shim/machine.h: code that refers to data, and jumps, as find.c and boring.c look for them in libraries without names. */
#ifndef ALPS_SHIM_MACHINE_H
#define ALPS_SHIM_MACHINE_H

#include "core/slice.h"

#ifdef __x86_64__
enum { MACHINE_STEP = 1, MACHINE_LOAD = 7 };    /* where instructions may begin; bytes of one that loads an address */

/* Does the instruction at ${p} load an address?  Then it is *${to}.  [${from}, ${p} + MACHINE_LOAD) can be read. */
static inline bool
machine_loads(const uint8_t *from, const uint8_t *p, uintptr_t *to)
{
    int32_t d;

    (void)from;
    if ((p[0] & 0xf8) != 0x48 || p[1] != 0x8d || (p[2] & 0xc7) != 0x05)        /* lea reg, [rip + d] */
        return false;
    memcpy(&d, p + 3, sizeof d);
    *to = (uintptr_t)(p + 7) + (uintptr_t)(intptr_t)d;
    return true;
}

/* Does the instruction at ${p} load the address ${to}?  In programs at a fixed place addresses are constants, too. */
static inline bool
machine_refers(const uint8_t *from, const uint8_t *p, uintptr_t to)
{
    uint32_t v, target = (uint32_t)to;

    (void)from;
    memcpy(&v, p + 3, sizeof v);
    if (v == target - (uint32_t)((uintptr_t)p + 7) && p[1] == 0x8d && (p[2] & 0xc7) == 0x05)
        return true;
    return v == target && to == target && (p[2] & 0xf8) == 0xb8;                /* mov reg, constant */
}

/* Is it a jump, conditional or not, of the kind that leaves a function?  Then it goes to *${to}. */
static inline bool
machine_jumps(const uint8_t *p, const uint8_t **to)
{
    bool wide = p[0] == 0x0f && (p[1] & 0xf0) == 0x80;
    int32_t d;

    if (!wide && p[0] != 0xe9)
        return false;
    memcpy(&d, p + 1 + wide, sizeof d);
    *to = p + 5 + wide + d;
    return true;
}
#else
enum { MACHINE_STEP = 4, MACHINE_LOAD = 4, MACHINE_APART = 16 };   /* instructions between the halves of an address */

/* adr, or the add that completes an adrp before it. */
static inline bool
machine_loads(const uint8_t *from, const uint8_t *p, uintptr_t *to)
{
    uint32_t w, v;

    memcpy(&w, p, sizeof w);
    if ((w & 0x9f000000) == 0x10000000) {
        *to = (uintptr_t)p + (uintptr_t)(((intptr_t)(int32_t)(w << 8) >> 13) * 4) + (w >> 29 & 3);
        return true;
    }
    if ((w & 0xffc00000) != 0x91000000)
        return false;
    for (unsigned i = 1; i <= MACHINE_APART && p >= from + i * MACHINE_STEP; i++) {
        const uint8_t *q = p - i * MACHINE_STEP;

        memcpy(&v, q, sizeof v);
        if ((v & 0x9f000000) != 0x90000000 || (v & 31) != (w >> 5 & 31))
            continue;
        *to = ((uintptr_t)q & ~(uintptr_t)0xfff) +
            ((uintptr_t)(((intptr_t)(int32_t)(v << 8) >> 13) * 4 + (intptr_t)(v >> 29 & 3)) << 12) + (w >> 10 & 0xfff);
        return true;
    }
    return false;
}

static inline bool
machine_refers(const uint8_t *from, const uint8_t *p, uintptr_t to)
{
    uintptr_t is;
    uint32_t w;

    memcpy(&w, p, sizeof w);
    if ((w & 0xffc00000) == 0x91000000 && (w >> 10 & 0xfff) != (to & 0xfff))
        return false;                   /* most of them */
    return machine_loads(from, p, &is) && is == to;
}

static inline bool
machine_jumps(const uint8_t *p, const uint8_t **to)
{
    uint32_t w;

    memcpy(&w, p, sizeof w);
    if ((w & 0xfc000000) == 0x14000000)
        *to = p + ((intptr_t)(int32_t)(w << 6) >> 6) * 4;
    else if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000)
        *to = p + ((intptr_t)(int32_t)(w << 8) >> 13) * 4;
    else
        return false;
    return true;
}
#endif
#endif
