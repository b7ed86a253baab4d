/* core/arena.h: memory for start-up, out of one block that the caller brings. */
#ifndef ALPS_ARENA_H
#define ALPS_ARENA_H

#include "core/slice.h"

/* Copy the struct by value and you have a scratch arena. */
struct alps_arena { uint8_t *at, *end; };

/* Zeroed room for ${count} objects, or NULL when the block is full.  Never grows, never frees. */
void *alps_arena_take(struct alps_arena *, size_t size, size_t count, size_t align);

#define ALPS_TAKE(arena, type, count) ((type *)alps_arena_take((arena), sizeof(type), (count), _Alignof(type)))

/* A copy of ${s} in the arena; {NULL, 0} when the block is full (an empty ${s} is never NULL). */
alps_slice alps_arena_copy(struct alps_arena *, alps_slice s);

#endif
