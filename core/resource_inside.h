/* core/resource_inside.h: what the writers of resource names share: resource.c, resource_s3.c. */
#ifndef ALPS_RESOURCE_INSIDE_H
#define ALPS_RESOURCE_INSIDE_H

#include "core/catalog.h"
#include "core/reason.h"
#include "core/template.h"

struct fill {
    char *p;
    size_t n, cap;
    alps_member_fn *member;
    void *ctx;
    int failed;                             /* a negated reason */
    bool object;                            /* an access point was written: its keys stand behind "/object/" */
};

typedef void normaliser(struct fill *, alps_slice value);

/* resource_s3.c: NULL if the name is none of its normalisers. */
normaliser *alps_resource_s3(alps_slice name);
/* One spelling for the ARNs of access points; in place, never longer; returns the length. */
size_t alps_resource_s3_canonical(char *text, size_t n);

static inline int
fail(struct fill *f, int reason)
{
    if (!f->failed)
        f->failed = -reason;
    return f->failed;
}

static inline void
put(struct fill *f, alps_slice s)
{
    if (s.n > f->cap - f->n) {
        (void)fail(f, ALPS_NAME_TOO_LONG);
        return;
    }
    if (s.n)
        memcpy(f->p + f->n, s.p, s.n);
    f->n += s.n;
}

/* A value: what is below a blank would let a name pass for a mark of ours, or for the end of a name. */
static inline void
put_value(struct fill *f, alps_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f) {
            (void)fail(f, ALPS_BAD_NAME);
            return;
        }
    }
    put(f, s);
}

static inline bool
is_arn(alps_slice s)
{
    return alps_slice_starts(s, ALPS_S("arn:"));
}

static inline void
put_arn(struct fill *f, alps_slice arn)
{
    unsigned colons = 0;

    for (size_t i = 0; i < arn.n; i++) {
        alps_slice rest = alps_slice_sub(arn, i + 1, arn.n);
        bool ends = arn.p[i] == ':' || arn.p[i] == '/';
        colons += arn.p[i] == ':';
        if (ends && colons > 4 && (is_arn(rest) || alps_slice_starts(rest, ALPS_S("http"))))
            (void)fail(f, ALPS_BAD_NAME);   /* rules are unwrapped; in a request it would hide the outer one */
    }
    if (colons < 5)
        (void)fail(f, ALPS_BAD_NAME);
    f->n = 0;
    put_value(f, arn);
}

static inline bool
symbolic(alps_slice v)                      /* the analyzer's "${env:X}" */
{
    for (size_t i = 0; i + 1 < v.n; i++)
        if (v.p[i] == '$' && v.p[i + 1] == '{')
            return true;
    return false;
}

#endif
