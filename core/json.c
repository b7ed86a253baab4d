#include "core/json.h"
#include "core/reason.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    VALUE,              /* zero: a fresh tokenizer wants one */
    VALUE_OR_END,       /* behind '[' */
    KEY_OR_END,         /* behind '{' */
    KEY,
    COLON,
    AFTER,              /* behind a value */
    DONE,
    STRING,
    ESCAPE,
    HEX,
    PAIR,               /* behind a high surrogate: a '\' must follow, */
    PAIR_U,             /* then 'u' */
    WORD,
    MINUS, ZERO, DIGITS, DOT, FRACTION, EXP, EXP_SIGN, EXP_DIGITS,
    BAD
};

struct run { const uint8_t *p, *end; alps_slice *text; };

static const struct { char text[6]; uint8_t n, event; } word_of[] = {
    { "true", 4, ALPS_JSON_TRUE }, { "false", 5, ALPS_JSON_FALSE }, { "null", 4, ALPS_JSON_NULL }
};

/* The first byte of [p, end) that is a quote, a backslash, a control or not ASCII. */
static inline const uint8_t *
find_special(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    const __m128i low = _mm_set1_epi8(0x20), quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');

    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmplt_epi8(v, low),      /* signed: 0x80 and above are below zero */
                                   _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)));
        unsigned bits = (unsigned)_mm_movemask_epi8(hit);

        if (bits)
            return p + __builtin_ctz(bits);
        p += 16;
    }
#endif
    while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

static inline bool
is_blank(uint8_t c)
{ return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* Over plain characters.  False if one of them is not UTF-8; else r->p is at the end or at a byte that ends the run. */
static bool
pass_plain(struct alps_json *j, struct run *r)
{
    const uint8_t *p = r->p;

    for (;;) {
        for (; j->utf8.need && p < r->end; p++)
            if (!alps_utf8_take(&j->utf8, *p))
                return r->p = p, false;
        p = find_special(p, r->end);
        if (p == r->end || *p < 0x80)
            return r->p = p, true;
        if (!alps_utf8_take(&j->utf8, *p))
            return r->p = p, false;
        p++;
    }
}

static int
escape_done(struct alps_json *j, struct run *r, uint32_t c)
{
    j->state = STRING;
    if (j->muted)
        return 0;
    *r->text = (alps_slice){ j->out, alps_utf8_put(j->out, c) };
    return ALPS_JSON_TEXT;
}

static int
hex_digit(struct alps_json *j, struct run *r, uint8_t c)
{
    uint8_t low = c | 0x20;
    uint32_t lead = j->lead;

    if (!(c >= '0' && c <= '9') && !(low >= 'a' && low <= 'f'))
        return -ALPS_BODY_SYNTAX;
    j->unit = (uint16_t)(j->unit << 4 | (c <= '9' ? c - '0' : low - 'a' + 10));
    if (++j->n_hex < 4)
        return 0;
    j->lead = 0;
    if (lead) {
        if (j->unit >> 10 != 0x37)
            return -ALPS_BODY_SYNTAX;
        return escape_done(j, r, 0x10000u + ((lead & 0x3ff) << 10 | (j->unit & 0x3ffu)));
    }
    if (j->unit >> 10 == 0x37)
        return -ALPS_BODY_SYNTAX;
    if (j->unit >> 10 == 0x36) {
        j->lead = j->unit;
        j->state = PAIR;
        return 0;
    }
    return escape_done(j, r, j->unit);
}

/* Inside an escape, one byte.  An event, 0 to go on, or a negated reason. */
static int
take_escape(struct alps_json *j, struct run *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint8_t c = *r->p;
    int rc = 0;

    if (j->state == HEX) {
        rc = hex_digit(j, r, c);
    } else if (j->state == PAIR) {
        j->state = PAIR_U;
        rc = c == '\\' ? 0 : -ALPS_BODY_SYNTAX;
    } else if (c == 'u') {                  /* ESCAPE or PAIR_U */
        j->state = HEX;
        j->n_hex = 0;
        j->unit = 0;
    } else if (j->state == PAIR_U || c == 0 || !(found = memchr(from, c, sizeof from - 1))) {
        rc = -ALPS_BODY_SYNTAX;
    } else {
        rc = escape_done(j, r, (uint8_t)to[found - from]);
    }
    if (rc >= 0)
        r->p++;
    return rc;
}

static inline int
value_done(struct alps_json *j, int event)
{
    bool muted = j->muted;

    j->state = j->depth ? AFTER : DONE;
    if (muted && j->depth == j->floor)
        j->muted = false;
    return muted ? 0 : event;
}

/* Inside a string.  An event, 0 to go on, or a negated reason. */
static inline int
take_string(struct alps_json *j, struct run *r)
{
    const uint8_t *from = r->p;

    if (!pass_plain(j, r))
        return -ALPS_BODY_SYNTAX;
    *r->text = (alps_slice){ from, (size_t)(r->p - from) };
    if (r->p == r->end)
        return j->muted || r->text->n == 0 ? 0 : ALPS_JSON_TEXT;
    if (*r->p == '"') {
        r->p++;
        if (!j->key)
            return value_done(j, ALPS_JSON_STRING);
        j->state = COLON;
        return j->muted ? 0 : ALPS_JSON_KEY;
    }
    if (*r->p != '\\')
        return -ALPS_BODY_SYNTAX;           /* a control character */
    r->p++;
    j->state = ESCAPE;
    return j->muted || r->text->n == 0 ? 0 : ALPS_JSON_TEXT;
}

/* Where a number may go on to with ${c}; BAD: it ends before it, if it may. */
static uint8_t
number_next(uint8_t state, uint8_t c)
{
    bool digit = c >= '0' && c <= '9';

    switch (state) {
    case MINUS:
        return c == '0' ? ZERO : digit ? DIGITS : BAD;
    case ZERO:
    case DIGITS:
        return digit && state == DIGITS ? DIGITS : c == '.' ? DOT : (c | 0x20) == 'e' ? EXP : BAD;
    case DOT:
        return digit ? FRACTION : BAD;
    case FRACTION:
        return digit ? FRACTION : (c | 0x20) == 'e' ? EXP : BAD;
    case EXP:
        return digit ? EXP_DIGITS : c == '+' || c == '-' ? EXP_SIGN : BAD;
    default:
        return digit ? EXP_DIGITS : BAD;
    }
}

static inline bool
number_may_end(uint8_t state)
{ return state == ZERO || state == DIGITS || state == FRACTION || state == EXP_DIGITS; }

static int
take_number(struct alps_json *j, struct run *r)
{
    const uint8_t *from = r->p;

    for (; r->p < r->end; r->p++) {
        uint8_t next = number_next(j->state, *r->p);

        if (next == BAD)
            break;
        if (j->n_number++ == 0xff)
            return -ALPS_BODY_SYNTAX;
        j->state = next;
    }
    *r->text = (alps_slice){ from, (size_t)(r->p - from) };
    if (r->p == r->end)
        return j->muted || r->text->n == 0 ? 0 : ALPS_JSON_TEXT;
    return number_may_end(j->state) ? value_done(j, ALPS_JSON_NUMBER) : -ALPS_BODY_SYNTAX;
}

static int
take_word(struct alps_json *j, struct run *r)
{
    while (r->p < r->end) {
        if (*r->p != (uint8_t)word_of[j->word].text[j->at_word])
            return -ALPS_BODY_SYNTAX;
        r->p++;
        if (++j->at_word == word_of[j->word].n)
            return value_done(j, word_of[j->word].event);
    }
    return 0;
}

static inline int
begin(struct alps_json *j, bool object)
{
    if (j->depth >= ALPS_JSON_DEPTH)
        return -ALPS_BODY_DEPTH;
    j->nest = j->nest << 1 | object;
    j->depth++;
    j->state = object ? KEY_OR_END : VALUE_OR_END;
    return j->muted ? 0 : object ? ALPS_JSON_OBJECT : ALPS_JSON_ARRAY;
}

static inline int
finish(struct alps_json *j, bool object)
{
    if ((j->nest & 1) != object)
        return -ALPS_BODY_SYNTAX;
    j->nest >>= 1;
    j->depth--;
    return value_done(j, object ? ALPS_JSON_OBJECT_END : ALPS_JSON_ARRAY_END);
}

static int
begin_number(struct alps_json *j, uint8_t c)
{
    if (c != '-' && (c < '0' || c > '9'))
        return -ALPS_BODY_SYNTAX;
    j->state = c == '-' ? MINUS : c == '0' ? ZERO : DIGITS;
    j->n_number = 1;
    return 0;
}

/* The first byte of a value. */
static inline int
begin_value(struct alps_json *j, uint8_t c)
{
    switch (c) {
    case '"':
        j->state = STRING;
        j->key = false;
        return 0;
    case '{':
    case '[':
        return begin(j, c == '{');
    case 't':
    case 'f':
    case 'n':
        j->state = WORD;
        j->word = c == 't' ? 0 : c == 'f' ? 1 : 2;
        j->at_word = 0;
        return 0;
    case ']':
        return j->state == VALUE_OR_END ? finish(j, false) : -ALPS_BODY_SYNTAX;
    default:
        return begin_number(j, c);
    }
}

/* Between tokens, one byte that is no blank.  r->p stays where a word or number begins. */
static inline int
take_structure(struct alps_json *j, struct run *r)
{
    uint8_t c = *r->p;
    int rc;

    switch (j->state) {
    case VALUE:
    case VALUE_OR_END:
        rc = begin_value(j, c);
        r->p += rc >= 0 && j->state != WORD;
        if (rc == 0 && j->state >= MINUS && !j->muted) {
            *r->text = (alps_slice){ r->p - 1, 1 };
            return ALPS_JSON_TEXT;          /* a number's first byte goes by itself: it may be the input's last */
        }
        return rc;
    case KEY_OR_END:
    case KEY:
        if (c == '}' && j->state == KEY_OR_END) {
            rc = finish(j, true);
            break;
        }
        j->state = STRING;
        j->key = true;
        rc = c == '"' ? 0 : -ALPS_BODY_SYNTAX;
        break;
    case COLON:
        j->state = VALUE;
        rc = c == ':' ? 0 : -ALPS_BODY_SYNTAX;
        break;
    case AFTER:
        if (c == ',') {
            j->state = j->nest & 1 ? KEY : VALUE;
            rc = 0;
        } else {
            rc = c == '}' || c == ']' ? finish(j, c == '}') : -ALPS_BODY_SYNTAX;
        }
        break;
    default:
        return -ALPS_BODY_SYNTAX;           /* DONE: a second value; BAD */
    }
    r->p += rc >= 0;
    return rc;
}

/* Over what is skipped, as long as it is plain: blanks, marks and strings without escapes, all in this buffer.  Whatever
 * else comes is left to the states, which stand as if they had read every byte themselves. */
static void
pass_muted(struct alps_json *j, struct run *r)
{
    const uint8_t *p = r->p, *end = r->end, *q;
    uint64_t nest = j->nest;
    uint8_t depth = j->depth, state = j->state, floor = j->floor;

    for (; p < end; p++) {
        switch (*p) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
            continue;
        case '"':
            if (state == COLON || state == AFTER)
                goto out;
            q = find_special(p + 1, end);
            if (q == end || *q != '"')
                goto out;
            p = q;
            if (state == KEY || state == KEY_OR_END) {
                state = COLON;
                if (end - p > 1 && p[1] == ':') {       /* nearly always */
                    state = VALUE;
                    p++;
                }
                continue;
            }
            break;
        case ':':
            if (state != COLON)
                goto out;
            state = VALUE;
            continue;
        case ',':
            if (state != AFTER)
                goto out;
            state = nest & 1 ? KEY : VALUE;
            continue;
        case '{':
        case '[':
            if (state > VALUE_OR_END || depth >= ALPS_JSON_DEPTH)
                goto out;
            nest = nest << 1 | (*p == '{');
            depth++;
            state = *p == '{' ? KEY_OR_END : VALUE_OR_END;
            continue;
        case '}':
        case ']':
            if ((nest & 1) != (*p == '}') || (state != AFTER && state != (*p == '}' ? KEY_OR_END : VALUE_OR_END)))
                goto out;
            nest >>= 1;
            depth--;
            break;
        default:
            goto out;
        }
        state = AFTER;                                  /* a value is complete */
        if (depth == floor)
            goto out;                                   /* the one that was skipped: its last byte is for the states */
    }
out:
    if (p < end && state == AFTER && depth == floor) {
        j->muted = false;
        p++;
        state = depth ? AFTER : DONE;
    }
    r->p = p;
    j->nest = nest;
    j->depth = depth;
    j->state = state;
}

int
alps_json_feed(struct alps_json *j, alps_slice in, size_t *at, alps_slice *text)
{
    struct run r = { in.p + *at, in.p + in.n, text };
    int rc = 0;

    while (r.p < r.end && rc == 0) {
        if (j->state <= DONE) {
            if (j->muted)
                pass_muted(j, &r);
            if (r.p == r.end)
                break;
            if (is_blank(*r.p))
                r.p++;
            else
                rc = take_structure(j, &r);
        } else if (j->state == STRING) {
            rc = take_string(j, &r);
        } else if (j->state == WORD) {
            rc = take_word(j, &r);
        } else if (j->state < WORD) {
            rc = take_escape(j, &r);
        } else {
            rc = j->state == BAD ? -ALPS_BODY_SYNTAX : take_number(j, &r);
        }
    }
    if (rc < 0)
        j->state = BAD;
    *at = (size_t)(r.p - in.p);
    return rc;
}

void
alps_json_skip(struct alps_json *j)
{
    bool begun = j->state == KEY_OR_END || j->state == VALUE_OR_END;

    if (j->state == BAD || j->state == DONE)
        return;
    j->muted = true;
    j->floor = (uint8_t)(j->depth - begun);
}

bool
alps_json_fresh(const struct alps_json *j)
{ return j->state == VALUE && j->depth == 0; }

int
alps_json_end(struct alps_json *j)
{
    if (j->state == DONE)
        return 0;
    if (j->depth == 0 && number_may_end(j->state)) {
        j->state = DONE;
        return ALPS_JSON_NUMBER;
    }
    j->state = BAD;
    return -ALPS_BODY_SYNTAX;
}

void
alps_json_reader_init(struct alps_json_reader *r, alps_slice in, uint8_t *scratch)
{
    *r = (struct alps_json_reader){ .in = in, .scratch = scratch };
}

/* What of a token's text came as TEXT is one run of the input as long as it can be; then it is moved to scratch. */
static void
append(struct alps_json_reader *r, alps_slice *have, alps_slice run)
{
    if (run.n == 0)
        return;
    if (have->n == 0 && run.p != r->json.out) {
        *have = run;
    } else if (have->n && have->p + have->n == run.p) {
        have->n += run.n;
    } else {
        if (have->n == 0 || have->p != r->scratch + r->used - have->n) {
            if (have->n)
                memcpy(r->scratch + r->used, have->p, have->n);
            have->p = r->scratch + r->used;
            r->used += have->n;
        }
        memcpy(r->scratch + r->used, run.p, run.n);
        r->used += run.n;
        have->n += run.n;
    }
}

int
alps_json_read(struct alps_json_reader *r, struct alps_json_token *t)
{
    alps_slice run, have = { r->in.p + r->at, 0 };
    int rc;

    while (r->json.state <= DONE && r->at < r->in.n &&
           (is_blank(r->in.p[r->at]) || r->in.p[r->at] == ',' || r->in.p[r->at] == ':')) {
        size_t next = r->at + 1;                        /* alone, so that t->at is the token, not what is before it */

        rc = alps_json_feed(&r->json, (alps_slice){ r->in.p, next }, &r->at, &run);
        t->at = r->at;
        if (rc < 0)
            return rc;
    }
    t->at = r->at;
    while ((rc = alps_json_feed(&r->json, r->in, &r->at, &run)) == ALPS_JSON_TEXT)
        append(r, &have, run);
    if (rc == ALPS_JSON_MORE) {
        rc = alps_json_end(&r->json);
        run.n = 0;
    }
    if (rc < 0)
        t->at = r->at;
    if (rc <= 0)
        return rc;
    if (rc == ALPS_JSON_KEY || rc == ALPS_JSON_STRING || rc == ALPS_JSON_NUMBER)
        append(r, &have, run);
    t->event = (enum alps_json_event)rc;
    t->text = have;
    return 1;
}

void
alps_json_place(alps_slice in, size_t at, unsigned *line, unsigned *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at && i < in.n; i++) {
        *column += 1;
        if (in.p[i] == '\n') {
            *line += 1;
            *column = 1;
        }
    }
}
