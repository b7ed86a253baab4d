/* The decision that user space and the kernel's programs share (core/kernel.h). */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "core/kernel.h"

static const __u32 yes = 1, no = 0;

static struct alps_flow
flow_of(const char *address, unsigned port, unsigned proto)
{
    struct alps_flow flow = { .port = htons((uint16_t)port), .proto = (__u16)proto };
    __u32 word[4];

    if (inet_pton(AF_INET, address, word) == 1)
        alps_flow_set4(&flow, word[0]);
    else {
        cr_assert_eq(inet_pton(AF_INET6, address, word), 1, "%s", address);
        alps_flow_set6(&flow, word);
    }
    return flow;
}

static bool
same(const char *a, const char *b)
{
    struct alps_flow one = flow_of(a, 443, ALPS_FLOW_TCP), other = flow_of(b, 443, ALPS_FLOW_TCP);

    return memcmp(&one, &other, sizeof one) == 0;
}

static enum alps_reason
decide(const struct alps_egress *egress, const char *address, unsigned port, unsigned proto)
{
    struct alps_flow flow = flow_of(address, port, proto);

    return alps_flow_decide(egress, &flow, NULL);
}

Test(kernel, words_have_no_holes)
{
    cr_assert_eq(offsetof(struct alps_flow, port), 16);
    cr_assert_eq(offsetof(struct alps_flow, proto), 18);
    cr_assert_eq(offsetof(struct alps_event, flow), 16);
    cr_assert_eq(offsetof(struct alps_event, hook), 36);
    cr_assert_eq(offsetof(struct alps_event, reason), 38);
    cr_assert_eq(offsetof(struct alps_event, comm), 40);
    cr_assert_eq(sizeof(struct alps_event), 56);
}

Test(kernel, ring_and_numbers_are_what_the_kernel_takes)
{
    cr_assert_eq(ALPS_EVENTS & (ALPS_EVENTS - 1), 0);
    cr_assert_eq(ALPS_EVENTS % 4096, 0);
    cr_assert_eq(ALPS_FLOW_TCP, IPPROTO_TCP);
    cr_assert_eq(ALPS_FLOW_UDP, IPPROTO_UDP);
    cr_assert_eq(SOCK_STREAM, 1);
    cr_assert_eq(SOCK_DGRAM, 2);
}

Test(kernel, one_address_has_one_key)
{
    cr_assert(same("127.0.0.1", "::ffff:127.0.0.1"));
    cr_assert(same("0.0.0.0", "127.0.0.1"));
    cr_assert(same("::", "::1"));
    cr_assert(same("::ffff:0.0.0.0", "127.0.0.1"));
    cr_assert(!same("127.0.0.1", "::1"));
    cr_assert(!same("10.0.0.1", "::10.0.0.1"), "the deprecated compatible form is another address");
    cr_assert(!same("10.0.0.1", "64:ff9b::10.0.0.1"));
    cr_assert(!same("::ffff:0:0:0:0", "::1"));
}

Test(kernel, nothing_is_let_through_by_zeroes)
{
    static const struct alps_egress none;

    cr_assert_eq(decide(&none, "127.0.0.1", 80, ALPS_FLOW_TCP), ALPS_NOT_LISTED);
    cr_assert_eq(decide(&none, "::1", 53, ALPS_FLOW_UDP), ALPS_NOT_LISTED);
    cr_assert_eq(decide(&none, "0.0.0.0", 53, ALPS_FLOW_UDP), ALPS_NOT_LISTED);
    cr_assert_not(alps_flow_allowed((enum alps_reason)0));
}

Test(kernel, the_map_decides)
{
    static const struct alps_egress none;
    struct alps_flow flow = flow_of("192.0.2.7", 443, ALPS_FLOW_TCP);

    cr_assert(alps_flow_allowed(alps_flow_decide(&none, &flow, &yes)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide(&none, &flow, &no)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide(&none, &flow, NULL)));
}

Test(kernel, other_protocols_are_refused_even_if_listed)
{
    static const struct alps_egress open = { .loopback = 1 };
    struct alps_flow flow = flow_of("127.0.0.1", 443, 262);         /* MPTCP, which 8 bits would make TCP */

    cr_assert_eq(alps_flow_decide(&open, &flow, &yes), ALPS_SOCKET_KIND);
    flow.proto = 132;
    cr_assert_eq(alps_flow_decide(&open, &flow, &yes), ALPS_SOCKET_KIND);
    cr_assert_not(alps_flow_allowed(ALPS_SOCKET_KIND));
}

Test(kernel, loopback_flag_means_loopback)
{
    static const struct alps_egress loopback = { .loopback = 1 };
    static const char *const inside[] = { "127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "::", "::ffff:127.9.9.9" };
    static const char *const outside[] = { "128.0.0.1", "126.255.255.255", "::2", "::127.0.0.1", "::1:0:0:1", "1::1",
                                           "::100", "fe80::1", "169.254.169.254", "::ffff:0:127.0.0.1", "::1:0:1" };

    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        cr_assert_eq(decide(&loopback, inside[i], 9001, ALPS_FLOW_TCP), ALPS_PLATFORM, "%s", inside[i]);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        cr_assert_eq(decide(&loopback, outside[i], 9001, ALPS_FLOW_TCP), ALPS_NOT_LISTED, "%s", outside[i]);
}

Test(kernel, resolvers_are_port_53_of_those_named)
{
    struct alps_egress dns = { .n_resolvers = 2 };
    struct alps_flow first = flow_of("10.0.0.2", 0, 0), second = flow_of("2001:db8::53", 0, 0);
    struct alps_flow third = flow_of("10.0.0.3", 0, 0);

    memcpy(dns.resolver[0], first.addr, 16);
    memcpy(dns.resolver[1], second.addr, 16);
    memcpy(dns.resolver[2], third.addr, 16);                        /* beyond n_resolvers: not named */
    cr_assert_eq(decide(&dns, "10.0.0.2", 53, ALPS_FLOW_UDP), ALPS_PLATFORM);
    cr_assert_eq(decide(&dns, "10.0.0.2", 53, ALPS_FLOW_TCP), ALPS_PLATFORM);
    cr_assert_eq(decide(&dns, "2001:db8::53", 53, ALPS_FLOW_UDP), ALPS_PLATFORM);
    cr_assert_eq(decide(&dns, "10.0.0.3", 53, ALPS_FLOW_UDP), ALPS_NOT_LISTED);
    cr_assert_eq(decide(&dns, "10.0.0.2", 853, ALPS_FLOW_TCP), ALPS_NOT_LISTED);
    cr_assert_eq(decide(&dns, "10.0.0.2", 13568, ALPS_FLOW_TCP), ALPS_NOT_LISTED, "53 with its bytes swapped");
    cr_assert_eq(decide(&dns, "10.0.0.1", 53, ALPS_FLOW_UDP), ALPS_NOT_LISTED);
}

Test(kernel, only_tcp_and_udp_sockets_can_be_made)
{
    cr_assert(alps_flow_allowed(alps_flow_decide_socket(SOCK_STREAM, IPPROTO_TCP)));
    cr_assert(alps_flow_allowed(alps_flow_decide_socket(SOCK_DGRAM, IPPROTO_UDP)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_STREAM, 262)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_STREAM, 132)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_DGRAM, IPPROTO_ICMP)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_DGRAM, 136)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_RAW, IPPROTO_TCP)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_RAW, IPPROTO_UDP)));
    cr_assert_not(alps_flow_allowed(alps_flow_decide_socket(SOCK_SEQPACKET, 132)));
}
