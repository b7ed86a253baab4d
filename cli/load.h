/* cli/load.h: files, and allowlists out of them. */
#ifndef ALPS_LOAD_H
#define ALPS_LOAD_H

#include <stdio.h>

#include "allowlists/allow_json.h"

/* Bytes that grow; all zero is empty. alps_bytes_put ends the program when there is no memory. */
struct alps_bytes { char *p; size_t n, cap; };
void alps_bytes_put(struct alps_bytes *, const void *p, size_t n);
void alps_bytes_add(struct alps_bytes *, const char *text);
void alps_bytes_free(struct alps_bytes *);

/* The whole of a file ("-" is standard input), or false with errno. */
bool alps_file_read(const char *path, struct alps_bytes *out);

struct alps_loaded {
    const char *path;
    void *block;                                /* everything lies in it */
    const struct alps_allow *allow;
    const struct alps_policy *policy;
};

/* Read ${path} (NULL: ./allowlist.json) for the subcommand ${who}, with the environment of this process.  False, with
 * "path:line:column: what is wrong" on standard error.  Variables that are not set are told there, too, unless ${quiet}. */
bool alps_load(const char *who, const char *path, bool quiet, struct alps_loaded *);
/* The same for a text that is at hand; ${path} is what messages call it. */
bool alps_load_text(const char *who, const char *path, alps_slice json, bool quiet, struct alps_loaded *);
void alps_loaded_free(struct alps_loaded *);

/* For a terminal: names out of a log or a request may hold what it would obey. */
void alps_shown_print(FILE *, alps_slice);
/* "…" with everything escaped; null for {NULL, 0}. */
void alps_json_print(FILE *, alps_slice);

#endif
