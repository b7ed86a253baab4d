/* analyzer/analysis.h: what was found, function by function; for emit.c and report.c. */
#ifndef ALPS_ANALYSIS_H
#define ALPS_ANALYSIS_H

#include "analyzer/calls.h"
#include "analyzer/project.h"

struct alps_grant { enum alps_vendor vendor; const char *service, *resource, *action, **evidence; unsigned n_evidence; };   /* one rule */

struct alps_result {
    struct alps_result *next;
    struct alps_function *function;
    struct alps_call_found *call;       /* sorted, as all below */
    struct alps_host_found *host;
    struct alps_note *note;
    const char **file;
    unsigned n_files;
    struct alps_grant *grant;
    unsigned n_grants;
    const char *allowlist, *policy;     /* JSON texts */
    const char **more_policy;           /* where one policy would be longer than IAM allows */
    unsigned n_more;
};

struct alps_analysis {
    struct alps_mem *mem;
    struct alps_project project;
    struct alps_result *result;
    enum alps_level level;
    bool unreadable;
};

/* Calls → rules → allowlist and policies; read back and decided again by core.  A mistake becomes a note. */
void alps_emit(struct alps_analysis *, struct alps_result *);

#endif
