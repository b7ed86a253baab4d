/* core/text.h: text written piece by piece into room of a fixed size.  What does not fit is counted but not written,
 * so a first pass without room measures. */
#ifndef ALPS_TEXT_H
#define ALPS_TEXT_H

#include "core/slice.h"

struct alps_text {
    char *p;                            /* may be NULL if cap is 0 */
    size_t n, cap;                      /* n > cap: some of it was not written */
};

void alps_text_byte(struct alps_text *, char c);
void alps_text_slice(struct alps_text *, alps_slice s);
void alps_text_add(struct alps_text *, const char *s);
void alps_text_number(struct alps_text *, uint64_t n, unsigned digits);     /* decimal, zeros in front up to ${digits} */
void alps_text_hex(struct alps_text *, uint64_t n, unsigned digits);

/* For people and terminals: what is no UTF-8 or a control character becomes U+FFFD, ALPS_MARK_UNKNOWN becomes '*'. */
void alps_text_shown(struct alps_text *, alps_slice s);
/* The inside of a JSON string: quotes, backslashes and control characters (C1 too, terminals obey them) are escaped,
 * bytes that are not UTF-8 become U+FFFD, ALPS_MARK_UNKNOWN becomes '*'. */
void alps_text_json(struct alps_text *, alps_slice s);
/* "…", or null for {NULL, 0} */
void alps_text_string(struct alps_text *, alps_slice s);
/* XML character data; what XML 1.0 cannot say becomes U+FFFD. */
void alps_text_xml(struct alps_text *, alps_slice s);
/* As it is if it is one plain word, else as a JSON string.  "-" for nothing.  For lines of name=value. */
void alps_text_word(struct alps_text *, alps_slice s);

/* ${s}, or as much of it as ${most} bytes hold without breaking a character. */
alps_slice alps_text_clip(alps_slice s, size_t most);

#endif
