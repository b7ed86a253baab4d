#include "cli/mapped.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"

enum { EVERYTHING = 4096 };

static void
put_text(struct alps_bytes *to, const char *text)
{ alps_bytes_put(to, text, strlen(text)); }

/* ${access}: JSON, of a batch's part ${a->part}. */
static void
add_part(struct alps_mapped *m, const struct alps_access *a, const char *access, size_t n)
{
    bool again = a->part == m->n_parts;

    if (!again) {
        char room[6 * 512];
        struct alps_text t = { room, 0, sizeof room };
        struct alps_room name;
        const char *before = alps_operation_before(&alps_catalog_builtin, a->operation);

        alps_text_add(&t, "{\"operation\":\"");
        alps_text_json(&t, a->name.n ? a->name : alps_slice_of(before));
        if (!a->name.n && *before)
            alps_text_byte(&t, '.');
        if (!a->name.n)
            alps_text_json(&t, alps_slice_of(alps_operation_name(&alps_catalog_builtin, a->operation, &name)));
        alps_text_add(&t, "\",\"accesses\":[");
        put_text(&m->parts, m->n_parts ? "]}," : "");
        alps_bytes_put(&m->parts, room, t.n < t.cap ? t.n : t.cap);
        m->n_parts = a->part;
    }
    put_text(&m->parts, again ? "," : "");
    alps_bytes_put(&m->parts, access, n);
}

static int
visit(void *ctx, const struct alps_access *a)
{
    struct alps_mapped *m = ctx;
    char room[2 * 6 * ALPS_RESOURCE + 256];
    struct alps_text t = { room, 0, sizeof room };
    struct alps_room name;

    alps_text_add(&t, "{\"action\":");
    alps_text_string(&t, a->action == ALPS_ACTION_NAMED
                             ? a->name : alps_slice_of(alps_action_name(&alps_catalog_builtin, a->action, &name)));
    alps_text_add(&t, ",\"resource\":");
    alps_text_string(&t, a->resource);
    alps_text_byte(&t, '}');
    put_text(&m->accesses, m->n_accesses++ ? "," : "");
    alps_bytes_put(&m->accesses, room, t.n < t.cap ? t.n : t.cap);
    if (a->part)
        add_part(m, a, room, t.n < t.cap ? t.n : t.cap);
    return 0;
}

/* A policy that lists everything: what it refuses, any other refuses for the same reason. */
static const struct alps_policy *
everything(void)
{
    static const struct alps_policy *policy;
    static uint8_t block[1 << 20];
    static const uint8_t any = ALPS_ANY;
    struct alps_arena arena = { block, block + sizeof block };
    struct alps_policy *p;

    if (policy)
        return policy;
    p = alps_policy_new(&arena, &alps_catalog_builtin, EVERYTHING, 0, 0);
    for (alps_service_id id = 1; p && id <= alps_service_count(&alps_catalog_builtin); id++) {
        struct alps_rule r = { .action = (alps_action_id)ALPS_ACTION_ANY, .pattern = { &any, 1 },
                               .service = alps_slice_of(alps_service_prefix(&alps_catalog_builtin, id)) };

        if (alps_policy_allow(p, &r) < 0)
            abort();
    }
    if (!p)
        abort();
    return policy = alps_policy_seal(p);
}

/* How long the message is, its body's framing undone into ${content}; 0 if it is not one. */
static size_t
message_end(alps_slice message, struct alps_request *req, struct alps_bytes *content)
{
    struct alps_http1 http1 = { 0 };
    struct alps_framing framing = { 0 };
    ptrdiff_t at = alps_http1_feed(&http1, message, req), used = 0;
    alps_slice run;

    content->n = 0;
    if (at <= 0 || alps_framing_init(&framing, req) < 0)
        return 0;
    while (!framing.done && (size_t)at < message.n) {
        used = alps_framing_feed(&framing, alps_slice_sub(message, (size_t)at, message.n), &run);
        if (used < 0)
            return 0;
        alps_bytes_put(content, run.p, run.n);
        at += used;
    }
    return framing.done ? (size_t)at : 0;
}

static void
decide(struct alps_mapped *m, const struct alps_policy *policy, bool tls, alps_slice sni, alps_slice message)
{
    static struct alps_conn conn;
    enum alps_verdict v = ALPS_ALLOW;
    bool decided;
    size_t n;

    alps_conn_init(&conn, tls, sni);
    alps_decision_init(&m->decision, sni);
    m->decision.reason = ALPS_FRAMING;
    while (message.n && v == ALPS_ALLOW) {
        v = alps_conn_feed(&conn, policy ? policy : everything(), message, &n, &decided, &m->decision);
        message = alps_slice_sub(message, n, message.n);
    }
    if (v == ALPS_MORE) {                       /* the message ends before its end */
        m->decision.verdict = ALPS_DENY;
        m->decision.reason = ALPS_FRAMING;
    }
}

/* What it means, whoever may do it. */
static void
understand(struct alps_mapped *m, const struct alps_policy *policy, const struct alps_request *req, alps_slice content)
{
    static struct alps_call call;
    struct alps_context context = { 0 };
    int rc;

    if (policy)
        context = alps_policy_context_for(policy, req->host);
    rc = alps_call_head(&call, &alps_catalog_builtin, req, &context);
    m->vendor = call.vendor;
    if (rc == 0 && (!call.platform || call.own_only) && call.body != ALPS_BODY_ABSENT && content.n)
        rc = alps_call_body(&call, content, visit, m);
    if (rc == 0 && (!call.platform || call.own_only))
        rc = alps_call_end(&call, visit, m);
    if (rc < 0) {
        m->reason = rc == -ALPS_HOST_NOT_LISTED && m->decision.verdict == ALPS_ALLOW ? ALPS_HOST_LISTED
                                                                                      : (enum alps_reason)-rc;
        return;
    }
    m->understood = true;
    m->platform = call.platform;
    m->reason = call.platform ? ALPS_PLATFORM : call.no_permission ? ALPS_NO_PERMISSION : ALPS_MAPPED;
    m->operation = call.operation;
    snprintf(m->name, sizeof m->name, "%.*s", (int)alps_call_name(&call).n, (const char *)alps_call_name(&call).p);
    m->n_candidates = call.n_candidates;
    memcpy(m->candidate, call.candidate, sizeof m->candidate);
}

void
alps_mapped_by(struct alps_mapped *m, const struct alps_policy *policy, bool tls, alps_slice sni, alps_slice message)
{
    static struct alps_bytes content;
    struct alps_request req = { .sni = sni, .tls = tls };
    size_t end = message_end(message, &req, &content);

    m->n_accesses = m->n_candidates = m->n_parts = 0;
    m->accesses.n = m->parts.n = 0;
    m->understood = false;
    m->platform = NULL;
    m->operation = 0;
    m->name[0] = '\0';
    m->vendor = ALPS_VENDOR_NONE;
    decide(m, policy, tls, sni, message);
    m->vendor = (enum alps_vendor)m->decision.vendor;
    if (end != message.n && (end || m->decision.verdict == ALPS_ALLOW || m->decision.reason == ALPS_NOT_LISTED)) {
        m->decision.verdict = ALPS_DENY;        /* more than one message, or not all of one */
        m->decision.reason = ALPS_FRAMING;
    }
    m->reason = (enum alps_reason)m->decision.reason;
    if (m->decision.verdict != ALPS_ALLOW && m->decision.reason != ALPS_NOT_LISTED)
        return;
    understand(m, policy, &req, (alps_slice){ (const uint8_t *)content.p, content.n });
    if (!m->understood) {
        m->accesses.n = 0;
        m->n_accesses = m->n_parts = 0;
    }
}

alps_slice
alps_message_sni(alps_slice message)
{
    struct alps_http1 http1 = { 0 };
    struct alps_request req = { .tls = true };
    alps_slice name, port;
    bool digits = true;

    if (alps_http1_feed(&http1, message, &req) <= 0 || (req.host.n && req.host.p[0] == '['))
        return (alps_slice){ NULL, 0 };
    alps_slice_cut(req.host, ':', &name, &port);
    for (size_t i = 0; i < name.n; i++)
        digits = digits && (name.p[i] == '.' || (name.p[i] >= '0' && name.p[i] <= '9'));
    return digits ? (alps_slice){ NULL, 0 } : name;
}
