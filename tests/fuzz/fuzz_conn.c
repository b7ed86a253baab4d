/* A connection judged with its bytes all there and one by one: never more allowed than there is, the same bytes let go or
 * the same refusal.  The first byte chooses the server name; a byte 0xff stands for more text than is ever held back. */
#include <stdio.h>
#include <stdlib.h>

#include "core/conn.h"

static const char *const names[] = {
    "dynamodb.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com", "reports.s3.eu-west-1.amazonaws.com",
    "s3.eu-west-1.amazonaws.com", "api.example.com", "", "sts.amazonaws.com", "lambda.eu-west-1.amazonaws.com"
};

static const struct alps_policy *
make_policy(void)
{
    static uint8_t memory[1 << 18];
    static const uint8_t any[] = { ALPS_ANY };
    static const char *const actions[] = { "dynamodb:PutItem", "dynamodb:BatchWriteItem", "sqs:SendMessage", "s3:PutObject", "s3:DeleteObject" };
    struct alps_arena arena = { memory, memory + sizeof memory };
    struct alps_policy *p = alps_policy_new(&arena, &alps_catalog_builtin, 16, 4, 4);
    struct alps_context context = { .account = ALPS_S("111122223333"), .region = ALPS_S("eu-west-1") };

    if (!p)
        abort();
    alps_policy_context(p, &context);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        alps_slice name = alps_slice_of(actions[i]), service, rest;
        struct alps_rule rule = { .action = alps_action_find(&alps_catalog_builtin, name), .pattern = { any, 1 }, .label = name };

        alps_slice_cut(name, ':', &service, &rest);
        rule.service = service;
        if (alps_policy_allow(p, &rule) != 0)
            abort();
    }
    if (alps_policy_host(p, ALPS_S("api.example.com")) != 0)
        abort();
    return alps_policy_seal(p);
}

struct outcome { size_t left; unsigned allowed, reason; bool denied; };

static struct outcome
judge(const struct alps_policy *policy, const char *name, const uint8_t *p, size_t n, size_t step)
{
    static struct alps_conn c;
    static struct alps_decision d;
    struct outcome o = { 0 };
    size_t from = 0, to = 0;

    alps_conn_init(&c, *name != '\0', alps_slice_of(name));
    for (;;) {
        uint8_t *copy = malloc(to - from ? to - from : 1);
        enum alps_verdict v;
        bool decided;
        size_t take;

        if (to > from)
            memcpy(copy, p + from, to - from);
        v = alps_conn_feed(&c, policy, (alps_slice){ copy, to - from }, &take, &decided, &d);
        free(copy);
        if (take > to - from || (v == ALPS_ALLOW) != (take > 0))
            abort();
        if (decided && d.verdict != (v == ALPS_ALLOW ? ALPS_ALLOW : ALPS_DENY))
            abort();
        o.allowed += decided && v == ALPS_ALLOW;
        from += take;
        if (v == ALPS_DENY) {
            o.denied = true;
            o.reason = d.reason;
            return o;
        }
        if (v == ALPS_ALLOW && from < to)
            continue;
        if (to == n)
            break;
        to = n - to < step ? n : to + step;
    }
    o.left = from;
    return o;
}

enum { FILLER = 40000, FILLERS = 3 };

static size_t
expand(const uint8_t *p, size_t n, uint8_t *out)
{
    size_t have = 0, fillers = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0xff || fillers == FILLERS) {
            out[have++] = p[i];
            continue;
        }
        memset(out + have, 'x', FILLER);
        have += FILLER;
        fillers++;
    }
    return have;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const struct alps_policy *policy;
    static uint8_t text[FILLER * FILLERS + 8192];
    struct outcome whole, pieces;
    const char *name;
    size_t first;

    if (n < 2 || n > 8192)
        return 0;
    if (!policy)
        policy = make_policy();
    name = names[*p % (sizeof names / sizeof *names)];
    n = expand(p + 1, n - 1, text);
    first = n < 8192 ? 1 : 1499;
    whole = judge(policy, name, text, n, n);
    for (size_t step = first; step < first * 200; step = step * 13 + 4) {
        pieces = judge(policy, name, text, n, step);
        /* A request that leaves while its body is still coming is refused after it was allowed; one that is all
         * there is refused at once.  Nothing else may differ. */
        if (pieces.denied != whole.denied || pieces.reason != whole.reason || pieces.left != whole.left ||
            pieces.allowed < whole.allowed || pieces.allowed > whole.allowed + whole.denied) {
            fprintf(stderr, "whole: %zu left, %u allowed, %s; by %zu: %zu left, %u allowed, %s\n", whole.left, whole.allowed,
                    alps_reason_name(whole.reason), step, pieces.left, pieces.allowed, alps_reason_name(pieces.reason));
            abort();
        }
    }
    return 0;
}
