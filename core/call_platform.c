/* What runtimes and SDKs ask of the machine they run on, in plain text: credentials, metadata, the next event.  Hosts
 * are addresses; tables say which (allowlists/catalog/aws/override/platform.tsv, with the sources).  Whatever else is
 * asked there is no such call. */
#include "core/call_inside.h"

/* "127.0.0.1:9001", "[fd00:ec2::254]" → name and port; false: no address of one machine. */
static bool
address_of(alps_slice host, alps_slice *name, alps_slice *port)
{
    *name = host;
    *port = alps_slice_sub(host, host.n, host.n);
    if (host.n && host.p[0] == '[') {
        const uint8_t *end = memchr(host.p, ']', host.n);
        if (!end)
            return false;
        *name = alps_slice_sub(host, 0, (size_t)(end - host.p) + 1);
        *port = alps_slice_sub(host, name->n, host.n);
        if (port->n && port->p[0] != ':')
            return false;
        *port = alps_slice_sub(*port, port->n != 0, port->n);
        return true;
    }
    alps_slice_cut(host, ':', name, port);
    for (size_t i = 0; i < name->n && !alps_slice_ieq(*name, ALPS_S("localhost")); i++)
        if (name->p[i] != '.' && (name->p[i] < '0' || name->p[i] > '9'))
            return false;
    return name->n != 0;
}

static bool
is_loopback(alps_slice name)
{
    return alps_slice_starts(name, ALPS_S("127.")) || alps_slice_eq(name, ALPS_S("[::1]")) ||
           alps_slice_eq(name, ALPS_S("localhost"));
}

/* The services at that address: on any port of this machine, and of a table that says so; else where HTTP is spoken. */
static void
services_at(struct call_head *h, alps_slice name, alps_slice port)
{
    const struct alps_row_host *row = alps_call_host_rows(h->c, (const char *)name.p, name.n);
    const struct alps_row_host *end = look_host(h->c, h->c->host.n);
    bool usual = port.n == 0 || alps_slice_eq(port, ALPS_S("80")) || is_loopback(name);

    for (uint32_t stem = row ? row->stem : 0; row && row < end && row->stem == stem; row++) {
        const struct alps_row_service *s = look_service(h->c, row->service);
        bool here = usual || s->traits & ALPS_TRAIT_ANYPORT;
        if (s->vendor != ALPS_AWS || !here || h->n_services == ALPS_CALL_SERVICES)
            continue;
        h->front[h->n_services] = row->front;
        h->service[h->n_services++] = row->service;
    }
}

int
alps_call_platform(struct call_head *h, const struct alps_context *ctx, int otherwise)
{
    alps_slice name, port;
    char text[64];
    int rc;

    if (h->r->tls || !address_of(h->r->host, &name, &port) || name.n > sizeof text)
        return otherwise;
    for (size_t i = 0; i < name.n; i++)
        text[i] = (char)alps_lower(name.p[i]);
    services_at(h, (alps_slice){ (const uint8_t *)text, name.n }, port);
    if (h->n_services == 0)
        return otherwise;
    rc = alps_call_head_queries(h);
    if (rc == 0)
        rc = alps_call_head_context(h, ctx, 0);
    if (rc == 0)
        rc = alps_call_rest(h);
    if (rc == -ALPS_UNKNOWN_API) {
        h->n_services = h->n_query = 0;             /* others look at it next */
        memset(h->front, 0, sizeof h->front);
        return otherwise;
    }
    h->call->vendor = ALPS_AWS;
    h->call->protocol = ALPS_PROTO_REST_JSON;
    return rc;
}
