/* sidecar/egress.c: `alps-sidecar egress`: hold a cgroup, or one command, to a list of flows.
 *
 * It sees IP sockets that are made in the cgroup.  It does not see connections that come in, sockets that were made
 * elsewhere and handed over (inherited, or sent through a Unix socket), and families without hooks of this kind: Unix,
 * vsock, and AF_PACKET, which takes CAP_NET_RAW, and no command gets that. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sidecar/flow.h"
#include "sidecar/kernel.h"
#include "sidecar/privilege.h"
#include "sidecar/sidecar.h"

struct egress {
    struct alps_egress policy;
    struct alps_flow flow[ALPS_FLOWS];
    unsigned n_flows;
    const char *cgroup, *log, *function;
    struct alps_user user;
    char **command;                     /* NULL: none, hold the cgroup until a signal */

    struct alps_kernel *kernel;
    struct alps_cgroup group;
    int log_fd, signal_fd;
    bool log_failed, done;
    sigset_t before;                    /* signals blocked when we were started */
    pid_t pid;                          /* of the command; 0: none runs */
    int status;
};

static const char usage[] =
    "usage: alps-sidecar egress [--cgroup DIR] [--allow ADDR:PORT[/udp]]... [OPTION]... [-- CMD [ARG]...]\n"
    "\n"
    "Holds the processes of a cgroup (version 2) to the flows that are listed: connect and datagrams to anything\n"
    "else fail with EPERM before a byte leaves, and each is one line of JSON.  Ends with CMD's status and takes off\n"
    "what it attached; without CMD it holds DIR until SIGTERM.\n"
    "\n"
    "  --cgroup DIR      the cgroup; made, and removed at the end, if it is missing.  Default: a new child of our\n"
    "                    own.  What still runs in a cgroup that was made here is killed when CMD has ended\n"
    "  --allow FLOW      10.0.0.1:443, [2001:db8::1]:443, 10.0.0.2:53/udp; TCP if nothing is said\n"
    "  --loopback        every port of 127.0.0.0/8 and ::1\n"
    "  --dns             port 53 of the name servers in /etc/resolv.conf\n"
    "  --resolver ADDR   port 53 of ADDR\n"
    "  --observe         refuse nothing, report what would have been refused\n"
    "  --log FILE        append the lines to FILE; default: standard error\n"
    "  --user USER[:GROUP]  run CMD as USER (name, or numbers).  As root, CMD could leave the cgroup\n"
    "\n"
    "ALPS_FUNCTION names the function in the lines.  Exit status 2: not started, the reason is on standard error.\n";

static int
bad(const char *what, const char *which)
{
    fprintf(stderr, "alps-sidecar: %s%s%s\n", what, *which ? ": " : "", which);
    return -1;
}

static int
add_resolver(struct egress *e, const char *text)
{
    if (e->policy.n_resolvers == ALPS_RESOLVERS)
        return bad("too many resolvers", text);
    if (!alps_flow_address(text, e->policy.resolver[e->policy.n_resolvers]))
        return bad("--resolver takes an IPv4 or IPv6 address", text);
    e->policy.n_resolvers++;
    return 0;
}

static int
add_flow(struct egress *e, const char *text)
{
    if (e->n_flows == ALPS_FLOWS)
        return bad("too many flows", text);
    if (!alps_flow_parse(text, &e->flow[e->n_flows]))
        return bad("--allow takes ADDR:PORT, ADDR:PORT/tcp or ADDR:PORT/udp, with IPv6 in brackets", text);
    e->n_flows++;
    return 0;
}

static int
set_option(struct egress *e, int option, const char *value)
{
    switch (option) {
    case 'c': e->cgroup = value; return 0;
    case 'a': return add_flow(e, value);
    case 'l': e->policy.loopback = 1; return 0;
    case 'd':
        if (alps_flow_resolvers(&e->policy, "/etc/resolv.conf") > 0)
            return 0;
        return bad("--dns", "/etc/resolv.conf names no server");
    case 'r': return add_resolver(e, value);
    case 'o': e->policy.observe = 1; return 0;
    case 'L': e->log = value; return 0;
    case 'u': return alps_user_parse(value, &e->user) ? 0 : bad("--user: no such user", value);
    default:  return bad("see `alps-sidecar egress --help`", "");
    }
}

/* 0 with ${e} filled in, 1 if help was asked for, -1 with a line on standard error. */
static int
read_options(struct egress *e, int argc, char **argv)
{
    static const struct option table[] = {
        { "cgroup", 1, NULL, 'c' }, { "allow", 1, NULL, 'a' }, { "loopback", 0, NULL, 'l' }, { "dns", 0, NULL, 'd' },
        { "resolver", 1, NULL, 'r' }, { "observe", 0, NULL, 'o' }, { "log", 1, NULL, 'L' }, { "user", 1, NULL, 'u' },
        { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "+h", table, NULL)) != -1) {
        if (option == 'h')
            return 1;
        if (set_option(e, option, optarg) != 0)
            return -1;
    }
    if (optind < argc)
        e->command = argv + optind;
    if (!e->command && !e->cgroup)
        return bad("nothing to hold: name a cgroup (--cgroup DIR) or a command (-- CMD)", "");
    if (!e->command && e->user.set)
        return bad("--user is of use only with a command", "");
    return 0;
}

static int64_t
clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
write_event(void *ctx, const struct alps_event *event)
{
    struct egress *e = ctx;
    char line[ALPS_EVENT_JSON];
    int64_t age_us = clock_us(CLOCK_MONOTONIC) - (int64_t)(event->at_ns / 1000);
    size_t n = alps_event_json(event, clock_us(CLOCK_REALTIME) - age_us, e->function, line, sizeof line);

    if (write(e->log_fd, line, n) == (ssize_t)n || e->log_failed)
        return;
    e->log_failed = true;               /* once, and loudly; refusals go on */
    fprintf(stderr, "alps-sidecar: cannot write to the log: %s; refusals go on without it\n", strerror(errno));
}

static int
open_log(struct egress *e)
{
    e->log_fd = e->log ? open(e->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640) : STDERR_FILENO;
    return e->log_fd >= 0 ? 0 : bad(e->log, strerror(errno));
}

static int
catch_signals(struct egress *e)
{
    static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaddset(&set, caught[i]);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, &e->before);
    e->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return e->signal_fd >= 0 ? 0 : bad("signalfd", strerror(errno));
}

static int
hold(struct egress *e)
{
    char why[ALPS_WHY];

    e->kernel = alps_kernel_new(&e->policy, why);
    if (!e->kernel || alps_cgroup_open(&e->group, e->cgroup, why) != 0)
        return bad(why, "");
    for (unsigned i = 0; i < e->n_flows; i++)
        if (alps_kernel_allow(e->kernel, &e->flow[i]) != 0)
            return bad("map of flows", strerror(errno));
    return alps_kernel_attach(e->kernel, &e->group, why) == 0 ? 0 : bad(why, "");
}

/* In the child: into the cgroup first, so that every socket that CMD makes is held. */
static void
become_command(struct egress *e)
{
    const char *what = "entering the cgroup";
    int rc = alps_cgroup_enter(&e->group);

    if (rc == 0) {
        what = "giving up privileges";
        rc = alps_privilege_command(&e->user);
    }
    if (rc == 0) {
        what = e->command[0];
        signal(SIGPIPE, SIG_DFL);
        sigprocmask(SIG_SETMASK, &e->before, NULL);
        execvp(e->command[0], e->command);
    }
    rc = errno;
    bad(what, strerror(rc));
    _exit(rc == ENOENT ? 127 : 126);
}

static int
start(struct egress *e)
{
    if (!e->command)
        return 0;
    if (geteuid() == 0 && !e->user.set)
        bad("the command runs as root, which has ways out of its cgroup; --user USER closes them", "");
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);                  /* what CMD leaves behind is ours to end and reap */
    e->pid = fork();
    if (e->pid == 0)
        become_command(e);
    return e->pid > 0 ? 0 : bad("fork", strerror(errno));
}

static void
reap(struct egress *e)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == e->pid) {
            e->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            e->pid = 0;
            e->done = true;
        }
}

static void
take_signals(struct egress *e)
{
    struct signalfd_siginfo info;

    while (read(e->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(e);
        else if (e->pid == 0)
            e->done = true;
        else if (info.ssi_code != SI_KERNEL)                        /* a terminal has sent it to CMD as well */
            kill(e->pid, (int)info.ssi_signo);
    }
}

static void
watch(struct egress *e)
{
    struct pollfd fds[] = { { alps_kernel_fd(e->kernel), POLLIN, 0 }, { e->signal_fd, POLLIN, 0 } };

    while (!e->done) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        take_signals(e);
        alps_kernel_drain(e->kernel, write_event, e);
    }
}

/* Processes first, programs second: nothing of a cgroup of ours runs unheld. */
static int
release(struct egress *e)
{
    bool made = e->group.parent >= 0;
    int rc = 0;

    if (made && alps_cgroup_kill(&e->group) != 0)
        rc = bad("the cgroup stays held, processes in it do not end", strerror(errno));
    reap(e);
    if (rc == 0 && alps_kernel_detach(e->kernel) != 0)
        rc = bad("taking the BPF programs off", strerror(errno));
    if (rc == 0 && !made && !alps_cgroup_empty(&e->group))
        bad("processes are left in the cgroup, and nothing holds them any longer", "");
    alps_kernel_drain(e->kernel, write_event, e);
    if (alps_kernel_lost(e->kernel) > 0)
        fprintf(stderr, "alps-sidecar: %llu refusals found no room in the ring and are not in the log\n",
                (unsigned long long)alps_kernel_lost(e->kernel));
    return rc;
}

int
alps_sidecar_egress(int argc, char **argv)
{
    struct egress *e = calloc(1, sizeof *e);
    int rc = e ? 0 : -1, status = 2;

    if (rc == 0) {
        e->group = (struct alps_cgroup){ .fd = -1, .parent = -1 };
        e->function = getenv("ALPS_FUNCTION");
        rc = read_options(e, argc, argv);
    }
    if (rc == 1) {
        fputs(usage, stdout);
        status = 0;
    } else if (rc == 0 && open_log(e) == 0 && catch_signals(e) == 0 && hold(e) == 0) {
        rc = start(e);
        if (rc == 0 && alps_privilege_keep_detach(e->group.parent >= 0) != 0)
            bad("giving up privileges", strerror(errno));
        if (rc == 0)
            watch(e);
        if (release(e) == 0 && rc == 0)
            status = e->status;
    }
    if (e) {
        alps_kernel_free(e->kernel);
        if (alps_cgroup_close(&e->group) != 0)
            bad("removing the cgroup", strerror(errno));
    }
    free(e);
    return status;
}
