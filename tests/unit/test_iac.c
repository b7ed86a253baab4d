/* tests/unit/test_iac.c: what infrastructure code says of functions: each folder of tests/e2e/analyze/iac has an expected.txt,
 * written by hand from what the vendor's documents say that its files mean. */
#include <criterion/criterion.h>

#include "analyzer/iac/iac.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct lines { char *line[100]; size_t n; };

static const char *
shown(struct alps_mem *mem, const char *text)
{
    char *out = alps_mem_text(mem, text, strlen(text));

    for (char *c = out; *c; c++)
        if (*c == TEXT_ANY)
            *c = '*';
    return out;
}

static void
lines_of(struct lines *l, struct alps_mem *mem, const struct alps_function *f)
{
    l->line[l->n++] = f->entry_file
        ? alps_mem_print(mem, "%s %s %s:%s\n", f->name, f->platform, f->entry_file, f->entry_name)
        : alps_mem_print(mem, "%s %s files %u\n", f->name, f->platform, f->n_files);
    for (unsigned i = 0; i < f->n_variables; i++)
        l->line[l->n++] = alps_mem_print(mem, "%s env %s=%s %s\n", f->name, f->variable[i].name, f->variable[i].value
                                         ? shown(mem, f->variable[i].value) : "?", f->variable[i].place);
    for (unsigned i = 0; i < f->n_triggers; i++)
        l->line[l->n++] = alps_mem_print(mem, "%s trigger %s %s\n", f->name, f->trigger[i], shown(mem, f->trigger_arn[i]));
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
check(const char *folder)
{
    struct alps_mem *mem = alps_mem_new();
    struct alps_project p = { .mem = mem };
    struct lines l = { .n = 0 };
    char got[8192] = "", wanted[8192] = "", file[600];
    FILE *in;

    snprintf(file, sizeof file, "%s/expected.txt", folder);
    in = fopen(file, "r");
    cr_assert_not_null(in, "%s", file);
    cr_assert(fread(wanted, 1, sizeof wanted - 1, in) > 0);
    fclose(in);
    cr_assert(alps_project_open(&p, folder), "%s", folder);
    for (const struct alps_function *f = p.function; f; f = f->next)
        lines_of(&l, mem, f);
    qsort(l.line, l.n, sizeof l.line[0], by_text);
    for (size_t i = 0; i < l.n; i++)
        strcat(got, l.line[i]);
    cr_expect_str_eq(got, wanted, "%s:\n%s", folder, got);
    cr_expect_null(p.note, "%s: %s", folder, p.note ? p.note->text : "");
    alps_mem_free(mem);
}

Test(iac, each_kind_tells_functions_entries_environments_and_triggers)
{
    DIR *d = opendir("tests/e2e/analyze/iac");
    unsigned n = 0;

    cr_assert_not_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char folder[512];

        if (e->d_name[0] == '.')
            continue;
        snprintf(folder, sizeof folder, "tests/e2e/analyze/iac/%s", e->d_name);
        check(folder);
        n++;
    }
    closedir(d);
    cr_assert_gt(n, 7u);
}

Test(iac, broken_terraform_is_told_with_its_place)
{
    struct alps_mem *mem = alps_mem_new();
    struct alps_project p = { .mem = mem };
    const char text[] = "resource \"aws_lambda_function\" \"x\" {\n  handler = \n}\n";

    alps_hcl_read(&p, text, sizeof text - 1, "main.tf");
    cr_assert_not_null(p.note);
    cr_assert_str_eq(p.note->file, "main.tf");
    cr_assert_eq(p.note->line, 2, "%u", p.note->line);
    alps_mem_free(mem);
}

Test(iac, a_reference_to_itself_ends)
{
    struct alps_mem *mem = alps_mem_new();
    struct alps_project p = { .mem = mem };
    char folder[] = "/tmp/alps-iac-XXXXXX", file[64];
    FILE *out;

    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/main.tf", folder);
    out = fopen(file, "w");
    fputs("locals {\n a = local.b\n b = local.a\n}\nresource \"aws_lambda_function\" \"f\" {\n function_name = local.a\n"
          " handler = \"x.y\"\n environment {\n variables = { A = local.a }\n }\n}\n", out);
    fclose(out);
    cr_assert(alps_project_open(&p, folder));
    cr_assert_str_eq(p.function->name, "f");
    cr_assert_null(p.function->variable[0].value);
    remove(file);
    rmdir(folder);
    alps_mem_free(mem);
}
