/* shim/platform.h: the platform's own services, which go without TLS to addresses that the environment names. */
#ifndef ALPS_SHIM_PLATFORM_H
#define ALPS_SHIM_PLATFORM_H

#include <stdbool.h>
#include <sys/socket.h>

/* Remember which addresses the environment names. */
void platform_open(void);
/* One of those: the Lambda runtime API, a container's or an Azure identity's endpoint. */
bool platform_serves(const struct sockaddr *);

#endif
