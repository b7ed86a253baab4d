/* caller HOW ADDR PORT: sends one byte there in one of the ways that Linux has, and prints "ok" or the error's name.
 * Linked statically, so nothing but the kernel can hold it. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct sockaddr_storage to;
static socklen_t to_len;
static int family;

static int
by_connect(int fd)
{ return connect(fd, (struct sockaddr *)&to, to_len) == 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1; }

static int
by_sendto(int fd)
{ return sendto(fd, "x", 1, 0, (struct sockaddr *)&to, to_len) == 1 ? 0 : -1; }

static int
by_fastopen(int fd)
{ return sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&to, to_len) == 1 ? 0 : -1; }

static struct mmsghdr
message(struct iovec *iov)
{
    struct mmsghdr m = { .msg_hdr = { .msg_name = &to, .msg_namelen = to_len, .msg_iov = iov, .msg_iovlen = 1 } };

    *iov = (struct iovec){ "x", 1 };
    return m;
}

static int
by_sendmsg(int fd)
{
    struct iovec iov;
    struct mmsghdr m = message(&iov);

    return sendmsg(fd, &m.msg_hdr, 0) == 1 ? 0 : -1;
}

static int
by_sendmmsg(int fd)
{
    struct iovec iov;
    struct mmsghdr m = message(&iov);

    return sendmmsg(fd, &m, 1, 0) == 1 ? 0 : -1;
}

static int
by_io_uring(int fd)
{
    struct io_uring_params p;
    struct io_uring_sqe *sqe;
    uint8_t *sq, *cq;
    uint32_t tail;
    int ring;

    memset(&p, 0, sizeof p);
    ring = (int)syscall(SYS_io_uring_setup, 4, &p);
    if (ring < 0)
        return -1;
    sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
              IORING_OFF_CQ_RING);
    sqe = mmap(NULL, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
        return -1;
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = IORING_OP_CONNECT;
    sqe->fd = fd;
    sqe->addr = (uintptr_t)&to;
    sqe->off = to_len;
    tail = *(uint32_t *)(sq + p.sq_off.tail);
    ((uint32_t *)(sq + p.sq_off.array))[tail & *(uint32_t *)(sq + p.sq_off.ring_mask)] = 0;
    __atomic_store_n((uint32_t *)(sq + p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return -1;
    errno = -((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
    return errno == 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static const struct how { const char *name; int (*run)(int); int type, proto; } table[] = {
    { "tcp",        by_connect,   SOCK_STREAM, 0 },
    { "fastopen",   by_fastopen,  SOCK_STREAM, 0 },
    { "io_uring",   by_io_uring,  SOCK_STREAM, 0 },
    { "mptcp",      by_connect,   SOCK_STREAM, 262 },
    { "udp",        by_sendto,    SOCK_DGRAM,  0 },
    { "connected",  by_connect,   SOCK_DGRAM,  0 },
    { "sendmsg",    by_sendmsg,   SOCK_DGRAM,  0 },
    { "sendmmsg",   by_sendmmsg,  SOCK_DGRAM,  0 },
    { "udplite",    by_sendto,    SOCK_DGRAM,  IPPROTO_UDPLITE },
    { "raw",        by_sendto,    SOCK_RAW,    253 },
};

int
main(int argc, char **argv)
{
    const char *dash = argc > 1 ? strchr(argv[1], '@') : NULL;      /* udp@6: an IPv6 socket, whatever the address is */
    size_t n = argc == 4 ? (dash ? (size_t)(dash - argv[1]) : strlen(argv[1])) : 0;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
    int fd, rc;

    if (argc == 4 && inet_pton(AF_INET, argv[2], &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)atoi(argv[3]));
        to_len = sizeof *v4;
    } else if (argc == 4 && inet_pton(AF_INET6, argv[2], &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)atoi(argv[3]));
        to_len = sizeof *v6;
    }
    family = dash && dash[1] == '6' ? AF_INET6 : to.ss_family;
    for (size_t i = 0; to_len && i < sizeof table / sizeof *table; i++) {
        if (strlen(table[i].name) != n || memcmp(table[i].name, argv[1], n) != 0)
            continue;
        fd = socket(family, table[i].type, table[i].proto);
        rc = fd >= 0 ? table[i].run(fd) : -1;
        puts(rc == 0 ? "ok" : strerrorname_np(errno));
        return 0;
    }
    return 2;
}
