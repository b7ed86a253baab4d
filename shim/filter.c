#include "shim/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/guard.h"

/* Answers of the kernel that programs know from other sandboxes, and do without what they asked for. */
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))     /* its lower half */
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)
#define DENY(nr, error) UNLESS(nr, 1), REFUSE(error)

enum { OURS = 0x414c5053 };             /* prctl of this number, which is none, tells that the filter is there already */

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif
#ifndef SYS_io_uring_setup              /* the same number on every machine that is younger than Alpha */
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* No comparison but of the number for what is called often: the kernel then remembers the answer. */
static struct sock_filter program[] = {
    LOAD(arch), UNLESS(MACHINE, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), REFUSE(ENOSYS),       /* 32 bits: other numbers */
    LOAD(nr),
#ifdef __x86_64__
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), REFUSE(ENOSYS),                     /* x32 */
#endif
    /* connects and sends past libc and past what other filters say of connect */
    DENY(SYS_io_uring_setup, ENOSYS), DENY(SYS_io_uring_enter, ENOSYS), DENY(SYS_io_uring_register, ENOSYS),
    /* other processes' memory and registers, and the kernel's */
    DENY(SYS_ptrace, EPERM), DENY(SYS_process_vm_writev, EPERM), DENY(SYS_bpf, EPERM), DENY(SYS_perf_event_open, EACCES),
    DENY(SYS_init_module, EPERM), DENY(SYS_finit_module, EPERM), DENY(SYS_kexec_load, EPERM),
    UNLESS(SYS_prctl, 4), ARGUMENT(0), UNLESS(OURS, 1), REFUSE(EOWNERDEAD), ALLOW,
    /* sockets: TCP and UDP, and what stays on the machine; 17 steps, the last allows */
    UNLESS(SYS_socket, 17),
    ARGUMENT(0), IF(AF_UNIX, 14), IF(AF_NETLINK, 13), IF(AF_INET, 2), IF(AF_INET6, 1), REFUSE(EAFNOSUPPORT),
    ARGUMENT(1), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), IF(SOCK_STREAM, 2), IF(SOCK_DGRAM, 1), REFUSE(EPERM),
    ARGUMENT(2), IF(0, 3), IF(IPPROTO_TCP, 2), IF(IPPROTO_UDP, 1), REFUSE(EPROTONOSUPPORT), ALLOW,
    /* TLS in the kernel */
    UNLESS(SYS_setsockopt, 5), ARGUMENT(1), UNLESS(IPPROTO_TCP, 3), ARGUMENT(2), UNLESS(TCP_ULP, 1), REFUSE(ENOENT),
    ALLOW,
};

void
filter_open(void)
{
    struct sock_fprog all = { sizeof program / sizeof *program, program };
    const char *how = getenv("ALPS_SECCOMP");
    int kept = errno;

    if (guard.observe || (how && strcmp(how, "off") == 0) ||
        (prctl(OURS, 0, 0, 0, 0) == -1 && errno == EOWNERDEAD))         /* inherited: one is enough */
        return;
    /* With SPEC_ALLOW no mitigation of speculation comes along, which old kernels make slow.  Where there is no seccomp, the
     * guard goes on as it is. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &all) != 0)
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0);
    errno = kept;
}
