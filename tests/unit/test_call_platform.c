#include <criterion/criterion.h>
#include <stdio.h>

#include "core/catalog.h"
#include "core/http1.h"
#include "core/reason.h"

/* "GET /path|host" in plain text: the platform call, an operation, or a reason. */
static const char *
asked(const char *line, const char *host, bool tls)
{
    static char wire[512], said[256];
    static struct alps_request req;
    static struct alps_call call;
    struct alps_http1 http1 = { 0 };
    struct alps_context ctx = { .account = ALPS_S("111122223333"), .region = ALPS_S("eu-west-1") };
    size_t n = (size_t)sprintf(wire, "%s HTTP/1.1\r\nHost: %s\r\n\r\n", line, host);
    int rc;

    req = (struct alps_request){ 0 };
    if (alps_http1_feed(&http1, (alps_slice){ (uint8_t *)wire, n }, &req) <= 0)
        return "NO_HEAD";
    req.tls = tls;
    req.sni = tls ? alps_slice_of(host) : req.sni;
    rc = alps_call_head(&call, &alps_catalog_builtin, &req, &ctx);
    if (rc < 0)
        return alps_reason_name((unsigned)-rc);
    if (call.platform)
        return call.platform;
    sprintf(said, "%s.%s", alps_service_name(&alps_catalog_builtin, alps_operation_service(&alps_catalog_builtin, call.operation)),
            alps_operation_name(&alps_catalog_builtin, call.operation, &(struct alps_room){ "" }));
    return said;
}

#define ASK(line, host, want) cr_expect_str_eq(asked(line, host, false), want, "%s: %s", line, asked(line, host, false))

Test(call_platform, credentials_and_metadata_by_exact_host_and_path)
{
    ASK("PUT /latest/api/token", "169.254.169.254", "aws-instance-metadata-token");
    ASK("GET /latest/api/token", "169.254.169.254", "HOST_NOT_LISTED");
    ASK("GET /latest/meta-data/iam/security-credentials/r", "[FD00:ec2::254]:80", "aws-instance-credentials");
    ASK("GET /latest/meta-data", "169.254.169.254", "aws-instance-metadata");
    ASK("GET /latest/user-data", "169.254.169.254", "HOST_NOT_LISTED");
    ASK("GET /v2/credentials/x", "169.254.170.2", "aws-container-credentials");
    ASK("GET /v2/credentials/x/y", "169.254.170.2", "HOST_NOT_LISTED");
    ASK("GET /v2/credentials/x", "169.254.170.3", "HOST_NOT_LISTED");
    ASK("GET /v1/credentials", "[fd00:ec2::23]", "aws-pod-identity-credentials");
}

Test(call_platform, the_runtime_api_on_whatever_port)
{
    ASK("GET /2018-06-01/runtime/invocation/next", "127.0.0.1:9001", "aws-lambda-runtime");
    ASK("GET /2018-06-01/runtime/invocation/next", "169.254.100.1:9001", "aws-lambda-runtime");
    ASK("GET /2018-06-01/runtime/invocation/next", "localhost:54321", "aws-lambda-runtime");
    ASK("POST /2018-06-01/runtime/invocation/next", "127.0.0.1:9001", "HOST_NOT_LISTED");
    ASK("GET /2018-06-01/runtime/invocation/next", "198.51.100.1:9001", "HOST_NOT_LISTED");
    ASK("GET /2018-06-01/runtime/invocation/next", "localhost.example.com:9001", "HOST_NOT_LISTED");
}

Test(call_platform, secrets_behind_the_extension_are_secrets)
{
    ASK("GET /secretsmanager/get?secretId=db", "localhost:2773", "secretsmanager.GetSecretValue");
    ASK("GET /systemsmanager/parameters/get?name=p", "[::1]:2773", "ssm.GetParameter");
    ASK("GET /secretsmanager/get", "localhost:2773", "HOST_NOT_LISTED");
}

Test(call_platform, ports_hosts_and_tls_that_are_not_the_platform_s)
{
    ASK("PUT /latest/api/token", "169.254.169.254:8080", "HOST_NOT_LISTED");
    ASK("PUT /latest/api/token", "169.254.169.254.example.com", "HOST_NOT_LISTED");
    ASK("PUT /latest/api/token", "[fd00:ec2::254", "HOST_NOT_LISTED");
    ASK("GET /latest/meta-data/../user-data", "169.254.169.254", "BAD_NAME");
    cr_expect_str_eq(asked("PUT /latest/api/token", "169.254.169.254", true), "HOST_NOT_LISTED");
}
