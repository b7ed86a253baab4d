#include "shim/refuse.h"

#include <stdlib.h>

#include "core/refusal.h"
#include "shim/guard.h"
#include "shim/wire.h"

void
refuse_stream(struct stream *s, int fd, bool memory)
{
    if (stream_h2(s)) {
        s->answer = h2_goodbye(stream_h2(s), &s->decision, &s->n_answer);
    } else {
        s->answer = malloc(ALPS_REFUSAL_MAX);   /* without memory: no answer, only the end */
        s->n_answer = s->answer
            ? alps_refusal_http1(&s->decision, &alps_catalog_builtin, guard.file, s->answer, ALPS_REFUSAL_MAX) : 0;
    }
    free(s->buf);
    s->buf = NULL;
    s->n = s->out = s->cap = s->done = 0;
    s->unwakeable = fd < 0;
    atomic_store_explicit(&s->refused, true, memory_order_release);    /* first this: the woken reader looks for it */
    if (fd >= 0)
        wire_wake(fd, memory);
}

size_t
refuse_left(const struct stream *s)
{
    size_t at = atomic_load(&s->at_answer);

    return at < s->n_answer ? s->n_answer - at : 0;
}

size_t
refuse_read(struct stream *s, void *buf, size_t n, bool peek)
{
    size_t at = atomic_load(&s->at_answer), left = refuse_left(s);

    if (n > left)
        n = left;
    if (n)
        memcpy(buf, s->answer + at, n);
    if (!peek)
        atomic_store(&s->at_answer, at + n);
    return n;
}
