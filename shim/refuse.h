/* shim/refuse.h: swallow, wake the reader, answer in the vendor's own words, then the end. */
#ifndef ALPS_SHIM_REFUSE_H
#define ALPS_SHIM_REFUSE_H

#include "shim/stream.h"

/* From now on nothing of the session leaves.  ${s}->decision says why; the lock is held.  ${fd}: its socket, -1: not
 * known; ${memory}: the session has no socket of its own, an event loop carries its bytes. */
void refuse_stream(struct stream *s, int fd, bool memory);

/* Read from the answer: how many bytes, 0 at its end.  ${peek}: they stay. */
size_t refuse_read(struct stream *s, void *buf, size_t n, bool peek);
size_t refuse_left(const struct stream *s);

#endif
