#include "cli/command.h"
#include "cli/load.h"

#include <stdlib.h>
#include <string.h>

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
print_change(const struct change *c, bool json)
{
    if (json) {
        printf("{\"change\":\"%s\",\"action\":", c->what);
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

int
alps_cmd_diff(int argc, char **argv)
{
    struct alps_loaded a, b;
    struct changes c = { NULL, 0, 0 };
    struct alps_args args;
    int status = ALPS_BAD_USE;

    if (!alps_args_read(argc, argv, &args))
        return ALPS_BAD_USE;
    if (args.n_rest != 2) {
        fprintf(stderr, "alps diff: two allowlists are compared: alps diff A B\n");
        return ALPS_BAD_USE;
    }
    if (!alps_load("diff", args.rest[0], true, &a))
        return ALPS_BAD_USE;
    if (!alps_load("diff", args.rest[1], true, &b))
        goto free_a;
    find_gained(&c, a.allow, b.allow);
    find_lost(&c, a.allow, b.allow);
    find_hosts(&c, a.allow->host, a.allow->n_hosts, b.allow->host, b.allow->n_hosts, "gained");
    find_hosts(&c, b.allow->host, b.allow->n_hosts, a.allow->host, a.allow->n_hosts, "lost");
    find_hosts(&c, a.allow->endpoint, a.allow->n_endpoints, b.allow->endpoint, b.allow->n_endpoints, "gained");
    find_hosts(&c, b.allow->endpoint, b.allow->n_endpoints, a.allow->endpoint, a.allow->n_endpoints, "lost");
    for (size_t i = 0; i < c.n; i++)
        print_change(&c.row[i], alps_args_value(&args, "--json"));
    status = c.n ? ALPS_FINDING : ALPS_FINE;
    free(c.row);
    alps_loaded_free(&b);
free_a:
    alps_loaded_free(&a);
    return status;
}
