/* Names of S3's buckets and of the ways to them: access points by ARN, by alias and by host, directory buckets,
 * Outposts.  Facts: "Referencing access points with ARNs, access point aliases, or virtual-hosted-style URIs",
 * "Directory bucket naming rules", "Accessing your S3 on Outposts bucket", of x-amz-copy-source ("CopyObject"). */
#include "core/resource_inside.h"

/* "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports": the byte behind the fifth ':', if an access point stands there
 * ("accesspoint:reports" is an old spelling); 0: they do not. */
static size_t
access_point_at(alps_slice arn)
{
    alps_slice partition, service, rest = arn;

    alps_slice_cut(rest, ':', &partition, &rest);
    alps_slice_cut(rest, ':', &partition, &rest);
    alps_slice_cut(rest, ':', &service, &rest);
    if (!is_arn(arn) || !alps_slice_eq(service, ALPS_S("s3")))
        return 0;
    alps_slice_cut(rest, ':', &service, &rest);
    alps_slice_cut(rest, ':', &service, &rest);
    return alps_slice_starts(rest, ALPS_S("accesspoint/")) || alps_slice_starts(rest, ALPS_S("accesspoint:")) ?
           (size_t)(rest.p - arn.p) : 0;
}

static void
put_access_point(struct fill *f, alps_slice arn)
{
    size_t at = access_point_at(arn);
    alps_slice name = at ? alps_slice_sub(arn, at + 12, arn.n) : arn;

    if (at == 0 || name.n == 0 || memchr(name.p, '/', name.n) || memchr(name.p, ':', name.n)) {
        (void)fail(f, ALPS_BAD_NAME);
        return;
    }
    f->n = 0;
    put_value(f, alps_slice_sub(arn, 0, at));
    put(f, ALPS_S("accesspoint/"));
    put_value(f, name);
    f->object = true;
}

static alps_slice
builtin(struct fill *f, const char *name, const char *absent)
{
    alps_slice v = f->member(f->ctx, alps_slice_of(name));

    return v.n ? v : alps_slice_of(absent);
}

/* "reports-abc-s3alias" says neither whose access point it is, nor which: it is compared as it stands. */
static void
put_alias(struct fill *f, alps_slice alias)
{
    static const char unknown[2] = { ALPS_MARK_UNKNOWN };

    f->n = 0;
    put(f, ALPS_S("arn:"));
    put(f, builtin(f, "partition", "aws"));
    put(f, ALPS_S(":s3:"));
    put(f, builtin(f, "region", unknown));
    put(f, ALPS_S(":"));
    put(f, alps_slice_of(unknown));
    put(f, ALPS_S(":accesspoint/"));
    put_value(f, alias);
    f->object = true;
}

static void
as_bucket(struct fill *f, alps_slice v)
{
    static const char others[][12] = { "--x-s3", "--xa-s3", "--ol-s3", "--op-s3", "--table-s3", ".mrap" };

    if (is_arn(v)) {
        put_access_point(f, v);
        return;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)     /* no buckets of this API */
        if (alps_slice_ends(v, alps_slice_of(others[i])))
            (void)fail(f, ALPS_BAD_NAME);
    for (size_t i = 0; i < v.n && !symbolic(v); i++)
        if (v.p[i] == '/' || v.p[i] == ':')
            (void)fail(f, ALPS_BAD_NAME);
    if (alps_slice_ends(v, ALPS_S("-s3alias")))
        put_alias(f, v);
    else
        put_value(f, v);
}

static int
hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "/bucket/a%20key?versionId=…" → "bucket/a key", behind what is written.  '+' is refused: readers differ about it. */
static void
put_source_path(struct fill *f, alps_slice v)
{
    alps_slice path, version;

    alps_slice_cut(v, '?', &path, &version);
    if (path.n && path.p[0] == '/')
        path = alps_slice_sub(path, 1, path.n);
    if (version.n && !alps_slice_starts(version, ALPS_S("versionId=")))
        (void)fail(f, ALPS_BAD_NAME);
    for (size_t i = 0; i < path.n && !f->failed; i++) {
        uint8_t c = path.p[i];
        if (c == '%' && !symbolic(v)) {
            int hi = i + 2 < path.n ? hex(path.p[i + 1]) : -1, lo = hi >= 0 ? hex(path.p[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                (void)fail(f, ALPS_BAD_NAME);
            c = (uint8_t)((hi & 15) << 4 | (lo & 15));
            i += 2;
        } else if (c == '+') {
            (void)fail(f, ALPS_BAD_NAME);
        }
        put_value(f, (alps_slice){ &c, 1 });
    }
}

/* "bucket/key", "arn:…:accesspoint/name/object/key" → its two parts. */
static bool
source_parts(alps_slice all, alps_slice *bucket, alps_slice *key)
{
    size_t at = access_point_at(all), end = at + 12;

    if (at == 0)
        return alps_slice_cut(all, '/', bucket, key) && bucket->n && key->n;
    while (end < all.n && all.p[end] != '/')
        end++;
    *bucket = alps_slice_sub(all, 0, end);
    *key = alps_slice_sub(all, end, all.n);
    if (!alps_slice_starts(*key, ALPS_S("/object/")))
        return false;
    *key = alps_slice_sub(*key, 8, key->n);
    return key->n != 0;
}

static void
as_copy_source(struct fill *f, alps_slice v)
{
    size_t start = f->n;
    alps_slice all, bucket, key;

    put_source_path(f, v);
    if (f->failed)
        return;
    all = (alps_slice){ (uint8_t *)f->p + start, f->n - start };
    struct fill probe = { .p = f->p + f->n, .cap = f->cap - f->n, .member = f->member, .ctx = f->ctx };
    if (!source_parts(all, &bucket, &key)) {
        if (!symbolic(v))
            (void)fail(f, ALPS_BAD_NAME);
        return;
    }
    as_bucket(&probe, bucket);
    if (probe.object) {
        put(&probe, ALPS_S("/object/"));
        put(&probe, key);
        memmove(f->p, probe.p, probe.n);
        f->n = probe.n;
    }
    if (probe.failed)
        f->failed = probe.failed;
}

/* "logs--use1-az4--x-s3" → "bucket/logs--use1-az4--x-s3"; an access point of one ends in "--xa-s3". */
static void
as_directory(struct fill *f, alps_slice v)
{
    bool point = alps_slice_ends(v, ALPS_S("--xa-s3"));

    if (is_arn(v)) {
        put_arn(f, v);
        return;
    }
    if ((!point && !alps_slice_ends(v, ALPS_S("--x-s3")) && !symbolic(v)) ||
        (v.n && (memchr(v.p, '/', v.n) || memchr(v.p, ':', v.n)) && !symbolic(v)))
        (void)fail(f, ALPS_BAD_NAME);
    put(f, point ? ALPS_S("accesspoint/") : ALPS_S("bucket/"));
    put_value(f, v);
}

/* The directory bucket of an x-amz-copy-source. */
static void
as_copy_directory(struct fill *f, alps_slice v)
{
    struct fill probe = { .p = f->p + f->n, .cap = f->cap - f->n, .member = f->member, .ctx = f->ctx };
    alps_slice all, bucket, key;
    char name[256];

    put_source_path(&probe, v);
    all = (alps_slice){ (uint8_t *)probe.p, probe.n };
    if (probe.failed || !alps_slice_cut(all, '/', &bucket, &key) || key.n == 0 || bucket.n > sizeof name) {
        (void)fail(f, probe.failed ? -probe.failed : ALPS_BAD_NAME);
        return;
    }
    memcpy(name, bucket.p, bucket.n);               /* what is written next lies over it */
    as_directory(f, (alps_slice){ (uint8_t *)name, bucket.n });
}

/* What stands in a host before the endpoint, "reports-111122223333" or "reports-111122223333.op-0123": the account and
 * the access point, of an outpost.  The alias of one ("…--op-s3") does not tell whose it is. */
static void
as_owned(struct fill *f, alps_slice v)
{
    static const uint8_t unknown[1] = { ALPS_MARK_UNKNOWN };
    alps_slice name, outpost, account;
    bool alias;

    if (is_arn(v)) {
        put_arn(f, v);
        return;
    }
    alps_slice_cut(v, '.', &name, &outpost);
    alias = outpost.n && alps_slice_ends(name, ALPS_S("--op-s3"));
    account = name.n > 13 && name.p[name.n - 13] == '-' ? alps_slice_sub(name, name.n - 12, name.n) : ALPS_S("");
    for (size_t i = 0; i < account.n && !alias; i++)
        if (account.p[i] < '0' || account.p[i] > '9')
            account.n = 0;
    if ((account.n == 0 && !alias) || (outpost.n && memchr(outpost.p, '.', outpost.n))) {
        (void)fail(f, ALPS_BAD_NAME);
        return;
    }
    put(f, alias ? (alps_slice){ unknown, 1 } : account);
    if (outpost.n) {
        put(f, ALPS_S(":outpost/"));
        put_value(f, outpost);
        put(f, ALPS_S("/accesspoint/"));
    } else {
        put(f, ALPS_S(":accesspoint/"));
    }
    put_value(f, alias ? name : alps_slice_sub(name, 0, name.n - 13));
}

normaliser *
alps_resource_s3(alps_slice name)
{
    if (alps_slice_eq(name, ALPS_S("bucket")))
        return as_bucket;
    if (alps_slice_eq(name, ALPS_S("copysource")))
        return as_copy_source;
    if (alps_slice_eq(name, ALPS_S("directory")))
        return as_directory;
    if (alps_slice_eq(name, ALPS_S("copydirectory")))
        return as_copy_directory;
    if (alps_slice_eq(name, ALPS_S("owned")))
        return as_owned;
    return NULL;
}

/* The account of an access point in several regions is on no wire, and its alias is nobody else's: it says nothing. */
static size_t
without_account(char *text, size_t n, size_t at)
{
    size_t from = at - 1, end = at + 12;

    while (end < n && text[end] != '/')
        end++;
    if (end - at < 17 || memcmp(text + end - 5, ".mrap", 5) != 0)
        return n;
    while (from > 0 && text[from - 1] != ':')
        from--;
    if (from + 1 >= at || (from > 1 && text[from - 2] != ':'))
        return n;                                   /* no account to take away, or a region: it is no such name */
    text[from] = ALPS_MARK_UNKNOWN;
    memmove(text + from + 1, text + at - 1, n - (at - 1));
    return n - (at - 1 - (from + 1));
}

size_t
alps_resource_s3_canonical(char *text, size_t n)
{
    alps_slice all = { (uint8_t *)text, n };
    size_t at = access_point_at(all), inner, end;

    if (at)
        return without_account(text, n, at);
    /* "arn:aws:s3:::" around the ARN of an access point that a variable held: no bucket is called that */
    inner = 0;
    for (unsigned colons = 0; inner < n && colons < 5; inner++)
        colons += text[inner] == ':' ? 1 : 0;
    at = inner < n ? access_point_at(alps_slice_sub(all, inner, n)) : 0;
    if (inner < 13 || at == 0)
        return n;
    memmove(text, text + inner, n - inner);
    n -= inner;
    for (end = at + 12; end < n && text[end] != '/'; end++)
        ;
    if (end < n) {
        memmove(text + end + 7, text + end, n - end);
        memcpy(text + end, "/object", 7);
        n += 7;
    }
    return without_account(text, n, at);
}
