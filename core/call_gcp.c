/* Google Cloud: which API a host is, REST by (verb, flat path), RPCs by name.  Everything it knows is in the tables; here is
 * how hosts, paths and RPCs are written.
 * Facts: discovery documents; "AIP-127", "AIP-136" (custom verbs); "Requests to Google APIs from regional endpoints",
 * "Private Service Connect"; "gRPC over HTTP2". */
#include "core/call_inside.h"

static const char domain[] = ".googleapis.com";

/* --- hosts --- */

struct place { const struct alps_row_host *row; alps_slice bucket; };

static bool
place_named(struct call_head *h, alps_slice label, struct place *p)
{
    char text[256];
    size_t n = sizeof domain - 1;

    if (label.n == 0 || label.n + n > sizeof text)
        return false;
    memcpy(text, label.p, label.n);
    memcpy(text + label.n, domain, n);
    p->row = alps_call_host_rows(h->c, text, label.n + n);
    return p->row != NULL;
}

/* "us-central1-aiplatform", "eu-dlp": what is behind the region. */
static bool
behind_region(alps_slice label, alps_slice *rest)
{
    static const char wide[][8] = { "us", "eu", "asia", "global" };
    alps_slice head, tail, more;
    size_t letters = 0;

    if (!alps_slice_cut(label, '-', &head, &tail))
        return false;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (alps_slice_eq(head, alps_slice_of(wide[i]))) {
            *rest = tail;
            letters = 1;
        }
    }
    if (!alps_slice_cut(tail, '-', &head, &more))
        return letters;
    while (letters && head.n && letters <= head.n && head.p[letters - 1] >= 'a' && head.p[letters - 1] <= 'z')
        letters++;
    for (letters = 0; letters < head.n && head.p[letters] >= 'a' && head.p[letters] <= 'z';)
        letters++;
    for (size_t i = letters; i < head.n; i++)
        if (head.p[i] < '0' || head.p[i] > '9')
            return rest->n != 0;
    if (letters && letters < head.n)
        *rest = more;
    return rest->n != 0;
}

/* "storage-myendpoint" of Private Service Connect: the longest API's name that it begins with. */
static bool
place_of_endpoint(struct call_head *h, alps_slice label, struct place *p)
{
    alps_slice head = label, tail;

    while (alps_slice_rcut(head, '-', &head, &tail))
        if (place_named(h, head, p))
            return true;
    return false;
}

/* The rows of the API's host, whichever of its forms it is written in. */
static bool
place_of(struct call_head *h, struct place *p)
{
    alps_slice name = h->host, first, rest, region = { NULL, 0 };

    *p = (struct place){ .row = alps_call_host_rows(h->c, (const char *)name.p, name.n) };
    if (p->row)
        return true;
    if (!alps_slice_ends(name, ALPS_S(".googleapis.com")))
        return false;
    name.n -= sizeof domain - 1;
    if (alps_slice_ends(name, ALPS_S(".p")))
        return place_of_endpoint(h, alps_slice_sub(name, 0, name.n - 2), p);
    if (alps_slice_ends(name, ALPS_S(".mtls")))
        name.n -= 5;
    if (alps_slice_ends(name, ALPS_S(".rep"))) {
        name.n -= 4;
        alps_slice_cut(name, '.', &first, &rest);
        return rest.n && !memchr(rest.p, '.', rest.n) && place_named(h, first, p);
    }
    if (!memchr(name.p, '.', name.n)) {
        if (place_named(h, name, p))
            return true;
        return behind_region(name, &region) && place_named(h, region, p);
    }
    if (!alps_slice_rcut(name, '.', &rest, &first) || !place_named(h, first, p))
        return false;
    while (p->row->capture != ALPS_HOST_BUCKET) {       /* "bucket.storage": where the table says so */
        const struct alps_row_host *next = p->row + 1;
        if (next >= look_host(h->c, h->c->host.n) || next->stem != p->row->stem)
            return false;
        p->row = next;
    }
    p->bucket = rest;
    return true;
}

/* --- REST --- */

/* One segment of a name, decoded; "%2F" and "%25" stay what they are, so that names cannot be mistaken. */
static int
put_segment(struct alps_call *call, alps_slice seg, bool first, struct alps_call_span *name)
{
    struct alps_call_span one;
    int rc = first ? 0 : alps_call_text_put(call, ALPS_S("/"), &one);

    for (size_t from = 0, i = 0; i <= seg.n && rc == 0; i++) {
        bool kept = i + 2 < seg.n && seg.p[i] == '%' && seg.p[i + 1] == '2' &&
                    (seg.p[i + 2] == '5' || (seg.p[i + 2] | 0x20) == 'f');
        if (!kept && i < seg.n)
            continue;
        rc = alps_call_text_decode(call, alps_slice_sub(seg, from, i), false, &one);
        if (rc == 0 && kept)
            rc = alps_call_text_put(call, seg.p[i + 2] == '5' ? ALPS_S("%25") : ALPS_S("%2F"), &one);
        from = i + 3;
        i += kept ? 2 : 0;
    }
    name->n = (uint16_t)(call->n_text - name->at);
    return rc;
}

/* The resource's own name: the path from behind the version to the last label. */
static int
own_name(struct call_head *h, const struct call_segments *s, const struct call_match *m)
{
    struct alps_call *call = h->call;
    const struct call_leaf *leaf = &m->leaf[0];
    alps_slice all, one;
    const uint8_t *end;
    bool first = true;
    int rc = 0;

    call->own = (struct alps_call_span){ call->n_text, 0 };
    if (leaf->end == 0 || leaf->base >= s->n || s->bucket)
        return 0;
    all.p = s->at[leaf->base].p;
    end = m->n_labels ? m->label[m->n_labels - 1].p + m->label[m->n_labels - 1].n : all.p;
    if (leaf->end <= s->n && s->at[leaf->end - 1].p + s->at[leaf->end - 1].n > end)
        end = s->at[leaf->end - 1].p + s->at[leaf->end - 1].n;      /* words that belong to the name */
    all.n = (size_t)(end - all.p);
    for (bool more = true; more && rc == 0; first = false) {
        more = alps_slice_cut(all, '/', &one, &all);
        rc = put_segment(call, one, first, &call->own);
    }
    return rc;
}

/* The path's segments; a verb ("topics/t:publish") is one of its own, if ${verb}. */
static int
segments(const struct call_head *h, alps_slice bucket, bool verb, struct call_segments *s)
{
    alps_slice rest = h->r->path, one, head, tail;

    *s = (struct call_segments){ .bucket = bucket.n != 0, .end = rest.p + rest.n };
    if (rest.n == 0 || rest.p[0] != '/')
        return -ALPS_BAD_TARGET;
    if (s->bucket)
        s->at[s->n++] = bucket;
    rest = alps_slice_sub(rest, 1, rest.n);
    for (bool more = rest.n != 0; more;) {
        more = alps_slice_cut(rest, '/', &one, &rest);
        if (!more && one.n == 0)
            break;
        if (s->n + 1 >= ALPS_CALL_SEGMENTS)
            break;                                  /* only the rest of a path is that deep */
        if (alps_call_decoded_eq(one, ALPS_S(".")) || alps_call_decoded_eq(one, ALPS_S("..")))
            return -ALPS_BAD_TARGET;
        if (one.n && (one.p[0] == ':' || (one.n > 2 && one.p[0] == '%' && one.p[1] == '3' && (one.p[2] | 0x20) == 'a')))
            return -ALPS_UNKNOWN_API;               /* would pass for a verb */
        s->at[s->n++] = one;
    }
    if (verb && s->n && alps_slice_rcut(s->at[s->n - 1], ':', &head, &tail) && head.n) {
        one = s->at[s->n - 1];
        s->at[s->n - 1] = head;
        s->at[s->n++] = alps_slice_sub(one, head.n, one.n);
        s->verb = true;
    }
    return verb && !s->verb ? 1 : 0;
}

static int
take_match(struct call_head *h, const struct call_segments *s, struct call_match *m)
{
    bool first = h->call->n_candidates == 0;
    int rc = 0;

    if (first)
        rc = own_name(h, s, m);
    h->bare |= m->n_labels && m->label[0].p == s->at[0].p;
    for (unsigned k = 0; k < m->n_leaves && rc == 0; k++) {
        rc = alps_call_candidate_add(h->call, m->leaf[k].operation);
        if (rc == 0)
            rc = alps_call_bind(h, h->call->n_candidates - 1u, m);
    }
    return rc;
}

/* What ${service} makes of the path: with a verb first, as the vendor reads it. */
static int
rest_of(struct call_head *h, uint16_t service, alps_slice bucket, bool shared)
{
    struct call_segments s;
    struct call_match m = { .n_leaves = 0 };

    for (int verb = 1; verb >= 0; verb--) {
        int rc = segments(h, bucket, verb, &s);
        if (rc == 0)
            rc = alps_call_rest_walk(h, service, &s, &m);
        else if (rc > 0)
            continue;
        if (rc < 0)
            return rc;
        if (rc > 0 && shared && m.n_labels && m.label[0].p == s.at[0].p)
            return 0;                               /* where many APIs are, the first word is the API's, not a name */
        if (rc > 0)
            return take_match(h, &s, &m);
    }
    return 0;
}

static alps_slice
query_value(const struct call_head *h, alps_slice key)
{
    for (unsigned i = 0; i < h->n_query; i++)
        if (alps_call_decoded_eq(h->query[i].key, key))
            return h->query[i].value;
    return (alps_slice){ NULL, 0 };
}

/* What is uploaded is no statement about a resource: only metadata is read. */
static int
rest_body(struct call_head *h)
{
    alps_slice type = query_value(h, ALPS_S("uploadType")), media, rest;

    alps_slice_cut(h->type, ';', &media, &rest);
    if (h->call->n_paths == 0 || h->bare || alps_slice_eq(h->r->method, ALPS_S("GET")) || alps_slice_eq(type, ALPS_S("media")) ||
        query_value(h, ALPS_S("upload_id")).p)
        return 0;
    if (alps_slice_ieq(media, ALPS_S("multipart/related")))
        return alps_call_multipart_choose(h, h->type);
    return alps_call_body_choose(h->call, ALPS_BODY_JSON, h->coding, h->type);
}

static const char overrides[][24] = { "x-http-method-override", "x-http-method", "x-method-override" };

/* "POST" with "X-HTTP-Method-Override: GET": how clients send a GET that is too long for a URL, its query in a form; and with
 * PATCH where their HTTP library has no such method.  (google-api-python-client, googleapiclient/http.py; google-api-java-client,
 * MethodOverride.java.) */
static int
override(struct call_head *h, struct alps_request *r)
{
    static const char methods[][8] = { "GET", "PATCH", "PUT", "DELETE" };
    bool twice;

    for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++) {
        const struct alps_header *f = alps_request_header(h->r, alps_slice_of(overrides[i]), &twice);
        unsigned m = 0;
        if (!f)
            continue;
        if (twice)
            return -ALPS_DUPLICATE_FIELD;
        if (alps_slice_eq(f->value, h->r->method))
            continue;
        while (m < 4 && !alps_slice_eq(f->value, alps_slice_of(methods[m])))
            m++;
        if (i || m == 4 || !alps_slice_eq(h->r->method, ALPS_S("POST")))
            return -ALPS_METHOD_OVERRIDE;
        *r = *h->r;
        r->method = f->value;
        h->r = r;
    }
    return query_value(h, ALPS_S("$httpMethod")).p || query_value(h, ALPS_S("_method")).p ? -ALPS_METHOD_OVERRIDE : 0;
}

/* The form of a GET that came as a POST. */
static int
tunnel_body(struct call_head *h)
{
    alps_slice media, rest;

    alps_slice_cut(h->type, ';', &media, &rest);
    if (h->type.n == 0)
        return 0;
    if (!alps_slice_ieq(media, ALPS_S("application/x-www-form-urlencoded")))
        return -ALPS_PROTOCOL_DIFFERS;
    h->call->tunnelled = true;
    return alps_call_body_choose(h->call, ALPS_BODY_FORM, h->coding, h->type);
}

static bool
overridden(const struct call_head *h)
{
    bool twice;

    for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++)
        if (alps_request_header(h->r, alps_slice_of(overrides[i]), &twice))
            return true;
    return query_value(h, ALPS_S("$httpMethod")).p || query_value(h, ALPS_S("_method")).p;
}

/* "POST /batch", "POST /batch/storage/v1", with requests in the body. */
static bool
is_batch(const struct call_head *h)
{
    alps_slice media, rest, api, version;

    alps_slice_cut(h->type, ';', &media, &rest);
    if (!alps_slice_eq(h->r->method, ALPS_S("POST")) || !alps_slice_ieq(media, ALPS_S("multipart/mixed")) ||
        !alps_slice_starts(h->r->path, ALPS_S("/batch")))
        return false;
    rest = alps_slice_sub(h->r->path, 6, h->r->path.n);
    if (rest.n == 0)
        return true;
    alps_slice_cut(alps_slice_sub(rest, 1, rest.n), '/', &api, &version);
    return rest.p[0] == '/' && api.n && version.n && !memchr(version.p, '/', version.n) && !memchr(rest.p, '%', rest.n);
}

static int
map_batch(struct call_head *h, const struct place *p)
{
    uint16_t service = p->row ? p->row->service : 1;

    while (look_service(h->c, service)->vendor != ALPS_GCP)
        service++;                                  /* a listed endpoint: whichever API it is */
    if (overridden(h))
        return -ALPS_METHOD_OVERRIDE;               /* it would hold for every part */
    return alps_call_batch_choose(h, CALL_BATCH_PARTS, alps_operation_first(h->c, service));
}

/* What every API answers on its own host, under a word that is nobody's name. */
static int
map_everywhere(struct call_head *h, const struct place *p)
{
    const struct alps_row_host *end = look_host(h->c, h->c->host.n);
    const struct alps_row_host *row = p->bucket.n ? NULL : alps_call_host_rows(h->c, domain + 1, sizeof domain - 2);
    int rc = 0;

    for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem && rc == 0; row++)
        if (look_service(h->c, row->service)->root)
            rc = rest_of(h, row->service, (alps_slice){ NULL, 0 }, true);
    return rc;
}

static int
map_rest(struct call_head *h, const struct place *p)
{
    const struct alps_row_host *row = p->row, *end = look_host(h->c, h->c->host.n);
    struct alps_request instead;
    const struct alps_request *sent = h->r;
    int rc = override(h, &instead);

    if (row == NULL) {                              /* a listed endpoint: whichever API it is */
        for (uint16_t i = 1; i < h->c->service.n && rc == 0; i++)
            if (look_service(h->c, i)->vendor == ALPS_GCP)
                rc = rest_of(h, i, (alps_slice){ NULL, 0 }, true);
    }
    if (row && rc == 0)
        rc = map_everywhere(h, p);
    if (h->call->n_candidates)
        row = NULL;
    bool shared = row && row + 1 < end && row[1].stem == row->stem && row[1].capture == ALPS_HOST_PLAIN;
    for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem && rc == 0; row++)
        if ((row->capture == ALPS_HOST_BUCKET) == (p->bucket.n != 0) && look_service(h->c, row->service)->vendor == ALPS_GCP)
            rc = rest_of(h, row->service, p->bucket, shared);
    if (rc == 0 && h->call->n_candidates == 0)
        rc = -ALPS_UNKNOWN_API;
    if (rc == 0 && h->r != sent && h->bare)
        rc = -ALPS_METHOD_OVERRIDE;                 /* the XML API knows of no such thing */
    if (rc)
        return rc;
    return h->r != sent && alps_slice_eq(h->r->method, ALPS_S("GET")) ? tunnel_body(h) : rest_body(h);
}

/* --- RPCs --- */

/* An RPC's operation and recipe; false: there is none of that name.  The methods of one RPC service may be in the tables of
 * several APIs. */
static bool
rpc_find(const struct alps_catalog *c, alps_slice service, alps_slice method, uint16_t *api, struct alps_row_rpc *found)
{
    const uint16_t *hash = look_u16(c, c->rpc_hash.at);

    for (uint32_t slot = alps_catalog_hash(service.p, (uint32_t)service.n); hash[slot & 4095]; slot++) {
        const struct alps_row_rpc_service *s = look_rpc_service(c, hash[slot & 4095] - 1u);
        uint32_t rows = s->list + (s->n + ALPS_NAMES_STEP - 1u) / ALPS_NAMES_STEP * 4u, i;
        if (!look_name_is(c, look_byte(c, s->name), service))
            continue;
        i = look_name_find(c, s->list, (const uint8_t *)(look_rpc(c, rows, 0) + s->n), s->n, method);
        if (i == s->n)
            continue;
        *found = *look_rpc(c, rows, i);
        *api = s->service;
        return true;
    }
    return false;
}

/* Is the operation's service one of the host's?  Some are every API's ("{*}.googleapis.com"). */
static bool
rpc_fits(const struct call_head *h, const struct place *p, uint16_t service)
{
    const struct alps_row_host *end = look_host(h->c, h->c->host.n), *row = p->row;

    if (row == NULL)
        return true;
    for (uint32_t stem = row->stem; row < end && row->stem == stem; row++)
        if (row->service == service)
            return true;
    row = alps_call_host_rows(h->c, domain + 1, sizeof domain - 2);
    for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem; row++)
        if (row->service == service)
            return true;
    return false;
}

/* "/google.pubsub.v1.Publisher/Publish" */
static int
map_rpc(struct call_head *h, const struct place *p)
{
    struct alps_call *call = h->call;
    alps_slice service, method;
    const struct alps_row_service *s;
    const struct alps_row_recipe *recipe;
    struct alps_row_rpc rpc;
    uint16_t api;
    bool twice;
    const struct alps_header *params = alps_request_header(h->r, ALPS_S("x-goog-request-params"), &twice);
    int rc;

    if (!alps_slice_eq(h->r->method, ALPS_S("POST")) || h->r->has_query || p->bucket.n || h->r->path.n < 2)
        return -ALPS_UNKNOWN_API;
    if (overridden(h))
        return -ALPS_METHOD_OVERRIDE;
    alps_slice_cut(alps_slice_sub(h->r->path, 1, h->r->path.n), '/', &service, &method);
    if (!rpc_find(h->c, service, method, &api, &rpc))
        return -ALPS_UNKNOWN_API;
    if (!rpc_fits(h, p, api))
        return -ALPS_HOST_DIFFERS;
    s = look_service(h->c, api);
    rc = alps_call_candidate_add(call, s->operation + rpc.operation);
    recipe = look_recipe(h->c, s->recipe, rpc.recipe);
    call->recipe = look_text(h->c, recipe->template);
    if (rc == 0 && params && twice)
        rc = -ALPS_DUPLICATE_FIELD;
    if (rc == 0 && params && alps_call_escapes_whole(params->value))
        rc = alps_call_text_put(call, params->value, &call->params);
    for (uint32_t i = 0; i < recipe->n_members && rc == 0; i++)
        rc = alps_call_bind_body(call, 0, s->member + (recipe->member + i) * (uint32_t)sizeof(struct alps_row_member));
    return rc ? rc : alps_call_body_choose(call, ALPS_BODY_GRPC, (alps_slice){ NULL, 0 }, (alps_slice){ NULL, 0 });
}

/* Does ${name} begin with the whole segments of ${head}? */
static bool
begins(alps_slice name, alps_slice head)
{ return alps_slice_starts(name, head) && (name.n == head.n || name.p[head.n] == '/' || name.p[head.n] == ':'); }

/* A value of the routing header that is a name must be in the message's: "name=projects%2Fp%2Ftopics%2Ft"; or, of a resource
 * that two fields name together, its end. */
bool
alps_call_gcp_agrees(const struct alps_call *call, alps_slice resource)
{
    struct alps_call scratch;
    alps_slice rest = alps_call_span(call, call->params), one, key, value;
    struct alps_call_span decoded;

    while (rest.n) {
        alps_slice_cut(rest, '&', &one, &rest);
        alps_slice_cut(one, '=', &key, &value);
        scratch.n_text = 0;
        if (alps_call_text_decode(&scratch, value, true, &decoded) != 0)
            return false;
        value = alps_call_span(&scratch, decoded);
        if (value.n == 0 || !memchr(value.p, '/', value.n))
            continue;                               /* a project's or a profile's id, which is part of no name */
        if (!begins(resource, value) && !begins(value, resource) &&
            !(alps_slice_ends(resource, value) && resource.p[resource.n - value.n - 1] == '/'))
            return false;
    }
    return true;
}

/* --- the door --- */

/* Hosts of customers' services: the suffix's row names the operation that every request to it is. */
static int
invoke(struct call_head *h, const char *operation, size_t suffix)
{
    alps_slice service, name, host = alps_slice_sub(h->host, 0, h->host.n), rest;
    alps_service_id id;
    alps_operation_id op;

    alps_slice_cut(alps_slice_of(operation), '.', &service, &name);
    id = alps_service_find(h->c, ALPS_GCP, service);
    op = alps_operation_find(h->c, id, name);
    if (!op || host.n <= suffix + 1)
        return -ALPS_UNKNOWN_SERVICE;
    alps_slice_cut(host, '.', &name, &rest);
    int rc = alps_call_text_put(h->call, host, &h->call->own);
    return rc ? rc : alps_call_candidate_add(h->call, op);
}

int
alps_call_gcp_address(struct call_head *h, int otherwise)
{
    struct place p = { alps_call_host_rows(h->c, (const char *)h->host.p, h->host.n), { NULL, 0 } };
    const struct alps_row_host *end = look_host(h->c, h->c->host.n);
    bool mine = false;

    for (const struct alps_row_host *row = p.row; row && row < end && row->stem == p.row->stem; row++)
        mine |= look_service(h->c, row->service)->vendor == ALPS_GCP;
    if (!mine || h->r->tls || alps_call_head_queries(h) != 0 || map_rest(h, &p) != 0) {
        h->n_query = 0;
        return otherwise;
    }
    h->call->vendor = ALPS_GCP;
    h->call->protocol = ALPS_PROTO_REST_JSON;
    return 0;
}

int
alps_call_gcp(struct call_head *h, const struct alps_row_suffix *suffix)
{
    static const char grpc[] = "application/grpc";
    struct place p = { NULL, { NULL, 0 } };
    const char *operation = suffix ? look_text(h->c, suffix->partition) : "";
    int rc = alps_call_head_queries(h);

    for (unsigned i = 0; i < h->r->n_headers && rc == 0; i++) {
        if (alps_slice_ieq(h->r->header[i].name, ALPS_S("content-type")))
            h->type = h->r->header[i].value;
        else if (alps_slice_ieq(h->r->header[i].name, ALPS_S("content-encoding")))
            h->coding = h->r->header[i].value;
    }
    h->call->protocol = ALPS_PROTO_REST_JSON;
    if (rc)
        return rc;
    if (memchr(operation, '.', strlen(operation)))
        return invoke(h, operation, suffix->n);
    if (suffix && !place_of(h, &p))
        return -ALPS_UNKNOWN_SERVICE;
    if (alps_slice_starts(h->type, ALPS_S("application/grpc")) &&
        (h->type.n == sizeof grpc - 1 || h->type.p[sizeof grpc - 1] == ';' || h->type.p[sizeof grpc - 1] == '+'))
        return map_rpc(h, &p);
    return is_batch(h) && p.bucket.n == 0 ? map_batch(h, &p) : map_rest(h, &p);
}
