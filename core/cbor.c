/* Every item begins with a byte of major type and argument.  Facts: RFC 8949, sections 3 and 3.2. */
#include "core/cbor.h"
#include "core/reason.h"

enum { ITEM, ARGUMENT, CHUNK, STRING, DONE, BAD };      /* state; ITEM is a fresh one's */
enum { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };      /* major types */
enum { FALSE = 20, TRUE, NUL, UNDEFINED, WIDTH = 24, FLOAT16 = 25, FLOAT64 = 27, INDEFINITE = 31, TIME = 1 };

struct run { const uint8_t *p, *end; alps_slice *text; };

static inline bool
in_map(const struct alps_cbor *c)
{ return c->depth && (c->maps & 1); }

static inline bool
key_next(const struct alps_cbor *c)
{ return in_map(c) && !c->value_next; }

/* An item is complete; ${event} is what it was. */
static inline int
item_done(struct alps_cbor *c, int event)
{
    bool muted = c->muted;

    c->tagged = false;
    c->state = c->depth ? ITEM : DONE;
    if (c->depth && c->left[c->depth - 1] != UINT32_MAX)
        c->left[c->depth - 1]--;
    c->value_next = false;
    if (muted && c->depth == c->floor)
        c->muted = false;
    return muted ? 0 : event;
}

static inline int
begin(struct alps_cbor *c, bool map, uint32_t left)
{
    if (c->depth >= ALPS_JSON_DEPTH)
        return -ALPS_BODY_DEPTH;
    c->maps = c->maps << 1 | map;
    c->left[c->depth++] = left;
    c->value_next = false;
    c->state = ITEM;
    return c->muted ? 0 : map ? ALPS_JSON_OBJECT : ALPS_JSON_ARRAY;
}

static inline int
finish(struct alps_cbor *c)
{
    bool map = c->maps & 1;

    c->maps >>= 1;
    c->depth--;
    return item_done(c, map ? ALPS_JSON_OBJECT_END : ALPS_JSON_ARRAY_END);
}

/* The string is complete; its last run is in ${r}->text. */
static inline int
string_done(struct alps_cbor *c)
{
    if (c->utf8.need)
        return -ALPS_BODY_SYNTAX;
    c->chunked = false;
    if (!key_next(c))
        return item_done(c, c->major == TEXT ? ALPS_JSON_STRING : ALPS_JSON_NUMBER);
    c->value_next = true;
    c->state = ITEM;
    return c->muted ? 0 : ALPS_JSON_KEY;
}

/* All the runs of a string that are wanted are UTF-8. */
static bool
check_text(struct alps_cbor *c, const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        uint64_t word;

        if (c->utf8.need == 0 && end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0))
            p += 8;
        else if (!alps_utf8_take(&c->utf8, *p++))
            return false;
    }
    return true;
}

/* The bytes of a string, or of a chunk of it. */
static inline int
take_string(struct alps_cbor *c, struct run *r)
{
    size_t have = (size_t)(r->end - r->p), n = c->argument < have ? (size_t)c->argument : have;
    bool told = c->major == TEXT && !c->muted;

    *r->text = (alps_slice){ r->p, told ? n : 0 };
    if (told && !check_text(c, r->p, r->p + n))
        return -ALPS_BODY_SYNTAX;
    r->p += n;
    c->argument -= n;
    if (c->argument == 0 && !c->chunked)
        return string_done(c);
    if (c->argument == 0) {
        c->state = CHUNK;
        if (c->utf8.need)
            return -ALPS_BODY_SYNTAX;                   /* no character is in two chunks */
    }
    return r->text->n ? ALPS_JSON_TEXT : 0;
}

static inline int
begin_string(struct alps_cbor *c, struct run *r)
{
    if (!c->chunked) {
        c->utf8 = (struct alps_utf8){ 0, 0, 0 };
        if (!c->muted && c->argument < 64 && c->unwanted >> c->argument & 1 && key_next(c)) {
            c->muted = true;
            c->floor = c->depth;
        }
    }
    c->state = STRING;
    return c->argument && r->p == r->end ? 0 : take_string(c, r);
}

static int
take_simple(struct alps_cbor *c, unsigned info)
{
    if (info >= FLOAT16 && info <= FLOAT64)
        return item_done(c, ALPS_JSON_NUMBER);
    if (c->tagged)
        return -ALPS_BODY_SYNTAX;
    switch (info) {
    case FALSE:
        return item_done(c, ALPS_JSON_FALSE);
    case TRUE:
        return item_done(c, ALPS_JSON_TRUE);
    case NUL:
    case UNDEFINED:
        return item_done(c, ALPS_JSON_NULL);
    }
    return -ALPS_BODY_SYNTAX;
}

/* The item's first bytes are there: major type and argument. */
static inline int
take_item(struct alps_cbor *c, struct run *r)
{
    switch (c->major) {
    case UNSIGNED:
    case NEGATIVE:
        return item_done(c, ALPS_JSON_NUMBER);
    case BYTES:
    case TEXT:
        return begin_string(c, r);
    case ARRAY:
    case MAP:
        return c->argument < UINT32_MAX ? begin(c, c->major == MAP, (uint32_t)c->argument) : -ALPS_BODY_SYNTAX;
    case TAG:
        c->tagged = true;
        c->state = ITEM;
        return c->argument == TIME ? 0 : -ALPS_BODY_SYNTAX;
    default:
        return item_done(c, ALPS_JSON_NUMBER);          /* a float: take_simple saw the others */
    }
}

static int
take_indefinite(struct alps_cbor *c)
{
    switch (c->major) {
    case BYTES:
    case TEXT:
        c->chunked = true;
        c->utf8 = (struct alps_utf8){ 0, 0, 0 };
        c->state = CHUNK;
        return 0;
    case ARRAY:
    case MAP:
        return begin(c, c->major == MAP, UINT32_MAX);
    case SIMPLE:                                        /* the break: not behind a key or a tag, nor where a count is */
        if (c->depth && c->left[c->depth - 1] == UINT32_MAX && !c->value_next && !c->tagged)
            return finish(c);
        break;
    }
    return -ALPS_BODY_SYNTAX;
}

/* May this major type stand here? */
static inline bool
may_stand(const struct alps_cbor *c, unsigned major, unsigned info)
{
    if (major == SIMPLE && info == INDEFINITE)
        return true;
    if (key_next(c))
        return major == TEXT;
    return !c->tagged || major <= NEGATIVE || major == SIMPLE;
}

/* The first byte of an item, or of a chunk of a string. */
static inline int
take_initial(struct alps_cbor *c, struct run *r)
{
    unsigned major = *r->p >> 5, info = *r->p & 31;

    r->p++;
    if (c->state == CHUNK) {
        if (major == SIMPLE && info == INDEFINITE) {
            *r->text = (alps_slice){ r->p, 0 };
            return string_done(c);
        }
        if (major != c->major || info == INDEFINITE)
            return -ALPS_BODY_SYNTAX;
    } else if (!may_stand(c, major, info)) {
        return -ALPS_BODY_SYNTAX;
    }
    c->major = (uint8_t)major;
    if (info == INDEFINITE)
        return take_indefinite(c);
    if (info > FLOAT64)
        return -ALPS_BODY_SYNTAX;
    if (info >= WIDTH && (major != SIMPLE || info != WIDTH)) {
        c->n_argument = (uint8_t)(1u << (info - WIDTH));
        c->argument = 0;
        c->state = ARGUMENT;
        return 0;
    }
    if (major == SIMPLE)
        return take_simple(c, info);
    c->argument = info;
    return take_item(c, r);
}

static inline int
take_argument(struct alps_cbor *c, struct run *r)
{
    while (c->n_argument && r->p < r->end) {
        c->argument = c->argument << 8 | *r->p++;
        c->n_argument--;
    }
    return c->n_argument ? 0 : take_item(c, r);
}

/* Into ${n} pairs or items, within what is skipped. */
static inline bool
pass_into(struct alps_cbor *c, bool map, uint32_t n)
{
    if (c->depth == ALPS_JSON_DEPTH)
        return false;
    c->maps = c->maps << 1 | map;
    c->left[c->depth++] = n;
    return true;
}

/* Over what is skipped, item by item, as long as they are whole in this buffer and short enough for their lengths to be.
 * Everything else, and the end of a container that is skipped, is left to the states, which stand as if they had read it
 * all. */
static void
pass_muted(struct alps_cbor *c, struct run *r)
{
    static const uint8_t head_of[32] = {
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 9
    };
    const uint8_t *p = r->p, *end = r->end;
    bool value_next = c->value_next;

    while ((c->depth > c->floor || value_next) && end - p >= 10) {
        unsigned major = *p >> 5, info = *p & 31, head = head_of[info];
        uint32_t *left = &c->left[c->depth - 1], n = info < WIDTH ? info : info == WIDTH ? p[1] : p[1] * 256u + p[2];
        bool counted = *left != UINT32_MAX, key = (c->maps & 1) && !value_next;

        if (*left == 0 || (!counted && *p == (SIMPLE << 5 | INDEFINITE) && !value_next)) {
            if (c->depth - 1 == c->floor)
                break;
            p += !counted;
            c->maps >>= 1;
            left = &c->left[--c->depth - 1];
        } else if (major == TEXT || (major == BYTES && !key)) {
            if (info > FLOAT16 || n > (size_t)(end - p) - head)
                break;
            p += head + n;
            value_next = key;
            if (key)
                continue;
        } else if (key) {
            break;
        } else if (major == ARRAY || major == MAP) {
            if ((info > FLOAT16 && info != INDEFINITE) || !pass_into(c, major == MAP, info == INDEFINITE ? UINT32_MAX : n))
                break;
            p += info == INDEFINITE ? 1 : head;
            value_next = false;
            continue;
        } else {
            if (head == 0 || major == TAG || (major == SIMPLE && (info < FALSE || info == WIDTH)))
                break;
            p += head;
        }
        value_next = false;
        *left -= *left != UINT32_MAX;
        if (c->depth == c->floor) {
            c->muted = false;
            break;
        }
    }
    r->p = p;
    c->value_next = value_next;
}

int
alps_cbor_feed(struct alps_cbor *c, alps_slice in, size_t *at, alps_slice *text)
{
    struct run r = { in.p + *at, in.p + in.n, text };
    int rc = 0;

    while (rc == 0) {
        if (c->muted && c->state == ITEM && !c->tagged)
            pass_muted(c, &r);
        if (c->state == ITEM && c->depth && c->left[c->depth - 1] == 0)
            rc = finish(c);
        else if (r.p == r.end)
            break;
        else if (c->state == ITEM || c->state == CHUNK)
            rc = take_initial(c, &r);
        else if (c->state == ARGUMENT)
            rc = take_argument(c, &r);
        else
            rc = c->state == STRING ? take_string(c, &r) : -ALPS_BODY_SYNTAX;       /* DONE: a second item; BAD */
    }
    if (rc < 0)
        c->state = BAD;
    c->begun = rc == ALPS_JSON_OBJECT || rc == ALPS_JSON_ARRAY;
    *at = (size_t)(r.p - in.p);
    return rc;
}

void
alps_cbor_skip(struct alps_cbor *c)
{
    if (c->state == BAD || c->state == DONE)
        return;
    c->muted = true;
    c->floor = (uint8_t)(c->depth - c->begun);
}

bool
alps_cbor_fresh(const struct alps_cbor *c)
{ return c->state == ITEM && c->depth == 0 && !c->tagged; }

int
alps_cbor_end(struct alps_cbor *c)
{
    if (c->state == DONE || alps_cbor_fresh(c))
        return 0;
    c->state = BAD;
    return -ALPS_BODY_SYNTAX;
}
