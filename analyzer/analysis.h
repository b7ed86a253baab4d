/* analyzer/analysis.h: what was found, function by function; for emit.c and report.c. */
#ifndef ALPS_ANALYSIS_H
#define ALPS_ANALYSIS_H

#include "analyzer/calls.h"
#include "analyzer/project.h"

struct alps_grant { enum alps_vendor vendor; const char *service, *resource, *action, **evidence; unsigned n_evidence; };   /* one rule */

/* A file to deploy: "policy.aws.json".  One whose name has a number, "policy.aws.2.json", goes on where the first ends. */
struct alps_document { enum alps_vendor vendor; const char *file, *text; };

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
    const char *allowlist;              /* JSON text */
    struct alps_declared *declared;     /* NULL: infrastructure code declares no policy (declared.h) */
    struct alps_document *document;     /* policies, vendor by vendor */
    unsigned n_documents;
};

struct alps_analysis {
    struct alps_mem *mem;
    struct alps_project project;
    struct alps_result *result;
    enum alps_level level;
    const char *given;                  /* what stands before a file's name from here: "demo/app/", or "" */
    bool unreadable;
};

/* Copy what ${result} holds so far into ${mem}: it came from memory that ends with the function (keep.c). */
void alps_result_keep(struct alps_mem *, struct alps_result *);
/* Calls → rules → allowlist and policies; read back and decided again by core.  A mistake becomes a note. */
void alps_emit(struct alps_analysis *, struct alps_result *);

#endif
