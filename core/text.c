#include "core/text.h"

#include "core/catalog.h"

enum { BAD = 0xfffd };
static const char hex[] = "0123456789abcdef";

void
alps_text_byte(struct alps_text *t, char c)
{
    if (t->n < t->cap)
        t->p[t->n] = c;
    t->n++;
}

void
alps_text_slice(struct alps_text *t, alps_slice s)
{
    if (s.n && t->n <= t->cap && t->cap - t->n >= s.n)
        memcpy(t->p + t->n, s.p, s.n);
    else if (t->n < t->cap)                     /* the head of it */
        memcpy(t->p + t->n, s.p, s.n < t->cap - t->n ? s.n : t->cap - t->n);
    t->n += s.n;
}

void
alps_text_add(struct alps_text *t, const char *s)
{ alps_text_slice(t, alps_slice_of(s)); }

void
alps_text_number(struct alps_text *t, uint64_t n, unsigned digits)
{
    char back[24];
    unsigned i = 0;

    do {
        back[i++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (i < digits && i < sizeof back)
        back[i++] = '0';
    while (i > 0)
        alps_text_byte(t, back[--i]);
}

void
alps_text_hex(struct alps_text *t, uint64_t n, unsigned digits)
{
    while (digits > 0)
        alps_text_byte(t, hex[n >> 4 * --digits & 15]);
}

/* The next character of ${s}: its code point, and how many bytes it took; BAD for one byte that is not UTF-8. */
static uint32_t
next_point(alps_slice s, size_t *used)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t c = s.p[0];
    unsigned n = c < 0x80 ? 1 : c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
    uint32_t point = n < 2 ? c : (uint32_t)c & (0x7fu >> n);

    *used = 1;
    if (n == 0 || n > s.n)
        return BAD;
    for (unsigned i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80)
            return BAD;
        point = point << 6 | (s.p[i] & 0x3f);
    }
    if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return BAD;
    *used = n;
    return point;
}

static void
add_bad(struct alps_text *t)
{ alps_text_slice(t, ALPS_S("\xef\xbf\xbd")); }

/* What a terminal or a line of a log would obey instead of show. */
static bool
is_control(uint32_t point)
{ return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029; }

static bool
is_plain(uint8_t c)
{ return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

static void
json_point(struct alps_text *t, uint32_t point)
{
    switch (point) {
    case '"':  alps_text_slice(t, ALPS_S("\\\"")); break;
    case '\\': alps_text_slice(t, ALPS_S("\\\\")); break;
    case '\n': alps_text_slice(t, ALPS_S("\\n")); break;
    case '\r': alps_text_slice(t, ALPS_S("\\r")); break;
    case '\t': alps_text_slice(t, ALPS_S("\\t")); break;
    default:
        alps_text_slice(t, ALPS_S("\\u"));
        alps_text_hex(t, point, 4);
    }
}

void
alps_text_shown(struct alps_text *t, alps_slice s)
{
    size_t used;

    for (size_t at = 0; at < s.n; at += used) {
        uint32_t point = next_point(alps_slice_sub(s, at, s.n), &used);

        if (point == ALPS_MARK_UNKNOWN)
            alps_text_byte(t, '*');
        else if (point == BAD || is_control(point))
            add_bad(t);
        else
            alps_text_slice(t, alps_slice_sub(s, at, at + used));
    }
}

void
alps_text_json(struct alps_text *t, alps_slice s)
{
    size_t used;

    for (size_t at = 0; at < s.n; at += used) {
        uint32_t point;

        for (used = 0; at + used < s.n && is_plain(s.p[at + used]); used++)
            ;
        if (used) {
            alps_text_slice(t, alps_slice_sub(s, at, at + used));
            continue;
        }
        point = next_point(alps_slice_sub(s, at, s.n), &used);
        if (point == ALPS_MARK_UNKNOWN)
            alps_text_byte(t, '*');
        else if (is_control(point) || point == '"' || point == '\\')
            json_point(t, point);
        else if (point == BAD)
            add_bad(t);
        else
            alps_text_slice(t, alps_slice_sub(s, at, at + used));
    }
}

void
alps_text_string(struct alps_text *t, alps_slice s)
{
    if (!s.p) {
        alps_text_slice(t, ALPS_S("null"));
        return;
    }
    alps_text_byte(t, '"');
    alps_text_json(t, s);
    alps_text_byte(t, '"');
}

void
alps_text_xml(struct alps_text *t, alps_slice s)
{
    size_t used;

    for (size_t at = 0; at < s.n; at += used) {
        uint32_t point = next_point(alps_slice_sub(s, at, s.n), &used);

        if (point == '<')
            alps_text_slice(t, ALPS_S("&lt;"));
        else if (point == '>')
            alps_text_slice(t, ALPS_S("&gt;"));
        else if (point == '&')
            alps_text_slice(t, ALPS_S("&amp;"));
        else if (point == ALPS_MARK_UNKNOWN)
            alps_text_byte(t, '*');
        else if (is_control(point) || point == BAD || point == 0xfffe || point == 0xffff)
            add_bad(t);
        else
            alps_text_slice(t, alps_slice_sub(s, at, at + used));
    }
}

void
alps_text_word(struct alps_text *t, alps_slice s)
{
    bool plain = true;

    for (size_t i = 0; i < s.n; i++)
        plain = plain && ((is_plain(s.p[i]) && s.p[i] != ' ') || s.p[i] == ALPS_MARK_UNKNOWN);
    if (s.n == 0)
        alps_text_byte(t, '-');
    else if (plain)
        alps_text_json(t, s);
    else
        alps_text_string(t, s);
}

alps_slice
alps_text_clip(alps_slice s, size_t most)
{
    if (s.n <= most)
        return s;
    while (most > 0 && (s.p[most] & 0xc0) == 0x80)
        most--;
    s.n = most;
    return s;
}
