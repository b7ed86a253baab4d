/* Accesses, visited as early as their members are known: a template is filled in, brought to its one spelling, and
 * handed over. */
#include "core/call_inside.h"

struct filling { const struct alps_call *call; unsigned candidate; };

static const char *
template_of(const struct alps_call *call, const struct alps_row_need *row)
{
    return call->recipe ? call->recipe : look_text(call->catalog, row->resource);
}

static struct alps_call_slot *
slot_named(struct alps_call *call, unsigned candidate, alps_slice name)
{
    for (unsigned i = 0; i < call->n_slots; i++)
        if (call->slot[i].candidate == candidate &&
            look_compare(name, look_text(call->catalog, look_member(call->catalog, call->slot[i].member)->name)) == 0)
            return &call->slot[i];
    return NULL;
}

/* alps_member_fn: what is there may be empty, but is never NULL. */
static alps_slice
member_value(void *ctx, alps_slice name)
{
    const struct filling *f = ctx;
    struct alps_call *call = (struct alps_call *)(uintptr_t)f->call;
    struct alps_call_slot *s;

    if (alps_slice_eq(name, ALPS_S("region")))
        return alps_call_span(call, call->region);
    if (alps_slice_eq(name, ALPS_S("account")))
        return alps_call_span(call, call->account);
    if (alps_slice_eq(name, ALPS_S("site")))
        return alps_call_span(call, call->site);
    if (alps_slice_eq(name, ALPS_S("partition")))
        return alps_call_span(call, call->partition);
    if (alps_slice_eq(name, ALPS_S("path")))
        return alps_call_span(call, call->own);
    s = slot_named(call, f->candidate, name);
    return s && s->there ? alps_call_span(call, s->value) : (alps_slice){ NULL, 0 };
}

/* Is a value there for every group of the template, so that nothing that may still come could change it? */
static bool
complete(struct alps_call *call, unsigned candidate, alps_slice t)
{
    alps_slice inside, part, name, norm, absent;
    size_t next;

    for (size_t i = 0; i < t.n; i = next) {
        bool there = false, alone = true;
        next = i + 1;
        if (t.p[i] != '{' || !alps_template_group(t, i, &inside, &next))
            continue;
        while (inside.n) {
            alps_slice_cut(inside, '|', &part, &inside);
            alps_template_part(part, &name, &norm, &absent);
            struct alps_call_slot *s = alps_member_builtin(name) ? NULL : slot_named(call, candidate, name);
            there |= s ? s->there : alone && inside.n == 0;     /* a built-in behind '|' is for the end */
            alone = false;
        }
        if (!there)
            return false;
    }
    return true;
}

/* A member that names a resource and is no text: a list where a name was to be. */
static int
check_types(struct alps_call *call, unsigned candidate, alps_slice t)
{
    alps_slice inside, part, name, norm, absent;
    size_t next;

    for (size_t i = 0; i < t.n; i = next) {
        next = i + 1;
        if (t.p[i] != '{' || !alps_template_group(t, i, &inside, &next))
            continue;
        while (inside.n) {
            alps_slice_cut(inside, '|', &part, &inside);
            alps_template_part(part, &name, &norm, &absent);
            struct alps_call_slot *s = slot_named(call, candidate, name);
            if (s && s->there && s->odd)
                return -ALPS_BODY_TYPE;
        }
    }
    return 0;
}

static int
visit(struct alps_call *call, struct alps_call_need *need, bool last, alps_access_fn *fn, void *ctx)
{
    const struct alps_row_need *row = look_need(call->catalog, need->row);
    const char *template = template_of(call, row);
    struct filling f = { call, need->candidate };
    char out[ALPS_RESOURCE];
    struct alps_access access = { .operation = call->candidate[need->candidate], .action = need->action };
    int n;

    if (!last && (row->waits || !complete(call, need->candidate, alps_slice_of(template))))
        return 0;
    if (!alps_condition_holds(look_text(call->catalog, row->when), member_value, &f))
        return 0;
    n = check_types(call, need->candidate, alps_slice_of(template));
    if (n == 0)
        n = alps_resource_fill(template, member_value, &f, out, sizeof out);
    if (n < 0)
        return n;
    if (call->params.n && !alps_call_gcp_agrees(call, (alps_slice){ (const uint8_t *)out, (size_t)n }))
        return -ALPS_PROTOCOL_DIFFERS;              /* the routing header names another resource than the message */
    need->visited = need->ever = true;
    access.resource = (alps_slice){ (const uint8_t *)out, alps_resource_canonical(out, (size_t)n) };
    if (call->own_only && call->platform) {
        if (alps_slice_eq(access.resource, ALPS_S("*")) || alps_slice_eq(access.resource, alps_call_span(call, call->role)))
            return 0;
        call->platform = NULL;
    }
    return fn(ctx, &access);
}

bool
alps_call_need_gone(const struct alps_call *call, const struct alps_call_need *need)
{
    const char *when = look_text(call->catalog, look_need(call->catalog, need->row)->when);
    alps_slice rest = alps_slice_of(when);
    struct filling f = { call, need->candidate };
    struct alps_atom a;
    bool also;

    while (alps_condition_next(&rest, &a, &also))
        if (a.kind ? member_value(&f, a.name).p == NULL : !a.negated)
            return false;                               /* what may still come may turn it */
    return *when && !alps_condition_holds(when, member_value, &f);
}

static bool
mentions(const struct alps_call *call, const struct alps_call_need *need, const struct alps_call_slot *slot)
{
    const struct alps_row_need *row = look_need(call->catalog, need->row);
    alps_slice t = alps_slice_of(template_of(call, row));
    alps_slice name = look_slice(call->catalog, look_member(call->catalog, slot->member)->name);
    alps_slice inside, part, one, norm, absent;
    size_t next;

    for (size_t i = 0; i < t.n && need->candidate == slot->candidate; i = next) {
        next = i + 1;
        if (t.p[i] != '{' || !alps_template_group(t, i, &inside, &next))
            continue;
        while (inside.n) {
            alps_slice_cut(inside, '|', &part, &inside);
            alps_template_part(part, &one, &norm, &absent);
            if (alps_slice_eq(one, name))
                return true;
        }
    }
    return false;
}

/* Once per request, not once per element of a batch. */
static void
link_needs(struct alps_call *call)
{
    _Static_assert(ALPS_CALL_SLOTS <= 64, "a bit each");

    for (unsigned i = 0; i < call->n_needs; i++) {
        call->need[i].slots = 0;
        for (unsigned s = 0; s < call->n_slots; s++)
            if (mentions(call, &call->need[i], &call->slot[s]))
                call->need[i].slots |= UINT64_C(1) << s;
    }
    call->linked = true;
}

int
alps_call_visit_elements(struct alps_call *call, alps_access_fn *fn, void *ctx)
{
    int rc = 0;

    if (!call->linked)
        link_needs(call);
    for (unsigned e = 0; e < call->n_elements && rc == 0; e++) {
        unsigned k = call->element[e].slot;
        struct alps_call_slot *s = &call->slot[k];
        s->value = call->element[e].value;
        s->there = true;
        for (unsigned i = 0; i < call->n_needs && rc == 0; i++)
            if (call->need[i].slots >> k & 1)
                rc = visit(call, &call->need[i], true, fn, ctx);
        s->there = false;
    }
    return rc;
}

int
alps_call_visit(struct alps_call *call, bool last, alps_access_fn *fn, void *ctx)
{
    int rc = 0;

    for (unsigned i = 0; i < call->n_needs && rc == 0; i++)
        if (!call->need[i].visited && !look_need(call->catalog, call->need[i].row)->nested)
            rc = visit(call, &call->need[i], last, fn, ctx);
    return rc;
}

/* A value that came behind an access that it also names ("StreamARN" behind "StreamName"): that access is visited
 * again. */
static int
visit_again(struct alps_call *call, unsigned path, alps_access_fn *fn, void *ctx)
{
    int rc = 0;

    for (unsigned s = 0; s < call->n_slots && rc == 0; s++)
        for (unsigned i = 0; i < call->n_needs && rc == 0 && call->slot[s].path == path; i++)
            if (call->need[i].visited && call->need[i].slots >> s & 1)
                rc = visit(call, &call->need[i], false, fn, ctx);
    return rc;
}

static bool
in_group(const struct alps_call *call, const struct alps_call_slot *s, unsigned group)
{
    return s->path != ALPS_NO_PATH && call->group[s->path] == group;
}

int
alps_call_visit_group(struct alps_call *call, unsigned path, bool last, alps_access_fn *fn, void *ctx)
{
    unsigned group = call->group[path];
    bool any[ALPS_CANDIDATES] = { false }, involved[ALPS_CANDIDATES] = { false };
    int rc = 0;

    if (!call->linked)
        link_needs(call);
    if (group == ALPS_NO_PATH)
        return last ? 0 : visit_again(call, path, fn, ctx);
    for (unsigned i = 0; i < call->n_needs && rc == 0; i++) {
        struct alps_call_need *need = &call->need[i];
        bool mine = false;
        for (unsigned s = 0; s < call->n_slots && !mine; s++)
            mine = need->slots >> s & 1 && in_group(call, &call->slot[s], group);
        if (!mine)
            continue;
        involved[need->candidate] = true;
        if (!need->visited)
            rc = visit(call, need, last, fn, ctx);
        any[need->candidate] |= need->visited;
        need->visited = need->visited && !last;
    }
    for (unsigned k = 0; k < call->n_candidates && rc == 0 && last; k++)
        if (involved[k] && !any[k])
            rc = -ALPS_NO_RESOURCE;                 /* an element of a batch that names nothing */
    for (unsigned s = 0; s < call->n_slots && last; s++) {
        if (in_group(call, &call->slot[s], group)) {
            struct alps_call_slot *slot = &call->slot[s];
            slot->there = slot->odd = false;
            if (slot->value.n && slot->value.at + slot->value.n == call->n_text)
                call->n_text = slot->value.at;      /* the next element takes its room */
            slot->value.n = 0;
        }
    }
    return rc;
}
