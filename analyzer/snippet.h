/* analyzer/snippet.h: policies as pieces of SAM, Terraform, Bicep. */
#ifndef ALPS_SNIPPET_H
#define ALPS_SNIPPET_H

#include "analyzer/analysis.h"

/* ${take} gets each file's name ("policy.aws.tf") and text, and returns false to stop; then so does this. */
typedef bool alps_snippet_fn(void *ctx, const char *file, const char *text);
bool alps_snippets(struct alps_mem *, const struct alps_result *, alps_snippet_fn *take, void *ctx);

#endif
