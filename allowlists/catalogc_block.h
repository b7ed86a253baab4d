/* allowlists/catalogc_block.h: the part of catalogc.c that lays out bytes: the catalogue as it grows, and the block of one
 * service with its text. */
#ifndef ALPS_CATALOGC_BLOCK_H
#define ALPS_CATALOGC_BLOCK_H

#include "allowlists/catalogc_words.h"

static struct list blob = { .size = 1 };            /* the catalogue, from its first byte on */

/* What --sizes tells. */
static struct { const char *what; uint32_t bytes; } sizes[40];

static void
count_size(const char *what, uint32_t bytes)
{
    unsigned i = 0;

    while (sizes[i].what && strcmp(sizes[i].what, what) != 0)
        i++;
    sizes[i].what = what;
    sizes[i].bytes += bytes;
}

static uint32_t
blob_align(uint32_t to)
{
    while (blob.n % to)
        list_add(&blob);
    return blob.n;
}

static uint32_t
blob_put(const char *what, const void *p, size_t n)
{
    uint32_t at = blob.n;

    for (size_t i = 0; i < n; i++)
        *(uint8_t *)list_add(&blob) = ((const uint8_t *)p)[i];
    count_size(what, (uint32_t)n);
    return at;
}

static uint32_t
blob_list(const char *what, const struct list *l)
{
    blob_align(4);
    return blob_put(what, l->p, l->n * l->size);
}

/* ${name}, coded; returns where it is. */
static uint32_t
blob_name(const char *what, const char *name)
{
    uint8_t code[512];
    uint32_t n = words_code(name, code + 1, false);

    code[0] = (uint8_t)n;
    return blob_put(what, code, 1u + n);
}

static uint32_t
names_index(uint32_t n)
{ return (n + ALPS_NAMES_STEP - 1) / ALPS_NAMES_STEP * 4; }

/* ${n} names behind all else; ${index}: where room for their index was left. */
static void
blob_names(const char *what, uint32_t index, const char *(*name)(const void *, uint32_t), const void *from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = blob_name(what, name(from, i));
        if (i % ALPS_NAMES_STEP == 0)
            *(uint32_t *)(void *)((uint8_t *)blob.p + index + i / ALPS_NAMES_STEP * 4) = at;
    }
}

static uint8_t
mark_of(const char *name)
{ return (uint8_t)alps_catalog_hash((const uint8_t *)name, (uint32_t)strlen(name)); }

/* The first of ${n} rows of ${l} that are like ${rows}; they are added if there are none. */
static uint32_t
run_put(struct list *l, const void *rows, uint32_t n)
{
    uint32_t at = 0;

    if (n == 0)
        return 0;
    for (; at + n <= l->n; at++)
        if (memcmp((char *)l->p + at * l->size, rows, n * l->size) == 0)
            return at;
    at = l->n;
    for (uint32_t i = 0; i < n; i++)
        memcpy(list_add(l), (const char *)rows + i * l->size, l->size);
    return at;
}

/* --- the block of one service --- */

#define ROWS(noun) static struct list r_##noun = { .size = sizeof(struct alps_row_##noun) }
ROWS(api);
ROWS(op);
ROWS(shape);
ROWS(need);
ROWS(member);
ROWS(clause);
ROWS(recipe);
static struct list r_more = { .size = 2 }, r_special = { .size = 4 }, r_scope = { .size = 4 };
static struct list block_texts = { .size = 4 };
static uint32_t block_base;                         /* where its text begins */
static struct list block_bytes = { .size = 1 };

static void
block_begin(void)
{
    struct list *all[] = { &r_api, &r_op, &r_shape, &r_need, &r_member, &r_clause, &r_recipe, &r_more, &r_special,
                           &r_scope, &block_texts, &block_bytes };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i]->n = 0;
    block_base = blob_align(4) + (uint32_t)sizeof(struct alps_row_service);
    list_add(&block_bytes);
}

/* Text of this service: once in its block. */
static uint32_t
block_text(const char *s)
{
    if (!*s)
        return block_base;
    for (uint32_t i = 0; i < block_texts.n; i++) {
        uint32_t at = *AT(block_texts, uint32_t, i);
        if (strcmp((char *)block_bytes.p + at, s) == 0)
            return block_base + at;
    }
    *(uint32_t *)list_add(&block_texts) = block_bytes.n;
    for (uint32_t at = block_bytes.n, i = 0;; i++) {
        *(char *)list_add(&block_bytes) = s[i];
        if (!s[i])
            return block_base + at;
    }
}

#endif
