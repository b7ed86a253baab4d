#include "core/field.h"

/* Sorted by length (a unit test looks every row up).  Lower case. */
#define FIELDS(F, x)                                        \
    F("a-im",                   ALPS_FIELD_ONCE, x)         \
    F("host",                   ALPS_FIELD_ONCE, x)         \
    F("secret",                 ALPS_FIELD_ONCE, x)         \
    F("expect",                 ALPS_FIELD_ONCE, x)         \
    F("trailer",                ALPS_FIELD_ONCE, x)         \
    F("upgrade",                ALPS_FIELD_UPGRADE, x)      \
    F("if-match",               ALPS_FIELD_ONCE, x)         \
    F("metadata",               ALPS_FIELD_ONCE, x)         \
    F("soapaction",             ALPS_FIELD_ONCE, x)         \
    F("content-type",           ALPS_FIELD_ONCE, x)         \
    F("x-http-method",          ALPS_FIELD_ONCE, x)         \
    F("authorization",          ALPS_FIELD_ONCE, x)         \
    F("content-length",         ALPS_FIELD_ONCE, x)         \
    F("http2-settings",         ALPS_FIELD_UPGRADE, x)      \
    F("metadata-flavor",        ALPS_FIELD_ONCE, x)         \
    F("smithy-protocol",        ALPS_FIELD_ONCE, x)         \
    F("content-encoding",       ALPS_FIELD_ONCE, x)         \
    F("transfer-encoding",      ALPS_FIELD_ONCE, x)         \
    F("x-method-override",      ALPS_FIELD_ONCE, x)         \
    F("x-identity-header",      ALPS_FIELD_ONCE, x)         \
    F("x-http-method-override", ALPS_FIELD_ONCE, x)

enum { NAME_MAX = 24 };

#define SHORTER(name, rule, n)  + (sizeof(name) - 1 < (n))
#define BEFORE(n) (0 FIELDS(SHORTER, n))

static const struct { char name[NAME_MAX]; uint8_t n, rule; } row_of[] = {
#define ROW(text, how, x) { text, sizeof(text) - 1, how },
    FIELDS(ROW, 0)
#undef ROW
};

static const uint8_t first_of[NAME_MAX + 1] = {         /* the first row of each length, counted by the compiler */
    BEFORE(0),  BEFORE(1),  BEFORE(2),  BEFORE(3),  BEFORE(4),  BEFORE(5),  BEFORE(6),  BEFORE(7),  BEFORE(8),
    BEFORE(9),  BEFORE(10), BEFORE(11), BEFORE(12), BEFORE(13), BEFORE(14), BEFORE(15), BEFORE(16), BEFORE(17),
    BEFORE(18), BEFORE(19), BEFORE(20), BEFORE(21), BEFORE(22), BEFORE(23), BEFORE(24)
};

_Static_assert(sizeof row_of / sizeof row_of[0] <= 64, "a row is a bit of a 64-bit mask");

/* What vendors read; but nothing is decided by a user's own metadata, by a library's name, nor by a checksum, which may come
 * as a trailer. */
static const struct { char name[24]; uint8_t n, rule; } prefix_of[] = {
#define PREFIX(text, how) { text, sizeof(text) - 1, how }
    PREFIX("x-amz-meta-",               ALPS_FIELD_FREE),
    PREFIX("x-amz-checksum-",           ALPS_FIELD_FREE),
    PREFIX("x-amz-trailer-signature",   ALPS_FIELD_FREE),
    PREFIX("x-amz",                     ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR),
    PREFIX("x-aws",                     ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR),
    PREFIX("x-goog-meta-",              ALPS_FIELD_FREE),
    PREFIX("x-goog-api-client",         ALPS_FIELD_FREE),       /* who calls: google-auth says it again, beside gRPC */
    PREFIX("x-goog-",                   ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR),
    PREFIX("x-ms-meta-",                ALPS_FIELD_FREE),
    PREFIX("x-ms-",                     ALPS_FIELD_ONCE | ALPS_FIELD_VENDOR)
#undef PREFIX
};

static bool
same(const uint8_t *p, const char *lower, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (alps_lower(p[i]) != (uint8_t)lower[i])
            return false;
    return true;
}

unsigned
alps_field_rule(alps_slice name, unsigned *row)
{
    if (name.n > 4 && name.p[1] == '-' && (name.p[0] | 0x20) == 'x')
        for (unsigned i = 0; i < sizeof prefix_of / sizeof prefix_of[0]; i++)
            if (name.n >= prefix_of[i].n && same(name.p, prefix_of[i].name, prefix_of[i].n))
                return prefix_of[i].rule;
    if (name.n >= NAME_MAX)
        return ALPS_FIELD_FREE;
    for (unsigned i = first_of[name.n]; i < first_of[name.n + 1]; i++)
        if (same(name.p, row_of[i].name, name.n)) {
            *row = i;
            return row_of[i].rule;
        }
    return ALPS_FIELD_FREE;
}

unsigned
alps_field_rule_folded(alps_slice name)
{
    static const char vendors[] = "x-amz-sso_bearer_token";     /* the one that a vendor writes like that: a token */
    uint8_t text[NAME_MAX];             /* enough: rows and prefixes are no longer */
    size_t n = name.n < NAME_MAX ? name.n : NAME_MAX;
    unsigned row;

    if (name.n == sizeof vendors - 1 && same(name.p, vendors, name.n))
        return ALPS_FIELD_FREE;
    for (size_t i = 0; i < n; i++)
        text[i] = name.p[i] == '_' ? '-' : name.p[i];
    return alps_field_rule((alps_slice){ text, n }, &row);
}
