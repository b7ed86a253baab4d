/* shim/boring.h: BoringSSL linked into something and stripped: no name, and no error record that names a function.
 * What is left is data.  All its protocol functions stand in one constant table (SSL_PROTOCOL_METHOD), to which
 * five small records (SSL_METHOD) point.  Those are found, and pointers in the table exchanged; no instruction is
 * changed. */
#ifndef ALPS_SHIM_BORING_H
#define ALPS_SHIM_BORING_H

#include "shim/find.h"

enum { BORING_COPIES = 16, BORING_FOUND = 4 };

enum boring_slot {                      /* words of a table that the guard exchanges, or calls */
    BORING_NEW = 1, BORING_FREE = 2, BORING_OPEN = 8, BORING_WRITE = 9, BORING_ALERT = 10, BORING_MESSAGE = 11, BORING_SLOTS = 12
};

struct boring_table { uintptr_t *at; bool datagrams; };

/* boring.c.  The tables of a relocated object; fills ${out}, returns how many there are, which may be more than
 * BORING_FOUND. */
unsigned boring_find(const struct find_object *, struct boring_table out[static BORING_FOUND]);
/* Do its functions refer to what they refer to in every build known?  True also when none can be read. */
bool boring_fits(const struct find_object *, const struct boring_table *);

/* boring_hooks.c.  Exchange the pointers.  NULL, or what is wrong; then nothing was changed. */
const char *boring_hook(const struct find_object *, const struct boring_table *);
/* Nobody can exchange them again.  After all tables of an object: they may share a page. */
void boring_seal(const struct find_object *, const struct boring_table *);

/* An object that does TLS by means that no name tells: hook BoringSSL in it, or refuse its connections.  If it has
 * not been relocated yet, its first constructor is preceded by that. */
void boring_guard(const struct find_object *);
/* Objects have gone: forget those among them. */
void boring_sweep(void);

#endif
