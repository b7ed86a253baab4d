/* Flows and events as people and logs write them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/text.h"
#include "sidecar/flow.c"

static void
reads_as(const char *text, const char *printed, unsigned proto)
{
    struct alps_flow flow;
    char out[ALPS_FLOW_TEXT];

    cr_assert(alps_flow_parse(text, &flow), "%s", text);
    alps_flow_print(&flow, out);
    cr_assert_str_eq(out, printed);
    cr_assert_eq(flow.proto, proto, "%s", text);
}

Test(flow, is_read_and_printed)
{
    reads_as("10.0.0.1:443", "10.0.0.1:443", ALPS_FLOW_TCP);
    reads_as("10.0.0.1:443/tcp", "10.0.0.1:443", ALPS_FLOW_TCP);
    reads_as("10.0.0.2:53/udp", "10.0.0.2:53", ALPS_FLOW_UDP);
    reads_as("[2001:DB8:0::1]:65535", "[2001:db8::1]:65535", ALPS_FLOW_TCP);
    reads_as("[::ffff:10.0.0.1]:1", "10.0.0.1:1", ALPS_FLOW_TCP);
    reads_as("0.0.0.0:80", "127.0.0.1:80", ALPS_FLOW_TCP);
    reads_as("[::]:80", "[::1]:80", ALPS_FLOW_TCP);
}

Test(flow, that_is_none_is_refused)
{
    static const char *const wrong[] = {
        "", ":", ":80", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:100000", "10.0.0.1:-1",
        "10.0.0.1:+1", "10.0.0.1: 1", "10.0.0.1:80x", "10.0.0.1:80/", "10.0.0.1:80/sctp", "10.0.0.1:80/tcp ",
        "10.0.0:80", "010.0.0.1:80", "localhost:80", "2001:db8::1:443", "::1", "[::1]", "[::1]80", "[::1:80",
        "[10.0.0.1]:80", "[]:80", "[fe80::1%eth0]:80", "[0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1]:80" };
    struct alps_flow flow;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(alps_flow_parse(wrong[i], &flow), "%s", wrong[i]);
}

Test(flow, key_has_no_stray_bytes)
{
    struct alps_flow a, b;

    memset(&a, 0xaa, sizeof a);
    memset(&b, 0x55, sizeof b);
    cr_assert(alps_flow_parse("10.0.0.1:443/udp", &a));
    cr_assert(alps_flow_parse("[::ffff:a00:1]:443/udp", &b));
    cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
}

Test(flow, resolvers_come_from_resolv_conf)
{
    struct alps_egress egress = { 0 };
    char path[] = "/tmp/alps-resolv-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] =
        "# nameserver 192.0.2.1\nsearch example\nnameserver 10.0.0.2\n\n nameserver\t2001:db8::53\nnameserver\n"
        "nameserver x\nnameserver fe80::1%eth0\noptions edns0\nnameserver 10.0.0.4\nnameserver 10.0.0.5";

    cr_assert_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    cr_assert_eq(alps_flow_resolvers(&egress, path), 4);
    unlink(path);
    cr_assert_eq(egress.n_resolvers, ALPS_RESOLVERS);
    cr_assert_arr_eq(egress.resolver[0], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\2", 16);
    cr_assert_arr_eq(egress.resolver[1], "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x53", 16);
    cr_assert_arr_eq(egress.resolver[2], "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    cr_assert_arr_eq(egress.resolver[3], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\4", 16);
    cr_assert_eq(alps_flow_resolvers(&egress, "/no/such/file"), -1);
}

static struct alps_event
event_of(const char *flow, enum alps_hook hook, enum alps_reason reason)
{
    struct alps_event event = { .pid = 4711, .uid = 1000, .hook = (__u8)hook, .reason = (__u16)reason,
                                .comm = "python3" };

    cr_assert(alps_flow_parse(flow, &event.flow));
    return event;
}

static void
says(const struct alps_event *event, const char *function, const char *line)
{
    char out[ALPS_EVENT_JSON];
    size_t n = alps_event_json(event, 1795200000123456, function, out, sizeof out);

    cr_assert_eq(n, strlen(line), "%.*s", (int)n, out);
    cr_assert_arr_eq(out, line, n, "%.*s", (int)n, out);
}

Test(flow, event_is_one_line_of_json)
{
    struct alps_event event = event_of("10.0.0.1:443", ALPS_HOOK_CONNECT4, ALPS_NOT_LISTED);

    says(&event, "checkout",
         "{\"at\":\"2026-11-20T18:40:00.123456Z\",\"verdict\":\"deny\",\"reason\":\"NOT_LISTED\","
         "\"vendor\":null,\"operation\":null,\"accesses\":[],\"rule\":null,\"host\":\"10.0.0.1:443\","
         "\"via\":\"kernel\",\"function\":\"checkout\",\"pid\":4711,"
         "\"uid\":1000,\"hook\":\"connect4\",\"protocol\":\"tcp\",\"comm\":\"python3\"}\n");
}

Test(flow, observed_event_was_let_through)
{
    struct alps_event event = event_of("[2001:db8::1]:53/udp", ALPS_HOOK_SENDMSG6, ALPS_OBSERVED);

    says(&event, NULL,
         "{\"at\":\"2026-11-20T18:40:00.123456Z\",\"verdict\":\"allow\",\"reason\":\"OBSERVED\","
         "\"vendor\":null,\"operation\":null,\"accesses\":[],\"rule\":null,\"host\":\"[2001:db8::1]:53\","
         "\"via\":\"kernel\",\"function\":null,\"pid\":4711,"
         "\"uid\":1000,\"hook\":\"sendmsg6\",\"protocol\":\"udp\",\"comm\":\"python3\"}\n");
}

Test(flow, socket_event_has_no_host_and_a_name_cannot_break_the_line)
{
    struct alps_event event = { .hook = ALPS_HOOK_SOCKET, .reason = ALPS_SOCKET_KIND, .flow.proto = 262, .pid = 1 };

    memcpy(event.comm, "a\"\n\\\x1b\x01" "bcdefghijkl", sizeof event.comm);      /* not even terminated */
    says(&event, NULL,
         "{\"at\":\"2026-11-20T18:40:00.123456Z\",\"verdict\":\"deny\",\"reason\":\"SOCKET_KIND\","
         "\"vendor\":null,\"operation\":null,\"accesses\":[],\"rule\":null,\"host\":null,"
         "\"via\":\"kernel\",\"function\":null,\"pid\":1,"
         "\"uid\":0,\"hook\":\"socket\",\"protocol\":262,\"comm\":\"a\\\"\\n\\\\\\u001b*bcdefghijk\"}\n");
}

Test(flow, longest_line_fits)
{
    struct alps_event event = event_of("[1111:2222:3333:4444:5555:6666:7777:8888]:65535/udp", ALPS_HOOK_CONNECT6,
                                       ALPS_NOT_LISTED);
    char out[ALPS_EVENT_JSON], function[200];

    event.pid = event.uid = UINT32_MAX;
    memset(event.comm, '\x02', sizeof event.comm);
    memset(function, '\x02', sizeof function - 1);
    function[sizeof function - 1] = 0;
    cr_assert_gt(alps_event_json(&event, 1795200000123456, function, out, sizeof out), 0);
}
