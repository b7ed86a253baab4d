#include <criterion/criterion.h>
#include <stdio.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

/* A request in short: the signature's scope, the head without Host's siblings, the body; and what it means. */
struct row {
    const char *scope;          /* "eu-west-1/s3"; NULL: not signed */
    const char *head;           /* "PUT /k|Host: b.s3.amazonaws.com|x-amz-acl: private": '|' ends a line */
    const char *body;
    const char *want;           /* "s3.PutObject s3:PutObject arn:…; …", or a reason */
};

static char said[8192];

static int
say(void *ctx, const struct alps_access *a)
{
    size_t n = strlen(said);

    (void)ctx;
    n += (size_t)snprintf(said + n, sizeof said - n, "%s %s ", n && strchr(said, ':') ? ";" : "",
                          alps_action_name(&alps_catalog_builtin, a->action, &(struct alps_room){ "" }));
    for (size_t i = 0; i < a->resource.n && n + 1 < sizeof said; i++, n++)
        said[n] = a->resource.p[i] == ALPS_MARK_UNKNOWN ? '*' : (char)a->resource.p[i];
    said[n] = 0;
    return 0;
}

static int
body_in_pieces(struct alps_call *call, const char *body, size_t piece)
{
    size_t n = strlen(body);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i += piece) {
        struct alps_call copy = *call;              /* a caller may copy it at any time */
        memset(call, 0xa5, sizeof *call);
        *call = copy;
        rc = alps_call_body(call, (alps_slice){ (const uint8_t *)body + i, n - i < piece ? n - i : piece }, say, NULL);
    }
    return rc;
}

/* "PUT /k|Host: h" → the head as it is on the wire. */
static size_t
wire_of(const struct row *r, char *wire)
{
    bool first = true;
    size_t n = 0;

    for (const char *p = r->head; *p; p++) {
        if (*p != '|') {
            wire[n++] = *p;
            continue;
        }
        n += (size_t)sprintf(wire + n, "%s\r\n", first ? " HTTP/1.1" : "");
        first = false;
    }
    if (r->scope)
        n += (size_t)sprintf(wire + n, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/%s/aws4_request, "
                             "SignedHeaders=host, Signature=00", r->scope);
    return n + (size_t)sprintf(wire + n, "\r\nContent-Length: %zu\r\n\r\n", strlen(r->body));
}

/* Map it; ${piece} bytes of body at a time. */
static const char *
mapped(const struct row *r, const struct alps_context *ctx, size_t piece)
{
    static char wire[9000], out[9000];
    static struct alps_request req;
    static struct alps_call call;
    struct alps_http1 http1 = { 0 };
    size_t n = wire_of(r, wire), k = 0;
    alps_slice port;
    int rc;

    said[0] = 0;
    if (alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req) <= 0)
        return "NO_HEAD";
    req.tls = ctx->endpoint == ALPS_VENDOR_NONE;
    alps_slice_cut(req.host, ':', &req.sni, &port);
    if (!req.tls)
        req.sni.n = 0;
    rc = alps_call_head(&call, &alps_catalog_builtin, &req, ctx);
    if (rc == 0 && call.body != ALPS_BODY_ABSENT)
        rc = body_in_pieces(&call, r->body, piece);
    if (rc == 0)
        rc = alps_call_end(&call, say, NULL);
    if (rc)
        return alps_reason_name((unsigned)-rc);
    for (unsigned i = 0; i < call.n_candidates; i++)
        k += (size_t)sprintf(out + k, "%s%s.%s", i ? "," : "",
                             alps_service_name(&alps_catalog_builtin, alps_operation_service(&alps_catalog_builtin, call.candidate[i])),
                             alps_operation_name(&alps_catalog_builtin, call.candidate[i], &(struct alps_room){ "" }));
    sprintf(out + k, "%s%s%s", said, call.platform ? " platform " : "", call.platform ? call.platform : "");
    return out;
}

static const struct alps_context own = { .role = { (const uint8_t *)"arn:aws:iam::1:role/own", 23 }, .account = { (const uint8_t *)"111122223333", 12 }, .region = { (const uint8_t *)"eu-west-1", 9 } };

static void
check_in(const struct row *rows, size_t n, const struct alps_context *ctx)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t piece = 4096; piece; piece = piece == 4096 ? 7 : piece == 7 ? 1 : 0) {
            const char *got = mapped(&rows[i], ctx, piece);
            cr_expect_str_eq(got, rows[i].want, "%s\n   is %s\n  not %s", rows[i].head, got, rows[i].want);
        }
    }
}

#define CHECK(...)                                                          \
    do {                                                                    \
        static const struct row rows_[] = { __VA_ARGS__ };                  \
        check_in(rows_, sizeof rows_ / sizeof *rows_, &own);                \
    } while (0)

#define S3 "eu-west-1/s3"
#define DDB "eu-west-1/dynamodb"
#define DHOST "|Host: dynamodb.eu-west-1.amazonaws.com|X-Amz-Target: DynamoDB_20120810."
#define TABLE "arn:aws:dynamodb:eu-west-1:111122223333:table/"

Test(call, s3_has_many_hosts_and_one_name)
{
    CHECK({ S3, "GET /k|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /b/k|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: B.S3.eu-west-1.AmazonAWS.com.:443", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: a.b.c.s3.dualstack.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::a.b.c/k" },
          { S3, "GET /k|Host: b.s3-fips.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: b.s3-accelerate.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: b.s3-eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: b.s3.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { "us-east-1/s3", "GET /k|Host: logs-eu-west-1.s3.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::logs-eu-west-1/k" },
          { S3, "GET /k|Host: a.us-east-1.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::a.us-east-1/k" },
          { "cn-north-1/s3", "GET /k|Host: b.s3.cn-north-1.amazonaws.com.cn", "", "s3.GetObject s3:GetObject arn:aws-cn:s3:::b/k" },
          { NULL, "GET /k|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" });
}

#define POINT "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap"
#define EXPRESS "arn:aws:s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3"
#define ZONE "b--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com"

Test(call, s3_has_other_names_for_buckets)
{
    CHECK({ S3, "GET /k|Host: ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject " POINT "/object/k" },
          { S3, "GET /?list-type=2|Host: ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "", "s3.ListObjectsV2 s3:ListBucket " POINT },
          { S3, "POST /?delete|Host: ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
            "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>",
            "s3.DeleteObjects s3:DeleteObject " POINT "/object/a; s3:DeleteObject " POINT "/object/b" },
          { S3, "GET /k|Host: ap-11112222333.s3-accesspoint.eu-west-1.amazonaws.com", "", "UNKNOWN_SERVICE" },
          { S3, "GET /k|Host: a.ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "", "UNKNOWN_SERVICE" },
          { S3, "GET /k|Host: x-s3alias.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:eu-west-1:*:accesspoint/x-s3alias/object/k" },
          { S3, "GET /arn%3Aaws%3As3%3Aeu-west-1%3A111122223333%3Aaccesspoint%2Fap/k|Host: s3.eu-west-1.amazonaws.com", "",
            "s3.GetObject s3:GetObject " POINT "/object/k" },
          { "s3", "GET /k|Host: m.mrap.accesspoint.s3-global.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3::*:accesspoint/m.mrap/object/k" },
          { NULL, "GET /k|Host: b.s3-website-eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k|Host: b.s3-website-eu-west-1.amazonaws.com", "", "SCOPE_DIFFERS" },
          { S3, "GET /k|Host: b--op-s3.s3.eu-west-1.amazonaws.com", "", "BAD_NAME" });
}

Test(call, hosts_that_need_other_actions_for_the_same_operation)
{
    CHECK({ "eu-west-1/s3express", "GET /k|Host: " ZONE, "", "s3.GetObject s3express:CreateSession " EXPRESS },
          { "eu-west-1/s3express", "GET /?session|Host: " ZONE, "", "s3.CreateSession s3express:CreateSession " EXPRESS },
          { "eu-west-1/s3express", "GET /k?acl|Host: " ZONE, "", "UNKNOWN_API" },
          { S3, "GET /k|Host: " ZONE, "", "SCOPE_DIFFERS" },
          { "eu-west-1/s3express", "GET /k|Host: b--euw1-az1--x-s3.s3.eu-west-1.amazonaws.com", "", "SCOPE_DIFFERS" },
          { "eu-west-1/s3express", "DELETE /b--euw1-az1--x-s3|Host: s3express-control.eu-west-1.amazonaws.com", "",
            "s3.DeleteBucket s3express:DeleteBucket " EXPRESS },
          { "eu-west-1/s3-outposts", "PUT /k|Host: ap-111122223333.op-1.s3-outposts.eu-west-1.amazonaws.com", "",
            "s3.PutObject s3-outposts:PutObject arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/ap/object/k" },
          { "eu-west-1/s3-object-lambda", "GET /k?versionId=1|Host: ap-111122223333.s3-object-lambda.eu-west-1.amazonaws.com", "",
            "s3.GetObject s3-object-lambda:GetObjectVersion arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/ap" },
          { "eu-west-1/lambda", "PUT /a/b|Host: abc.lambda-url.eu-west-1.on.aws", "",
            "lambda.InvokeFunctionUrl lambda:InvokeFunctionUrl arn:aws:lambda:eu-west-1:*:function:abc" });
}

#define FORM "POST /|Host: ec2.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded"
#define EC2 "Action=TerminateInstances&Version=2016-11-15&"
#define INSTANCE "ec2:TerminateInstances arn:aws:ec2:eu-west-1:111122223333:instance/"

Test(call, each_element_of_a_form_s_list_is_an_access)
{
    CHECK({ "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceId.2=i-2", "ec2.TerminateInstances " INSTANCE "i-1; " INSTANCE "i-2" },
          { "eu-west-1/ec2", FORM, "InstanceId.1=i-1&InstanceId.1=i-2&Version=2016-11-15&Action=TerminateInstances", "BODY_DUPLICATE" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceId.1=i-2", "ec2.TerminateInstances " INSTANCE "i-1; " INSTANCE "i-2" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.item.7=i-1", "ec2.TerminateInstances " INSTANCE "i-1" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceId.x=i-2", "BODY_SYNTAX" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceId.1.2.3=i-2", "BODY_SYNTAX" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&INSTANCEID.2=i-2", "BODY_SYNTAX" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceIds=x", "ec2.TerminateInstances " INSTANCE "i-1" },
          { "eu-west-1/ec2", FORM, EC2 "InstanceId.1=i-1&InstanceId.0000000000000000000000000000000000000000000000000000000000000"
            "00000000000000000000000000000000000000000000000002=i-2", "BODY_LATE" },
          { "eu-west-1/ec2", FORM, EC2 "DryRun=true", "NO_RESOURCE" });
}

Test(call, s3_operations_are_told_apart_by_query_and_headers)
{
    CHECK({ S3, "GET /|Host: s3.eu-west-1.amazonaws.com", "", "s3.ListBuckets s3:ListAllMyBuckets *" },
          { S3, "GET /?list-type=2&prefix=a|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.ListObjectsV2 s3:ListBucket arn:aws:s3:::b" },
          { S3, "PUT /b/|Host: s3.eu-west-1.amazonaws.com", "", "s3.CreateBucket s3:CreateBucket arn:aws:s3:::b" },
          { S3, "DELETE /b/k/|Host: s3.eu-west-1.amazonaws.com", "", "s3.DeleteObject s3:DeleteObject arn:aws:s3:::b/k/" },
          { S3, "PUT /k?x-id=PutObject|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.PutObject s3:PutObject arn:aws:s3:::b/k" },
          { S3, "PUT /k?acl|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.PutObjectAcl s3:PutObjectAcl arn:aws:s3:::b/k" },
          { S3, "PUT /k?acl=|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.PutObjectAcl s3:PutObjectAcl arn:aws:s3:::b/k" },
          { S3, "PUT /k?partNumber=1&uploadId=x|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.UploadPart s3:PutObject arn:aws:s3:::b/k" },
          { S3, "GET /k?partNumber=1|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /k?versionId=3|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObjectVersion arn:aws:s3:::b/k" },
          { S3, "POST /k?uploads|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.CreateMultipartUpload s3:PutObject arn:aws:s3:::b/k" },
          { S3, "POST /k?uploadId=x|Host: b.s3.eu-west-1.amazonaws.com", "<C/>", "s3.CompleteMultipartUpload s3:PutObject arn:aws:s3:::b/k" },
          { S3, "GET /?analytics|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.ListBucketAnalyticsConfigurations s3:GetAnalyticsConfiguration arn:aws:s3:::b" },
          { S3, "GET /?analytics&id=1|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetBucketAnalyticsConfiguration s3:GetAnalyticsConfiguration arn:aws:s3:::b" });
}

Test(call, s3_subresources_that_are_not_known_never_fall_through)
{
    CHECK({ S3, "DELETE /?accelerate|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { S3, "PUT /k?attributes|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { S3, "GET /k?acl&tagging|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { S3, "GET /k?ACL|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { S3, "GET /k?acl&acl|Host: b.s3.eu-west-1.amazonaws.com", "", "BAD_TARGET" },
          { S3, "GET /k?brandnew|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { S3, "GET /k?%61cl|Host: b.s3.eu-west-1.amazonaws.com", "", "s3.GetObjectAcl s3:GetObjectAcl arn:aws:s3:::b/k" },
          { S3, "POST /|Host: b.s3.eu-west-1.amazonaws.com|Content-Type: multipart/form-data", "x", "UNKNOWN_API" },
          { S3, "PATCH /k|Host: b.s3.eu-west-1.amazonaws.com", "", "UNKNOWN_API" });
}

Test(call, s3_headers_ask_for_more)
{
    CHECK({ S3, "PUT /k|Host: b.s3.eu-west-1.amazonaws.com|x-amz-acl: public-read|x-amz-tagging: a=b", "",
            "s3.PutObject s3:PutObject arn:aws:s3:::b/k; s3:PutObjectAcl arn:aws:s3:::b/k; s3:PutObjectTagging arn:aws:s3:::b/k" },
          { S3, "PUT /k|Host: b.s3.eu-west-1.amazonaws.com|x-amz-object-lock-legal-hold: ON", "",
            "s3.PutObject s3:PutObject arn:aws:s3:::b/k; s3:PutObjectLegalHold arn:aws:s3:::b/k" },
          { S3, "PUT /k|Host: b.s3.eu-west-1.amazonaws.com|x-amz-copy-source: /src/a%20b", "",
            "s3.CopyObject s3:GetObject arn:aws:s3:::src/a b; s3:PutObject arn:aws:s3:::b/k" },
          { S3, "PUT /k?partNumber=1&uploadId=x|Host: b.s3.eu-west-1.amazonaws.com|x-amz-copy-source: src/k?versionId=7", "",
            "s3.UploadPartCopy s3:GetObjectVersion arn:aws:s3:::src/k; s3:PutObject arn:aws:s3:::b/k" },
          { S3, "DELETE /k?versionId=1|Host: b.s3.eu-west-1.amazonaws.com|x-amz-bypass-governance-retention: true", "",
            "s3.DeleteObject s3:DeleteObjectVersion arn:aws:s3:::b/k; s3:BypassGovernanceRetention arn:aws:s3:::b/k" },
          { S3, "POST /?delete|Host: b.s3.eu-west-1.amazonaws.com",
            "<Delete><Object><Key>a</Key></Object><Object><VersionId>1</VersionId><Key>b&amp;c</Key></Object></Delete>",
            "s3.DeleteObjects s3:DeleteObject arn:aws:s3:::b/a; s3:DeleteObjectVersion arn:aws:s3:::b/b&c" },
          { S3, "POST /?delete|Host: b.s3.eu-west-1.amazonaws.com", "<Delete><Object></Object></Delete>", "NO_RESOURCE" },
          { S3, "POST /?delete|Host: b.s3.eu-west-1.amazonaws.com", "<Delete></Delete>", "NO_RESOURCE" });
}

Test(call, names_in_paths)
{
    CHECK({ S3, "GET /%62/%6b|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { S3, "GET /b/a%252e%252e|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/a%2e%2e" },
          { S3, "GET /b/a%2Fb|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/a/b" },
          { S3, "GET /b/ok/../no|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/ok/../no" },
          { S3, "GET /b//k|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b//k" },
          { S3, "GET /b/a+b|Host: s3.eu-west-1.amazonaws.com", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/a+b" },
          { S3, "GET /b/%c0%af|Host: s3.eu-west-1.amazonaws.com", "", "BAD_NAME" },
          { S3, "GET /b/%00|Host: s3.eu-west-1.amazonaws.com", "", "BAD_NAME" },
          { S3, "GET /b/%01|Host: s3.eu-west-1.amazonaws.com", "", "BAD_NAME" },
          { S3, "GET /b/%e|Host: s3.eu-west-1.amazonaws.com", "", "NO_HEAD" },
          { S3, "GET /reports%2Fx/k|Host: s3.eu-west-1.amazonaws.com", "", "BAD_NAME" },
          { "eu-west-1/lambda", "GET /2015-03-31/functions/../functions|Host: lambda.eu-west-1.amazonaws.com", "", "UNKNOWN_API" },
          { "eu-west-1/lambda", "GET /2015-03-31/functions/..|Host: lambda.eu-west-1.amazonaws.com", "", "BAD_NAME" });
}

Test(call, hosts_must_be_the_vendors_and_agree_with_the_signature)
{
    CHECK({ S3, "GET /k|Host: s3.amazonaws.com.evil.com", "", "HOST_NOT_LISTED" },
          { S3, "GET /k|Host: evilamazonaws.com", "", "HOST_NOT_LISTED" },
          { S3, "GET /k|Host: user@s3.amazonaws.com", "", "NO_HEAD" },
          { S3, "GET /k|Host: b.s3.eu-west-1.amazonaws.com:8443", "", "UNKNOWN_SERVICE" },
          { S3, "GET /k|Host: nosuch.eu-west-1.amazonaws.com", "", "UNKNOWN_SERVICE" },
          { NULL, "GET /k|Host: nosuchapi.googleapis.com", "", "UNKNOWN_SERVICE" },
          { NULL, "GET /k|Host: a.file.core.windows.net", "", "UNKNOWN_API" },
          { NULL, "GET /k|Host: api.stripe.com", "", "HOST_NOT_LISTED" },
          { NULL, "GET /k|Host: x.eu-west-1.elb.amazonaws.com", "", "HOST_NOT_LISTED" },
          { S3, "POST /" DHOST "PutItem", "{\"TableName\":\"t\"}", "SCOPE_DIFFERS" },
          { "us-east-1/dynamodb", "POST /" DHOST "PutItem", "{\"TableName\":\"t\"}", "REGION_DIFFERS" },
          { DDB, "GET /k|Host: b.s3.eu-west-1.amazonaws.com", "", "SCOPE_DIFFERS" },
          { NULL, "GET /k?X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fs3%2Faws4_request|Host: b.s3.eu-west-1.amazonaws.com", "",
            "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
          { NULL, "GET /k?X-Amz-Credential=AKIA%2F20260101%2Fus-west-2%2Fs3%2Faws4_request|Host: b.s3.eu-west-1.amazonaws.com", "", "REGION_DIFFERS" },
          { S3, "GET /k?X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fs3%2Faws4_request|Host: b.s3.eu-west-1.amazonaws.com", "", "SCOPE_DIFFERS" });
}

Test(call, tls_server_name_and_host_agree)
{
    struct alps_call call;
    static struct alps_request r = { .method = { (const uint8_t *)"GET", 3 }, .path = { (const uint8_t *)"/", 1 }, .tls = true };

    r.host = ALPS_S("s3.amazonaws.com");
    r.sni = ALPS_S("evil.com");
    cr_expect_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), -ALPS_HOST_DIFFERS);
    r.sni = (alps_slice){ NULL, 0 };
    cr_expect_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), -ALPS_HOST_DIFFERS);
    r.sni = ALPS_S("S3.AmazonAWS.com");
    cr_expect_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), 0);
    r.host = ALPS_S("api.stripe.com");
    cr_expect_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), -ALPS_HOST_DIFFERS);
}

Test(call, dynamodb_names_tables_in_its_body)
{
    CHECK({ DDB, "POST /" DHOST "PutItem", "{\"Item\":{\"TableName\":{\"S\":\"decoy\"}},\"TableName\":\"t\"}", "dynamodb.PutItem dynamodb:PutItem " TABLE "t" },
          { DDB, "POST /" DHOST "GetItem", "{\"TableName\":\"arn:aws:dynamodb:eu-west-1:9:table/t\"}", "dynamodb.GetItem dynamodb:GetItem arn:aws:dynamodb:eu-west-1:9:table/t" },
          { DDB, "POST /" DHOST "Query", "{\"IndexName\":\"i\",\"TableName\":\"t\"}", "dynamodb.Query dynamodb:Query " TABLE "t/index/i" },
          { DDB, "POST /" DHOST "Scan", "{\"TableName\":\"t\"}", "dynamodb.Scan dynamodb:Scan " TABLE "t" },
          { DDB, "POST /" DHOST "BatchGetItem", "{\"RequestItems\":{\"a\":{\"Keys\":[]},\"b\":{}}}", "dynamodb.BatchGetItem dynamodb:BatchGetItem " TABLE "a; dynamodb:BatchGetItem " TABLE "b" },
          { DDB, "POST /" DHOST "BatchGetItem", "{\"RequestItems\":{}}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "TransactGetItems", "{\"TransactItems\":[{\"Get\":{\"TableName\":\"a\"}},{\"Get\":{\"TableName\":\"b\"}}]}",
            "dynamodb.TransactGetItems dynamodb:GetItem " TABLE "a; dynamodb:GetItem " TABLE "b" },
          { DDB, "POST /" DHOST "TransactWriteItems", "{\"TransactItems\":[{\"Put\":{\"TableName\":\"a\"}},{\"ConditionCheck\":{\"TableName\":\"b\"}}]}",
            "dynamodb.TransactWriteItems dynamodb:PutItem " TABLE "a; dynamodb:ConditionCheckItem " TABLE "b" },
          { DDB, "POST /" DHOST "TransactWriteItems", "{\"TransactItems\":[{\"Put\":{\"TableName\":\"a\"}},{\"New\":{\"TableName\":\"b\"}}]}", "NO_RESOURCE" },
          { DDB, "POST /|Host: 444455556666.ddb.eu-west-1.amazonaws.com|X-Amz-Target: DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}",
            "dynamodb.GetItem dynamodb:GetItem arn:aws:dynamodb:eu-west-1:444455556666:table/t" });
}

Test(call, partiql_names_verb_and_table_in_a_text)
{
    CHECK({ DDB, "POST /" DHOST "ExecuteStatement", "{\"Statement\":\"DELETE FROM t WHERE pk = 'FROM u'\"}",
            "dynamodb.ExecuteStatement dynamodb:PartiQLDelete " TABLE "t" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{\"Parameters\":[{\"S\":\"a\"}],\"Statement\":\"SELECT *\\nFROM \\\"t\\\".\\\"i\\\"\"}",
            "dynamodb.ExecuteStatement dynamodb:PartiQLSelect " TABLE "t/index/i" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{\"Statement\":\"SELECT * FROM \\\"arn:aws:dynamodb:us-east-1:9:table/t\\\".i\"}",
            "dynamodb.ExecuteStatement dynamodb:PartiQLSelect arn:aws:dynamodb:us-east-1:9:table/t/index/i" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{\"Statement\":\"SELECT * FROM a, b\"}", "STATEMENT" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{\"Statement\":\"\"}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "ExecuteStatement", "{\"Statement\":[\"SELECT * FROM t\"]}", "BODY_TYPE" },
          { DDB, "POST /" DHOST "BatchExecuteStatement", "{\"Statements\":[{\"Statement\":\"SELECT * FROM a WHERE x=1\"},{\"Parameters\":[],\"Statement\":\"INSERT INTO b VALUE {'x':?}\"}]}",
            "dynamodb.BatchExecuteStatement dynamodb:PartiQLSelect " TABLE "a; dynamodb:PartiQLInsert " TABLE "b" },
          { DDB, "POST /" DHOST "BatchExecuteStatement", "{\"Statements\":[{\"Statement\":\"SELECT * FROM a\"},{\"Statement\":\"DROP TABLE b\"}]}", "STATEMENT" },
          { DDB, "POST /" DHOST "BatchExecuteStatement", "{\"Statements\":[{\"Statement\":\"SELECT * FROM a\"},{}]}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "BatchExecuteStatement", "{\"Statements\":[]}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "ExecuteTransaction", "{\"TransactStatements\":[{\"Statement\":\"EXISTS(SELECT * FROM a WHERE x=1)\"},{\"Statement\":\"UPDATE b SET y=2 WHERE x=1\"}]}",
            "dynamodb.ExecuteTransaction dynamodb:PartiQLSelect " TABLE "a; dynamodb:PartiQLUpdate " TABLE "b" });
}

/* 8192 bytes are the most that the service takes. */
Test(call, long_statements_are_read_to_their_end)
{
    static const char head[] = "{\"Statement\":\"INSERT INTO t VALUE {'pk':'", behind[] = "'} DELETE FROM u WHERE x=1\"}";
    static char body[9000];
    static struct row r = { DDB, "POST /" DHOST "ExecuteStatement", body, "STATEMENT" };
    size_t from = (size_t)snprintf(body, sizeof body, "%s", head);

    memset(body + from, 'x', 8100);
    snprintf(body + from + 8100, sizeof body - from - 8100, "%s", behind);
    check_in(&r, 1, &own);
    snprintf(body + from + 8100, sizeof body - from - 8100, "%s", "'}\"}");
    r.want = "dynamodb.ExecuteStatement dynamodb:PartiQLInsert " TABLE "t";
    check_in(&r, 1, &own);
    memset(body + from, 'x', 8200);
    snprintf(body + from + 8200, sizeof body - from - 8200, "%s", "'}\"}");
    r.want = "NAME_TOO_LONG";
    check_in(&r, 1, &own);
}

Test(call, a_service_of_all_regions_is_signed_for_one)
{
    CHECK({ "us-east-1/health", "POST /|Host: health.eu-west-1.amazonaws.com|X-Amz-Target: AWSHealth_20160804.DescribeEvents", "{}",
            "health.DescribeEvents health:DescribeEvents *" },
          { "us-east-1/dynamodb", "POST /" DHOST "PutItem", "{\"TableName\":\"t\"}", "REGION_DIFFERS" });
}

#define KINESIS "eu-west-1/kinesis", "POST /|Host: kinesis.eu-west-1.amazonaws.com|X-Amz-Target: Kinesis_20131202.PutRecord|Content-Type: "
#define CODEBUILD(type) "eu-west-1/codebuild", "POST /service/CodeBuild_20161006/operation/StartBuild|Host: codebuild.eu-west-1.amazonaws.com|" \
    "Smithy-Protocol: rpc-v2-cbor" type
#define BUILD "codebuild.StartBuild codebuild:StartBuild arn:aws:codebuild:eu-west-1:111122223333:project/shop"

Test(call, cbor_bodies_name_resources)
{
    CHECK({ CODEBUILD("|Content-Type: application/cbor"), "\xa1\x6bprojectName\x64shop", BUILD },
          { CODEBUILD(""), "\xbf\x6bprojectName\x7f\x62sh\x62op\xff\xff", BUILD },
          { CODEBUILD("|Content-Type: application/cbor"), "\xa1\x6bProjectName\x64shop", "BODY_SYNTAX" },
          { CODEBUILD("|Content-Type: application/cbor"), "\xa2\x6bprojectName\x64shop\x6bprojectName\x64shop", "BODY_DUPLICATE" },
          { CODEBUILD("|Content-Type: application/cbor"), "{\"projectName\":\"shop\"}", "BODY_SYNTAX" },
          { CODEBUILD("|Content-Type: application/json"), "\xa1\x6bprojectName\x64shop", "PROTOCOL_DIFFERS" },
          { CODEBUILD("|Content-Encoding: gzip"), "\xa1\x6bprojectName\x64shop", "BODY_ENCODING" },
          { "eu-west-1/dynamodb", "POST /service/CodeBuild_20161006/operation/StartBuild|Host: codebuild.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor", "",
            "SCOPE_DIFFERS" },
          { "eu-west-1/codebuild", "POST /service/CodeDeploy_20141006/operation/StartBuild|Host: codebuild.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor", "",
            "UNKNOWN_API" },
          { "eu-west-1/codebuild", "POST /service/CodeBuild_20161006/operation/StartBuild/x|Host: codebuild.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor", "",
            "UNKNOWN_API" });
}

Test(call, a_target_with_a_cbor_body)
{
    CHECK({ KINESIS "application/x-amz-cbor-1.1", "\xbf\x6aStreamName\x66orders\x64" "Data\x41\x01\xff",
            "kinesis.PutRecord kinesis:PutRecord arn:aws:kinesis:eu-west-1:111122223333:stream/orders" },
          { KINESIS "application/x-amz-cbor-1.1", "{\"StreamName\":\"orders\"}", "BODY_SYNTAX" },
          { KINESIS "application/x-amz-json-1.1", "\xa1\x6aStreamName\x66orders", "BODY_SYNTAX" },
          { KINESIS "application/cbor", "\xa1\x6aStreamName\x66orders", "PROTOCOL_DIFFERS" });
}

Test(call, bodies_that_lie_are_refused)
{
    CHECK({ DDB, "POST /" DHOST "PutItem", "{\"TableName\":\"a\",\"TableName\":\"b\"}", "BODY_DUPLICATE" },
          { DDB, "POST /" DHOST "PutItem", "{\"TableName\":[\"a\"]}", "BODY_TYPE" },
          { DDB, "POST /" DHOST "PutItem", "{}", "NO_RESOURCE" },
          { DDB, "POST /" DHOST "PutItem", "TableName=a", "BODY_SYNTAX" },
          { DDB, "POST /" DHOST "PutItem", "{\"TableName\":\"a\\u0001\"}", "BAD_NAME" },
          { DDB, "POST /" DHOST "PutItem|Content-Encoding: gzip", "x", "BODY_ENCODING" },
          { DDB, "POST /" DHOST "PutItem|Content-Type: application/json; charset=utf-16", "{}", "BODY_ENCODING" });
}

Test(call, the_operation_is_said_once)
{
    CHECK({ DDB, "POST /|Host: dynamodb.eu-west-1.amazonaws.com|X-Amz-Target: com.amazonaws.DynamoDB_20120810.PutItem", "{\"TableName\":\"t\"}", "dynamodb.PutItem dynamodb:PutItem " TABLE "t" },
          { DDB, "POST /|Host: dynamodb.eu-west-1.amazonaws.com|X-Amz-Target: DynamoDBStreams_20120810.PutItem", "{}", "UNKNOWN_API" },
          { DDB, "POST /|Host: dynamodb.eu-west-1.amazonaws.com|X-Amz-Target: DynamoDB_20120810.putitem", "{}", "UNKNOWN_API" },
          { DDB, "POST /|Host: dynamodb.eu-west-1.amazonaws.com|X-Amz-Target: PutItem", "{}", "UNKNOWN_API" },
          { DDB, "GET /" DHOST "PutItem", "", "UNKNOWN_API" },
          { DDB, "POST /?Action=GetItem" DHOST "PutItem", "{\"TableName\":\"t\"}", "PROTOCOL_DIFFERS" },
          { DDB, "POST /?X-Amz-Target=DynamoDB_20120810.PutItem|Host: dynamodb.eu-west-1.amazonaws.com", "{\"TableName\":\"t\"}", "UNKNOWN_API" },
          { DDB, "POST /" DHOST "PutItem|Smithy-Protocol: rpc-v2-cbor", "{\"TableName\":\"t\"}", "PROTOCOL_DIFFERS" },
          { "eu-west-1/monitoring", "POST /service/GraniteServiceVersion20100801/operation/PutMetricData|Host: monitoring.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor", "\xa0",
            "cloudwatch.PutMetricData cloudwatch:PutMetricData *" },
          { "eu-west-1/codebuild", "POST /service/CodeBuild_20161006/operation/BatchGetBuilds|Host: codebuild.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor", "\xa0",
            "codebuild.BatchGetBuilds codebuild:BatchGetBuilds *" },
          { "eu-west-1/acm-pca", "POST /service/ACMPrivateCA/operation/DescribeCertificateAuthority|Host: acm-pca.eu-west-1.amazonaws.com|Smithy-Protocol: rpc-v2-cbor",
            "\xa1\x77" "CertificateAuthorityArn" "\x6f" "arn:aws:x:r:a:b",
            "acm-pca.DescribeCertificateAuthority acm-pca:DescribeCertificateAuthority arn:aws:x:r:a:b" },
          { "eu-west-1/monitoring", "POST /|Host: monitoring.eu-west-1.amazonaws.com|X-Amz-Target: GraniteServiceVersion20100801.PutMetricData", "{}",
            "cloudwatch.PutMetricData cloudwatch:PutMetricData *" },
          { "eu-west-1/monitoring", "POST /|Host: monitoring.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded", "Action=PutMetricData&Version=2010-08-01",
            "cloudwatch.PutMetricData cloudwatch:PutMetricData *" });
}

#define SNS "eu-west-1/sns"
#define SNSHOST "|Host: sns.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded"
#define TOPIC "arn%3Aaws%3Asns%3Aeu-west-1%3A1%3At"

Test(call, forms_name_operation_and_resource_in_any_order)
{
    CHECK({ SNS, "POST /" SNSHOST, "Action=Publish&Version=2010-03-31&TopicArn=" TOPIC "&Message=m", "sns.Publish sns:Publish arn:aws:sns:eu-west-1:1:t" },
          { SNS, "POST /" SNSHOST, "Message=m&TopicArn=" TOPIC "&Version=2010-03-31&Action=Publish", "sns.Publish sns:Publish arn:aws:sns:eu-west-1:1:t" },
          { SNS, "POST /" SNSHOST, "Action=Publish&Version=2010-03-31&PhoneNumber=%2B1", "sns.Publish sns:Publish *" },
          { SNS, "GET /?Action=Publish&Version=2010-03-31&TopicArn=" TOPIC "|Host: sns.eu-west-1.amazonaws.com", "", "sns.Publish sns:Publish arn:aws:sns:eu-west-1:1:t" },
          { SNS, "POST /?Action=ListTopics&Version=2010-03-31" SNSHOST, "Action=Publish&TopicArn=" TOPIC, "BODY_DUPLICATE" },
          { SNS, "POST /" SNSHOST, "Action=Publish&Version=2010-03-31&TopicArn=" TOPIC "&TopicArn=x", "BODY_DUPLICATE" },
          { SNS, "POST /" SNSHOST, "TopicArn=x&TopicArn=" TOPIC "&Action=Publish&Version=2010-03-31", "BODY_DUPLICATE" },
          { SNS, "POST /" SNSHOST, "Action=Publish&Action=ListTopics&Version=2010-03-31", "BODY_DUPLICATE" },
          { SNS, "POST /" SNSHOST, "action=Publish&Version=2010-03-31", "UNKNOWN_API" },
          { SNS, "POST /" SNSHOST, "Action=Publish&Version=2009-01-01&TopicArn=x", "UNKNOWN_API" },
          { SNS, "POST /" SNSHOST, "Action=Publish&TopicArn=x", "UNKNOWN_API" },
          { SNS, "POST /" SNSHOST, "{\"Action\":\"Publish\"}", "BODY_SYNTAX" },
          { SNS, "POST /x" SNSHOST, "Action=Publish&Version=2010-03-31&TopicArn=" TOPIC, "UNKNOWN_API" });
}

Test(call, a_version_chooses_between_apis_of_one_host)
{
#define ELB "|Host: elasticloadbalancing.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded"
    CHECK({ "eu-west-1/elasticloadbalancing", "POST /" ELB, "Action=DescribeLoadBalancers&Version=2012-06-01", "elb.DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancers *" },
          { "eu-west-1/elasticloadbalancing", "POST /" ELB, "Action=DescribeLoadBalancers&Version=2015-12-01", "elbv2.DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancers *" },
          { "eu-west-1/rds", "POST /|Host: rds.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded", "Action=DescribeDBClusters&Version=2014-10-31",
            "docdb.DescribeDBClusters,neptune.DescribeDBClusters,rds.DescribeDBClusters rds:DescribeDBClusters *" });
}

#define SQS "eu-west-1/sqs"
#define SQSHOST "|Host: sqs.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded"
#define SQSJSON "|Host: sqs.eu-west-1.amazonaws.com|X-Amz-Target: AmazonSQS."

Test(call, queues_are_named_by_url_in_body_or_path)
{
    CHECK({ SQS, "POST /" SQSJSON "SendMessage", "{\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/9/q\",\"MessageBody\":\"m\"}", "sqs.SendMessage sqs:SendMessage arn:aws:sqs:eu-west-1:9:q" },
          { SQS, "POST /" SQSJSON "SendMessageBatch", "{\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/9/q\"}", "sqs.SendMessageBatch sqs:SendMessage arn:aws:sqs:eu-west-1:9:q" },
          { SQS, "POST /" SQSJSON "SendMessage", "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/9/q\"}", "REGION_DIFFERS" },
          { SQS, "POST /" SQSJSON "GetQueueUrl", "{\"QueueName\":\"q\"}", "sqs.GetQueueUrl sqs:GetQueueUrl arn:aws:sqs:eu-west-1:111122223333:q" },
          { SQS, "POST /" SQSJSON "GetQueueUrl", "{\"QueueName\":\"q\",\"QueueOwnerAWSAccountId\":\"9\"}", "sqs.GetQueueUrl sqs:GetQueueUrl arn:aws:sqs:eu-west-1:9:q" },
          { SQS, "POST /9/q" SQSHOST, "Action=SendMessage&Version=2012-11-05&MessageBody=m", "sqs.SendMessage sqs:SendMessage arn:aws:sqs:eu-west-1:9:q" },
          { SQS, "POST /9/q" SQSHOST, "Action=SendMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F9%2Fq", "sqs.SendMessage sqs:SendMessage arn:aws:sqs:eu-west-1:9:q" },
          { SQS, "POST /9/other" SQSHOST, "Action=SendMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F9%2Fq", "PROTOCOL_DIFFERS" },
          { SQS, "POST /9/q" SQSHOST, "Action=ListQueues&Version=2012-11-05", "UNKNOWN_API" });
}

Test(call, other_services)
{
#define JSON(host, target) "POST /|Host: " host ".eu-west-1.amazonaws.com|X-Amz-Target: " target
    CHECK({ "eu-west-1/lambda", "POST /2015-03-31/functions/f/invocations?Qualifier=PROD|Host: lambda.eu-west-1.amazonaws.com", "{}",
            "lambda.Invoke lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f:PROD" },
          { "eu-west-1/lambda", "POST /2021-11-15/functions/f/response-streaming-invocations|Host: lambda.eu-west-1.amazonaws.com", "{}",
            "lambda.InvokeWithResponseStream lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f" },
          { "eu-west-1/secretsmanager", JSON("secretsmanager", "secretsmanager.GetSecretValue"), "{\"SecretId\":\"my-secret\"}",
            "secretsmanager.GetSecretValue secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:my-secret" },
          { "eu-west-1/execute-api", "POST /prod/@connections/x%3D|Host: a1b2.execute-api.eu-west-1.amazonaws.com", "m",
            "apigatewaymanagementapi.PostToConnection execute-api:ManageConnections "
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2/prod/POST/@connections/x=" },
          { "eu-west-1/execute-api", "POST /prod/orders|Host: a1b2.execute-api.eu-west-1.amazonaws.com", "m",
            "apigatewaymanagementapi.Invoke execute-api:Invoke arn:aws:execute-api:eu-west-1:111122223333:a1b2/prod/POST/orders" },
          { "eu-west-1/es", "POST /i/_search|Host: search-my-d-0abc.eu-west-1.es.amazonaws.com", "{}",
            "es.ESHttpPost es:ESHttpPost arn:aws:es:eu-west-1:*:domain/my-d/i/_search" },
          { "eu-west-1/aoss", "POST /i/_search|Host: 0abc.eu-west-1.aoss.amazonaws.com", "{}",
            "opensearchserverless.APIAccessAll aoss:APIAccessAll arn:aws:aoss:eu-west-1:111122223333:collection/0abc" },
          { "eu-west-1/iotdata", "POST /topics/a%2Fb?qos=1|Host: a1b2-ats.iot.eu-west-1.amazonaws.com", "m",
            "iot-data.Publish iot:Publish arn:aws:iot:eu-west-1:111122223333:topic/a/b" },
          { "eu-west-1/ssm", JSON("ssm", "AmazonSSM.GetParameters"), "{\"Names\":[\"/a/b\",\"c\"]}",
            "ssm.GetParameters ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/a/b; ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/c" },
          { "eu-west-1/kms", JSON("kms", "TrentService.Decrypt"), "{\"CiphertextBlob\":\"x\"}", "kms.Decrypt kms:Decrypt *" },
          { "eu-west-1/kms", JSON("kms", "TrentService.Encrypt"), "{\"KeyId\":\"alias/x\"}", "kms.Encrypt kms:Encrypt arn:aws:kms:eu-west-1:111122223333:alias/x" },
          { "eu-west-1/events", JSON("events", "AWSEvents.PutEvents"), "{\"Entries\":[{\"Detail\":\"{}\"},{\"EventBusName\":\"b\"}]}",
            "events.PutEvents events:PutEvents arn:aws:events:eu-west-1:111122223333:event-bus/default; events:PutEvents arn:aws:events:eu-west-1:111122223333:event-bus/b" },
          { "eu-west-1/events", JSON("events", "AWSEvents.PutRule"), "{\"Name\":\"r\",\"EventBusName\":\"b\"}", "events.PutRule events:PutRule arn:aws:events:eu-west-1:111122223333:rule/b/r" },
          { "eu-west-1/states", JSON("states", "AWSStepFunctions.StartExecution"), "{\"stateMachineArn\":\"arn:aws:states:eu-west-1:1:stateMachine:m\"}",
            "stepfunctions.StartExecution states:StartExecution arn:aws:states:eu-west-1:1:stateMachine:m" },
          { "eu-west-1/kinesis", JSON("kinesis", "Kinesis_20131202.PutRecords"), "{\"StreamName\":\"s\",\"Records\":[]}",
            "kinesis.PutRecords kinesis:PutRecords arn:aws:kinesis:eu-west-1:111122223333:stream/s" },
          { "eu-west-1/logs", JSON("logs", "Logs_20140328.PutLogEvents"), "{\"logGroupName\":\"/a/b\",\"logStreamName\":\"s\",\"logEvents\":[]}",
            "logs.PutLogEvents logs:PutLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:log-stream:s" });
}

Test(call, two_names_of_one_stream_are_both_checked)
{
    CHECK({ "eu-west-1/kinesis", JSON("kinesis", "Kinesis_20131202.PutRecords"), "{\"StreamName\":\"s\",\"StreamARN\":\"arn:aws:kinesis:eu-west-1:1:stream/x\"}",
            "kinesis.PutRecords kinesis:PutRecords arn:aws:kinesis:eu-west-1:111122223333:stream/s; kinesis:PutRecords arn:aws:kinesis:eu-west-1:1:stream/x" });
}

Test(call, calls_of_the_platform_and_calls_without_permission)
{
#define STS "|Host: sts.eu-west-1.amazonaws.com|Content-Type: application/x-www-form-urlencoded"
    CHECK({ "eu-west-1/sts", "POST /" STS, "Action=GetCallerIdentity&Version=2011-06-15", "sts.GetCallerIdentity platform aws-sts-get-caller-identity" },
          { NULL, "POST /" STS, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr",
            "sts.AssumeRoleWithWebIdentity sts:AssumeRoleWithWebIdentity arn:aws:iam::1:role/r" },
          { NULL, "POST /" STS, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fown",
            "sts.AssumeRoleWithWebIdentity platform aws-sts-assume-role-with-web-identity" },
          { "eu-west-1/sts", "POST /" STS, "Action=GetSessionToken&Version=2011-06-15", "sts.GetSessionToken" },
          { "eu-west-1/sts", "POST /" STS, "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr", "sts.AssumeRole sts:AssumeRole arn:aws:iam::1:role/r" });
}

Test(call, an_endpoint_is_known_by_its_signature)
{
    static const struct alps_context local = { .account = { (const uint8_t *)"000000000000", 12 }, .endpoint = ALPS_AWS };
    static const struct row rows[] = {
        { DDB, "POST /|Host: localhost:4566|X-Amz-Target: DynamoDB_20120810.GetItem", "{\"TableName\":\"t\"}", "dynamodb.GetItem dynamodb:GetItem arn:aws:dynamodb:eu-west-1:000000000000:table/t" },
        { S3, "GET /b/k|Host: localhost:4566", "", "s3.GetObject s3:GetObject arn:aws:s3:::b/k" },
        { "eu-west-1/lambda", "GET /2015-03-31/functions/f|Host: localhost:4566", "", "lambda.GetFunction lambda:GetFunction arn:aws:lambda:eu-west-1:000000000000:function:f" },
        { NULL, "GET /b/k|Host: localhost:4566", "", "UNKNOWN_API" },
        { "eu-west-1/nosuch", "GET /b/k|Host: localhost:4566", "", "SCOPE_DIFFERS" },
    };

    check_in(rows, sizeof rows / sizeof *rows, &local);
}

Test(call, what_the_wire_and_the_context_do_not_say_is_marked)
{
    static const struct alps_context none = { .endpoint = ALPS_VENDOR_NONE };
    static const struct row rows[] = {
        { DDB, "POST /" DHOST "GetItem", "{\"TableName\":\"t\"}", "dynamodb.GetItem dynamodb:GetItem arn:aws:dynamodb:eu-west-1:*:table/t" },
    };

    check_in(rows, 1, &none);
}

Test(call, a_large_body_is_ready_when_its_resource_is_named)
{
    static struct alps_request r = { .method = { (const uint8_t *)"POST", 4 }, .path = { (const uint8_t *)"/", 1 }, .n_headers = 1 };
    static struct alps_call call;

    r.host = ALPS_S("dynamodb.eu-west-1.amazonaws.com");
    r.header[0] = (struct alps_header){ ALPS_S("x-amz-target"), ALPS_S("DynamoDB_20120810.PutItem") };
    cr_assert_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), 0);
    cr_expect_not(alps_call_ready(&call));
    said[0] = 0;
    cr_assert_eq(alps_call_body(&call, ALPS_S("{\"TableName\":\"t\",\"Item\":{"), say, NULL), 0);
    cr_expect(alps_call_ready(&call));
    cr_expect_str_eq(said, " dynamodb:PutItem " TABLE "t");
    cr_expect_lt(alps_call_end(&call, say, NULL), 0, "a body that stops is no body");
}

Test(call, a_large_form_is_ready_when_its_resource_is_named)
{
    static struct alps_request r = { .method = { (const uint8_t *)"POST", 4 }, .path = { (const uint8_t *)"/", 1 }, .n_headers = 1 };
    static struct alps_call call;

    r.host = ALPS_S("sqs.eu-west-1.amazonaws.com");
    r.header[0] = (struct alps_header){ ALPS_S("Content-Type"), ALPS_S("application/x-www-form-urlencoded") };
    cr_assert_eq(alps_call_head(&call, &alps_catalog_builtin, &r, &own), 0);
    said[0] = 0;
    cr_assert_eq(alps_call_body(&call, ALPS_S("Action=SendMessage&Version=2012-11-05&Queue"), say, NULL), 0);
    cr_expect_not(alps_call_ready(&call));
    cr_assert_eq(alps_call_body(&call, ALPS_S("Url=https://sqs.eu-west-1.amazonaws.com/111122223333/q&MessageBody=long"), say, NULL), 0);
    cr_expect(alps_call_ready(&call));
    cr_assert_eq(alps_call_end(&call, say, NULL), 0);
    cr_expect_str_eq(said, " sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:q", "once, and not once more at the end");
}
