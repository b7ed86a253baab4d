/* analyzer/shape.c: reads query files. */
#include "analyzer/shape.h"

#include "analyzer/lang.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const kind_name[] = {
#define K(name) #name,
    ALPS_KINDS(K)
#undef K
};
static const char *const part_name[] = {
#define P(name) #name,
    ALPS_PARTS(P)
#undef P
};

struct reader { struct alps_shape *shape; const TSLanguage *lang; const char *at, *from; };

__attribute__((noreturn)) static void
mistake(const struct reader *r, const char *what)
{
    fprintf(stderr, "alps: query file, byte %td: %s: %.60s\n", r->at - r->from, what, r->at);
    abort();
}

static void
blanks(struct reader *r)
{
    for (;; r->at++)
        if (*r->at == ';')
            r->at += strcspn(r->at, "\n");
        else if (!*r->at || !strchr(" \t\n", *r->at))
            return;
}

static bool
take(struct reader *r, char c)
{
    blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static size_t
word_length(struct reader *r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

    blanks(r);
    return strspn(r->at, letters);
}

static uint8_t
capture(struct reader *r, const char *const *names, unsigned count)
{
    size_t n;

    if (!take(r, '@'))
        return (uint8_t)count;
    n = word_length(r);
    for (unsigned i = 0; i < count; i++)
        if (strlen(names[i]) == n && memcmp(names[i], r->at, n) == 0) {
            r->at += n;
            return (uint8_t)i;
        }
    mistake(r, "no such capture");
}

static TSSymbol
symbol(struct reader *r, const char *name, size_t n, bool named)
{
    TSSymbol s = ts_language_symbol_for_name(r->lang, name, (uint32_t)n, named);

    if (!s)
        mistake(r, "no such node");
    return s;
}

static struct alps_shape_step *step(struct reader *r, int *place);

/* Steps up to the closing parenthesis. */
static struct alps_shape_step *
steps(struct reader *r)
{
    struct alps_shape_step *first = NULL, **end = &first;
    int place = -1;

    while (!take(r, ')')) {
        *end = step(r, &place);
        end = &(*end)->next;
    }
    return first;
}

static struct alps_shape_step *
step(struct reader *r, int *place)
{
    struct alps_shape_step *s = calloc(1, sizeof *s);
    size_t n;

    if (!s)
        abort();
    *place = take(r, '.') ? *place + 1 : -1;
    s->place = *place;
    n = word_length(r);
    if (n && r->at[n] == ':') {
        s->field = ts_language_field_id_for_name(r->lang, r->at, (uint32_t)n);
        if (!s->field)
            mistake(r, "no such field");
        r->at += n + 1;
    }
    if (take(r, '(')) {
        n = word_length(r);
        s->named = true;
        s->any = n == 1 && *r->at == '_';
        s->symbol = s->any ? 0 : symbol(r, r->at, n, true);
        r->at += n;
        s->inside = steps(r);
    } else if (take(r, '"')) {
        n = strcspn(r->at, "\"");
        s->symbol = symbol(r, r->at, n, false);
        r->at += n + 1;
    } else if (take(r, '_')) {
        s->any = true;
    } else {
        mistake(r, "no step");
    }
    s->role = capture(r, part_name, ALPS_PART_COUNT);
    return s;
}

static void
pattern(struct reader *r)
{
    size_t n = word_length(r);
    TSSymbol s = symbol(r, r->at, n, true);
    struct alps_shape_step **end = &r->shape->step[s];
    uint8_t kind;

    r->at += n;
    while (*end)
        end = &(*end)->next;
    *end = steps(r);
    kind = capture(r, kind_name, ALPS_KIND_COUNT);
    if (kind == ALPS_KIND_COUNT || (r->shape->kind[s] != ALPS_KIND_COUNT && r->shape->kind[s] != kind))
        mistake(r, "a type of node is of one kind");
    r->shape->kind[s] = kind;
}

struct alps_shape *
alps_shape_new(const TSLanguage *lang, const char *const *text, unsigned n)
{
    struct alps_shape *shape = calloc(1, sizeof *shape);

    if (!shape)
        abort();
    shape->symbols = ts_language_symbol_count(lang);
    shape->kind = malloc(shape->symbols);
    shape->step = calloc(shape->symbols, sizeof *shape->step);
    if (!shape->kind || !shape->step)
        abort();
    memset(shape->kind, ALPS_KIND_COUNT, shape->symbols);
    for (unsigned i = 0; i < n; i++) {
        struct reader r = { shape, lang, text[i], text[i] };

        while (take(&r, '('))
            pattern(&r);
        if (*r.at)
            mistake(&r, "no pattern");
    }
    return shape;
}

static void
steps_free(struct alps_shape_step *s)
{
    for (struct alps_shape_step *next; s; s = next) {
        next = s->next;
        steps_free(s->inside);
        free(s);
    }
}

void
alps_shape_free(struct alps_shape *shape)
{
    if (!shape)
        return;
    for (uint32_t i = 0; i < shape->symbols; i++)
        steps_free(shape->step[i]);
    free(shape->step);
    free(shape->kind);
    free(shape);
}

bool
alps_shape_matches(const struct alps_shape_step *s, TSNode child, TSFieldId field, int place)
{
    if ((s->field && s->field != field) || (s->place >= 0 && s->place != place))
        return false;
    if (s->any)
        return !s->named || ts_node_is_named(child);
    return ts_node_symbol(child) == s->symbol;
}
