#include "core/request.h"

const struct alps_header *
alps_request_header(const struct alps_request *req, alps_slice name, bool *twice)
{
    const struct alps_header *found = NULL;

    *twice = false;
    for (unsigned i = 0; i < req->n_headers; i++) {
        if (req->header[i].name.n != name.n || !alps_slice_ieq(req->header[i].name, name))
            continue;
        if (found) {
            *twice = true;
            break;
        }
        found = &req->header[i];
    }
    return found;
}
