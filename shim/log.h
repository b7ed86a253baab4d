/* shim/log.h: one line per verdict, where ALPS_LOG says.  Never blocks, never fails a call: a full disk is said
 * once. */
#ifndef ALPS_SHIM_LOG_H
#define ALPS_SHIM_LOG_H

#include "core/decision.h"

/* ${where}: a path (JSON Lines, appended), "stderr" (text), or NULL: refusals alone, as text, on standard error. */
void log_open(const char *where);
void log_decision(const struct alps_decision *, uint64_t ns);

#endif
