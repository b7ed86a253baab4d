/* analyzer/policy.h: what is deployed for one function: IAM policy (AWS), roles and bindings (Google Cloud), role
 * definitions (Azure).  Names that only the environment knows come from IaC where it tells them; where it does not, a
 * policy has "*" in their place and a note says so: the allowlist, which the guard enforces, keeps the variable. */
#ifndef ALPS_POLICY_EMIT_H
#define ALPS_POLICY_EMIT_H

#include "analyzer/analysis.h"

/* Fill in ${r}->document: of each vendor whose calls were found; of AWS, when there is none at all. */
void alps_policy_emit(struct alps_analysis *, struct alps_result *);

/* One vendor's, from the calls that are its own (policy_aws.c, policy_gcp.c, policy_azure.c). */
void alps_policy_aws(struct alps_analysis *, struct alps_result *);
void alps_policy_gcp(struct alps_analysis *, struct alps_result *);
void alps_policy_azure(struct alps_analysis *, struct alps_result *);

/* The resource with ${env:X} replaced by its value, or "*"; of the context's variables those named in ${keep} stay, for who
 * deploys to fill in, the others are "*".  Without a call, what is not known is not said. */
const char *alps_policy_resource(struct alps_analysis *, struct alps_result *, const struct alps_call_found *,
                                 const char *resource, const char *keep);
/* A note about the function, at a call or (NULL) at no place. */
void alps_policy_note(struct alps_analysis *, struct alps_result *, const struct alps_call_found *, const char *code,
                      const char *text);

/* The resource of an access as IAM compares it, without a note about what is not known. */
const char *alps_policy_aws_form(struct alps_analysis *, const struct alps_result *, const struct alps_access_found *);

struct cJSON;
void alps_policy_document(struct alps_analysis *, struct alps_result *, enum alps_vendor, const char *file,
                          const char *text);
/* Two blanks an indent and a final newline; taken from ${mem}. */
const char *alps_json_text(struct alps_mem *, const struct cJSON *);

#endif
