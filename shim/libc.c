/* The replacements have the names of what they replace, but not always its types: no header that declares them. */
#define fcntl libc_declares_fcntl
#define syscall libc_declares_syscall
#define execveat libc_declares_execveat
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#undef fcntl
#undef syscall
#undef execveat

#include "shim/children.h"
#include "shim/deny.h"
#include "shim/guard.h"
#include "shim/libc.h"
#include "shim/patch.h"
#include "shim/plain.h"
#include "shim/socket.h"

enum { MESSAGES = 1024 };               /* that one sendmmsg takes, at most (UIO_MAXIOV) */
#ifdef __x86_64__
enum { RAN = false };                   /* what an emulator would have to know; on this machine none is used for this machine */
#else
enum { RAN = true };
#endif
#ifdef __GLIBC__
typedef int mmsg_flags;
#else
typedef unsigned mmsg_flags;
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* real: as it was.  next: what an exported function hands on to, if that is patched; else it does the work itself. */
static struct {
#define LIBC(result, name, n_args, parameters, arguments) result (*name) parameters;
#include "shim/libc.def"
#undef LIBC
} real, next;
static bool opened;
static pid_t self;                      /* not a child that shares our memory until it has called exec */

#define EXPORT __attribute__((visibility("default")))
#define INLINE __attribute__((always_inline)) static inline
#define CALLER __builtin_return_address(0)

INLINE void
ready(void)
{
    if (__builtin_expect(!opened, 0))
        libc_open();
}

/* ---- what leaves ------------------------------------------------------------------------------------------------- */

static ssize_t
send_plain(int fd, const void *p, size_t n, int flags)
{
    return real.send(fd, p, n, flags);
}

/* Before the real call.  True: it has been answered, *${rc} is the answer. */
static bool
answered(int *fd, const struct iovec *v, size_t n, const struct sockaddr *to, int flags, ssize_t *rc)
{
    switch (socket_check(fd, v, n, to)) {
    case SOCKET_REFUSE: *rc = -1; return true;
    case SOCKET_JUDGE:  *rc = plain_write(*fd, v, n, flags, send_plain); return true;
    default:            return false;
    }
}

static ssize_t
left(int fd, int at, const struct iovec *v, size_t n, ssize_t sent)
{
    if (sent > 0 && n) {
        socket_sent(at, v, n, (size_t)sent);
        wire_sent(fd, v[0].iov_base, v[0].iov_len, sent);
    }
    return sent;
}

INLINE ssize_t
do_write(int fd, const void *p, size_t n)
{
    struct iovec v = { (void *)(uintptr_t)p, n };
    int at = fd;
    ssize_t rc;

    ready();
    if (socket_passes(fd))
        return real.write(fd, p, n);
    return answered(&at, &v, 1, NULL, 0, &rc) ? rc : left(fd, at, &v, 1, real.write(fd, p, n));
}

INLINE ssize_t
do_writev(int fd, const struct iovec *v, int n)
{
    size_t k = n > 0 ? (size_t)n : 0;
    int at = fd;
    ssize_t rc;

    ready();
    if (socket_passes(fd))
        return real.writev(fd, v, n);
    return answered(&at, v, k, NULL, 0, &rc) ? rc : left(fd, at, v, k, real.writev(fd, v, n));
}

INLINE ssize_t
do_pwritev2(int fd, const struct iovec *v, int n, off_t offset, int flags)
{
    size_t k = n > 0 ? (size_t)n : 0;
    int at = fd;
    ssize_t rc;

    ready();
    if (socket_passes(fd))
        return real.pwritev2(fd, v, n, offset, flags);
    return answered(&at, v, k, NULL, 0, &rc) ? rc : left(fd, at, v, k, real.pwritev2(fd, v, n, offset, flags));
}

INLINE ssize_t
do_send(int fd, const void *p, size_t n, int flags)
{
    struct iovec v = { (void *)(uintptr_t)p, n };
    int at = fd;
    ssize_t rc;

    ready();
    if (socket_passes(fd))
        return real.send(fd, p, n, flags);
    return answered(&at, &v, 1, NULL, flags, &rc) ? rc : left(fd, at, &v, 1, real.send(fd, p, n, flags));
}

INLINE ssize_t
do_sendto(int fd, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t n_to)
{
    struct iovec v = { (void *)(uintptr_t)p, n };
    int at = fd;
    ssize_t rc;

    ready();
    if (!deny_may(CALLER, to))
        return -1;
    if (socket_passes(fd))
        return real.sendto(fd, p, n, flags, to, n_to);
    return answered(&at, &v, 1, to, flags, &rc) ? rc : left(fd, at, &v, 1, real.sendto(fd, p, n, flags, to, n_to));
}

INLINE ssize_t
do_sendmsg(int fd, const struct msghdr *m, int flags)
{
    int at = fd;
    ssize_t rc;

    ready();
    if (!deny_may(CALLER, m->msg_name))
        return -1;
    if (socket_passes(fd))
        return real.sendmsg(fd, m, flags);
    return answered(&at, m->msg_iov, (size_t)m->msg_iovlen, m->msg_name, flags, &rc) ? rc
        : left(fd, at, m->msg_iov, (size_t)m->msg_iovlen, real.sendmsg(fd, m, flags));
}

INLINE int
do_sendmmsg(int fd, struct mmsghdr *m, unsigned n, mmsg_flags flags)
{
    unsigned done = 0;
    ssize_t rc = 0;

    ready();
    for (unsigned i = 0; i < n && i < MESSAGES; i++)
        if (!deny_may(CALLER, m[i].msg_hdr.msg_name))
            return -1;
    if (socket_passes(fd))
        return real.sendmmsg(fd, m, n, flags);
    for (; done < n && done < MESSAGES; done++) {       /* one by one, each is looked at */
        struct msghdr *h = &m[done].msg_hdr;
        int at = fd;

        if (!answered(&at, h->msg_iov, (size_t)h->msg_iovlen, h->msg_name, (int)flags, &rc))
            rc = left(fd, at, h->msg_iov, (size_t)h->msg_iovlen, real.sendmsg(fd, h, (int)flags));
        if (rc < 0)
            break;
        m[done].msg_len = (unsigned)rc;
    }
    return done ? (int)done : (int)rc;
}

INLINE ssize_t
do_sendfile(int to, int from, off_t *at, size_t n)
{
    ready();
    return socket_passes(to) || socket_may_splice(to) ? real.sendfile(to, from, at, n) : -1;
}

INLINE ssize_t
do_splice(int from, off_t *at, int to, off_t *to_at, size_t n, unsigned flags)
{
    ready();
    return socket_passes(to) || socket_may_splice(to) ? real.splice(from, at, to, to_at, n, flags) : -1;
}

/* ---- what comes -------------------------------------------------------------------------------------------------- */

INLINE bool
some_refused(void)
{
    return __builtin_expect(atomic_load_explicit(&plain_refused, memory_order_relaxed), 0);
}

#define READ(fd, v, n, peek, call) \
    ssize_t got = some_refused() ? plain_read(fd, v, n, peek) : -1; \
    if (got >= 0) \
        return got; \
    got = call; \
    if (got == 0 && some_refused()) {           /* woken by the refusal */ \
        ssize_t answer = plain_read(fd, v, n, peek); \
        if (answer > 0) \
            return answer; \
    }

INLINE ssize_t
do_read(int fd, void *p, size_t n)
{
    struct iovec v = { p, n };

    ready();
    READ(fd, &v, 1, false, real.read(fd, p, n))
    return got;
}

INLINE ssize_t
do_readv(int fd, const struct iovec *v, int n)
{
    ready();
    READ(fd, v, n > 0 ? (size_t)n : 0, false, real.readv(fd, v, n))
    return got;
}

INLINE ssize_t
do_recv(int fd, void *p, size_t n, int flags)
{
    struct iovec v = { p, n };

    ready();
    READ(fd, &v, 1, flags & MSG_PEEK, real.recv(fd, p, n, flags))
    if (got == 0 && n > 0 && wire_junk(fd)) {
        *(char *)p = 0;
        got = 1;
    }
    return got;
}

INLINE ssize_t
do_recvfrom(int fd, void *p, size_t n, int flags, struct sockaddr *from, socklen_t *n_from)
{
    struct iovec v = { p, n };

    ready();
    READ(fd, &v, 1, flags & MSG_PEEK, real.recvfrom(fd, p, n, flags, from, n_from))
    return got;
}

INLINE ssize_t
do_recvmsg(int fd, struct msghdr *m, int flags)
{
    ready();
    READ(fd, m->msg_iov, (size_t)m->msg_iovlen, flags & MSG_PEEK, real.recvmsg(fd, m, flags))
    return got;
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

INLINE int
do_connect(int fd, const struct sockaddr *to, socklen_t n)
{
    ready();
    if (!deny_may(CALLER, to) || (n >= sizeof to->sa_family && !socket_connects(fd, to)))
        return -1;
    return real.connect(fd, to, n);
}

INLINE int
do_accept(int fd, struct sockaddr *from, socklen_t *n)
{
    int in;

    ready();
    socket_accepted(in = real.accept(fd, from, n));
    return in;
}

INLINE int
do_accept4(int fd, struct sockaddr *from, socklen_t *n, int flags)
{
    int in;

    ready();
    socket_accepted(in = real.accept4(fd, from, n, flags));
    return in;
}

/* TLS in the kernel would be plain writes here. */
INLINE int
do_setsockopt(int fd, int level, int name, const void *p, socklen_t n)
{
    ready();
    if (level == IPPROTO_TCP && name == TCP_ULP && !guard.observe) {
        errno = ENOENT;                 /* as a kernel without it says */
        return -1;
    }
    return real.setsockopt(fd, level, name, p, n);
}

/* ${copy} was made of ${fd}.  Between vfork and exec a child works on our memory, but on descriptors of its own. */
static int
copied(int fd, int copy)
{
    if (copy >= 0 && getpid() == self)
        socket_copies(fd, copy);
    return copy;
}

INLINE int
do_dup(int fd)
{
    ready();
    return copied(fd, real.dup(fd));
}

INLINE int
do_dup2(int fd, int to)
{
    ready();
    return copied(fd, real.dup2(fd, to));
}

INLINE int
do_dup3(int fd, int to, int flags)
{
    ready();
    return copied(fd, real.dup3(fd, to, flags));
}

INLINE int
do_fcntl(int fd, int what, long arg)
{
    int rc;

    ready();
    rc = real.fcntl(fd, what, arg);
    return what == F_DUPFD || what == F_DUPFD_CLOEXEC ? copied(fd, rc) : rc;
}

/* ---- other programs ---------------------------------------------------------------------------------------------- */

INLINE int
do_execveat(int at, const char *path, char *const *argv, char *const *env, int flags)
{
    char *const *with;

    ready();
    if (!children_may(at, path, flags) || (!(with = children_env(env)) && env))
        return -1;
    return real.execveat(at, path, argv, with, flags);
}

INLINE int
do_execve(const char *path, char *const *argv, char *const *env)
{
    char *const *with;

    ready();
    if (!children_may(AT_FDCWD, path, 0) || (!(with = children_env(env)) && env))
        return -1;
    return real.execve(path, argv, with);
}

INLINE int
do_fexecve(int fd, char *const *argv, char *const *env)
{
    char *const *with;

    ready();
    if (!children_may(fd, "", AT_EMPTY_PATH) || (!(with = children_env(env)) && env))
        return -1;
    return real.fexecve(fd, argv, with);
}

/* ---- by number --------------------------------------------------------------------------------------------------- */

#define P(type, x) ((type)(uintptr_t)(x))

INLINE long
do_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    ready();
    switch (nr) {
    case SYS_write:      return do_write((int)a, P(void *, b), (size_t)c);
    case SYS_writev:     return do_writev((int)a, P(struct iovec *, b), (int)c);
    case SYS_sendto:     return do_sendto((int)a, P(void *, b), (size_t)c, (int)d, P(struct sockaddr *, e), (socklen_t)f);
    case SYS_sendmsg:    return do_sendmsg((int)a, P(struct msghdr *, b), (int)c);
    case SYS_sendmmsg:   return do_sendmmsg((int)a, P(struct mmsghdr *, b), (unsigned)c, (mmsg_flags)d);
    case SYS_sendfile:   return do_sendfile((int)a, (int)b, P(off_t *, c), (size_t)d);
    case SYS_splice:     return do_splice((int)a, P(off_t *, b), (int)c, P(off_t *, d), (size_t)e, (unsigned)f);
    case SYS_connect:    return do_connect((int)a, P(struct sockaddr *, b), (socklen_t)c);
    case SYS_accept4:    return do_accept4((int)a, P(struct sockaddr *, b), P(socklen_t *, c), (int)d);
    case SYS_setsockopt: return do_setsockopt((int)a, (int)b, (int)c, P(void *, d), (socklen_t)e);
    case SYS_dup:        return do_dup((int)a);
    case SYS_dup3:       return do_dup3((int)a, (int)b, (int)c);
    case SYS_fcntl:      return do_fcntl((int)a, (int)b, c);
    case SYS_read:       return do_read((int)a, P(void *, b), (size_t)c);
    case SYS_recvfrom:   return do_recvfrom((int)a, P(void *, b), (size_t)c, (int)d, P(struct sockaddr *, e), P(socklen_t *, f));
    case SYS_recvmsg:    return do_recvmsg((int)a, P(struct msghdr *, b), (int)c);
    case SYS_execve:     return do_execve(P(char *, a), P(char **, b), P(char **, c));
    case SYS_execveat:   return do_execveat((int)a, P(char *, b), P(char **, c), P(char **, d), (int)e);
#ifdef SYS_dup2
    case SYS_dup2:       return do_dup2((int)a, (int)b);
    case SYS_accept:     return do_accept((int)a, P(struct sockaddr *, b), P(socklen_t *, c));
#endif
    default:             return real.syscall(nr, a, b, c, d, e, f);
    }
}

/* ---- placing ----------------------------------------------------------------------------------------------------- */

#define LIBC(result, name, n_args, parameters, arguments) \
    static result in_##name parameters { return do_##name arguments; } \
    EXPORT result name parameters; \
    EXPORT result name parameters { return next.name ? next.name arguments : do_##name arguments; }
#include "shim/libc.def"
#undef LIBC

static const struct row { const char *name; unsigned n_args; void *replacement; size_t at; } row[] = {
#define LIBC(result, name, n_args, parameters, arguments) { #name, 6, (void *)in_##name, (size_t)((char *)&real.name - (char *)&real) },
#include "shim/libc.def"
#undef LIBC
};
enum { ROWS = sizeof row / sizeof *row };

static void
set(void *table, const struct row *r, void *f)
{
    memcpy((char *)table + r->at, &f, sizeof f);
}

void
libc_open(void)
{
    for (unsigned i = 0; i < ROWS && !opened; i++)
        set(&real, &row[i], dlsym(RTLD_NEXT, row[i].name));
    self = getpid();
    opened = true;
}

void
libc_in_child(void)
{
    self = getpid();
}

void
libc_patch(const struct find_object *o)
{
    struct patch_site site[ROWS];
    unsigned failed, n = 0;
    const char *why;

    if (!find_exported(o, "__libc_start_main", 0).at && !find_exported(o, "__pthread_register_cancel", 0).at)
        return;
    for (unsigned i = 0; i < ROWS; i++) {
        struct find_function f = find_exported(o, row[i].name, 0);

        site[i] = (struct patch_site){ .at = f.at, .size = f.size, .n_args = row[i].n_args,
                                       .replacement = f.at ? row[i].replacement : NULL, .ran = RAN };
        for (unsigned k = 0; k < i && f.at; k++)
            if (site[k].at == f.at)
                site[i].replacement = NULL;
        if (f.at && !site[0].at)
            n = i;
    }
    if (!site[0].at)
        site[0].at = site[n].at;        /* a place to be near to */
    while ((why = patch_apply(site, ROWS, &failed)) && site[failed].replacement)
        site[failed].replacement = NULL;
    for (unsigned i = 0; i < ROWS && !why; i++) {
        void *now;

        memcpy(&now, (char *)&real + row[i].at, sizeof now);
        if (site[i].replacement && now == site[i].at) {
            set(&next, &row[i], site[i].at);
            set(&real, &row[i], site[i].original);
        }
    }
}
