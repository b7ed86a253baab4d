/* The writer.  Sorted and indented in one way, so that two versions of an allowlist differ where they differ; a JSON
 * library's printer knows neither order nor width of indent.  Measured first, then written. */
#include "allowlists/allow_json.h"

#include "core/text.h"

#include <stdlib.h>

struct sorted { const struct alps_allow *allow; const struct alps_allow_rule **rule;
                const struct alps_allow_host **host, **endpoint; const struct alps_allow_evidence **evidence; };

static int
slice_order(alps_slice a, alps_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int
rule_order(const void *a, const void *b)
{
    const struct alps_allow_rule *l = *(const struct alps_allow_rule *const *)a;
    const struct alps_allow_rule *r = *(const struct alps_allow_rule *const *)b;
    int order = slice_order(l->service, r->service);

    if (order == 0)
        order = slice_order(l->resource, r->resource);
    return order ? order : slice_order(l->action, r->action);
}

static int
host_order(const void *a, const void *b)
{
    return slice_order((*(const struct alps_allow_host *const *)a)->host,
                       (*(const struct alps_allow_host *const *)b)->host);
}

static int
evidence_order(const void *a, const void *b)
{
    return slice_order((*(const struct alps_allow_evidence *const *)a)->access,
                       (*(const struct alps_allow_evidence *const *)b)->access);
}

static void
add_line(struct alps_text *t, unsigned depth, bool first)
{
    alps_text_add(t, first ? "\n" : ",\n");
    while (depth-- > 0)
        alps_text_add(t, "  ");
}

static void
add_key(struct alps_text *t, unsigned depth, bool first, alps_slice key)
{
    add_line(t, depth, first);
    alps_text_byte(t, '"');
    alps_text_json(t, key);
    alps_text_add(t, "\": ");
}

static void
add_string(struct alps_text *t, alps_slice s)
{
    alps_text_byte(t, '"');
    alps_text_json(t, s);
    alps_text_byte(t, '"');
}

static void
add_context(struct alps_text *t, const struct alps_allow *a)
{
    const struct { const char *name; alps_slice value; } row[] = {
        { "account", a->account }, { "region", a->region }, { "project", a->project }, { "subscription", a->subscription }
    };
    bool first = true;

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!row[i].value.n)
            continue;
        if (first) {
            add_key(t, 1, false, ALPS_S("context"));
            alps_text_byte(t, '{');
        }
        add_key(t, 2, first, alps_slice_of(row[i].name));
        add_string(t, row[i].value);
        first = false;
    }
    if (!first) {
        add_line(t, 1, true);
        alps_text_byte(t, '}');
    }
}

static void
add_rule(struct alps_text *t, const struct alps_allow_rule *before, const struct alps_allow_rule *r)
{
    bool service = before && alps_slice_eq(before->service, r->service);
    bool resource = service && alps_slice_eq(before->resource, r->resource);

    if (resource) {
        if (!alps_slice_eq(before->action, r->action)) {
            alps_text_add(t, ", ");
            add_string(t, r->action);
        }
        return;
    }
    if (before)
        alps_text_byte(t, ']');
    if (before && !service) {
        add_line(t, 2, true);
        alps_text_byte(t, '}');
    }
    if (!service) {
        add_key(t, 2, !before, r->service);
        alps_text_byte(t, '{');
    }
    add_key(t, 3, !service, r->resource);
    alps_text_byte(t, '[');
    add_string(t, r->action);
}

static void
add_allow(struct alps_text *t, const struct sorted *s)
{
    size_t n = s->allow->n_rules;

    add_key(t, 1, false, ALPS_S("allow"));
    alps_text_byte(t, '{');
    for (size_t i = 0; i < n; i++)
        add_rule(t, i ? s->rule[i - 1] : NULL, s->rule[i]);
    if (n) {
        alps_text_byte(t, ']');
        add_line(t, 2, true);
        alps_text_byte(t, '}');
        add_line(t, 1, true);
    }
    alps_text_byte(t, '}');
}

static void
add_hosts(struct alps_text *t, const struct sorted *s)
{
    size_t n = s->allow->n_hosts;

    for (size_t i = 0; i < n; i++) {
        if (i == 0) {
            add_key(t, 1, false, ALPS_S("hosts"));
            alps_text_byte(t, '[');
        }
        add_line(t, 2, i == 0);
        add_string(t, s->host[i]->host);
    }
    if (n) {
        add_line(t, 1, true);
        alps_text_byte(t, ']');
    }
}

static void
add_endpoints(struct alps_text *t, const struct sorted *s)
{
    size_t n = s->allow->n_endpoints;

    for (size_t i = 0; i < n; i++) {
        if (i == 0) {
            add_key(t, 1, false, ALPS_S("endpoints"));
            alps_text_byte(t, '{');
        }
        add_key(t, 2, i == 0, s->endpoint[i]->host);
        add_string(t, alps_slice_of(alps_vendor_name(s->endpoint[i]->vendor)));
    }
    if (n) {
        add_line(t, 1, true);
        alps_text_byte(t, '}');
    }
}

static void
add_evidence(struct alps_text *t, const struct sorted *s)
{
    size_t n = s->allow->n_evidence;

    for (size_t i = 0; i < n; i++) {
        const struct alps_allow_evidence *e = s->evidence[i];

        if (i == 0) {
            add_key(t, 1, false, ALPS_S("evidence"));
            alps_text_byte(t, '{');
        }
        add_key(t, 2, i == 0, e->access);
        alps_text_byte(t, '[');
        for (size_t k = 0; k < e->n; k++) {
            alps_text_add(t, k ? ", " : "");
            add_string(t, e->lines[k]);
        }
        alps_text_byte(t, ']');
    }
    if (n) {
        add_line(t, 1, true);
        alps_text_byte(t, '}');
    }
}

static void
add_document(struct alps_text *t, const struct sorted *s)
{
    const struct alps_allow *a = s->allow;

    alps_text_add(t, "{\n  \"alps\": 1");
    if (a->function.n) {
        add_key(t, 1, false, ALPS_S("function"));
        add_string(t, a->function);
    }
    if (a->code.n) {
        add_key(t, 1, false, ALPS_S("code"));
        add_string(t, a->code);
    }
    add_context(t, a);
    add_allow(t, s);
    add_hosts(t, s);
    add_endpoints(t, s);
    add_evidence(t, s);
    alps_text_add(t, "\n}\n");
}

#define SORT(rows, from, n, order)                                              \
    do {                                                                        \
        for (size_t i_ = 0; i_ < (n); i_++)                                     \
            (rows)[i_] = &(from)[i_];                                           \
        if (n)                                                                  \
            qsort((void *)(rows), (n), sizeof *(rows), (order));                \
    } while (0)

char *
alps_allow_write(const struct alps_allow *a)
{
    size_t rows = a->n_rules + a->n_hosts + a->n_endpoints + a->n_evidence;
    const void **room = calloc(rows + 1, sizeof *room);
    struct sorted s = { .allow = a };
    struct alps_text t = { NULL, 0, 0 };

    if (!room)
        return NULL;
    s.rule = (const struct alps_allow_rule **)room;
    s.host = (const struct alps_allow_host **)(room + a->n_rules);
    s.endpoint = s.host + a->n_hosts;
    s.evidence = (const struct alps_allow_evidence **)(room + rows - a->n_evidence);
    SORT(s.rule, a->rule, a->n_rules, rule_order);
    SORT(s.host, a->host, a->n_hosts, host_order);
    SORT(s.endpoint, a->endpoint, a->n_endpoints, host_order);
    SORT(s.evidence, a->evidence, a->n_evidence, evidence_order);
    add_document(&t, &s);
    t = (struct alps_text){ malloc(t.n + 1), 0, t.n };
    if (t.p) {
        add_document(&t, &s);
        t.p[t.n] = '\0';
    }
    free(room);
    return t.p;
}
