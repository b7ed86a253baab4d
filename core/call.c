/* Request → call.  The order of the day; the steps are in call_head.c, call_rest.c, call_form.c and call_walk.c. */
#include "core/call_inside.h"

/* --- values --- */

int
alps_call_text_put(struct alps_call *call, alps_slice value, struct alps_call_span *span)
{
    /* its last quarter is where a form's value is gathered */
    if (value.n > (size_t)ALPS_CALL_TEXT - ALPS_CALL_TEXT / 4 - call->n_text)
        return -ALPS_NAME_TOO_LONG;
    *span = (struct alps_call_span){ call->n_text, (uint16_t)value.n };
    if (value.n)
        memmove(call->text + call->n_text, value.p, value.n);
    call->n_text = (uint16_t)(call->n_text + value.n);
    return 0;
}

alps_slice
alps_call_span(const struct alps_call *call, struct alps_call_span s)
{
    return (alps_slice){ (const uint8_t *)call->text + s.at, s.n };
}

static int
hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
alps_call_escapes_whole(alps_slice raw)
{
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] == '%' && (i + 2 >= raw.n || hex(raw.p[i + 1]) < 0 || hex(raw.p[i + 2]) < 0))
            return false;
    return true;
}

static bool
decoded_matches(alps_slice raw, alps_slice plain, bool fold)
{
    size_t k = 0;

    for (size_t i = 0; i < raw.n; i++, k++) {
        uint8_t c = raw.p[i];
        if (c == '%' && i + 2 < raw.n) {
            c = (uint8_t)(hex(raw.p[i + 1]) << 4 | hex(raw.p[i + 2]));
            i += 2;
        }
        if (k >= plain.n || (fold ? alps_lower(plain.p[k]) != alps_lower(c) : plain.p[k] != c))
            return false;
    }
    return k == plain.n;
}

bool
alps_call_decoded_eq(alps_slice raw, alps_slice plain)
{
    return decoded_matches(raw, plain, false);
}

const struct call_query *
alps_call_hoisted(const struct call_head *h, alps_slice field, bool *twice)
{
    const struct call_query *found = NULL;

    *twice = false;
    if (field.n < 6 || !alps_slice_ieq(alps_slice_sub(field, 0, 6), ALPS_S("x-amz-")))
        return NULL;
    for (unsigned i = 0; i < h->n_query; i++) {
        if (!decoded_matches(h->query[i].key, field, true))
            continue;
        *twice |= found != NULL;
        found = &h->query[i];
    }
    return found;
}

static bool
is_name(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return alps_utf8_valid(s);
}

int
alps_call_text_decode(struct alps_call *call, alps_slice raw, bool plus, struct alps_call_span *span)
{
    size_t room = (size_t)ALPS_CALL_TEXT - ALPS_CALL_TEXT / 4 - call->n_text, n = 0;
    uint8_t *to = (uint8_t *)call->text + call->n_text;

    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];
        if (c == '%' && i + 2 < raw.n) {
            c = (uint8_t)(hex(raw.p[i + 1]) << 4 | hex(raw.p[i + 2]));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '/' && raw.p[i] != '/' && !plus && call->vendor == ALPS_AZURE && room - n > 2) {
            memcpy(to + n, "%2F", 3);               /* no end of a segment to the service */
            n += 3;
            continue;
        }
        if (n == room)
            return -ALPS_NAME_TOO_LONG;
        to[n++] = c;
    }
    if (!is_name((alps_slice){ to, n }))
        return -ALPS_BAD_NAME;
    *span = (struct alps_call_span){ call->n_text, (uint16_t)n };
    call->n_text = (uint16_t)(call->n_text + n);
    return 0;
}

/* --- candidates and their members --- */

static bool
same_text(const struct alps_catalog *c, uint32_t a, uint32_t b)
{
    return a == b || look_compare(look_slice(c, a), look_text(c, b)) == 0;
}

/* Twins ("rds" and "neptune") ask for the same things in the same places: once is enough. */
static bool
same_needs(const struct alps_catalog *c, const struct look_operation *a, const struct look_operation *b)
{
    const struct alps_row_need *need = look_need(c, a->need), *other = look_need(c, b->need);
    const struct alps_row_member *x = look_member(c, a->member), *y = look_member(c, b->member);
    bool same = a->n_needs == b->n_needs && a->n_members == b->n_members;

    for (uint32_t i = 0; same && i < a->n_needs; i++)
        same = look_operation_action(c, a, i) == look_operation_action(c, b, i) &&
               same_text(c, need[i].resource, other[i].resource) && same_text(c, need[i].when, other[i].when);
    for (uint32_t i = 0; same && i < a->n_members; i++)
        same = x[i].where == y[i].where && same_text(c, x[i].name, y[i].name) &&
               (x[i].where == ALPS_AT_LABEL ? x[i].arg == y[i].arg : same_text(c, x[i].arg, y[i].arg));
    return same;
}

int
alps_call_candidate_add(struct alps_call *call, alps_operation_id op)
{
    struct look_operation row = look_operation(call->catalog, op), other;
    const uint32_t *platform = (const uint32_t *)(const void *)look_at(call->catalog, call->catalog->platform);
    bool twin = false;

    if (call->n_candidates == ALPS_CANDIDATES || call->n_needs + row.n_needs > ALPS_CALL_NEEDS)
        return -ALPS_UNKNOWN_API;
    for (unsigned i = 0; i < call->n_candidates && !twin; i++) {
        other = look_operation(call->catalog, call->candidate[i]);
        twin = row.n_needs && same_needs(call->catalog, &row, &other);
    }
    for (unsigned i = 0; i < row.n_needs && !twin; i++)
        call->need[call->n_needs++] = (struct alps_call_need){
            .row = row.need + i * (uint32_t)sizeof(struct alps_row_need),
            .action = look_operation_action(call->catalog, &row, i), .candidate = call->n_candidates };
    call->candidate[call->n_candidates++] = op;
    if (call->n_candidates == 1) {
        call->operation = op;
        call->platform = row.platform ? look_text(call->catalog, platform[row.platform]) : NULL;
        call->own_only = call->platform && call->vendor == ALPS_AWS && row.n_needs;
    } else {
        call->platform = NULL;
    }
    call->no_permission = call->n_needs == 0;
    return 0;
}

static int
path_add(struct alps_call *call, const char *path, uint8_t *index)
{
    for (*index = 0; *index < call->n_paths; ++*index)
        if (call->path[*index] == path || look_compare(alps_slice_of(path), call->path[*index]) == 0)
            return 0;
    if (call->n_paths == ALPS_BODY_PATHS)
        return -ALPS_INTERNAL;
    call->path[call->n_paths++] = path;
    return 0;
}

static int
bind_query(struct call_head *h, const struct alps_row_member *m, struct alps_call_slot *s)
{
    alps_slice key = look_slice(h->c, m->arg);

    for (unsigned i = 0; i < h->n_query; i++) {
        int rc;
        if (!alps_call_decoded_eq(h->query[i].key, key))
            continue;
        if (s->there)
            return -ALPS_BAD_TARGET;
        s->there = true;
        rc = alps_call_text_decode(h->call, h->query[i].value, true, &s->value);
        if (rc)
            return rc;
    }
    return 0;
}

static int
bind_header(struct call_head *h, const struct alps_row_member *m, struct alps_call_slot *s)
{
    bool twice, again;
    alps_slice name = look_slice(h->c, m->arg);
    const struct alps_header *f = alps_request_header(h->r, name, &twice);
    const struct call_query *q = alps_call_hoisted(h, name, &again);

    if (twice || again || (f && q))
        return -ALPS_DUPLICATE_FIELD;
    s->there = f || q;
    if (q)
        return alps_call_text_decode(h->call, q->value, true, &s->value);
    if (!f)
        return 0;
    if (!is_name(f->value))
        return -ALPS_BAD_NAME;
    return alps_call_text_put(h->call, f->value, &s->value);
}

static int
bind_label(struct call_head *h, const struct alps_row_member *m, const struct call_match *match,
           struct alps_call_slot *s)
{
    alps_slice raw;

    if (!match)
        return -ALPS_INTERNAL;
    if (m->arg >= match->n_labels)
        return 0;                                   /* this way of asking has it elsewhere */
    raw = match->label[m->arg];
    s->there = true;
    if (match->ready[m->arg])
        return alps_call_text_put(h->call, raw, &s->value);
    return alps_call_text_decode(h->call, raw, false, &s->value);
}

int
alps_call_bind(struct call_head *h, unsigned k, const struct call_match *match)
{
    struct alps_call *call = h->call;
    struct look_operation op = look_operation(h->c, call->candidate[k]);

    for (uint32_t i = 0; i < op.n_members; i++) {
        const struct alps_row_member *m = look_member(h->c, op.member) + i;
        struct alps_call_slot *s = &call->slot[call->n_slots];
        int rc = 0;

        if (call->n_slots++ == ALPS_CALL_SLOTS)
            return -ALPS_INTERNAL;
        *s = (struct alps_call_slot){ .member = op.member + i * (uint32_t)sizeof *m, .candidate = (uint8_t)k, .path = ALPS_NO_PATH };
        switch ((enum alps_where)m->where) {
        case ALPS_AT_LABEL:  rc = bind_label(h, m, match, s); break;
        case ALPS_AT_QUERY:  rc = bind_query(h, m, s); break;
        case ALPS_AT_HEADER: rc = bind_header(h, m, s); break;
        case ALPS_AT_BODY:   rc = path_add(call, look_text(h->c, m->arg), &s->path); break;
        }
        if (rc)
            return rc;
    }
    return 0;
}

int
alps_call_bind_body(struct alps_call *call, unsigned k, uint32_t member)
{
    struct alps_call_slot *s = &call->slot[call->n_slots];

    if (call->n_slots++ == ALPS_CALL_SLOTS)
        return -ALPS_INTERNAL;
    *s = (struct alps_call_slot){ .member = member, .candidate = (uint8_t)k };
    return path_add(call, look_text(call->catalog, look_member(call->catalog, member)->arg), &s->path);
}

int
alps_call_bind_form(struct alps_call *call, unsigned k)
{
    struct look_operation op = look_operation(call->catalog, call->candidate[k]);

    for (uint32_t i = 0; i < op.n_members; i++) {
        if (call->n_slots == ALPS_CALL_SLOTS)
            return -ALPS_INTERNAL;
        call->slot[call->n_slots++] =
            (struct alps_call_slot){ .member = op.member + i * (uint32_t)sizeof(struct alps_row_member),
                                     .candidate = (uint8_t)k, .path = ALPS_NO_PATH };
    }
    return 0;
}

/* --- the body --- */

/* The part of a path up to its innermost "[]" or "{}"; 0: it is in no array. */
static size_t
element_of(const char *path)
{
    size_t n = 0;

    for (size_t i = 0; path[i] && path[i + 1]; i++)
        if ((path[i] == '[' && path[i + 1] == ']') || (path[i] == '{' && path[i + 1] == '}'))
            n = i + 2;
    return n;
}

static void
group_paths(struct alps_call *call)
{
    size_t n[ALPS_BODY_PATHS];

    for (unsigned i = 0; i < call->n_paths; i++)
        n[i] = element_of(call->path[i]);
    for (unsigned i = 0; i < call->n_paths; i++) {
        call->group[i] = n[i] ? (uint8_t)i : ALPS_NO_PATH;
        for (unsigned k = call->n_paths; k-- > i + 1 && n[i];) {
            if (n[k] == n[i] && memcmp(call->path[i], call->path[k], n[i]) == 0) {
                call->group[i] = (uint8_t)k;
                break;
            }
        }
    }
}

/* Charset parameter of a content type, if it is another than UTF-8. */
static bool
other_charset(alps_slice type)
{
    alps_slice part, rest, name, value;

    alps_slice_cut(type, ';', &part, &rest);
    while (rest.n) {
        alps_slice_cut(rest, ';', &part, &rest);
        while (part.n && part.p[0] == ' ')
            part = alps_slice_sub(part, 1, part.n);
        if (alps_slice_cut(part, '=', &name, &value) && alps_slice_ieq(name, ALPS_S("charset")) &&
            !alps_slice_ieq(value, ALPS_S("utf-8")) && !alps_slice_ieq(value, ALPS_S("\"utf-8\"")))
            return true;
    }
    return false;
}

int
alps_call_body_choose(struct alps_call *call, enum alps_body_kind kind, alps_slice coding, alps_slice type)
{
    if (kind == ALPS_BODY_ABSENT || (kind != ALPS_BODY_FORM && call->n_paths == 0))
        return 0;
    if ((coding.n && !alps_slice_ieq(coding, ALPS_S("identity"))) || other_charset(type))
        return -ALPS_BODY_ENCODING;
    call->body = kind;
    if (kind != ALPS_BODY_FORM) {
        group_paths(call);
        alps_body_init(&call->walk, kind, call->path, call->n_paths);
    }
    return 0;
}

/* --- protocols --- */

static alps_slice
last_part(alps_slice s)
{
    alps_slice head, tail;

    alps_slice_rcut(s, '.', &head, &tail);
    return tail;
}

static int
rpc_candidates(struct call_head *h, alps_slice api_name, alps_slice operation, bool cbor)
{
    for (unsigned i = 0; i < h->n_services; i++) {
        const struct alps_row_service *s = look_service(h->c, h->service[i]);
        for (uint32_t k = 0; k < s->n_apis; k++) {
            const struct alps_row_api *api = look_api(h->c, s->api, k);
            bool json = api->protocol == ALPS_PROTO_JSON10 || api->protocol == ALPS_PROTO_JSON11;
            alps_operation_id op;
            int rc;
            if ((cbor ? api->protocol != ALPS_PROTO_CBOR : !json) ||
                look_compare(api_name, look_text(h->c, api->name)) != 0)
                continue;
            h->call->protocol = (enum alps_protocol)api->protocol;
            op = alps_operation_find(h->c, h->service[i], operation);
            rc = op ? alps_call_candidate_add(h->call, op) : 0;
            if (rc == 0 && op)
                rc = alps_call_bind(h, h->call->n_candidates - 1u, NULL);
            if (rc)
                return rc;
            break;
        }
    }
    return h->call->n_candidates ? 0 : -ALPS_UNKNOWN_API;
}

static bool
query_has(const struct call_head *h, alps_slice key)
{
    for (unsigned i = 0; i < h->n_query; i++)
        if (alps_call_decoded_eq(h->query[i].key, key))
            return true;
    return false;
}

/* Content-Type without its parameters. */
static alps_slice
media_type(const struct call_head *h)
{
    alps_slice media, rest;

    alps_slice_cut(h->type, ';', &media, &rest);
    while (media.n && media.p[media.n - 1] == ' ')
        media.n--;
    return media;
}

static bool
is_form(const struct call_head *h)
{
    return alps_slice_ieq(media_type(h), ALPS_S("application/x-www-form-urlencoded"));
}

/* Does a body follow the head? */
static bool
has_body(const struct call_head *h)
{
    bool twice;
    const struct alps_header *length = alps_request_header(h->r, ALPS_S("content-length"), &twice);

    return (length && !alps_slice_eq(length->value, ALPS_S("0"))) ||
           alps_request_header(h->r, ALPS_S("transfer-encoding"), &twice);
}

/* "X-Amz-Target: DynamoDB_20120810.PutItem"; some write more names before the last two.  Kinesis' Java client says it in
 * CBOR, and then reads its answer in CBOR. */
static int
map_json(struct call_head *h)
{
    alps_slice prefix, operation, media = media_type(h);
    bool cbor = alps_slice_ieq(media, ALPS_S("application/x-amz-cbor-1.1")) ||
                alps_slice_ieq(media, ALPS_S("application/x-amz-cbor-1.0"));
    int rc;

    h->call->protocol = ALPS_PROTO_JSON10;
    if (h->smithy.n || query_has(h, ALPS_S("Action")) || alps_slice_ieq(media, ALPS_S("application/cbor")) ||
        is_form(h))
        return -ALPS_PROTOCOL_DIFFERS;              /* a text can be JSON to one reader and a form to another */
    if (!alps_slice_eq(h->r->method, ALPS_S("POST")) || !alps_slice_eq(h->r->path, ALPS_S("/")) ||
        !alps_slice_rcut(h->target, '.', &prefix, &operation))
        return -ALPS_UNKNOWN_API;
    rc = rpc_candidates(h, last_part(prefix), operation, false);
    if (cbor)
        h->call->protocol = ALPS_PROTO_CBOR;
    return rc ? rc : alps_call_body_choose(h->call, cbor ? ALPS_BODY_CBOR : ALPS_BODY_JSON, h->coding, h->type);
}

/* "POST /service/GraniteServiceVersion20100801/operation/PutMetricData" */
static int
map_cbor(struct call_head *h)
{
    alps_slice rest = h->r->path, service, word, operation;
    int rc;

    h->call->protocol = ALPS_PROTO_CBOR;
    if (!alps_slice_eq(h->smithy, ALPS_S("rpc-v2-cbor")) || h->targeted || query_has(h, ALPS_S("Action")) ||
        (h->type.n && !alps_slice_ieq(media_type(h), ALPS_S("application/cbor"))))
        return -ALPS_PROTOCOL_DIFFERS;
    if (!alps_slice_eq(h->r->method, ALPS_S("POST")) || !alps_slice_starts(rest, ALPS_S("/service/")))
        return -ALPS_UNKNOWN_API;
    alps_slice_cut(alps_slice_sub(rest, 9, rest.n), '/', &service, &rest);
    alps_slice_cut(rest, '/', &word, &operation);
    if (!alps_slice_eq(word, ALPS_S("operation")))
        return -ALPS_UNKNOWN_API;
    rc = rpc_candidates(h, last_part(service), operation, true);
    return rc ? rc : alps_call_body_choose(h->call, ALPS_BODY_CBOR, h->coding, h->type);
}

static bool
any_speaks(struct call_head *h, enum alps_protocol a, enum alps_protocol b)
{
    for (unsigned i = 0; i < h->n_services; i++) {
        const struct alps_row_service *s = look_service(h->c, h->service[i]);
        for (uint32_t k = 0; k < s->n_apis; k++) {
            uint32_t p = look_api(h->c, s->api, k)->protocol;
            if (p == (uint32_t)a || p == (uint32_t)b)
                return true;
        }
    }
    return false;
}

/* The queue of the older SDKs' "POST /111122223333/orders". */
static int
keep_path_queue(struct call_head *h)
{
    alps_slice rest, account, name;
    struct alps_call_span host, path;
    int rc;

    if (alps_slice_eq(h->r->path, ALPS_S("/")))
        return 0;
    alps_slice_cut(alps_slice_sub(h->r->path, 1, h->r->path.n), '/', &account, &rest);
    alps_slice_cut(rest, '/', &name, &rest);
    if (account.n == 0 || name.n == 0 || rest.n || memchr(name.p, '%', name.n))
        return -ALPS_UNKNOWN_API;
    rc = alps_call_text_put(h->call, ALPS_S("https://"), &h->call->path_queue);
    if (rc == 0)
        rc = alps_call_text_put(h->call, h->host.n ? h->host : ALPS_S("endpoint"), &host);
    if (rc == 0)
        rc = alps_call_text_put(h->call, h->r->path, &path);
    h->call->path_queue.n = (uint16_t)(8 + (rc ? 0 : host.n + path.n));
    return rc;
}

static int
map_query(struct call_head *h)
{
    struct alps_call *call = h->call;
    bool post = alps_slice_eq(h->r->method, ALPS_S("POST"));
    struct alps_call_span key, value;
    int rc = keep_path_queue(h);

    call->protocol = any_speaks(h, ALPS_PROTO_EC2, ALPS_PROTO_EC2) ? ALPS_PROTO_EC2 : ALPS_PROTO_QUERY;
    if (rc)
        return rc;
    if (!post && (!alps_slice_eq(h->r->method, ALPS_S("GET")) || h->type.n || has_body(h)))
        return -ALPS_UNKNOWN_API;                   /* a GET with a form: two places that could name the operation */
    if (post && !is_form(h) && (h->type.n || has_body(h)))
        return -ALPS_PROTOCOL_DIFFERS;              /* whoever goes by the type reads something else */
    for (unsigned i = 0; i < h->n_services && i < ALPS_CANDIDATES; i++)
        call->service[call->n_services++] = h->service[i];
    call->in_form = true;
    for (unsigned i = 0; i < h->n_query; i++) {     /* what the URL says counts as if the form said it */
        rc = alps_call_text_decode(call, h->query[i].key, true, &key);
        if (rc == 0)
            rc = alps_call_text_decode(call, h->query[i].value, true, &value);
        if (rc == 0 && !alps_slice_starts(alps_call_span(call, key), ALPS_S("X-Amz-")))
            rc = alps_call_form_field(call, alps_call_span(call, key), alps_call_span(call, value), false);
        if (rc)
            return rc;
    }
    if (!post)
        return call->n_candidates ? 0 : -ALPS_UNKNOWN_API;
    return alps_call_body_choose(call, ALPS_BODY_FORM, h->coding, h->type);
}

/* "." and ".." are names to some servers and steps to others; keys of S3 are names. */
static int
check_dots(const struct call_head *h, bool literal)
{
    alps_slice seg, rest = h->r->path;
    bool more = !literal;

    while (more) {
        more = alps_slice_cut(rest, '/', &seg, &rest);
        if (alps_call_decoded_eq(seg, ALPS_S(".")) || alps_call_decoded_eq(seg, ALPS_S("..")))
            return -ALPS_BAD_NAME;
    }
    return 0;
}

int
alps_call_rest(struct call_head *h)
{
    struct call_match match;
    enum alps_body_kind kind = ALPS_BODY_JSON;
    int rc = 0;

    for (unsigned i = 0; i < h->n_services && rc >= 0; i++) {
        const struct alps_row_service *s = look_service(h->c, h->service[i]);
        enum alps_protocol p = s->n_apis ? (enum alps_protocol)look_api(h->c, s->api, 0)->protocol : ALPS_PROTO_NONE;
        if (h->front[i] && p != ALPS_PROTO_S3)
            p = ALPS_PROTO_REST_JSON;               /* what stands behind the service, whatever it speaks itself */
        if (p != ALPS_PROTO_S3 && p != ALPS_PROTO_REST_XML && p != ALPS_PROTO_REST_JSON)
            continue;
        if (h->call->n_candidates == 0)
            h->call->protocol = p;
        rc = alps_call_rest_match(h, h->service[i], &match);
        if (rc <= 0)
            continue;
        rc = check_dots(h, p == ALPS_PROTO_S3);
        kind = p == ALPS_PROTO_REST_JSON ? ALPS_BODY_JSON : ALPS_BODY_XML;
        for (unsigned k = 0; k < match.n_leaves && rc >= 0; k++) {
            rc = alps_call_candidate_add(h->call, match.leaf[k].operation);
            if (rc == 0)
                rc = alps_call_bind(h, h->call->n_candidates - 1u, &match);
        }
    }
    if (rc < 0)
        return rc;
    return h->call->n_candidates ? alps_call_body_choose(h->call, kind, h->coding, h->type) : -ALPS_UNKNOWN_API;
}

static int
map(struct call_head *h)
{
    bool twice;

    if (h->targeted && alps_call_hoisted(h, ALPS_S("x-amz-target"), &twice))
        return -ALPS_PROTOCOL_DIFFERS;
    if (h->targeted)
        return map_json(h);
    if (h->smithy.n)
        return map_cbor(h);
    if (any_speaks(h, ALPS_PROTO_QUERY, ALPS_PROTO_EC2) &&
        (is_form(h) || query_has(h, ALPS_S("Action")) ||
         !any_speaks(h, ALPS_PROTO_REST_JSON, ALPS_PROTO_REST_XML)))
        return map_query(h);
    if (query_has(h, ALPS_S("Action")) && alps_slice_eq(h->r->path, ALPS_S("/")))
        return -ALPS_PROTOCOL_DIFFERS;
    return alps_call_rest(h);
}

/* --- the door --- */

int
alps_call_head(struct alps_call *call, const struct alps_catalog *c, const struct alps_request *r,
               const struct alps_context *ctx)
{
    call->batch.kind = CALL_BATCH_NONE;
    return alps_call_again(call, c, r, ctx);
}

int
alps_call_again(struct alps_call *call, const struct alps_catalog *c, const struct alps_request *r,
                const struct alps_context *ctx)
{
    struct call_head h;
    int rc;

    memset(call, 0, offsetof(struct alps_call, slot));
    memset(&call->form, 0, sizeof call->form);
    memset(&h, 0, offsetof(struct call_head, host_text));
    h.c = c;
    h.r = r;
    h.call = call;
    h.endpoint = ctx->endpoint;
    call->catalog = c;
    rc = alps_call_head_place(&h, ctx);
    if (rc == 0 && call->vendor == ALPS_AWS)
        rc = map(&h);
    else if (rc == -ALPS_HOST_NOT_LISTED)
        rc = alps_call_platform(&h, ctx, rc);
    if (rc == -ALPS_HOST_NOT_LISTED && h.host.n)
        rc = alps_call_gcp_address(&h, rc);
    if (rc == -ALPS_HOST_NOT_LISTED || call->vendor == ALPS_AZURE)
        rc = alps_call_azure(&h, ctx, rc);
    if (rc) {
        call->operation = 0;
        call->n_candidates = 0;
    }
    return rc;
}

struct walking { struct alps_call *call; alps_access_fn *fn; void *ctx; };

/* gRPC: what the first message names is what the call is about; a later one that names anything is looked at as well. */
static int
message_end(struct walking *w)
{
    struct alps_call *call = w->call;
    bool named = !call->messages;

    for (unsigned i = 0; i < call->n_slots; i++)
        named |= call->slot[i].there;
    for (unsigned i = 0; i < call->n_needs && named && call->messages; i++)
        call->need[i].visited = false;
    int rc = named ? alps_call_visit(call, true, w->fn, w->ctx) : 0;
    for (unsigned i = 0; i < call->n_slots; i++) {
        struct alps_call_slot *s = &call->slot[i];
        if (s->value.n && s->value.at + s->value.n == call->n_text)
            call->n_text = s->value.at;
        s->there = s->odd = false;
        s->value.n = 0;
    }
    call->messages = true;
    return rc;
}

static int
on_body(void *ctx, enum alps_body_event event, unsigned path, alps_slice value)
{
    struct walking *w = ctx;
    struct alps_call *call = w->call;

    if (event == ALPS_BODY_MESSAGE_END)
        return message_end(w);
    if (event == ALPS_BODY_ELEMENT_END)
        return call->group[path] == path ? alps_call_visit_group(call, path, true, w->fn, w->ctx) : 0;
    for (unsigned i = 0; i < call->n_slots; i++) {
        struct alps_call_slot *s = &call->slot[i];
        int rc;
        if (s->path != path)
            continue;
        if (s->there)
            return -ALPS_BODY_DUPLICATE;
        s->there = true;
        s->odd = event == ALPS_BODY_PRESENT;
        rc = alps_call_text_put(call, value, &s->value);
        if (rc)
            return rc;
    }
    if (call->group[path] != ALPS_NO_PATH)
        return alps_call_visit_group(call, path, false, w->fn, w->ctx);
    int rc = alps_call_visit_group(call, path, false, w->fn, w->ctx);
    return rc ? rc : alps_call_visit(call, false, w->fn, w->ctx);
}

int
alps_call_body(struct alps_call *call, alps_slice content, alps_access_fn *fn, void *ctx)
{
    return call->batch.kind ? alps_call_batch_feed(call, content, fn, ctx) : alps_call_content(call, content, fn, ctx);
}

int
alps_call_content(struct alps_call *call, alps_slice content, alps_access_fn *fn, void *ctx)
{
    struct walking w = { call, fn, ctx };

    if (call->body == ALPS_BODY_ABSENT)
        return -ALPS_INTERNAL;
    if (call->body == ALPS_BODY_FORM) {
        int rc = alps_call_form_feed(call, content);
        return rc || call->n_candidates == 0 || call->path_queue.n || call->tunnelled ? rc : alps_call_visit(call, false, fn, ctx);
    }
    call->walk.path = call->path;                   /* the call may have been copied since */
    if (call->multipart.on)
        return alps_call_multipart_feed(call, content, on_body, &w);
    return alps_body_feed(&call->walk, content, on_body, &w);
}

/* A form's queue may be named in the path, in the form, or in both, which then agree. */
static int
settle_path_queue(struct alps_call *call)
{
    alps_slice path = alps_call_span(call, call->path_queue);
    bool used = false;

    for (unsigned i = 0; i < call->n_slots && path.n; i++) {
        struct alps_call_slot *s = &call->slot[i];
        alps_slice have = alps_call_span(call, s->value), a, b, x, y;
        const char *name = look_text(call->catalog, look_member(call->catalog, s->member)->name);
        if (look_compare(ALPS_S("QueueUrl"), name) != 0)
            continue;
        used = true;
        if (s->there) {
            alps_slice_rcut(have, '/', &a, &x);
            alps_slice_rcut(path, '/', &b, &y);
            if (!alps_slice_eq(x, y))
                return -ALPS_PROTOCOL_DIFFERS;
            alps_slice_rcut(a, '/', &a, &x);
            alps_slice_rcut(b, '/', &b, &y);
            if (!alps_slice_eq(x, y))
                return -ALPS_PROTOCOL_DIFFERS;
        } else {
            s->there = true;
            s->value = call->path_queue;
        }
    }
    return path.n && !used ? -ALPS_UNKNOWN_API : 0;
}

int
alps_call_end(struct alps_call *call, alps_access_fn *fn, void *ctx)
{ return call->batch.kind ? alps_call_batch_end(call, fn, ctx) : alps_call_finish(call, fn, ctx); }

int
alps_call_finish(struct alps_call *call, alps_access_fn *fn, void *ctx)
{
    struct walking w = { call, fn, ctx };
    bool any[ALPS_CANDIDATES] = { false };
    int rc = 0;

    if (call->n_candidates == 0 && !call->in_form)
        return -ALPS_UNKNOWN_API;
    if (call->named.n)
        return alps_call_arm_visit(call, fn, ctx);
    if (call->body == ALPS_BODY_FORM) {
        rc = alps_call_form_end(call);
    } else if (call->body != ALPS_BODY_ABSENT) {
        call->walk.path = call->path;
        rc = alps_body_end(&call->walk, on_body, &w);
    }
    if (rc == 0 && call->in_form)
        rc = settle_path_queue(call);
    for (unsigned i = 0; i < call->n_slots && rc == 0 && call->full; i++)
        if (!call->slot[i].there)
            rc = -ALPS_BODY_LATE;                   /* it may be among the fields that found no room */
    if (rc == 0 && call->n_elements)
        rc = call->cut_name ? -ALPS_BODY_LATE : alps_call_visit_elements(call, fn, ctx);
    if (rc == 0)
        rc = alps_call_visit(call, true, fn, ctx);
    for (unsigned i = 0; i < call->n_needs; i++)
        any[call->need[i].candidate] |= call->need[i].ever;
    for (unsigned i = 0; i < call->n_needs && rc == 0; i++)
        if (!any[call->need[i].candidate])
            rc = -ALPS_NO_RESOURCE;                 /* an empty batch: nothing to be allowed is nothing allowed */
    return rc;
}

bool
alps_call_ready(const struct alps_call *call)
{
    if (call->n_candidates == 0 || call->batch.kind)
        return false;
    for (unsigned i = 0; i < call->n_needs && call->in_form; i++)
        if (look_need(call->catalog, call->need[i].row)->nested)
            return false;                           /* a form's elements are looked at in the end */
    for (unsigned i = 0; i < call->n_needs; i++)
        if (!call->need[i].visited && !look_need(call->catalog, call->need[i].row)->nested &&
            !alps_call_need_gone(call, &call->need[i]))
            return false;
    return true;
}
