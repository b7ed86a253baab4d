/* tests/unit/test_analyzer.c: whole analyses: the fixtures of tests/e2e/analyze (each folder's expected.txt says
 * what its code needs),
 * and sources that try to break the analyzer. */
#include "analyzer/analyzer.h"

#include <cJSON.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

static void
folder_new(void)
{
    strcpy(folder, "/tmp/alps-analyze-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void
file_put(const char *name, const char *text, size_t n)
{
    char path[256];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    cr_assert(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
}

static void
folder_drop(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

static char *
json_of(const char *path, enum alps_level level, int *status)
{
    struct alps_analysis *a = alps_analysis_new(&path, 1, level);
    char *text = alps_analysis_json(a);

    *status = alps_analysis_status(a);
    alps_analysis_free(a);
    return text;
}

static const char *
str(const cJSON *o, const char *name)
{
    const cJSON *s = cJSON_GetObjectItem(o, name);

    return cJSON_IsString(s) ? s->valuestring : "";
}

struct lines { char *line[400]; size_t n; };

static void
line_add(struct lines *l, char *line)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->line[i], line) == 0) {
            free(line);
            return;
        }
    cr_assert_lt(l->n, 400);
    l->line[l->n++] = line;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
function_lines(struct lines *l, const cJSON *f)
{
    const cJSON *c, *a;
    char *line;

    cJSON_ArrayForEach(c, cJSON_GetObjectItem(f, "calls"))
        if (!cJSON_IsTrue(cJSON_GetObjectItem(c, "implied")))
            cJSON_ArrayForEach(a, cJSON_GetObjectItem(c, "accesses")) {
                cr_assert(asprintf(&line, "%s %s %s", str(f, "name"), str(a, "action"), str(a, "resource")) > 0);
                line_add(l, line);
            }
    cJSON_ArrayForEach(c, cJSON_GetObjectItem(f, "hosts")) {
        cr_assert(asprintf(&line, "%s host %s", str(f, "name"), str(c, "host")) > 0);
        line_add(l, line);
    }
    cJSON_ArrayForEach(c, cJSON_GetObjectItem(f, "diagnostics")) {
        const char *code = str(c, "code");

        if (strcmp(code, "unknown-call") && strcmp(code, "syntax") && strcmp(code, "self-check") &&
            strcmp(code, "dynamic-host"))
            continue;
        cr_assert(asprintf(&line, "%s %s %s:%d", str(f, "name"), code, str(c, "file"),
                           cJSON_GetObjectItem(c, "line")->valueint) > 0);
        line_add(l, line);
    }
}

/* What the analysis found, a line each, sorted; malloc'd. */
static char *
found(const char *path, enum alps_level level, int *status)
{
    char *json = json_of(path, level, status), *all = calloc(1, 65536);
    cJSON *d = cJSON_Parse(json);
    const cJSON *f;
    struct lines l = { .n = 0 };

    cr_assert_not_null(d, "%s: no JSON", path);
    cJSON_ArrayForEach(f, cJSON_GetObjectItem(d, "functions"))
        function_lines(&l, f);
    qsort(l.line, l.n, sizeof l.line[0], by_text);
    for (size_t i = 0; i < l.n; i++) {
        cr_assert_lt(strlen(all) + strlen(l.line[i]) + 2, 65536);
        strcat(strcat(all, l.line[i]), "\n");
        free(l.line[i]);
    }
    cJSON_Delete(d);
    free(json);
    return all;
}

static void
fixtures(const char *place, bool clean)
{
    DIR *d = opendir(place);
    unsigned n = 0;

    cr_assert_not_null(d, "%s", place);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[512], wanted[65536] = "", file[600];
        int status;
        char *got;
        FILE *in;

        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", place, e->d_name);
        snprintf(file, sizeof file, "%s/expected.txt", path);
        in = fopen(file, "r");
        cr_assert_not_null(in, "%s", file);
        cr_assert(fread(wanted, 1, sizeof wanted - 1, in) > 0);
        fclose(in);
        got = found(path, ALPS_LEVEL_ENTITY, &status);
        cr_expect_str_eq(got, wanted, "%s:\n%s", path, got);
        if (clean)
            cr_expect_eq(status, 0, "%s", path);
        free(got);
        n++;
    }
    closedir(d);
    cr_assert_gt(n, 3u);
}

Test(analyzer, every_spelling_of_the_same_function_needs_the_same)
{
    fixtures("tests/e2e/analyze/variants", true);
}

Test(analyzer, calls_hosts_and_problems_are_found_where_they_are)
{
    fixtures("tests/e2e/analyze/cases", false);
}

Test(analyzer, what_dependencies_do_is_not_allowed)
{
    int status;
    char *got = found("tests/e2e/analyze/cases/poisoned", ALPS_LEVEL_ENTITY, &status);

    cr_assert_not_null(strstr(got, "dynamodb:GetItem"));
    cr_assert_null(strstr(got, "lambda:"));
    cr_assert_null(strstr(got, "attacker.example"));
    cr_assert_eq(status, 0);
    free(got);
}

Test(analyzer, the_same_files_give_the_same_bytes)
{
    int status;
    char *a = json_of("tests/e2e/analyze", ALPS_LEVEL_ENTITY, &status),
        *b = json_of("tests/e2e/analyze", ALPS_LEVEL_ENTITY, &status);

    cr_assert_str_eq(a, b);
    free(a);
    free(b);
}

Test(analyzer, levels_are_widths_of_resource, .init = folder_new, .fini = folder_drop)
{
    static const char source[] = "const { S3 } = require('@aws-sdk/client-s3');\n"
        "exports.handler = () => new S3().putObject({ Bucket: 'b', Key: 'k' });\n";
    char path[128];
    int status;
    char *got;

    file_put("app.js", source, sizeof source - 1);
    snprintf(path, sizeof path, "%s/app.js", folder);
    got = found(path, ALPS_LEVEL_ENTITY, &status);
    cr_expect_str_eq(got, "app s3:PutObject arn:aws:s3:::b/k\n");
    free(got);
    got = found(path, ALPS_LEVEL_OBJECT, &status);
    cr_expect_str_eq(got, "app s3:PutObject arn:aws:s3:::b/*\n");
    free(got);
    got = found(path, ALPS_LEVEL_SERVICE, &status);
    cr_expect_str_eq(got, "app s3:PutObject *\n");
    free(got);
}

Test(analyzer, an_unknown_method_is_a_problem_with_the_nearest_names, .init = folder_new, .fini = folder_drop)
{
    static const char source[] = "import boto3\ndef handler(e, c):\n"
        "    boto3.client('dynamodb').put_itme(TableName='t')\n";
    char *json;
    int status;

    file_put("app.py", source, sizeof source - 1);
    json = json_of(folder, ALPS_LEVEL_ENTITY, &status);
    cr_assert_eq(status, 1);
    cr_assert_not_null(strstr(json, "nearest: put_item"));
    cr_assert_null(strstr(json, "dynamodb:PutItem"));
    free(json);
}

Test(analyzer, the_policy_has_the_values_of_the_template)
{
    int status;
    char *json = json_of("tests/e2e/analyze/variants/py-client", ALPS_LEVEL_ENTITY, &status);
    cJSON *d = cJSON_Parse(json);
    const cJSON *f = cJSON_GetArrayItem(cJSON_GetObjectItem(d, "functions"), 0);
    char *policy = cJSON_PrintUnformatted(cJSON_GetObjectItem(cJSON_GetObjectItem(f, "policies"), "aws"));

    cr_assert_not_null(strstr(policy, "\"arn:aws:dynamodb:*:*:table/PAYMENTS\""), "%s", policy);
    cr_assert_not_null(strstr(policy, "log-group:/aws/lambda/settle-payment:*"), "%s", policy);
    cr_assert_null(strstr(policy, "${"), "%s", policy);
    cr_assert_not_null(strstr(json, "template.yaml:"), "evidence names the template");
    cJSON_free(policy);
    cJSON_Delete(d);
    free(json);
}

static void
survives(const char *name, const char *text, size_t n)
{
    struct timespec from, to;
    int status;
    char *json;

    file_put(name, text, n);
    clock_gettime(CLOCK_MONOTONIC, &from);
    json = json_of(folder, ALPS_LEVEL_ENTITY, &status);
    clock_gettime(CLOCK_MONOTONIC, &to);
    cr_expect_leq(status, 1, "%s", name);
    cr_expect_lt(to.tv_sec - from.tv_sec, 60, "%s", name);
    free(json);
}

Test(analyzer, nesting_and_noise_end_in_bounded_time, .init = folder_new, .fini = folder_drop, .timeout = 300)
{
    enum { N = 100000 };
    char *text = malloc(2 * N + 16);
    static const char *const names[] = { "a.js", "a.py", "a.ts", "a.go" };

    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        memcpy(text, "x = ", 4);
        memset(text + 4, '[', N);
        memset(text + 4 + N, ']', N);
        survives(names[i], text, 2 * N + 4);
        for (size_t k = 0; k < 4096; k++)
            text[k] = (char)(k * 2654435761u >> 7);
        survives(names[i], text, 4096);
        survives(names[i], "", 0);
        file_put(names[i], "", 0);
    }
    free(text);
}

Test(analyzer, a_file_too_large_is_said_to_be, .init = folder_new, .fini = folder_drop)
{
    char path[128];
    int status;
    char *json;

    file_put("big.js", "x", 1);
    snprintf(path, sizeof path, "%s/big.js", folder);
    cr_assert_eq(truncate(path, 50 * 1024 * 1024), 0);
    json = json_of(folder, ALPS_LEVEL_ENTITY, &status);
    cr_assert_eq(status, 1);
    cr_assert_not_null(strstr(json, "larger than 4 MB"));
    free(json);
}

Test(analyzer, pipes_and_links_to_nowhere_are_no_sources, .init = folder_new, .fini = folder_drop, .timeout = 20)
{
    char path[128];
    int status;
    char *json;

    snprintf(path, sizeof path, "%s/pipe.js", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    snprintf(path, sizeof path, "%s/loop.py", folder);
    cr_assert_eq(symlink("loop.py", path), 0);
    snprintf(path, sizeof path, "%s/up", folder);
    cr_assert_eq(symlink("..", path), 0);
    file_put("app.js", "exports.handler = () => require('./pipe');\n", 43);
    json = json_of(folder, ALPS_LEVEL_ENTITY, &status);
    cr_assert_eq(status, 1);
    cr_assert_not_null(strstr(json, "is no regular file"));
    free(json);
    snprintf(path, sizeof path, "%s/nowhere", folder);
    json = json_of(path, ALPS_LEVEL_ENTITY, &status);
    cr_assert_eq(status, 2);
    free(json);
}
