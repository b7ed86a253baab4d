/* Every example of allowlists/FORMAT.md and every sample, read: the right ones also written and read again. */
#include "allowlists/allow_json.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t block[8 << 20];
static struct alps_arena arena;
static struct alps_allow_error err;

static const struct alps_allow *
read_text(const char *json, size_t n)
{
    arena = (struct alps_arena){ block, block + sizeof block };
    return alps_allow_read(&arena, &alps_catalog_builtin, (alps_slice){ (const uint8_t *)json, n }, &err);
}

static char *
file_text(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 16);

    cr_assert(f && text, "%s: run from the root of the repository", path);
    cr_assert(fread(text, 1, (1 << 16) - 1, f) > 0);
    fclose(f);
    return text;
}

static void
check_right(const char *json, size_t n)
{
    const struct alps_allow *a = read_text(json, n);
    char *text;

    cr_assert_not_null(a, "%u:%u: %s in\n%.*s", err.line, err.column, err.text, (int)n, json);
    text = alps_allow_write(a);
    cr_assert_not_null(read_text(text, strlen(text)), "what was written is refused: %s", err.text);
    free(text);
}

static void
check_wrong(const char *json, size_t n, const char *head)
{
    unsigned line = 0, column = 0;
    int at = 0;
    char says[200];

    cr_assert_eq(sscanf(head, "%u:%u %n", &line, &column, &at), 2, "%s", head);
    snprintf(says, sizeof says, "%.*s", (int)strcspn(head + at, "\n"), head + at);
    cr_assert_null(read_text(json, n), "must be refused:\n%.*s", (int)n, json);
    cr_expect(err.line == line && err.column == column, "%u:%u instead of %u:%u", err.line, err.column, line, column);
    cr_expect_not_null(strstr(err.text, says), "\"%s\" is not in \"%s\"", says, err.text);
}

Test(allow_format, every_example_is_what_it_is_said_to_be)
{
    char *page = file_text("allowlists/FORMAT.md");
    unsigned right = 0, wrong = 0;

    for (const char *p = page; (p = strstr(p, "```json")) != NULL; ) {
        const char *head = p + strlen("```json"), *json = strchr(head, '\n') + 1, *end = strstr(json, "```");

        cr_assert_not_null(end);
        if (strncmp(head, " wrong ", 7) == 0) {
            check_wrong(json, (size_t)(end - json), head + 7);
            wrong++;
        } else {
            check_right(json, (size_t)(end - json));
            right++;
        }
        p = end + 3;
    }
    cr_expect(right >= 6 && wrong >= 8, "%u right, %u wrong ones", right, wrong);
    free(page);
}

Test(allow_format, every_sample_is_read)
{
    glob_t g;

    cr_assert_eq(glob("allowlists/samples/*.json", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        char *text = file_text(g.gl_pathv[i]);

        check_right(text, strlen(text));
        free(text);
    }
    globfree(&g);
}
