/* Whatever is read is written, read again and written again the same; makes a policy, and that policy covers no more than what
 * rules say.  Whatever is refused has a place and a sentence. */
#include "allowlists/allow_json.h"

#include <stdlib.h>

static void
expect(bool holds)
{
    if (!holds)
        abort();
}

static const char *
env(void *ctx, const char *name)
{
    (void)ctx;
    return name[0] == 'U' ? NULL : name[0] == 'S' ? "*" : name[0] == 'A' ? "arn:aws:s3:::b" : "b";
}

static void
warn(void *ctx, const struct alps_allow_rule *r, const char *variable)
{
    unsigned *told = ctx;

    expect(r->line > 0 && variable[0] != '\0');
    ++*told;
}

static void
check_policy(struct alps_arena *arena, const struct alps_allow *a)
{
    struct alps_allow_error err;
    unsigned told = 0;
    const struct alps_policy *p = alps_allow_policy(arena, &alps_catalog_builtin, a, env, warn, &told, &err);
    uint32_t rule = UINT32_MAX;

    expect(p || err.text[0]);
    expect(told <= a->n_rules);
    if (p && alps_policy_covers(p, alps_action_find(&alps_catalog_builtin, ALPS_S("s3:PutObject")),
                                ALPS_S("arn:aws:s3:::b/k"), &rule))
        expect(alps_policy_label(p, rule).n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[2][1 << 21];
    struct alps_arena arena = { block[0], block[0] + sizeof block[0] }, again = { block[1], block[1] + sizeof block[1] };
    struct alps_allow_error err;
    struct alps_allow *a, *b;
    char *once, *twice;

    if (size > 8192)
        return 0;
    a = alps_allow_read(&arena, &alps_catalog_builtin, (alps_slice){ data, size }, &err);
    if (!a) {
        expect(err.line > 0 && err.column > 0 && err.text[0] && memchr(err.text, '\0', sizeof err.text));
        return 0;
    }
    once = alps_allow_write(a);
    expect(once);
    b = alps_allow_read(&again, &alps_catalog_builtin, alps_slice_of(once), &err);
    expect(b);
    twice = alps_allow_write(b);
    expect(twice && strcmp(once, twice) == 0);
    free(once);
    free(twice);
    check_policy(&arena, a);
    return 0;
}
