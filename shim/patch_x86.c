/* patch_machine.h for x86-64: instructions are of any length, so a decoder library (Zydis) reads them. */
#ifdef __x86_64__
#include "shim/patch_machine.h"

#define ZYDIS_STATIC_BUILD
#define ZYCORE_STATIC_BUILD
#include <Zydis/Zydis.h>

enum { JUMP = 5, FAR_JUMP = 14, ENDBR = 4, LONGEST = 15 };
static const uint8_t endbr64[ENDBR] = { 0xf3, 0x0f, 0x1e, 0xfa };

bool
patch_near(const void *from, const void *to)
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
        if (!patch_near(to, target))
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
    if (!patch_near(to, target))
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

static void
put_thunk(const struct patch_site *s, unsigned n_args, uint8_t *p)
{
    static const uint8_t load[7][2] = {     /* mov imm64 into the argument register after the last one; r10 is none */
        { 0x48, 0xbf }, { 0x48, 0xbe }, { 0x48, 0xba }, { 0x48, 0xb9 }, { 0x49, 0xb8 }, { 0x49, 0xb9 }, { 0x49, 0xba } };

    memcpy(p, endbr64, ENDBR);
    memcpy(p + ENDBR, load[n_args], 2);
    memcpy(p + ENDBR + 2, &s->context, 8);
    put_far_jump(p + ENDBR + 10, s->replacement);
}

bool
patch_plan_call(const struct patch_site *s, alps_slice text, size_t *at, uint8_t *cell, struct plan *plan)
{
    for (; *at + JUMP <= text.n; ++*at) {
        uint8_t *p = (uint8_t *)(uintptr_t)text.p + *at;
        int32_t d;

        memcpy(&d, p + 1, sizeof d);
        if (*p != 0xe8 || p + JUMP + d != s->at || !patch_near(p, cell))
            continue;
        put_thunk(s, 0, cell);
        *plan = (struct plan){ .at = p, .n = JUMP, .bytes = { 0xe8 } };
        put_rel32(plan->bytes + 1, p + JUMP, cell);
        *at += JUMP;
        return true;
    }
    return false;
}

/* Fill ${cell} for ${s}, and say in ${plan} what goes over its beginning. */
const char *
patch_plan(struct patch_site *s, uint8_t *cell, struct plan *plan)
{
    uint8_t *at = s->at, *q = cell + PATCH_THUNK;
    bool flows = true;
    unsigned taken = 0;

    if (s->n_args > 6)
        return "too many arguments";
    put_thunk(s, s->n_args, cell);
    if (memcmp(at, endbr64, ENDBR) == 0) {
        memcpy(q, endbr64, ENDBR);
        q += ENDBR;
        at += ENDBR;
    }
    plan->n = patch_near(at, cell) ? JUMP : FAR_JUMP;
    while (taken < plan->n && flows) {
        ZydisDecodedInstruction in;
        unsigned n;

        if (!decode(at + taken, LONGEST, &in))
            return "an instruction that cannot be decoded";
        if (q + 2 * LONGEST + FAR_JUMP > cell + PATCH_CELL || !(n = relocate(at + taken, &in, q)))
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
    s->original = cell + PATCH_THUNK;
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

#endif
