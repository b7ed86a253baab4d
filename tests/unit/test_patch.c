#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/mman.h>

#include "shim/patch.c"
#include "shim/patch_x86.c"

enum { PAGE = 4096 };

typedef int fn(int);

static uint8_t *page;                   /* code under test; executable, never writable, as text is */

/* A function of ${n} bytes at offset ${at}; what is not written is int3. */
static uint8_t *
code(size_t at, const void *bytes, size_t n)
{
    if (!page) {
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(page, 0xcc, PAGE);
    }
    cr_assert(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
    memcpy(page + at, bytes, n);
    cr_assert(mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0);
    return page + at;
}
#define CODE(at, ...) code(at, (const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ })

static int
replacement(int x, int *context)
{
    return *context + x;
}

static int
replacement_alone(int *context)
{
    return *context;
}

static int context = 1000;

static const char *
patch(uint8_t *at, size_t size, struct patch_site *s)
{
    unsigned failed;

    *s = (struct patch_site){ .at = at, .size = size, .n_args = 1, .replacement = (void *)replacement,
                              .context = &context };
    return patch_apply(s, 1, &failed);
}

static int
call(const void *at, int x)
{
    fn *f;

    memcpy(&f, &at, sizeof f);
    return f(x);
}

/* Patched: the replacement answers, with its context; the trampoline still answers as the function did. */
static void
works(uint8_t *at, size_t size, int x, int want)
{
    struct patch_site s;
    const char *why;

    cr_assert_eq(call(at, x), want, "before it is patched");
    why = patch(at, size, &s);
    cr_assert_null(why, "%s", why ? why : "");
    cr_assert_eq(call(at, x), 1000 + x, "the replacement");
    cr_assert_eq(call(s.original, x), want, "the original");
}

Test(patch, plain_prologue)
{
    /* push; mov; lea eax,[rdi+7]; pop; ret */
    works(CODE(0, 0x55, 0x48, 0x89, 0xe5, 0x8d, 0x47, 0x07, 0x5d, 0xc3), 9, 5, 12);
}

Test(patch, endbr64_stays_where_calls_land)
{
    uint8_t *at = CODE(0, 0xf3, 0x0f, 0x1e, 0xfa, 0x8d, 0x47, 0x07, 0x90, 0x90, 0xc3);

    works(at, 10, 5, 12);
    cr_assert(memcmp(at, endbr64, sizeof endbr64) == 0);
}

Test(patch, address_relative_to_the_instruction)
{
    uint8_t *at = CODE(0, 0x8b, 0x05, 0x0a, 0, 0, 0, 0x01, 0xf8, 0xc3);        /* mov eax,[rip+10]; add eax,edi; ret */

    CODE(16, 42, 0, 0, 0);
    works(at, 9, 5, 47);
}

Test(patch, call_in_the_prologue)
{
    CODE(64, 0x8d, 0x47, 0x07, 0xc3);                                                   /* lea eax,[rdi+7]; ret */
    works(CODE(0, 0x48, 0x83, 0xec, 0x08, 0xe8, 55, 0, 0, 0, 0x48, 0x83, 0xc4, 0x08, 0xc3), 14, 5, 12);
}

Test(patch, short_branch_out_of_the_prologue)
{
    /* test edi,edi; js +4; lea eax,[rdi+7]; ret; mov eax,-1; ret */
    static const uint8_t text[] = { 0x85, 0xff, 0x78, 4, 0x8d, 0x47, 7, 0xc3, 0xb8, 0xff, 0xff, 0xff, 0xff, 0xc3 };

    uint8_t *not_taken = code(0, text, sizeof text), *taken = code(256, text, sizeof text);

    works(not_taken, sizeof text, 5, 12);
    works(taken, sizeof text, -3, -1);
}

Test(patch, jump_that_is_the_whole_function)
{
    CODE(64, 0x8d, 0x47, 0x07, 0xc3);
    works(CODE(0, 0xeb, 62, 0x90, 0x90, 0x90), 5, 5, 12);                              /* jmp +62, then padding */
}

Test(patch, empty_function_with_padding_behind_it)
{
    struct patch_site s;
    uint8_t *at = CODE(0, 0xc3, 0x66, 0x0f, 0x1f, 0x44, 0, 0, 0x90);

    cr_assert_null(patch(at, 1, &s));
    cr_assert_eq(call(at, 5), 1005);
}

Test(patch, too_short_a_function_is_refused)
{
    struct patch_site s;
    static const uint8_t text[] = { 0xc3, 0x8d, 0x47, 7, 0xc3, 0x90, 0x90 };           /* ret; another function */

    cr_assert_not_null(patch(code(0, text, sizeof text), 1, &s));
    cr_assert_eq(memcmp(page, text, sizeof text), 0, "and it is left alone");
}

Test(patch, loop_into_the_prologue_is_refused)
{
    struct patch_site s;

    cr_assert_not_null(patch(CODE(0, 0x31, 0xc0, 0xff, 0xc0, 0x39, 0xf8, 0x7c, 0xfa, 0xc3), 9, &s)); /* jl to inc */
}

Test(patch, branch_without_a_long_form_is_refused)
{
    struct patch_site s;

    cr_assert_not_null(patch(CODE(0, 0xe3, 4, 0x8d, 0x47, 7, 0xc3, 0x31, 0xc0, 0xc3), 9, &s));          /* jrcxz */
}

Test(patch, bytes_that_are_no_instruction_are_refused)
{
    struct patch_site s;

    cr_assert_not_null(patch(CODE(0, 0x06, 0x06, 0x06, 0x06, 0x06), 5, &s));
}

Test(patch, one_bad_site_and_none_is_patched)
{
    static const uint8_t good[] = { 0x55, 0x48, 0x89, 0xe5, 0x8d, 0x47, 0x07, 0x5d, 0xc3 };
    struct patch_site s[2] = { { .at = code(0, good, sizeof good), .size = sizeof good, .n_args = 1 },
                               { .at = CODE(64, 0xe3, 4, 0x90, 0x90, 0x90, 0xc3), .size = 6, .n_args = 1 } };
    unsigned failed = 99;

    s[0].replacement = s[1].replacement = (void *)replacement;
    s[0].context = s[1].context = &context;
    cr_assert_not_null(patch_apply(s, 2, &failed));
    cr_assert_eq(failed, 1);
    cr_assert_eq(call(s[0].at, 5), 12);
}

Test(patch, page_swapped_where_proc_self_mem_cannot_be_written)
{
    uint8_t *at = CODE(0, 0x55, 0x48, 0x89, 0xe5, 0x8d, 0x47, 0x07, 0x5d, 0xc3);
    struct plan plan = { .at = at, .n = 6, .bytes = { 0xb8, 77, 0, 0, 0, 0xc3 } };      /* mov eax,77; ret */

    cr_assert(write_text(-1, &plan, false));
    cr_assert_eq(call(at, 5), 77);
}

/* What /proc says of the mapping around ${at}: "r-xp". */
static void
rights(const void *at, char out[static 5])
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long from, to;

    memcpy(out, "none", 5);
    while (fgets(line, sizeof line, f)) {
        char r[5];

        if (sscanf(line, "%lx-%lx %4s", &from, &to, r) == 3 && (uintptr_t)at >= from && (uintptr_t)at < to)
            memcpy(out, r, 5);
    }
    fclose(f);
}

Test(patch, nothing_stays_writable)
{
    struct patch_site s;
    char r[5];

    cr_assert_null(patch(CODE(0, 0x55, 0x48, 0x89, 0xe5, 0x8d, 0x47, 0x07, 0x5d, 0xc3), 9, &s));
    rights(s.at, r);
    cr_assert_str_eq(r, "r-xp");
    rights(s.original, r);
    cr_assert_str_eq(r, "r-xp");
}

Test(patch, fifth_argument_is_told_from_a_register_that_is_set)
{
    /* mov r9,r8 – mov r8,rcx – xor r8d,r8d – mov [r8],rax */
    static const uint8_t reads[] = { 0x55, 0x4d, 0x89, 0xc1, 0xc3 }, sets[] = { 0x55, 0x49, 0x89, 0xc8, 0xc3 },
                         clears[] = { 0x45, 0x31, 0xc0, 0xc3 }, stores[] = { 0x49, 0x89, 0x00, 0xc3 };

    cr_assert_eq(patch_args(reads, sizeof reads), 5);
    cr_assert_eq(patch_args(sets, sizeof sets), 4);
    cr_assert_eq(patch_args(clears, sizeof clears), 4);
    cr_assert_eq(patch_args(stores, sizeof stores), 5);
}

Test(patch, callers_of_a_function_that_is_too_short)
{
    /* 0: ret; 1: mov eax,1; ret – 64: call 0; ret – 80: call 1; ret */
    uint8_t *shortest = CODE(0, 0xc3, 0xb8, 1, 0, 0, 0, 0xc3);
    uint8_t *caller = CODE(64, 0xe8, 0xbb, 0xff, 0xff, 0xff, 0xc3), *other = CODE(80, 0xe8, 0xac, 0xff, 0xff, 0xff, 0xc3);
    struct patch_site s = { .at = shortest, .replacement = (void *)replacement_alone, .context = &context };
    unsigned failed;

    cr_assert_not_null(patch_apply(&s, 1, &failed));
    cr_assert_null(patch_calls(&s, (alps_slice){ page, PAGE }));
    cr_assert_eq(call(caller, 5), 1000, "the replacement, with the context alone");
    cr_assert_eq(call(other, 5), 1, "the function behind it is left alone");
    cr_assert_not_null(patch_calls(&s, (alps_slice){ page + 128, 64 }), "nobody calls it there");
}
