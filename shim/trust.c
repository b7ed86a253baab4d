#include "shim/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINKS = 40, GROUPS = 256 };

struct walk {
    uid_t uid[3];
    gid_t gid[3 + GROUPS];
    int n_gid;
    bool strong;                        /* rights over other users' files */
    const char *why;
};

/* ---- what this process may do ------------------------------------------------------------------------------------ */

static uint64_t
capabilities(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 }, { 0, 0, 0 } };

    if (syscall(SYS_capget, &header, data) != 0)
        return UINT64_MAX;
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

static bool
learn_rights(struct walk *w)
{
    const uint64_t files = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER | 1u << CAP_SETUID | 1u << CAP_SETGID;
    uint64_t may = capabilities();

    w->strong = (may & files) != 0;
    if (may & 1u << CAP_SYS_ADMIN)
        w->why = "this program may mount file systems, also over it";
    if (getresuid(&w->uid[0], &w->uid[1], &w->uid[2]) != 0 || getresgid(&w->gid[0], &w->gid[1], &w->gid[2]) != 0)
        w->why = "whose rights this program has is unknown";
    w->n_gid = getgroups(GROUPS, w->gid + 3);
    if (w->n_gid < 0)
        w->why = "this program is in too many groups";
    w->n_gid += 3;
    return !w->why;
}

static bool
in_group(const struct walk *w, gid_t gid)
{
    for (int i = 0; i < w->n_gid; i++)
        if (w->gid[i] == gid)
            return true;
    return false;
}

static bool
is_read_only(int fd)
{
    struct statvfs fs;

    return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

/* What access control lists grant, too. */
static bool
may_write(int dir, const char *name)
{
#ifdef SYS_faccessat2
    if (syscall(SYS_faccessat2, dir, name, W_OK, AT_EACCESS) == 0)
        return true;
#endif
    return faccessat(dir, name, W_OK, 0) == 0;
}

/* ${fd} is ${name} in ${dir}.  False with w->why. */
static bool
check(struct walk *w, int dir, const char *name, int fd, const struct stat *st)
{
    if (is_read_only(fd))
        return true;
    if (w->strong) {
        if (!S_ISDIR(st->st_mode))
            w->why = "it is not on a read-only mount, and this program has rights over other users' files";
        return S_ISDIR(st->st_mode);    /* renamed on the way, the name would lead to another mount */
    }
    if (S_ISLNK(st->st_mode))
        return true;                    /* who may exchange it is a matter of its folder */
    if (st->st_uid == w->uid[0] || st->st_uid == w->uid[1] || st->st_uid == w->uid[2])
        w->why = "this program's user owns it";
    else if (st->st_mode & S_IWOTH)
        w->why = "everybody may write it";
    else if ((st->st_mode & S_IWGRP) && in_group(w, st->st_gid))
        w->why = "this program's group may write it";
    else if (may_write(dir, name))
        w->why = "this program may write it";
    return !w->why;
}

/* ---- the way to the file ----------------------------------------------------------------------------------------- */

/* Take the first component off ${path}. */
static bool
next_name(const char **path, char name[static NAME_MAX + 1])
{
    size_t n;

    *path += strspn(*path, "/");
    n = strcspn(*path, "/");
    if (n > NAME_MAX)
        return false;
    memcpy(name, *path, n);
    name[n] = '\0';
    *path += n;
    return true;
}

/* A link's text takes the place of its name.  The folder to go on from, or −1. */
static int
follow(int dir, int link, const char *rest, char path[static PATH_MAX])
{
    char text[PATH_MAX];
    ssize_t n = readlinkat(link, "", text, sizeof text - 1);
    char *tail = strdup(rest);
    int to = -1;

    if (n > 0 && tail) {
        text[n] = '\0';
        if ((size_t)snprintf(path, PATH_MAX, "%s%s%s", text, *tail ? "/" : "", tail) < PATH_MAX)
            to = text[0] == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : fcntl(dir, F_DUPFD_CLOEXEC, 0);
        else
            errno = ENAMETOOLONG;
    }
    free(tail);
    return to;
}

/* The file that was looked at, for reading. */
static int
open_same(int dir, const char *name, const struct stat *want)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_dev != want->st_dev || st.st_ino != want->st_ino)) {
        close(fd);
        errno = EAGAIN;
        return -1;
    }
    return fd;
}

/* One step from *${dir}.  1: go on; 0: *${file} is open; −1: w->why, or errno. */
static int
step(struct walk *w, int *dir, const char **rest, char path[static PATH_MAX], char name[static NAME_MAX + 1], int *file)
{
    struct stat st;
    int at = -1, rc = -1, to;

    if (!next_name(rest, name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    at = openat(*dir, *name ? name : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (at < 0 || fstat(at, &st) != 0 || !check(w, *dir, *name ? name : ".", at, &st))
        goto close_at;
    if (S_ISREG(st.st_mode) && !**rest) {
        *file = open_same(*dir, name, &st);
        rc = *file < 0 ? -1 : 0;
    } else if (S_ISDIR(st.st_mode) && *name) {
        to = *dir;
        *dir = at;
        at = to;
        rc = 1;
    } else if (S_ISLNK(st.st_mode)) {
        to = follow(*dir, at, *rest, path);
        if (to >= 0) {
            close(*dir);
            *dir = to;
            *rest = path;
            rc = 1;
        }
    } else
        errno = EINVAL;
close_at:
    if (at >= 0)
        close(at);
    return rc;
}

int
trust_open(const char *path, const char **why, char *where, size_t cap)
{
    struct walk w = { .why = NULL };
    char room[PATH_MAX], name[NAME_MAX + 1] = "/";
    const char *rest = path;
    int dir = -1, file = -1, rc = 1;
    struct stat st;

    if (learn_rights(&w) && (dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0 && fstat(dir, &st) == 0 &&
        check(&w, dir, ".", dir, &st))
        for (unsigned i = 0; rc > 0 && i < LINKS * 8; i++)
            rc = step(&w, &dir, &rest, room, name, &file);
    if (dir >= 0)
        close(dir);
    if (rc > 0 && !w.why && dir >= 0)
        errno = ELOOP;
    *why = w.why;
    snprintf(where, cap, "%s", name);
    return file;
}

long
trust_mount(int fd)
{
    char path[64], line[128];
    long mount = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "mnt_id:", 7) == 0)
            mount = strtol(line + 7, NULL, 10);
    if (f)
        fclose(f);
    return mount;
}
