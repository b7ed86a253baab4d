#include "cli/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PATH_CAP = 4096, INTERPRETERS = 5, LINE_CAP = 256 };

/* Programs that bring TLS in a form which no preloaded library sees. */
static const struct { const char *name, *why; } own_tls[] = {
    { "java", "its TLS is Java bytecode" },
    { "deno", "its TLS is rustls, linked in" },
};

static bool
is_executable_file(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    if (!S_ISREG(st.st_mode)) {
        errno = EACCES;
        return false;
    }
    return access(path, X_OK) == 0;
}

bool
alps_program_find(const char *name, char *path, size_t cap)
{
    const char *dirs = getenv("PATH");
    int found = ENOENT;

    if (strchr(name, '/')) {
        snprintf(path, cap, "%s", name);
        return is_executable_file(path);
    }
    for (const char *p = dirs ? dirs : "/bin:/usr/bin"; *name; p++) {
        size_t n = strcspn(p, ":");

        snprintf(path, cap, "%.*s%s%s", (int)n, p, n ? "/" : "./", name);
        if (is_executable_file(path))
            return true;
        if (errno == EACCES)
            found = EACCES;
        p += n;
        if (!*p)
            break;
    }
    errno = found;
    return false;
}

/* "#!interpreter argument" → the two; false if the file starts otherwise. */
static bool
script_parse(const char *head, char *interpreter, char *argument)
{
    const char *p = head + 2, *end = head + strcspn(head, "\n");
    size_t n;

    if (strncmp(head, "#!", 2) != 0)
        return false;
    p += strspn(p, " \t");
    n = strcspn(p, " \t\n");
    snprintf(interpreter, PATH_CAP, "%.*s", (int)n, p);
    p += n;
    p += strspn(p, " \t");
    snprintf(argument, LINE_CAP, "%.*s", p < end ? (int)(end - p) : 0, p);
    return *interpreter != '\0';
}

/* The program that "env [OPTION|NAME=VALUE]... PROGRAM" runs, out of the words of ${line}; "" if that cannot be seen. */
static void
env_program(const char *line, char *name)
{
    *name = '\0';
    while (*(line += strspn(line, " \t"))) {
        size_t n = strcspn(line, " \t");

        if (line[0] == '-' && strncmp(line, "-S", 2) == 0 && n > 2) {
            line += 2;
            continue;
        }
        if (line[0] != '-' && !memchr(line, '=', n)) {
            snprintf(name, PATH_CAP, "%.*s", (int)n, line);
            return;
        }
        line += n;
    }
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

struct image { const uint8_t *p; size_t n; };

static bool
in_image(const struct image *m, size_t at, size_t n)
{ return at <= m->n && n <= m->n - at; }

/* Go marks what it links with a note of its own; its TLS is compiled in, however it was linked. */
static bool
has_go_note(const struct image *m, const ElfW(Phdr) *ph)
{
    const uint8_t *note = m->p + ph->p_offset;

    return in_image(m, ph->p_offset, sizeof(ElfW(Nhdr)) + 4) && ((const ElfW(Nhdr) *)(const void *)note)->n_namesz == 4 &&
           memcmp(note + sizeof(ElfW(Nhdr)), "Go\0", 4) == 0;
}

static bool
elf_can_be_held(const struct image *m, const char *path, char *why, size_t cap)
{
    const ElfW(Ehdr) *eh = (const void *)m->p;
    const char *interpreter = NULL;
    bool go = false;

    if (!in_image(m, 0, sizeof *eh) || eh->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
#if defined(__x86_64__)
        eh->e_machine != EM_X86_64 ||
#elif defined(__aarch64__)
        eh->e_machine != EM_AARCH64 ||
#endif
        eh->e_phentsize != sizeof(ElfW(Phdr)) || !in_image(m, eh->e_phoff, (size_t)eh->e_phnum * sizeof(ElfW(Phdr)))) {
        snprintf(why, cap, "%s is built for another machine than the guard", path);
        return false;
    }
    for (size_t i = 0; i < eh->e_phnum; i++) {
        const ElfW(Phdr) *ph = (const ElfW(Phdr) *)(const void *)(m->p + eh->e_phoff) + i;

        if (ph->p_type == PT_INTERP && ph->p_filesz && in_image(m, ph->p_offset, ph->p_filesz) &&
            m->p[ph->p_offset + ph->p_filesz - 1] == '\0')
            interpreter = (const char *)m->p + ph->p_offset;
        go |= ph->p_type == PT_NOTE && has_go_note(m, ph);
    }
    if (go)
        snprintf(why, cap, "%s is a Go program: its TLS is compiled in, out of a preloaded library's sight", path);
    else if (!interpreter)
        snprintf(why, cap, "%s is linked statically: no library can be preloaded into it", path);
    else if (strstr(interpreter, "musl"))
        snprintf(why, cap, "%s runs on musl, and this guard is built for glibc", path);
    return !go && interpreter && !strstr(interpreter, "musl");
}

/* The loader ignores LD_PRELOAD where a program gains rights by being started. */
static bool
gains_rights(int fd, const char *path, char *why, size_t cap)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && (((st.st_mode & S_ISUID) && st.st_uid != geteuid()) ||
                                ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getegid()))) {
        snprintf(why, cap, "%s is setuid or setgid: the loader ignores LD_PRELOAD there", path);
        return true;
    }
    if (geteuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0) {
        snprintf(why, cap, "%s has file capabilities: the loader ignores LD_PRELOAD there", path);
        return true;
    }
    return false;
}

/* One file.  If it is a script, *${next} is what runs it, and true; ${next} empty: it can be held. */
static bool
file_can_be_held(const char *path, char *next, char *why, size_t cap)
{
    struct image m = { NULL, 0 };
    char head[LINE_CAP] = "", argument[LINE_CAP];
    struct stat st;
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *map;

    *next = '\0';
    if (fd < 0 || fstat(fd, &st) != 0) {
        snprintf(why, cap, "%s: %s", path, strerror(errno));
        goto close_fd;
    }
    if (gains_rights(fd, path, why, cap))
        goto close_fd;
    if (pread(fd, head, sizeof head - 1, 0) > 0 && script_parse(head, next, argument)) {
        if (strcmp(base_name(next), "env") == 0 && *argument)
            env_program(argument, next);
        ok = true;
        goto close_fd;
    }
    if (memcmp(head, ELFMAG, SELFMAG) != 0) {
        snprintf(next, PATH_CAP, "/bin/sh");                    /* what execvp does with a file that is no program */
        ok = true;
        goto close_fd;
    }
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        snprintf(why, cap, "%s: %s", path, strerror(errno));
        goto close_fd;
    }
    m = (struct image){ map, (size_t)st.st_size };
    ok = elf_can_be_held(&m, path, why, cap);
    munmap(map, (size_t)st.st_size);
close_fd:
    if (fd >= 0)
        close(fd);
    return ok;
}

bool
alps_program_can_be_held(char *const *argv, char *why, size_t cap)
{
    char path[PATH_CAP], next[PATH_CAP];

    snprintf(next, sizeof next, "%s", argv[0]);
    if (strcmp(base_name(argv[0]), "env") == 0)                 /* "env A=b program": look through it */
        for (int i = 1; argv[i]; i++)
            if (argv[i][0] != '-' && !strchr(argv[i], '=')) {
                snprintf(next, sizeof next, "%s", argv[i]);
                break;
            }
    for (int i = 0; i < INTERPRETERS; i++) {
        if (!alps_program_find(next, path, sizeof path)) {
            snprintf(why, cap, "%s: %s", next, strerror(errno));
            return false;
        }
        for (size_t k = 0; k < sizeof own_tls / sizeof *own_tls; k++)
            if (strcmp(base_name(path), own_tls[k].name) == 0) {
                snprintf(why, cap, "%s cannot be held by the guard: %s", path, own_tls[k].why);
                return false;
            }
        if (!file_can_be_held(path, next, why, cap))
            return false;
        if (!*next)
            return true;
    }
    snprintf(why, cap, "%s: scripts that are run by scripts, without end", argv[0]);
    return false;
}

bool
alps_guard_find(char *path, size_t cap)
{
    static const char *const beside[] = { "libalps_guard.so", "../lib/alps/libalps_guard.so" };
    char self[PATH_CAP];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n <= 0)
        return false;
    self[n] = '\0';
    *(char *)base_name(self) = '\0';
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        char try[2 * PATH_CAP], *real;

        snprintf(try, sizeof try, "%s%s", self, beside[i]);
        real = realpath(try, NULL);
        if (real) {
            bool fits = strlen(real) < cap;

            snprintf(path, cap, "%s", real);
            free(real);
            return fits;
        }
    }
    return false;
}

bool
alps_guard_preload(const char *who, const char *guard)
{
    const char *before = getenv("LD_PRELOAD");
    char *text = NULL;
    bool ok;

    if (strpbrk(guard, " :")) {
        fprintf(stderr, "alps %s: %s: LD_PRELOAD cannot name a file with a blank or a colon in its path\n", who, guard);
        return false;
    }
    ok = asprintf(&text, "%s%s%s", guard, before && *before ? ":" : "", before ? before : "") > 0 &&
         setenv("LD_PRELOAD", text, 1) == 0;
    free(text);
    return ok;
}
