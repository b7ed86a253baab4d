/* The inline patch on arm64, with every kind of first instruction: before it, the replacement, and the original through its
 * trampoline; and what cannot be patched.  Prints "ok NAME" or "FAIL NAME" for each. */
#include <stdio.h>
#include <sys/mman.h>

#include "shim/patch.h"

#define CODE(name, ...) extern long name(long, long); \
    __asm__(".text\n.balign 64\n.type " #name ",%function\n" #name ":\n" __VA_ARGS__ "\n.size " #name ", .-" #name "\n.balign 64\n")

CODE(plain, "add x0, x0, #7\nret");
CODE(landing, "hint #34\nadd x0, x0, #7\nret");                         /* bti c */
CODE(signs, "hint #25\nstp x29, x30, [sp, #-16]!\nadd x0, x0, #7\nldp x29, x30, [sp], #16\nhint #29\nret");     /* paciasp … autiasp */
CODE(tests_zero, "cbz x0, 1f\nadd x0, x0, #7\nret\n1: mov x0, #70\nret");
CODE(tests_bit, "tbnz w0, #31, 1f\nadd x0, x0, #7\nret\n1: mov x0, #70\nret");
CODE(jumps, "b 1f\nnop\n1: add x0, x0, #7\nret");
CODE(conditional, "cmp x0, #0\nb.eq 1f\nadd x0, x0, #7\nret\n1: mov x0, #70\nret");
CODE(carries_on, "b.eq 1f\nadd x0, x0, #7\nret\n1: add x0, x0, #7\nret");
CODE(address, "adr x2, 1f\nldr x2, [x2]\nadd x0, x0, x2\nret\n.balign 8\n1: .quad 7");
CODE(page, "adrp x2, seven\nldr x2, [x2, :lo12:seven]\nadd x0, x0, x2\nret");
CODE(literal, "ldr x2, 1f\nadd x0, x0, x2\nret\n.balign 8\n1: .quad 7");
CODE(literal_half, "ldr w2, 1f\nadd x0, x0, x2\nret\n.balign 8\n1: .word 7\n.word 9");
CODE(seven_more, "add x0, x0, #7\nret");
CODE(tail, "b seven_more");
CODE(returns, "ret\nnop");
CODE(vector_literal, "ldr q0, 1f\nret\n.balign 16\n1: .quad 7\n.quad 9");
CODE(signs_in_a_loop, "hint #25\n1: sub x0, x0, #1\ncbnz x0, 1b\nhint #29\nret");
__asm__(".data\n.balign 8\nseven: .quad 7\n.text");

static long context = 1000;

static long
replacement(long a, long b, long *c)
{
    return *c + a + b;
}

static const struct row { const char *name; long (*f)(long, long); size_t size; long in, out; bool refused; } row[] = {
    { "plain", plain, 8, 5, 12, false }, { "landing pad", landing, 12, 5, 12, false },
    { "signed return address", signs, 24, 5, 12, false }, { "cbz, not taken", tests_zero, 20, 5, 12, false },
    { "tbnz, not taken", tests_bit, 20, 5, 12, false }, { "b", jumps, 16, 5, 12, false },
    { "cmp", conditional, 20, 0, 70, false }, { "b.cond", carries_on, 20, 5, 12, false }, { "adr", address, 32, 5, 12, false },
    { "adrp", page, 16, 5, 12, false }, { "ldr x, literal", literal, 24, 5, 12, false },
    { "ldr w, literal", literal_half, 24, 5, 12, false }, { "tail call", tail, 4, 5, 12, false },
    { "ret", returns, 4, 5, 5, false }, { "ldr q, literal", vector_literal, 32, 5, 5, true },
    { "a loop into its beginning", signs_in_a_loop, 20, 1, 0, true },
};

/* reads x4 at once; sets it first; calls first */
CODE(five, "str x4, [sp, #-16]!\nldr x4, [sp], #16\nret");
CODE(four, "mov x4, x3\nret");
CODE(four_by_load, "ldr x4, [x0]\nret");
CODE(five_later, "stp x29, x30, [sp, #-16]!\nmov x5, x4\nldp x29, x30, [sp], #16\nret");
CODE(four_by_call, "bl plain\nmov x0, x4\nret");

static void
say(bool good, const char *what, const char *name)
{
    printf("%s arm64 patch, %s%s\n", good ? "ok" : "FAIL", what, name);
}

int
main(void)
{
    static struct { void *f; unsigned want; const char *name; } args[] = {
        { (void *)five, 5, "stored" }, { (void *)four, 4, "set" }, { (void *)four_by_load, 4, "loaded" },
        { (void *)five_later, 5, "moved" }, { (void *)four_by_call, 4, "after a call" } };

    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct row *r = &row[i];
        struct patch_site s = { .at = (uint8_t *)r->f, .size = r->size, .n_args = 2, .replacement = (void *)replacement,
                                .context = &context, .ran = true };
        long before = r->f(r->in, 3), after, original;
        unsigned failed;
        const char *why = patch_apply(&s, 1, &failed);

        if (r->refused) {
            say(why && r->f(r->in, 3) == before, "refused: ", r->name);
            continue;
        }
        after = r->f(r->in, 3);
        original = why ? -1 : ((long (*)(long, long))s.original)(r->in, 3);
        if (why || before != r->out || after != 1000 + r->in + 3 || original != r->out)
            printf("    %s: %ld, %ld, %ld\n", why ? why : "patched", before, after, original);
        say(!why && before == r->out && after == 1000 + r->in + 3 && original == r->out, "", r->name);
    }
    for (size_t i = 0; i < sizeof args / sizeof *args; i++)
        say(patch_args(args[i].f, 64) == args[i].want, "fifth argument ", args[i].name);
    return 0;
}
