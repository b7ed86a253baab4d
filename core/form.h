/* core/form.h: tokens of an application/x-www-form-urlencoded body, strict: every pair has a name and a '=', escapes are
 * whole, and only bytes that such a body may hold bare are in it (no ';', no blank, nothing above ASCII). */
#ifndef ALPS_FORM_H
#define ALPS_FORM_H

#include "core/slice.h"

enum alps_form_event {
    ALPS_FORM_MORE,             /* the input is used up */
    ALPS_FORM_TEXT,             /* a run of the name or value being read, decoded; more of it follows */
    ALPS_FORM_NAME,             /* text: what of the name has not been given by TEXT */
    ALPS_FORM_VALUE             /* likewise */
};

struct alps_form {              /* all zero is a fresh one */
    uint8_t state;
    bool muted;
    uint8_t high, out;          /* of an escape */
    bool named;                 /* the name being read is not empty */
};

/* Read on in ${in} from *${at}, which is moved.  An event, ALPS_FORM_MORE at the end of ${in}, or -ALPS_BODY_SYNTAX,
 * which is final.  ${text} lives until the next call. */
ALPS_MUST int alps_form_feed(struct alps_form *, alps_slice in, size_t *at, alps_slice *text);

/* Behind NAME: no event for its value. */
void alps_form_skip(struct alps_form *);

/* No more input comes.  ALPS_FORM_VALUE: the last value is complete, and all its runs have been given; 0: there was
 * nothing to end; or -ALPS_BODY_SYNTAX. */
ALPS_MUST int alps_form_end(struct alps_form *);

#endif
