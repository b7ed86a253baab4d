/* shim/log.h: one line per verdict, where ALPS_LOG says: one write each, at once, so that nothing is lost with the program.
 * Never waits and never fails a call: what a full disk or a pipe without a reader does not take is counted, on standard error
 * (the first line, the tenth, the hundredth …, and all of them at the end) and, when it takes lines again, in the log itself:
 * {"lost":3,"via":"guard","pid":4711}. */
#ifndef ALPS_SHIM_LOG_H
#define ALPS_SHIM_LOG_H

#include "core/decision.h"

/* ${where}: a path (JSON Lines, appended), "stderr" (text), or NULL: refusals alone, as text, on standard error. */
void log_open(const char *where);
void log_decision(const struct alps_decision *, uint64_t ns);

#endif
