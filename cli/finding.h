/* cli/finding.h: one access against one allowlist: which rule covers it, or which comes nearest and how it differs. */
#ifndef ALPS_FINDING_H
#define ALPS_FINDING_H

#include "cli/load.h"

struct alps_finding {
    alps_slice action, resource;                /* as asked; '*' for a field that nobody knows */
    bool allowed;
    const struct alps_allow_rule *rule;         /* the covering or the nearest one; NULL: none comes near */
    const struct alps_allow_evidence *evidence; /* of that rule; NULL: none is written down */
    char differs[400];                          /* why the nearest rule does not cover it */
};

void alps_finding_of(struct alps_finding *, const struct alps_loaded *, alps_slice action, alps_slice resource);

/* The JSON that would allow it, on one line. */
void alps_finding_print_remedy(FILE *, const struct alps_finding *);

#endif
