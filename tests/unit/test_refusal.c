#include "core/refusal.h"
#include "core/xml.h"

#include <cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>

static const struct alps_catalog *const catalog = &alps_catalog_builtin;
static char answer[ALPS_REFUSAL_MAX];

static struct alps_decision
decision(enum alps_protocol protocol, const char *service, const char *operation, const char *action,
         const char *resource, size_t n)
{
    struct alps_decision d = { .verdict = ALPS_DENY, .vendor = ALPS_AWS, .protocol = (uint8_t)protocol, .rule = UINT32_MAX };

    d.operation = alps_operation_find(catalog, alps_service_find(catalog, ALPS_AWS, alps_slice_of(service)),
                                      alps_slice_of(operation));
    cr_assert_neq(d.operation, 0, "%s.%s", service, operation);
    d.n_accesses = 1;
    d.access[0].action = alps_action_find(catalog, alps_slice_of(action));
    cr_assert_neq(d.access[0].action, 0, "%s", action);
    d.access[0].n = (uint16_t)n;
    memcpy(d.text, resource, n);
    strcpy(d.host, "host.example");
    return d;
}

/* The answer to a call that is not listed, NUL-terminated, and its body. */
static const char *
refuse(const struct alps_decision *d, const char **body)
{
    size_t n = alps_refusal_http1(d, catalog, "/opt/allowlist.json", answer, sizeof answer);
    const char *end;

    cr_assert(n > 0 && n < sizeof answer);
    answer[n] = '\0';
    end = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(end);
    *body = end + 4;
    return answer;
}

static size_t
stated_length(const char *text)
{
    const char *p = strstr(text, "\r\nContent-Length: ");

    cr_assert_not_null(p);
    return (size_t)strtoul(p + strlen("\r\nContent-Length: "), NULL, 10);
}

/* The text of the first element ${name}, read by the strict reader that requests are read by. */
static void
xml_text(const char *body, const char *name, char *out, size_t cap)
{
    struct alps_xml x = { 0 };
    alps_slice in = alps_slice_of(body), text;
    size_t at = 0, n = 0;
    bool inside = false, done = false;
    int event;

    while ((event = alps_xml_feed(&x, in, &at, &text)) != ALPS_XML_MORE) {
        cr_assert(event > 0, "not XML at %zu: %s", at, body);
        if (event == ALPS_XML_START)
            inside = !done && alps_slice_eq(text, alps_slice_of(name));
        else if (event == ALPS_XML_END)
            done |= inside, inside = false;
        else if (inside && n + text.n < cap)
            memcpy(out + n, text.p, text.n), n += text.n;
    }
    cr_assert_eq(alps_xml_end(&x), 0, "not complete: %s", body);
    out[n] = '\0';
}

#define MESSAGE(what) "ALPS: " what " is not in the allowlist /opt/allowlist.json"

struct row {
    enum alps_protocol protocol;
    const char *service, *operation, *action, *resource;
    const char *type, *code, *field;        /* content type; error code; a header line that must be there */
};
static const struct row rows[] = {
    { ALPS_PROTO_JSON10, "dynamodb", "PutItem", "dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:1:table/t",
      "application/x-amz-json-1.0", "AccessDeniedException", "x-amzn-errortype: AccessDeniedException" },
    { ALPS_PROTO_JSON11, "secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:a:1:secret:s",
      "application/x-amz-json-1.1", "AccessDeniedException", "x-amzn-errortype: AccessDeniedException" },
    { ALPS_PROTO_JSON10, "sqs", "SendMessage", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q",
      "application/x-amz-json-1.0", "AccessDeniedException", "x-amzn-query-error: AccessDenied;Sender" },
    { ALPS_PROTO_QUERY, "sns", "Publish", "sns:Publish", "arn:aws:sns:eu-west-1:1:t", "text/xml", "AuthorizationError", NULL },
    { ALPS_PROTO_EC2, "ec2", "TerminateInstances", "ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:1:instance/i-1",
      "text/xml;charset=UTF-8", "UnauthorizedOperation", NULL },
    { ALPS_PROTO_REST_JSON, "lambda", "Invoke", "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:f",
      "application/json", NULL, "x-amzn-errortype: AccessDeniedException" },
    { ALPS_PROTO_REST_XML, "route53", "GetHostedZone", "route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1",
      "text/xml", "AccessDenied", NULL },
    { ALPS_PROTO_S3, "s3", "PutObject", "s3:PutObject", "arn:aws:s3:::salaries/q3.csv", "application/xml", "AccessDenied",
      "x-amz-request-id: alps-" },
    { ALPS_PROTO_CBOR, "cloudwatch", "PutMetricData", "cloudwatch:PutMetricData", "*", "application/cbor",
      "AccessDeniedException", "smithy-protocol: rpc-v2-cbor" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct alps_decision
row_decision(const struct row *r)
{ return decision(r->protocol, r->service, r->operation, r->action, r->resource, strlen(r->resource)); }

Test(refusal, every_protocol_is_answered_as_its_clients_expect)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        struct alps_decision d = row_decision(r);
        char line[200];
        const char *body, *text = refuse(&d, &body);

        cr_expect(strncmp(text, "HTTP/1.1 403 Forbidden\r\n", 24) == 0);
        snprintf(line, sizeof line, "\r\nContent-Type: %s\r\n", r->type);
        cr_expect_not_null(strstr(text, line), "%s: %s", r->service, line);
        cr_expect_not_null(strstr(text, "\r\nConnection: close\r\n"));
        cr_expect_not_null(strstr(text, "\r\nx-alps-decision: deny NOT_LISTED\r\n"));
        snprintf(line, sizeof line, "\r\n%s", r->field ? r->field : "x-amzn-requestid: alps-");
        cr_expect_not_null(strstr(text, line), "%s: %s", r->service, line);
        cr_expect_null(strstr(text, "\r\nDate:"), "a wrong date is taken for clock skew");
        cr_expect_null(strstr(text, "Retry-After"));
        if (r->protocol != ALPS_PROTO_CBOR)
            cr_expect_eq(stated_length(text), strlen(body), "%s", r->service);
    }
}

Test(refusal, json_bodies_name_action_resource_and_allowlist)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        struct alps_decision d = row_decision(r);
        char expected[300];
        const char *body;
        cJSON *json;

        if (r->protocol != ALPS_PROTO_JSON10 && r->protocol != ALPS_PROTO_JSON11 && r->protocol != ALPS_PROTO_REST_JSON)
            continue;
        refuse(&d, &body);
        json = cJSON_Parse(body);
        cr_assert_not_null(json, "%s", body);
        snprintf(expected, sizeof expected, MESSAGE("%s on %s"), r->action, r->resource);
        cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "message")), expected);
        if (r->code)
            cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "__type")), r->code);
        cJSON_Delete(json);
    }
}

Test(refusal, xml_bodies_name_action_resource_and_allowlist)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        struct alps_decision d = row_decision(r);
        char expected[300], got[300];
        const char *body;

        if (r->protocol != ALPS_PROTO_QUERY && r->protocol != ALPS_PROTO_EC2 && r->protocol != ALPS_PROTO_REST_XML &&
            r->protocol != ALPS_PROTO_S3)
            continue;
        refuse(&d, &body);
        snprintf(expected, sizeof expected, MESSAGE("%s on %s"), r->action, r->resource);
        xml_text(body, "Message", got, sizeof got);
        cr_expect_str_eq(got, expected);
        xml_text(body, "Code", got, sizeof got);
        cr_expect_str_eq(got, r->code);
    }
}

Test(refusal, a_cbor_body_is_a_map_of_two_texts)
{
    static const char head[] = "\xa2\x66__type\x75""AccessDeniedException\x67message\x79";
    struct alps_decision d = row_decision(&rows[ROWS - 1]);
    const char *body, *message = MESSAGE("cloudwatch:PutMetricData on *");
    const char *text = refuse(&d, &body);

    cr_expect_eq(memcmp(body, head, sizeof head - 1), 0);
    body += sizeof head - 1;
    cr_expect_eq((size_t)(uint8_t)body[0] << 8 | (uint8_t)body[1], strlen(message));
    cr_expect_str_eq(body + 2, message);
    cr_expect_eq(stated_length(text), sizeof head - 1 + 2 + strlen(message));
}

Test(refusal, an_answer_to_head_has_no_body)
{
    struct alps_decision d = row_decision(&rows[7]);
    const char *body, *text;

    d.head = true;
    text = refuse(&d, &body);
    cr_expect_str_eq(body, "");
    cr_expect_eq(stated_length(text), 0);
}

Test(refusal, hostile_names_stay_text)
{
    static const char name[] = "arn:aws:s3:::b/\"},\"x\":\"<&>]]></Message><a>\r\nSet-Cookie: a=b\r\n\r\n\x01\x1b[2J\xff\xc0\xaf";
    static const char shown[] = "arn:aws:s3:::b/\"},\"x\":\"<&>]]></Message><a>\xef\xbf\xbd\xef\xbf\xbdSet-Cookie: a=b"
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd*\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd";
    struct alps_decision json = decision(ALPS_PROTO_JSON10, "s3", "PutObject", "s3:PutObject", name, sizeof name - 1);
    struct alps_decision xml = json;
    char expected[300], got[300];
    const char *body;
    cJSON *parsed;

    snprintf(expected, sizeof expected, MESSAGE("s3:PutObject on %s"), shown);
    refuse(&json, &body);
    cr_expect_null(strstr(answer, "\r\nSet-Cookie"));
    parsed = cJSON_Parse(body);
    cr_assert_not_null(parsed, "%s", body);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(parsed, "message")), expected);
    cr_expect_eq(cJSON_GetArraySize(parsed), 2);
    cJSON_Delete(parsed);

    xml.protocol = ALPS_PROTO_S3;
    refuse(&xml, &body);
    cr_expect_null(strstr(answer, "\r\nSet-Cookie"));
    xml_text(body, "Message", got, sizeof got);
    cr_expect_str_eq(got, expected);
}

Test(refusal, the_longest_names_still_fit)
{
    static const char worst[] = "\"\\&<\x01\xff";
    char file[4096];

    memset(file, '&', sizeof file - 1);
    file[sizeof file - 1] = '\0';
    for (unsigned protocol = 0; protocol <= ALPS_PROTO_CBOR; protocol++) {
        for (size_t c = 0; c < sizeof worst - 1; c++) {
            struct alps_decision d = decision((enum alps_protocol)protocol, "s3", "PutObject", "s3:PutObject", "", 0);
            size_t n;

            memset(d.text, worst[c], sizeof d.text);
            memset(d.host, worst[c], sizeof d.host - 1);
            d.access[0].n = ALPS_RESOURCE;
            n = alps_refusal_http1(&d, catalog, file, answer, sizeof answer);
            cr_expect(n > 1000, "protocol %u", protocol);
            d.reason = ALPS_BODY_DEPTH;
            n = alps_refusal_http1(&d, catalog, file, answer, sizeof answer);
            cr_expect(n > 500, "protocol %u", protocol);
            d.vendor = ALPS_GCP;
            cr_expect(alps_refusal_http1(&d, catalog, file, answer, sizeof answer) > 500);
            d.vendor = ALPS_AZURE;
            memcpy(d.host, "a.table.", strlen("a.table."));
            cr_expect(alps_refusal_http1(&d, catalog, file, answer, sizeof answer) > 500);
        }
    }
}

/* Azure's data planes: the code where its SDKs look for it, and a body that the service's own format reads. */
Test(refusal, each_data_plane_of_azure_has_its_own_words)
{
    static const struct { const char *host, *in_head, *in_body; } row[] = {
        { "shop.blob.core.windows.net", "\r\nx-ms-error-code: AuthorizationPermissionMismatch\r\n",
          "<Error><Code>AuthorizationPermissionMismatch</Code><Message>ALPS: " },
        { "shop-secondary.queue.core.windows.net", "\r\nContent-Type: application/xml\r\n", "<Message>ALPS: " },
        { "shop.z01.blob.storage.azure.net", "\r\nContent-Type: application/xml\r\n", "<Message>ALPS: " },
        { "shop.dfs.core.windows.net", "\r\nContent-Type: application/json;", "{\"error\":{\"code\":\"AuthorizationPermission" },
        { "shop.table.core.windows.net", "odata=minimalmetadata", "{\"odata.error\":{\"code\":\"AuthorizationPermissionMismatch\"" },
        { "shop.vault.azure.net", "\r\nContent-Type: application/json", "{\"error\":{\"code\":\"Forbidden\",\"message\":\"ALPS: " },
        { "shop.documents.azure.com", "\r\nx-ms-activity-id: alps-", "{\"code\":\"Forbidden\",\"message\":\"ALPS: " },
        { "management.azure.com", "\r\nx-ms-error-code: AuthorizationFailed\r\n", "{\"error\":{\"code\":\"AuthorizationFailed\"" },
        { "blob.example", "AuthorizationFailed", "AuthorizationFailed" },       /* the account's label is no service's */
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct alps_decision d = { .vendor = ALPS_AZURE, .reason = ALPS_UNKNOWN_API };
        const char *body, *text;

        strcpy(d.host, row[i].host);
        text = refuse(&d, &body);
        cr_expect(strstr(text, row[i].in_head) && strstr(text, row[i].in_head) < body, "%s: %s", row[i].host, text);
        cr_expect_not_null(strstr(body, row[i].in_body), "%s: %s", row[i].host, body);
        cr_expect_eq(stated_length(text), strlen(body));
        if (*body == '{') {
            cJSON *json = cJSON_Parse(body);

            cr_expect_not_null(json, "%s", body);
            cJSON_Delete(json);
        }
    }
}

Test(refusal, what_was_not_understood_says_why)
{
    struct alps_decision d = { .vendor = ALPS_AWS, .reason = ALPS_BODY_DUPLICATE, .host = "sqs.eu-west-1.amazonaws.com" };
    char text[400];

    alps_refusal_message(&d, catalog, "/a.json", text, sizeof text);
    cr_expect_str_eq(text, "ALPS: a request to sqs.eu-west-1.amazonaws.com is refused: the body says the same thing twice "
                           "(BODY_DUPLICATE), allowlist /a.json");
    d.reason = ALPS_NO_POLICY;
    alps_refusal_message(&d, catalog, "", text, sizeof text);
    cr_expect_str_eq(text, "ALPS: a request to sqs.eu-west-1.amazonaws.com is refused: there is no usable allowlist, so nothing "
                           "may leave (NO_POLICY)");
}

Test(refusal, the_access_that_failed_is_named)
{
    struct alps_decision d = decision(ALPS_PROTO_S3, "s3", "CopyObject", "s3:GetObject", "arn:aws:s3:::a/karn:aws:s3:::b/k", 32);
    char text[400];

    d.n_accesses = 2;
    d.access[0].n = 16;
    d.access[1].action = alps_action_find(catalog, ALPS_S("s3:PutObject"));
    d.access[1].at = d.access[1].n = 16;
    d.failed = 1;
    alps_refusal_message(&d, catalog, "x", text, sizeof text);
    cr_expect_str_eq(text, "ALPS: s3:PutObject on arn:aws:s3:::b/k is not in the allowlist x");
}

Test(refusal, a_host_that_is_no_cloud_api_has_no_answer)
{
    struct alps_decision d = { .reason = ALPS_HOST_NOT_LISTED, .host = "attacker.example" };

    cr_expect_eq(alps_refusal_http1(&d, catalog, "", answer, sizeof answer), 0);
}

Test(refusal, a_message_is_cut_between_characters_and_terminated)
{
    struct alps_decision d = { .vendor = ALPS_AWS, .reason = ALPS_NO_POLICY, .host = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" };
    char whole[400], cut[400];
    size_t n = alps_refusal_message(&d, catalog, "", whole, sizeof whole);

    for (size_t cap = 1; cap <= n; cap++) {
        size_t got;

        memset(cut, 'x', sizeof cut);
        got = alps_refusal_message(&d, catalog, "", cut, cap);
        cr_assert(got < cap && cut[got] == '\0');
        cr_assert_eq(memcmp(cut, whole, got), 0);
        cr_assert((whole[got] & 0xc0) != 0x80);
    }
}
