#include "core/form.h"
#include "core/reason.h"

enum { START, NAME, NAME_HIGH, NAME_LOW, VALUE, VALUE_HIGH, VALUE_LOW, DONE, BAD };

/* Bytes that stand for themselves.  Serializers leave few of them bare; none of these is read in two ways. */
enum { PLAIN = 1, HEX = 2 };
static const uint8_t class[256] = {
    ['!'] = PLAIN, ['$'] = PLAIN, ['\'' ... '*'] = PLAIN, [',' ... '/'] = PLAIN, ['0' ... '9'] = PLAIN | HEX, [':'] = PLAIN,
    ['?'] = PLAIN, ['@'] = PLAIN, ['A' ... 'F'] = PLAIN | HEX, ['G' ... 'Z'] = PLAIN, ['['] = PLAIN, [']'] = PLAIN,
    ['_'] = PLAIN, ['a' ... 'f'] = PLAIN | HEX, ['g' ... 'z'] = PLAIN, ['~'] = PLAIN
};

struct run { const uint8_t *p, *end; alps_slice *text; };

static int
give(const struct alps_form *f, alps_slice *text, const uint8_t *p, size_t n)
{
    *text = (alps_slice){ p, n };
    return n && !f->muted ? ALPS_FORM_TEXT : 0;
}

static uint8_t
hex_of(uint8_t c)
{ return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

static int
take_escape(struct alps_form *f, struct run *r)
{
    uint8_t digit = hex_of(*r->p);

    if (!(class[*r->p] & HEX))
        return -ALPS_BODY_SYNTAX;
    r->p++;
    if (f->state == NAME_HIGH || f->state == VALUE_HIGH) {
        f->high = digit;
        f->state++;
        return 0;
    }
    f->out = (uint8_t)(f->high << 4 | digit);
    f->state = f->state == NAME_LOW ? NAME : VALUE;
    return give(f, r->text, &f->out, 1);
}

/* Over a run of plain bytes; of a value that is skipped, over its whole escapes too. */
static inline const uint8_t *
pass_plain(const uint8_t *p, const uint8_t *end, bool muted)
{
    for (;;) {
        while (p < end && class[*p] & PLAIN)
            p++;
        if (!muted || p == end)
            return p;
        if (*p == '+' || *p == '=')
            p++;
        else if (*p == '%' && end - p > 2 && class[p[1]] & class[p[2]] & HEX)
            p += 3;
        else
            return p;
    }
}

/* Behind a run of plain bytes [from, r->p): the byte that ended it. */
static int
take_mark(struct alps_form *f, struct run *r, const uint8_t *from)
{
    size_t n = (size_t)(r->p - from);
    bool value = f->state == VALUE, muted = f->muted;

    switch (*r->p) {
    case '%':
        r->p++;
        f->state++;                                     /* …_HIGH */
        return give(f, r->text, from, n);
    case '+':
        if (n == 0) {
            f->out = ' ';
            r->p++;
            return give(f, r->text, &f->out, 1);
        }
        return give(f, r->text, from, n);               /* the '+' next time, if it is not skipped over at once */
    case '=':
        if (value) {
            r->p++;
            return give(f, r->text, from, n + 1);
        }
        break;
    case '&':
        if (!value)
            return -ALPS_BODY_SYNTAX;                   /* a name without a value; an empty pair */
        break;
    default:
        return -ALPS_BODY_SYNTAX;
    }
    if (!value && !f->named)
        return -ALPS_BODY_SYNTAX;
    r->p++;
    f->state = value ? NAME : VALUE;
    f->muted = false;
    f->named = false;
    *r->text = (alps_slice){ from, n };
    return muted ? 0 : value ? ALPS_FORM_VALUE : ALPS_FORM_NAME;
}

int
alps_form_feed(struct alps_form *f, alps_slice in, size_t *at, alps_slice *text)
{
    struct run r = { in.p + *at, in.p + in.n, text };
    int rc = 0;

    while (r.p < r.end && rc == 0) {
        const uint8_t *from = r.p;

        if (f->state == START)
            f->state = NAME;
        if (f->state == DONE || f->state == BAD) {
            rc = -ALPS_BODY_SYNTAX;
        } else if (f->state != NAME && f->state != VALUE) {
            rc = take_escape(f, &r);
        } else {
            r.p = pass_plain(r.p, r.end, f->muted);
            f->named |= r.p > from || (r.p < r.end && (*r.p == '%' || *r.p == '+'));
            rc = r.p == r.end ? give(f, text, from, (size_t)(r.p - from)) : take_mark(f, &r, from);
        }
    }
    if (rc < 0)
        f->state = BAD;
    *at = (size_t)(r.p - in.p);
    return rc;
}

void
alps_form_skip(struct alps_form *f)
{ f->muted = f->state == VALUE; }

int
alps_form_end(struct alps_form *f)
{
    uint8_t state = f->state;

    f->state = state == VALUE || state == START || state == DONE ? DONE : BAD;
    if (f->state == BAD)
        return -ALPS_BODY_SYNTAX;                       /* in an escape or a name; behind a '&' */
    return state == VALUE && !f->muted ? ALPS_FORM_VALUE : 0;
}
