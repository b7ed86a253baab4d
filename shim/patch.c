#include "shim/patch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ZYDIS_STATIC_BUILD
#define ZYCORE_STATIC_BUILD
#include <Zydis/Zydis.h>

#ifndef __x86_64__
#error "patch.c knows x86-64 only"
#endif

enum {
    PAGE = 4096, JUMP = 5, FAR_JUMP = 14, ENDBR = 4, LONGEST = 15,
    TRAMPOLINE = 96,                    /* displaced bytes, relocated and perhaps longer, and a far jump */
    CELL = 32 + TRAMPOLINE              /* thunk and trampoline of one site */
};
static const uint8_t endbr64[ENDBR] = { 0xf3, 0x0f, 0x1e, 0xfa };

struct plan {                           /* what will be written over the beginning of a function */
    uint8_t *at;
    unsigned n;
    uint8_t bytes[FAR_JUMP + LONGEST];
};

static bool
near(const void *from, const void *to)
{
    int64_t d = (int64_t)(uintptr_t)to - (int64_t)(uintptr_t)from;

    return d > -0x7ff00000ll && d < 0x7ff00000ll;
}

static void
put_rel32(uint8_t *field, const uint8_t *end, const void *to)
{
    int32_t d = (int32_t)((const uint8_t *)to - end);

    memcpy(field, &d, sizeof d);
}

static uint8_t *
put_far_jump(uint8_t *p, const void *to)
{
    static const uint8_t jmp_mem[6] = { 0xff, 0x25, 0, 0, 0, 0 };      /* jmp [rip+0]; the address follows */

    memcpy(p, jmp_mem, sizeof jmp_mem);
    memcpy(p + 6, &to, sizeof to);
    return p + FAR_JUMP;
}

static bool
decode(const uint8_t *p, size_t n, ZydisDecodedInstruction *in)
{
    ZydisDecoder d;

    return ZYAN_SUCCESS(ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
        ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&d, NULL, p, n, in));
}

/* The instruction at ${from}, made to mean the same at ${to}.  Returns its new length, 0 if that is beyond us. */
static unsigned
relocate(const uint8_t *from, const ZydisDecodedInstruction *in, uint8_t *to)
{
    const uint8_t *target;

    memcpy(to, from, in->length);
    if (!(in->attributes & ZYDIS_ATTRIB_IS_RELATIVE))
        return in->length;
    if (in->raw.imm[0].is_relative) {
        target = from + in->length + in->raw.imm[0].value.s;
        if (!near(to, target))
            return 0;
        if (in->raw.imm[0].size == 32) {
            put_rel32(to + in->raw.imm[0].offset, to + in->length, target);
            return in->length;
        }
        if (in->raw.imm[0].size != 8 || in->length != 2)
            return 0;
        if (in->opcode == 0xeb) {
            to[0] = 0xe9;
            put_rel32(to + 1, to + 5, target);
            return 5;
        }
        if ((in->opcode & 0xf0) != 0x70)        /* loop, jrcxz: no long form */
            return 0;
        to[0] = 0x0f;
        to[1] = (uint8_t)(0x80 | (in->opcode & 0x0f));
        put_rel32(to + 2, to + 6, target);
        return 6;
    }
    if (in->raw.disp.size != 32)
        return 0;
    target = from + in->length + in->raw.disp.value;
    if (!near(to, target))
        return 0;
    put_rel32(to + in->raw.disp.offset, to + in->length, target);
    return in->length;
}

static bool
ends_flow(const ZydisDecodedInstruction *in)
{
    return in->meta.category == ZYDIS_CATEGORY_RET ||
        (in->meta.category == ZYDIS_CATEGORY_UNCOND_BR && in->mnemonic == ZYDIS_MNEMONIC_JMP);
}

static bool
is_padding(const uint8_t *p, size_t n)
{
    ZydisDecodedInstruction in;

    for (size_t i = 0; i < n; i += in.length)
        if (!decode(p + i, LONGEST, &in) || (in.mnemonic != ZYDIS_MNEMONIC_NOP && in.mnemonic != ZYDIS_MNEMONIC_INT3))
            return false;
    return true;
}

/* Could bytes at ${p}, if an instruction began there, be a branch into [from, to)?  Cheap, and never wrong with a
 * no. */
static bool
may_jump_into(const uint8_t *p, size_t n, const uint8_t *from, const uint8_t *to)
{
    bool wide = n >= 6 && p[0] == 0x0f && (p[1] & 0xf0) == 0x80;
    const uint8_t *target = p;
    int32_t d;

    if (wide || (n >= 5 && p[0] == 0xe9)) {
        memcpy(&d, p + 1 + wide, sizeof d);
        target += 5 + wide + d;
    } else if (n >= 2 && ((p[0] & 0xf0) == 0x70 || p[0] == 0xeb || (p[0] & 0xfc) == 0xe0))
        target += 2 + (int8_t)p[1];
    else
        return false;
    return target > from && target < to;
}

/* Does anything in the function jump to where the middle of our jump will be? */
static bool
jumps_into(const struct patch_site *s, const uint8_t *from, const uint8_t *to)
{
    ZydisDecodedInstruction in;
    bool maybe = false;

    for (size_t i = 0; i < s->size && !maybe; i++)
        maybe = may_jump_into(s->at + i, s->size - i, from, to);
    for (size_t i = 0; maybe && i + 1 < s->size; i += in.length) {
        if (!decode(s->at + i, s->size - i, &in))
            return false;               /* data in text: the rest cannot be read, and is not reached from here */
        if (may_jump_into(s->at + i, in.length, from, to))
            return true;
    }
    return false;
}

/* Fill ${cell} for ${s}, and say in ${plan} what goes over its beginning. */
static const char *
plan_site(struct patch_site *s, uint8_t *cell, struct plan *plan)
{
    static const uint8_t load[6][2] = {     /* mov imm64 into the argument register after the last one */
        { 0x48, 0xbf }, { 0x48, 0xbe }, { 0x48, 0xba }, { 0x48, 0xb9 }, { 0x49, 0xb8 }, { 0x49, 0xb9 } };
    uint8_t *at = s->at, *p = cell, *q = cell + 32;
    bool flows = true;
    unsigned taken = 0;

    if (s->n_args > 5)
        return "too many arguments";
    memcpy(p, endbr64, ENDBR);
    memcpy(p + ENDBR, load[s->n_args], 2);
    memcpy(p + ENDBR + 2, &s->context, 8);
    put_far_jump(p + ENDBR + 10, s->replacement);

    if (memcmp(at, endbr64, ENDBR) == 0) {
        memcpy(q, endbr64, ENDBR);
        q += ENDBR;
        at += ENDBR;
    }
    plan->n = near(at, cell) ? JUMP : FAR_JUMP;
    while (taken < plan->n && flows) {
        ZydisDecodedInstruction in;
        unsigned n;

        if (!decode(at + taken, LONGEST, &in))
            return "an instruction that cannot be decoded";
        if (q + 2 * LONGEST + FAR_JUMP > cell + CELL || !(n = relocate(at + taken, &in, q)))
            return "an instruction that cannot be moved";
        q += n;
        taken += in.length;
        flows = !ends_flow(&in);
    }
    if (taken < plan->n && !is_padding(at + taken, plan->n - taken))
        return "the function is too short";
    if (jumps_into(s, at, at + plan->n))
        return "the function jumps into its own beginning";
    if (flows)
        put_far_jump(q, at + taken);
    s->original = cell + 32;
    plan->at = at;
    if (plan->n == JUMP) {
        plan->bytes[0] = 0xe9;
        put_rel32(plan->bytes + 1, at + JUMP, cell);
    } else
        put_far_jump(plan->bytes, cell);
    for (; plan->n < taken; plan->n++)      /* whole instructions, so that a disassembly stays readable */
        plan->bytes[plan->n] = 0x90;
    return NULL;
}

/* Memory for ${n} bytes as near to ${to} as there is: below it, else above it, else anywhere. */
static uint8_t *
map_near(const uint8_t *to, size_t n)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    uintptr_t at = (uintptr_t)to & ~(uintptr_t)(PAGE - 1), best = 0, end = 0x10000, from, till;
    char line[512];
    void *p;

    while (maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &from, &till) != 2)
            continue;
        if (from >= end + n) {
            uintptr_t top = from - n;       /* the highest place of this gap; above the target the lowest one */

            if (top < at)
                best = top;
            else if (!best || at - best > 0x70000000)
                best = end + 0x2000000 + n < from ? end + 0x2000000 : end;  /* room for the heap, which grows up */
        }
        end = till;
        if (from > at && best)
            break;
    }
    if (maps)
        fclose(maps);
    if (maps && best && near(to, (void *)best)) {
        p = mmap((void *)best, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (p != MAP_FAILED)
            return p;
    }
    for (uintptr_t step = 0x1000000; step < 0x70000000; step += 0x1000000)      /* no /proc: ask here and there */
        for (unsigned above = 0; above < 2; above++) {
            if (!above && at <= step)
                continue;
            p = mmap((void *)(above ? at + step : at - step), n, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p != MAP_FAILED && near(to, p))
                return p;
            if (p != MAP_FAILED)
                munmap(p, n);
        }
    p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Where /proc/self/mem is not to be written: a changed copy of the page takes the page's place in one step. */
static bool
swap_pages(const struct plan *plan)
{
    uint8_t *first = (uint8_t *)((uintptr_t)plan->at & ~(uintptr_t)(PAGE - 1));
    size_t n = (size_t)(plan->at + plan->n - first + PAGE - 1) & ~(size_t)(PAGE - 1);
    uint8_t *copy = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (copy == MAP_FAILED)
        return false;
    memcpy(copy, first, n);
    memcpy(copy + (plan->at - first), plan->bytes, plan->n);
    if (mprotect(copy, n, PROT_READ | PROT_EXEC) == 0 &&
        mremap(copy, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, first) == first)
        return true;
    munmap(copy, n);
    return false;
}

static bool
write_text(int mem, const struct plan *plan)
{
    if (mem >= 0 && pwrite(mem, plan->bytes, plan->n, (off_t)(uintptr_t)plan->at) == (ssize_t)plan->n &&
        memcmp(plan->at, plan->bytes, plan->n) == 0)
        return true;
    return swap_pages(plan);
}

const char *
patch_apply(struct patch_site *site, unsigned n, unsigned *failed)
{
    struct plan plan[PATCH_SITES];
    size_t room = ((size_t)n * CELL + PAGE - 1) & ~(size_t)(PAGE - 1);
    const char *why = NULL;
    uint8_t *cells;
    int mem;

    *failed = 0;
    if (n == 0)
        return NULL;
    if (n > PATCH_SITES)
        return "too many functions";
    cells = map_near(site[0].at, room);
    if (!cells)
        return "no memory";
    for (unsigned i = 0; i < n && !why; i++)
        if (site[i].replacement && (why = plan_site(&site[i], cells + (size_t)i * CELL, &plan[i])))
            *failed = i;
    if (!why && mprotect(cells, room, PROT_READ | PROT_EXEC) != 0)
        why = "memory cannot be made executable";
    if (why) {
        munmap(cells, room);
        return why;
    }
    patch_seal(cells, room);
    mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    for (unsigned i = 0; i < n && !why; i++)
        if (site[i].replacement && !write_text(mem, &plan[i])) {
            *failed = i;
            why = "text cannot be written";
        }
    if (mem >= 0)
        close(mem);
    return why;
}

unsigned
patch_args(const uint8_t *at, size_t size)
{
    ZydisDecoder d;
    ZydisDecodedInstruction in;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];

    ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (size_t i = 0; i < size; i += in.length) {
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&d, at + i, size - i, &in, op)))
            return 4;
        if (in.meta.category == ZYDIS_CATEGORY_CALL)
            return 4;                   /* r8 does not outlive a call */
        for (unsigned k = 0; k < in.operand_count; k++) {
            bool is = op[k].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, op[k].reg.value) == ZYDIS_REGISTER_R8;
            bool in_address = op[k].type == ZYDIS_OPERAND_TYPE_MEMORY &&
                (op[k].mem.base == ZYDIS_REGISTER_R8 || op[k].mem.index == ZYDIS_REGISTER_R8);

            if (in_address || (is && (op[k].actions & ZYDIS_OPERAND_ACTION_MASK_READ)))
                return in.mnemonic == ZYDIS_MNEMONIC_XOR && is && in.operand_count > 1 &&
                    op[1].reg.value == op[0].reg.value ? 4 : 5;        /* xor r8,r8 sets it */
        }
        for (unsigned k = 0; k < in.operand_count; k++)
            if (op[k].type == ZYDIS_OPERAND_TYPE_REGISTER && (op[k].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) &&
                ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, op[k].reg.value) == ZYDIS_REGISTER_R8)
                return 4;
    }
    return 4;
}

void
patch_seal(void *at, size_t n)
{
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
    uintptr_t from = (uintptr_t)at & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = ((uintptr_t)at + n + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

    (void)syscall(SYS_mseal, from, to - from, 0ul);
}
