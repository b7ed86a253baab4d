/* core/request.h: what the wire said, byte for byte. */
#ifndef ALPS_REQUEST_H
#define ALPS_REQUEST_H

#include "core/slice.h"

enum {
    ALPS_HEADERS  = 96,             /* header fields of one request; SDKs send up to about 30 */
    ALPS_HEAD_MAX = 32 * 1024       /* bytes of one request head */
};

struct alps_header { alps_slice name, value; };     /* value: without the blanks around it */

struct alps_request {
    alps_slice sni;                             /* TLS server name; n = 0: none was sent, or no TLS */
    alps_slice method;                          /* "POST" */
    alps_slice host;                            /* the Host field as sent, port and all */
    alps_slice path;                            /* raw, undecoded, from the first '/' */
    alps_slice query;                           /* raw, without '?'; n = 0: none (has_query tells "/?" from "/") */
    bool has_query;
    bool tls;                                   /* false: plain text on the wire */
    uint16_t n_headers;
    struct alps_header header[ALPS_HEADERS];    /* in the order sent */
};

/* The one header of that name (ASCII case ignored), NULL if none.  ${twice} tells of a second. */
const struct alps_header *alps_request_header(const struct alps_request *, alps_slice name, bool *twice);

#endif
