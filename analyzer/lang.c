/* analyzer/lang.c: text → tree-sitter tree → nodes.  Alone in knowing tree-sitter.  The tree is walked with a
 * cursor, not by
 * recursion on the input, and nothing below ALPS_NEST_MAX is looked at. */
#include "analyzer/lang.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_python(void);

/* The query files lie in the program; paths are from the root of the source tree, where make runs. */
#define EMBED(name, file)                                                                               \
    __asm__(".section .rodata\n.global " #name "\n.hidden " #name "\n" #name ":\n.incbin \"" file "\"\n" \
            ".byte 0\n.previous\n");                                                                    \
    extern const char name[]
EMBED(alps_query_ecma, "analyzer/queries/ecma.scm");
EMBED(alps_query_js, "analyzer/queries/js.scm");
EMBED(alps_query_ts, "analyzer/queries/ts.scm");
EMBED(alps_query_cast, "analyzer/queries/ts_cast.scm");
EMBED(alps_query_py, "analyzer/queries/py.scm");

struct row {
    struct alps_lang lang;
    const TSLanguage *(*grammar)(void);
    const char *query[3];
};

static const struct row rows[] = {
    { { "javascript", ".js .mjs .cjs .jsx", false }, tree_sitter_javascript, { alps_query_ecma, alps_query_js, "" } },
    { { "typescript", ".ts .mts .cts", false }, tree_sitter_typescript,
      { alps_query_ecma, alps_query_ts, alps_query_cast } },
    { { "typescript", ".tsx", false }, tree_sitter_tsx, { alps_query_ecma, alps_query_ts, "" } },
    { { "python", ".py", true }, tree_sitter_python, { alps_query_py, "", "" } },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

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

static struct query {               /* compiled at first use, kept until alps_lang_done */
    TSQuery *query;
    uint8_t *kind_of, *part_of;     /* by capture index; ALPS_*_COUNT: not one */
} compiled[ROWS];

const struct alps_lang *
alps_lang_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    size_t n = dot ? strlen(dot) : 0;

    if (!dot || strchr(dot, '/'))
        return NULL;
    for (size_t i = 0; i < ROWS; i++)
        for (const char *s = rows[i].lang.suffixes; (s = strstr(s, dot)); s++)
            if (s[n] == '\0' || s[n] == ' ')
                return &rows[i].lang;
    return NULL;
}

static uint8_t
index_of(const char *const *names, unsigned n, const char *p, uint32_t len)
{
    for (unsigned i = 0; i < n; i++)
        if (strlen(names[i]) == len && memcmp(names[i], p, len) == 0)
            return (uint8_t)i;
    return (uint8_t)n;
}

static struct query *
query_of(const struct alps_lang *lang)
{
    size_t i = (size_t)((const struct row *)(const void *)lang - rows);
    struct query *q = &compiled[i];
    size_t all = 0;
    uint32_t at = 0, n, len;
    TSQueryError error = TSQueryErrorNone;
    char *text;

    if (q->query)
        return q;
    for (size_t k = 0; k < 3; k++)
        all += strlen(rows[i].query[k]);
    text = malloc(all + 1);
    if (!text)
        abort();
    strcpy(text, rows[i].query[0]);
    strcat(strcat(text, rows[i].query[1]), rows[i].query[2]);
    q->query = ts_query_new(rows[i].grammar(), text, (uint32_t)all, &at, &error);
    if (!q->query) {                /* a mistake of ours, seen by the first test */
        fprintf(stderr, "alps: query of %s is wrong at byte %u: %.60s\n", lang->name, at, text + at);
        abort();
    }
    free(text);
    n = ts_query_capture_count(q->query);
    q->kind_of = calloc(n, 1);
    q->part_of = calloc(n, 1);
    if (!q->kind_of || !q->part_of)
        abort();
    for (uint32_t c = 0; c < n; c++) {
        const char *name = ts_query_capture_name_for_id(q->query, c, &len);

        q->kind_of[c] = index_of(kind_name, ALPS_KIND_COUNT, name, len);
        q->part_of[c] = index_of(part_name, ALPS_PART_COUNT, name, len);
    }
    return q;
}

void
alps_lang_done(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (compiled[i].query)
            ts_query_delete(compiled[i].query);
        free(compiled[i].kind_of);
        free(compiled[i].part_of);
        compiled[i] = (struct query){ 0 };
    }
}

/* Every node that a pattern named, by its identity, while one file is read. */
struct mark { const void *id; uint8_t kind; uint32_t n, cap; struct mark_part { uint8_t role; TSNode node; } *part; };
struct marks { struct mark *slot; size_t cap, used; };

static struct mark *
mark_slot(const struct marks *m, const void *id)
{
    size_t i = ((uintptr_t)id >> 3) * 0x9E3779B97F4A7C15ull >> 20;

    for (;; i++) {
        struct mark *s = &m->slot[i & (m->cap - 1)];

        if (!s->id || s->id == id)
            return s;
    }
}

static struct mark *
mark_take(struct marks *m, const void *id)
{
    struct mark *s;

    if (m->used * 2 >= m->cap) {
        struct marks old = *m;

        m->cap = old.cap ? old.cap * 2 : 4096;
        m->slot = calloc(m->cap, sizeof *m->slot);
        if (!m->slot)
            abort();
        for (size_t i = 0; i < old.cap; i++)
            if (old.slot[i].id)
                *mark_slot(m, old.slot[i].id) = old.slot[i];
        free(old.slot);
    }
    s = mark_slot(m, id);
    if (!s->id) {
        s->id = id;
        s->kind = ALPS_KIND_COUNT;
        m->used++;
    }
    return s;
}

static void
marks_free(struct marks *m)
{
    for (size_t i = 0; i < m->cap; i++)
        free(m->slot[i].part);
    free(m->slot);
}

static void
mark_add(struct mark *s, uint8_t role, TSNode node)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4;
        s->part = realloc(s->part, s->cap * sizeof *s->part);
        if (!s->part)
            abort();
    }
    s->part[s->n++] = (struct mark_part){ role, node };
}

struct limit { int64_t until_ms; };

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
parse_goes_on(TSParseState *state)      /* true stops the parser */
{
    return now_ms() > ((const struct limit *)state->payload)->until_ms;
}

static bool
query_goes_on(TSQueryCursorState *state)
{
    return now_ms() > ((const struct limit *)state->payload)->until_ms;
}

static void
marks_fill(struct marks *m, const struct query *q, TSNode root, struct limit *limit)
{
    TSQueryCursor *cursor = ts_query_cursor_new();
    TSQueryCursorOptions options = { .payload = limit, .progress_callback = query_goes_on };
    TSQueryMatch match;

    ts_query_cursor_set_max_start_depth(cursor, ALPS_NEST_MAX);
    ts_query_cursor_exec_with_options(cursor, q->query, root, &options);
    while (ts_query_cursor_next_match(cursor, &match)) {
        struct mark *s = NULL;

        for (uint16_t i = 0; i < match.capture_count; i++)      /* the whole pattern's capture comes first */
            if (q->kind_of[match.captures[i].index] < ALPS_KIND_COUNT && !s) {
                s = mark_take(m, match.captures[i].node.id);
                if (s->kind == ALPS_KIND_COUNT)
                    s->kind = q->kind_of[match.captures[i].index];
            } else if (s && q->part_of[match.captures[i].index] < ALPS_PART_COUNT) {
                mark_add(s, q->part_of[match.captures[i].index], match.captures[i].node);
            }
    }
    ts_query_cursor_delete(cursor);
}

struct lower { struct alps_mem *mem; struct alps_source *source; const struct marks *marks; bool too_deep; };

static int
by_place(const void *a, const void *b)
{
    const struct mark_part *x = a, *y = b;
    uint32_t i = ts_node_start_byte(x->node), j = ts_node_start_byte(y->node);

    return i != j ? (i < j ? -1 : 1) : (int)x->role - (int)y->role;
}

static struct alps_node *
lower(struct lower *l, TSNode t, unsigned depth)
{
    struct alps_node *n = ALPS_MEM(l->mem, struct alps_node);
    struct mark *s = mark_slot(l->marks, t.id);
    TSPoint at = ts_node_start_point(t);
    uint32_t count;

    n->source = l->source;
    n->start = ts_node_start_byte(t);
    n->end = ts_node_end_byte(t);
    n->line = at.row + 1;
    n->column = at.column + 1;
    n->kind = s->id && s->kind < ALPS_KIND_COUNT ? s->kind : ALPS_K_other;
    if (depth >= ALPS_NEST_MAX) {
        l->too_deep = true;
        return n;
    }
    count = s->id && s->kind < ALPS_KIND_COUNT ? s->n : ts_node_named_child_count(t);
    if (count > UINT16_MAX)
        count = UINT16_MAX;
    if (count == 0)
        return n;
    n->part = alps_mem_take(l->mem, count * sizeof *n->part);
    if (s->id && s->kind < ALPS_KIND_COUNT) {
        qsort(s->part, s->n, sizeof *s->part, by_place);
        for (uint32_t i = 0; i < count; i++)
            if (!ts_node_is_extra(s->part[i].node))
                n->part[n->n_parts++] = (struct alps_part){ s->part[i].role, lower(l, s->part[i].node, depth + 1) };
        return n;
    }
    TSTreeCursor cursor = ts_tree_cursor_new(t);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && n->n_parts < count;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);

        if (ts_node_is_named(child) && !ts_node_is_extra(child))
            n->part[n->n_parts++] = (struct alps_part){ ALPS_P_value, lower(l, child, depth + 1) };
    }
    ts_tree_cursor_delete(&cursor);
    return n;
}

static void
mistake_add(struct lower *l, uint32_t line, uint32_t column, const char *text)
{
    struct alps_source *s = l->source;

    if (s->n_mistakes >= ALPS_MISTAKES)
        return;
    s->mistake = alps_mem_grow(l->mem, s->mistake, s->n_mistakes, sizeof *s->mistake);
    s->mistake[s->n_mistakes++] = (struct alps_mistake){ line, column, text };
}

/* Where the parser had to skip or invent something. */
static void
mistakes_find(struct lower *l, TSNode root)
{
    TSTreeCursor c = ts_tree_cursor_new(root);

    for (bool up = false; l->source->n_mistakes < ALPS_MISTAKES;) {
        TSNode n = ts_tree_cursor_current_node(&c);

        if (!up && ts_node_is_missing(n)) {
            mistake_add(l, ts_node_start_point(n).row + 1, ts_node_start_point(n).column + 1,
                        alps_mem_print(l->mem, "syntax error: missing %s", ts_node_type(n)));
        } else if (!up && ts_node_is_error(n)) {
            mistake_add(l, ts_node_start_point(n).row + 1, ts_node_start_point(n).column + 1,
                        "syntax error: this does not parse; the rest is analysed");
        } else if (!up && ts_node_has_error(n) && ts_tree_cursor_goto_first_child(&c)) {
            continue;
        }
        if (ts_tree_cursor_goto_next_sibling(&c)) {
            up = false;
        } else {
            if (!ts_tree_cursor_goto_parent(&c))
                break;
            up = true;
        }
    }
    ts_tree_cursor_delete(&c);
}

struct text { const char *p; size_t n; };

static const char *
text_read(void *payload, uint32_t at, TSPoint point, uint32_t *n)
{
    const struct text *t = payload;

    (void)point;
    *n = at < t->n ? (uint32_t)(t->n - at) : 0;
    return t->p + (at < t->n ? at : t->n);
}

bool
alps_lang_read(struct alps_mem *mem, struct alps_source *source)
{
    const struct row *row = (const struct row *)(const void *)source->lang;
    struct marks marks = { 0 };
    struct lower l = { mem, source, &marks, false };
    struct limit limit = { now_ms() + ALPS_PARSE_MS };
    struct text text = { source->text, source->n };
    TSInput input = { .payload = &text, .read = text_read, .encoding = TSInputEncodingUTF8 };
    TSParser *parser;
    TSTree *tree;

    if (source->n > ALPS_SOURCE_MAX) {
        mistake_add(&l, 1, 1, "the file is larger than 4 MB and is not analysed");
        return false;
    }
    parser = ts_parser_new();
    ts_parser_set_language(parser, row->grammar());
    tree = ts_parser_parse_with_options(parser, NULL, input,
                                        (TSParseOptions){ .payload = &limit, .progress_callback = parse_goes_on });
    ts_parser_delete(parser);
    if (!tree) {
        mistake_add(&l, 1, 1, "the file takes too long to parse and is not analysed");
        return false;
    }
    mark_take(&marks, &marks);                  /* never empty */
    marks_fill(&marks, query_of(source->lang), ts_tree_root_node(tree), &limit);
    mistakes_find(&l, ts_tree_root_node(tree));
    source->root = lower(&l, ts_tree_root_node(tree), 0);
    if (l.too_deep)
        mistake_add(&l, 1, 1, "the source is nested deeper than 1,000 levels; what lies below is not analysed");
    if (now_ms() > limit.until_ms)
        mistake_add(&l, 1, 1, "the file takes too long to read; part of it is not analysed");
    marks_free(&marks);
    ts_tree_delete(tree);
    return true;
}

struct alps_node *
alps_node_part(const struct alps_node *n, enum alps_part_role role)
{
    for (unsigned i = 0; n && i < n->n_parts; i++)
        if (n->part[i].role == role)
            return n->part[i].node;
    return NULL;
}

alps_slice
alps_node_text(const struct alps_node *n)
{
    return (alps_slice){ (const uint8_t *)n->source->text + n->start, n->end - n->start };
}
