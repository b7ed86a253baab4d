/* Row ids (G01 …) are those of the bypass catalogue: where two readers see a body end at different bytes. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/http1.h"
#include "core/reason.h"
#include "guard_page.h"

static int
init(struct alps_framing *f, const char *fields)
{
    static struct alps_request req;
    struct alps_http1 h = { 0 };
    char text[512];
    ptrdiff_t n;

    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    n = alps_http1_feed(&h, alps_slice_of(text), &req);
    return n <= 0 ? (int)n : alps_framing_init(f, &req);
}

/* The content joined in ${out} (at most 1000 bytes); how much was used, or a negated reason.  Byte by byte and whole. */
static ptrdiff_t
run(struct alps_framing f, const char *wire, size_t step, char *out, bool *done)
{
    size_t n = strlen(wire), at = 0, have = 0;

    while (at < n && !f.done) {
        struct guard_page g = guard_page(wire + at, n - at < step ? n - at : step);
        alps_slice content;
        ptrdiff_t used = alps_framing_feed(&f, g.s, &content);

        if (used < 0)
            return used;
        memcpy(out + have, content.p, content.n);
        have += content.n;
        at += (size_t)used;
        guard_page_free(&g);
    }
    out[have] = '\0';
    *done = f.done;
    return (ptrdiff_t)at;
}

static void
chunks(const char *wire, const char *content, size_t rest)
{
    struct alps_framing f;
    char out[1000];
    bool done = false;

    cr_assert_eq(init(&f, "Transfer-Encoding: chunked\r\n"), 0);
    for (size_t step = 1; step < 64; step += 3) {
        cr_expect_eq(run(f, wire, step, out, &done), (ptrdiff_t)(strlen(wire) - rest), "%s", wire);
        cr_expect(done);
        cr_expect_str_eq(out, content);
    }
}

static void
refused(const char *wire)
{
    struct alps_framing f;
    char out[1000];
    bool done;

    cr_assert_eq(init(&f, "Transfer-Encoding: chunked\r\n"), 0);
    cr_expect_eq(run(f, wire, 1000, out, &done), -ALPS_FRAMING, "%s", wire);
    cr_expect_eq(run(f, wire, 1, out, &done), -ALPS_FRAMING, "%s", wire);
}

Test(framing, G01_length_and_coding_together_are_refused)
{
    struct alps_framing f;

    cr_expect_eq(init(&f, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), -ALPS_FRAMING);
    cr_expect_eq(init(&f, "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), -ALPS_FRAMING);
}

Test(framing, G02_content_length_is_one_plain_number)
{
    static const char *const bad[] = { "5, 5", "+5", "0x5", "05", "-1", "", "5 5", "9223372036854775808", "99999999999999999999", "1e3" };
    struct alps_framing f;
    char text[100];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "Content-Length: %s\r\n", bad[i]);
        cr_expect_eq(init(&f, text), -ALPS_FRAMING, "%s", bad[i]);
    }
    cr_expect_eq(init(&f, "Content-Length: 5\r\nContent-Length: 5\r\n"), -ALPS_DUPLICATE_FIELD);
    cr_expect_eq(init(&f, "Content-Length: 9223372036854775807\r\n"), 0);
    cr_expect_eq(f.left, INT64_MAX);
    cr_expect_eq(init(&f, "Content-Length: 0\r\n"), 0);
    cr_expect(f.done);
}

Test(framing, G03_transfer_encoding_is_one_chunked)
{
    static const char *const bad[] = { "xchunked", "chunked, identity", "identity", "gzip, chunked", "chunked;q=1", "\"chunked\"", "Chunked", "" };
    struct alps_framing f;
    char text[100];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "Transfer-Encoding: %s\r\n", bad[i]);
        cr_expect_eq(init(&f, text), -ALPS_FRAMING, "%s", bad[i]);
    }
    cr_expect_eq(init(&f, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), -ALPS_DUPLICATE_FIELD);
    cr_expect_eq(init(&f, "Transfer-Encoding : chunked\r\n"), -ALPS_MALFORMED_FIELD);
    cr_expect_eq(init(&f, "Transfer-Encoding: \tchunked \r\n"), 0);
}

Test(framing, G04_chunk_syntax_is_strict)
{
    refused("5;ext=1\r\nhello\r\n0\r\n\r\n");
    refused("5\nhello\n0\n\n");
    refused("5 \r\nhello\r\n0\r\n\r\n");
    refused("\r\n5\r\nhello\r\n0\r\n\r\n");
    refused("5\r\nhello0\r\n\r\n");
    refused("5\r\nhelloX\r\n0\r\n\r\n");
    refused("0x5\r\nhello\r\n0\r\n\r\n");
    refused("-5\r\nhello\r\n0\r\n\r\n");
    refused("ffffffffffffffff\r\n");
    refused("00000000000000005\r\nhello");
    refused("g\r\n");
}

Test(framing, chunks_are_joined_and_nothing_behind_them_is_taken)
{
    chunks("5\r\nhello\r\n0\r\n\r\n", "hello", 0);
    chunks("5\r\nhello\r\nA\r\n, world!!!\r\n0\r\n\r\nGET /next", "hello, world!!!", 9);
    chunks("0\r\n\r\n", "", 0);
    chunks("0005\r\nhello\r\n000\r\n\r\n", "hello", 0);
}

Test(framing, G09_trailer_may_not_decide)
{
    refused("0\r\nX-Amz-Target: x\r\n\r\n");
    refused("0\r\nHost: x\r\n\r\n");
    refused("0\r\nContent-Length: 5\r\n\r\n");
    refused("0\r\ncontent_length: 5\r\n\r\n");
    refused("0\r\nx-http-method-override: DELETE\r\n\r\n");
    refused("0\r\n folded\r\n\r\n");
    refused("0\r\nA : b\r\n\r\n");
    refused("0\r\nA: b\n\r\n");
    refused("0\r\nA\r\n\r\n");
    refused("0\r\n: b\r\n\r\n");
    chunks("0\r\nx-amz-checksum-crc64nvme: abc=\r\nx-amz-trailer-signature: 12\r\nOther: 1\r\n\r\n", "", 0);
}

Test(framing, trailers_are_bounded)
{
    struct alps_framing f;
    alps_slice content;
    ptrdiff_t rc = 0;

    cr_assert_eq(init(&f, "Transfer-Encoding: chunked\r\n"), 0);
    cr_assert_eq(alps_framing_feed(&f, ALPS_S("0\r\n"), &content), 3);
    for (unsigned i = 0; i < 3000 && rc >= 0; i++)
        rc = alps_framing_feed(&f, ALPS_S("a: b\r\n"), &content);
    cr_expect_eq(rc, -ALPS_FRAMING);
}

Test(framing, G13_a_length_counts_for_every_method)
{
    struct alps_framing f;
    alps_slice content;

    cr_assert_eq(init(&f, "Content-Length: 3\r\n"), 0);      /* of a GET */
    cr_expect_eq(alps_framing_feed(&f, ALPS_S("abcGET / HTTP/1.1\r\n"), &content), 3);
    cr_expect(f.done && content.n == 3);
    cr_expect_eq(alps_framing_feed(&f, ALPS_S("GET"), &content), 0);
    cr_assert_eq(init(&f, ""), 0);
    cr_expect(f.done);
}
