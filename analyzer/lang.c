/* analyzer/lang.c: text → tree-sitter tree → nodes.  Alone, with shape.c, in knowing tree-sitter.  Nothing below
 * ALPS_NEST_MAX is looked at. */
#include "analyzer/lang.h"

#include "analyzer/embed.h"
#include "analyzer/shape.h"

#include <time.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_typescript(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_go(void);

ALPS_EMBED(alps_query_ecma, "analyzer/queries/ecma.scm");
ALPS_EMBED(alps_query_js, "analyzer/queries/js.scm");
ALPS_EMBED(alps_query_ts, "analyzer/queries/ts.scm");
ALPS_EMBED(alps_query_cast, "analyzer/queries/ts_cast.scm");
ALPS_EMBED(alps_query_py, "analyzer/queries/py.scm");
ALPS_EMBED(alps_query_go, "analyzer/queries/go.scm");

struct row {
    struct alps_lang lang;
    const TSLanguage *(*grammar)(void);
    const char *query[3];
};

static const struct row rows[] = {
    { { "javascript", ".js .mjs .cjs .jsx", false, false, "js" }, tree_sitter_javascript,
      { alps_query_ecma, alps_query_js, "" } },
    { { "typescript", ".ts .mts .cts", false, false, "js" }, tree_sitter_typescript,
      { alps_query_ecma, alps_query_ts, alps_query_cast } },
    { { "typescript", ".tsx", false, false, "js" }, tree_sitter_tsx, { alps_query_ecma, alps_query_ts, "" } },
    { { "python", ".py", true, false, "py" }, tree_sitter_python, { alps_query_py, "", "" } },
    { { "go", ".go", false, true, "go" }, tree_sitter_go, { alps_query_go, "", "" } },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct alps_shape *shapes[ROWS];     /* read at first use, kept until alps_lang_done */

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

static const struct alps_shape *
shape_of(const struct alps_lang *lang)
{
    size_t i = (size_t)((const struct row *)(const void *)lang - rows);

    if (!shapes[i])
        shapes[i] = alps_shape_new(rows[i].grammar(), rows[i].query, 3);
    return shapes[i];
}

void
alps_lang_done(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        alps_shape_free(shapes[i]);
        shapes[i] = NULL;
    }
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

struct lower { struct alps_mem *mem; struct alps_source *source; const struct alps_shape *shape; TSTreeCursor cursor;
    bool too_deep; };

static struct alps_node *lower(struct lower *l, unsigned depth);

static void
part_add(struct lower *l, struct alps_node *n, uint8_t role, struct alps_node *part)
{
    if (n->n_parts == UINT16_MAX)
        return;
    n->part = alps_mem_grow(l->mem, n->part, n->n_parts, sizeof *n->part);
    n->part[n->n_parts++] = (struct alps_part){ role, part };
}

/* The parts of ${n} that the steps name, among the children of the cursor's node. */
static void
parts_by_steps(struct lower *l, struct alps_node *n, const struct alps_shape_step *steps, unsigned depth)
{
    int place = -1;

    if (!steps || !ts_tree_cursor_goto_first_child(&l->cursor))
        return;
    do {
        TSNode child = ts_tree_cursor_current_node(&l->cursor);
        TSFieldId field = ts_tree_cursor_current_field_id(&l->cursor);

        if (ts_node_is_extra(child))
            continue;
        place += ts_node_is_named(child);
        for (const struct alps_shape_step *s = steps; s; s = s->next) {
            if (!alps_shape_matches(s, child, field, place))
                continue;
            if (s->role < ALPS_PART_COUNT)
                part_add(l, n, s->role, lower(l, depth + 1));
            parts_by_steps(l, n, s->inside, depth);
        }
    } while (ts_tree_cursor_goto_next_sibling(&l->cursor));
    ts_tree_cursor_goto_parent(&l->cursor);
}

/* All named children, for a node that no pattern names. */
static void
parts_all(struct lower *l, struct alps_node *n, unsigned depth)
{
    if (!ts_tree_cursor_goto_first_child(&l->cursor))
        return;
    do {
        TSNode child = ts_tree_cursor_current_node(&l->cursor);

        if (ts_node_is_named(child) && !ts_node_is_extra(child))
            part_add(l, n, ALPS_P_value, lower(l, depth + 1));
    } while (ts_tree_cursor_goto_next_sibling(&l->cursor));
    ts_tree_cursor_goto_parent(&l->cursor);
}

/* The node under the cursor. */
static struct alps_node *
lower(struct lower *l, unsigned depth)
{
    struct alps_node *n = ALPS_MEM(l->mem, struct alps_node);
    TSNode t = ts_tree_cursor_current_node(&l->cursor);
    TSSymbol symbol = ts_node_symbol(t);
    TSPoint at = ts_node_start_point(t);
    uint8_t kind = symbol < l->shape->symbols ? l->shape->kind[symbol] : ALPS_KIND_COUNT;

    n->source = l->source;
    n->start = ts_node_start_byte(t);
    n->end = ts_node_end_byte(t);
    n->line = at.row + 1;
    n->column = at.column + 1;
    n->kind = kind < ALPS_KIND_COUNT ? kind : ALPS_K_other;
    if (depth >= ALPS_NEST_MAX)
        l->too_deep = true;
    else if (kind < ALPS_KIND_COUNT)
        parts_by_steps(l, n, l->shape->step[symbol], depth);
    else
        parts_all(l, n, depth);
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
    struct lower l = { .mem = mem, .source = source };
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
    mistakes_find(&l, ts_tree_root_node(tree));
    l.shape = shape_of(source->lang);
    l.cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    source->root = lower(&l, 0);
    ts_tree_cursor_delete(&l.cursor);
    if (l.too_deep)
        mistake_add(&l, 1, 1, "the source is nested deeper than 1,000 levels; what lies below is not analysed");
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
