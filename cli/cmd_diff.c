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

/* What ${b} has and ${a} has not.  ${plain}: its name; ${wider}: its name if it takes in something that ${a} alone had. */
static void
compare(struct changes *c, const struct alps_allow *a, const struct alps_allow *b, const char *plain, const char *wider)
{
    for (size_t i = 0; i < b->n_rules; i++) {
        const struct alps_allow_rule *r = &b->rule[i];
        struct change row = { r->action, r->resource, plain, { NULL, 0 } };

        if (has_rule(a, r))
            continue;
        for (size_t k = 0; k < a->n_rules; k++)
            if (!has_rule(b, &a->rule[k]) && takes_in(r, &a->rule[k])) {
                row.what = wider;
                row.instead = a->rule[k].resource;
            }
        add(c, row);
    }
    for (size_t i = 0; i < b->n_hosts; i++)
        if (!has_host(a->host, a->n_hosts, &b->host[i]))
            add(c, (struct change){ { NULL, 0 }, b->host[i].host, plain, { NULL, 0 } });
    for (size_t i = 0; i < b->n_endpoints; i++)
        if (!has_host(a->endpoint, a->n_endpoints, &b->endpoint[i]))
            add(c, (struct change){ { NULL, 0 }, b->endpoint[i].host, plain, { NULL, 0 } });
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
    compare(&c, a.allow, b.allow, "gained", "widened");
    compare(&c, b.allow, a.allow, "lost", "narrowed");
    for (size_t i = 0; i < c.n; i++) {
        bool told = false;                      /* a rule that was widened is not told again as lost */

        for (size_t k = 0; k < c.n && strcmp(c.row[i].what, "lost") == 0; k++)
            told |= strcmp(c.row[k].what, "widened") == 0 && alps_slice_eq(c.row[k].instead, c.row[i].resource);
        if (!told)
            print_change(&c.row[i], alps_args_value(&args, "--json"));
    }
    status = c.n ? ALPS_FINDING : ALPS_FINE;
    free(c.row);
    alps_loaded_free(&b);
free_a:
    alps_loaded_free(&a);
    return status;
}
