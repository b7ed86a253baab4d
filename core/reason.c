#include "core/reason.h"

const char *
alps_reason_name(unsigned reason)
{
    static const char names[][24] = {
#define ALPS_R(name, text) #name,
        ALPS_REASONS(ALPS_R)
#undef ALPS_R
    };

    return reason < ALPS_REASON_COUNT ? names[reason] : "?";
}

const char *
alps_reason_text(unsigned reason)
{
    static const char texts[][96] = {       /* not pointers: the guard's tables need no relocation */
#define ALPS_R(name, text) text,
        ALPS_REASONS(ALPS_R)
#undef ALPS_R
    };

    return reason < ALPS_REASON_COUNT ? texts[reason] : "?";
}
