/* The first byte chooses the kind of body.  Events and outcome are the same whole, byte by byte, and in pieces. */
#include <stdio.h>
#include <stdlib.h>

#include "core/body.h"
#include "core/reason.h"

static const char *const json_paths[] = {
    "TableName", "A.B", "A.B.C", "L[]", "L[].X", "L[].Y.Z", "M{}", "M{}.X", "M{}[].P", "M{}[].P.Q", "N[][].K", "A"
};
static const char *const xml_paths[] = { "Object[].Key", "Object[].V", "Quiet", "A.B", "A.L[].K", "A", "Object[]" };
static const char *const form_paths[] = {
    "Action", "A.B", "A", "L[]", "L[].X", "L[].Y", "L[].Z[].K", "M{}", "M{}.X", "Version"
};

static const char *const number_paths[] = { "1", "2[]", "2[].1", "3.1", "3.2[].1", "4", "4.1", "5[].1[].2" };

struct log { char text[1 << 14]; size_t n; unsigned stop; };

static int
note(void *ctx, enum alps_body_event event, unsigned path, alps_slice value)
{
    struct log *l = ctx;
    int n;

    if (event != ALPS_BODY_STRING && value.n)
        abort();
    if (value.n > ALPS_BODY_VALUE)
        abort();
    n = snprintf(l->text + l->n, sizeof l->text - l->n, "%d %u %zu:%.*s;", (int)event, path, value.n,
                 (int)(value.n < 40 ? value.n : 40), value.n ? (const char *)value.p : "");
    if (l->n + (size_t)n + 100 < sizeof l->text)
        l->n += (size_t)n;
    return l->stop && --l->stop == 0 ? 77 : 0;
}

static int
walk(enum alps_body_kind kind, const char *const *paths, unsigned n_paths, const uint8_t *p, size_t n, size_t step, struct log *l)
{
    struct alps_body b;
    int rc = 0;

    memset(&b, 0x5a, sizeof b);
    alps_body_init(&b, kind, paths, n_paths);
    for (size_t at = 0; at < n && rc == 0; at += step) {
        size_t take = n - at < step ? n - at : step;
        uint8_t *copy = malloc(take);

        memcpy(copy, p + at, take);
        rc = alps_body_feed(&b, (alps_slice){ copy, take }, note, l);
        free(copy);
    }
    return rc ? rc : alps_body_end(&b, note, l);
}

static struct log whole, pieces;

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const size_t steps[] = { 1, 2, 7, 16, 61 };
    enum alps_body_kind kind;
    const char *const *paths;
    unsigned n_paths;
    int rc;

    if (n < 2)
        return 0;
    switch (*p % 6) {
    case 0:
        kind = ALPS_BODY_JSON, paths = json_paths, n_paths = sizeof json_paths / sizeof *json_paths;
        break;
    case 1:
        kind = ALPS_BODY_XML, paths = xml_paths, n_paths = sizeof xml_paths / sizeof *xml_paths;
        break;
    case 2:
        kind = ALPS_BODY_CBOR, paths = json_paths, n_paths = sizeof json_paths / sizeof *json_paths;
        break;
    case 3:
    case 4:
        kind = *p % 6 == 3 ? ALPS_BODY_PROTOBUF : ALPS_BODY_GRPC;
        paths = number_paths, n_paths = sizeof number_paths / sizeof *number_paths;
        break;
    default:
        kind = ALPS_BODY_FORM, paths = form_paths, n_paths = sizeof form_paths / sizeof *form_paths;
    }
    whole.n = 0;
    whole.stop = p[1] % 32;
    rc = walk(kind, paths, n_paths, p + 2, n - 2, n, &whole);
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        pieces.n = 0;
        pieces.stop = p[1] % 32;
        if (walk(kind, paths, n_paths, p + 2, n - 2, steps[i], &pieces) != rc || pieces.n != whole.n ||
            memcmp(pieces.text, whole.text, whole.n) != 0) {
            fprintf(stderr, "whole %s: %.*s\npieces of %zu: %.*s\n", alps_reason_name((unsigned)-rc), (int)whole.n, whole.text,
                    steps[i], (int)pieces.n, pieces.text);
            abort();
        }
    }
    return 0;
}
