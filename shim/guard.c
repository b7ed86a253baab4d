#include "shim/guard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "shim/children.h"
#include "shim/filter.h"
#include "shim/hooks.h"
#include "shim/libc.h"
#include "shim/log.h"
#include "shim/platform.h"
#include "shim/reload.h"
#include "shim/socket.h"
#include "shim/stream.h"

enum { PATIENCE_MS = 100 };

struct guard guard = { .file = "", .function = "" };

void
guard_say(const char *format, ...)
{
    struct pollfd p = { STDERR_FILENO, POLLOUT, 0 };
    char line[1024];
    int kept = errno, n;
    va_list args;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0 && poll(&p, 1, PATIENCE_MS) != 0)
        guard_write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
    errno = kept;
}

bool
guard_write(int fd, const void *p, size_t n)
{
    static const struct timespec now = { 0, 0 };
    sigset_t pipe, waiting, before;
    ssize_t sent;
    int failed;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    sent = write(fd, p, n);
    failed = sent < 0 ? errno : 0;
    if (failed == EPIPE && !sigismember(&waiting, SIGPIPE))
        sigtimedwait(&pipe, NULL, &now);        /* ours; the program knows nothing of this pipe */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return sent == (ssize_t)n;
}

void
guard_give_up(const char *object, const char *function, const char *why)
{
    guard_say("alps: %s in %s cannot be guarded: %s; %s\n", function, object, why,
              guard.observe ? "it is not observed" : "the program ends here, since what it sends could not be judged");
    if (!guard.observe)
        _exit(126);
}

/* ---- start ------------------------------------------------------------------------------------------------------- */

static void
before_fork(void)
{
    stream_before_fork();
}

static void
after_fork(void)
{
    stream_after_fork(false);
}

static void
in_child(void)
{
    libc_in_child();
    stream_after_fork(true);
    reload_in_child();
}

static const char *
text_of(const char *name)
{
    const char *v = getenv(name);

    return v && *v ? strdup(v) : "";    /* the program may change its environment; what was said at the start stays */
}

__attribute__((constructor)) static void
start(void)
{
    const char *log = text_of("ALPS_LOG"), *mode = text_of("ALPS_MODE");

    guard.observe = strcmp(mode, "observe") == 0;
    if (*mode && !guard.observe && strcmp(mode, "enforce") != 0)
        guard_say("alps: ALPS_MODE=%s is neither enforce nor observe; enforce it is\n", mode);
    guard.any_peer = strcmp(text_of("ALPS_TLS_VERIFY"), "off") == 0;
    guard.function = text_of("ALPS_FUNCTION");
    libc_open();
    socket_open();
    platform_open();
    children_open();
    log_open(*log ? log : NULL);
    reload_open(text_of("ALPS_ALLOWLIST"));
    pthread_atfork(before_fork, after_fork, in_child);
    hooks_open();
    filter_open();
}
