/* tests/fuzz/fuzz_analyze.c: arbitrary bytes as source of each language (the first byte says which) or as
 * infrastructure code of each kind, through the whole analysis and every report. */
#include "analyzer/analyzer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SOURCES = 5 };                   /* the rest is infrastructure code */
static const char *const names[] = { "app.js", "app.py", "app.ts", "app.tsx", "main.go", "template.yaml", "serverless.yml",
    "main.tf", "main.bicep", "Dockerfile", "host.json", "service.yaml", "functions.yaml", "azuredeploy.json" };
static const char entry_template[] = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Handler: app.handler, "
    "CodeUri: ., Environment: {Variables: {TABLE: t}}}\n";

static void
put(const char *folder, const char *name, const void *p, size_t n)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n)
        abort();
    close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char folder[64];
    const char *path = folder;
    struct alps_analysis *a;
    size_t kind;
    char file[128];

    if (n < 2)
        return 0;
    if (!*folder) {
        snprintf(folder, sizeof folder, "%s/alps-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(folder))
            abort();
    }
    kind = data[0] % (sizeof names / sizeof names[0]);
    put(folder, names[kind], data + 1, n - 1);
    if (kind < SOURCES && data[0] & 0x80)
        put(folder, "template.yaml", entry_template, sizeof entry_template - 1);
    a = alps_analysis_new(&path, 1, (enum alps_level)(data[0] >> 4 & 1 ? ALPS_LEVEL_OBJECT : ALPS_LEVEL_ENTITY));
    free(alps_analysis_json(a));
    free(alps_analysis_text(a, true));
    free(alps_analysis_html(a));
    free(alps_analysis_sarif(a));
    alps_analysis_free(a);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(file, sizeof file, "%s/%s", folder, names[i]);
        unlink(file);
    }
    return 0;
}
