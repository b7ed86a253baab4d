/* core/kernel.h: the words shared with the kernel.  Read by gcc for user space and by clang -target bpf, so: fixed
 * widths, no pointers, no holes, nothing that a compiler may lay out in its own way.
 *
 * A flow is where bytes are about to go.  The kernel's programs (bpf/egress.bpf.c) and the unit tests call the same
 * alps_flow_decide; whoever is not in the map of flows, and is not let through by a flag, is refused. */
#ifndef ALPS_KERNEL_H
#define ALPS_KERNEL_H

#include <linux/types.h>

#include "core/reason.h"

enum {
    ALPS_FLOWS     = 1024,              /* flows that one map holds */
    ALPS_RESOLVERS = 4,                 /* DNS servers that may be named */
    ALPS_EVENTS    = 256 * 1024,        /* bytes of the ring of events; a power of two and of pages */
    ALPS_FLOW_TCP  = 6,                 /* IPPROTO_TCP, IPPROTO_UDP: <linux/in.h> and <netinet/in.h> cannot meet */
    ALPS_FLOW_UDP  = 17,
    ALPS_FLOW_DNS  = 53                 /* the port */
};

/* Where an event was seen; one hook for each program. */
#define ALPS_HOOKS(H) \
    H(CONNECT4, connect4) H(CONNECT6, connect6) H(SENDMSG4, sendmsg4) H(SENDMSG6, sendmsg6) H(SOCKET, socket)
enum alps_hook {
#define ALPS_H(name, text) ALPS_HOOK_##name,
    ALPS_HOOKS(ALPS_H)
#undef ALPS_H
    ALPS_HOOK_COUNT
};

/* The map's key, compared as bytes.  IPv4 is written as ::ffff:a.b.c.d, however the program asked for it, and the
 * unspecified address, which Linux takes for "this machine", is the loopback address. */
struct alps_flow {
    __u8 addr[16];                      /* network order */
    __be16 port;                        /* network order */
    __u16 proto;                        /* ALPS_FLOW_TCP or ALPS_FLOW_UDP.  16 bits: MPTCP is 262, which is 6 in 8 */
};
_Static_assert(sizeof(struct alps_flow) == 20, "the key of the map of flows");

/* What is let through without being listed.  All zero lets nothing through. */
struct alps_egress {
    __u8 observe;                       /* report, but refuse nothing */
    __u8 loopback;                      /* every port of 127.0.0.0/8 and ::1 */
    __u8 n_resolvers;                   /* of the following, whose port 53 may be reached by TCP and UDP */
    __u8 spare;
    __u8 resolver[ALPS_RESOLVERS][16];  /* as in alps_flow */
};
_Static_assert(sizeof(struct alps_egress) == 4 + 16 * ALPS_RESOLVERS, "read-only data of the programs");

/* One refusal (or, in observe mode, what would have been one): the ring buffer's wire format. */
struct alps_event {
    __u64 at_ns;                        /* CLOCK_MONOTONIC */
    __u32 pid, uid;                     /* the process, as the first PID and user namespace number it */
    struct alps_flow flow;              /* of ALPS_HOOK_SOCKET: address and port 0, proto as asked for */
    __u8 hook;                          /* enum alps_hook */
    __u8 type;                          /* SOCK_STREAM, SOCK_DGRAM, …: the socket's */
    __u16 reason;                       /* enum alps_reason */
    char comm[16];                      /* NUL-terminated, chosen by the program itself: not to be trusted */
};
_Static_assert(sizeof(struct alps_event) == 56, "the ring buffer's wire format");

/* ${word}: four 32-bit words in network order, as the kernel's bpf_sock_addr has them. */
static inline void
alps_flow_set6(struct alps_flow *flow, const __u32 *word)
{
    __builtin_memcpy(flow->addr, word, 16);
    if ((word[0] | word[1]) == 0 && word[3] == 0) {
        if (word[2] == 0)
            flow->addr[15] = 1;                             /* :: is ::1 */
        else if (flow->addr[10] == 0xff && flow->addr[11] == 0xff && flow->addr[8] == 0 && flow->addr[9] == 0) {
            flow->addr[12] = 127;                           /* ::ffff:0.0.0.0 is ::ffff:127.0.0.1 */
            flow->addr[15] = 1;
        }
    }
}

/* ${word}: an IPv4 address in network order. */
static inline void
alps_flow_set4(struct alps_flow *flow, __u32 word)
{
    __u32 mapped[4] = { 0, 0, 0, word };

    __builtin_memcpy((__u8 *)mapped + 10, "\xff\xff", 2);
    alps_flow_set6(flow, mapped);
}

/* Is it 127.0.0.0/8 or ::1? */
static inline int
alps_flow_is_loopback(const struct alps_flow *flow)
{
    __u32 word[4];

    __builtin_memcpy(word, flow->addr, 16);
    if ((word[0] | word[1]) != 0 || flow->addr[8] != 0 || flow->addr[9] != 0)
        return 0;
    if (flow->addr[10] == 0xff && flow->addr[11] == 0xff)
        return flow->addr[12] == 127;
    return word[2] == 0 && flow->addr[12] == 0 && flow->addr[13] == 0 && flow->addr[14] == 0 && flow->addr[15] == 1;
}

/* Is it port 53 of a resolver that ${egress} names? */
static inline int
alps_flow_is_dns(const volatile struct alps_egress *egress, const struct alps_flow *flow)
{
    const __u8 *port = (const __u8 *)&flow->port;

    if (port[0] != 0 || port[1] != ALPS_FLOW_DNS)
        return 0;
    for (int i = 0; i < ALPS_RESOLVERS; i++) {
        int same = i < egress->n_resolvers;

        for (int k = 0; k < 16; k++)
            same &= egress->resolver[i][k] == flow->addr[k];
        if (same)
            return 1;
    }
    return 0;
}

/* Why ${flow} may leave, or why not; alps_flow_allowed tells which.  ${listed}: its value in the map of flows (non-zero
 * allows), a null pointer if it is not there.  Never ALPS_OBSERVED: the caller turns a refusal into that. */
static inline enum alps_reason
alps_flow_decide(const volatile struct alps_egress *egress, const struct alps_flow *flow, const __u32 *listed)
{
    if (flow->proto != ALPS_FLOW_TCP && flow->proto != ALPS_FLOW_UDP)
        return ALPS_SOCKET_KIND;
    if (listed && *listed != 0)
        return ALPS_HOST_LISTED;
    if ((egress->loopback && alps_flow_is_loopback(flow)) || alps_flow_is_dns(egress, flow))
        return ALPS_PLATFORM;
    return ALPS_NOT_LISTED;
}

/* May a socket of this kind be made?  ${type}: SOCK_STREAM is 1, SOCK_DGRAM 2; ${proto} as the kernel resolved it.
 * Raw, ICMP, SCTP, UDP-Lite and MPTCP sockets send without passing the hooks that judge addresses. */
static inline enum alps_reason
alps_flow_decide_socket(__u32 type, __u32 proto)
{
    if ((type == 1 && proto == ALPS_FLOW_TCP) || (type == 2 && proto == ALPS_FLOW_UDP))
        return ALPS_HOST_LISTED;
    return ALPS_SOCKET_KIND;
}

static inline int
alps_flow_allowed(enum alps_reason reason)
{ return reason == ALPS_HOST_LISTED || reason == ALPS_PLATFORM || reason == ALPS_OBSERVED; }

#endif
