/* cli/learnt.h: what a program was seen to use, out of the guard's log, and how that is written down so that it holds
 * elsewhere: values of the environment become variables again. */
#ifndef ALPS_LEARNT_H
#define ALPS_LEARNT_H

#include "cli/load.h"

struct alps_learnt_access { char *action, *resource, *operation; };

struct alps_learnt {
    struct alps_learnt_access *access;  /* sorted by action, resource and operation, each once */
    size_t n, cap;
    char **host;                        /* no cloud API; sorted, each once */
    size_t n_hosts, cap_hosts;
    unsigned long lines, calls;         /* of the log; of a cloud's API in it */
    unsigned long lost;                 /* accesses that found no room in their line, */
    unsigned long lost_lines;           /* and lines that found none in the log */
    unsigned long unread;               /* requests that were not understood; no rule can allow them */
    char why[64];                       /* for what reason, the first of them */
};

/* False, with a message for the subcommand ${who}. */
bool alps_learnt_read(struct alps_learnt *, const char *who, const char *log);
void alps_learnt_free(struct alps_learnt *);

/* What an allowlist calls the service of an action: "s3", "storage", "Microsoft.Storage". */
alps_slice alps_learnt_service(const struct alps_learnt_access *);

/* ${resource} with ${account}, ${region}, ${project}, ${subscription} and ${env:NAME} for what ${context}'s variables and the
 * environment of this process hold; variables that ${known} (may be NULL) uses come first.  malloc'd. */
char *alps_learnt_name(const struct alps_allow *context, const struct alps_allow *known, const char *resource);

#endif
