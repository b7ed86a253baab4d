/* analyzer/analyzer.h: sources in, permissions out: libalps_analyze.a.  `alps analyze` is a thin door to it.  Reads
 * files below the
 * paths it is given (never what lies in node_modules or site-packages), runs nothing,
     reaches no network; the same files give
 * the same bytes. */
#ifndef ALPS_ANALYZER_H
#define ALPS_ANALYZER_H

#include "core/catalog.h"

enum alps_level { ALPS_LEVEL_SERVICE, ALPS_LEVEL_OBJECT, ALPS_LEVEL_ENTITY };

struct alps_access_found {
    struct alps_access_found *next;
    const char *service, *action;       /* one pointer per name; the service as the allowlist has it */
    const char *resource;               /* as the allowlist writes it: "arn:aws:s3:::${env:BUCKET}/k" */
    enum alps_level level;
    const char *rooted, *why;           /* INTERFACE.md; why: NULL when an entity is named */
    const char *evidence;               /* "env TABLE from template.yaml:31" */
};
struct alps_call_found {
    struct alps_call_found *next;
    const char *file;
    unsigned line, column;
    enum alps_vendor vendor;
    const char *operation;              /* INTERFACE.md, Names; one pointer per name */
    struct alps_access_found *access;
    struct alps_access_found *wire;     /* what enforcement asks for besides, since requests do not tell; no policy's matter */
    bool by_key;                        /* made with a key or a connection string: no role is asked, enforced at run time only */
    const char **via;                   /* outermost first */
    unsigned n_via;
    bool implied;
};
struct alps_host_found { struct alps_host_found *next; const char *file, *host; unsigned line; };

struct alps_analysis;

/* Analyse each path: a function's file or folder, or a project.  Never NULL. */
struct alps_analysis *alps_analysis_new(const char *const *path, size_t n, enum alps_level level);
void alps_analysis_free(struct alps_analysis *);

/* INTERFACE.md's document, sorted, with a final newline; and the report for people, in colour or not.  malloc'd. */
char *alps_analysis_json(const struct alps_analysis *);
char *alps_analysis_text(const struct alps_analysis *, bool colour);
/* The same for a browser, one page; its findings for code hosts (SARIF 2.1.0).  malloc'd. */
char *alps_analysis_html(const struct alps_analysis *);
char *alps_analysis_sarif(const struct alps_analysis *);
/* Per function: "NAME/allowlist.json", "NAME/policy.aws.json", …; with ${snippets} also as pieces of infrastructure code.
 * ${write} returns false to stop; then so does this. */
typedef bool alps_write_fn(void *ctx, const char *name, const char *text);
bool alps_analysis_files(const struct alps_analysis *, bool snippets, alps_write_fn *write, void *ctx);
/* 0: fine; 1: a file could not be read or parsed, or a call not be understood; 2: a path cannot be read at all. */
int alps_analysis_status(const struct alps_analysis *);

#endif
