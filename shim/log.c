#include "shim/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/audit.h"
#include "shim/guard.h"

static const char *path;                /* NULL: standard error */
static bool everything;                 /* allowed calls too */
static atomic_int log_fd = -1;
static dev_t log_dev;
static ino_t log_ino;
static atomic_flag said = ATOMIC_FLAG_INIT;

static void
complain(const char *what)
{
    if (!atomic_flag_test_and_set(&said))
        guard_say("alps: the log %s: %s (%s); enforcement goes on\n", path, what, strerror(errno));
}

static int
open_log(void)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        complain("cannot be opened");
        return -1;
    }
    log_dev = st.st_dev;
    log_ino = st.st_ino;
    atomic_store(&log_fd, fd);
    return fd;
}

void
log_open(const char *where)
{
    everything = where && *where;
    if (everything && strcmp(where, "stderr") != 0) {
        path = where;
        open_log();
    }
}

/* The program may have closed our descriptor and opened something else under its number: never write into that. */
static int
checked_log(void)
{
    int fd = atomic_load(&log_fd);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == log_dev && st.st_ino == log_ino)
        return fd;
    return open_log();
}

void
log_decision(const struct alps_decision *d, uint64_t ns)
{
    struct alps_audit audit = { .via = "guard", .function = guard.function, .pid = (int)getpid(), .ns = ns,
                                .policy = guard.policy };
    struct timespec t;
    struct pollfd p = { STDERR_FILENO, POLLOUT, 0 };
    int kept = errno;
    size_t n;
    char *line;

    if (!everything && d->verdict == ALPS_ALLOW && d->reason != ALPS_OBSERVED)
        return;
    line = malloc(ALPS_AUDIT_MAX);
    if (!line)
        return;
    clock_gettime(CLOCK_REALTIME, &t);
    audit.at_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    if (path) {
        int fd = checked_log();

        n = alps_audit_json(d, &alps_catalog_builtin, &audit, line, ALPS_AUDIT_MAX);
        if (fd >= 0 && !guard_write(fd, line, n))
            complain("cannot be written");
    } else {
        n = alps_audit_text(d, &alps_catalog_builtin, &audit, line, ALPS_AUDIT_MAX);
        if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT))
            guard_write(STDERR_FILENO, line, n);
    }
    free(line);
    errno = kept;
}
