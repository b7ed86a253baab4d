/* allowlists/allow_inner.h: what the parts of the reader (allow_*.c) say to each other; nobody else includes it. */
#ifndef ALPS_ALLOW_INNER_H
#define ALPS_ALLOW_INNER_H

#include "allowlists/allow_json.h"
#include "core/json.h"

struct allow_reader {
    struct alps_arena *arena;
    const struct alps_catalog *catalog;
    alps_slice json;                        /* our copy: the texts of tokens lie in it */
    uint8_t *scratch;                       /* texts with escapes, decoded */
    struct alps_json_reader tokens;
    struct alps_json_token next;
    bool more;                              /* there is a next token */
    struct { size_t at; unsigned line, column; } seen;  /* a place that was asked for, to count on from there */
    bool has_version;
    struct alps_allow *out;
    struct alps_allow_error *err;
};

/* Always false, with the error filled in, at the byte ${at} of the JSON text. */
bool alps_allow_fail(struct allow_reader *, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A template is text with ${…} in it. */
struct allow_variable { alps_slice name, fallback; bool is_env, has_fallback; };
enum allow_piece { ALLOW_LITERAL, ALLOW_VARIABLE, ALLOW_BAD, ALLOW_NO_PIECE };

/* Take the next piece off ${template}; BAD: a "${" that starts no variable, or one of an unknown name. */
enum allow_piece alps_allow_piece(alps_slice *template, alps_slice *literal, struct allow_variable *v);
/* What "context" says of "account", "region", "project" or "subscription"; {NULL, 0} for any other name. */
alps_slice alps_allow_context(const struct alps_allow *, alps_slice name);

/* Checks of one name each: it exists, and belongs where it stands.  False with the error filled in. */
bool alps_allow_check_service(struct allow_reader *, const struct alps_json_token *service);
bool alps_allow_check_resource(struct allow_reader *, const struct alps_json_token *resource);
bool alps_allow_check_access(struct allow_reader *, const struct alps_json_token *service,
                             const struct alps_json_token *resource, const struct alps_json_token *action);

/* For "%.*s". */
#define ALLOW_SHOW(s) (int)((s).n < 160 ? (s).n : 160), (const char *)(s).p

#endif
