#include "core/field.h"
#include "core/http1.h"
#include "core/reason.h"

enum {
    SIZE,               /* in the digits of a chunk size */
    SIZE_LF,
    DATA,
    DATA_CR,            /* behind the bytes of a chunk */
    DATA_LF,
    LINE,               /* at the first byte of a trailer line */
    NAME,
    VALUE,
    VALUE_LF,
    LAST_LF,
    BAD
};

enum { TRAILERS_MAX = 8192, DIGITS_MAX = 16 };

static int
hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 0|[1-9][0-9]*, below 2^63. */
static int
length_of(alps_slice s, uint64_t *n)
{
    if (s.n == 0 || s.n > 19 || (s.n > 1 && *s.p == '0'))
        return -ALPS_FRAMING;
    for (*n = 0; s.n; s = alps_slice_sub(s, 1, s.n)) {
        if (*s.p < '0' || *s.p > '9')
            return -ALPS_FRAMING;
        *n = *n * 10 + (uint64_t)(*s.p - '0');          /* 19 nines are below 2^64 */
    }
    return *n >> 63 ? -ALPS_FRAMING : 0;
}

int
alps_framing_init(struct alps_framing *f, const struct alps_request *req)
{
    bool twice, again;
    const struct alps_header *length = alps_request_header(req, ALPS_S("content-length"), &twice);
    const struct alps_header *coding = alps_request_header(req, ALPS_S("transfer-encoding"), &again);

    *f = (struct alps_framing){ .kind = ALPS_BODY_NONE, .done = true };
    if (twice || again || (length && coding))
        return -ALPS_FRAMING;
    if (coding) {
        if (!alps_slice_eq(coding->value, ALPS_S("chunked")))    /* no "Chunked": some servers do not know it */
            return -ALPS_FRAMING;
        *f = (struct alps_framing){ .kind = ALPS_BODY_CHUNKED, .state = SIZE };
    } else if (length) {
        if (length_of(length->value, &f->left) < 0)
            return -ALPS_FRAMING;
        f->kind = ALPS_BODY_LENGTH;
        f->done = f->left == 0;
    }
    return 0;
}

/* The next ${n} or fewer bytes are content. */
static ptrdiff_t
take_data(struct alps_framing *f, alps_slice wire, size_t from, alps_slice *content)
{
    size_t n = wire.n - from;

    if (n > f->left)
        n = (size_t)f->left;
    *content = (alps_slice){ wire.p + from, n };
    f->left -= n;
    return (ptrdiff_t)(from + n);
}

static bool
take_size(struct alps_framing *f, uint8_t c)
{
    int digit = hex_of(c);

    if (digit >= 0) {
        if (f->digits++ >= DIGITS_MAX || f->left >> 59)
            return false;
        f->left = f->left << 4 | (unsigned)digit;
        return true;
    }
    if (c != '\r' || f->digits == 0)        /* ';' too: an extension that two readers end at different bytes */
        return false;
    f->state = SIZE_LF;
    return true;
}

/* A trailer field may not be one that decides; names that do not fit are longer than all those that do. */
static bool
take_trailer(struct alps_framing *f, uint8_t c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    bool token = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                 (c != 0 && memchr(marks, c, sizeof marks - 1));

    if (f->trailers++ >= TRAILERS_MAX)
        return false;
    switch (f->state) {
    case LINE:
        if (c == '\r') {
            f->state = LAST_LF;
            return true;
        }
        f->n_name = 0;
        f->state = NAME;
        /* fall through */
    case NAME:
        if (c == ':' && f->n_name) {
            f->state = VALUE;
            return alps_field_rule_folded((alps_slice){ (const uint8_t *)f->name, f->n_name }) == ALPS_FIELD_FREE;
        }
        if (!token || f->n_name >= sizeof f->name)
            return false;
        f->name[f->n_name++] = (char)c;
        return true;
    case VALUE:
        if (c == '\r')
            f->state = VALUE_LF;
        return c == '\r' || c == '\t' || (c >= 0x20 && c != 0x7f);
    case VALUE_LF:
        f->state = LINE;
        return c == '\n';
    default:
        f->done = true;                     /* LAST_LF */
        return c == '\n';
    }
}

/* One byte of syntax. */
static bool
take_syntax(struct alps_framing *f, uint8_t c)
{
    switch (f->state) {
    case SIZE:
        return take_size(f, c);
    case SIZE_LF:
        f->state = f->left ? DATA : LINE;
        return c == '\n';
    case DATA_CR:
        f->state = DATA_LF;
        return c == '\r';
    case DATA_LF:
        f->state = SIZE;
        f->digits = 0;
        return c == '\n';
    case BAD:
        return false;
    default:
        return take_trailer(f, c);
    }
}

ptrdiff_t
alps_framing_feed(struct alps_framing *f, alps_slice wire, alps_slice *content)
{
    size_t i = 0;
    ptrdiff_t used;

    *content = (alps_slice){ wire.p, 0 };
    if (f->done || wire.n == 0)
        return 0;
    if (f->kind == ALPS_BODY_LENGTH) {
        used = take_data(f, wire, 0, content);
        f->done = f->left == 0;
        return used;
    }
    for (; i < wire.n && f->state != DATA && !f->done; i++)
        if (!take_syntax(f, wire.p[i])) {
            f->state = BAD;
            return -ALPS_FRAMING;
        }
    if (f->state != DATA)
        return (ptrdiff_t)i;
    used = take_data(f, wire, i, content);
    if (f->left == 0)
        f->state = DATA_CR;
    return used;
}
