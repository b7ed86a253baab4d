/* The query protocol: the operation is itself a field of the form, and may be its last one.  Fields that come before
 * it are
 * kept if they are short; which of them matter is known when Action and Version are. */
#include "core/call_inside.h"

enum { NAME_TOO_LONG = 0xff, VALUE_CUT = 0xffff };

static alps_slice
field_name(const struct alps_call *call)
{
    return (alps_slice){ (const uint8_t *)call->field, call->n_field };
}

/* Action and Version are both known: which operations are they? */
static int
name_operation(struct alps_call *call)
{
    const struct alps_catalog *c = call->catalog;
    alps_slice action = alps_call_span(call, call->action), version = alps_call_span(call, call->version);
    int rc = 0;

    for (unsigned i = 0; i < call->n_services && rc == 0; i++) {
        const struct alps_row_service *s = look_service(c, call->service[i]);
        for (uint32_t k = 0; k < s->n_apis && rc == 0; k++) {
            const struct alps_row_api *api = look_api(c, s->api, k);
            alps_operation_id op;
            if ((api->protocol != ALPS_PROTO_QUERY && api->protocol != ALPS_PROTO_EC2) ||
                look_compare(version, look_text(c, api->name)) != 0)
                continue;
            op = alps_operation_find(c, call->service[i], action);
            if (op) {
                call->protocol = (enum alps_protocol)api->protocol;
                rc = alps_call_candidate_add(call, op);
                if (rc == 0)
                    rc = alps_call_bind_form(call, call->n_candidates - 1u);
            }
            break;
        }
    }
    if (rc == 0 && call->n_candidates == 0)
        rc = -ALPS_UNKNOWN_API;
    for (unsigned i = 0; i < call->n_strays && rc == 0; i++)
        rc = alps_call_form_field(call, alps_call_span(call, call->stray[i].name),
                                  alps_call_span(call, call->stray[i].value), call->stray[i].cut);
    return rc;
}

static int
set_once(struct alps_call *call, struct alps_call_span *to, alps_slice value)
{
    if (to->n)
        return -ALPS_BODY_DUPLICATE;
    if (value.n == 0)
        return -ALPS_UNKNOWN_API;
    return alps_call_text_put(call, value, to);
}

static int
keep_stray(struct alps_call *call, alps_slice name, alps_slice value, bool cut)
{
    int rc;

    for (unsigned i = 0; i < call->n_strays; i++)
        if (alps_slice_eq(alps_call_span(call, call->stray[i].name), name))
            return -ALPS_BODY_DUPLICATE;
    if (call->n_strays == ALPS_CALL_STRAYS || name.n + value.n > (size_t)(ALPS_CALL_TEXT / 2 - (int)call->n_text)) {
        call->full = true;                          /* fine, unless a member of the operation will be missing */
        return 0;
    }
    rc = alps_call_text_put(call, name, &call->stray[call->n_strays].name);
    if (rc == 0)
        rc = alps_call_text_put(call, value, &call->stray[call->n_strays].value);
    call->stray[call->n_strays++].cut = cut;
    return rc;
}

/* Is ${name} an element of the list ${list}, "InstanceId.2" or "InstanceId.member.2" of "InstanceId[]"?  1 or 0; what
 * looks like one and is none is refused: who reads it otherwise would find another element. */
static int
element_of(alps_slice list, alps_slice name)
{
    size_t n = list.n - 2;
    alps_slice rest, word, number;

    if (name.n < n || !alps_slice_ieq(alps_slice_sub(name, 0, n), alps_slice_sub(list, 0, n)) ||
        (name.n > n && name.p[n] != '.'))
        return 0;
    rest = alps_slice_sub(name, name.n > n ? n + 1 : n, name.n);
    if (!alps_slice_cut(rest, '.', &word, &number))
        number = rest;
    for (size_t i = 0; i < number.n; i++)
        if (number.p[i] < '0' || number.p[i] > '9')
            return -ALPS_BODY_SYNTAX;
    return number.n && memcmp(name.p, list.p, n) == 0 ? 1 : -ALPS_BODY_SYNTAX;
}

static int
keep_element(struct alps_call *call, unsigned slot, alps_slice value, bool cut)
{
    int rc = cut ? -ALPS_NAME_TOO_LONG : call->n_elements == ALPS_CALL_ELEMENTS ? -ALPS_BODY_LATE : 0;

    if (rc == 0)
        rc = alps_call_text_put(call, value, &call->element[call->n_elements].value);
    if (rc == 0)
        call->element[call->n_elements++].slot = (uint8_t)slot;
    return rc;
}

static int
keep_member(struct alps_call *call, enum alps_where where, alps_slice name, alps_slice value, bool cut)
{
    for (unsigned i = 0; i < call->n_slots; i++) {
        struct alps_call_slot *s = &call->slot[i];
        const struct alps_row_member *m = look_member(call->catalog, s->member);
        alps_slice arg = look_slice(call->catalog, m->arg);
        int rc;

        if (where == ALPS_AT_BODY && m->where == ALPS_AT_BODY && call->in_form && alps_slice_ends(arg, ALPS_S("[]"))) {
            rc = element_of(arg, name);
            if (rc > 0)
                rc = keep_element(call, i, value, cut);
            if (rc < 0)
                return rc;
            continue;
        }
        if (m->where != (uint32_t)where || !alps_slice_eq(name, arg))
            continue;
        if (s->there)
            return -ALPS_BODY_DUPLICATE;
        if (cut)
            return -ALPS_NAME_TOO_LONG;
        rc = alps_call_text_put(call, value, &s->value);
        if (rc)
            return rc;
        s->there = true;
    }
    return 0;
}

int
alps_call_form_field(struct alps_call *call, alps_slice name, alps_slice value, bool cut)
{
    int rc;

    if (call->tunnelled) {
        if (alps_slice_eq(name, ALPS_S("$httpMethod")) || alps_slice_eq(name, ALPS_S("_method")))
            return -ALPS_METHOD_OVERRIDE;
        return keep_member(call, ALPS_AT_QUERY, name, value, cut);
    }
    if (alps_slice_eq(name, ALPS_S("Action")) || alps_slice_eq(name, ALPS_S("Version"))) {
        if (cut)
            return -ALPS_UNKNOWN_API;
        rc = set_once(call, name.p[0] == 'A' ? &call->action : &call->version, value);
        return rc == 0 && call->action.n && call->version.n ? name_operation(call) : rc;
    }
    if (alps_slice_ieq(name, ALPS_S("Action")) || alps_slice_ieq(name, ALPS_S("Version")))
        return -ALPS_UNKNOWN_API;
    return call->n_candidates ? keep_member(call, ALPS_AT_BODY, name, value, cut) : keep_stray(call, name, value, cut);
}

static void
field_text(struct alps_call *call, alps_slice t)
{
    if (call->n_field == NAME_TOO_LONG || t.n > sizeof call->field - call->n_field) {
        call->n_field = NAME_TOO_LONG;
        return;
    }
    if (t.n)
        memcpy(call->field + call->n_field, t.p, t.n);
    call->n_field = (uint8_t)(call->n_field + t.n);
}

/* Values are gathered at the end of text, where nothing else is put while one is read. */
static void
value_text(struct alps_call *call, alps_slice t)
{
    size_t room = ALPS_CALL_TEXT / 4;

    if (call->n_form_value == VALUE_CUT || t.n > room - call->n_form_value) {
        call->n_form_value = VALUE_CUT;
        return;
    }
    if (t.n)
        memcpy(call->text + ALPS_CALL_TEXT - room + call->n_form_value, t.p, t.n);
    call->n_form_value = (uint16_t)(call->n_form_value + t.n);
}

static int
value_done(struct alps_call *call)
{
    bool cut = call->n_form_value == VALUE_CUT;
    alps_slice value = { (uint8_t *)call->text + ALPS_CALL_TEXT - ALPS_CALL_TEXT / 4, cut ? 0 : call->n_form_value };
    int rc = 0;

    if (call->n_field == NAME_TOO_LONG)
        call->cut_name = true;
    else
        rc = alps_call_form_field(call, field_name(call), value, cut);
    call->n_field = 0;
    call->n_form_value = 0;
    return rc;
}

int
alps_call_form_feed(struct alps_call *call, alps_slice content)
{
    alps_slice t;
    size_t at = 0;

    for (;;) {
        bool in_value = call->in_value;
        int e = alps_form_feed(&call->form, content, &at, &t);
        int rc = 0;

        if (e < 0 || e == ALPS_FORM_MORE)
            return e;
        if (e == ALPS_FORM_NAME) {
            field_text(call, t);
            call->in_value = true;                  /* in a value, from here on */
        } else if (e == ALPS_FORM_VALUE) {
            value_text(call, t);
            call->in_value = false;
            rc = value_done(call);
        } else if (in_value) {
            value_text(call, t);
        } else {
            field_text(call, t);
        }
        if (rc)
            return rc;
    }
}

int
alps_call_form_end(struct alps_call *call)
{
    int e = alps_form_end(&call->form), rc = 0;

    if (e < 0)
        return e;
    if (e == ALPS_FORM_VALUE)
        rc = value_done(call);
    call->in_value = false;
    if (rc == 0 && call->n_candidates == 0)
        rc = -ALPS_UNKNOWN_API;
    return rc;
}
