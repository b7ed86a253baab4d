#include "shim/wire.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { HELLO_MIN = 43 };                /* record header, handshake header, version, random */

static struct seen {
    ino_t inode;                        /* 0: nothing seen */
    uint8_t random[WIRE_RANDOM];
    atomic_bool junk;
    uint8_t n_name;
    char name[255];
} seen[WIRE_FDS];                       /* untouched pages cost nothing */
static atomic_int highest = -1;
static atomic_bool any_junk;
static _Thread_local unsigned n_sent;

static ino_t
inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

/* Step over a vector with a length field of ${width} bytes at *${at}; its content.  {NULL, 0}: there is less than it
 * says. */
static alps_slice
vector(alps_slice hello, size_t *at, unsigned width)
{
    size_t n = 0;

    if (hello.n - *at < width)
        return (alps_slice){ NULL, 0 };
    for (unsigned i = 0; i < width; i++)
        n = n << 8 | hello.p[(*at)++];
    if (hello.n - *at < n)
        return (alps_slice){ NULL, 0 };
    *at += n;
    return alps_slice_sub(hello, *at - n, *at);
}

/* The host name of the server_name extension (RFC 6066) of a ClientHello (RFC 8446 section 4.1.2, from its session
 * id). */
static alps_slice
asked_name(alps_slice hello)
{
    size_t at = 0, in;
    alps_slice extensions;

    if (!vector(hello, &at, 1).p || !vector(hello, &at, 2).p || !vector(hello, &at, 1).p ||
        !(extensions = vector(hello, &at, 2)).p)
        return (alps_slice){ NULL, 0 };
    for (at = 0; extensions.n - at >= 4;) {
        unsigned type = (unsigned)extensions.p[at] << 8 | extensions.p[at + 1];
        alps_slice body;

        at += 2;
        body = vector(extensions, &at, 2);
        in = 3;                         /* length of the list, type of the name: host_name */
        if (!body.p)
            break;
        if (type == 0 && body.n > 3 && body.p[2] == 0)
            return vector(body, &in, 2);
    }
    return (alps_slice){ NULL, 0 };
}

void
wire_sent(int fd, const uint8_t *p, size_t n, ssize_t sent)
{
    alps_slice name;
    int kept, top;

    n_sent++;
    if (sent < HELLO_MIN || n < HELLO_MIN || fd < 0 || fd >= WIRE_FDS || p[0] != 0x16 || p[1] != 3 || p[5] != 1)
        return;
    kept = errno;
    memcpy(seen[fd].random, p + 11, WIRE_RANDOM);
    name = asked_name((alps_slice){ p + HELLO_MIN, n - HELLO_MIN });
    seen[fd].n_name = name.n <= sizeof seen[fd].name ? (uint8_t)name.n : 0;
    if (seen[fd].n_name)
        memcpy(seen[fd].name, name.p, seen[fd].n_name);
    seen[fd].inode = inode_of(fd);
    atomic_store(&seen[fd].junk, false);
    for (top = atomic_load(&highest); top < fd && !atomic_compare_exchange_weak(&highest, &top, fd);)
        ;
    errno = kept;
}

unsigned
wire_times_sent(void)
{
    return n_sent;
}

int
wire_find(const uint8_t random[static WIRE_RANDOM])
{
    for (int fd = atomic_load(&highest); fd >= 0; fd--)
        if (seen[fd].inode && memcmp(seen[fd].random, random, WIRE_RANDOM) == 0 && inode_of(fd) == seen[fd].inode)
            return fd;
    return -1;
}

int
wire_find_in(const void *session, size_t n)
{
    for (int fd = atomic_load(&highest); fd >= 0; fd--)
        if (seen[fd].inode && memmem(session, n, seen[fd].random, WIRE_RANDOM) && inode_of(fd) == seen[fd].inode)
            return fd;
    return -1;
}

alps_slice
wire_name(int fd)
{
    if (fd < 0 || fd >= WIRE_FDS)
        return (alps_slice){ NULL, 0 };
    return (alps_slice){ (const uint8_t *)seen[fd].name, seen[fd].n_name };
}

void
wire_wake(int fd, bool junk)
{
    if (junk && fd < WIRE_FDS) {
        atomic_store(&seen[fd].junk, true);
        atomic_store(&any_junk, true);
    }
    shutdown(fd, SHUT_RD);
}

bool
wire_junk(int fd)
{
    return atomic_load_explicit(&any_junk, memory_order_relaxed) && fd >= 0 && fd < WIRE_FDS &&
        atomic_exchange(&seen[fd].junk, false) && inode_of(fd) == seen[fd].inode;
}
