/* shim/deny.h: an object that does TLS in a way the guard cannot read may not connect. */
#ifndef ALPS_SHIM_DENY_H
#define ALPS_SHIM_DENY_H

#include <sys/socket.h>

#include "shim/find.h"

enum { DENY_OBJECTS = 256 };

/* Say so, and from now on refuse what calls from its code would connect or send to.  In observe mode only say so.
 * One that makes system calls by itself cannot be held, and ends the program. */
void deny_object(const struct find_object *);
/* Objects have gone: forget those among them. */
void deny_sweep(void);
/* May the function that returns to ${caller} talk to ${to}?  Sets errno if not.  ${to} NULL: to whom it is connected
 * already. */
bool deny_may(const void *caller, const struct sockaddr *to);

#endif
