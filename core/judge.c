#include "core/judge.h"

static int
visit(void *ctx, const struct alps_access *a)
{
    struct alps_judge *j = ctx;
    bool covered = alps_policy_covers_access(j->policy, a, &j->out->rule);

    if (!covered)
        j->out->rule = UINT32_MAX;
    j->accesses++;
    alps_decision_add(j->out, a, !covered);
    return covered ? 0 : 1;
}

void
alps_judge_note(struct alps_judge *j, const struct alps_call *call)
{
    alps_slice name;

    j->out->policy = j->policy;
    j->out->vendor = (uint8_t)call->vendor;
    j->out->protocol = (uint8_t)call->protocol;
    j->out->operation = call->operation;
    j->out->platform = call->platform;
    name = alps_call_name(call);
    memcpy(j->out->name, name.p, name.n);
    j->out->name[name.n] = '\0';
}

/* "name:443", "[::1]:8443" → the name, without one dot at its end. */
static alps_slice
host_name(alps_slice host)
{
    alps_slice name, port;

    if (host.n && host.p[0] == '[') {
        if (alps_slice_cut(host, ']', &name, &port))
            host.n = name.n + 1;
    } else if (alps_slice_cut(host, ':', &name, &port)) {
        host = name;
    }
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return host;
}

static bool
is_address(alps_slice name)
{
    if (name.n == 0 || name.p[0] == '[')
        return name.n != 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
            return false;
    return true;
}

/* A host that is no cloud API: listed, and the one that TLS was told. */
static int
judge_host(const struct alps_policy *policy, const struct alps_request *req)
{
    alps_slice name = host_name(req->host);

    if (req->tls && (req->sni.n ? !alps_slice_ieq(host_name(req->sni), name) : !is_address(name)))
        return -ALPS_HOST_DIFFERS;
    return alps_policy_reaches(policy, req->host) ? 0 : -ALPS_HOST_NOT_LISTED;
}

/* Text that we would read otherwise than the server: compressed, or in another character set (BYPASS G17, G18). */
static int
check_encoding(const struct alps_request *req)
{
    bool twice;
    const struct alps_header *coding = alps_request_header(req, ALPS_S("content-encoding"), &twice);
    const struct alps_header *type = alps_request_header(req, ALPS_S("content-type"), &twice);
    alps_slice rest, part, name, value;

    if (coding && coding->value.n && !alps_slice_ieq(coding->value, ALPS_S("identity")))
        return -ALPS_BODY_ENCODING;
    for (rest = type ? type->value : ALPS_S(""); rest.n; ) {
        alps_slice_cut(rest, ';', &part, &rest);
        while (part.n && (*part.p == ' ' || *part.p == '\t'))
            part = alps_slice_sub(part, 1, part.n);
        if (part.n < 7 || !alps_slice_ieq(alps_slice_sub(part, 0, 7), ALPS_S("charset")))
            continue;
        if (!alps_slice_cut(part, '=', &name, &value))
            return -ALPS_BODY_ENCODING;
        if (!alps_slice_ieq(value, ALPS_S("utf-8")) && !alps_slice_ieq(value, ALPS_S("\"utf-8\"")))
            return -ALPS_BODY_ENCODING;
    }
    return 0;
}

int
alps_judge_end(struct alps_judge *j, struct alps_call *call)
{
    int rc = alps_call_end(call, visit, j);

    alps_judge_note(j, call);
    if (rc)
        return rc < 0 ? rc : ALPS_NOT_LISTED;
    if (call->platform)
        return ALPS_PLATFORM;
    if (call->no_permission)
        return ALPS_NO_PERMISSION;
    return j->accesses ? ALPS_LISTED : -ALPS_NO_RESOURCE;
}

int
alps_judge_head(struct alps_judge *j, struct alps_call *call, const struct alps_request *req, enum alps_reason *reason)
{
    const struct alps_catalog *catalog = j->policy ? alps_policy_catalog(j->policy) : &alps_catalog_builtin;
    struct alps_context context = { 0 };
    int rc;

    alps_decision_init(j->out, req->host);
    j->out->head = alps_slice_eq(req->method, ALPS_S("HEAD"));
    if (j->policy)
        context = alps_policy_context_for(j->policy, req->host);
    rc = alps_call_head(call, catalog, req, &context);
    alps_judge_note(j, call);
    if (!j->policy)
        return -ALPS_NO_POLICY;
    if (rc == -ALPS_HOST_NOT_LISTED) {
        *reason = ALPS_HOST_LISTED;
        rc = judge_host(j->policy, req);
        return rc < 0 ? rc : 1;
    }
    if (rc < 0)
        return rc;
    if ((call->platform && !call->own_only) || call->no_permission) {
        *reason = call->platform ? ALPS_PLATFORM : ALPS_NO_PERMISSION;
        return 1;
    }
    if (call->body != ALPS_BODY_ABSENT)
        return check_encoding(req);
    rc = alps_judge_end(j, call);
    *reason = rc > 0 ? (enum alps_reason)rc : ALPS_NOT_LISTED;
    return rc < 0 ? rc : 1;
}

int
alps_judge_body(struct alps_judge *j, struct alps_call *call, alps_slice content)
{ return alps_call_body(call, content, visit, j); }

int
alps_judge_late(const struct alps_judge *j, const struct alps_call *call)
{ return alps_call_ready(call) && j->accesses ? ALPS_LISTED : -ALPS_BODY_LATE; }
