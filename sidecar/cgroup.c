#include "sidecar/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int
fail(char *why, const char *what, const char *which)
{
    snprintf(why, ALPS_WHY, "%.80s%s%.100s: %.60s", what, *which ? " " : "", which, strerror(errno));
    return -1;
}

static int
open_dir(int at, const char *path)
{ return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

static bool
is_cgroup2(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* A mount of our own that only the descriptor leads to: machines that boot with version 1 alone. */
static int
mount_own(char *why)
{
    int root = -1, fs = fsopen("cgroup2", FSOPEN_CLOEXEC);

    if (fs >= 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        root = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (root < 0)
        fail(why, "cgroup v2 is mounted nowhere, and mounting it failed", "");
    if (fs >= 0)
        close(fs);
    return root;
}

int
alps_cgroup_root(char *why)
{
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    struct mntent *entry;
    int fd = -1;

    while (mounts && fd < 0 && (entry = getmntent(mounts)) != NULL)
        if (strcmp(entry->mnt_type, "cgroup2") == 0 &&
            (fd = open_dir(AT_FDCWD, entry->mnt_dir)) >= 0 && !is_cgroup2(fd)) {
            close(fd);                                              /* another mount hides this one */
            fd = -1;
        }
    if (mounts)
        endmntent(mounts);
    return fd >= 0 ? fd : mount_own(why);
}

/* Our own cgroup: the line "0::/path" of /proc/self/cgroup. */
static bool
own_path(char *path, size_t cap)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[4096];
    bool found = false;

    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        found = strncmp(line, "0::/", 4) == 0 && strlen(line + 4) < cap;
        if (found)
            snprintf(path, cap, "%s", line[4] ? line + 4 : ".");
    }
    if (file)
        fclose(file);
    return found;
}

static int
make_child(struct alps_cgroup *group, char *why)
{
    char path[4096];
    int root = alps_cgroup_root(why);

    if (root < 0)
        return -1;
    if (!own_path(path, sizeof path)) {
        snprintf(why, ALPS_WHY, "/proc/self/cgroup names no cgroup of version 2");
        close(root);
        return -1;
    }
    group->parent = open_dir(root, path);
    close(root);
    if (group->parent < 0)
        return fail(why, "opening our own cgroup", path);
    snprintf(group->leaf, sizeof group->leaf, "alps-%ld", (long)getpid());
    if (mkdirat(group->parent, group->leaf, 0755) != 0)
        return fail(why, "making a child of our own cgroup", "");
    group->fd = open_dir(group->parent, group->leaf);
    return group->fd >= 0 ? 0 : fail(why, "opening cgroup", group->leaf);
}

/* ${dir} is not there: make it in its parent, which has to be a cgroup. */
static int
make_named(struct alps_cgroup *group, const char *dir, char *why)
{
    char path[4096];
    size_t n = strlen(dir);
    char *slash;

    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n == 0 || n >= sizeof path) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return fail(why, "cgroup", "");
    }
    memcpy(path, dir, n);
    path[n] = 0;
    slash = strrchr(path, '/');
    n = strlen(slash ? slash + 1 : path);
    if (n >= sizeof group->leaf) {
        errno = ENAMETOOLONG;
        return fail(why, "making cgroup", dir);
    }
    memcpy(group->leaf, slash ? slash + 1 : path, n + 1);
    if (slash)
        slash[slash == path] = 0;
    group->parent = open_dir(AT_FDCWD, slash ? path : ".");
    if (group->parent < 0)
        return fail(why, "opening the parent of cgroup", dir);
    if (!is_cgroup2(group->parent)) {
        snprintf(why, ALPS_WHY, "%.180s is not in a cgroup v2 file system", dir);
        return -1;
    }
    if (mkdirat(group->parent, group->leaf, 0755) != 0)
        return fail(why, "making cgroup", dir);
    group->fd = open_dir(group->parent, group->leaf);
    return group->fd >= 0 ? 0 : fail(why, "opening cgroup", dir);
}

int
alps_cgroup_open(struct alps_cgroup *group, const char *dir, char *why)
{
    int rc = 0;

    *group = (struct alps_cgroup){ .fd = -1, .parent = -1 };
    if (!dir)
        rc = make_child(group, why);
    else if ((group->fd = open_dir(AT_FDCWD, dir)) < 0)
        rc = errno == ENOENT ? make_named(group, dir, why) : fail(why, "opening cgroup", dir);
    if (rc == 0 && !is_cgroup2(group->fd)) {
        snprintf(why, ALPS_WHY, "%.180s is not in a cgroup v2 file system", dir);
        rc = -1;
    }
    if (rc != 0) {
        if (group->fd < 0 && group->parent >= 0) {                  /* nothing was made, so nothing is to be removed */
            close(group->parent);
            group->parent = -1;
        }
        alps_cgroup_close(group);
    }
    return rc;
}

static int
put(const struct alps_cgroup *group, const char *file, const char *text)
{
    int fd = openat(group->fd, file, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
    return n < 0 ? -1 : 0;
}

int
alps_cgroup_enter(const struct alps_cgroup *group)
{ return put(group, "cgroup.procs", "0"); }

/* One round over the list; true if it was empty.  ${signal} 0 only looks. */
static bool
each(const struct alps_cgroup *group, int signal)
{
    int fd = openat(group->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    FILE *list = fd >= 0 ? fdopen(fd, "r") : NULL;
    bool empty = list != NULL;
    long pid;

    while (list && fscanf(list, "%ld", &pid) == 1) {
        empty = false;
        if (signal && pid > 1)                                      /* 0: of another PID namespace */
            kill((pid_t)pid, signal);
    }
    if (list)
        fclose(list);
    else if (fd >= 0)
        close(fd);
    return empty;
}

bool
alps_cgroup_empty(const struct alps_cgroup *group)
{ return each(group, 0); }

int
alps_cgroup_kill(const struct alps_cgroup *group)
{
    put(group, "cgroup.kill", "1");                                 /* since 5.14; also catches what forks meanwhile */
    for (int i = 0; i < 500; i++) {
        if (each(group, SIGKILL))
            return 0;
        poll(NULL, 0, 10);
    }
    errno = EBUSY;
    return -1;
}

int
alps_cgroup_close(struct alps_cgroup *group)
{
    int rc = 0, saved = 0;

    if (group->fd >= 0)
        close(group->fd);
    if (group->parent >= 0) {
        for (int i = 0; i < 100; i++) {                             /* busy until the last of its processes is reaped */
            rc = unlinkat(group->parent, group->leaf, AT_REMOVEDIR);
            saved = errno;
            if (rc == 0 || errno != EBUSY)
                break;
            poll(NULL, 0, 10);
        }
        close(group->parent);
    }
    *group = (struct alps_cgroup){ .fd = -1, .parent = -1 };
    errno = saved;
    return rc;
}
