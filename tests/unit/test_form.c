/* Row ids (K07) are those of the bypass catalogue. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/form.h"
#include "core/reason.h"
#include "guard_page.h"

static void
tokens_n(const char *text, size_t n, const char *want)
{
    for (size_t step = 1; step <= n + 1; step += 3) {
        struct alps_form f = { 0 };
        char out[1024], have[512];
        size_t len = 0, at = 0;
        int rc = 0;

        out[0] = '\0';
        for (size_t i = 0; rc >= 0 && i < n + step; i += step) {
            struct guard_page g = guard_page(text + (i < n ? i : n), i >= n ? 0 : n - i < step ? n - i : step);
            alps_slice run = { NULL, 0 };
            size_t p = 0;

            while ((rc = i < n ? alps_form_feed(&f, g.s, &p, &run) : alps_form_end(&f)) > 0) {
                if (run.n)
                    memcpy(have + len, run.p, run.n);
                len += run.n;
                run.n = 0;
                if (rc == ALPS_FORM_TEXT)
                    continue;
                at += (size_t)snprintf(out + at, sizeof out - at, rc == ALPS_FORM_NAME ? "%.*s=" : "%.*s;", (int)len, have);
                len = 0;
            }
            guard_page_free(&g);
        }
        if (rc < 0)
            snprintf(out + at, sizeof out - at, "!%s", alps_reason_name((unsigned)-rc));
        cr_expect_str_eq(out, want, "%s in %zus: %s", text, step, out);
    }
}

static void
tokens(const char *text, const char *want)
{ tokens_n(text, strlen(text), want); }

Test(form, pairs_are_decoded)
{
    tokens("Action=SendMessage&Version=2012-11-05", "Action=SendMessage;Version=2012-11-05;");
    tokens("a%62c=%C3%A4+x%2Fy&b=", "abc=\xc3\xa4 x/y;b=;");
    tokens("QueueUrl=https://sqs.eu-west-1.amazonaws.com/1/q", "QueueUrl=https://sqs.eu-west-1.amazonaws.com/1/q;");
    tokens("a+b=c", "a b=c;");
    tokens("a=b=c==", "a=b=c==;");
    tokens("", "");
}

Test(form, K07_what_servers_read_differently_is_refused)
{
    tokens("a=1;b=2", "a=!BODY_SYNTAX");
    tokens("a=1&&b=2", "a=1;!BODY_SYNTAX");
    tokens("a=1&", "a=1;!BODY_SYNTAX");
    tokens("&a=1", "!BODY_SYNTAX");
    tokens("a", "!BODY_SYNTAX");
    tokens("a&b=1", "!BODY_SYNTAX");
    tokens("=1", "!BODY_SYNTAX");
    tokens("a=%", "a=!BODY_SYNTAX");
    tokens("a=%4", "a=!BODY_SYNTAX");
    tokens("a=%zz", "a=!BODY_SYNTAX");
    tokens("a%=1", "!BODY_SYNTAX");
    tokens("a=b c", "a=!BODY_SYNTAX");
    tokens("a=\xc3\xa4", "a=!BODY_SYNTAX");
    tokens("a=b\r\n", "a=!BODY_SYNTAX");
    tokens_n("a=b\0", 4, "a=!BODY_SYNTAX");
}

Test(form, skipped_values_make_no_events)
{
    struct alps_form f = { 0 };
    alps_slice run, in = ALPS_S("a=%41long+value&b=2");
    size_t at = 0;

    cr_assert_eq(alps_form_feed(&f, in, &at, &run), ALPS_FORM_NAME);
    alps_form_skip(&f);
    cr_assert_eq(alps_form_feed(&f, in, &at, &run), ALPS_FORM_NAME);
    cr_expect(alps_slice_eq(run, ALPS_S("b")));
    alps_form_skip(&f);
    cr_expect_eq(alps_form_feed(&f, in, &at, &run), ALPS_FORM_MORE);
    cr_expect_eq(alps_form_end(&f), 0);
}
