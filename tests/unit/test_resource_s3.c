#include <criterion/criterion.h>

#include "core/catalog.h"
#include "core/reason.h"

static alps_slice
member(void *ctx, alps_slice name)
{
    if (alps_slice_eq(name, ALPS_S("region")))
        return ALPS_S("eu-west-1");
    if (alps_slice_eq(name, ALPS_S("account")))
        return ALPS_S("111122223333");
    if (alps_slice_eq(name, ALPS_S("Key")))
        return ALPS_S("k");
    return alps_slice_eq(name, ALPS_S("V")) ? alps_slice_of(ctx) : (alps_slice){ NULL, 0 };
}

/* ${template} filled with ${value}, '*' for what nobody knows; or a reason. */
static const char *
filled(const char *template, const char *value)
{
    static char out[ALPS_RESOURCE + 1];
    int n = alps_resource_fill(template, member, (void *)(uintptr_t)value, out, ALPS_RESOURCE);

    if (n < 0)
        return alps_reason_name((unsigned)-n);
    for (int i = 0; i < n; i++)
        out[i] = out[i] == ALPS_MARK_UNKNOWN ? '*' : out[i];
    out[n] = 0;
    return out;
}

#define OBJECT "arn:{partition}:s3:::{V:bucket}/{Key:text}"
#define BUCKET "arn:{partition}:s3:::{V:bucket}"
#define SOURCE "arn:{partition}:s3:::{V:copysource}"
#define DIRECTORY "arn:{partition}:s3express:{region}:{account}:{V:directory}"
#define FROM_DIRECTORY "arn:{partition}:s3express:{region}:{account}:{V:copydirectory}"
#define OWNED "arn:{partition}:s3-outposts:{region}:{V:owned}/object/{Key:text}"
#define POINT "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap"

struct row { const char *template, *value, *want; };

static void
check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = filled(rows[i].template, rows[i].value);
        cr_expect_str_eq(got, rows[i].want, "%s: %s, not %s", rows[i].value, got, rows[i].want);
    }
}

#define CHECK(...)                                              \
    do {                                                        \
        static const struct row rows_[] = { __VA_ARGS__ };      \
        check(rows_, sizeof rows_ / sizeof *rows_);             \
    } while (0)

Test(resource_s3, an_access_point_stands_where_a_bucket_does)
{
    CHECK({ OBJECT, "b", "arn:aws:s3:::b/k" },
          { OBJECT, POINT, POINT "/object/k" },
          { BUCKET, POINT, POINT },
          { OBJECT, "arn:aws:s3:eu-west-1:111122223333:accesspoint:ap", POINT "/object/k" },
          { OBJECT, "arn:aws:s3::111122223333:accesspoint/m.mrap", "arn:aws:s3::111122223333:accesspoint/m.mrap/object/k" },
          { OBJECT, "ap-s3alias", "arn:aws:s3:eu-west-1:*:accesspoint/ap-s3alias/object/k" },
          { OBJECT, POINT "/object", "BAD_NAME" },
          { OBJECT, "arn:aws:s3:eu-west-1:111122223333:accesspoint/", "BAD_NAME" },
          { OBJECT, "arn:aws:s3:::b", "BAD_NAME" },
          { OBJECT, "arn:aws:s3-outposts:eu-west-1:111122223333:accesspoint/ap", "BAD_NAME" },
          { OBJECT, "b--x-s3", "BAD_NAME" },
          { OBJECT, "b.mrap", "BAD_NAME" });
}

Test(resource_s3, a_copy_may_come_from_an_access_point)
{
    CHECK({ SOURCE, "b/a%20c", "arn:aws:s3:::b/a c" },
          { SOURCE, POINT "/object/a/c", POINT "/object/a/c" },
          { SOURCE, "arn%3Aaws%3As3%3Aeu-west-1%3A111122223333%3Aaccesspoint%2Fap%2Fobject%2Fa?versionId=1", POINT "/object/a" },
          { SOURCE, "/ap-s3alias/a", "arn:aws:s3:eu-west-1:*:accesspoint/ap-s3alias/object/a" },
          { SOURCE, POINT "/a", "BAD_NAME" },
          { SOURCE, POINT "/object/", "BAD_NAME" },
          { SOURCE, "b--x-s3/a", "BAD_NAME" },
          { FROM_DIRECTORY, "b--x-s3/a", "arn:aws:s3express:eu-west-1:111122223333:bucket/b--x-s3" },
          { FROM_DIRECTORY, "b/x--x-s3/a", "BAD_NAME" },
          { FROM_DIRECTORY, "b--x-s3", "BAD_NAME" });
}

Test(resource_s3, directory_buckets_and_their_access_points)
{
    CHECK({ DIRECTORY, "b--use1-az4--x-s3", "arn:aws:s3express:eu-west-1:111122223333:bucket/b--use1-az4--x-s3" },
          { DIRECTORY, "p--use1-az4--xa-s3", "arn:aws:s3express:eu-west-1:111122223333:accesspoint/p--use1-az4--xa-s3" },
          { DIRECTORY, "b", "BAD_NAME" },
          { DIRECTORY, "b/c--x-s3", "BAD_NAME" });
}

Test(resource_s3, the_host_says_whose_an_access_point_is)
{
    CHECK({ OWNED, "ap-444455556666.op-1", "arn:aws:s3-outposts:eu-west-1:444455556666:outpost/op-1/accesspoint/ap/object/k" },
          { OWNED, "a-b-444455556666", "arn:aws:s3-outposts:eu-west-1:444455556666:accesspoint/a-b/object/k" },
          { OWNED, "x--op-s3.op-1", "arn:aws:s3-outposts:eu-west-1:*:outpost/op-1/accesspoint/x--op-s3/object/k" },
          { OWNED, "ap.op-1", "BAD_NAME" },
          { OWNED, "ap-44445555666x.op-1", "BAD_NAME" },
          { OWNED, "ap-444455556666.op-1.op-2", "BAD_NAME" });
}
