#include "shim/children.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "shim/guard.h"

enum { HEAD = 4096, SCRIPTS = 4, SHORT = 256, VARIABLES = 8192, OURS = 32, COMBINED = 8192 };
static enum { GUARD, TELL, REFUSE } rule;
static bool armed;                      /* the environment brought us here: it is to bring us to children */
static char preload[PATH_MAX + 16];     /* "LD_PRELOAD=…/libalps_guard.so", to be followed by what else is to be loaded */
static char *ours[OURS];       /* "ALPS_MODE=enforce", as at the start */
static unsigned n_ours;

/* ---- what they are told ------------------------------------------------------------------------------------------ */

static bool
names(const char *entry, const char *variable)
{
    size_t n = strlen(variable);

    return strncmp(entry, variable, n) == 0 && entry[n] == '=';
}

/* A relative path, which children in other folders would not find. */
static bool
is_file(const char *name, const char *v)
{
    if (names(name, "ALPS_ALLOWLIST"))
        return *v && *v != '/' && *v != '{';
    return names(name, "ALPS_LOG") && *v && *v != '/' && strcmp(v, "stderr") != 0;
}

void
children_open(void)
{
    const char *how = getenv("ALPS_CHILDREN");
    char folder[PATH_MAX], path[PATH_MAX];
    Dl_info us;

    if (getcwd(folder, sizeof folder - 1))
        strcat(folder, "/");
    else
        *folder = '\0';
    rule = how && strcmp(how, "refuse") == 0 ? REFUSE : how && strcmp(how, "tell") == 0 ? TELL : GUARD;
    if (how && *how && rule == GUARD && strcmp(how, "guard") != 0)
        guard_say("alps: ALPS_CHILDREN=%s is none of guard, tell and refuse; guard it is\n", how);
    if (dladdr(&guard, &us) && us.dli_fname && realpath(us.dli_fname, path)) {
        snprintf(preload, sizeof preload, "LD_PRELOAD=%s", path);
        armed = getenv("LD_PRELOAD") != NULL;
    }
    for (char **e = environ; *e && n_ours < OURS; e++) {
        const char *v = strchr(*e, '=');
        size_t n = strlen(*e) + PATH_MAX;

        if (v && strncmp(*e, "ALPS_", 5) == 0 && (ours[n_ours] = malloc(n)))
            snprintf(ours[n_ours++], n, "%.*s=%s%s", (int)(v - *e), *e, is_file(*e, v + 1) ? folder : "", v + 1);
    }
}

/* LD_AUDIT's libraries come before everybody else's and may change what others find. */
static bool
is_ours(const char *entry)
{
    return strncmp(entry, "ALPS_", 5) == 0 || names(entry, "LD_AUDIT");
}

/* A thread's room; it stays, because the memory of a vfork is its parent's. */
static struct room {
    char *all[VARIABLES + OURS + 2];
    char combined[COMBINED], next[PATH_MAX];
    uint8_t head[HEAD];
} *
room_of_thread(void)
{
    static _Thread_local struct room *room;
    void *p;

    if (!room) {
        p = mmap(NULL, sizeof *room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        room = p == MAP_FAILED ? NULL : p;
    }
    return room;
}

/* ${entry} loads us already; or what does, and then what it asks for. */
static char *
with_us(char *entry, char combined[static COMBINED])
{
    const char *list = entry + sizeof "LD_PRELOAD=" - 1, *path = preload + sizeof "LD_PRELOAD=" - 1;
    size_t n = strlen(path);

    for (const char *p = list; (p = strstr(p, path)); p++)
        if ((p == list || strchr(" :", p[-1])) && strchr(" :", p[n]))
            return entry;
    n = (size_t)snprintf(combined, COMBINED, "%s:%s", preload, list);
    return *list && n < COMBINED ? combined : preload;
}

char *const *
children_env(char *const *env)
{
    struct room *room;
    char *load = preload;
    size_t k = 0;

    if (!armed || guard.observe)
        return env;
    if (!(room = room_of_thread()))
        return NULL;
    for (size_t i = 0; env && env[i]; i++) {
        if (names(env[i], "LD_PRELOAD"))
            load = with_us(env[i], room->combined);
        else if (!is_ours(env[i]))
            room->all[k++] = env[i];
        if (k == VARIABLES) {
            errno = E2BIG;
            return NULL;
        }
    }
    room->all[k++] = load;
    for (unsigned i = 0; i < n_ours; i++)
        room->all[k++] = ours[i];
    room->all[k] = NULL;
    return room->all;
}

/* ---- what would not load the guard -------------------------------------------------------------------------------- */

/* Why not; NULL: it would, or there is nothing to execute. */
static const char *
check_elf(const uint8_t *head, size_t n)
{
    ElfW(Ehdr) e, own;
    ElfW(Phdr) p;
    Dl_info us;

    if (n < sizeof e || memcmp(head, ELFMAG, SELFMAG) != 0)
        return NULL;                    /* the kernel refuses it, or passes it to an interpreter, which is met there */
    memcpy(&e, head, sizeof e);
    if (dladdr(&guard, &us)) {
        memcpy(&own, us.dli_fbase, sizeof own);
        if (e.e_machine != own.e_machine || e.e_ident[EI_CLASS] != own.e_ident[EI_CLASS])
            return "it is made for another kind of processor";
    }
    for (unsigned i = 0; i < e.e_phnum; i++) {
        uint64_t at = e.e_phoff + (uint64_t)i * e.e_phentsize;

        if (e.e_phentsize != sizeof p || at + sizeof p > n)
            return "its form is not known";
        memcpy(&p, head + at, sizeof p);
        if (p.p_type == PT_INTERP)
            return NULL;
    }
    return "it is statically linked";
}

static bool
has_capabilities(int fd)
{
    char label[64];

    return fgetxattr(fd, "security.capability", label, sizeof label) > 0;
}

/* "#!" and a path: where that is; 0: there is none. */
static size_t
interpreter(const uint8_t *head, size_t n, char out[static PATH_MAX])
{
    size_t at = 2, k = 0;

    if (n < 4 || head[0] != '#' || head[1] != '!')
        return 0;
    while (at < n && (head[at] == ' ' || head[at] == '\t'))
        at++;
    for (; at < n && k + 1 < PATH_MAX && !strchr(" \t\r\n", head[at]); at++)
        out[k++] = (char)head[at];
    out[k] = '\0';
    return k;
}

static const char *
check(int at, const char *path, int flags)
{
    struct room *room = room_of_thread();
    const char *why = NULL;

    if (!room)
        return "there is no memory";
    for (unsigned i = 0; i < SCRIPTS; i++) {
        int fd = flags & AT_EMPTY_PATH && !*path ? at : openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        ssize_t n;

        if (fd < 0)                     /* not there; or it may be run but not read, and then what it is is unknown */
            return errno == EACCES ? "it cannot be read" : NULL;
        n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? pread(fd, room->head, HEAD, 0) : 0;
        if (n > 0 && ((st.st_mode & S_ISUID && st.st_uid != geteuid()) || (st.st_mode & S_ISGID && st.st_gid != getegid()) ||
                      has_capabilities(fd)))
            why = "it runs with other rights";
        if (fd != at)
            close(fd);
        if (n <= 0 || why)
            return why;
        if (!interpreter(room->head, (size_t)n, room->next))
            return check_elf(room->head, (size_t)n);
        at = AT_FDCWD;
        path = room->next;
        flags = 0;
    }
    return "it is a script of a script of a script";
}

bool
children_may(int at, const char *path, int flags)
{
    int kept = errno;
    const char *why;

    if (guard.observe || !armed || !path)
        return true;
    why = rule == REFUSE ? "ALPS_CHILDREN=refuse" : check(at, path, flags);
    if (why)
        guard_say("alps: %.*s: %s; %s\n", SHORT, *path ? path : "a program", why,
                  rule == TELL ? "it runs without the guard" : "it is not executed");
    errno = why ? EACCES : kept;
    return !why || rule == TELL;
}
