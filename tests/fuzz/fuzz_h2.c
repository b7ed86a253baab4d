/* What a client writes: cut in any pieces it leaves in the same bytes with the same verdicts; and whatever stayed here, a
 * server can decode every header block of what left. */
#include <stdio.h>
#include <stdlib.h>

#include "core/policy.h"
#include "shim/guard.h"
#include "shim/h2.c"
#include "shim/h2_read.c"
#include "shim/h2_stream.c"
#include "shim/reload.h"

struct guard guard = { .file = "fuzz", .function = "fuzz" };

struct run { uint8_t out[1 << 21], in[1 << 18]; size_t n_out, n_in; unsigned allowed, denied; bool end; uint16_t reason; };
static struct run whole, pieces, *now;

void
reload_check(uint64_t now_ns)
{
    (void)now_ns;                       /* its allowlist stays */
}

void
log_decision(const struct alps_decision *d, uint64_t ns)
{
    (void)ns;
    now->allowed += d->verdict == ALPS_ALLOW;
    now->denied += d->verdict == ALPS_DENY;
}

static bool
leave(void *ctx, const uint8_t *p, size_t n)
{
    (void)ctx;
    if (now->n_out + n > sizeof now->out)
        return false;
    memcpy(now->out + now->n_out, p, n);
    now->n_out += n;
    return true;
}

static void
play(struct run *r, const uint8_t *p, size_t n, bool cut)
{
    static const uint8_t settings[9] = { 0, 0, 0, 4 };
    struct h2 *h = h2_new(ALPS_S("reports.s3.eu-west-1.amazonaws.com"));
    struct alps_decision d = { 0 };
    size_t seed = n;

    now = r;
    r->n_out = r->n_in = r->allowed = r->denied = 0;
    r->end = false;
    memcpy(r->in, settings, sizeof settings);
    r->n_in = h2_read(h, r->in, sizeof settings, sizeof r->in);
    while (n && !r->end) {
        size_t k = cut ? 1 + (seed = seed * 1103515245 + 12345) / 65536 % 40 : n;

        if (k > n)
            k = n;
        r->end = !h2_write(h, p, k, leave, NULL, &d);
        p += k;
        n -= k;
    }
    r->reason = r->end ? d.reason : 0;
    r->n_in += h2_ready(h, r->in + r->n_in, sizeof r->in - r->n_in, false);
    h2_free(h);
}

static void
decode_all(const struct run *r)
{
    nghttp2_hd_inflater *server;
    const uint8_t *p = r->out, *end = p + r->n_out;
    struct bytes block = { NULL, 0, 0 };

    nghttp2_hd_inflate_new(&server);
    nghttp2_hd_inflate_change_table_size(server, 4096);
    for (p += r->n_out < 24 ? r->n_out : 24; end - p >= ALPS_H2_HEAD;) {
        struct alps_h2_frame f = alps_h2_frame_read(p);
        alps_slice payload = { p + ALPS_H2_HEAD, f.length }, content = payload;

        if ((size_t)(end - p) < ALPS_H2_HEAD + f.length)
            break;                      /* DATA that was still passing */
        p += ALPS_H2_HEAD + f.length;
        if (f.type != ALPS_H2_HEADERS && f.type != ALPS_H2_CONTINUATION)
            continue;
        if (f.type == ALPS_H2_HEADERS && alps_h2_content(&f, payload, &content) < 0)
            abort();
        bytes_put(&block, content.p, content.n);
        if (!(f.flags & ALPS_H2_END_HEADERS))
            continue;
        for (size_t at = 0;;) {
            nghttp2_nv nv;
            int flags = 0;
            ssize_t k = nghttp2_hd_inflate_hd2(server, &nv, &flags, block.p + at, block.n - at, 1);

            if (k < 0)
                abort();
            at += (size_t)k;
            if (flags & NGHTTP2_HD_INFLATE_FINAL)
                break;
        }
        nghttp2_hd_inflate_end_headers(server);
        block.n = 0;
    }
    bytes_free(&block);
    nghttp2_hd_inflate_del(server);
}

static void
make_policy(void)
{
    static uint8_t memory[1 << 18];
    static const uint8_t objects[] = { 'a', 'r', 'n', ':', 'a', 'w', 's', ':', 's', '3', ':', ':', ':', 'r', 'e', 'p', 'o', 'r', 't',
                                       's', '/', ALPS_ANY };
    struct alps_arena arena = { memory, memory + sizeof memory };
    struct alps_policy *p = alps_policy_new(&arena, &alps_catalog_builtin, 4, 4, 4);
    struct alps_rule rule = { .action = alps_action_find(&alps_catalog_builtin, ALPS_S("s3:PutObject")),
                              .pattern = { objects, sizeof objects }, .label = ALPS_S("x"), .service = ALPS_S("s3") };

    if (!p || alps_policy_allow(p, &rule) != 0 || alps_policy_host(p, ALPS_S("a.b")) != 0)
        abort();
    guard.policy = alps_policy_seal(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t first[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";     /* and the NUL at its end */
    static uint8_t wire[1 << 16];

    if (!guard.policy)
        make_policy();
    if (n > sizeof wire - sizeof first)
        return 0;
    memcpy(wire, first, sizeof first);
    memcpy(wire + sizeof first, data, n);
    play(&whole, wire, sizeof first + n, false);
    play(&pieces, wire, sizeof first + n, true);
    if (whole.n_out != pieces.n_out || memcmp(whole.out, pieces.out, whole.n_out) != 0 || whole.n_in != pieces.n_in ||
        memcmp(whole.in, pieces.in, whole.n_in) != 0 || whole.allowed != pieces.allowed ||
        whole.denied != pieces.denied || whole.end != pieces.end || whole.reason != pieces.reason)
        abort();
    decode_all(&whole);
    return 0;
}
