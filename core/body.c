#include "core/body_walk.h"

/* A field's number: 1 to 2^29 - 1. */
static bool
is_number(const char *p, size_t n)
{
    uint32_t number = 0;

    for (size_t i = 0; i < n && i < 10; i++) {
        if (p[i] < '0' + (i == 0) || p[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(p[i] - '0');
    }
    return n < 10 && number < 1u << 29;
}

/* "RequestItems{}[].PutRequest" → RequestItems, {}, [], PutRequest.  XML and protobuf have no arrays: a "[]" belongs to the
 * name before it and is no segment of its own. */
static int
compile(struct alps_body *b, unsigned i)
{
    const char *path = b->path[i];
    bool numbers = b->kind == ALPS_BODY_PROTOBUF || b->kind == ALPS_BODY_GRPC, flat = numbers || b->kind == ALPS_BODY_XML;
    unsigned lists = 0;
    size_t at = 0;

    b->n_segments[i] = b->element[i] = 0;
    while (path[at]) {
        bool list = path[at] == '[' || path[at] == '{';

        if (at > UINT8_MAX || (list && path[at + 1] != path[at] + 2) || (path[at] == '{' && flat))
            return -ALPS_INTERNAL;
        if (!list || !flat) {
            if (b->n_segments[i] == ALPS_BODY_SEGMENTS)
                return -ALPS_INTERNAL;
            b->length[i][b->n_segments[i]] = 0;
            b->segment[i][b->n_segments[i]++] = (uint8_t)at;
        }
        if (list) {
            b->element[i] = b->n_segments[i];
            at += 2;
            if (b->n_segments[i] == 0 || ++lists > ALPS_BODY_LISTS)
                return -ALPS_INTERNAL;
        } else {
            size_t from = at;

            while (path[at] && path[at] != '.' && path[at] != '[' && path[at] != '{')
                at++;
            if (at == from || at - from > UINT8_MAX || (numbers && !is_number(path + from, at - from)))
                return -ALPS_INTERNAL;
            b->length[i][b->n_segments[i] - 1] = (uint8_t)(at - from);
        }
        if (path[at] == '.' && path[++at] == '\0')
            return -ALPS_INTERNAL;
    }
    if (b->n_segments[i] == 0)
        return -ALPS_INTERNAL;
    b->ending[b->n_segments[i]] |= (alps_paths)(1u << i);
    if (b->element[i])
        b->closing[b->element[i]] |= (alps_paths)(1u << i);
    if (path[b->segment[i][b->n_segments[i] - 1]] == '{')
        b->maps |= (alps_paths)(1u << i);
    return 0;
}

void
alps_body_init(struct alps_body *b, enum alps_body_kind kind, const char *const *paths, unsigned n)
{
    b->kind = (uint8_t)kind;
    b->n_paths = (uint8_t)n;
    b->path = paths;
    b->failed = n > ALPS_BODY_PATHS ? -ALPS_INTERNAL : 0;
    b->too_long = false;
    b->n_value = 0;
    b->maps = 0;
    memset(b->ending, 0, sizeof b->ending);
    memset(b->closing, 0, sizeof b->closing);
    for (unsigned i = 0; i < n && b->failed == 0; i++)
        b->failed = (int16_t)compile(b, i);
    switch (kind) {
    case ALPS_BODY_JSON:
    case ALPS_BODY_CBOR:
        alps_body_tree_init(b);
        break;
    case ALPS_BODY_FORM:
        alps_body_form_init(b);
        break;
    case ALPS_BODY_XML:
        alps_body_xml_init(b);
        break;
    case ALPS_BODY_PROTOBUF:
    case ALPS_BODY_GRPC:
        alps_body_protobuf_init(b);
        break;
    case ALPS_BODY_ABSENT:
        break;
    default:
        b->failed = -ALPS_BODY_ENCODING;
    }
}

int
alps_body_feed(struct alps_body *b, alps_slice content, alps_body_fn *fn, void *ctx)
{
    struct alps_body_sink sink = { fn, ctx };
    int rc = b->failed;

    if (rc || content.n == 0)
        return rc;
    switch (b->kind) {
    case ALPS_BODY_JSON:
        rc = alps_body_json_feed(b, content, &sink);
        break;
    case ALPS_BODY_FORM:
        rc = alps_body_form_feed(b, content, &sink);
        break;
    case ALPS_BODY_XML:
        rc = alps_body_xml_feed(b, content, &sink);
        break;
    case ALPS_BODY_CBOR:
        rc = alps_body_cbor_feed(b, content, &sink);
        break;
    case ALPS_BODY_PROTOBUF:
    case ALPS_BODY_GRPC:
        rc = alps_body_protobuf_feed(b, content, &sink);
        break;
    default:
        return 0;
    }
    if (rc)
        b->failed = rc < 0 ? (int16_t)rc : -ALPS_INTERNAL;
    return rc;
}

int
alps_body_end(struct alps_body *b, alps_body_fn *fn, void *ctx)
{
    struct alps_body_sink sink = { fn, ctx };
    int rc = b->failed;

    if (rc)
        return rc;
    switch (b->kind) {
    case ALPS_BODY_JSON:
        rc = alps_body_json_end(b, &sink);
        break;
    case ALPS_BODY_FORM:
        rc = alps_body_form_end(b, &sink);
        break;
    case ALPS_BODY_XML:
        rc = alps_body_xml_end(b, &sink);
        break;
    case ALPS_BODY_CBOR:
        rc = alps_body_cbor_end(b);
        break;
    case ALPS_BODY_PROTOBUF:
    case ALPS_BODY_GRPC:
        rc = alps_body_protobuf_end(b);
        break;
    default:
        return 0;
    }
    b->failed = rc < 0 ? (int16_t)rc : -ALPS_INTERNAL;      /* an ended walk takes nothing more */
    return rc;
}

struct alps_segment
alps_body_segment(const struct alps_body *b, unsigned path, unsigned i)
{
    const char *at = b->path[path] + b->segment[path][i];

    return (struct alps_segment){ *at, { (const uint8_t *)at, b->length[path][i] } };
}

/* Case and '_' aside: "serviceAccount" is "service_account" to servers that go by protobuf's JSON mapping. */
static bool
same_letters(alps_slice name, alps_slice key)
{
    size_t i = 0, k = 0;

    for (;; i++, k++) {
        while (i < name.n && name.p[i] == '_')
            i++;
        while (k < key.n && key.p[k] == '_')
            k++;
        if (i == name.n || k == key.n)
            return i == name.n && k == key.n;
        if (alps_lower(name.p[i]) != alps_lower(key.p[k]))
            return false;
    }
}

int
alps_body_key(alps_slice name, alps_slice key)
{
    if (key.n == 0 || (*name.p ^ *key.p) & ~0x20)
        return 0;
    if (alps_slice_eq(name, key))
        return 1;
    return same_letters(name, key) ? -ALPS_BODY_SYNTAX : 0;
}

void
alps_body_add(struct alps_body *b, alps_slice run)
{
    size_t room = sizeof b->value - b->n_value;

    if (run.n > room) {
        b->too_long = true;
        run.n = room;
    }
    if (run.n)
        memcpy(b->value + b->n_value, run.p, run.n);
    b->n_value = (uint16_t)(b->n_value + run.n);
}

alps_slice
alps_body_text(struct alps_body *b, alps_slice last)
{
    size_t n;

    if (b->n_value == 0 && !b->too_long) {
        b->too_long = last.n > sizeof b->value;
        return last;
    }
    alps_body_add(b, last);
    n = b->n_value;
    b->n_value = 0;
    return (alps_slice){ b->value, n };
}

/* Controls are in no name (they are marks in ours), but a statement may have lines and tabs. */
static int
check_text(alps_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 0x20 && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r') || s.p[i] == 0x7f)
            return -ALPS_BAD_NAME;
    return 0;
}

int
alps_body_tell(struct alps_body *b, const struct alps_body_sink *sink, enum alps_body_event event, alps_paths paths,
               alps_slice value)
{
    bool too_long = b->too_long;
    int rc = 0;

    if (event == ALPS_BODY_STRING) {
        b->too_long = false;
        if (paths)
            rc = too_long ? -ALPS_NAME_TOO_LONG : check_text(value);
    }
    for (; paths && rc == 0; paths &= (alps_paths)(paths - 1))
        rc = sink->fn(sink->ctx, event, (unsigned)__builtin_ctz(paths), value);
    return rc;
}
