#include "sidecar/probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/text.h"
#include "sidecar/kernel.h"
#include "sidecar/sidecar.h"

#define INSN(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define RETURN(value)       INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, (value)), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define COUNT(array)        ((int)(sizeof(array) / sizeof *(array)))

struct world { struct alps_cgroup group; bool grouped; char no_group[ALPS_WHY]; };

struct probe {
    const char *name, *use;
    int (*run)(const struct probe *, struct world *, char *why);
    enum bpf_prog_type type;
    enum bpf_attach_type attach;
};

/* -1, and ${why} says what failed. */
static int
failed(char *why, const char *what)
{
    snprintf(why, ALPS_WHY, "%.160s: %.80s", what, strerror(errno));
    return -1;
}

static int
load(const struct probe *probe, const struct bpf_insn *insns, int n, __u32 btf_id, char *why)
{
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = probe->attach, .attach_btf_id = btf_id);
    int fd = bpf_prog_load(probe->type, "alps_probe", "GPL", insns, (size_t)n, &opts);

    return fd >= 0 ? fd : failed(why, "loading a program");
}

static int
try_group(const struct probe *probe, struct world *world, char *why)
{
    (void)probe;
    if (world->grouped)
        return 0;
    memcpy(why, world->no_group, ALPS_WHY);
    return -1;
}

static int
try_ring(const struct probe *probe, struct world *world, char *why)
{
    int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "alps_probe", 0, 0, ALPS_EVENTS, NULL);

    (void)probe; (void)world;
    if (fd < 0)
        return failed(why, "making a ring buffer");
    close(fd);
    return 0;
}

static int
try_btf(const struct probe *probe, struct world *world, char *why)
{
    struct btf *btf = btf__load_vmlinux_btf();

    (void)probe; (void)world;
    if (!btf)
        return failed(why, "reading the kernel's type information");
    btf__free(btf);
    return 0;
}

/* A program that lets everything pass, on a cgroup that nobody is in. */
static int
try_cgroup(const struct probe *probe, struct world *world, char *why)
{
    static const struct bpf_insn pass[] = { RETURN(1) };
    int rc, fd = load(probe, pass, COUNT(pass), 0, why);

    if (fd < 0)
        return -1;
    rc = try_group(probe, world, why);
    if (rc == 0 && bpf_prog_attach(fd, world->group.fd, probe->attach, BPF_F_ALLOW_MULTI) != 0)
        rc = failed(why, "attaching to a cgroup");
    if (rc == 0 && bpf_prog_detach2(fd, world->group.fd, probe->attach) != 0)
        rc = failed(why, "detaching from a cgroup");
    close(fd);
    return rc;
}

__attribute__((noinline)) static int
target(int n)
{
    __asm__ volatile("" : "+r"(n));
    return n;
}

/* Where ${code} lies in the file of this program. */
static bool
file_offset(uintptr_t code, uint64_t *offset)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long from, to, at;
    char line[512];
    bool found = false;

    while (maps && !found && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %*s %lx", &from, &to, &at) == 3 && code >= from && code < to) {
            *offset = code - from + at;
            found = true;
        }
    if (maps)
        fclose(maps);
    return found;
}

/* A perf event that fires whenever target() is entered by this process. */
static int
open_uprobe(char *why)
{
    static const char path[] = "/proc/self/exe";
    struct perf_event_attr attr = { .size = sizeof attr, .sample_period = 1, .wakeup_events = 1 };
    FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
    unsigned type = 0;
    uint64_t offset = 0;
    int fd;

    if (!file || fscanf(file, "%u", &type) != 1 || !file_offset((uintptr_t)target, &offset)) {
        if (file)
            fclose(file);
        snprintf(why, ALPS_WHY, "the kernel lists no uprobe event source");
        return -1;
    }
    fclose(file);
    attr.type = type;
    attr.uprobe_path = (__u64)(uintptr_t)path;
    attr.probe_offset = offset;
    fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, (unsigned long)PERF_FLAG_FD_CLOEXEC);
    return fd >= 0 ? fd : failed(why, "opening a uprobe");
}

/* Counts two calls of target() by a program on its first instruction. */
static int
try_uprobe(const struct probe *probe, struct world *world, char *why)
{
    int (*volatile call)(int) = target;                             /* volatile: the call is made, and made there */
    const __u32 zero = 0;
    __u64 count = 0;
    int rc = -1, event = -1, fd = -1, map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "alps_probe", 4, 8, 1, NULL);

    (void)world;
    if (map < 0)
        return failed(why, "making a map");
    const struct bpf_insn insns[] = {
        INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_VALUE, 0, map), INSN(0, 0, 0, 0, 0),
        INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 1),
        INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD),
        RETURN(0),
    };
    fd = load(probe, insns, COUNT(insns), 0, why);
    if (fd < 0 || (event = open_uprobe(why)) < 0)
        goto close_all;
    if (ioctl(event, PERF_EVENT_IOC_SET_BPF, fd) != 0 || ioctl(event, PERF_EVENT_IOC_ENABLE, 0) != 0) {
        failed(why, "attaching to a uprobe");
        goto close_all;
    }
    call(call(0));
    rc = bpf_map_lookup_elem(map, &zero, &count) == 0 && count == 2 ? 0 : -1;
    if (rc != 0)
        snprintf(why, ALPS_WHY, "it attaches, but two calls made %llu events", (unsigned long long)count);
close_all:
    if (event >= 0)
        close(event);
    if (fd >= 0)
        close(fd);
    close(map);
    return rc;
}

/* Loading is enough to know: nobody is to be killed. */
static int
try_kill(const struct probe *probe, struct world *world, char *why)
{
    static const struct bpf_insn insns[] = {
        INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, SIGKILL),
        INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_send_signal),
        RETURN(0),
    };
    int fd = load(probe, insns, COUNT(insns), 0, why);

    (void)world;
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int
try_lsm(const struct probe *probe, struct world *world, char *why)
{
    static const struct bpf_insn pass[] = { RETURN(0) };
    int link, fd, id = libbpf_find_vmlinux_btf_id("socket_connect", BPF_LSM_MAC);

    (void)world;
    if (id < 0) {
        errno = -id;
        return failed(why, "finding the hook bpf_lsm_socket_connect");
    }
    fd = load(probe, pass, COUNT(pass), (__u32)id, why);
    if (fd < 0)
        return -1;
    link = bpf_raw_tracepoint_open(NULL, fd);
    if (link < 0)
        failed(why, "attaching to the hook");
    else
        close(link);
    close(fd);
    return link < 0 ? -1 : 0;
}

static int
try_egress(const struct probe *probe, struct world *world, char *why)
{
    static const struct alps_egress none;
    struct alps_kernel *kernel = alps_kernel_new(&none, why);
    int rc = kernel ? try_group(probe, world, why) : -1;

    if (rc == 0)
        rc = alps_kernel_attach(kernel, &world->group, why);
    if (rc == 0 && alps_kernel_detach(kernel) != 0)
        rc = failed(why, "detaching");
    alps_kernel_free(kernel);
    return rc;
}

#define ON_ADDRESS(hook) try_cgroup, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, (hook)

static const struct probe probes[] = {
    { "cgroup2",            "groups of processes",          try_group, 0, 0 },
    { "ringbuf",            "events, in order",             try_ring, 0, 0 },
    { "btf",                "the kernel's own types",       try_btf, 0, 0 },
    { "cgroup/connect4",    "refuse or redirect, IPv4",     ON_ADDRESS(BPF_CGROUP_INET4_CONNECT) },
    { "cgroup/connect6",    "refuse or redirect, IPv6",     ON_ADDRESS(BPF_CGROUP_INET6_CONNECT) },
    { "cgroup/sendmsg4",    "refuse datagrams, IPv4",       ON_ADDRESS(BPF_CGROUP_UDP4_SENDMSG) },
    { "cgroup/sendmsg6",    "refuse datagrams, IPv6",       ON_ADDRESS(BPF_CGROUP_UDP6_SENDMSG) },
    { "cgroup/sock_create", "refuse raw, ICMP, MPTCP, …",   try_cgroup, BPF_PROG_TYPE_CGROUP_SOCK,
      BPF_CGROUP_INET_SOCK_CREATE },
    { "uprobe",             "see TLS writes",               try_uprobe, BPF_PROG_TYPE_KPROBE, 0 },
    { "send_signal",        "kill at a uprobe",             try_kill, BPF_PROG_TYPE_KPROBE, 0 },
    { "lsm",                "refuse below system calls",    try_lsm, BPF_PROG_TYPE_LSM, BPF_LSM_MAC },
    { "egress",             "alps-sidecar egress",          try_egress, 0, 0 },
};
_Static_assert(COUNT(probes) <= ALPS_FEATURES, "room for every feature");

static int
quiet(enum libbpf_print_level level, const char *format, va_list args)
{
    (void)level; (void)format; (void)args;
    return 0;
}

unsigned
alps_probe(struct alps_feature out[ALPS_FEATURES])
{
    struct world world;

    libbpf_set_print(quiet);
    world.no_group[0] = 0;
    world.grouped = alps_cgroup_open(&world.group, NULL, world.no_group) == 0;
    for (int i = 0; i < COUNT(probes); i++) {
        out[i] = (struct alps_feature){ .name = probes[i].name, .use = probes[i].use };
        out[i].works = probes[i].run(&probes[i], &world, out[i].why) == 0;
        if (out[i].works)
            out[i].why[0] = 0;
    }
    if (world.grouped)
        alps_cgroup_close(&world.group);
    return COUNT(probes);
}

static void
print_json(const struct alps_feature *feature, unsigned n, const char *release)
{
    char text[ALPS_FEATURES * 1024];
    struct alps_text t = { text, 0, sizeof text };

    alps_text_add(&t, "{\"kernel\":");
    alps_text_string(&t, alps_slice_of(release));
    alps_text_add(&t, ",\"features\":[");
    for (unsigned i = 0; i < n; i++) {
        alps_text_add(&t, i ? ",{\"name\":" : "{\"name\":");
        alps_text_string(&t, alps_slice_of(feature[i].name));
        alps_text_add(&t, feature[i].works ? ",\"works\":true" : ",\"works\":false");
        alps_text_add(&t, ",\"why\":");
        alps_text_string(&t, feature[i].works ? (alps_slice){ NULL, 0 } : alps_slice_of(feature[i].why));
        alps_text_byte(&t, '}');
    }
    alps_text_add(&t, "]}\n");
    fwrite(text, 1, t.n, stdout);
}

int
alps_sidecar_probe(int argc, char **argv)
{
    static const struct option table[] = { { "json", 0, NULL, 'j' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
    struct alps_feature feature[ALPS_FEATURES];
    struct utsname system;
    int option, json = 0;
    unsigned n;

    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option == 'j')
            json = 1;
        else {
            fputs("usage: alps-sidecar probe [--json]\n\nWhat this kernel allows, each feature by trying it.  "
                  "Exit status 1 if `alps-sidecar egress` would not work.\n", option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    uname(&system);
    n = alps_probe(feature);
    if (json)
        print_json(feature, n, system.release);
    for (unsigned i = 0; i < n && !json; i++)
        printf("%-3s  %-18s  %s\n", feature[i].works ? "yes" : "no", feature[i].name,
               feature[i].works ? feature[i].use : feature[i].why);
    return feature[n - 1].works ? 0 : 1;
}
