#include "core/catalog.h"
#include "core/catalog_look.h"

const char *
alps_vendor_name(enum alps_vendor v)
{
    static const char names[ALPS_VENDOR_COUNT][8] = { "", "aws", "gcp", "azure" };

    return v < ALPS_VENDOR_COUNT ? names[v] : "";
}

/* --- services --- */

size_t
alps_catalog_size(const struct alps_catalog *c)
{
    return c->size;
}

alps_service_id
alps_service_find(const struct alps_catalog *c, enum alps_vendor vendor, alps_slice name)
{
    uint32_t lo = 1, hi = c->service.n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = look_compare(name, look_text(c, look_service(c, mid)->name));
        if (d == 0)
            d = (int)vendor - (int)look_service(c, mid)->vendor;        /* "iam" is a name with two vendors */
        if (d == 0)
            return (alps_service_id)mid;
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

alps_service_id
alps_service_count(const struct alps_catalog *c)
{
    return (alps_service_id)(c->service.n - 1);
}

const char *
alps_service_name(const struct alps_catalog *c, alps_service_id id)
{
    return look_text(c, id < c->service.n ? look_service(c, id)->name : 0);
}

const char *
alps_service_prefix(const struct alps_catalog *c, alps_service_id id)
{
    return look_text(c, id < c->service.n ? look_service(c, id)->prefix : 0);
}

enum alps_vendor
alps_service_vendor(const struct alps_catalog *c, alps_service_id id)
{
    return id < c->service.n ? (enum alps_vendor)look_service(c, id)->vendor : ALPS_VENDOR_NONE;
}

/* --- operations --- */

alps_operation_id
alps_operation_find(const struct alps_catalog *c, alps_service_id service, alps_slice name)
{
    const struct alps_row_service *s;
    uint32_t lo, hi;

    if (service == 0 || service >= c->service.n)
        return 0;
    s = look_service(c, service);
    lo = s->operation;
    hi = lo + s->n_operations;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = look_compare(name, look_text(c, look_operation(c, mid)->name));
        if (d == 0) {
            while (mid > s->operation && look_operation(c, mid - 1)->name == look_operation(c, mid)->name)
                mid--;                              /* its variants follow it */
            return mid;
        }
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

alps_operation_id
alps_operation_first(const struct alps_catalog *c, alps_service_id service)
{
    return service < c->service.n ? look_service(c, service)->operation : 0;
}

unsigned
alps_operation_count(const struct alps_catalog *c, alps_service_id service)
{
    return service < c->service.n ? look_service(c, service)->n_operations : 0;
}

const char *
alps_operation_name(const struct alps_catalog *c, alps_operation_id id)
{
    return look_text(c, id < c->operation.n ? look_operation(c, id)->name : 0);
}

const char *
alps_operation_before(const struct alps_catalog *c, alps_operation_id id)
{
    const char *name = alps_operation_name(c, id);

    return memchr(name, '/', strlen(name)) ? "" : alps_service_name(c, alps_operation_service(c, id));
}

alps_service_id
alps_operation_service(const struct alps_catalog *c, alps_operation_id id)
{
    return id < c->operation.n ? look_operation(c, id)->service : 0;
}

enum alps_protocol
alps_operation_protocol(const struct alps_catalog *c, alps_operation_id id)
{
    return id < c->operation.n ? (enum alps_protocol)look_operation(c, id)->protocol : ALPS_PROTO_NONE;
}

unsigned
alps_operation_needs(const struct alps_catalog *c, alps_operation_id id)
{
    return id < c->operation.n ? look_operation(c, id)->n_needs : 0;
}

struct alps_need
alps_operation_need(const struct alps_catalog *c, alps_operation_id id, unsigned i)
{
    const struct alps_row_need *need;

    if (id >= c->operation.n || i >= look_operation(c, id)->n_needs)
        return (struct alps_need){ 0, "", "" };
    need = look_need(c, look_operation(c, id)->need + i);
    return (struct alps_need){ need->action, look_text(c, need->resource), look_text(c, need->when) };
}

/* --- actions --- */

alps_action_id
alps_action_find(const struct alps_catalog *c, alps_slice name)
{
    uint32_t lo = 1, hi = c->n_actions + 1;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int d = look_compare(name, look_text(c, look_action(c, mid)->name));
        if (d == 0)
            return (alps_action_id)mid;
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return 0;
}

alps_action_id
alps_action_count(const struct alps_catalog *c)
{
    return (alps_action_id)c->n_actions;
}

const char *
alps_action_name(const struct alps_catalog *c, alps_action_id id)
{
    return look_text(c, id < c->action.n ? look_action(c, id)->name : 0);
}

enum alps_vendor
alps_action_vendor(const struct alps_catalog *c, alps_action_id id)
{
    return id < c->action.n ? (enum alps_vendor)look_action(c, id)->vendor : ALPS_VENDOR_NONE;
}

unsigned
alps_action_arns(const struct alps_catalog *c, alps_action_id id)
{
    return id < c->action.n ? look_action(c, id)->n_arns : 0;
}

const char *
alps_action_arn(const struct alps_catalog *c, alps_action_id id, unsigned i)
{
    const uint32_t *arn = (const uint32_t *)(const void *)look_at(c, c->arn);

    if (id >= c->action.n || i >= look_action(c, id)->n_arns)
        return "";
    return look_text(c, arn[look_action(c, id)->arn + i]);
}

bool
alps_prefix_exists(const struct alps_catalog *c, alps_slice prefix)
{
    uint32_t lo = 1, hi = c->n_actions + 1;

    while (lo < hi) {               /* the first action that is not before "prefix:" */
        uint32_t mid = lo + (hi - lo) / 2;
        alps_slice name = alps_slice_of(look_text(c, look_action(c, mid)->name)), head, tail;
        alps_slice_cut(name, ':', &head, &tail);
        if (alps_slice_eq(head, prefix))
            return true;
        /* ':' sorts before letters and digits do not: compare as the names are sorted, with the ':' */
        size_t n = prefix.n < name.n ? prefix.n : name.n;
        int d = n ? memcmp(prefix.p, name.p, n) : 0;
        if (d == 0)
            d = prefix.n >= name.n ? 1 : ':' - (int)name.p[prefix.n];
        if (d < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return false;
}
