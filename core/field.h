/* core/field.h: which header fields decide something.  One table (field.c): a field in it may be there once, no
 * intermediary may be told to drop it (Connection), and it may not come behind the body (trailer). */
#ifndef ALPS_FIELD_H
#define ALPS_FIELD_H

#include "core/slice.h"

enum {
    ALPS_FIELD_FREE     = 0,            /* nothing is decided by it */
    ALPS_FIELD_ONCE     = 1,            /* it decides: one of it, in plain ASCII */
    ALPS_FIELD_UPGRADE  = 4,            /* asks for another protocol: refused */
    ALPS_FIELD_VENDOR   = 8             /* with ONCE: by its prefix ("x-amz-"), not by a row of its own */
};

/* How the field ${name} is to be treated; ASCII case is ignored.  ${row}: which of at most 64 rows it is; only set
 * when the result is neither FREE nor VENDOR. */
unsigned alps_field_rule(alps_slice name, unsigned *row);

/* The same, but '_' counts as '-': what a server behind CGI-like variables would make of the name. */
unsigned alps_field_rule_folded(alps_slice name);

#endif
