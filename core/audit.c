#include "core/audit.h"

#include "core/policy.h"
#include "core/text.h"

enum { TAIL_MAX = 5120 };       /* what follows the accesses: rule, host, function, numbers */

static const char *const verdict_name[] = { [ALPS_DENY] = "deny", [ALPS_ALLOW] = "allow", [ALPS_MORE] = "more" };

static const char *
verdict_of(const struct alps_decision *d)
{ return d->verdict < sizeof verdict_name / sizeof *verdict_name ? verdict_name[d->verdict] : "deny"; }

/* The Gregorian calendar, days counted from 1970-01-01; years start in March so that the leap day comes last. */
static void
add_date(struct alps_text *t, int64_t days)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    uint64_t day = (uint64_t)(z - era * 146097);                                /* of the 400 years */
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153;                                   /* 0: March */
    uint64_t civil = (uint64_t)era * 400 + year + (month >= 10);

    alps_text_number(t, civil, 4);
    alps_text_byte(t, '-');
    alps_text_number(t, month < 10 ? month + 3 : month - 9, 2);
    alps_text_byte(t, '-');
    alps_text_number(t, of_year - (153 * month + 2) / 5 + 1, 2);
}

static void
add_time(struct alps_text *t, int64_t at_us)
{
    const int64_t second = 1000000, day = 86400 * second;
    int64_t days = at_us / day - (at_us % day < 0);
    uint64_t left = (uint64_t)(at_us - days * day);
    uint64_t s = left / (uint64_t)second;

    add_date(t, days);
    alps_text_byte(t, 'T');
    alps_text_number(t, s / 3600, 2);
    alps_text_byte(t, ':');
    alps_text_number(t, s / 60 % 60, 2);
    alps_text_byte(t, ':');
    alps_text_number(t, s % 60, 2);
    alps_text_byte(t, '.');
    alps_text_number(t, left % (uint64_t)second, 6);
    alps_text_byte(t, 'Z');
}

static void
add_operation(struct alps_text *t, const struct alps_decision *d, const struct alps_catalog *catalog)
{
    struct alps_room room;

    if (d->operation == 0) {
        alps_text_add(t, d->platform ? "\"platform\"" : "null");
        return;
    }
    if (d->name[0]) {
        alps_text_string(t, alps_slice_of(d->name));
        return;
    }
    alps_text_byte(t, '"');
    alps_text_json(t, alps_slice_of(alps_operation_before(catalog, d->operation)));
    if (*alps_operation_before(catalog, d->operation))
        alps_text_byte(t, '.');
    alps_text_json(t, alps_slice_of(alps_operation_name(catalog, d->operation, &room)));
    alps_text_byte(t, '"');
}

static void
add_access(struct alps_text *t, const struct alps_decision *d, const struct alps_catalog *catalog, unsigned i)
{
    struct alps_room name;

    alps_text_add(t, i ? ",{\"action\":" : "{\"action\":");
    alps_text_string(t, alps_slice_of(alps_decision_action(d, catalog, i, &name)));
    alps_text_add(t, ",\"resource\":");
    alps_text_string(t, alps_decision_resource(d, i));
    alps_text_byte(t, '}');
}

/* As many accesses as leave room for the rest of the line; the others are counted. */
static void
add_accesses(struct alps_text *t, const struct alps_decision *d, const struct alps_catalog *catalog)
{
    size_t most = t->cap > TAIL_MAX ? t->cap - TAIL_MAX : 0;
    uint64_t left_out = d->more_accesses;

    alps_text_add(t, ",\"accesses\":[");
    for (unsigned i = 0; i < d->n_accesses; i++) {
        struct alps_text before = *t;

        add_access(t, d, catalog, i);
        if (t->n > most) {
            *t = before;
            left_out += d->n_accesses - i;
            break;
        }
    }
    alps_text_byte(t, ']');
    if (left_out) {
        alps_text_add(t, ",\"more\":");
        alps_text_number(t, left_out, 1);
    }
}

static alps_slice
label_of(const struct alps_decision *d, const struct alps_audit *a)
{
    const struct alps_policy *policy = d->policy ? d->policy : a->policy;

    return policy && d->rule != UINT32_MAX && d->verdict == ALPS_ALLOW ? alps_policy_label(policy, d->rule)
                                                                        : (alps_slice){ NULL, 0 };
}

static void
add_member(struct alps_text *t, const char *name, alps_slice value, size_t most)
{
    alps_text_add(t, ",\"");
    alps_text_add(t, name);
    alps_text_add(t, "\":");
    alps_text_string(t, alps_text_clip(value, most));
}

static alps_slice
slice_or_null(const char *s)
{ return s && *s ? alps_slice_of(s) : (alps_slice){ NULL, 0 }; }

size_t
alps_audit_json(const struct alps_decision *d, const struct alps_catalog *catalog, const struct alps_audit *a, char *out,
                size_t cap)
{
    struct alps_text t = { out, 0, cap };

    alps_text_add(&t, "{\"at\":\"");
    add_time(&t, a->at_us);
    alps_text_byte(&t, '"');
    add_member(&t, "verdict", alps_slice_of(verdict_of(d)), 8);
    add_member(&t, "reason", alps_slice_of(alps_reason_name(d->reason)), 32);
    if (d->reason == ALPS_OBSERVED)
        add_member(&t, "would", alps_slice_of(alps_reason_name(d->observed)), 32);
    add_member(&t, "vendor", slice_or_null(alps_vendor_name((enum alps_vendor)d->vendor)), 16);
    alps_text_add(&t, ",\"operation\":");
    add_operation(&t, d, catalog);
    if (d->platform)
        add_member(&t, "platform", alps_slice_of(d->platform), 128);
    add_accesses(&t, d, catalog);
    add_member(&t, "rule", label_of(d, a), 400);            /* 6 bytes for each at worst: all of these fit TAIL_MAX */
    add_member(&t, "host", alps_slice_of(d->host), 256);
    add_member(&t, "via", alps_slice_of(a->via), 16);
    add_member(&t, "function", slice_or_null(a->function), 64);
    alps_text_add(&t, ",\"pid\":");
    alps_text_number(&t, a->pid > 0 ? (uint64_t)a->pid : 0, 1);
    alps_text_add(&t, ",\"ns\":");
    alps_text_number(&t, a->ns, 1);
    alps_text_add(&t, "}\n");
    return t.n <= cap ? t.n : 0;
}

static void
add_pair(struct alps_text *t, const char *name, alps_slice value, size_t most)
{
    alps_text_add(t, name);
    alps_text_word(t, alps_text_clip(value, most));
}

size_t
alps_audit_text(const struct alps_decision *d, const struct alps_catalog *catalog, const struct alps_audit *a, char *out,
                size_t cap)
{
    struct alps_text t = { out, 0, cap };
    unsigned i = d->reason == ALPS_NOT_LISTED || d->reason == ALPS_OBSERVED ? d->failed : 0;
    struct alps_room name;

    alps_text_add(&t, "alps ");
    alps_text_add(&t, verdict_of(d));
    add_pair(&t, " reason=", alps_slice_of(alps_reason_name(d->reason)), 32);
    if (i < d->n_accesses) {
        add_pair(&t, " action=", alps_slice_of(alps_decision_action(d, catalog, i, &name)), 128);
        add_pair(&t, " resource=", alps_decision_resource(d, i), 512);
    } else {
        add_pair(&t, " host=", alps_slice_of(d->host), 256);
    }
    if (d->n_accesses + d->more_accesses > 1) {
        alps_text_add(&t, " accesses=");
        alps_text_number(&t, (uint64_t)d->n_accesses + d->more_accesses, 1);
    }
    add_pair(&t, " rule=", label_of(d, a), 256);
    add_pair(&t, " fn=", slice_or_null(a->function), 64);
    alps_text_add(&t, " us=");
    alps_text_number(&t, a->ns / 1000, 1);
    alps_text_byte(&t, '\n');
    return t.n <= cap ? t.n : 0;
}
