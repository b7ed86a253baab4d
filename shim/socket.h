/* shim/socket.h: what leaves by a socket, beneath every TLS library.  A connection that the process opens speaks TLS, in
 * records that a session the guard judges has made (hooks vouch for them, byte for byte), or HTTP/1.1 without TLS, which
 * is judged here; or, to other ports than 80 and 443, a protocol of its own, which is none of ours.  QUIC is refused.
 * Files, pipes, other families and accepted connections are told apart once per descriptor and then pass at the cost of a
 * byte read. */
#ifndef ALPS_SHIM_SOCKET_H
#define ALPS_SHIM_SOCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "shim/wire.h"

enum socket_kind {
    SOCKET_UNKNOWN, SOCKET_OTHER,       /* not looked at yet; none of ours */
    SOCKET_DATAGRAMS, SOCKET_QUIC,      /* QUIC: connected to port 443 */
    SOCKET_FRESH,                       /* a connection of ours, nothing said yet */
    SOCKET_PLAIN, SOCKET_TLS,
    SOCKET_TUNNEL,                      /* after CONNECT to a proxy */
    SOCKET_COPY,                        /* of another descriptor, which has the state */
    SOCKET_SHUT                         /* refused */
};
extern _Atomic uint8_t socket_kind[WIRE_FDS];

/* May bytes leave by ${fd} without being looked at? */
static inline bool
socket_passes(int fd)
{
    return (unsigned)fd < WIRE_FDS && atomic_load_explicit(&socket_kind[fd], memory_order_relaxed) == SOCKET_OTHER;
}

/* ${fd} is about to be connected.  False with errno: it may not. */
bool socket_connects(int fd, const struct sockaddr *to);
/* ${copy} is another name of ${fd} now. */
void socket_copies(int fd, int copy);
/* A connection that came in. */
void socket_accepted(int fd);

enum socket_say { SOCKET_PASS, SOCKET_REFUSE, SOCKET_JUDGE };
/* The bytes of ${v} are about to leave, ${to} NULL: to whom the socket is connected.  REFUSE: errno says how.  JUDGE:
 * they are HTTP without TLS; *${fd} becomes the descriptor that has the state. */
enum socket_say socket_check(int *fd, const struct iovec *v, size_t n, const struct sockaddr *to);
/* ${sent} of them have left. */
void socket_sent(int fd, const struct iovec *v, size_t n, size_t sent);
/* Bytes that come from elsewhere (sendfile, splice) are about to leave by ${fd}: false with errno EINVAL, which sends
 * the caller to read and write them itself. */
bool socket_may_splice(int fd);

/* A judged session is about to write ${n} bytes of its caller's to the connection ${fd}; negative: it did not. */
void socket_credit(int fd, int64_t n);
/* It has a certificate of its own, which it may send. */
void socket_credit_certificate(int fd);
/* This thread is inside a handshake of such a session, whose descriptor is not known yet. */
extern _Thread_local bool socket_in_handshake;

/* Told of its connection's end or of its becoming something else: plain.c. */
bool socket_is_local(int fd);
/* To a proxy that asks for a host by CONNECT: on this machine, or on a port that the environment named for one. */
bool socket_is_proxy(int fd);
void socket_becomes(int fd, enum socket_kind);

/* Remember what the environment says of proxies. */
void socket_open(void);

#endif
