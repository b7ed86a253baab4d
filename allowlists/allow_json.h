/* allowlists/allow_json.h: JSON ⇄ allowlist, reader and writer side by side.  FORMAT.md shows the format.
 * The reader is strict: an unknown key, a key said twice, an action that does not exist, a resource that cannot be one are
 * errors with file, line and column, because a misspelt rule must not be silently absent. */
#ifndef ALPS_ALLOW_JSON_H
#define ALPS_ALLOW_JSON_H

#include "core/policy.h"

struct alps_allow_rule {
    alps_slice service, resource, action;       /* as written, escapes undone */
    unsigned line, column;                      /* of the action */
};
struct alps_allow_host { alps_slice host; enum alps_vendor vendor; unsigned line, column; };   /* vendor: endpoints only */
struct alps_allow_evidence { alps_slice access, *lines; size_t n; };

struct alps_allow {                             /* as written; everything lies in the arena; the first line's end in NUL */
    alps_slice function, code, account, region, project, subscription;
    struct alps_allow_rule *rule;      size_t n_rules;
    struct alps_allow_host *host;      size_t n_hosts;
    struct alps_allow_host *endpoint;  size_t n_endpoints;
    struct alps_allow_evidence *evidence; size_t n_evidence;
};

struct alps_allow_error { unsigned line, column; char text[480]; };     /* text: without file, line and column */

/* NULL with ${err} filled in.  ${json} may go afterwards. */
struct alps_allow *alps_allow_read(struct alps_arena *, const struct alps_catalog *, alps_slice json,
                                   struct alps_allow_error *err);

/* ${env} answers for a variable (NULL: unset).  ${warn} (may be NULL) is told once of every rule that an unset variable
 * makes match nothing. */
typedef const char *alps_env_fn(void *ctx, const char *name);
typedef void alps_warn_fn(void *ctx, const struct alps_allow_rule *, const char *variable);
const struct alps_policy *alps_allow_policy(struct alps_arena *, const struct alps_catalog *, const struct alps_allow *,
                                            alps_env_fn *env, alps_warn_fn *warn, void *ctx, struct alps_allow_error *err);

/* What ${rule}'s resource is with these variables: canonical, ALPS_ANY and ALPS_ONE in it.  Its length; 0 when a variable is
 * not set, the rule then matches nothing.  ${out}: at least ALPS_RESOURCE bytes. */
size_t alps_allow_pattern(const struct alps_catalog *, const struct alps_allow *, const struct alps_allow_rule *rule,
                          alps_env_fn *env, void *ctx, uint8_t *out);

/* The same allowlist as JSON text: sorted, two-space indent, final newline.  malloc'd, the caller frees; NULL: no memory. */
char *alps_allow_write(const struct alps_allow *);

#endif
