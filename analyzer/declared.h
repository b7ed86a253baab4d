/* analyzer/declared.h: what infrastructure code allows a function on AWS, compared with what its code needs. */
#ifndef ALPS_DECLARED_H
#define ALPS_DECLARED_H

#include "analyzer/analysis.h"

struct alps_excess {                    /* of one statement */
    const struct alps_statement *statement;
    const char *pattern;                /* its action as written, "dynamodb:*" */
    unsigned grants, used;              /* actions of the vendor's list that it gives; those of them that are needed */
    const char *names;                  /* of the needed ones, "dynamodb:GetItem, dynamodb:Query" */
    bool wide;                          /* every resource, though the needed ones have names */
};
struct alps_missing { const struct alps_call_found *call; const struct alps_access_found *access; };
struct alps_declared {
    struct alps_excess *excess;         /* one for each action pattern that gives more than is needed */
    struct alps_missing *missing;       /* needed, and no statement gives it */
    unsigned n_excess, n_missing;
    bool known;                         /* some policy is declared, and none by name alone */
};

void alps_declared_compare(struct alps_analysis *, const struct alps_result *, struct alps_declared *);

#endif
