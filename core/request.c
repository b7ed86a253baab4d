#include "core/request.h"

const struct alps_header *
alps_request_header(const struct alps_request *req, alps_slice name, bool *twice)
{
    const struct alps_header *found = NULL;

    *twice = false;
    for (unsigned i = 0; i < req->n_headers; i++) {
        const struct alps_header *h = &req->header[i];

        if (h->name.n != name.n || (h->name.p[0] ^ name.p[0]) & ~0x20 || !alps_slice_ieq(h->name, name))
            continue;
        if (found) {
            *twice = true;
            break;
        }
        found = h;
    }
    return found;
}
