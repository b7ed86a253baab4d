#include "sidecar/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CAP_BPF
#define CAP_BPF 39
#endif

#define BIT(cap) ((uint64_t)1 << (cap))

/* What container runtimes leave to root, without CAP_NET_RAW and CAP_MKNOD. */
static const uint64_t command_caps = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
    BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |
    BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP) | BIT(CAP_AUDIT_WRITE);
static const uint64_t detach_caps = BIT(CAP_BPF) | BIT(CAP_NET_ADMIN) | BIT(CAP_KILL);

/* Permitted and effective become what they were and ${keep} has; nothing is inheritable. */
static int
limit_sets(uint64_t keep)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { 0 } };

    if (syscall(SYS_capget, &header, data) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        data[i].permitted &= (uint32_t)(keep >> (32 * i));
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, data);
}

/* What exec could give back.  Without CAP_SETPCAP the set stays, and no_new_privs alone has to do. */
static int
limit_bounding(uint64_t keep)
{
    for (unsigned cap = 0; cap < 64; cap++) {
        if (keep & BIT(cap))
            continue;
        if (prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0, 0, 0) != 0)
            return errno == EINVAL || errno == EPERM ? 0 : -1;      /* EINVAL: the kernel knows no more of them */
    }
    return 0;
}

static int
limit(uint64_t keep)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 || limit_bounding(keep) != 0)
        return -1;
    if (prctl(PR_CAP_AMBIENT, (unsigned long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L) != 0 && errno != EINVAL)
        return -1;
    return limit_sets(keep);
}

int
alps_privilege_keep_detach(bool remove)
{ return limit(detach_caps | (remove ? BIT(CAP_DAC_OVERRIDE) : 0)); }

static bool
parse_number(const char *text, size_t n, unsigned *out)
{
    uint64_t value = 0;

    if (n == 0 || n > 10 || strspn(text, "0123456789") < n)
        return false;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *out = (unsigned)value;
    return value < UINT32_MAX;                                      /* which means "no change" */
}

bool
alps_user_parse(const char *text, struct alps_user *out)
{
    const char *colon = strchr(text, ':');
    const struct passwd *entry;

    *out = (struct alps_user){ .set = true };
    if (colon)
        return parse_number(text, (size_t)(colon - text), &out->uid) &&
               parse_number(colon + 1, strlen(colon + 1), &out->gid);
    if (parse_number(text, strlen(text), &out->uid)) {
        entry = getpwuid(out->uid);
        out->gid = entry ? entry->pw_gid : out->uid;
        return true;
    }
    entry = getpwnam(text);
    if (entry) {
        out->uid = entry->pw_uid;
        out->gid = entry->pw_gid;
    }
    return entry != NULL;
}

int
alps_privilege_command(const struct alps_user *user)
{
    if (!user->set)
        return limit(command_caps);
    if (limit_bounding(0) != 0 || setgroups(0, NULL) != 0)
        return -1;
    if (setresgid(user->gid, user->gid, user->gid) != 0 || setresuid(user->uid, user->uid, user->uid) != 0)
        return -1;
    return limit(0);
}
