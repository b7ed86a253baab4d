#include "cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, PAGE = 4096, LIMIT_S = 5, SYS_MSEAL = 462 };

static int
error_of(long rc)
{ return rc < 0 ? errno : 0; }

/* A filter that asks its listener about one system call, and lets all others pass. */
static int
listener_open(int number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof code / sizeof *code, code };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* A child asks for its parent's id and gets a descriptor put in its place, as the supervisor will do with connect(2). */
static int
try_listener(void)
{
    struct seccomp_notif req = { .id = 0 };
    struct seccomp_notif_resp resp = { .val = 4711 };
    struct seccomp_notif_addfd add = { .flags = SECCOMP_ADDFD_FLAG_SETFD, .newfd = 200 };
    int fd = listener_open(SYS_getppid), status, rc = 0;
    pid_t child;

    if (fd < 0)
        return errno;
    child = fork();
    if (child == 0)
        _exit(syscall(SYS_getppid) == 4711 && fcntl(200, F_GETFD) >= 0 ? 0 : 1);
    if (child < 0 || ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req) != 0)
        return errno;
    resp.id = add.id = req.id;
    add.srcfd = (unsigned)open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
        rc = errno;
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) != 0 && rc == 0)
        rc = errno;
    if (waitpid(child, &status, 0) != child || (rc == 0 && status != 0))
        return rc ? rc : EPROTO;
    return rc;
}

static int
try_bpf(void)
{
    static const struct bpf_insn code[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 }, { .code = BPF_JMP | BPF_EXIT }
    };
    union bpf_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
    attr.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
    attr.insns = (unsigned long)code;
    attr.insn_cnt = sizeof code / sizeof *code;
    attr.license = (unsigned long)"GPL";
    return error_of(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr));
}

/* Where in its file the program's own code is: the kernel wants the start of an instruction there. */
static int
find_offset(struct dl_phdr_info *info, size_t size, void *offset)
{
    unsigned long at = (unsigned long)&alps_probe_try - info->dlpi_addr;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && at - info->dlpi_phdr[i].p_vaddr < info->dlpi_phdr[i].p_filesz)
            *(unsigned long *)offset = at - info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_offset;
    return 1;                                   /* the first object is the program itself */
}

static int
try_uprobe(void)
{
    struct perf_event_attr attr;
    FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
    unsigned type = 0;
    unsigned long offset = 0;

    if (!f)
        return errno;
    if (fscanf(f, "%u", &type) != 1)
        type = 0;
    fclose(f);
    dl_iterate_phdr(find_offset, &offset);
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = type;
    attr.config1 = (unsigned long)"/proc/self/exe";
    attr.config2 = offset;
    return error_of(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

static int
try_user_namespace(void)
{ return error_of(unshare(CLONE_NEWUSER | CLONE_NEWNET)); }

static int
try_io_uring(void)
{
    struct io_uring_params p;

    memset(&p, 0, sizeof p);
    return error_of(syscall(SYS_io_uring_setup, 2, &p));
}

static int
try_seal(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED || syscall(SYS_MSEAL, page, PAGE, 0) != 0)
        return errno;
    return mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0 ? EPROTO : 0;
}

static int
try_proc_mem(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

    if (page == MAP_FAILED || fd < 0)
        return errno;
    return error_of(pwrite(fd, "x", 1, (off_t)(unsigned long)page));
}

/* As an inline patch does it: a file's text made writable, written, and made text again.  A second mapping of our own text, for
 * the first one is running. */
static int
try_patch(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    void *text = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    if (fd < 0 || text == MAP_FAILED || mprotect(text, PAGE, PROT_READ | PROT_WRITE) != 0)
        return errno;
    *(volatile unsigned char *)text = 0xcc;
    return error_of(mprotect(text, PAGE, PROT_READ | PROT_EXEC));
}

static pid_t
sleeper(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return pid;
}

static int
try_ptrace(void)
{
    pid_t pid = sleeper();
    int error = pid < 0 ? errno : error_of(ptrace(PTRACE_SEIZE, pid, 0, 0));

    if (pid > 0)
        kill(pid, SIGKILL);
    return error;
}

static int
try_vm_read(void)
{
    static char text[] = "alps";
    char got[sizeof text];
    struct iovec mine = { got, sizeof got }, theirs = { text, sizeof text };
    pid_t pid = sleeper();
    int error = pid < 0 ? errno : error_of(process_vm_readv(pid, &mine, 1, &theirs, 1, 0));

    if (pid > 0)
        kill(pid, SIGKILL);
    return error;
}

const struct alps_probe alps_probes[] = {
    { "text can be patched", try_patch, false,
      "the guard can hook TLS libraries",
      "the guard cannot hook anything here" },
    { "/proc/self/mem writes text", try_proc_mem, false,
      "code in the process could undo hooks: run functions without write access to it",
      "hooks cannot be undone that way" },
    { "memory sealing", try_seal, false,
      "hooks and policy are sealed once they are in place",
      "hooks and policy are only write-protected" },
    { "seccomp listener", try_listener, false,
      "a supervisor can hold programs that cannot be hooked",
      "no supervisor: static programs cannot be held" },
    { "seccomp listener, unprivileged", try_listener, true,
      "so it can without any privilege",
      "a supervisor would need privilege" },
    { "process memory of a child", try_vm_read, true,
      "a supervisor can read the addresses that calls are for",
      "no supervisor" },
    { "BPF connect program", try_bpf, false,
      "egress can be refused in the kernel",
      "no refusal in the kernel" },
    { "BPF connect program, unprivileged", try_bpf, true,
      "even without privilege",
      "it needs CAP_BPF and CAP_NET_ADMIN" },
    { "uprobe", try_uprobe, false,
      "TLS writes can be watched from the kernel",
      "no second pair of eyes in the kernel" },
    { "user namespaces, unprivileged", try_user_namespace, true,
      "the demo and tests can run without root",
      "the demo needs root" },
    { "io_uring", try_io_uring, true,
      "requests could pass a seccomp filter: a supervisor has to refuse it",
      "no way round a filter here" },
    { "ptrace of a child, unprivileged", try_ptrace, true,
      "code in a function could take over its children",
      "children are safe from their parents" },
};
const size_t alps_probe_count = sizeof alps_probes / sizeof *alps_probes;

static _Noreturn void
child(const struct alps_probe *p)
{
    int error = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(LIMIT_S);
    if (p->unprivileged && geteuid() == 0)
        error = setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0 ? errno : 0;
    if (p->unprivileged)
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);     /* a change of user takes it away, and with it what is tried */
    _exit(error ? error : p->attempt());
}

int
alps_probe_try(const struct alps_probe *p)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        child(p);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return errno;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGALRM ? ETIME : ECHILD;
    return WEXITSTATUS(status);
}
