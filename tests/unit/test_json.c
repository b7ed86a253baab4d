/* Row ids (K01 …) are those of the bypass catalogue. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/json.h"
#include "core/reason.h"
#include "guard_page.h"

/* All tokens as text, "{ key:a "x" #1 }"; ends in "!REASON@offset" on errors. */
static const char *
read_all(const char *text, size_t n, char *out, size_t cap)
{
    struct guard_page g = guard_page(text, n);
    static uint8_t scratch[1 << 16];
    struct alps_json_reader r;
    struct alps_json_token t;
    size_t at = 0;
    int rc;

    alps_json_reader_init(&r, g.s, scratch);
    out[0] = '\0';
    while ((rc = alps_json_read(&r, &t)) > 0) {
        static const char *const shown[] = {
            "?", "?", "key:", "str:", "#", "true", "false", "null", "{", "}", "[", "]"
        };

        at += (size_t)snprintf(out + at, cap - at, "%s%.*s ", shown[t.event],
                               t.event <= ALPS_JSON_NUMBER ? (int)t.text.n : 0, (const char *)t.text.p);
    }
    if (rc < 0)
        snprintf(out + at, cap - at, "!%s@%zu", alps_reason_name((unsigned)-rc), t.at);
    else if (at)
        out[at - 1] = '\0';
    cr_expect_leq(r.used, n);
    guard_page_free(&g);
    return out;
}

/* The same through alps_json_feed, byte by byte. */
static const char *
feed_all(const char *text, size_t n, char *out, size_t cap)
{
    static const char *const shown[] = { "?", "?", "key:", "str:", "#", "true", "false", "null", "{", "}", "[", "]" };
    struct alps_json j = { 0 };
    char have[4096];
    size_t len = 0, at = 0;
    int rc = 0;

    out[0] = '\0';
    for (size_t i = 0; i <= n && rc >= 0; i++) {
        struct guard_page g = guard_page(text + i, i < n);
        alps_slice run = { NULL, 0 };
        size_t p = 0;

        while ((rc = i < n ? alps_json_feed(&j, g.s, &p, &run) : alps_json_end(&j)) > 0) {
            if (run.n)
                memcpy(have + len, run.p, run.n);
            len += run.n;
            run.n = 0;
            if (rc == ALPS_JSON_TEXT)
                continue;
            at += (size_t)snprintf(out + at, cap - at, "%s%.*s ", shown[rc], rc <= ALPS_JSON_NUMBER ? (int)len : 0, have);
            len = 0;
        }
        if (rc < 0)
            snprintf(out + at, cap - at, "!%s@%zu", alps_reason_name((unsigned)-rc), i + p);
        guard_page_free(&g);
    }
    if (rc >= 0 && at)
        out[at - 1] = '\0';
    return out;
}

static void
tokens_n(const char *text, size_t n, const char *want)
{
    static char a[1 << 14], b[1 << 14];

    cr_expect_str_eq(read_all(text, n, a, sizeof a), want, "%s: %s", text, a);
    cr_expect_str_eq(feed_all(text, n, b, sizeof b), want, "%s in bytes: %s", text, b);
}

static void
tokens(const char *text, const char *want)
{ tokens_n(text, strlen(text), want); }

Test(json, tokens_come_in_order_with_their_text)
{
    tokens("{\"a\": [1, -0.5e+10, true, false, null, \"x\"], \"b\": {}}",
           "{ key:a [ #1 #-0.5e+10 true false null str:x ] key:b { } }");
    tokens(" [ ] ", "[ ]");
    tokens("\"\"", "str:");
    tokens("42", "#42");
    tokens("0", "#0");
    tokens("1E5\n", "#1E5");
}

Test(json, escapes_are_undone)
{
    tokens("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "str:\"\\/\b\f\n\r\t");
    tokens("\"a\\u0041b\\u00e4\\u20ac\\ud83d\\ude00c\"", "str:aAb\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" "c");
    tokens("{\"\\u0054able\":1}", "{ key:Table #1 }");
    tokens("\"\xc3\xa4 long enough for a vector \xf0\x9f\x98\x80 and so on\"",
           "str:\xc3\xa4 long enough for a vector \xf0\x9f\x98\x80 and so on");
}

Test(json, several_escaped_texts_share_the_scratch)
{
    static uint8_t scratch[64];
    struct alps_json_reader r;
    struct alps_json_token a, b, c;

    alps_json_reader_init(&r, ALPS_S("[\"\\u0061x\",\"plain\",\"y\\n\"]"), scratch);
    cr_assert(alps_json_read(&r, &a) == 1 && alps_json_read(&r, &a) == 1 && alps_json_read(&r, &b) == 1 && alps_json_read(&r, &c) == 1);
    cr_expect(alps_slice_eq(a.text, ALPS_S("ax")));
    cr_expect(alps_slice_eq(b.text, ALPS_S("plain")));
    cr_expect(alps_slice_eq(c.text, ALPS_S("y\n")));
    cr_expect_eq(a.at, 1);
    cr_expect_eq(b.at, 11);
}

Test(json, K03_what_is_no_json_is_refused)
{
    tokens("[1,]", "[ #1 !BODY_SYNTAX@3");
    tokens("{\"a\":1,}", "{ key:a #1 !BODY_SYNTAX@7");
    tokens("{,}", "{ !BODY_SYNTAX@1");
    tokens("[,]", "[ !BODY_SYNTAX@1");
    tokens("[1 2]", "[ #1 !BODY_SYNTAX@3");
    tokens("{\"a\" 1}", "{ key:a !BODY_SYNTAX@5");
    tokens("{a:1}", "{ !BODY_SYNTAX@1");
    tokens("{'a':1}", "{ !BODY_SYNTAX@1");
    tokens("[1}", "[ #1 !BODY_SYNTAX@2");
    tokens("{\"a\":1]", "{ key:a #1 !BODY_SYNTAX@6");
    tokens("// x\n1", "!BODY_SYNTAX@0");
    tokens("/* x */1", "!BODY_SYNTAX@0");
    tokens("NaN", "!BODY_SYNTAX@0");
    tokens("[Infinity]", "[ !BODY_SYNTAX@1");
    tokens("nul", "!BODY_SYNTAX@3");
    tokens("nulL", "!BODY_SYNTAX@3");
    tokens("True", "!BODY_SYNTAX@0");
    tokens("01", "#0 !BODY_SYNTAX@1");
    tokens("+1", "!BODY_SYNTAX@0");
    tokens("[.5]", "[ !BODY_SYNTAX@1");
    tokens("[1.]", "[ !BODY_SYNTAX@3");
    tokens("[1e]", "[ !BODY_SYNTAX@3");
    tokens("[-]", "[ !BODY_SYNTAX@2");
    tokens("-", "!BODY_SYNTAX@1");
    tokens("[0x1]", "[ #0 !BODY_SYNTAX@2");
    tokens("{} {}", "{ } !BODY_SYNTAX@3");
    tokens("1 2", "#1 !BODY_SYNTAX@2");
    tokens("\"a\" \"b\"", "str:a !BODY_SYNTAX@4");
    tokens("{}\x01", "{ } !BODY_SYNTAX@2");
    tokens("", "!BODY_SYNTAX@0");
    tokens("[", "[ !BODY_SYNTAX@1");
    tokens("\"abc", "!BODY_SYNTAX@4");
    tokens("\xef\xbb\xbf{}", "!BODY_SYNTAX@0");
}

Test(json, strings_hold_no_controls_and_no_broken_escapes)
{
    tokens("\"a\nb\"", "!BODY_SYNTAX@2");
    tokens("\"a\tb\"", "!BODY_SYNTAX@2");
    tokens_n("\"a\0b\"", 5, "!BODY_SYNTAX@2");
    tokens("\"\\x41\"", "!BODY_SYNTAX@2");
    tokens("\"\\'\"", "!BODY_SYNTAX@2");
    tokens("\"\\u12G4\"", "!BODY_SYNTAX@5");
    tokens("\"\\u12\"", "!BODY_SYNTAX@5");
    tokens("\"\\ud83d\"", "!BODY_SYNTAX@7");
    tokens("\"\\ud83dx\"", "!BODY_SYNTAX@7");
    tokens("\"\\ud83d\\n\"", "!BODY_SYNTAX@8");
    tokens("\"\\ud83d\\u0041\"", "!BODY_SYNTAX@12");
    tokens("\"\\ude00\"", "!BODY_SYNTAX@6");
}

Test(json, G18_only_valid_utf_8)
{
    tokens("\"\xc0\xaf\"", "!BODY_SYNTAX@1");
    tokens("\"\xe0\x80\xaf\"", "!BODY_SYNTAX@2");
    tokens("\"\xed\xa0\x80\"", "!BODY_SYNTAX@2");
    tokens("\"\xf5\x80\x80\x80\"", "!BODY_SYNTAX@1");
    tokens("\"\xf4\x90\x80\x80\"", "!BODY_SYNTAX@2");
    tokens("\"\x80\"", "!BODY_SYNTAX@1");
    tokens("\"\xc3\"", "!BODY_SYNTAX@2");
    tokens_n("\xff\xfe{\0}\0", 6, "!BODY_SYNTAX@0");
}

Test(json, K03_depth_is_bounded)
{
    char text[ALPS_JSON_DEPTH * 2 + 8], out[1024];

    memset(text, '[', ALPS_JSON_DEPTH);
    memset(text + ALPS_JSON_DEPTH, ']', ALPS_JSON_DEPTH);
    read_all(text, ALPS_JSON_DEPTH * 2, out, sizeof out);
    cr_expect_null(strchr(out, '!'));
    memset(text, '[', ALPS_JSON_DEPTH + 1);
    cr_expect_not_null(strstr(read_all(text, ALPS_JSON_DEPTH + 1, out, sizeof out), "!BODY_DEPTH@64"));
}

Test(json, K03_numbers_are_bounded)
{
    char text[300], out[1024];

    memset(text, '1', sizeof text);
    read_all(text, 255, out, sizeof out);
    cr_expect_null(strchr(out, '!'));
    cr_expect_not_null(strstr(read_all(text, 256, out, sizeof out), "!BODY_SYNTAX"));
}

Test(json, skipped_values_make_no_events_but_are_checked)
{
    static const char text[] = "{\"a\":{\"b\":[1,\"x\\n\",{}],\"c\":null},\"d\":[[1]],\"e\":5,\"f\":\"z\"}";
    struct alps_json j = { 0 };
    alps_slice run;
    size_t at = 0, n_keys = 0, n_values = 0;
    int rc;

    while ((rc = alps_json_feed(&j, ALPS_S(text), &at, &run)) > 0) {
        n_keys += rc == ALPS_JSON_KEY;
        n_values += rc >= ALPS_JSON_STRING && rc != ALPS_JSON_OBJECT && rc != ALPS_JSON_OBJECT_END;
        if (rc == ALPS_JSON_KEY && *run.p != 'd')
            alps_json_skip(&j);
        if (rc == ALPS_JSON_ARRAY)
            alps_json_skip(&j);
    }
    cr_expect_eq(rc, 0);
    cr_expect_eq(alps_json_end(&j), 0);
    cr_expect_eq(n_keys, 4);
    cr_expect_eq(n_values, 1);

    j = (struct alps_json){ 0 };
    at = 0;
    cr_assert_eq(alps_json_feed(&j, ALPS_S("{\"a\":[01]}"), &at, &run), ALPS_JSON_OBJECT);
    alps_json_skip(&j);
    cr_expect_eq(alps_json_feed(&j, ALPS_S("{\"a\":[01]}"), &at, &run), -ALPS_BODY_SYNTAX);
    cr_expect_eq(at, 7);
}

Test(json, places_are_lines_and_columns)
{
    unsigned line, column;

    alps_json_place(ALPS_S("{\n  \"a\": 1\n}"), 4, &line, &column);
    cr_expect(line == 2 && column == 3);
    alps_json_place(ALPS_S("{\n"), 0, &line, &column);
    cr_expect(line == 1 && column == 1);
    alps_json_place(ALPS_S("{\n"), 99, &line, &column);
    cr_expect(line == 2 && column == 1);
}
