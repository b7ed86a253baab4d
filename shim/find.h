/* shim/find.h: what is loaded, and where in it functions are: by exported symbol, by the symbol table left in the
 * file, or, when a library is stripped, by the code that refers to a string.  Reads the loader's lists; changes
 * nothing. */
#ifndef ALPS_SHIM_FIND_H
#define ALPS_SHIM_FIND_H

#include <elf.h>
#include <link.h>

#include "core/slice.h"

enum { FIND_OBJECTS = 4096, FIND_REFERENCES = 16 };

struct find_object {
    const char *name;                   /* path; "" is the program itself */
    uintptr_t base;
    const ElfW(Phdr) *phdr;
    unsigned n_phdr;
    const ElfW(Sym) *sym;               /* of the dynamic section; NULL: none */
    const char *str;
    const uint32_t *gnu_hash, *hash;
    bool text_relocations;              /* the loader will write to its text again */
};

/* Called once for each object, when it is first seen; relocations may not have been applied to it yet. */
typedef void find_fn(void *ctx, const struct find_object *);

/* Visit what has come since the last time.  Cheap when nothing has.  Not thread safe: the caller holds the loader's
 * lock, or is alone.  False: there are more objects than we can remember. */
bool find_new(find_fn *, void *ctx);

/* What the loader tells debuggers; NULL: nothing. */
struct r_debug *find_loader(void);
/* The code, of whichever object, that ${p} is in. */
alps_slice find_code(const void *p);

/* Is it still loaded? */
bool find_knows(const struct find_object *);

/* Is there a loaded object around ${at}?  As of the last find_new. */
bool find_holds(const void *at);

struct find_function { uint8_t *at; size_t size; };

/* Function number ${nth} exported as ${name} (a name can have several versions).  at == NULL: there is none. */
struct find_function find_exported(const struct find_object *, const char *name, unsigned nth);

/* Does the read-only data hold ${text} (two bytes at least) as a whole string?  Its address, or NULL. */
const char *find_string(const struct find_object *, const char *text);

/* Does the read-only data hold these bytes (two at least) anywhere? */
bool find_text(const struct find_object *, const char *text);

/* The function, or the split-off part of one, that ${pc} is in. */
struct find_function find_function_at(const struct find_object *, const uint8_t *pc);

/* Every function that refers to ${string} (in the object's memory): fills ${out}, returns how many (at most ${cap}). */
unsigned find_referring(const struct find_object *, const char *string, struct find_function *out, unsigned cap);

/* Names that are in the file but not exported: looks up all ${n} ${name}s at once; out[i].at == NULL: not there.
 * False: no symbol table, or the file is not what is loaded. */
bool find_in_file(const struct find_object *, const char *const *name, struct find_function *out, unsigned n);

#endif
