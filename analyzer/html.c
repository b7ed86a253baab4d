/* analyzer/html.c: the report as one page that needs nothing else: per function what is needed, where, how wide and why, and the
 * policy that is declared against it. */
#include "analyzer/analysis.h"
#include "analyzer/declared.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct page { char *p; size_t n, cap; };

static void put(struct page *, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
bytes(struct page *o, const char *s, size_t n)
{
    if (o->n + n + 1 > o->cap) {
        o->cap = (o->n + n + 1) * 2;
        o->p = realloc(o->p, o->cap);
        if (!o->p)
            abort();
    }
    memcpy(o->p + o->n, s, n);
    o->n += n;
    o->p[o->n] = '\0';
}

/* Our own markup. */
static void
put(struct page *o, const char *format, ...)
{
    char text[1024];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bytes(o, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Text of files and names: never markup. */
static void
say(struct page *o, const char *s)
{
    for (; *s; s++) {
        const char *safe = *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '&' ? "&amp;" : *s == '"' ? "&quot;" : NULL;

        if (safe)
            bytes(o, safe, strlen(safe));
        else
            bytes(o, s, 1);
    }
}

static void
cell(struct page *o, const char *kind, const char *s)
{
    put(o, "<td class=%s>", kind);
    say(o, s);
    put(o, "</td>");
}

static void
calls(struct page *o, const struct alps_result *r)
{
    static const char *const level[] = { "service", "object", "entity" };

    put(o, "<table><tr><th>needs<th>on<th>width<th>where<th>because</tr>\n");
    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x; x = x->next) {
            put(o, "<tr%s>", c->implied ? " class=implied" : "");
            cell(o, "action", x->action);
            cell(o, "name", x->resource);
            put(o, "<td class=%s>%s%s%s</td>", x->why && strcmp(x->why, "by-nature") ? "wide" : "level", level[x->level],
                x->why ? ", " : "", x->why ? x->why : "");
            put(o, "<td class=name>");
            say(o, c->file);
            put(o, ":%u", c->line);
            for (unsigned i = 0; i < c->n_via; i++) {
                put(o, "<br><small>");
                say(o, c->via[i]);
                put(o, "</small>");
            }
            put(o, "</td>");
            cell(o, "why", c->implied ? "the platform, for the function" : x->evidence);
            put(o, "</tr>\n");
        }
    for (const struct alps_host_found *h = r->host; h; h = h->next) {
        put(o, "<tr><td class=action>host</td>");
        cell(o, "name", h->host);
        put(o, "<td></td><td class=name>");
        say(o, h->file);
        put(o, ":%u</td><td></td></tr>\n", h->line);
    }
    put(o, "</table>\n");
}

static void
declared(struct page *o, const struct alps_result *r)
{
    const struct alps_declared *d = r->declared;

    if (!d)
        return;
    put(o, "<h3>Against the policy that is declared</h3><table><tr><th>statement<th>allows<th>used<th>what of it</tr>\n");
    for (unsigned i = 0; i < d->n_excess; i++) {
        const struct alps_excess *e = &d->excess[i];

        put(o, "<tr>");
        cell(o, "name", e->statement->place);
        cell(o, "action", e->pattern);
        put(o, "<td class=wide>%u of %u%s</td>", e->used, e->grants, e->wide ? ", on every resource" : "");
        cell(o, "action", e->names);
        put(o, "</tr>\n");
    }
    for (unsigned i = 0; i < d->n_missing; i++) {
        put(o, "<tr>");
        cell(o, "name", "none");
        cell(o, "action", d->missing[i].access->action);
        cell(o, "error", "missing");
        cell(o, "name", d->missing[i].access->resource);
        put(o, "</tr>\n");
    }
    if (!d->n_excess && !d->n_missing)
        put(o, "<tr><td colspan=4>%s</td></tr>\n", d->known ? "exactly what is needed" : "nothing that can be compared");
    for (unsigned i = 0; i < r->function->n_managed; i++) {
        put(o, "<tr><td colspan=4>by name only, not compared: ");
        say(o, r->function->managed[i]);
        put(o, "</td></tr>\n");
    }
    put(o, "</table>\n");
}

static void
notes(struct page *o, const struct alps_note *n)
{
    if (!n)
        return;
    put(o, "<ul>\n");
    for (; n; n = n->next) {
        put(o, "<li class=%s>", n->error ? "error" : "note");
        say(o, n->file);
        if (n->line)
            put(o, ":%u", n->line);
        put(o, " <b>");
        say(o, n->code);
        put(o, "</b> ");
        say(o, n->text);
        put(o, "\n");
    }
    put(o, "</ul>\n");
}

static void
policies(struct page *o, const struct alps_result *r)
{
    put(o, "<details><summary>allowlist.json</summary><pre>");
    say(o, r->allowlist);
    put(o, "</pre></details>\n");
    for (unsigned i = 0; i < r->n_documents; i++) {
        put(o, "<details><summary>");
        say(o, r->document[i].file);
        put(o, "</summary><pre>");
        say(o, r->document[i].text);
        put(o, "</pre></details>\n");
    }
}

char *
alps_analysis_html(const struct alps_analysis *a)
{
    struct page o = { 0 };

    put(&o, "<!doctype html><html lang=en><meta charset=utf-8><title>What the functions need</title>\n<style>"
        "body{font:15px/1.4 system-ui,sans-serif;margin:2em auto;max-width:80em;padding:0 1em}table{border-collapse:collapse;width:100%%}"
        "td,th{text-align:left;vertical-align:top;padding:.25em .7em;border-bottom:1px solid #8884}");
    put(&o, ".action,.name,pre{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}.wide{color:#a50}.error{color:#b00}"
        ".implied{opacity:.6}small{opacity:.7}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.wide{color:#fa5}"
        ".error{color:#f66}}</style>\n<h1>What the functions need</h1>\n");
    for (const struct alps_result *r = a->result; r; r = r->next) {
        put(&o, "<h2>");
        say(&o, r->function->name);
        put(&o, " <small>");
        say(&o, r->function->path);
        put(&o, "</small></h2>\n");
        calls(&o, r);
        declared(&o, r);
        notes(&o, r->note);
        policies(&o, r);
    }
    notes(&o, a->project.note);
    put(&o, "</html>\n");
    return o.p;
}
