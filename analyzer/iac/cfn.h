/* analyzer/iac/cfn.h: CloudFormation's functions, evaluated as far as a template alone tells; serverless.yml has such resources, too. */
#ifndef ALPS_IAC_CFN_H
#define ALPS_IAC_CFN_H

#include "analyzer/iac/iac.h"

struct alps_cfn {
    struct alps_project *p;
    const struct alps_tree *resources, *parameters, *mappings;
    struct alps_place at;
    unsigned steps;
};

/* The text that a value becomes; a hole where only the deployment knows. */
const char *alps_cfn_value(struct alps_cfn *, const struct alps_tree *);

#endif
