#include "core/partiql.h"
#include "core/reason.h"

enum { NESTING = 32 };

enum token { END, WORD, NAME, TEXT, NUMBER, MARK, BAD };        /* NAME: "quoted"; TEXT: 'quoted' */

struct lexer {
    const uint8_t *p, *end;
    enum token token;
    alps_slice text;                /* of WORD, NAME (between its quotes) and MARK */
    bool doubled;                   /* NAME: a quote is in it */
    unsigned depth;
    uint8_t closing[NESTING];       /* of each open bracket */
};

/* Words that begin something.  In the rest of a statement they may stand in quotes alone. */
static const char *const reserved[] = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "FROM", "INTO", "EXISTS", "JOIN", "UNION", "INTERSECT", "EXCEPT", "WITH", "LET",
    "UNPIVOT", "UPSERT", "REPLACE", "CREATE", "DROP", "EXEC", "ALTER", "MERGE"
};

static bool
word_byte(uint8_t c)
{ return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; }

static bool
digit(uint8_t c)
{ return c >= '0' && c <= '9'; }

static enum token
take_quoted(struct lexer *l, uint8_t quote)
{
    const uint8_t *from = ++l->p;

    l->doubled = false;
    for (;; l->p++) {
        if (l->p == l->end)
            return BAD;
        if (*l->p != quote)
            continue;
        if (l->p > from && l->p[-1] == '\\')
            return BAD;                                 /* not the end of it, to a reader that knows such escapes */
        if (l->end - l->p == 1 || l->p[1] != quote)
            break;
        l->doubled = true;
        l->p++;
    }
    l->text = (alps_slice){ from, (size_t)(l->p++ - from) };
    return quote == '"' ? NAME : TEXT;
}

static enum token
take_number(struct lexer *l)
{
    while (l->p < l->end && digit(*l->p))
        l->p++;
    if (l->p < l->end && *l->p == '.')
        while (++l->p < l->end && digit(*l->p))
            ;
    if (l->p < l->end && (*l->p | 0x20) == 'e') {
        l->p++;
        if (l->p < l->end && (*l->p == '+' || *l->p == '-'))
            l->p++;
        if (l->p == l->end || !digit(*l->p))
            return BAD;
        while (l->p < l->end && digit(*l->p))
            l->p++;
    }
    return l->p < l->end && (word_byte(*l->p) || *l->p == '"' || *l->p == '\'') ? BAD : NUMBER;
}

static enum token
take_mark(struct lexer *l)
{
    uint8_t c = *l->p, next = l->end - l->p > 1 ? l->p[1] : 0;

    l->text = (alps_slice){ l->p++, 1 };
    if ((c == '-' && next == '-') || (c == '/' && next == '*'))
        return BAD;                                     /* a comment */
    switch (c) {
    case '(':
    case '[':
    case '{':
        if (l->depth == NESTING)
            return BAD;
        l->closing[l->depth++] = c == '(' ? ')' : (uint8_t)(c + 2);
        return MARK;
    case ')':
    case ']':
    case '}':
        return l->depth && l->closing[--l->depth] == c ? MARK : BAD;
    case ';':                                           /* behind the last statement, which is the only one */
        while (l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r'))
            l->p++;
        return l->p == l->end ? END : BAD;
    }
    return memchr(",.=<>!+-*/%?:|", c, 14) ? MARK : BAD;
}

static enum token
next(struct lexer *l)
{
    const uint8_t *from;

    while (l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r'))
        l->p++;
    from = l->p;
    if (l->p == l->end) {
        l->token = END;
    } else if (*l->p == '"' || *l->p == '\'') {
        l->token = take_quoted(l, *l->p);
    } else if (digit(*l->p)) {
        l->token = take_number(l);
    } else if (word_byte(*l->p)) {
        while (l->p < l->end && word_byte(*l->p))
            l->p++;
        l->text = (alps_slice){ from, (size_t)(l->p - from) };
        l->token = l->p < l->end && *l->p == '\'' ? BAD : WORD;         /* N'…': another kind of text */
    } else {
        l->token = take_mark(l);
    }
    if (l->token == END && l->depth)
        l->token = BAD;
    return l->token;
}

static bool
is_word(const struct lexer *l, const char *word)
{ return l->token == WORD && alps_slice_ieq(l->text, alps_slice_of(word)); }

static bool
is_mark(const struct lexer *l, uint8_t c)
{ return l->token == MARK && *l->text.p == c; }

static bool
is_reserved(const struct lexer *l)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (is_word(l, reserved[i]))
            return true;
    return false;
}

/* Up to the end: nothing in it begins anything. */
static int
take_rest(struct lexer *l)
{
    while (l->token != END) {
        if (l->token == BAD || is_reserved(l))
            return -ALPS_STATEMENT;
        (void)next(l);
    }
    return 0;
}

/* "${env:TABLE}_v2", "*": how source that was analysed names what it does not know.  The service refuses it. */
static bool
take_symbol(struct lexer *l)
{
    const uint8_t *from = l->p;

    while (l->p < l->end && (word_byte(*l->p) || *l->p == '*')) {
        bool braced = *l->p++ == '$' && l->p < l->end && *l->p == '{';

        while (braced && l->p < l->end && *l->p != '}')
            l->p++;
        if (braced && l->p == l->end)
            return false;
        l->p += braced;
    }
    l->text = (alps_slice){ from, (size_t)(l->p - from) };
    l->token = WORD;
    return l->text.n != 0;
}

/* The bytes of names and ARNs; "/" in ARNs alone, where it is no part of a name. */
static bool
may_name(alps_slice s, bool quoted)
{
    bool arn = alps_slice_starts(s, ALPS_S("arn:"));

    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\' || (s.p[i] == '/' && !(arn && quoted)))
            return false;
    return s.n != 0;
}

static int
take_name(struct lexer *l, alps_slice *name)
{
    const uint8_t *from;

    while (l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r'))
        l->p++;
    from = l->p;
    if (from < l->end && !digit(*from) && (word_byte(*from) || *from == '*')) {
        if (!take_symbol(l) || is_reserved(l) || is_word(l, "WHERE"))
            return -ALPS_STATEMENT;
    } else if (next(l) != NAME) {
        return -ALPS_STATEMENT;
    }
    *name = l->text;
    return (l->token == NAME && l->doubled) || !may_name(l->text, l->token == NAME) ? -ALPS_BAD_NAME : 0;
}

/* Table and index; the token behind them is read. */
static int
take_table(struct lexer *l, struct alps_partiql *p)
{
    int rc = take_name(l, &p->table);

    if (rc)
        return rc;
    (void)next(l);
    if (!is_mark(l, '.'))
        return 0;
    rc = p->verb == ALPS_PARTIQL_SELECT ? take_name(l, &p->index) : -ALPS_STATEMENT;
    (void)next(l);
    return rc;
}

static int
take_select(struct lexer *l, struct alps_partiql *p, bool within)
{
    unsigned depth = l->depth;
    bool any = false;
    int rc;

    while (next(l) != END && l->token != BAD && !(is_word(l, "FROM") && l->depth == depth)) {
        if (is_reserved(l) || l->depth < depth)
            return -ALPS_STATEMENT;
        any = true;
    }
    if (!any || l->token != WORD)
        return -ALPS_STATEMENT;
    rc = take_table(l, p);
    if (rc || l->token == END)
        return rc;
    if (is_word(l, "WHERE") || is_word(l, "ORDER"))
        while (!(l->token == END || l->token == BAD || is_reserved(l) || l->depth < depth))
            (void)next(l);
    if (within && is_mark(l, ')') && l->depth < depth)
        return next(l) == END ? 0 : -ALPS_STATEMENT;
    return !within && l->token == END ? 0 : -ALPS_STATEMENT;
}

/* INSERT INTO, UPDATE, DELETE FROM: ${p}->verb says which; what may follow the table. */
static int
take_change(struct lexer *l, struct alps_partiql *p, const char *one, const char *other)
{
    int rc = take_table(l, p);

    if (rc)
        return rc;
    return is_word(l, one) || is_word(l, other) ? take_rest(l) : -ALPS_STATEMENT;
}

int
alps_partiql_read(alps_slice statement, struct alps_partiql *p)
{
    struct lexer l = { .p = statement.p, .end = statement.p + statement.n };

    memset(p, 0, sizeof *p);
    (void)next(&l);
    if (is_word(&l, "SELECT"))
        return take_select(&l, p, false);
    if (is_word(&l, "EXISTS")) {
        (void)next(&l);
        return is_mark(&l, '(') && next(&l) == WORD && is_word(&l, "SELECT") ? take_select(&l, p, true) : -ALPS_STATEMENT;
    }
    if (is_word(&l, "UPDATE")) {
        p->verb = ALPS_PARTIQL_UPDATE;
        return take_change(&l, p, "SET", "REMOVE");
    }
    p->verb = is_word(&l, "INSERT") ? ALPS_PARTIQL_INSERT : ALPS_PARTIQL_DELETE;
    if (!is_word(&l, "INSERT") && !is_word(&l, "DELETE"))
        return -ALPS_STATEMENT;
    (void)next(&l);
    if (!is_word(&l, p->verb == ALPS_PARTIQL_INSERT ? "INTO" : "FROM"))
        return -ALPS_STATEMENT;
    return p->verb == ALPS_PARTIQL_INSERT ? take_change(&l, p, "VALUE", "VALUE") : take_change(&l, p, "WHERE", "WHERE");
}

alps_slice
alps_partiql_verb_name(enum alps_partiql_verb verb)
{
    static const char *const names[] = { "Select", "Insert", "Update", "Delete" };

    return alps_slice_of(names[verb]);
}
