#include "shim/reload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "allowlists/allow_json.h"
#include "shim/guard.h"
#include "shim/patch.h"
#include "shim/trust.h"

enum { PAGE = 65536, FILE_MAX = 16 * 1024 * 1024, ARENA_MIN = 1024 * 1024, ARENA_PER_BYTE = 64, SETTLED_S = 2 };

extern char **environ;

static struct {
    const char *path;                   /* absolute; NULL: it came in the environment, or could not be opened */
    struct stat seen;                   /* as it was when it was looked at last */
    dev_t device;                       /* of the first one */
    long mount;
    uint64_t digest;                    /* of the text that was read last */
    unsigned times;
    bool distrusted;                    /* that was said */
} file;
static _Atomic uint64_t due;
static atomic_bool busy;
static char **environment;              /* as it was at the start, sealed */
static unsigned warned;

/* ---- the environment --------------------------------------------------------------------------------------------- */

/* The program may change its environment, and would change what ${env:NAME} in the next allowlist means. */
static void
keep_environment(void)
{
    size_t n = 0, bytes = 0, room;
    char *block, *at;

    for (; environ && environ[n]; n++)
        bytes += strlen(environ[n]) + 1;
    room = ((n + 1) * sizeof *environment + bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
    block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return;                         /* then no variable is set */
    environment = (char **)(void *)block;
    at = block + (n + 1) * sizeof *environment;
    for (size_t i = 0; i < n; i++) {
        environment[i] = at;
        at = stpcpy(at, environ[i]) + 1;
    }
    mprotect(block, room, PROT_READ);
    patch_seal(block, room);
}

static const char *
variable(void *ctx, const char *name)
{
    size_t n = strlen(name);

    (void)ctx;
    for (char **e = environment; e && *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
            return *e + n + 1;
    return NULL;
}

/* ---- a policy ---------------------------------------------------------------------------------------------------- */

static void
warn(void *ctx, const struct alps_allow_rule *rule, const char *name)
{
    (void)ctx;
    if (warned++ == 0)
        guard_say("alps: %s:%u:%u: the variable %s is not set, so this rule matches nothing\n", guard.file, rule->line,
                  rule->column, name);
}

/* All of ${fd}; the caller unmaps.  Read and not mapped: a file that is cut short under our eyes must be no more than a broken
 * one.  {NULL, 0} with errno. */
static alps_slice
read_file(int fd, const struct stat *st)
{
    size_t size = (size_t)st->st_size, n = 0;
    uint8_t *p;
    ssize_t got;

    errno = !S_ISREG(st->st_mode) ? EINVAL : st->st_size == 0 ? ENODATA : st->st_size > FILE_MAX ? EFBIG : 0;
    if (errno)
        return (alps_slice){ NULL, 0 };
    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return (alps_slice){ NULL, 0 };
    while (n < size && (got = read(fd, p + n, size - n)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    memset(p + n, ' ', size - n);
    return (alps_slice){ p, size };
}

static void
forget_file(alps_slice json)
{
    munmap((void *)(uintptr_t)json.p, json.n);
}

/* Build the policy in memory of its own and make that memory unchangeable.  NULL when the allowlist is not usable; then
 * ${else_what} happens. */
static const struct alps_policy *
read_policy(alps_slice json, const char *else_what)
{
    size_t room = (ARENA_MIN + json.n * ARENA_PER_BYTE + PAGE - 1) & ~(size_t)(PAGE - 1), used;
    uint8_t *block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct alps_arena arena = { block, block + room };
    struct alps_allow_error err = { 0 };
    const struct alps_policy *policy = NULL;
    struct alps_allow *allow;

    if (block == MAP_FAILED) {
        guard_say("alps: %s: no memory for it; %s\n", guard.file, else_what);
        return NULL;
    }
    allow = alps_allow_read(&arena, &alps_catalog_builtin, json, &err);
    if (allow)
        policy = alps_allow_policy(&arena, &alps_catalog_builtin, allow, variable, warn, NULL, &err);
    if (!policy) {
        guard_say("alps: %s:%u:%u: %s; %s\n", guard.file, err.line, err.column, err.text, else_what);
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

/* ---- the first one ----------------------------------------------------------------------------------------------- */

static uint64_t
digest_of(alps_slice s)
{
    uint64_t h = 0xcbf29ce484222325u;   /* FNV-1a: whether a text is the same, not whether it is genuine */

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * 0x100000001b3u;
    return h;
}

/* Whatever folder the program changes to, this stays the file. */
static const char *
absolute(const char *path)
{
    char here[PATH_MAX], *whole = NULL;

    if (*path == '/')
        return path;
    return getcwd(here, sizeof here) && asprintf(&whole, "%s/%s", here, path) > 0 ? whole : NULL;
}

static void
open_first(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    alps_slice json = { NULL, 0 };

    if (fd >= 0 && fstat(fd, &file.seen) == 0)
        json = read_file(fd, &file.seen);
    if (!json.p)
        guard_say("alps: %s: %s; nothing may leave\n", path, strerror(errno));
    else {
        guard.policy = read_policy(json, "nothing may leave");
        file.digest = digest_of(json);
        file.device = file.seen.st_dev;
        file.mount = trust_mount(fd);
        file.path = absolute(path);
        forget_file(json);
    }
    if (fd >= 0)
        close(fd);
}

void
reload_open(const char *where)
{
    keep_environment();
    if (!where || !*where)
        guard_say("alps: ALPS_ALLOWLIST is not set; nothing may leave\n");
    else if (*where == '{') {
        guard.file = "ALPS_ALLOWLIST";
        guard.policy = read_policy(alps_slice_of(where), "nothing may leave");
    } else {
        guard.file = where;
        open_first(where);
    }
    forget_catalogue();
}

/* ---- the next ones ----------------------------------------------------------------------------------------------- */

static bool
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
        a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
        a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Two changes within one tick of a file system's clock look like one: a young file is looked at again. */
static bool
is_settled(const struct stat *st)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec - st->st_mtim.tv_sec > SETTLED_S || now.tv_sec < st->st_mtim.tv_sec;
}

static void
distrust(const char *what, const char *why)
{
    if (!file.distrusted)
        guard_say("alps: %s has changed, but \"%s\" is not to be trusted: %s; the rules that were read first stay\n", guard.file, what,
                  why);
    file.distrusted = true;
}

static void
take(int fd, const struct stat *st)
{
    static const char stay[] = "the rules that were read before stay";
    const struct alps_policy *policy;
    alps_slice json = read_file(fd, st);
    uint64_t digest = digest_of(json);

    if (!json.p) {
        guard_say("alps: %s has changed: %s; %s\n", guard.file, strerror(errno), stay);
        return;
    }
    if (digest != file.digest) {
        file.digest = digest;
        warned = 0;
        policy = file.times < RELOAD_MOST ? read_policy(json, stay) : NULL;
        if (policy) {
            guard.policy = policy;
            guard_say("alps: %s has changed: its rules hold from now on\n", guard.file);
        }
        if (file.times++ == RELOAD_MOST)
            guard_say("alps: %s has changed too often; %s\n", guard.file, stay);
        forget_catalogue();
    }
    forget_file(json);
}

static void
look(void)
{
    char where[NAME_MAX + 1] = "";
    const char *why = NULL;
    struct stat st;
    int fd;

    if (stat(file.path, &st) != 0 || is_same(&st, &file.seen))
        return;                         /* gone: perhaps it comes again */
    if (is_settled(&st))
        file.seen = st;
    fd = trust_open(file.path, &why, where, sizeof where);
    if (fd < 0) {
        if (why || errno != ENOENT)
            distrust(where, why ? why : strerror(errno));
        return;
    }
    if (fstat(fd, &st) != 0 || st.st_dev != file.device || trust_mount(fd) != file.mount)
        distrust(where, "it lies on another mount than the first one");
    else
        take(fd, &st);
    close(fd);
}

void
reload_check(uint64_t now_ns)
{
    uint64_t at = atomic_load_explicit(&due, memory_order_relaxed);
    int kept = errno;

    if (now_ns < at || !file.path ||
        !atomic_compare_exchange_strong(&due, &at, now_ns + (uint64_t)RELOAD_EVERY_MS * 1000000) || atomic_exchange(&busy, true))
        return;
    look();
    atomic_store(&busy, false);
    errno = kept;
}

void
reload_in_child(void)
{
    atomic_store(&busy, false);
}
