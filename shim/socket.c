#include "shim/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "shim/guard.h"
#include "shim/log.h"
#include "shim/patch.h"
#include "shim/plain.h"
#include "shim/platform.h"

enum {
    HELLO_MIN = 43,                     /* record header, handshake header, version, random */
    SHAKE_CREDIT = 256,                 /* application records without a caller's byte: Finished, alerts, KeyUpdate */
    CERTIFICATE_CREDIT = 24 * 1024,
    RECORD_MAX = 16384 + 2048,          /* RFC 5246 section 6.2.3; TLS 1.3 has less */
    SMALLEST = 512, OVERHEAD = 64,      /* the smallest fragment a session can be told to make; what a record adds, at most */
    TUNNEL_CREDIT = 4096,               /* bytes that a proxy is told before TLS begins */
    PROXIES = 5,
    QUIC_INITIAL = 1200                 /* bytes of a first datagram, at least (RFC 9000 section 14.1) */
};
enum { RECORD_FIRST = 0x14, RECORD_HANDSHAKE = 0x16, RECORD_DATA = 0x17, CLIENT_HELLO = 1 };

struct records {                        /* TLS records on the wire, as far as they have been seen */
    uint8_t header[5], n_header;
    uint16_t left;                      /* of the record's content */
};

static struct state {
    ino_t inode;                        /* of the socket this is about: a descriptor is reused without our seeing it */
    in_port_t port;
    bool local, copied, certified;
    int16_t original;                   /* SOCKET_COPY: of this one */
    struct records records;
    _Atomic int64_t credit;             /* bytes that may leave in application records */
} state[WIRE_FDS];
_Atomic uint8_t socket_kind[WIRE_FDS];
static atomic_int highest = -1;
_Thread_local bool socket_in_handshake;

static ino_t
inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

static enum socket_kind
kind_of(int fd)
{
    return atomic_load_explicit(&socket_kind[fd], memory_order_relaxed);
}

void
socket_becomes(int fd, enum socket_kind kind)
{
    if (kind == SOCKET_TUNNEL)
        state[fd].credit = TUNNEL_CREDIT;
    atomic_store_explicit(&socket_kind[fd], (uint8_t)kind, memory_order_relaxed);
}

bool
socket_is_local(int fd)
{
    return state[fd].local;
}

/* ---- proxies ------------------------------------------------------------------------------------------------------ */

static in_port_t proxy[PROXIES];        /* ports, as the environment named them at the start */

void
socket_open(void)
{
    static const char *const name[PROXIES] = { "https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY" };

    for (unsigned i = 0; i < PROXIES; i++) {
        const char *v = getenv(name[i]), *colon = v ? strrchr(v, ':') : NULL;

        if (v)
            proxy[i] = (in_port_t)(colon && colon[1] != '/' ? strtoul(colon + 1, NULL, 10) : 80);
    }
}

bool
socket_is_proxy(int fd)
{
    bool is = state[fd].local;

    for (unsigned i = 0; i < PROXIES; i++)
        is |= proxy[i] && proxy[i] == state[fd].port;
    return is;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static bool
is_internet(const struct sockaddr *a)
{
    return a->sa_family == AF_INET || a->sa_family == AF_INET6;
}

static in_port_t
port_of(const struct sockaddr *a)
{
    const void *p = a;

    return ntohs(a->sa_family == AF_INET ? ((const struct sockaddr_in *)p)->sin_port
                                         : ((const struct sockaddr_in6 *)p)->sin6_port);
}

/* This machine itself; 0.0.0.0 and :: mean it, too. */
static bool
is_local(const struct sockaddr *a)
{
    const void *p = a;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)p)->sin6_addr;
    in_addr_t four;

    if (a->sa_family == AF_INET)
        four = ((const struct sockaddr_in *)p)->sin_addr.s_addr;
    else if (IN6_IS_ADDR_V4MAPPED(six))
        memcpy(&four, &six->s6_addr[12], sizeof four);
    else
        return IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_UNSPECIFIED(six);
    return four == INADDR_ANY || ntohl(four) >> 24 == 127;
}

static int
option(int fd, int name)
{
    int v = -1;
    socklen_t n = sizeof v;

    return getsockopt(fd, SOL_SOCKET, name, &v, &n) == 0 ? v : -1;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* The number is about to stand for another socket; if copies of the old one are left, the first inherits its state. */
static void
release(int fd)
{
    for (int i = atomic_load(&highest), heir = -1; state[fd].copied && i >= 0; i--)
        if (kind_of(i) == SOCKET_COPY && state[i].original == fd && inode_of(i) == state[fd].inode) {
            if (heir < 0) {
                enum socket_kind kind = kind_of(fd);

                state[heir = i] = state[fd];
                plain_moves(fd, i);
                socket_becomes(i, kind);
            } else
                state[i].original = (int16_t)heir;
        }
    plain_ends(fd);
}

static void
note(int fd, ino_t inode, const struct sockaddr *peer)
{
    int top;

    state[fd] = (struct state){ .inode = inode, .port = port_of(peer), .local = is_local(peer) || platform_serves(peer),
                                .credit = SHAKE_CREDIT };
    for (top = atomic_load(&highest); top < fd && !atomic_compare_exchange_weak(&highest, &top, fd);)
        ;
    socket_becomes(fd, SOCKET_FRESH);
}

/* Before each connection: are the functions that vouch for it still ours? */
static bool
is_guarded(void)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    const void *at = guard.observe ? NULL : patch_undone();

    if (at && !atomic_flag_test_and_set(&said))
        guard_say("alps: the function at %p has been changed behind the guard's back; nothing is connected any more\n", at);
    return !at;
}

bool
socket_connects(int fd, const struct sockaddr *to)
{
    int kept = errno, type = fd < 0 || !to ? -1 : option(fd, SO_TYPE);

    if (fd < 0 || !to)
        return true;
    if (!is_internet(to) || type != SOCK_STREAM) {
        if (fd < WIRE_FDS) {
            release(fd);
            socket_becomes(fd, to->sa_family == AF_UNSPEC ? SOCKET_UNKNOWN : !is_internet(to) || type != SOCK_DGRAM
                           ? SOCKET_OTHER : port_of(to) == 443 ? SOCKET_QUIC : SOCKET_DATAGRAMS);
        }
        errno = kept;
        return true;
    }
    if (fd >= WIRE_FDS && !guard.observe) {
        errno = EMFILE;
        return false;
    }
    if (!is_guarded()) {
        errno = EACCES;
        return false;
    }
    if (fd < WIRE_FDS) {
        release(fd);
        note(fd, inode_of(fd), to);
    }
    errno = kept;
    return true;
}

void
socket_copies(int fd, int copy)
{
    int kept = errno;
    enum socket_kind kind;

    if (fd < 0 || copy < 0 || fd == copy || copy >= WIRE_FDS)
        return;
    kind = fd < WIRE_FDS ? kind_of(fd) : SOCKET_UNKNOWN;
    if (kind_of(copy) > SOCKET_OTHER)
        release(copy);
    if (kind == SOCKET_COPY)
        fd = state[fd].original;
    if (kind >= SOCKET_FRESH) {
        state[copy].original = (int16_t)fd;
        state[fd].copied = true;
        for (int top = atomic_load(&highest); top < copy && !atomic_compare_exchange_weak(&highest, &top, copy);)
            ;
    }
    socket_becomes(copy, kind >= SOCKET_FRESH ? SOCKET_COPY : kind);
    errno = kept;
}

void
socket_accepted(int fd)
{
    if (fd >= 0 && fd < WIRE_FDS)
        socket_becomes(fd, SOCKET_OTHER);
}

/* Somebody else's descriptor of a socket that we know. */
static int
same_socket(ino_t inode)
{
    for (int i = atomic_load(&highest); i >= 0; i--)
        if (kind_of(i) >= SOCKET_FRESH && kind_of(i) != SOCKET_COPY && state[i].inode == inode && inode_of(i) == inode)
            return i;
    return -1;
}

/* ---- what is spoken ---------------------------------------------------------------------------------------------- */

/* The first bytes of ${v}, at most ${cap}. */
static size_t
first_bytes(const struct iovec *v, size_t n, uint8_t *out, size_t cap)
{
    size_t got = 0;

    for (size_t i = 0; i < n && got < cap; i++) {
        size_t k = v[i].iov_len < cap - got ? v[i].iov_len : cap - got;

        memcpy(out + got, v[i].iov_base, k);
        got += k;
    }
    return got;
}

/* Does it begin like a request of HTTP/1.1, or of HTTP/2, as far as it goes? */
static bool
is_request(const uint8_t *p, size_t n)
{
    static const char *const method[] = { "GET ", "PUT ", "POST ", "HEAD ", "DELETE ", "PATCH ", "OPTIONS ", "TRACE ",
                                          "CONNECT ", "PRI " };

    for (unsigned i = 0; i < sizeof method / sizeof *method; i++)
        if (n && strncmp((const char *)p, method[i], n < strlen(method[i]) ? n : strlen(method[i])) == 0)
            return true;
    return false;
}

static bool
is_hello(const uint8_t *p, size_t n)
{
    return n >= HELLO_MIN && p[0] == RECORD_HANDSHAKE && p[1] == 3 && p[5] == CLIENT_HELLO;
}

/* Step over ${n} bytes of records.  Returns how many bytes of application records have begun in them, or -1: this is
 * no TLS. */
static int64_t
step(struct records *r, const uint8_t *p, size_t n)
{
    int64_t data = 0;

    while (n) {
        size_t k = n < r->left ? n : r->left;

        if (k) {
            r->left = (uint16_t)(r->left - k);
            p += k;
            n -= k;
            continue;
        }
        r->header[r->n_header++] = *p++;
        n--;
        if (r->header[0] < RECORD_FIRST || r->header[0] > RECORD_DATA || (r->n_header > 1 && r->header[1] != 3))
            return -1;
        if (r->n_header < sizeof r->header)
            continue;
        r->n_header = 0;
        r->left = (uint16_t)(r->header[3] << 8 | r->header[4]);
        if (r->left > RECORD_MAX)
            return -1;
        if (r->header[0] == RECORD_DATA)
            data += r->left;
    }
    return data;
}

static int64_t
step_all(struct records *r, const struct iovec *v, size_t n, size_t limit)
{
    int64_t data = 0;

    for (size_t i = 0; i < n && limit; i++) {
        size_t k = v[i].iov_len < limit ? v[i].iov_len : limit;
        int64_t more = step(r, v[i].iov_base, k);

        if (more < 0)
            return -1;
        data += more;
        limit -= k;
    }
    return data;
}

static int64_t
worth(int64_t n)
{
    return n + (n / SMALLEST + 1) * OVERHEAD;
}

void
socket_credit(int fd, int64_t n)
{
    if (fd >= 0 && fd < WIRE_FDS)
        atomic_fetch_add_explicit(&state[fd].credit, n < 0 ? -worth(-n) : worth(n), memory_order_relaxed);
}

void
socket_credit_certificate(int fd)
{
    if (fd < 0 || fd >= WIRE_FDS || state[fd].certified)
        return;
    state[fd].certified = true;
    atomic_fetch_add_explicit(&state[fd].credit, CERTIFICATE_CREDIT, memory_order_relaxed);
}

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

static enum socket_say
refuse(int fd, enum alps_reason reason)
{
    struct alps_decision *d = malloc(sizeof *d);

    if (d) {
        alps_decision_init(d, wire_name(fd));
        d->reason = (uint16_t)reason;
        log_decision(d, 0);
        free(d);
    }
    if (reason != ALPS_SOCKET_KIND) {
        socket_becomes(fd, SOCKET_SHUT);
        shutdown(fd, SHUT_RD);          /* who waits for an answer learns that there is none */
    }
    errno = EACCES;
    return SOCKET_REFUSE;
}

/* A descriptor that nobody told us of: inherited, passed on, or no connection at all. */
static enum socket_kind
meet(int *fd, const struct iovec *v, size_t n)
{
    struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
    struct sockaddr *a = (struct sockaddr *)&peer;
    socklen_t size = sizeof peer;
    ino_t inode = inode_of(*fd);
    uint8_t first[HELLO_MIN];
    size_t n_first;
    int at, domain;

    if (*fd >= WIRE_FDS)
        return SOCKET_OTHER;            /* no connection of ours: those have been refused */
    domain = inode ? option(*fd, SO_DOMAIN) : -1;
    if (domain != AF_INET && domain != AF_INET6) {
        socket_becomes(*fd, SOCKET_OTHER);
        return SOCKET_OTHER;
    }
    if ((at = same_socket(inode)) >= 0) {
        socket_copies(at, *fd);
        *fd = at;
        return kind_of(at);
    }
    if (getpeername(*fd, a, &size) != 0 || !is_internet(a))
        return SOCKET_UNKNOWN;          /* not connected yet: datagrams with an address, or an error to come */
    if (option(*fd, SO_TYPE) != SOCK_STREAM) {
        socket_becomes(*fd, port_of(a) == 443 ? SOCKET_QUIC : SOCKET_DATAGRAMS);
        return kind_of(*fd);
    }
    n_first = first_bytes(v, n, first, sizeof first);
    if (port_of(a) != 443 && port_of(a) != 80 && !is_hello(first, n_first) && !is_request(first, n_first)) {
        socket_becomes(*fd, SOCKET_OTHER);      /* we are the server */
        return SOCKET_OTHER;
    }
    plain_ends(*fd);
    note(*fd, inode, a);
    return SOCKET_FRESH;
}

/* The descriptor that has the state of ${fd}, and what it is.  The number may stand for something else by now. */
static enum socket_kind
look_up(int *fd, const struct iovec *v, size_t n)
{
    enum socket_kind kind = *fd < WIRE_FDS ? kind_of(*fd) : SOCKET_UNKNOWN;
    int original;

    if (kind == SOCKET_COPY) {
        original = state[*fd].original;
        if (kind_of(original) >= SOCKET_FRESH && inode_of(*fd) == state[original].inode) {
            *fd = original;
            return kind_of(original);
        }
        kind = SOCKET_UNKNOWN;
    }
    if (kind >= SOCKET_FRESH && kind != SOCKET_TLS && inode_of(*fd) != state[*fd].inode)
        kind = SOCKET_UNKNOWN;
    return kind == SOCKET_UNKNOWN ? meet(fd, v, n) : kind;
}

/* The first bytes of a connection.  Ports 80 and 443 are where clouds listen: nothing else is spoken there. */
static enum socket_say
begin(int fd, const struct iovec *v, size_t n, bool tunnel)
{
    bool strict = tunnel || state[fd].port == 443 || state[fd].port == 80;
    uint8_t first[HELLO_MIN];
    size_t n_first = first_bytes(v, n, first, sizeof first);

    if (n_first == 0)
        return SOCKET_PASS;
    if (is_hello(first, n_first)) {
        state[fd].credit = SHAKE_CREDIT;
        state[fd].records = (struct records){ .n_header = 0 };
        socket_becomes(fd, SOCKET_TLS);
        return SOCKET_PASS;
    }
    if (!tunnel && is_request(first, n_first)) {
        socket_becomes(fd, SOCKET_PLAIN);
        return SOCKET_JUDGE;
    }
    if (strict && first[0] >= RECORD_FIRST && first[0] <= RECORD_DATA)
        return refuse(fd, ALPS_UNKNOWN_TLS);    /* the middle of a session, or a greeting cut up so that nobody can read it */
    if (tunnel) {
        for (size_t i = 0; i < n; i++)
            state[fd].credit -= (int64_t)v[i].iov_len;
        return state[fd].credit < 0 ? refuse(fd, ALPS_NOT_HTTP) : SOCKET_PASS;
    }
    if (strict && !state[fd].local)
        return refuse(fd, ALPS_NOT_HTTP);
    socket_becomes(fd, SOCKET_OTHER);
    return SOCKET_PASS;
}

static enum socket_say
check_tls(int fd, const struct iovec *v, size_t n)
{
    struct records after = state[fd].records;
    int64_t data = step_all(&after, v, n, SIZE_MAX);

    if (data > atomic_load_explicit(&state[fd].credit, memory_order_relaxed) && socket_in_handshake)
        socket_credit_certificate(fd);
    if (data == 0 || (data > 0 && data <= atomic_load_explicit(&state[fd].credit, memory_order_relaxed)))
        return SOCKET_PASS;
    if (inode_of(fd) != state[fd].inode) {      /* it was closed, and is a file or something by now */
        socket_becomes(fd, SOCKET_UNKNOWN);
        return socket_check(&fd, v, n, NULL);
    }
    return refuse(fd, ALPS_UNKNOWN_TLS);
}

static enum socket_say
check_datagram(int fd, enum socket_kind kind, const struct iovec *v, size_t n, const struct sockaddr *to)
{
    uint8_t first[5] = { 0 };
    size_t size = 0;
    bool quic = kind == SOCKET_QUIC || (to && is_internet(to) && port_of(to) == 443);

    for (size_t i = 0; i < n && size < QUIC_INITIAL; i++)
        size += v[i].iov_len;
    if (!quic && size >= QUIC_INITIAL && first_bytes(v, n, first, sizeof first) == sizeof first)
        quic = (first[0] & 0xc0) == 0xc0 && (memcmp(first + 1, "\0\0\0\1", 4) == 0 ||      /* RFC 9000, RFC 9369 */
                                             memcmp(first + 1, "\x6b\x33\x43\xcf", 4) == 0);
    return quic ? refuse(fd, ALPS_SOCKET_KIND) : SOCKET_PASS;
}

enum socket_say
socket_check(int *fd, const struct iovec *v, size_t n, const struct sockaddr *to)
{
    int kept = errno;
    enum socket_kind kind;
    enum socket_say say = SOCKET_PASS;

    if (*fd < 0 || (guard.observe && to))
        return SOCKET_PASS;
    if (to && is_internet(to) && option(*fd, SO_TYPE) == SOCK_STREAM) {
        errno = EOPNOTSUPP;             /* to connect and send in one call: as a kernel without it says */
        return SOCKET_REFUSE;
    }
    kind = look_up(fd, v, n);
    if (guard.observe && kind != SOCKET_FRESH && kind != SOCKET_PLAIN)
        return SOCKET_PASS;
    switch (kind) {
    case SOCKET_FRESH:     say = begin(*fd, v, n, false); break;
    case SOCKET_TUNNEL:    say = begin(*fd, v, n, true); break;
    case SOCKET_PLAIN:     say = SOCKET_JUDGE; break;
    case SOCKET_TLS:       break;
    case SOCKET_SHUT:      say = SOCKET_REFUSE; break;
    case SOCKET_QUIC:
    case SOCKET_DATAGRAMS: say = check_datagram(*fd, kind, v, n, to); break;
    case SOCKET_UNKNOWN:   say = to && is_internet(to) ? check_datagram(*fd, kind, v, n, to) : SOCKET_PASS; break;
    default:               break;
    }
    if (say == SOCKET_PASS && *fd < WIRE_FDS && kind_of(*fd) == SOCKET_TLS)
        say = check_tls(*fd, v, n);
    if (guard.observe && say == SOCKET_REFUSE)
        say = SOCKET_PASS;
    errno = say == SOCKET_REFUSE ? EACCES : kept;
    return say;
}

void
socket_sent(int fd, const struct iovec *v, size_t n, size_t sent)
{
    int64_t data;

    if (fd < 0 || fd >= WIRE_FDS || kind_of(fd) != SOCKET_TLS || !sent)
        return;
    data = step_all(&state[fd].records, v, n, sent);
    if (data > 0)
        atomic_fetch_sub_explicit(&state[fd].credit, data, memory_order_relaxed);
}

bool
socket_may_splice(int fd)
{
    int kept = errno, at = fd;
    enum socket_kind kind;

    if (fd < 0 || guard.observe)
        return true;
    kind = look_up(&at, NULL, 0);
    errno = kept;
    if (kind < SOCKET_FRESH)
        return true;
    errno = EINVAL;
    return false;
}
