#include "core/reason.h"
#include "core/xml.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    START,              /* zero: nothing has come */
    START_OPEN,         /* behind its first '<' */
    DECLARATION,
    DECLARATION_END,    /* behind '?' */
    PROLOG,
    OPEN,               /* behind '<' */
    NAME,
    TAG,                /* between attributes, a blank was seen */
    ATTRIBUTE,
    EQUALS,             /* behind an attribute's name */
    QUOTE,
    QUOTED,
    QUOTED_END,
    EMPTY,              /* behind the '/' of an empty element */
    CLOSED,             /* an empty element was announced, its end was not */
    CLOSE,              /* behind "</" */
    CLOSE_NAME,
    CLOSE_END,
    TEXT,
    ENTITY,
    EPILOG,
    BAD
};

enum { BLANK = 1, FIRST = 2, LATER = 4, PLAIN = 8, RUN = 16 };      /* RUN: text that changes no state at all */

#define LETTER (FIRST | LATER | PLAIN | RUN)
static const uint8_t class[256] = {
    [' '] = BLANK | PLAIN | RUN, ['\t'] = BLANK | PLAIN | RUN, ['\n'] = BLANK | PLAIN, ['\r'] = BLANK,
    ['!' ... '%'] = PLAIN | RUN, ['\'' ... ','] = PLAIN | RUN, ['-'] = LATER | PLAIN | RUN, ['.'] = LATER | PLAIN | RUN,
    ['/'] = PLAIN | RUN, ['0' ... '9'] = LATER | PLAIN | RUN, [':'] = PLAIN | RUN, [';'] = PLAIN | RUN,
    ['='] = PLAIN | RUN, ['?'] = PLAIN | RUN, ['@'] = PLAIN | RUN, ['A' ... 'Z'] = LETTER, ['['] = PLAIN | RUN,
    ['\\'] = PLAIN | RUN, [']'] = PLAIN, ['^'] = PLAIN | RUN, ['_'] = LETTER, ['`'] = PLAIN | RUN,
    ['a' ... 'z'] = LETTER, ['{' ... '~'] = PLAIN | RUN
};

struct run { const uint8_t *p, *end; alps_slice *text; };

/* The first byte of [p, end) that may be no RUN: a mark, a control but TAB, or not ASCII.  (Line feeds and ']' are.) */
static inline const uint8_t *
find_mark(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    const __m128i low = _mm_set1_epi8(0x20), open = _mm_set1_epi8('<'), shut = _mm_set1_epi8('>');
    const __m128i and = _mm_set1_epi8('&'), bracket = _mm_set1_epi8(']'), del = _mm_set1_epi8(0x7f);

    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, open), _mm_cmpeq_epi8(v, shut)),
                                   _mm_or_si128(_mm_cmpeq_epi8(v, and), _mm_cmpeq_epi8(v, bracket)));
        /* signed: 0x80 and above are below zero */
        unsigned bits = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(hit, _mm_cmpeq_epi8(v, del)),
                                                                 _mm_cmplt_epi8(v, low)));
        if (bits)
            return p + __builtin_ctz(bits);
        p += 16;
    }
#endif
    while (p < end && class[*p] & RUN)
        p++;
    return p;
}

/* Less than eight bytes as a number; together with their count no two are the same. */
static inline uint64_t
short_word(const uint8_t *p, size_t n)
{
    uint32_t front, back;

    if (n < 4)
        return n ? p[0] | (uint32_t)p[n / 2] << 8 | (uint32_t)p[n - 1] << 16 : 0;
    memcpy(&front, p, 4);
    memcpy(&back, p + n - 4, 4);
    return front | (uint64_t)back << 32;
}

static inline uint32_t
hash_of(const uint8_t *p, size_t n)
{
    uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15), word;

    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    word = short_word(p, n);
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(h ^ h >> 32);
}

static void
begin_name(struct alps_xml *x)
{
    x->n_name = 0;
    x->hash = 2166136261u;                              /* of what is behind its first ALPS_XML_NAME bytes */
    x->too_long = false;
}

static void
add_name(struct alps_xml *x, uint8_t c)
{
    if (x->too_long || x->n_name == ALPS_XML_NAME)
        x->hash = (x->hash ^ c) * 16777619u;
    if (x->n_name < ALPS_XML_NAME)
        x->name[x->n_name++] = (char)c;
    else
        x->too_long = true;
}

static uint32_t
name_hash(const struct alps_xml *x)
{
    uint32_t h = hash_of((const uint8_t *)x->name, x->n_name);

    return x->too_long ? h ^ x->hash : h;
}

static alps_slice
name_of(const struct alps_xml *x)
{ return (alps_slice){ (const uint8_t *)x->name, x->too_long ? 0u : x->n_name }; }

/* name="value" in a declaration; blanks before it are passed. */
static bool
take_pair(alps_slice *s, alps_slice *name, alps_slice *value)
{
    alps_slice rest, quoted;
    uint8_t quote;

    while (s->n && class[*s->p] & BLANK)
        *s = alps_slice_sub(*s, 1, s->n);
    if (!alps_slice_cut(*s, '=', name, &rest) || rest.n == 0)
        return false;
    quote = *rest.p;
    quoted = alps_slice_sub(rest, 1, rest.n);
    return (quote == '"' || quote == '\'') && alps_slice_cut(quoted, quote, value, s);
}

static bool
declaration_is_plain(alps_slice s)
{
    alps_slice name, value;

    if (!alps_slice_starts(s, ALPS_S("xml ")))
        return false;
    for (s = alps_slice_sub(s, 4, s.n); s.n; ) {
        if (!take_pair(&s, &name, &value))
            return false;
        if (alps_slice_eq(name, ALPS_S("version")) && alps_slice_eq(value, ALPS_S("1.0")))
            continue;
        if (alps_slice_eq(name, ALPS_S("encoding")) && alps_slice_ieq(value, ALPS_S("utf-8")))
            continue;
        if (alps_slice_eq(name, ALPS_S("standalone")) && alps_slice_eq(value, ALPS_S("yes")))
            continue;
        return false;
    }
    return true;
}

static int
element_open(struct alps_xml *x, alps_slice *text, alps_slice name, uint32_t hash, bool empty)
{
    if (x->depth >= ALPS_XML_DEPTH)
        return -ALPS_BODY_DEPTH;
    x->open[x->depth++] = hash;
    x->state = empty ? CLOSED : TEXT;
    x->brackets = 0;
    *text = name;
    return x->muted ? 0 : ALPS_XML_START;
}

static int
element_close(struct alps_xml *x)
{
    bool muted = x->muted;

    x->depth--;
    x->state = x->depth ? TEXT : EPILOG;
    x->brackets = 0;
    if (muted && x->depth == x->floor)
        x->muted = false;
    return muted ? 0 : ALPS_XML_END;
}

static int
give(struct alps_xml *x, alps_slice *text, const uint8_t *p, size_t n)
{
    *text = (alps_slice){ p, n };
    return n && !x->muted ? ALPS_XML_TEXT : 0;
}

/* "#x41", "amp": the character it stands for, 0 if none. */
static uint32_t
entity_of(alps_slice name)
{
    static const struct { char name[5]; char c; } known[] = {
        { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }
    };
    uint32_t c = 0, base = 10;

    if (name.n < 2 || name.p[0] != '#') {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (alps_slice_eq(name, alps_slice_of(known[i].name)))
                return (uint32_t)known[i].c;
        return 0;
    }
    name = alps_slice_sub(name, 1, name.n);
    if (name.p[0] == 'x') {
        base = 16;
        name = alps_slice_sub(name, 1, name.n);
    }
    if (name.n == 0 || name.n > 7)
        return 0;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t l = name.p[i] | 0x20;

        if (name.p[i] >= '0' && name.p[i] <= '9')
            c = c * base + name.p[i] - '0';
        else if (base == 16 && l >= 'a' && l <= 'f')
            c = c * 16 + l - 'a' + 10u;
        else
            return 0;
    }
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff)
        return 0;
    return c <= 0x10ffff ? c : 0;
}

static int
entity_done(struct alps_xml *x, alps_slice *text)
{
    uint32_t c = x->too_long ? 0 : entity_of(name_of(x));

    if (c == 0)
        return -ALPS_BODY_SYNTAX;
    x->state = TEXT;
    return give(x, text, x->out, alps_utf8_put(x->out, c));
}

/* Character data: a run of it, or the byte behind the run. */
static int
take_text(struct alps_xml *x, struct run *r)
{
    static const uint8_t line_end = '\n';
    const uint8_t *from = r->p;

    for (; r->p < r->end; r->p++) {
        uint8_t c = *r->p;

        if (class[c] & RUN && !x->utf8.need) {
            r->p = find_mark(r->p + 1, r->end);
            x->brackets = 0;
            x->cr = false;
            if (r->p == r->end)
                break;
            c = *r->p;
        }
        if (c >= 0x80 || x->utf8.need) {
            if (!alps_utf8_take(&x->utf8, c))
                return -ALPS_BODY_SYNTAX;
        } else if (c == '>' ? x->brackets >= 2 : !(class[c] & PLAIN)) {
            break;
        } else if (c == '\n' && x->cr) {
            break;
        }
        x->brackets = c != ']' ? 0 : x->brackets < 2 ? (uint8_t)(x->brackets + 1) : 2;
        x->cr = false;
    }
    if (r->p > from || r->p == r->end)
        return give(x, r->text, from, (size_t)(r->p - from));
    x->brackets = 0;
    switch (*r->p++) {
    case '\n':                                          /* of CR LF: the CR was given as LF */
        x->cr = false;
        return 0;
    case '\r':
        x->cr = true;
        return give(x, r->text, &line_end, 1);
    case '<':
        x->cr = false;
        x->state = OPEN;
        return 0;
    case '&':
        x->cr = false;
        x->state = ENTITY;
        begin_name(x);
        return 0;
    default:
        r->p--;
        return -ALPS_BODY_SYNTAX;                       /* a control; "]]>" */
    }
}

/* Before and behind the document element. */
static int
take_outside(struct alps_xml *x, uint8_t c)
{
    switch (x->state) {
    case START:
        x->state = c == '<' ? START_OPEN : PROLOG;
        return c == '<' || class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;
    case DECLARATION:
        if (c == '?')
            x->state = DECLARATION_END;
        else
            add_name(x, c);
        return x->too_long ? -ALPS_BODY_SYNTAX : 0;
    case DECLARATION_END:
        x->state = PROLOG;
        return c == '>' && declaration_is_plain(name_of(x)) ? 0 : -ALPS_BODY_SYNTAX;
    case PROLOG:
        if (c == '<')
            x->state = OPEN;
        return c == '<' || class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;
    default:
        return class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;    /* EPILOG: a second document */
    }
}

/* Behind a start tag's name, and between its attributes. */
static int
take_tag(struct alps_xml *x, uint8_t c, alps_slice *text)
{
    if (class[c] & BLANK) {
        x->state = TAG;
        return 0;
    }
    if (c == '>')
        return element_open(x, text, name_of(x), name_hash(x), false);
    if (c == '/') {
        x->state = EMPTY;
        return 0;
    }
    if (x->state != TAG || !(class[c] & FIRST))
        return -ALPS_BODY_SYNTAX;
    x->state = ATTRIBUTE;
    return 0;
}

static int
take_attribute(struct alps_xml *x, uint8_t c)
{
    switch (x->state) {
    case ATTRIBUTE:
        if (class[c] & LATER || c == ':')
            return 0;
        x->state = EQUALS;
        /* fall through */
    case EQUALS:
        if (c == '=')
            x->state = QUOTE;
        return c == '=' || class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;
    case QUOTE:
        x->quote = c;
        if (c == '"' || c == '\'')
            x->state = QUOTED;
        return x->state == QUOTED || class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;
    default:                                            /* QUOTED */
        if (!alps_utf8_take(&x->utf8, c) || c == '<' || (c < 0x20 && !(class[c] & BLANK)))
            return -ALPS_BODY_SYNTAX;
        if (c == x->quote)
            x->state = QUOTED_END;
        return 0;
    }
}

/* Inside '<' and '>'. */
static int
take_markup(struct alps_xml *x, uint8_t c, alps_slice *text)
{
    switch (x->state) {
    case START_OPEN:
    case OPEN:
        begin_name(x);
        if (c == '?' && x->state == START_OPEN) {
            x->state = DECLARATION;
            return 0;
        }
        x->state = c == '/' && x->depth ? CLOSE : NAME;
        add_name(x, c);
        return x->state == CLOSE || class[c] & FIRST ? 0 : -ALPS_BODY_SYNTAX;
    case NAME:
        if (!(class[c] & LATER))
            return take_tag(x, c, text);
        add_name(x, c);
        return 0;
    case TAG:
    case QUOTED_END:
        return take_tag(x, c, text);
    case EMPTY:
        return c == '>' ? element_open(x, text, name_of(x), name_hash(x), true) : -ALPS_BODY_SYNTAX;
    case CLOSE:
        begin_name(x);
        x->state = CLOSE_NAME;
        add_name(x, c);
        return class[c] & FIRST ? 0 : -ALPS_BODY_SYNTAX;
    case CLOSE_NAME:
        if (class[c] & LATER) {
            add_name(x, c);
            return 0;
        }
        x->state = CLOSE_END;
        /* fall through */
    case CLOSE_END:
        if (c == '>')
            return name_hash(x) == x->open[x->depth - 1] ? element_close(x) : -ALPS_BODY_SYNTAX;
        return class[c] & BLANK ? 0 : -ALPS_BODY_SYNTAX;
    case ENTITY:
        if (c == ';')
            return entity_done(x, text);
        add_name(x, c);
        return x->n_name > 9 ? -ALPS_BODY_SYNTAX : 0;
    default:
        return take_attribute(x, c);
    }
}

/* Behind '<': "Key>" or "/Key>" at once, where it is all there and plain.  False: byte by byte, from here. */
static bool
take_plain_tag(struct alps_xml *x, struct run *r, int *rc)
{
    const uint8_t *p = r->p, *from;
    bool close = *p == '/' && x->depth;
    alps_slice name;

    from = p += close;
    if (p == r->end || !(class[*p] & FIRST))
        return false;
    while (p < r->end && class[*p] & LATER)
        p++;
    name = (alps_slice){ from, (size_t)(p - from) };
    if (p == r->end || *p != '>' || name.n > ALPS_XML_NAME)
        return false;
    r->p = p + 1;
    if (!close)
        *rc = element_open(x, r->text, name, hash_of(name.p, name.n), false);
    else
        *rc = hash_of(name.p, name.n) == x->open[x->depth - 1] ? element_close(x) : -ALPS_BODY_SYNTAX;
    return true;
}

int
alps_xml_feed(struct alps_xml *x, alps_slice in, size_t *at, alps_slice *text)
{
    struct run r = { in.p + *at, in.p + in.n, text };
    int rc = 0;

    if (x->state == CLOSED && (rc = element_close(x)) != 0)
        return rc;
    while (r.p < r.end && rc == 0) {
        switch (x->state) {
        case TEXT:
            rc = take_text(x, &r);
            break;
        case BAD:
            rc = -ALPS_BODY_SYNTAX;
            break;
        case START:
        case DECLARATION:
        case DECLARATION_END:
        case PROLOG:
        case EPILOG:
            rc = take_outside(x, *r.p++);
            break;
        case OPEN:
            if (!take_plain_tag(x, &r, &rc))
                rc = take_markup(x, *r.p++, text);
            break;
        case NAME:
        case CLOSE_NAME:
            while (r.p < r.end && class[*r.p] & LATER)
                add_name(x, *r.p++);
            if (r.p == r.end)
                break;
            /* fall through */
        default:
            rc = take_markup(x, *r.p++, text);
        }
        if (rc == 0 && x->state == CLOSED)
            rc = element_close(x);                      /* muted: START was not given either */
    }
    if (rc < 0)
        x->state = BAD;
    *at = (size_t)(r.p - in.p);
    return rc;
}

void
alps_xml_skip(struct alps_xml *x)
{
    if (x->state == BAD || x->depth == 0)
        return;
    x->muted = true;
    x->floor = (uint8_t)(x->depth - 1);
}

int
alps_xml_end(const struct alps_xml *x)
{ return x->state == EPILOG && !x->utf8.need ? 0 : -ALPS_BODY_SYNTAX; }
