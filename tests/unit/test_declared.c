/* tests/unit/test_declared.c: policies that are declared against what the code needs: folders of tests/e2e/analyze/declared,
 * each with its expected.txt, written by hand. */
#include <criterion/criterion.h>

#include "analyzer/analyzer.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
str(const cJSON *o, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(o, name));
}

static void
check(const char *folder)
{
    struct alps_analysis *a = alps_analysis_new(&folder, 1, ALPS_LEVEL_ENTITY);
    char *json = alps_analysis_json(a), got[4096] = "", wanted[4096] = "", line[512];
    cJSON *d = cJSON_Parse(json), *declared;
    const cJSON *f, *e;
    FILE *in;

    cr_assert(snprintf(line, sizeof line, "%s/expected.txt", folder) < (int)sizeof line);
    in = fopen(line, "r");
    cr_assert_not_null(in, "%s", line);
    cr_assert(fread(wanted, 1, sizeof wanted - 1, in) > 0);
    fclose(in);
    cJSON_ArrayForEach(f, cJSON_GetObjectItem(d, "functions")) {
        declared = cJSON_GetObjectItem(f, "declared");
        cJSON_ArrayForEach(e, cJSON_GetObjectItem(declared, "by-name")) {
            snprintf(line, sizeof line, "%s by-name %s\n", str(f, "name"), e->valuestring);
            strcat(got, line);
        }
        cJSON_ArrayForEach(e, cJSON_GetObjectItem(declared, "excess")) {
            snprintf(line, sizeof line, "%s excess %s %s %d (%s)%s\n", str(f, "name"), str(e, "statement"), str(e, "action"),
                     cJSON_GetObjectItem(e, "used")->valueint, str(e, "names"),
                     cJSON_IsTrue(cJSON_GetObjectItem(e, "wide")) ? " wide" : "");
            strcat(got, line);
        }
        cJSON_ArrayForEach(e, cJSON_GetObjectItem(declared, "missing")) {
            snprintf(line, sizeof line, "%s missing %s:%d %s\n", str(f, "name"), str(e, "file"),
                     cJSON_GetObjectItem(e, "line")->valueint, str(e, "action"));
            strcat(got, line);
        }
    }
    cr_expect_str_eq(got, wanted, "%s:\n%s", folder, got);
    cJSON_Delete(d);
    free(json);
    alps_analysis_free(a);
}

Test(declared, sam_role_and_policies)
{
    check("tests/e2e/analyze/declared/sam");
}

Test(declared, serverless_statements)
{
    check("tests/e2e/analyze/declared/serverless");
}

Test(declared, terraform_documents_and_encoded_ones)
{
    check("tests/e2e/analyze/declared/terraform");
}
