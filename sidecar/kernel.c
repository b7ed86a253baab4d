#include "sidecar/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "egress.skel.h"

enum { PROGRAMS = ALPS_HOOK_COUNT, STALE = 64 };

static const enum bpf_attach_type attach_type[PROGRAMS] = {
    [ALPS_HOOK_CONNECT4] = BPF_CGROUP_INET4_CONNECT, [ALPS_HOOK_CONNECT6] = BPF_CGROUP_INET6_CONNECT,
    [ALPS_HOOK_SENDMSG4] = BPF_CGROUP_UDP4_SENDMSG,  [ALPS_HOOK_SENDMSG6] = BPF_CGROUP_UDP6_SENDMSG,
    [ALPS_HOOK_SOCKET]   = BPF_CGROUP_INET_SOCK_CREATE,
};

struct alps_kernel {
    struct egress_bpf *skel;
    struct ring_buffer *ring;
    int program[PROGRAMS];              /* descriptors, the skeleton's */
    int cgroup;                         /* -1: not attached */
    alps_event_fn *fn;                  /* while draining */
    void *ctx;
};

static int
quiet(enum libbpf_print_level level, const char *format, va_list args)
{
    (void)level; (void)format; (void)args;
    return 0;
}

static void
explain(char *why, const char *what, int error)
{
    const char *hint = "";

    if (error == EPERM || error == EACCES)
        hint = " (needs root, or CAP_BPF and CAP_NET_ADMIN)";
    else if (error == EINVAL || error == ENOTSUP || error == ENOSYS)
        hint = " (needs Linux 5.8 or newer with CONFIG_CGROUP_BPF)";
    snprintf(why, ALPS_WHY, "%.100s: %.60s%s", what, strerror(error), hint);
}

static int
take(void *ctx, void *data, size_t size)
{
    struct alps_kernel *kernel = ctx;

    if (size >= sizeof(struct alps_event))
        kernel->fn(kernel->ctx, data);
    return 0;
}

struct alps_kernel *
alps_kernel_new(const struct alps_egress *egress, char *why)
{
    struct alps_kernel *kernel = calloc(1, sizeof *kernel);
    int error;

    if (!kernel) {
        explain(why, "memory", ENOMEM);
        return NULL;
    }
    kernel->cgroup = -1;
    libbpf_set_print(quiet);
    kernel->skel = egress_bpf__open();
    if (!kernel->skel) {
        explain(why, "opening the BPF programs", errno);
        goto free_kernel;
    }
    kernel->skel->rodata->egress = *egress;
    error = egress_bpf__load(kernel->skel);
    if (error) {
        explain(why, "loading the BPF programs", -error);
        goto free_kernel;
    }
    kernel->ring = ring_buffer__new(bpf_map__fd(kernel->skel->maps.events), take, kernel, NULL);
    if (!kernel->ring) {
        explain(why, "opening the ring of events", errno);
        goto free_kernel;
    }
    kernel->program[ALPS_HOOK_CONNECT4] = bpf_program__fd(kernel->skel->progs.alps_connect4);
    kernel->program[ALPS_HOOK_CONNECT6] = bpf_program__fd(kernel->skel->progs.alps_connect6);
    kernel->program[ALPS_HOOK_SENDMSG4] = bpf_program__fd(kernel->skel->progs.alps_sendmsg4);
    kernel->program[ALPS_HOOK_SENDMSG6] = bpf_program__fd(kernel->skel->progs.alps_sendmsg6);
    kernel->program[ALPS_HOOK_SOCKET] = bpf_program__fd(kernel->skel->progs.alps_socket);
    return kernel;
free_kernel:
    alps_kernel_free(kernel);
    return NULL;
}

int
alps_kernel_allow(struct alps_kernel *kernel, const struct alps_flow *flow)
{
    const __u32 allowed = 1;

    return bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.flows), flow, &allowed, BPF_ANY) == 0 ? 0 : -1;
}

/* Is program ${fd} one of ours? */
static bool
is_ours(int fd, const char *name)
{
    struct bpf_prog_info info = { 0 };
    __u32 size = sizeof info;

    return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && strcmp(info.name, name) == 0;
}

static __u32
id_of(int fd)
{
    struct bpf_prog_info info = { 0 };
    __u32 size = sizeof info;

    return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

/* What a killed sidecar left on hook ${hook}.  We hold the lock, so no living one is meant. */
static int
remove_stale(const struct alps_kernel *kernel, int cgroup, int hook, const char *name)
{
    __u32 id[STALE], n = STALE, own = id_of(kernel->program[hook]);
    int fd, rc = 0;

    if (bpf_prog_query(cgroup, attach_type[hook], 0, NULL, id, &n) != 0)
        return -1;
    for (__u32 i = 0; i < n && rc == 0; i++) {
        if (id[i] == own)
            continue;
        fd = bpf_prog_get_fd_by_id(id[i]);
        if (fd < 0 && errno == ENOENT)                              /* gone meanwhile */
            continue;
        if (fd < 0)
            return -1;
        if (is_ours(fd, name))
            rc = bpf_prog_detach2(fd, cgroup, attach_type[hook]);
        close(fd);
    }
    return rc == 0 ? 0 : -1;
}

int
alps_kernel_attach(struct alps_kernel *kernel, const struct alps_cgroup *group, char *why)
{
    static const char *const name[PROGRAMS] = {
#define ALPS_H(upper, lower) [ALPS_HOOK_##upper] = "alps_" #lower,
        ALPS_HOOKS(ALPS_H)
#undef ALPS_H
    };
    int hook, saved;

    if (flock(group->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            snprintf(why, ALPS_WHY, "another alps-sidecar holds this cgroup");
        else
            explain(why, "locking the cgroup", errno);
        return -1;
    }
    for (hook = 0; hook < PROGRAMS; hook++)
        if (bpf_prog_attach(kernel->program[hook], group->fd, attach_type[hook], BPF_F_ALLOW_MULTI) != 0)
            break;
    if (hook == PROGRAMS) {
        kernel->cgroup = group->fd;
        for (hook = 0; hook < PROGRAMS; hook++)                     /* ours are in force: no gap */
            if (remove_stale(kernel, group->fd, hook, name[hook]) != 0)
                break;
        if (hook == PROGRAMS)
            return 0;
        explain(why, "taking off what a dead sidecar left (CAP_SYS_ADMIN)", errno);
        alps_kernel_detach(kernel);
        return -1;
    }
    saved = errno;
    while (hook-- > 0)
        bpf_prog_detach2(kernel->program[hook], group->fd, attach_type[hook]);
    explain(why, "attaching the BPF programs to the cgroup", saved);
    return -1;
}

int
alps_kernel_fd(const struct alps_kernel *kernel)
{ return ring_buffer__epoll_fd(kernel->ring); }

int
alps_kernel_drain(struct alps_kernel *kernel, alps_event_fn *fn, void *ctx)
{
    kernel->fn = fn;
    kernel->ctx = ctx;
    return ring_buffer__consume(kernel->ring) >= 0 ? 0 : -1;
}

uint64_t
alps_kernel_lost(const struct alps_kernel *kernel)
{ return __atomic_load_n(&kernel->skel->bss->lost, __ATOMIC_RELAXED); }

int
alps_kernel_detach(struct alps_kernel *kernel)
{
    int rc = 0, saved = 0;

    for (int hook = 0; hook < PROGRAMS && kernel->cgroup >= 0; hook++)
        if (bpf_prog_detach2(kernel->program[hook], kernel->cgroup, attach_type[hook]) != 0) {
            rc = -1;
            saved = errno;
        }
    kernel->cgroup = -1;
    errno = saved;
    return rc;
}

void
alps_kernel_free(struct alps_kernel *kernel)
{
    if (!kernel)
        return;
    ring_buffer__free(kernel->ring);
    egress_bpf__destroy(kernel->skel);
    free(kernel);
}
