#include "shim/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
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
static atomic_ulong lost, told;         /* lines that could not be written; of those, in the log */
static atomic_bool torn;                /* the last line there has no end */

/* Said at the first line lost, at the tenth, the hundredth … and, by log_close, at the end. */
static void
lose(const char *what)
{
    unsigned long n = atomic_fetch_add(&lost, 1) + 1, power = 1;

    while (power < n)
        power *= 10;
    if (n == power)
        guard_say("alps: the log %s: %s (%s); %lu %s lost so far; enforcement goes on\n", path ? path : "on standard error", what,
                  strerror(errno), n, n == 1 ? "line" : "lines");
}

static int
open_log(void)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
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
        if (open_log() < 0 && errno != ENXIO)           /* a pipe whose reader is still to come */
            guard_say("alps: the log %s: cannot be opened (%s)\n", path, strerror(errno));
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

/* One write, which other writers cannot get into the middle of.  Never waits: a pipe that is full takes nothing. */
static bool
append(int fd, const char *p, size_t n)
{
    struct stat st;

    if (guard_write(fd, p, n))
        return true;
    if (errno == 0) {                   /* a part of it: the disk is full, or the pipe */
        errno = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? ENOSPC : EAGAIN;
        atomic_store(&torn, true);
    }
    return false;
}

/* The log itself tells what is not in it. */
static bool
tell_lost(int fd)
{
    unsigned long n = atomic_load(&lost), before = atomic_load(&told);
    char line[96];
    bool end = atomic_load(&torn);
    int length;

    if (n == before)
        return true;
    length = snprintf(line, sizeof line, "%s{\"lost\":%lu,\"via\":\"guard\",\"pid\":%d}\n", end ? "\n" : "",
                      n - before, (int)getpid());
    if (!append(fd, line, (size_t)length))
        return false;
    atomic_store(&told, n);
    if (end)
        atomic_store(&torn, false);
    return true;
}

static void
write_line(const char *line, size_t n)
{
    struct pollfd p = { STDERR_FILENO, POLLOUT, 0 };
    int fd = path ? checked_log() : STDERR_FILENO;

    if (fd < 0)
        lose("cannot be opened");
    else if (!path && (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))) {
        errno = EAGAIN;
        lose("cannot be written");
    } else if ((path && !tell_lost(fd)) || !append(fd, line, n))
        lose("cannot be written");
}

void
log_decision(const struct alps_decision *d, uint64_t ns)
{
    struct alps_audit audit = { .via = "guard", .function = guard.function, .pid = (int)getpid(), .ns = ns };
    struct timespec t;
    int kept = errno;
    size_t n;
    char *line;

    if (!everything && d->verdict == ALPS_ALLOW && d->reason != ALPS_OBSERVED)
        return;
    line = malloc(ALPS_AUDIT_MAX);
    if (line) {
        clock_gettime(CLOCK_REALTIME, &t);
        audit.at_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
        n = path ? alps_audit_json(d, &alps_catalog_builtin, &audit, line, ALPS_AUDIT_MAX)
                 : alps_audit_text(d, &alps_catalog_builtin, &audit, line, ALPS_AUDIT_MAX);
        write_line(line, n);
        free(line);
    } else
        lose("no memory for a line");
    errno = kept;
}

/* Also of a program that ends by exec or a signal the log has what was written: nothing waits in a buffer. */
__attribute__((destructor)) static void
log_close(void)
{
    unsigned long n = atomic_load(&lost);
    int fd = n && path ? checked_log() : -1;

    if (n)
        guard_say("alps: %lu %s of the log %s lost\n", n, n == 1 ? "line" : "lines", path ? path : "on standard error");
    if (fd >= 0)
        tell_lost(fd);
}
