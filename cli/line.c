/* One line of `alps map`'s standard input → an HTTP/1.1 message.  HTTP/2 differs in names only: its pseudo headers are the
 * request line and the Host field. */
#include "cli/mapped.h"

#include <stdlib.h>

#include "core/json.h"

struct line {
    alps_slice method, target, host;            /* host: ":authority" of HTTP/2 */
    bool http2, chunked, has_length;
    struct alps_bytes *fields, *id, *sni;
    alps_slice body;                            /* base64 */
};

static void
put(struct alps_bytes *b, alps_slice s)
{ alps_bytes_put(b, s.p, s.n); }

static int
base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool
put_base64(struct alps_bytes *out, alps_slice s)
{
    uint32_t bits = 0;
    unsigned n = 0;

    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        int v = base64_value(s.p[i]);

        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        n += 6;
        if (n >= 8) {
            char c = (char)(bits >> (n - 8));

            alps_bytes_put(out, &c, 1);
            n -= 8;
        }
    }
    return n < 6;
}

/* A field's text comes from JSON, where it may hold what would be two fields in HTTP/1.1: then it is no field. */
static bool
is_field_text(alps_slice s)
{ return s.n == 0 || (!memchr(s.p, '\r', s.n) && !memchr(s.p, '\n', s.n) && !memchr(s.p, '\0', s.n)); }

/* A pseudo header comes once, and before every field.  One that does not stays among the fields, where it is no name. */
static bool
set_pseudo(struct line *l, alps_slice name, alps_slice value)
{
    alps_slice *to = alps_slice_eq(name, ALPS_S(":method")) ? &l->method :
                     alps_slice_eq(name, ALPS_S(":path")) ? &l->target :
                     alps_slice_eq(name, ALPS_S(":authority")) ? &l->host : NULL;

    if (!to || to->p || l->fields->n)
        return false;
    *to = value;
    return true;
}

static bool
add_field(struct line *l, alps_slice name, alps_slice value)
{
    if (!is_field_text(name) || !is_field_text(value))
        return false;
    if (!set_pseudo(l, name, value) && !alps_slice_eq(name, ALPS_S(":scheme"))) {
        l->chunked |= alps_slice_ieq(name, ALPS_S("transfer-encoding"));
        l->has_length |= alps_slice_ieq(name, ALPS_S("content-length"));
        put(l->fields, name);
        alps_bytes_add(l->fields, ": ");
        put(l->fields, value);
        alps_bytes_add(l->fields, "\r\n");
    }
    return true;
}

static bool
next_is(struct alps_json_reader *r, struct alps_json_token *t, enum alps_json_event kind)
{ return alps_json_read(r, t) > 0 && t->event == kind; }

/* [["name", "value"], …], behind its first bracket. */
static bool
read_headers(struct alps_json_reader *r, struct line *l)
{
    struct alps_json_token t, name, value;

    while (alps_json_read(r, &t) > 0 && t.event == ALPS_JSON_ARRAY)
        if (!next_is(r, &name, ALPS_JSON_STRING) || !next_is(r, &value, ALPS_JSON_STRING) ||
            !next_is(r, &t, ALPS_JSON_ARRAY_END) || !add_field(l, name.text, value.text))
            return false;
    return t.event == ALPS_JSON_ARRAY_END;
}

static void
keep_id(struct line *l, const struct alps_json_token *t)
{
    l->id->n = 0;
    if (t->event == ALPS_JSON_NUMBER) {
        put(l->id, t->text);
    } else if (t->event == ALPS_JSON_STRING) {
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        if (f) {
            alps_json_print(f, t->text);
            fclose(f);
            alps_bytes_put(l->id, text, n);
            free(text);
        }
    }
}

/* ${t}: the value of ${key}.  Fields that are not ours are passed over. */
static bool
read_member(struct alps_json_reader *r, struct line *l, alps_slice key, struct alps_json_token *t)
{
    unsigned depth;

    if (alps_slice_eq(key, ALPS_S("headers")))
        return t->event == ALPS_JSON_ARRAY && read_headers(r, l);
    if (alps_slice_eq(key, ALPS_S("id")))
        keep_id(l, t);
    else if (alps_slice_eq(key, ALPS_S("http")))
        l->http2 = alps_slice_eq(t->text, ALPS_S("2"));
    else if (t->event == ALPS_JSON_STRING && alps_slice_eq(key, ALPS_S("sni")))
        put(l->sni, t->text);
    else if (t->event == ALPS_JSON_STRING && alps_slice_eq(key, ALPS_S("method")))
        l->method = t->text;
    else if (t->event == ALPS_JSON_STRING && alps_slice_eq(key, ALPS_S("target")))
        l->target = t->text;
    else if (t->event == ALPS_JSON_STRING && alps_slice_eq(key, ALPS_S("body_base64")))
        l->body = t->text;
    for (depth = t->event == ALPS_JSON_OBJECT || t->event == ALPS_JSON_ARRAY; depth; ) {
        if (alps_json_read(r, t) <= 0)
            return false;
        depth += t->event == ALPS_JSON_OBJECT || t->event == ALPS_JSON_ARRAY;
        depth -= t->event == ALPS_JSON_OBJECT_END || t->event == ALPS_JSON_ARRAY_END;
    }
    return true;
}

/* The content with its framing as the fields say it is framed. */
static bool
put_body(struct line *l, struct alps_bytes *out)
{
    static struct alps_bytes content;
    char text[48];

    content.n = 0;
    if (l->body.n && !put_base64(&content, l->body))
        return false;
    if (l->chunked && !l->has_length) {
        alps_bytes_add(out, "\r\n");
        if (content.n) {
            alps_bytes_put(out, text, (size_t)snprintf(text, sizeof text, "%zx\r\n", content.n));
            alps_bytes_put(out, content.p, content.n);
            alps_bytes_add(out, "\r\n");
        }
        alps_bytes_add(out, "0\r\n\r\n");
        return true;
    }
    if (!l->has_length && content.n)            /* HTTP/2 needs none, the end of the stream says it */
        alps_bytes_put(out, text, (size_t)snprintf(text, sizeof text, "content-length: %zu\r\n", content.n));
    alps_bytes_add(out, "\r\n");
    alps_bytes_put(out, content.p, content.n);
    return true;
}

const char *
alps_message_of_line(alps_slice json, struct alps_bytes *scratch, struct alps_bytes *out, struct alps_bytes *sni,
                     struct alps_bytes *id)
{
    static struct alps_bytes fields;
    struct line l = { .fields = &fields, .id = id, .sni = sni };
    struct alps_json_reader r;
    struct alps_json_token t, key;

    fields.n = out->n = sni->n = 0;
    scratch->n = 0;
    if (scratch->cap < json.n)
        alps_bytes_put(scratch, json.p, json.n);
    alps_json_reader_init(&r, json, (uint8_t *)scratch->p);
    if (!next_is(&r, &t, ALPS_JSON_OBJECT))
        return "no JSON object";
    while (alps_json_read(&r, &key) > 0 && key.event == ALPS_JSON_KEY)
        if (alps_json_read(&r, &t) <= 0 || !read_member(&r, &l, key.text, &t))
            return "a field that is not in the form that is asked for";
    if (alps_json_read(&r, &t) != 0)
        return "broken JSON";
    if (!l.method.n || !l.target.n || !is_field_text(l.method) || !is_field_text(l.target))
        return "no method or target";
    put(out, l.method);
    alps_bytes_add(out, " ");
    put(out, l.target);
    alps_bytes_add(out, " HTTP/1.1\r\n");
    if (l.http2) {
        alps_bytes_add(out, "host: ");
        put(out, l.host);
        alps_bytes_add(out, "\r\n");
    }
    alps_bytes_put(out, fields.p, fields.n);
    return put_body(&l, out) ? NULL : "body_base64 is not base64";
}
