/* bpf/egress.bpf.c: where may the processes of one cgroup send?  Every connect and every datagram with an address is
 * looked up in a map of flows; what is not there is refused with EPERM and reported.  No byte leaves before that: these
 * hooks run before the first packet, also for TCP Fast Open and io_uring.
 *
 * A verdict is made from a copy of the address that the kernel itself goes on to use, so no second thread can change it
 * in between. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "core/kernel.h"

enum { REFUSE, PASS };                  /* what a cgroup program returns */

const volatile struct alps_egress egress;

__u64 lost;     /* events that found no room in the ring; their calls were refused all the same */

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ALPS_FLOWS);
    __type(key, struct alps_flow);
    __type(value, __u32);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, ALPS_EVENTS);
} events SEC(".maps");

static __always_inline int
verdict(enum alps_reason reason, enum alps_hook hook, __u32 type, const struct alps_flow *flow)
{
    struct alps_event *event;

    if (alps_flow_allowed(reason))
        return PASS;
    event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
    if (event) {
        event->at_ns = bpf_ktime_get_ns();
        event->pid = (__u32)(bpf_get_current_pid_tgid() >> 32);
        event->uid = (__u32)bpf_get_current_uid_gid();
        event->flow = *flow;
        event->hook = (__u8)hook;
        event->type = (__u8)type;
        event->reason = egress.observe ? ALPS_OBSERVED : (__u16)reason;
        if (bpf_get_current_comm(event->comm, sizeof event->comm) != 0)
            event->comm[0] = 0;
        bpf_ringbuf_submit(event, 0);
    } else {
        __sync_fetch_and_add(&lost, 1);
    }
    return egress.observe ? PASS : REFUSE;
}

static __always_inline int
judge(const struct bpf_sock_addr *ctx, enum alps_hook hook, struct alps_flow *flow)
{
    flow->port = (__be16)ctx->user_port;
    flow->proto = (__u16)ctx->protocol;
    return verdict(alps_flow_decide(&egress, flow, bpf_map_lookup_elem(&flows, flow)), hook, ctx->type, flow);
}

/* "This machine" is written out, so that what is connected is what was judged, whatever the socket is bound to. */
static __always_inline int
judge4(struct bpf_sock_addr *ctx, enum alps_hook hook)
{
    struct alps_flow flow = { 0 };

    if (ctx->user_ip4 == 0)
        ctx->user_ip4 = bpf_htonl(0x7f000001);
    alps_flow_set4(&flow, ctx->user_ip4);
    return judge(ctx, hook, &flow);
}

static __always_inline int
judge6(struct bpf_sock_addr *ctx, enum alps_hook hook)
{
    struct alps_flow flow = { 0 };
    __u32 word[4] = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3] };

    if ((word[0] | word[1] | word[2] | word[3]) == 0)
        ctx->user_ip6[3] = bpf_htonl(1);
    alps_flow_set6(&flow, word);
    return judge(ctx, hook, &flow);
}

SEC("cgroup/connect4")
int
alps_connect4(struct bpf_sock_addr *ctx)
{ return judge4(ctx, ALPS_HOOK_CONNECT4); }

SEC("cgroup/connect6")
int
alps_connect6(struct bpf_sock_addr *ctx)
{ return judge6(ctx, ALPS_HOOK_CONNECT6); }

SEC("cgroup/sendmsg4")
int
alps_sendmsg4(struct bpf_sock_addr *ctx)
{ return judge4(ctx, ALPS_HOOK_SENDMSG4); }

SEC("cgroup/sendmsg6")
int
alps_sendmsg6(struct bpf_sock_addr *ctx)
{ return judge6(ctx, ALPS_HOOK_SENDMSG6); }

SEC("cgroup/sock_create")
int
alps_socket(struct bpf_sock *ctx)
{
    struct alps_flow flow = { .proto = (__u16)ctx->protocol };

    return verdict(alps_flow_decide_socket(ctx->type, ctx->protocol), ALPS_HOOK_SOCKET, ctx->type, &flow);
}

char alps_license[] SEC("license") = "Dual BSD/GPL";     /* the kernel gives its clock to such programs only */
