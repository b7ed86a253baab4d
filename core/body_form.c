/* "Entries[].X" is Entries.1.X, Entries.member.1.X, or with another word where "member" stands, as the services spell
 * their lists; "Attributes{}" is Attributes.entry.1.key, and what goes on below it is Attributes.entry.1.value.  Elements
 * are told apart by their indices: those of one list come one element after another, rising either by number or by spelling (the two
 * orders SDKs write), so that none can come twice. */
#include "core/body_walk.h"

enum fit {
    FIT_NOT,
    FIT_WITHIN,         /* inside the path's innermost element, but not at the path */
    FIT_LIST,           /* the list itself: "Entries=", how an empty one is written */
    FIT_BELOW,          /* below the path's end: it is a structure */
    FIT_EXACT
};

struct match { enum fit fit; bool bad, element; uint32_t index[ALPS_BODY_LISTS]; unsigned lists; };

void
alps_body_form_init(struct alps_body *b)
{
    memset(&b->walk.form, 0, sizeof b->walk.form);
    b->walk.form.numeric = b->walk.form.lexical = true;
}

/* A part of a name, up to the next '.'. */
static bool
next_part(alps_slice *name, alps_slice *part)
{
    if (name->n == 0)
        return false;
    alps_slice_cut(*name, '.', part, name);
    return true;
}

static bool
index_of(alps_slice part, uint32_t *index)
{
    *index = 0;
    if (part.n == 0 || part.n > 6 || part.p[0] < '1')
        return false;
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] < '0' || part.p[i] > '9')
            return false;
        *index = *index * 10 + part.p[i] - '0';
    }
    return true;
}

/* "1" or "member.1"; behind a map's, "key" or "value". */
static bool
take_index(struct match *m, alps_slice *name, bool map, bool last)
{
    alps_slice part;

    if (!next_part(name, &part))
        return false;
    if (part.n && (part.p[0] < '0' || part.p[0] > '9') && !next_part(name, &part))
        return false;
    if (!index_of(part, &m->index[m->lists]))
        return false;
    m->lists++;
    if (!map)
        return true;
    if (!next_part(name, &part))
        return false;
    if (alps_slice_eq(part, last ? ALPS_S("key") : ALPS_S("value")))
        return true;
    m->fit = FIT_WITHIN;                                /* the entry's other half */
    return false;
}

/* How the decoded ${name} lies to path ${i}.  m->bad: it would fit if case did not count, or its index is none. */
static void
match(const struct alps_body *b, unsigned i, alps_slice name, struct match *m)
{
    alps_slice part;
    unsigned k;
    int rc;

    *m = (struct match){ .fit = FIT_NOT };
    for (k = 0; k < b->n_segments[i]; k++) {
        struct alps_segment s = alps_body_segment(b, i, k);

        m->element |= b->element[i] && k == b->element[i];
        if (s.kind == '[' || s.kind == '{') {
            bool map = s.kind == '{', last = k + 1u == b->n_segments[i];

            if (name.n == 0) {
                m->fit = FIT_LIST;
                return;
            }
            if (!take_index(m, &name, map, last)) {
                if (m->fit == FIT_NOT)
                    m->bad = true;
                m->element = m->fit == FIT_WITHIN && k + 1u == b->element[i];
                return;
            }
            continue;
        }
        if (!next_part(&name, &part) || (rc = alps_body_key(s.name, part)) == 0) {
            m->fit = m->element ? FIT_WITHIN : FIT_NOT;
            return;
        }
        m->bad |= rc < 0;
    }
    m->element |= b->element[i] == k;
    m->fit = name.n ? FIT_BELOW : FIT_EXACT;
}

/* As spelt: 1, 10, 2. */
static bool
rises_by_spelling(uint32_t from, uint32_t to)
{
    uint32_t a = from, c = to;

    while (a < 100000)
        a *= 10;
    while (c < 100000)
        c *= 10;
    return a < c || (a == c && from < to);
}

/* ${m} names an element of path ${i}: end the one before it, if it is another. */
static int
turn_to(struct alps_body *b, const struct alps_body_sink *sink, unsigned i, const struct match *m)
{
    struct alps_body_form *f = &b->walk.form;
    alps_paths bit = (alps_paths)(1u << i);
    uint32_t *old = f->index[i];
    unsigned l = 0;
    int rc = 0;

    if (f->known & bit) {
        while (l < m->lists && old[l] == m->index[l])
            l++;
        if (l == m->lists)
            return f->open & bit ? 0 : -ALPS_BODY_DUPLICATE;
        f->numeric &= old[l] < m->index[l];
        f->lexical &= rises_by_spelling(old[l], m->index[l]);
        if (!f->numeric && !f->lexical)
            return -ALPS_BODY_DUPLICATE;
        if (f->open & bit)
            rc = alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, bit, (alps_slice){ NULL, 0 });
    }
    memcpy(old, m->index, sizeof m->index);
    f->known |= bit;
    f->open |= bit;
    f->seen &= (alps_paths)~bit;
    f->nested &= (alps_paths)~bit;
    return rc;
}

static int
take_name(struct alps_body *b, const struct alps_body_sink *sink, alps_slice name)
{
    struct alps_body_form *f = &b->walk.form;
    alps_paths exact = 0, below = 0;
    struct match m;
    int rc;

    f->value = f->empty = 0;
    if (b->too_long)
        return -ALPS_NAME_TOO_LONG;                     /* it may have been one of ours */
    if (memchr(name.p, 0, name.n) || name.p[name.n - 1] == '.')
        return -ALPS_BODY_SYNTAX;                       /* where some servers end it; what some forgive */
    for (unsigned i = 0; i < b->n_paths; i++) {
        alps_paths bit = (alps_paths)(1u << i);

        if ((b->path[i][0] ^ name.p[0]) & ~0x20)        /* not even by another case */
            continue;
        match(b, i, name, &m);
        if (m.bad)
            return -ALPS_BODY_SYNTAX;
        if (m.element && m.fit != FIT_NOT && (rc = turn_to(b, sink, i, &m)) != 0)
            return rc;
        exact |= m.fit == FIT_EXACT ? bit : 0;
        below |= m.fit == FIT_BELOW ? bit : 0;
        f->empty |= m.fit == FIT_LIST ? bit : 0;
    }
    if (f->seen & exact)
        return -ALPS_BODY_DUPLICATE;
    f->seen |= exact;
    below &= (alps_paths)~f->nested;
    f->nested |= below;
    f->value = exact;
    if (!exact && !f->empty)
        alps_form_skip(&f->form);
    return alps_body_tell(b, sink, ALPS_BODY_PRESENT, below, (alps_slice){ NULL, 0 });
}

static int
take_value(struct alps_body *b, const struct alps_body_sink *sink, alps_slice value)
{
    struct alps_body_form *f = &b->walk.form;
    alps_paths done = 0;
    int rc;

    if (f->empty && value.n)
        return -ALPS_BODY_TYPE;
    if (f->value && !b->too_long && !alps_utf8_valid(value))
        return -ALPS_BODY_SYNTAX;
    if ((rc = alps_body_tell(b, sink, ALPS_BODY_STRING, f->value, value)) != 0)
        return rc;
    for (alps_paths p = f->value; p; p &= (alps_paths)(p - 1)) {
        unsigned i = (unsigned)__builtin_ctz(p);

        if (alps_body_segment(b, i, b->n_segments[i] - 1u).kind == '[')     /* the value was the whole element */
            done |= (alps_paths)(1u << i);
    }
    f->open &= (alps_paths)~done;
    return alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, done, (alps_slice){ NULL, 0 });
}

int
alps_body_form_feed(struct alps_body *b, alps_slice content, const struct alps_body_sink *sink)
{
    struct alps_body_form *f = &b->walk.form;
    alps_slice text;
    size_t at = 0;
    int rc;

    while ((rc = alps_form_feed(&f->form, content, &at, &text)) > 0) {
        if (rc == ALPS_FORM_TEXT) {
            alps_body_add(b, text);
            rc = 0;
        } else if (rc == ALPS_FORM_NAME) {
            rc = take_name(b, sink, alps_body_text(b, text));
        } else {
            rc = take_value(b, sink, alps_body_text(b, text));
        }
        if (rc)
            return rc;
    }
    return rc;
}

int
alps_body_form_end(struct alps_body *b, const struct alps_body_sink *sink)
{
    struct alps_body_form *f = &b->walk.form;
    int rc = alps_form_end(&f->form);

    if (rc == ALPS_FORM_VALUE)
        rc = take_value(b, sink, alps_body_text(b, (alps_slice){ b->value, 0 }));
    return rc ? rc : alps_body_tell(b, sink, ALPS_BODY_ELEMENT_END, f->open, (alps_slice){ NULL, 0 });
}
