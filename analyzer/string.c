/* analyzer/string.c: literals and templates of every language: quotes, prefixes, escapes, holes. */
#include "analyzer/flow.h"

#include <stdlib.h>

static size_t
utf8_put(char *out, unsigned c)
{
    if (c < 0x80)
        return (void)(out[0] = (char)c), 1;
    if (c < 0x800)
        return (void)(out[0] = (char)(0xC0 | c >> 6)), (void)(out[1] = (char)(0x80 | (c & 63))), 2;
    out[0] = (char)(0xE0 | (c >> 12 & 15));
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
}

/* ${p}..${end} with its backslashes undone. */
static struct alps_value *
unescaped(struct alps_flow *f, const char *p, const char *end, bool raw, bool doubled)
{
    char *out = alps_mem_take(f->mem, (size_t)(end - p) * 3 + 4);
    size_t n = 0;

    while (p < end && n < VALUE_TEXT) {
        if (doubled && p + 1 < end && (*p == '{' || *p == '}') && p[1] == *p) {
            out[n++] = *p;
            p += 2;
        } else if (*p != '\\' || raw || p + 1 >= end) {
            out[n++] = *p++;
        } else if ((p[1] == 'x' && end - p > 3) || (p[1] == 'u' && p[2] != '{' && end - p > 5)) {
            char hex[5] = { 0 };
            size_t len = p[1] == 'x' ? 2 : 4;

            memcpy(hex, p + 2, len);
            n += utf8_put(out + n, (unsigned)strtoul(hex, NULL, 16));
            p += 2 + len;
        } else {
            static const char from[] = "ntrbfv0", to[] = "\n\t\r\b\f\v";
            const char *k = strchr(from, p[1]);

            if (p[1] == '\n')
                ;
            else if (k && *k)
                out[n++] = k - from < 6 ? to[k - from] : '\0';
            else
                out[n++] = p[1];
            p += 2;
        }
    }
    return alps_value_literal(f->mem, out, n);
}

struct alps_value *
alps_flow_string(struct alps_flow *f, const struct alps_node *n)
{
    const char *text = n->source->text, *p, *end;
    const struct alps_node *open = alps_node_part(n, ALPS_P_open), *close = alps_node_part(n, ALPS_P_close);
    struct alps_value *all = NULL, *piece;
    bool raw = false, formatted = false, holes = false;

    if (n->kind == ALPS_K_concat) {
        for (unsigned i = 0; i < n->n_parts; i++) {
            piece = alps_flow_string(f, n->part[i].node);
            all = all ? alps_value_concat(f->mem, all, piece) : piece;
        }
        return all ? all : alps_value_literal(f->mem, "", 0);
    }
    p = text + (open ? open->end : n->start + 1);
    end = text + (close ? close->start : n->end > n->start + 1 ? n->end - 1 : n->end);
    raw = n->source->lang->packages && text[n->start] == '`';
    for (const char *c = text + (open ? open->start : 0); open && c < p; c++) {
        raw |= *c == 'r' || *c == 'R';
        formatted |= *c == 'f' || *c == 'F';
    }
    for (unsigned i = 0; i < n->n_parts; i++) {
        const struct alps_node *hole = n->part[i].node;
        const char *from, *to;

        if (n->part[i].role != ALPS_P_hole)
            continue;
        from = text + hole->start;
        to = text + hole->end;
        if (n->kind == ALPS_K_template) {                       /* the node is what stands inside ${ } */
            while (from > p && from[-1] != '{')
                from--;
            from = from > p + 1 ? from - 2 : p;
            while (to < end && *to != '}')
                to++;
            to += to < end;
        }
        if (from < p)
            continue;
        piece = unescaped(f, p, from, raw, formatted);
        all = all ? alps_value_concat(f->mem, all, piece) : piece;
        all = alps_value_concat(f->mem, all, alps_flow_eval(f, hole));
        p = to;
        holes = true;
    }
    piece = p < end ? unescaped(f, p, end, raw, formatted) : alps_value_literal(f->mem, "", 0);
    all = all ? alps_value_concat(f->mem, all, piece) : piece;
    if (!holes)
        all->place = n;
    return all;
}
