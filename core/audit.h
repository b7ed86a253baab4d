/* core/audit.h: one line per verdict (INTERFACE.md, `alps run`).  Formatting only: names, ids and counts; never header
 * values, bodies or tokens. */
#ifndef ALPS_AUDIT_H
#define ALPS_AUDIT_H

#include "core/decision.h"

enum { ALPS_AUDIT_MAX = 12 * 1024 };

struct alps_audit {                     /* what only the adapter knows */
    int64_t at_us;                      /* microseconds since 1970-01-01 UTC */
    const char *via;                    /* "guard", "proxy", "supervisor" */
    const char *function;
    int pid;
    uint64_t ns;                        /* nanoseconds that the decision took */
    const struct alps_policy *policy;   /* for the rule's label; may be NULL */
};

/* A JSON object and '\n'.  Returns its length (at most ${cap} ≥ ALPS_AUDIT_MAX). */
size_t alps_audit_json(const struct alps_decision *, const struct alps_catalog *, const struct alps_audit *, char *out, size_t cap);
/* "alps deny reason=NOT_LISTED action=s3:PutObject resource=… rule=- fn=checkout us=14\n" */
size_t alps_audit_text(const struct alps_decision *, const struct alps_catalog *, const struct alps_audit *, char *out, size_t cap);

#endif
