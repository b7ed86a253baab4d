#include "core/decision.h"

void
alps_decision_init(struct alps_decision *d, alps_slice host)
{
    size_t n = host.n < sizeof d->host ? host.n : sizeof d->host - 1;

    memset(d, 0, offsetof(struct alps_decision, access));
    d->n_text = 0;
    d->rule = UINT32_MAX;
    if (n)
        memcpy(d->host, host.p, n);
    d->host[n] = '\0';
}

void
alps_decision_add(struct alps_decision *d, const struct alps_access *a, bool fails)
{
    size_t n = a->resource.n;

    if (n > sizeof d->text)
        n = sizeof d->text;
    if (d->n_accesses == ALPS_DECISION_ACCESSES || n > sizeof d->text - d->n_text) {
        if (!fails) {
            d->more_accesses++;
            return;
        }
        d->more_accesses += d->n_accesses;
        d->n_accesses = 0;
        d->n_text = 0;
    }
    if (fails)
        d->failed = d->n_accesses;
    d->access[d->n_accesses].action = a->action;
    d->access[d->n_accesses].at = d->n_text;
    d->access[d->n_accesses].n = (uint16_t)n;
    d->n_accesses++;
    if (n)
        memcpy(d->text + d->n_text, a->resource.p, n);
    d->n_text = (uint16_t)(d->n_text + n);
}

alps_slice
alps_decision_resource(const struct alps_decision *d, unsigned i)
{
    if (i >= d->n_accesses)
        return (alps_slice){ NULL, 0 };
    return (alps_slice){ (const uint8_t *)d->text + d->access[i].at, d->access[i].n };
}

const char *
alps_decision_action(const struct alps_decision *d, const struct alps_catalog *c, unsigned i, struct alps_room *room)
{
    if (i >= d->n_accesses)
        return "";
    return d->access[i].action == ALPS_ACTION_NAMED ? d->name : alps_action_name(c, d->access[i].action, room);
}
