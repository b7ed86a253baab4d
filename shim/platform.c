#include "shim/platform.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVICES = 8 };

static struct { struct in_addr address; in_port_t port; } service[SERVICES];
static unsigned n_services;

/* "169.254.100.1:9001", "http://169.254.130.1:8081/msi/token": an address in figures, or nothing. */
static void
add(const char *v)
{
    char host[INET_ADDRSTRLEN];
    unsigned port = 80;
    const char *at = v ? strstr(v, "://") : NULL;
    int n = v ? sscanf(at ? at + 3 : v, "%15[0-9.]:%u", host, &port) : 0;

    if (n >= 1 && port <= UINT16_MAX && n_services < SERVICES &&
        inet_pton(AF_INET, host, &service[n_services].address) == 1)
        service[n_services++].port = (in_port_t)port;
}

void
platform_open(void)
{
    static const char *const name[] = { "AWS_LAMBDA_RUNTIME_API", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4", "IDENTITY_ENDPOINT",
                                        "MSI_ENDPOINT" };

    for (unsigned i = 0; i < sizeof name / sizeof *name; i++)
        add(getenv(name[i]));
}

bool
platform_serves(const struct sockaddr *a)
{
    const void *p = a;
    const struct sockaddr_in *in = p;

    for (unsigned i = 0; a->sa_family == AF_INET && i < n_services; i++)
        if (in->sin_addr.s_addr == service[i].address.s_addr && ntohs(in->sin_port) == service[i].port)
            return true;
    return false;
}
