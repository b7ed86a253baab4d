/* cli/cmd_diff.c: `alps diff`: two allowlists, or two versions of the code, function by function. */
#include "analyzer/analyzer.h"
#include "cli/command.h"
#include "cli/load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An access of one allowlist that the other lacks; or a host, then ${action} is empty. */
struct change { alps_slice action, resource; const char *what; alps_slice instead; };

struct changes { struct change *row; size_t n, cap; };

static void
add(struct changes *c, struct change row)
{
    if (c->n == c->cap) {
        c->cap = 2 * c->cap + 16;
        c->row = realloc(c->row, c->cap * sizeof *c->row);
        if (!c->row) {
            fprintf(stderr, "alps: out of memory\n");
            exit(2);
        }
    }
    c->row[c->n++] = row;
}

static bool
has_rule(const struct alps_allow *a, const struct alps_allow_rule *r)
{
    for (size_t i = 0; i < a->n_rules; i++)
        if (alps_slice_eq(a->rule[i].action, r->action) && alps_slice_eq(a->rule[i].resource, r->resource) &&
            alps_slice_eq(a->rule[i].service, r->service))
            return true;
    return false;
}

static bool
has_host(const struct alps_allow_host *host, size_t n, const struct alps_allow_host *h)
{
    for (size_t i = 0; i < n; i++)
        if (alps_slice_ieq(host[i].host, h->host) && host[i].vendor == h->vendor)
            return true;
    return false;
}

/* Does one rule, as written, take in all that the other does? */
static bool
takes_in(const struct alps_allow_rule *wide, const struct alps_allow_rule *narrow)
{
    uint8_t room[ALPS_RESOURCE];

    if (!alps_slice_eq(wide->service, narrow->service) || wide->resource.n > sizeof room ||
        (!alps_slice_eq(wide->action, ALPS_S("*")) && !alps_slice_eq(wide->action, narrow->action)))
        return false;
    for (size_t i = 0; i < wide->resource.n; i++) {
        uint8_t c = wide->resource.p[i];

        room[i] = c == '*' ? ALPS_ANY : c == '?' ? ALPS_ONE : c;
    }
    return alps_slice_eq(wide->resource, narrow->resource) ||
           alps_pattern_matches((alps_slice){ room, wide->resource.n }, narrow->resource);
}

/* The rules of ${b} that ${a} has not.  Where one takes the place of a rule that ${b} has not, that is said. */
static void
find_gained(struct changes *c, const struct alps_allow *a, const struct alps_allow *b)
{
    for (size_t i = 0; i < b->n_rules; i++) {
        const struct alps_allow_rule *r = &b->rule[i], *old;
        struct change row = { r->action, r->resource, "gained", { NULL, 0 } };

        if (has_rule(a, r))
            continue;
        for (old = a->rule; old < a->rule + a->n_rules && !row.instead.p; old++) {
            bool wider = takes_in(r, old);

            if (has_rule(b, old) || (!wider && !takes_in(old, r)))
                continue;
            row.what = wider ? "widened" : "narrowed";
            row.instead = old->resource;
        }
        add(c, row);
    }
}

static void
find_lost(struct changes *c, const struct alps_allow *a, const struct alps_allow *b)
{
    size_t gained = c->n;

    for (size_t i = 0; i < a->n_rules; i++) {
        const struct alps_allow_rule *r = &a->rule[i];
        bool replaced = false;

        for (size_t k = 0; k < gained; k++)
            replaced |= c->row[k].instead.p == r->resource.p && alps_slice_eq(c->row[k].action, r->action);
        if (!has_rule(b, r) && !replaced)
            add(c, (struct change){ r->action, r->resource, "lost", { NULL, 0 } });
    }
}

static void
find_hosts(struct changes *c, const struct alps_allow_host *a, size_t n_a, const struct alps_allow_host *b, size_t n_b,
           const char *what)
{
    for (size_t i = 0; i < n_b; i++)
        if (!has_host(a, n_a, &b[i]))
            add(c, (struct change){ { NULL, 0 }, b[i].host, what, { NULL, 0 } });
}

static void
print_change(const struct change *c, const char *function, bool json)
{
    if (json) {
        printf("{\"change\":\"%s\",", c->what);
        if (function) {
            printf("\"function\":");
            alps_json_print(stdout, alps_slice_of(function));
            printf(",");
        }
        printf("\"action\":");
        alps_json_print(stdout, c->action);
        printf(",\"%s\":", c->action.p ? "resource" : "host");
        alps_json_print(stdout, c->resource);
        if (c->instead.p) {
            printf(",\"instead\":");
            alps_json_print(stdout, c->instead);
        }
        printf("}\n");
        return;
    }
    if (function) {
        alps_shown_print(stdout, alps_slice_of(function));
        printf(": ");
    }
    printf("%-9s ", c->what);
    if (c->action.p) {
        alps_shown_print(stdout, c->action);
        printf(" on ");
    } else {
        printf("host ");
    }
    alps_shown_print(stdout, c->resource);
    if (c->instead.p) {
        printf("  (was ");
        alps_shown_print(stdout, c->instead);
        printf(")");
    }
    printf("\n");
}

/* One of the two that are compared: an allowlist, or code, whose functions have one each. */
struct side { const char *path; bool code; struct part { char *function; struct alps_loaded loaded; } *part; size_t n; };

static bool
part_add(void *ctx, const char *name, const char *text)
{
    struct side *s = ctx;
    const char *slash = strrchr(name, '/');
    struct part *part;

    if (strcmp(slash, "/allowlist.json") != 0)
        return true;
    part = realloc(s->part, (s->n + 1) * sizeof *part);
    if (!part) {
        fprintf(stderr, "alps: out of memory\n");
        exit(2);
    }
    s->part = part;
    s->part[s->n].function = strndup(name, (size_t)(slash - name));
    if (!s->part[s->n].function || !alps_load_text("diff", name, alps_slice_of(text), true, &s->part[s->n].loaded)) {
        free(s->part[s->n].function);
        return false;
    }
    s->n++;
    return true;
}

/* Code that cannot be read whole is not compared: what is not seen would look as if it were lost. */
static bool
code_read(struct side *s)
{
    struct alps_analysis *a = alps_analysis_new(&s->path, 1, ALPS_LEVEL_ENTITY);
    bool ok = alps_analysis_status(a) == 0 && alps_analysis_files(a, false, part_add, s);

    if (!ok) {
        char *text = alps_analysis_text(a, false);

        fprintf(stderr, "alps diff: %s: not all of it is understood\n%s", s->path, text);
        free(text);
    }
    alps_analysis_free(a);
    return ok;
}

static bool
side_read(struct side *s, const char *path)
{
    struct stat st;
    const char *dot = strrchr(path, '.');

    *s = (struct side){ .path = path };
    s->code = stat(path, &st) == 0 && (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && dot && strcmp(dot, ".json") != 0));
    if (s->code)
        return code_read(s);
    s->part = calloc(1, sizeof *s->part);
    s->n = s->part && alps_load("diff", path, true, &s->part->loaded);
    return s->n;
}

static void
side_free(struct side *s)
{
    for (size_t i = 0; i < s->n; i++) {
        alps_loaded_free(&s->part[i].loaded);
        free(s->part[i].function);
    }
    free(s->part);
}

/* The allowlist of a function; an empty one where a side has none.  An allowlist is that of every function. */
static const struct alps_allow *
part_of(const struct side *s, const char *function)
{
    static const struct alps_allow nothing;

    for (size_t i = 0; i < s->n; i++)
        if (!s->code || !function || strcmp(s->part[i].function, function) == 0)
            return s->part[i].loaded.allow;
    return &nothing;
}

static size_t
compare(const struct side *one, const struct side *other, const char *function, bool json)
{
    const struct alps_allow *a = part_of(one, function), *b = part_of(other, function);
    struct changes c = { NULL, 0, 0 };

    find_gained(&c, a, b);
    find_lost(&c, a, b);
    find_hosts(&c, a->host, a->n_hosts, b->host, b->n_hosts, "gained");
    find_hosts(&c, b->host, b->n_hosts, a->host, a->n_hosts, "lost");
    find_hosts(&c, a->endpoint, a->n_endpoints, b->endpoint, b->n_endpoints, "gained");
    find_hosts(&c, b->endpoint, b->n_endpoints, a->endpoint, a->n_endpoints, "lost");
    for (size_t i = 0; i < c.n; i++)
        print_change(&c.row[i], function, json);
    free(c.row);
    return c.n;
}

static bool
has_part(const struct side *s, const char *function)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->part[i].function, function) == 0)
            return true;
    return false;
}

int
alps_cmd_diff(int argc, char **argv)
{
    struct side a, b = { .n = 0 };
    struct alps_args args;
    size_t changes = 0;
    int status = ALPS_BAD_USE;
    bool json, one;

    if (!alps_args_read(argc, argv, &args))
        return ALPS_BAD_USE;
    if (args.n_rest != 2) {
        fprintf(stderr, "alps diff: two allowlists, or two versions of the code, are compared: alps diff A B\n");
        return ALPS_BAD_USE;
    }
    json = alps_args_value(&args, "--json");
    if (!side_read(&a, args.rest[0]) || !side_read(&b, args.rest[1]))
        goto free_sides;
    one = a.n == 1 && b.n == 1;                         /* whatever it is called: a folder gives it its own name */
    if (one)
        changes = compare(&a, &b, NULL, json);
    for (size_t i = 0; !one && a.code && i < a.n; i++)
        changes += compare(&a, &b, a.part[i].function, json);
    for (size_t i = 0; !one && b.code && i < b.n; i++)
        if (!a.code || !has_part(&a, b.part[i].function))
            changes += compare(&a, &b, b.part[i].function, json);
    status = changes ? ALPS_FINDING : ALPS_FINE;
free_sides:
    side_free(&a);
    side_free(&b);
    return status;
}
