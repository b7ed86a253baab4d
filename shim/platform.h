/* shim/platform.h: calls of the platform's own runtime that go without TLS to addresses nobody else can have. */
#ifndef ALPS_SHIM_PLATFORM_H
#define ALPS_SHIM_PLATFORM_H

#include <sys/socket.h>

#include "core/slice.h"

/* Remember which addresses the environment names for the platform's services. */
void platform_open(void);
/* One of those: the Lambda runtime API, a container's or an Azure identity's endpoint. */
bool platform_serves(const struct sockaddr *);
/* Link-local, where metadata services are. */
bool platform_near(const struct sockaddr *);
/* Is ${request}, a whole head without a body, one that credentials libraries send to ${host}? */
bool platform_asks(const char *host, alps_slice request);

#endif
