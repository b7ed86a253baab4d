#include "cli/command.h"
#include "cli/load.h"
#include "cli/program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOT_FOUND = 127, NOT_RUN = 126 };        /* as env(1) and shells say it */

/* A path that stays true when the program changes its directory.  The file itself need not be there yet. */
static bool
absolute(const char *path, char *out, size_t cap)
{
    char here[PATH_MAX];

    if (path[0] == '/')
        return (size_t)snprintf(out, cap, "%s", path) < cap;
    return getcwd(here, sizeof here) && (size_t)snprintf(out, cap, "%s/%s", here, path) < cap;
}

static bool
set_environment(const struct alps_args *a, const char *allowlist, const char *guard)
{
    const char *mode = alps_args_value(a, "--mode"), *log = alps_args_value(a, "--log");
    const char *function = alps_args_value(a, "--function");
    char path[PATH_MAX];

    if (!alps_guard_preload("run", guard))
        return false;
    if (!absolute(allowlist, path, sizeof path) || setenv("ALPS_ALLOWLIST", path, 1) != 0 ||
        setenv("ALPS_MODE", mode ? mode : "enforce", 1) != 0)
        goto failed;
    if (log && ((strcmp(log, "stderr") != 0 && !absolute(log, path, sizeof path)) ||
                setenv("ALPS_LOG", strcmp(log, "stderr") == 0 ? log : path, 1) != 0))
        goto failed;
    if (function && setenv("ALPS_FUNCTION", function, 1) != 0)
        goto failed;
    return true;
failed:
    fprintf(stderr, "alps run: %s\n", strerror(errno));
    return false;
}

static bool
check_via(const char *via)
{
    if (!via || strcmp(via, "auto") == 0 || strcmp(via, "guard") == 0)
        return true;
    fprintf(stderr, "alps run: this build has no %s; programs are held by the guard (--via guard)\n", via);
    return false;
}

int
alps_cmd_run(int argc, char **argv)
{
    struct alps_loaded loaded;
    struct alps_args a;
    char why[PATH_MAX + 128], path[PATH_MAX], guard[PATH_MAX];

    if (!alps_args_read(argc, argv, &a))
        return ALPS_BAD_USE;
    if (a.n_rest == 0) {
        fprintf(stderr, "alps run: what is to be run? alps run [OPTION...] -- CMD [ARG...]\n");
        return ALPS_BAD_USE;
    }
    if (!check_via(alps_args_value(&a, "--via")) || !alps_load("run", alps_args_value(&a, "--allowlist"), true, &loaded))
        return ALPS_BAD_USE;
    alps_loaded_free(&loaded);                  /* it was good; the guard reads it again, inside the program */
    if (!alps_program_find(a.rest[0], path, sizeof path)) {
        int error = errno;

        fprintf(stderr, "alps run: %s: %s\n", a.rest[0], strerror(error));
        return error == ENOENT ? NOT_FOUND : NOT_RUN;
    }
    if (!alps_program_can_be_held(a.rest, why, sizeof why)) {
        fprintf(stderr, "alps run: %s; it is not started\n", why);
        return ALPS_BAD_USE;
    }
    if (!alps_guard_find(guard, sizeof guard)) {
        fprintf(stderr, "alps run: libalps_guard.so is neither beside alps nor in ../lib/alps\n");
        return ALPS_BAD_USE;
    }
    if (!set_environment(&a, loaded.path, guard))
        return ALPS_BAD_USE;
    execvp(a.rest[0], a.rest);
    fprintf(stderr, "alps run: %s: %s\n", a.rest[0], strerror(errno));
    return NOT_RUN;
}
