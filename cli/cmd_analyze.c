/* cli/cmd_analyze.c: `alps analyze`: a thin door to the analyzer's library. */
#include "analyzer/analyzer.h"
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
folder_make(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "alps analyze: %s: %s\n", path, strerror(errno));
    return false;
}

/* Written beside and renamed, so that a reader never sees half of it. */
static bool
file_write(void *ctx, const char *name, const char *text)
{
    const char *folder = ctx, *slash = strchr(name, '/');
    char path[4096], part[4096 + 8];
    bool ok = false;
    FILE *f;

    if ((size_t)snprintf(path, sizeof path, "%s/%.*s", folder, (int)(slash - name), name) >= sizeof path ||
        !folder_make(path))
        return false;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return false;
    snprintf(part, sizeof part, "%s.part", path);
    f = fopen(part, "we");
    if (f) {
        ok = fputs(text, f) >= 0;
        ok = fclose(f) == 0 && ok && rename(part, path) == 0;
    }
    if (!ok) {
        fprintf(stderr, "alps analyze: %s: %s\n", path, strerror(errno));
        unlink(part);
    }
    return ok;
}

static bool
level_of(const char *word, enum alps_level *level)
{
    static const char *const words[] = { "service", "object", "entity" };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            *level = (enum alps_level)i;
            return true;
        }
    fprintf(stderr, "alps analyze: --level is service, object or entity, not \"%s\"\n", word);
    return false;
}

int
alps_cmd_analyze(int argc, char **argv)
{
    struct alps_args args;
    enum alps_level level = ALPS_LEVEL_ENTITY;
    struct alps_analysis *a;
    const char *out;
    char *text;
    int status;

    if (!alps_args_read(argc, argv, &args))
        return ALPS_BAD_USE;
    if (alps_args_value(&args, "--level") && !level_of(alps_args_value(&args, "--level"), &level))
        return ALPS_BAD_USE;
    if (args.n_rest == 0) {
        fprintf(stderr, "alps analyze: say what to analyze: a file, a folder, a project\n");
        return ALPS_BAD_USE;
    }
    a = alps_analysis_new((const char *const *)args.rest, (size_t)args.n_rest, level);
    status = alps_analysis_status(a);
    text = alps_args_value(&args, "--json") ? alps_analysis_json(a) : alps_args_value(&args, "--html") ? alps_analysis_html(a)
        : alps_args_value(&args, "--sarif") ? alps_analysis_sarif(a) : alps_analysis_text(a, isatty(STDOUT_FILENO));
    fputs(text, stdout);
    free(text);
    out = alps_args_value(&args, "--out");
    if (out && (!folder_make(out) || !alps_analysis_files(a, alps_args_value(&args, "--snippets"), file_write, (void *)(uintptr_t)out)))
        status = ALPS_BAD_USE;
    alps_analysis_free(a);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "alps analyze: standard output: %s\n", strerror(errno));
        status = ALPS_BAD_USE;
    }
    return status;
}
