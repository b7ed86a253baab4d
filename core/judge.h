/* core/judge.h: one request → verdict, whatever carries it.  HTTP/1.1 connections (conn.c) and HTTP/2 streams share it:
 * they bring the head, then the content of the body in any pieces, then the end. */
#ifndef ALPS_JUDGE_H
#define ALPS_JUDGE_H

#include "core/decision.h"
#include "core/policy.h"

struct alps_judge {
    const struct alps_policy *policy;   /* NULL: everything is refused (NO_POLICY) */
    struct alps_decision *out;          /* accesses are noted here; verdict and reason are the caller's to set */
    unsigned accesses;                  /* seen so far */
};

/* 1: the head decides, *${reason} says for what (NOT_LISTED: an access that no rule covers); 0: the body does, too; or a
 * negated reason to refuse.  ${call} and j->out start over. */
ALPS_MUST int alps_judge_head(struct alps_judge *, struct alps_call *, const struct alps_request *,
                              enum alps_reason *reason);
/* The next content bytes of a body that decides.  0, positive: an access that no rule covers; or a negated reason. */
ALPS_MUST int alps_judge_body(struct alps_judge *, struct alps_call *, alps_slice content);
/* The message is complete: a reason to allow it, or a negated one to refuse it; 0 is NOT_LISTED. */
ALPS_MUST int alps_judge_end(struct alps_judge *, struct alps_call *);
/* No more can be held back, and the body goes on: LISTED if every access is known already, all of them allowed, so that
 * it may leave while it is watched; or -BODY_LATE. */
ALPS_MUST int alps_judge_late(const struct alps_judge *, const struct alps_call *);
/* What is known of the call, for the answer and the audit. */
void alps_judge_note(struct alps_judge *, const struct alps_call *);

#endif
