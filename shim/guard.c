#include "shim/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "allowlists/allow_json.h"
#include "shim/children.h"
#include "shim/hooks.h"
#include "shim/libc.h"
#include "shim/log.h"
#include "shim/patch.h"
#include "shim/platform.h"
#include "shim/socket.h"
#include "shim/stream.h"

enum { PAGE = 4096, FILE_MAX = 16 * 1024 * 1024, ARENA_MIN = 1024 * 1024, ARENA_PER_BYTE = 64 };

struct guard guard = { .file = "", .function = "" };
static unsigned warned;

void
guard_say(const char *format, ...)
{
    char line[1024];
    int kept = errno, n;
    va_list args;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0)
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

/* ---- the allowlist ----------------------------------------------------------------------------------------------- */

static const char *
variable(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static void
warn(void *ctx, const struct alps_allow_rule *rule, const char *name)
{
    (void)ctx;
    if (warned++ == 0)
        guard_say("alps: %s:%u:%u: the variable %s is not set, so this rule matches nothing\n", guard.file, rule->line,
                  rule->column, name);
}

/* The whole file, mapped; the caller unmaps.  {NULL, 0} with errno. */
static alps_slice
map_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    alps_slice s = { NULL, 0 };
    struct stat st;
    void *p = MAP_FAILED;

    if (fd < 0)
        return s;
    if (fstat(fd, &st) != 0)
        st.st_size = 0;
    else if (!S_ISREG(st.st_mode))
        errno = EINVAL;
    else if (st.st_size == 0 || st.st_size > FILE_MAX)
        errno = st.st_size ? EFBIG : ENODATA;
    else
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED)
        s = (alps_slice){ p, (size_t)st.st_size };
    close(fd);
    return s;
}

/* Build the policy in memory of its own and make that memory unchangeable.  NULL when the allowlist is not usable. */
static const struct alps_policy *
read_policy(alps_slice json)
{
    size_t room = (ARENA_MIN + json.n * ARENA_PER_BYTE + PAGE - 1) & ~(size_t)(PAGE - 1), used;
    uint8_t *block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct alps_arena arena = { block, block + room };
    struct alps_allow_error err = { 0 };
    const struct alps_policy *policy = NULL;
    struct alps_allow *allow;

    if (block == MAP_FAILED) {
        guard_say("alps: %s: no memory for it\n", guard.file);
        return NULL;
    }
    allow = alps_allow_read(&arena, &alps_catalog_builtin, json, &err);
    if (allow)
        policy = alps_allow_policy(&arena, &alps_catalog_builtin, allow, variable, warn, NULL, &err);
    if (!policy) {
        guard_say("alps: %s:%u:%u: %s; nothing may leave\n", guard.file, err.line, err.column, err.text);
        munmap(block, room);
        return NULL;
    }
    if (!*guard.function && allow->function.n)
        guard.function = (const char *)allow->function.p;       /* the arena's copies end in NUL */
    used = ((size_t)(arena.at - block) + PAGE - 1) & ~(size_t)(PAGE - 1);
    if (used < room)
        munmap(block + used, room - used);
    mprotect(block, used, PROT_READ);
    patch_seal(block, used);
    return policy;
}

static void
load_policy(const char *where)
{
    if (!where || !*where)
        guard_say("alps: ALPS_ALLOWLIST is not set; nothing may leave\n");
    else if (*where == '{') {
        guard.file = "ALPS_ALLOWLIST";
        guard.policy = read_policy(alps_slice_of(where));
    } else {
        alps_slice json = map_file(where);

        guard.file = where;
        if (json.p) {
            guard.policy = read_policy(json);
            munmap((void *)(uintptr_t)json.p, json.n);
        } else
            guard_say("alps: %s: %s; nothing may leave\n", where, strerror(errno));
    }
}

/* Reading the allowlist looks names up all over the catalogue, and the kernel maps what lies around each: give that
 * back, calls need little of it. */
static void
forget_catalogue(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = alps_catalog_size(&alps_catalog_builtin);
    uintptr_t from = ((uintptr_t)&alps_catalog_builtin + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)&alps_catalog_builtin + size) & ~(page - 1);

    if (to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
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
    guard.function = text_of("ALPS_FUNCTION");
    libc_open();
    socket_open();
    platform_open();
    children_open();
    log_open(*log ? log : NULL);
    load_policy(text_of("ALPS_ALLOWLIST"));
    forget_catalogue();
    pthread_atfork(before_fork, after_fork, in_child);
    hooks_open();
}
