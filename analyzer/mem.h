/* analyzer/mem.h: memory of one analysis: taken piece by piece, given back at once.  Names are kept once, so that two
 * equal names are one pointer.  Out of memory ends the process: an analysis has nothing smaller to fall back to. */
#ifndef ALPS_MEM_H
#define ALPS_MEM_H

#include "core/slice.h"

struct alps_mem;

struct alps_mem *alps_mem_new(void);
/* For one piece of work: ends before ${above}, whose names are its own.  ${above} takes no new names meanwhile. */
struct alps_mem *alps_mem_new_below(const struct alps_mem *above);
void alps_mem_free(struct alps_mem *);                                      /* NULL is fine */

/* Zeroed, aligned for any object. */
void *alps_mem_take(struct alps_mem *, size_t n);
#define ALPS_MEM(mem, type) ((type *)alps_mem_take((mem), sizeof(type)))

/* A NUL-terminated copy. */
char *alps_mem_text(struct alps_mem *, const char *p, size_t n);
/* The one copy of this name. */
const char *alps_mem_name(struct alps_mem *, const char *p, size_t n);
/* For qsort of texts. */
int alps_mem_text_order(const void *, const void *);
/* printf into the memory. */
char *alps_mem_print(struct alps_mem *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for one more element of ${size} in a growing array; the new array (old elements copied). */
void *alps_mem_grow(struct alps_mem *, void *array, size_t n, size_t size);

#endif
