/* patch_machine.h for arm64: instructions are four bytes, so one of them makes room for a jump; a branch reaches 128 MB.
 * Encodings: Arm Architecture Reference Manual, DDI 0487, chapter C4.  A pointer-authenticating or landing-pad first
 * instruction stays true: calls through pointers may only land there (BTI), and a return address may only be signed once. */
#if defined __aarch64__ || defined ALPS_TEST_ARM64
#include "shim/patch_machine.h"

enum { WORD = 4, FIFTH = 4, SCRATCH = 16, UNUSED = 15 };
#define BTI_C   0xd503245fu
#define BTI_JC  0xd50324dfu
#define PACIASP 0xd503233fu
#define PACIBSP 0xd503237fu

struct output { uint8_t *at, *end; };

static uint32_t
word_at(const uint8_t *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

static void
put(struct output *o, uint32_t w)
{
    if (o->at + WORD <= o->end)
        memcpy(o->at, &w, sizeof w);
    o->at += WORD;
}

/* Bits [low, low + n) of ${w}, as a signed number. */
static int64_t
field(uint32_t w, unsigned low, unsigned n)
{
    return (int64_t)((uint64_t)w << (64 - low - n)) >> (64 - n);
}

static int64_t
distance(const uint8_t *from, uint64_t to)
{
    return (int64_t)(to - (uint64_t)(uintptr_t)from);
}

bool
patch_near(const void *from, const void *to)
{
    int64_t d = distance(from, (uint64_t)(uintptr_t)to);

    return d > -0x7ff0000 && d < 0x7ff0000;
}

static bool
put_branch(struct output *o, uint32_t opcode, uint64_t to)
{
    int64_t d = distance(o->at, to);

    if (d < -0x8000000 || d >= 0x8000000 || d % WORD)
        return false;
    put(o, opcode | ((uint32_t)(d / WORD) & 0x3ffffff));
    return true;
}

/* ldr x${reg}, the eight bytes that are put behind it, which are jumped over. */
static void
put_address(struct output *o, unsigned reg, uint64_t value)
{
    put(o, 0x58000000 | 2 << 5 | reg);          /* ldr x, +8 */
    put(o, 0x14000000 | 3);                     /* b +12 */
    put(o, (uint32_t)value);
    put(o, (uint32_t)(value >> 32));
}

/* A branch that depends on something reaches 1 MB or 32 KB: it goes round a branch that reaches further. */
static bool
put_conditional(struct output *o, uint32_t w, unsigned low, unsigned n, uint64_t to)
{
    uint32_t mask = ((1u << n) - 1) << low;

    put(o, (w & ~mask) | 2u << low);            /* taken: to the third one */
    put(o, 0x14000000 | 2);                     /* not taken: behind it */
    return put_branch(o, 0x14000000, to);
}

/* The instruction at ${from}, made to mean the same where ${o} is.  False: that is beyond us. */
static bool
relocate(const uint8_t *from, struct output *o)
{
    uint32_t w = word_at(from);
    uint64_t pc = (uint64_t)(uintptr_t)from;

    if ((w & 0x7c000000) == 0x14000000)         /* b, bl */
        return put_branch(o, w & 0xfc000000, pc + (uint64_t)(field(w, 0, 26) * WORD));
    if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000)      /* b.cond, bc.cond; cbz, cbnz */
        return put_conditional(o, w, 5, 19, pc + (uint64_t)(field(w, 5, 19) * WORD));
    if ((w & 0x7e000000) == 0x36000000)         /* tbz, tbnz */
        return put_conditional(o, w, 5, 14, pc + (uint64_t)(field(w, 5, 14) * WORD));
    if ((w & 0x1f000000) == 0x10000000) {       /* adr, adrp */
        uint64_t d = (uint64_t)(field(w, 5, 19) * 4) | (w >> 29 & 3);

        put_address(o, w & 31, w >> 31 ? (pc & ~0xfffull) + (d << 12) : pc + d);
        return (w & 31) != 31;
    }
    if ((w & 0x3b000000) == 0x18000000) {       /* load from a place relative to here: general registers are done */
        if ((w & 0xbf000000) != 0x18000000 || (w & 31) == 31)
            return false;
        put_address(o, w & 31, pc + (uint64_t)(field(w, 5, 19) * WORD));
        put(o, (w >> 30 ? 0xf9400000 : 0xb9400000) | (w & 31) << 5 | (w & 31));
        return true;
    }
    put(o, w);
    return true;
}

/* ret, br, b: what follows is not reached from here. */
static bool
ends_flow(uint32_t w)
{
    return (w & 0xfffffc1f) == 0xd65f0000 || (w & 0xfffffc1f) == 0xd61f0000 || (w & 0xfc000000) == 0x14000000 ||
        w == 0xd65f0bff || w == 0xd65f0fff;     /* retaa, retab */
}

static bool
jumps_to(const struct patch_site *s, const uint8_t *to)
{
    for (size_t i = 0; i + WORD <= s->size; i += WORD) {
        const uint8_t *p = s->at + i;
        uint32_t w = word_at(p);
        int64_t d = 0;

        if ((w & 0xfc000000) == 0x14000000)
            d = field(w, 0, 26);
        else if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000)
            d = field(w, 5, 19);
        else if ((w & 0x7e000000) == 0x36000000)
            d = field(w, 5, 14);
        if (d && p + d * WORD == to)
            return true;
    }
    return false;
}

/* The context goes into the register after the last argument, the replacement into one that calls may use. */
static void
put_thunk(const struct patch_site *s, uint8_t *cell)
{
    struct output o = { cell, cell + PATCH_THUNK };

    put(&o, BTI_C);
    put(&o, 0x58000000 | 3 << 5 | (s->n_args <= 5 ? s->n_args : UNUSED));      /* ldr x, +12 */
    put(&o, 0x58000000 | 4 << 5 | SCRATCH);     /* ldr x16, +16 */
    put(&o, 0xd61f0000 | SCRATCH << 5);         /* br x16 */
    memcpy(o.at, &s->context, sizeof s->context);
    memcpy(o.at + 8, &s->replacement, sizeof s->replacement);
}

const char *
patch_plan(struct patch_site *s, uint8_t *cell, struct plan *plan)
{
    struct output q = { cell + PATCH_THUNK, cell + PATCH_CELL }, over = { plan->bytes, plan->bytes + sizeof plan->bytes };
    uint32_t first = word_at(s->at);
    bool pads = first == BTI_C || first == BTI_JC, signs = first == PACIASP || first == PACIBSP;
    unsigned taken = 0, want = 1 + signs;
    bool flows = true;
    int64_t d;

    if (s->n_args > 6)
        return "too many arguments";
    plan->at = s->at + (pads ? WORD : 0);
    put_thunk(s, cell);
    if (pads)
        put(&q, first);
    for (; taken < want && flows; taken++) {
        if (!relocate(plan->at + taken * WORD, &q))
            return "an instruction that cannot be moved";
        flows = !ends_flow(word_at(plan->at + taken * WORD));
    }
    if (taken < want || (signs && jumps_to(s, plan->at + WORD)))
        return "the function jumps into its own beginning";
    if (flows && !put_branch(&q, 0x14000000, (uint64_t)(uintptr_t)plan->at + want * WORD))
        return "it is too far away";
    if (q.at > q.end)
        return "its instructions are too long";
    s->original = cell + PATCH_THUNK;
    d = distance(plan->at + (want - 1) * WORD, (uint64_t)(uintptr_t)cell);
    if (d < -0x8000000 || d >= 0x8000000)
        return "it is too far away";
    if (signs)
        put(&over, BTI_C);
    put(&over, 0x14000000 | ((uint32_t)(d / WORD) & 0x3ffffff));
    plan->n = want * WORD;
    return NULL;
}

bool
patch_plan_call(const struct patch_site *s, alps_slice text, size_t *at, uint8_t *cell, struct plan *plan)
{
    (void)s, (void)text, (void)at, (void)cell, (void)plan;
    return false;                       /* no function is too short here */
}

/* ---- which arguments are read ------------------------------------------------------------------------------------ */

static bool
is(uint32_t w, unsigned low)
{
    return (w >> low & 31) == FIFTH;
}

/* Does ${w} read register x4?  ${sets}: does it only write it? */
static bool
reads_fifth(uint32_t w, bool *sets)
{
    unsigned op = w >> 25 & 15;
    bool load = w >> 22 & 1, simd = w >> 26 & 1;

    *sets = false;
    if ((op & 0xe) == 0x8) {            /* data processing with constants */
        unsigned kind = w >> 23 & 7;    /* 0, 1: adr; 5: move wide (movk reads) */

        *sets = is(w, 0);
        if (kind <= 1)
            return false;
        return kind == 5 ? is(w, 0) && (w >> 29 & 3) == 3 : is(w, 5);
    }
    if ((op & 0xe) == 0xa)              /* branches: cbz, tbz read */
        return ((w & 0x7c000000) == 0x34000000) && is(w, 0);
    if ((op & 0x5) == 0x4) {            /* loads and stores: base, index, what is stored */
        bool pair = (w & 0x3a000000) == 0x28000000, indexed = (w & 0x3b200c00) == 0x38200800;

        if (is(w, 5) || (indexed && is(w, 16)) || (!load && !simd && (is(w, 0) || (pair && is(w, 10)))))
            return true;
        *sets = load && !simd && (is(w, 0) || (pair && is(w, 10)));
        return false;
    }
    if ((op & 0x7) == 0x5) {            /* data processing with registers; the third source of madd */
        *sets = is(w, 0);
        return is(w, 5) || is(w, 16) || ((w & 0x1f000000) == 0x1b000000 && is(w, 10));
    }
    return false;
}

unsigned
patch_args(const uint8_t *at, size_t size)
{
    for (size_t i = 0; i + WORD <= size; i += WORD) {
        uint32_t w = word_at(at + i);
        bool sets;

        if ((w & 0xfc000000) == 0x94000000 || (w & 0xfffffc1f) == 0xd63f0000)
            return 4;                   /* bl, blr: x4 does not outlive a call */
        if (reads_fifth(w, &sets))
            return 5;
        if (sets || (w & 0xfffffc1f) == 0xd65f0000)
            return 4;
    }
    return 4;
}
#endif
