#include "core/refusal.h"

#include "core/text.h"

/* Names from a request may be long and hostile; these bounds keep the answer under ALPS_REFUSAL_MAX whatever they hold:
 * a byte of the message becomes at most five ("&amp;"). */
enum { MESSAGE_MAX = 1280, RESOURCE_SHOWN = 640, FILE_SHOWN = 320, ACTION_SHOWN = 128 };

enum escape { AS_JSON, AS_XML, AS_CBOR };

/* One row per protocol.  In a body: %c the error code, %m the message, %i the request id. */
static const struct wording {
    uint8_t escape;
    const char *code, *type, *id_header, *fields, *body;
} aws_wording[] = {
    [ALPS_PROTO_NONE]      = { AS_JSON, "AccessDeniedException", "application/json", "x-amzn-requestid",
                               "x-amzn-errortype: AccessDeniedException\r\n",
                               "{\"__type\":\"%c\",\"message\":\"%m\"}" },
    [ALPS_PROTO_JSON10]    = { AS_JSON, "AccessDeniedException", "application/x-amz-json-1.0", "x-amzn-requestid",
                               "x-amzn-errortype: AccessDeniedException\r\n",
                               "{\"__type\":\"%c\",\"message\":\"%m\"}" },
    [ALPS_PROTO_JSON11]    = { AS_JSON, "AccessDeniedException", "application/x-amz-json-1.1", "x-amzn-requestid",
                               "x-amzn-errortype: AccessDeniedException\r\n",
                               "{\"__type\":\"%c\",\"message\":\"%m\"}" },
    [ALPS_PROTO_QUERY]     = { AS_XML, "AccessDenied", "text/xml", "x-amzn-requestid", "",
                               "<ErrorResponse><Error><Type>Sender</Type><Code>%c</Code><Message>%m</Message></Error>"
                               "<RequestId>%i</RequestId></ErrorResponse>" },
    [ALPS_PROTO_EC2]       = { AS_XML, "UnauthorizedOperation", "text/xml;charset=UTF-8", "x-amzn-requestid", "",
                               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>%c</Code>"
                               "<Message>%m</Message></Error></Errors><RequestID>%i</RequestID></Response>" },
    [ALPS_PROTO_REST_JSON] = { AS_JSON, "AccessDeniedException", "application/json", "x-amzn-requestid",
                               "x-amzn-errortype: AccessDeniedException\r\n", "{\"message\":\"%m\"}" },
    [ALPS_PROTO_REST_XML]  = { AS_XML, "AccessDenied", "text/xml", "x-amzn-requestid", "",
                               "<?xml version=\"1.0\"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>%c</Code>"
                               "<Message>%m</Message></Error><RequestId>%i</RequestId></ErrorResponse>" },
    [ALPS_PROTO_S3]        = { AS_XML, "AccessDenied", "application/xml", "x-amz-request-id", "",
                               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%c</Code><Message>%m</Message>"
                               "<RequestId>%i</RequestId><HostId>%i</HostId></Error>" },
    [ALPS_PROTO_CBOR]      = { AS_CBOR, "AccessDeniedException", "application/cbor", "x-amzn-requestid",
                               "smithy-protocol: rpc-v2-cbor\r\n",
                               "\xa2\x66__type\x75%c\x67message\x79%m" },   /* map of two; 0x79: text, length in 2 bytes */
};
_Static_assert(sizeof "AccessDeniedException" - 1 == 0x75 - 0x60, "the CBOR row states this length");

/* The other clouds, one wording each. */
static const struct wording vendor_wording[ALPS_VENDOR_COUNT] = {
    [ALPS_GCP]   = { AS_JSON, "PERMISSION_DENIED", "application/json; charset=UTF-8", NULL, "",
                     "{\"error\":{\"code\":403,\"message\":\"%m\",\"status\":\"%c\","
                     "\"errors\":[{\"message\":\"%m\",\"domain\":\"global\",\"reason\":\"forbidden\"}]}}" },
    [ALPS_AZURE] = { AS_JSON, "AuthorizationFailed", "application/json", "x-ms-request-id",
                     "x-ms-error-code: AuthorizationFailed\r\n",
                     "{\"error\":{\"code\":\"%c\",\"message\":\"%m\"}}" },
};

/* Azure's data planes have words of their own, told apart by a label of the host behind the first.  Sources: "Status and
 * error codes" and "Payload formats" of the Storage services' REST reference, "Authentication, requests and responses" of
 * Key Vault, "Access control" of Cosmos DB; tried with the SDKs for Python and JavaScript (tests/e2e/matrix). */
#define MISMATCH "x-ms-error-code: AuthorizationPermissionMismatch\r\n"
#define STORAGE_XML { AS_XML, "AuthorizationPermissionMismatch", "application/xml", "x-ms-request-id", MISMATCH, \
                      "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%c</Code><Message>%m</Message></Error>" }
#define VAULT_JSON  { AS_JSON, "Forbidden", "application/json; charset=utf-8", "x-ms-request-id", "", \
                      "{\"error\":{\"code\":\"%c\",\"message\":\"%m\",\"innererror\":{\"code\":\"ForbiddenByRbac\"}}}" }
static const struct { char label[12]; struct wording wording; } azure_wording[] = {
    { "blob", STORAGE_XML }, { "queue", STORAGE_XML }, { "file", STORAGE_XML },
    { "dfs", { AS_JSON, "AuthorizationPermissionMismatch", "application/json;charset=utf-8", "x-ms-request-id", MISMATCH,
               "{\"error\":{\"code\":\"%c\",\"message\":\"%m\"}}" } },
    { "table", { AS_JSON, "AuthorizationPermissionMismatch", "application/json;odata=minimalmetadata;charset=utf-8",
                 "x-ms-request-id", MISMATCH,
                 "{\"odata.error\":{\"code\":\"%c\",\"message\":{\"lang\":\"en-US\",\"value\":\"%m\"}}}" } },
    { "vault", VAULT_JSON }, { "managedhsm", VAULT_JSON },
    { "documents", { AS_JSON, "Forbidden", "application/json", "x-ms-activity-id", "",
                     "{\"code\":\"%c\",\"message\":\"%m\"}" } },
};

/* JSON services that once spoke query: their SDKs take the error code from this header (Smithy: awsQueryCompatible). */
static const char query_compatible[][12] = { "cloudwatch", "sqs" };

/* Services whose own code for a missing permission is not their protocol's (their models in botocore). */
static const struct { char service[8], code[24]; } own_code[] = {
    { "sdb", "AuthorizationFailure" }, { "sns", "AuthorizationError" },
};

static void
add_operation(struct alps_text *t, const struct alps_decision *d, const struct alps_catalog *catalog)
{
    struct alps_room room;

    if (d->operation == 0) {
        alps_text_add(t, "a request");
        return;
    }
    if (d->name[0]) {
        alps_text_add(t, d->name);
        return;
    }
    alps_text_add(t, alps_operation_before(catalog, d->operation));
    if (*alps_operation_before(catalog, d->operation))
        alps_text_byte(t, '.');
    alps_text_add(t, alps_operation_name(catalog, d->operation, &room));
}

/* A name from the wire, in a message for people. */
static void
add_shown(struct alps_text *t, alps_slice name, size_t most)
{
    alps_slice shown = alps_text_clip(name, most);

    alps_text_shown(t, shown);
    if (shown.n < name.n)
        alps_text_add(t, "...");
}

static void
add_message(struct alps_text *t, const struct alps_decision *d, const struct alps_catalog *catalog, const char *file)
{
    alps_slice path = alps_slice_of(file);
    struct alps_room name;

    alps_text_add(t, "ALPS: ");
    if (d->reason == ALPS_NOT_LISTED && d->failed < d->n_accesses) {
        add_shown(t, alps_slice_of(alps_decision_action(d, catalog, d->failed, &name)), ACTION_SHOWN);
        alps_text_add(t, " on ");
        add_shown(t, alps_decision_resource(d, d->failed), RESOURCE_SHOWN);
        alps_text_add(t, " is not in the allowlist");
    } else {
        add_operation(t, d, catalog);
        alps_text_add(t, " to ");
        add_shown(t, alps_slice_of(d->host), sizeof d->host);
        alps_text_add(t, " is refused: ");
        alps_text_add(t, alps_reason_text(d->reason));
        alps_text_add(t, " (");
        alps_text_add(t, alps_reason_name(d->reason));
        alps_text_add(t, path.n ? "), allowlist" : ")");
    }
    if (path.n) {
        alps_text_byte(t, ' ');
        add_shown(t, path, FILE_SHOWN);
    }
}

size_t
alps_refusal_message(const struct alps_decision *d, const struct alps_catalog *catalog, const char *file, char *out,
                     size_t cap)
{
    struct alps_text t = { out, 0, cap ? cap - 1 : 0 };

    add_message(&t, d, catalog, file);
    if (t.n > t.cap)                    /* never through the middle of a character */
        t.n = t.cap ? alps_text_clip((alps_slice){ (const uint8_t *)out, t.cap }, t.cap - 1).n : 0;
    if (cap)
        out[t.n] = '\0';
    return t.n;
}

/* A request id that the same refusal has each time: it can be told from other refusals, and says where it comes from. */
static uint64_t
digest(alps_slice message)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < message.n; i++)
        h = (h ^ message.p[i]) * 0x100000001b3u;
    return h;
}

static void
add_id(struct alps_text *t, alps_slice message)
{
    alps_text_add(t, "alps-");
    alps_text_hex(t, digest(message), 16);
}

static const char *
code_of(const struct wording *w, const struct alps_decision *d, const struct alps_catalog *catalog)
{
    alps_slice service;

    if (d->vendor != ALPS_AWS || d->operation == 0 || w->escape == AS_CBOR)
        return w->code;
    service = alps_slice_of(alps_service_name(catalog, alps_operation_service(catalog, d->operation)));
    for (size_t i = 0; i < sizeof own_code / sizeof *own_code; i++)
        if (alps_slice_eq(service, alps_slice_of(own_code[i].service)))
            return own_code[i].code;
    return w->code;
}

static void
add_body(struct alps_text *t, const struct wording *w, const char *code, alps_slice message)
{
    for (const char *p = w->body; *p; p++) {
        if (*p != '%') {
            alps_text_byte(t, *p);
            continue;
        }
        switch (*++p) {
        case 'c': alps_text_add(t, code); break;
        case 'i': add_id(t, message); break;
        default:
            if (w->escape == AS_XML) {
                alps_text_xml(t, message);
            } else if (w->escape == AS_JSON) {
                alps_text_json(t, message);
            } else {
                alps_text_byte(t, (char)(message.n >> 8));
                alps_text_byte(t, (char)(message.n & 0xff));
                alps_text_slice(t, message);
            }
        }
    }
}

static const struct wording *
azure_wording_of(alps_slice host)
{
    for (size_t at = 0, to; at < host.n; at = to + 1) {
        for (to = at; to < host.n && host.p[to] != '.'; to++)
            ;
        for (size_t i = 0; at > 0 && i < sizeof azure_wording / sizeof *azure_wording; i++)
            if (alps_slice_eq(alps_slice_sub(host, at, to), alps_slice_of(azure_wording[i].label)))
                return &azure_wording[i].wording;
    }
    return &vendor_wording[ALPS_AZURE];
}

static const struct wording *
wording_of(const struct alps_decision *d)
{
    if (d->vendor == ALPS_AZURE)
        return azure_wording_of(alps_slice_of(d->host));
    if (d->vendor != ALPS_AWS)
        return d->vendor < ALPS_VENDOR_COUNT && vendor_wording[d->vendor].body ? &vendor_wording[d->vendor] : NULL;
    return &aws_wording[d->protocol < sizeof aws_wording / sizeof *aws_wording ? d->protocol : ALPS_PROTO_NONE];
}

static bool
is_query_compatible(const struct alps_decision *d, const struct alps_catalog *catalog)
{
    alps_slice service;

    if (d->vendor != ALPS_AWS || d->operation == 0 ||
        (d->protocol != ALPS_PROTO_JSON10 && d->protocol != ALPS_PROTO_JSON11 && d->protocol != ALPS_PROTO_CBOR))
        return false;
    service = alps_slice_of(alps_service_name(catalog, alps_operation_service(catalog, d->operation)));
    for (size_t i = 0; i < sizeof query_compatible / sizeof *query_compatible; i++)
        if (alps_slice_eq(service, alps_slice_of(query_compatible[i])))
            return true;
    return false;
}

static void
add_head(struct alps_text *t, const struct wording *w, const struct alps_decision *d, const struct alps_catalog *catalog,
         alps_slice message, size_t length)
{
    alps_text_add(t, "HTTP/1.1 403 Forbidden\r\nContent-Type: ");
    alps_text_add(t, w->type);
    alps_text_add(t, "\r\nContent-Length: ");
    alps_text_number(t, length, 1);
    alps_text_add(t, "\r\nConnection: close\r\n");
    if (w->id_header) {
        alps_text_add(t, w->id_header);
        alps_text_add(t, ": ");
        add_id(t, message);
        alps_text_add(t, "\r\n");
    }
    alps_text_add(t, w->fields);
    if (is_query_compatible(d, catalog))
        alps_text_add(t, "x-amzn-query-error: AccessDenied;Sender\r\n");
    alps_text_add(t, "x-alps-decision: deny ");
    alps_text_add(t, alps_reason_name(d->reason));
    alps_text_add(t, "\r\n\r\n");
}

size_t
alps_refusal_http1(const struct alps_decision *d, const struct alps_catalog *catalog, const char *file, char *out,
                   size_t cap)
{
    const struct wording *w = wording_of(d);
    const char *code;
    char text[MESSAGE_MAX];
    struct alps_text measure = { NULL, 0, 0 }, t = { out, 0, cap };
    alps_slice message = { (const uint8_t *)text, 0 };

    if (!w)
        return 0;
    message.n = alps_refusal_message(d, catalog, file, text, sizeof text);
    code = code_of(w, d, catalog);
    if (!d->head)
        add_body(&measure, w, code, message);
    add_head(&t, w, d, catalog, message, measure.n);
    if (!d->head)
        add_body(&t, w, code, message);
    return t.n <= cap ? t.n : 0;
}
