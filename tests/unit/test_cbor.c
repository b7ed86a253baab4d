/* Bodies in CBOR.  K08 is a row of the bypass catalogue. */
#include "body_log.h"

#define EVENTS(paths, want, bytes) events_of(ALPS_BODY_CBOR, paths, ALPS_S(bytes), want)

Test(cbor, a_member_is_found)
{
    EVENTS(PATHS("A"), "0=b;", "\xa1" "\x61" "A" "\x61" "b");
    EVENTS(PATHS("A"), "", "\xa0");
    EVENTS(PATHS("A"), "", "");
    EVENTS(PATHS("A", "B.C"), "0=;1=c;", "\xa3" "\x61" "x" "\x01" "\x61" "A" "\x60" "\x61" "B" "\xa1" "\x61" "C" "\x61" "c");
    EVENTS(PATHS("Alarm"), "0=\xc3\xa4;", "\xa1" "\x65" "Alarm" "\x62" "\xc3\xa4");
}

Test(cbor, lengths_may_be_definite_or_not)
{
    EVENTS(PATHS("L[].K"), "0=1;0.;0.;0=2;0.;", "\xa1\x61" "L\x83\xa1\x61" "K\x61" "1\xa0\xa1\x61" "K\x61" "2");
    EVENTS(PATHS("L[].K"), "0=1;0.;0.;0=2;0.;", "\xbf\x61" "L\x9f\xbf\x61" "K\x61" "1\xff\xbf\xff\xbf\x61" "K\x61" "2\xff\xff\xff");
    EVENTS(PATHS("A"), "0=abc;", "\xa1\x61" "A\x7f\x61" "a\x60\x62" "bc\xff");
    EVENTS(PATHS("AB"), "0=x;", "\xa1\x7f\x61" "A\x61" "B\xff\x61" "x");
    EVENTS(PATHS("A", "B"), "0!;1=x;", "\xa2\x61" "A\x5f\x41\x00\x40\xff\x61" "B\x61" "x");
}

Test(cbor, lengths_may_be_wider_than_they_need_be)
{
    EVENTS(PATHS("A"), "0=b;", "\xb8\x01" "\x78\x01" "A" "\x79\x00\x01" "b");
    EVENTS(PATHS("A"), "0=b;", "\xbb\0\0\0\0\0\0\0\x01" "\x7a\0\0\0\x01" "A" "\x7b\0\0\0\0\0\0\0\x01" "b");
}

Test(cbor, what_is_no_text_is_present)
{
    EVENTS(PATHS("a", "b", "c", "d", "e", "f", "g", "h", "i"), "0!;1!;2!;3!;4!;5!;6!;7!;8!;",
           "\xa9" "\x61" "a\x18\x20" "\x61" "b\x39\x01\x00" "\x61" "c\xf4" "\x61" "d\xf9\x7e\x00" "\x61" "e\xfb\0\0\0\0\0\0\0\0"
           "\x61" "f\x42\x01\x02" "\x61" "g\x81\x01" "\x61" "h\xa1\x61" "x\x80" "\x61" "i\xc1\x1a\x6a\0\0\0");
    EVENTS(PATHS("a", "b", "c"), "2!;", "\xa3\x61" "a\xf6\x61" "b\xf7\x61" "c\xc1\xfb\0\0\0\0\0\0\0\0");
}

Test(cbor, maps_tell_their_keys)
{
    EVENTS(PATHS("R{}", "R{}[].P"), "0=t1;1!;1.;0.;0=t2;0.;",
           "\xa1\x61" "R\xa2\x62" "t1\x81\xa1\x61" "P\xa0\x62" "t2\x80");
}

Test(cbor, K08_a_key_on_a_path_that_comes_twice_is_refused)
{
    EVENTS(PATHS("A"), "0=b;BODY_DUPLICATE", "\xa2\x61" "A\x61" "b\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "0=b;BODY_DUPLICATE", "\xbf\x61" "A\x61" "b\x7f\x61" "A\xff\x61" "c\xff");
    EVENTS(PATHS("A.B"), "BODY_DUPLICATE", "\xa2\x61" "A\xa0\x61" "A\xa0");
    EVENTS(PATHS("A"), "0=b;", "\xa3\x61" "x\x01\x61" "x\x02\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "a\x61" "b");
}

Test(cbor, K08_keys_are_text)
{
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x41" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x01\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\xf6\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\xc1\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\xa0\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "x\xa1\x01\x02");       /* in what is skipped, too */
}

/* Keys of other lengths are passed over at once; what is in them is checked as far as it can move the others. */
Test(cbor, what_is_skipped_is_still_well_formed)
{
    EVENTS(PATHS("AB"), "0=x;", "\xa3\x61" "a\x83\x19\x01\x02\xbf\x61" "k\x9f\x80\xa0\xff\xff\x43"
           "abc\x63" "abc\xfb\0\0\0\0\0\0\0\0\x62" "AB\x61x");
    EVENTS(PATHS("AB"), "BODY_SYNTAX", "\xa2\x61" "a\x81\xbf\x01\xff          \x62" "AB\x61x");
    EVENTS(PATHS("AB"), "BODY_SYNTAX", "\xa2\x61" "a\x81\xf8\x20          \x62" "AB\x61x");
    EVENTS(PATHS("AB"), "BODY_SYNTAX", "\xa2\x61" "a\x81\xc2\x41\x01          \x62" "AB\x61x");
    EVENTS(PATHS("AB"), "BODY_SYNTAX", "\xa2\x61" "a\x81\x1e          \x62" "AB\x61x");
    EVENTS(PATHS("AB"), "BODY_SYNTAX", "\xa2\x61" "a\xbf\x61" "b\xff          \x62" "AB\x61x");
    EVENTS(PATHS("AB"), "0=x;", "\xa2\x61" "a\xa2\x62" "AB\x01\x62" "AB\x02\x62" "AB\x61x");
    EVENTS(PATHS("AB.CD", "EF"), "0=1;1=2;", "\xa3\x62" "AB\xa2\x61x\x01\x62" "CD\x61" "1\x61y\x80\x62" "EF\x61" "2");
    EVENTS(PATHS("M{}.CD"), "0=1;0.;", "\xa2\x63xyz\x01\x61M\xa1\x63xyz\xa1\x62" "CD\x61" "1");
}

Test(cbor, K08_tags_but_times_are_refused)
{
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xd9\xd9\xf7\xa1\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xc0\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xd8\x20\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xc1\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "x\xc1\xc1\x01");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "x\xc2\x41\x01");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xbf\x61" "x\xc1\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "x\xc1\xf6");
}

Test(cbor, K08_what_is_not_well_formed_is_refused)
{
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x1c");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xf8\x20");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xe0");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x1f");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xbf\x61" "A\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x7f\x41" "b\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x7f\x7f\x61" "b\xff\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x61\xff");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x7f\x61\xc3\x61\xa4\xff");   /* a character in two chunks */
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\xbb\xff\xff\xff\xff\xff\xff\xff\xff");
}

Test(cbor, a_body_is_one_item_and_all_of_it)
{
    EVENTS(PATHS("A"), "0=b;BODY_SYNTAX", "\xa1\x61" "A\x61" "b\xa0");
    EVENTS(PATHS("A"), "0=b;BODY_SYNTAX", "\xa2\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xa1\x61" "A\x63" "b");
    EVENTS(PATHS("A"), "0=b;BODY_SYNTAX", "\xbf\x61" "A\x61" "b");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\xc1");
    EVENTS(PATHS("A"), "BODY_SYNTAX", "\x7f");
}

Test(cbor, types_must_fit_the_path)
{
    EVENTS(PATHS("A.B"), "BODY_TYPE", "\xa1\x61" "A\x61" "B");
    EVENTS(PATHS("A.B"), "BODY_TYPE", "\xa1\x61" "A\x81\x61" "B");
    EVENTS(PATHS("A[]"), "BODY_TYPE", "\xa1\x61" "A\xa0");
    EVENTS(PATHS("A"), "BODY_TYPE", "\x81\x61" "A");
    EVENTS(PATHS("A"), "BODY_TYPE", "\x61" "A");
    EVENTS(PATHS("A"), "BAD_NAME", "\xa1\x61" "A\x62" "b\x01");
}

Test(cbor, nesting_is_limited)
{
    static const char *const path[] = { "A" };
    uint8_t deep[2 * ALPS_BODY_NESTING + 1] = { 0 };

    memset(deep, 0x81, ALPS_BODY_NESTING);
    deep[ALPS_BODY_NESTING] = 0;
    events_of(ALPS_BODY_CBOR, path, 0, (alps_slice){ deep, ALPS_BODY_NESTING + 1 }, "");
    deep[ALPS_BODY_NESTING] = 0x80;
    events_of(ALPS_BODY_CBOR, path, 0, (alps_slice){ deep, ALPS_BODY_NESTING + 1 }, "BODY_DEPTH");
}

Test(cbor, long_names_are_refused_where_they_count)
{
    uint8_t body[6 + 2 + ALPS_BODY_VALUE + 1] = "\xa1\x61" "A\x79\x20\x01";
    static const char *const a[] = { "A" }, *const b[] = { "B" };

    memset(body + 6, 'x', ALPS_BODY_VALUE + 1);
    events_of(ALPS_BODY_CBOR, a, 1, (alps_slice){ body, 6 + ALPS_BODY_VALUE + 1 }, "NAME_TOO_LONG");
    events_of(ALPS_BODY_CBOR, b, 1, (alps_slice){ body, 6 + ALPS_BODY_VALUE + 1 }, "");
}
