/* The matcher and the lookup against the plainest ones that can be written.  Input: a resource, a newline, then patterns, one on
 * each line; '*' and '?' are wildcards, '~' is what nobody knows. */
#include "core/policy.h"

#include <stdlib.h>

enum { PATTERNS = 12, LENGTH = 60 };

static bool
is_continuation(uint8_t c)
{ return (c & 0xc0) == 0x80; }

/* Does the pattern from ${i} on match the text from ${j} on?  All the answers, from the last to the first. */
static bool
naive_field(const uint8_t *p, size_t n_p, const uint8_t *s, size_t n_s)
{
    bool match[LENGTH + 2][LENGTH + 2] = { { false } };

    match[n_p][n_s] = true;
    for (size_t i = n_p; i-- > 0; ) {
        for (size_t j = n_s + 1; j-- > 0; ) {
            size_t one = 1;

            if (p[i] == ALPS_ANY) {
                match[i][j] = match[i + 1][j] || (j < n_s && match[i][j + 1]);
                continue;
            }
            if (j == n_s)
                continue;
            while (p[i] == ALPS_ONE && s[j] >= 0xc0 && j + one < n_s && is_continuation(s[j + one]))
                one++;
            match[i][j] = match[i + 1][j + one] &&
                          (p[i] == ALPS_ONE ? s[j] != ALPS_MARK_UNKNOWN && !is_continuation(s[j]) : p[i] == s[j]);
        }
    }
    return match[0][0];
}

static bool
naive(alps_slice p, alps_slice s)
{
    bool arn = alps_slice_starts(p, ALPS_S("arn:")), all = p.n > 0, literal = true;
    unsigned colons = 0, all_colons = 0;

    for (size_t i = 0; i < p.n; i++) {
        all_colons += p.p[i] == ':';
        all = all && p.p[i] == ALPS_ANY;
        literal = literal && p.p[i] != ALPS_ANY && p.p[i] != ALPS_ONE;
    }
    if (all || p.n == 0)
        return all;
    if (literal)
        return alps_slice_eq(p, s);
    if (arn != alps_slice_starts(s, ALPS_S("arn:")) || (arn && all_colons < 5))
        return false;
    for (;;) {
        alps_slice field, mine, p_rest, s_rest;
        bool more = alps_slice_cut(p, arn ? ':' : '/', &field, &p_rest) && (!arn || colons++ < 5);

        if (!more)
            return naive_field(p.p, p.n, s.p, s.n);
        if (!alps_slice_cut(s, arn ? ':' : '/', &mine, &s_rest) || !naive_field(field.p, field.n, mine.p, mine.n))
            return false;
        p = p_rest;
        s = s_rest;
    }
}

static void
expect(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[1 << 16];
    uint8_t text[1024];
    struct alps_arena arena = { block, block + sizeof block };
    struct alps_policy *policy = alps_policy_new(&arena, &alps_catalog_builtin, PATTERNS, 1, 1);
    alps_action_id action = alps_action_find(&alps_catalog_builtin, ALPS_S("s3:GetObject"));
    alps_slice in = { text, size < sizeof text ? size : sizeof text }, resource, line, pattern[PATTERNS];
    uint32_t rule = 0;
    unsigned n = 0;
    bool any = false;

    for (size_t i = 0; i < in.n; i++)
        text[i] = data[i] == '*' ? ALPS_ANY : data[i] == '?' ? ALPS_ONE : data[i] == '~' ? ALPS_MARK_UNKNOWN : data[i];
    alps_slice_cut(in, '\n', &resource, &in);
    for (size_t i = 0; i < resource.n; i++)
        if (resource.p[i] == ALPS_ANY || resource.p[i] == ALPS_ONE)
            text[i] = 'x';                      /* core refuses control characters in names */
    if (resource.n > LENGTH)
        resource.n = LENGTH;
    while (in.n && n < PATTERNS) {
        alps_slice_cut(in, '\n', &line, &in);
        if (line.n > LENGTH)
            line.n = LENGTH;
        expect(alps_pattern_matches(line, resource) == naive(line, resource));
        if (alps_policy_allow(policy, &(struct alps_rule){ .action = action, .pattern = line, .service = ALPS_S("s3") }) == 0)
            pattern[n++] = line;
    }
    alps_policy_seal(policy);
    for (unsigned i = 0; i < n; i++)
        any |= resource.n && naive(pattern[i], resource);
    expect(alps_policy_covers(policy, action, resource, &rule) == any);
    expect(!any || (rule < n && naive(pattern[rule], resource)));
    expect(!alps_policy_reaches(policy, resource));
    return 0;
}
