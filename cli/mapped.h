/* cli/mapped.h: one request, in whatever form it came → what it means and what a policy decides about it.  What `alps map` and
 * `alps explain` have in common.  Every form becomes an HTTP/1.1 message and goes the way that the guard's bytes go. */
#ifndef ALPS_MAPPED_H
#define ALPS_MAPPED_H

#include "cli/load.h"
#include "core/conn.h"

struct alps_mapped {
    struct alps_decision decision;      /* by the policy; without one: by one that lists everything */
    enum alps_reason reason;            /* MAPPED, PLATFORM, NO_PERMISSION, HOST_LISTED, or why it is not understood */
    bool understood;
    enum alps_vendor vendor;
    const char *platform;
    alps_operation_id operation, candidate[ALPS_CANDIDATES];
    unsigned n_candidates;
    char name[256];                     /* the operation's own name, where no table has one; else "" */
    struct alps_bytes accesses;         /* JSON: the objects, commas between them; kept from call to call, the caller frees */
    unsigned n_accesses;
    struct alps_bytes parts;            /* of a batch: the same by part, with each one's operation; the caller frees */
    unsigned n_parts;                   /* 0: no batch */
};

/* ${policy} NULL: none.  ${message}: one whole HTTP/1.1 request; what is behind its end refuses it. */
void alps_mapped_by(struct alps_mapped *, const struct alps_policy *policy, bool tls, alps_slice sni, alps_slice message);

/* A line of JSON as INTERFACE.md describes it → a message in ${out}, with the server's name in ${sni} (n = 0: plain text) and
 * "id" as JSON in ${id}.  ${scratch}: at least line.n bytes.  NULL, or what is wrong with the line. */
const char *alps_message_of_line(alps_slice line, struct alps_bytes *scratch, struct alps_bytes *out, struct alps_bytes *sni,
                                 struct alps_bytes *id);

/* The server's name that a raw message was for: its Host field without the port; empty for an address, which is plain text. */
alps_slice alps_message_sni(alps_slice message);

#endif
