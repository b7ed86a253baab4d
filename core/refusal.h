/* core/refusal.h: the cloud's own "access denied", in the protocol of the call, so that the SDK raises its own
 * error after one attempt.  Rules (measured on SDKs): status 403, never 401; no Retry-After; no Date;
 * Connection: close; HEAD has no body.  Facts: Smithy protocol specifications, S3 REST API error responses. */
#ifndef ALPS_REFUSAL_H
#define ALPS_REFUSAL_H

#include "core/decision.h"

enum { ALPS_REFUSAL_MAX = 8192 };

/* One HTTP/1.1 response in ${out} (${cap} ≥ ALPS_REFUSAL_MAX).  ${file}: the allowlist, named in the message ("" if none).
 * Returns its length; 0 when the host is no cloud API: there is no vendor's answer, the connection is closed instead. */
size_t alps_refusal_http1(const struct alps_decision *, const struct alps_catalog *, const char *file, char *out, size_t cap);

/* The message alone, for one line of text: "s3:PutObject on arn:aws:s3:::b/k is not in the allowlist …".  NUL-terminated. */
size_t alps_refusal_message(const struct alps_decision *, const struct alps_catalog *, const char *file, char *out, size_t cap);

#endif
