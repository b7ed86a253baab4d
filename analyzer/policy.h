/* analyzer/policy.h: the IAM policy of one function. */
#ifndef ALPS_POLICY_EMIT_H
#define ALPS_POLICY_EMIT_H

#include "analyzer/analysis.h"

/* Fill in ${r}->policy (and more_policy where one document would be longer than IAM takes). */
void alps_policy_emit(struct alps_analysis *, struct alps_result *);

struct cJSON;
/* Two blanks an indent and a final newline; taken from ${mem}. */
const char *alps_json_text(struct alps_mem *, const struct cJSON *);

#endif
