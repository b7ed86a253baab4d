#include "core/catalog.h"
#include "core/catalog_look.h"

const char *
alps_vendor_name(enum alps_vendor v)
{
    static const char names[ALPS_VENDOR_COUNT][8] = { "", "aws", "gcp", "azure" };

    return v < ALPS_VENDOR_COUNT ? names[v] : "";
}

size_t
alps_catalog_size(const struct alps_catalog *c)
{
    return c->size;
}

/* --- services --- */

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
    return id < c->service.n ? look_text(c, look_service(c, id)->name) : "";
}

const char *
alps_service_prefix(const struct alps_catalog *c, alps_service_id id)
{
    return id < c->service.n ? look_text(c, look_service(c, id)->prefix) : "";
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
    uint32_t i;

    if (service == 0 || service >= c->service.n)
        return 0;
    s = look_service(c, service);
    i = look_name_find(c, s->names, look_byte(c, s->mark), s->n_operations, name);
    return i < s->n_operations ? s->operation + i : 0;
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
alps_operation_name(const struct alps_catalog *c, alps_operation_id id, struct alps_room *room)
{
    uint16_t service = look_operation_service(c, id);

    _Static_assert(sizeof room->text == LOOK_NAME, "any name");
    room->text[0] = 0;
    if (service)
        (void)look_name_put(c, look_name(c, look_service(c, service)->names, id - look_service(c, service)->operation),
                            room->text);
    return room->text;
}

const char *
alps_operation_before(const struct alps_catalog *c, alps_operation_id id)
{
    struct alps_room room;
    const char *name = alps_operation_name(c, id, &room);

    return memchr(name, '/', strlen(name)) ? "" : alps_service_name(c, alps_operation_service(c, id));
}

alps_service_id
alps_operation_service(const struct alps_catalog *c, alps_operation_id id)
{
    return look_operation_service(c, id);
}

enum alps_protocol
alps_operation_protocol(const struct alps_catalog *c, alps_operation_id id)
{
    const struct alps_row_service *s = look_service(c, look_operation_service(c, id));

    if (s->n_apis)
        return (enum alps_protocol)look_api(c, s->api, 0)->protocol;
    return s->vendor == ALPS_AZURE ? ALPS_PROTO_REST_JSON : ALPS_PROTO_NONE;
}

bool
alps_operation_inferred(const struct alps_catalog *c, alps_operation_id id)
{
    return look_operation(c, id).inferred;
}

unsigned
alps_operation_needs(const struct alps_catalog *c, alps_operation_id id)
{
    return look_operation(c, id).n_needs;
}

struct alps_need
alps_operation_need(const struct alps_catalog *c, alps_operation_id id, unsigned i)
{
    struct look_operation o = look_operation(c, id);
    const struct alps_row_need *need = look_need(c, o.need) + i;

    if (i >= o.n_needs)
        return (struct alps_need){ 0, "", "" };
    return (struct alps_need){ look_operation_action(c, &o, i), look_text(c, need->resource), look_text(c, need->when) };
}

/* --- actions --- */

/* Action ${id} is number id - 1 of the names. */
static alps_slice
action_put(const struct alps_catalog *c, uint32_t id, struct alps_room *room)
{ return look_name_put(c, look_name(c, c->action_names.at, id - 1), room->text); }

/* The first listed action that is not before ${name}; n_actions + 1: all are. */
static uint32_t
action_from(const struct alps_catalog *c, alps_slice name)
{
    uint32_t lo = 1, hi = c->n_actions + 1;
    struct alps_room room;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        (void)action_put(c, mid, &room);
        if (look_compare(name, room.text) <= 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

alps_action_id
alps_action_find(const struct alps_catalog *c, alps_slice name)
{
    uint32_t at = action_from(c, name);
    struct alps_room room;

    return at <= c->n_actions && alps_slice_eq(action_put(c, at, &room), name) ? (alps_action_id)at : 0;
}

alps_action_id
alps_action_count(const struct alps_catalog *c)
{
    return (alps_action_id)c->n_actions;
}

const char *
alps_action_name(const struct alps_catalog *c, alps_action_id id, struct alps_room *room)
{
    room->text[0] = 0;
    if (id && id < c->action.n)
        (void)action_put(c, id, room);
    return room->text;
}

static uint16_t
action_is(const struct alps_catalog *c, alps_action_id id)
{ return id < c->action.n ? look_action(c, id)->is : 0; }

enum alps_vendor
alps_action_vendor(const struct alps_catalog *c, alps_action_id id)
{
    return (enum alps_vendor)(action_is(c, id) >> 14);
}

unsigned
alps_action_arns(const struct alps_catalog *c, alps_action_id id)
{
    return look_arn_list(c, action_is(c, id) & 0x3fff)->n;
}

const char *
alps_action_arn(const struct alps_catalog *c, alps_action_id id, unsigned i, struct alps_room *room)
{
    const struct alps_row_arn_list *list = look_arn_list(c, action_is(c, id) & 0x3fff);

    room->text[0] = 0;
    if (i < list->n)
        (void)look_name_put(c, look_name(c, c->arn_names.at, look_u16(c, c->arn.at)[list->first + i]), room->text);
    return room->text;
}

bool
alps_prefix_exists(const struct alps_catalog *c, alps_slice prefix)
{
    struct alps_room room, key;
    uint32_t at;

    if (prefix.n + 2 > sizeof key.text)
        return false;
    if (prefix.n)
        memcpy(key.text, prefix.p, prefix.n);
    key.text[prefix.n] = ':';
    at = action_from(c, (alps_slice){ (uint8_t *)key.text, prefix.n + 1 });
    return at <= c->n_actions &&
           alps_slice_starts(action_put(c, at, &room), (alps_slice){ (uint8_t *)key.text, prefix.n + 1 });
}
