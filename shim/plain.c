#include "shim/plain.h"

#include <errno.h>
#include <string.h>

#include "shim/guard.h"
#include "shim/refuse.h"
#include "shim/socket.h"

enum { CONNECT = 8 };                   /* "CONNECT " */

static struct connection { struct stream *stream; } connection[WIRE_FDS];
_Atomic bool plain_refused;

struct sender { int fd, flags; plain_send_fn *send; };

static size_t
send_raw(void *ctx, const uint8_t *p, size_t n)
{
    struct sender *w = ctx;
    ssize_t sent = w->send(w->fd, p, n, w->flags);

    return sent > 0 ? (size_t)sent : 0;
}

static struct stream *
stream_of(int fd)
{
    struct stream *s = connection[fd].stream;

    if (!s && (s = stream_take(&connection[fd]))) {
        stream_begin_plain(s, socket_is_local(fd));
        connection[fd].stream = s;
    }
    return s;
}

void
plain_ends(int fd)
{
    if (connection[fd].stream)
        stream_forget(&connection[fd]);
    connection[fd].stream = NULL;
}

void
plain_moves(int fd, int to)
{
    plain_ends(to);
    (void)fd;                           /* what it said so far is forgotten: the next bytes begin a request, or are refused */
}

/* A proxy: on this machine, or one that the environment named when the process began. */
static bool
is_tunnel(int fd, const struct iovec *v)
{
    return !connection[fd].stream && v->iov_len >= CONNECT && memcmp(v->iov_base, "CONNECT ", CONNECT) == 0 &&
        socket_is_proxy(fd);
}

/* As much of ${p} as left or is held; -1 with errno. */
static ssize_t
write_one(struct stream *s, struct sender *w, const uint8_t *p, size_t n)
{
    enum stream_result r;

    if (stream_is_refused(s))
        return (ssize_t)n;
    r = stream_write(s, p, n, send_raw, w);
    if (r == STREAM_REFUSED) {
        refuse_stream(s, w->fd, false);
        plain_refused = true;
        return (ssize_t)n;
    }
    if (r == STREAM_TAKEN)
        return (ssize_t)n;
    if (s->done <= s->out)              /* nothing of this call has left; the same bytes are to come again */
        return -1;
    n = s->done - s->out;               /* what is judged but has not left is to come again, and is known by then */
    s->done = s->out;
    return (ssize_t)n;
}

ssize_t
plain_write(int fd, const struct iovec *v, size_t n, int flags, plain_send_fn *send)
{
    struct sender w = { fd, flags, send };
    struct stream *s;
    ssize_t done = 0;

    while (n && !v->iov_len)
        v++, n--;
    if (n && !guard.observe && is_tunnel(fd, v)) {
        socket_becomes(fd, SOCKET_TUNNEL);
        return send(fd, v->iov_base, v->iov_len, flags);
    }
    if (!(s = stream_of(fd))) {
        errno = ENOMEM;
        return -1;
    }
    if (pthread_mutex_lock(&s->lock) != 0) {
        errno = EACCES;
        return -1;
    }
    for (; n; v++, n--) {
        ssize_t one = guard.observe ? send(fd, v->iov_base, v->iov_len, flags) : write_one(s, &w, v->iov_base, v->iov_len);

        if (one > 0 && guard.observe)
            stream_watch(s, v->iov_base, (size_t)one);
        if (one < 0 && !done)
            done = -1;
        if (one > 0)
            done += one;
        if (one < 0 || (size_t)one < v->iov_len)
            break;
    }
    if (s->passing && !s->n)
        socket_becomes(fd, SOCKET_OTHER);       /* to somebody on this machine */
    pthread_mutex_unlock(&s->lock);
    return done;
}

ssize_t
plain_read(int fd, const struct iovec *v, size_t n, bool peek)
{
    struct stream *s = fd >= 0 && fd < WIRE_FDS && socket_kind[fd] == SOCKET_PLAIN ? connection[fd].stream : NULL;
    ssize_t got = 0;

    if (!stream_is_refused(s))
        return -1;
    for (size_t k; n; v++, n--) {
        k = refuse_read(s, v->iov_base, v->iov_len, peek);
        got += (ssize_t)k;
        if (k < v->iov_len || peek)
            break;
    }
    return got;
}
