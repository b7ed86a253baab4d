/* shim/plain.h: HTTP without TLS on a socket: judged, and refused in the vendor's own words, as on a TLS session.
 * On a connection to this machine itself requests that are for no cloud are left alone: runtimes and extensions speak
 * there. */
#ifndef ALPS_SHIM_PLAIN_H
#define ALPS_SHIM_PLAIN_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Write what is judged; as write(2). */
typedef ssize_t plain_send_fn(int fd, const void *p, size_t n, int flags);
ssize_t plain_write(int fd, const struct iovec *v, size_t n, int flags, plain_send_fn *);
/* Some request has been refused: answers may be waiting to be read. */
extern _Atomic bool plain_refused;
/* Read from the answer of ${fd}.  -1: there is none, ask the socket. */
ssize_t plain_read(int fd, const struct iovec *v, size_t n, bool peek);
/* The connection is no more; ${to} has it now. */
void plain_ends(int fd);
void plain_moves(int fd, int to);

#endif
