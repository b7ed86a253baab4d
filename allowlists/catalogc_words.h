/* allowlists/catalogc_words.h: the part of catalogc.c that finds the phrases which names are written in: words, then pairs
 * of phrases that are often neighbours, as long as each saves more than it takes.  What it finds decides about size only:
 * whatever the phrases are, a coded name decodes to the name. */
#ifndef ALPS_CATALOGC_WORDS_H
#define ALPS_CATALOGC_WORDS_H

#include "allowlists/catalogc_read.h"

enum { PHRASES = 96 + (0x100 - ALPS_PHRASE_TWO) * 256, PAIRS = 1 << 19, ROUNDS = 80, ROW = 4 };

struct phrase { const char *p; uint32_t n, uses; int taken; };
struct pair_count { uint64_t key; uint32_t n; };

static struct list phrases = { .size = sizeof(struct phrase) };     /* as they are found; then as they are coded */
static struct list samples = { .size = sizeof(uint32_t) };          /* phrases; UINT32_MAX ends a name */
static struct list sampled = { .size = sizeof(const char *) };      /* the names */
static uint32_t *phrase_hash;                                       /* number of a phrase + 1 */
static struct pair_count *pair_counts;

static uint32_t *
phrase_slot(const char *p, uint32_t n)
{
    uint32_t i = alps_catalog_hash((const uint8_t *)p, n);

    for (;; i++) {
        uint32_t *slot = &phrase_hash[i % PAIRS];
        if (!*slot || (AT(phrases, struct phrase, *slot - 1)->n == n &&
                       memcmp(AT(phrases, struct phrase, *slot - 1)->p, p, n) == 0))
            return slot;
    }
}

static uint32_t
phrase_named(const char *p, uint32_t n)
{
    uint32_t *slot = phrase_slot(p, n);

    if (!*slot) {
        *(struct phrase *)list_add(&phrases) = (struct phrase){ p, n, 0, -1 };
        *slot = phrases.n;
    }
    return *slot - 1;
}

static int
kind_of(char c)
{
    return c >= 'A' && c <= 'Z' ? 2 : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? 1 : 0;
}

/* The length of the word at the beginning of ${s}: "PutItem" is "Put", "Item"; "IAMPolicy" is "IAM", "Policy". */
static uint32_t
word_length(const char *s)
{
    uint32_t n = 1;

    if (kind_of(s[0]) == 2 && kind_of(s[1]) == 2) {
        while (kind_of(s[n]) == 2)
            n++;
        return kind_of(s[n]) == 1 ? n - 1 : n;
    }
    while (kind_of(s[0]) && kind_of(s[n]) == 1)
        n++;
    return n < ALPS_PHRASE_MOST ? n : ALPS_PHRASE_MOST;
}

/* ${s} will be coded: it has a say in what the phrases are. */
static void
words_sample(const char *s)
{
    if (!phrase_hash) {
        phrase_hash = calloc(PAIRS, sizeof *phrase_hash);
        pair_counts = calloc(PAIRS, sizeof *pair_counts);
        if (!phrase_hash || !pair_counts)
            exit(1);
    }
    *(const char **)list_add(&sampled) = s;
    for (uint32_t n; *s; s += n) {
        n = word_length(s);
        uint32_t k = phrase_named(s, n);
        *(uint32_t *)list_add(&samples) = k;
    }
    *(uint32_t *)list_add(&samples) = UINT32_MAX;
}

static int
by_count(const void *a, const void *b)
{
    const struct pair_count *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->key > y->key) - (x->key < y->key);
}

/* Neighbours, those that are often there first; returns how many. */
static uint32_t
count_pairs(void)
{
    const uint32_t *s = samples.p;
    uint32_t n = 0;

    memset(pair_counts, 0, PAIRS * sizeof *pair_counts);
    for (uint32_t i = 0; i + 1 < samples.n; i++) {
        uint64_t key = (uint64_t)s[i] << 32 | s[i + 1];
        uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 45);
        if (s[i] == UINT32_MAX || s[i + 1] == UINT32_MAX)
            continue;
        while (pair_counts[at].n && pair_counts[at].key != key)
            at = (at + 1) % PAIRS;
        pair_counts[at].key = key;
        pair_counts[at].n++;
    }
    for (uint32_t i = 0; i < PAIRS; i++)
        if (pair_counts[i].n > ROW)
            pair_counts[n++] = pair_counts[i];
    qsort(pair_counts, n, sizeof *pair_counts, by_count);
    return n;
}

/* Join the pairs that save most; no phrase is in two of them at a time.  False: none is worth it. */
static bool
join_pairs(void)
{
    struct list joined = { .size = sizeof(struct pair_count) };     /* by the first's number; n: the new one's */
    uint32_t *s = samples.p, to = 0, before = phrases.n, n_pairs;

    for (uint32_t i = 0; i < before; i++)
        AT(phrases, struct phrase, i)->taken = -1;
    n_pairs = count_pairs();
    for (uint32_t i = 0; i < n_pairs; i++) {
        uint32_t a = (uint32_t)(pair_counts[i].key >> 32), b = (uint32_t)pair_counts[i].key;
        struct phrase *x = AT(phrases, struct phrase, a), *y = AT(phrases, struct phrase, b);
        uint32_t n = x->n + y->n;
        char *p;
        if (n > ALPS_PHRASE_MOST || x->taken >= 0 || y->taken >= 0 || pair_counts[i].n * 3 / 2 <= n + ROW ||
            phrases.n >= 4 * PHRASES)
            continue;
        p = malloc(n);
        if (!p)
            exit(1);
        memcpy(p, x->p, x->n);
        memcpy(p + x->n, y->p, y->n);
        x->taken = (int)joined.n;
        y->taken = INT32_MAX;
        *(struct pair_count *)list_add(&joined) = (struct pair_count){ pair_counts[i].key, phrase_named(p, n) };
    }
    for (uint32_t i = 0; i < samples.n; i++, to++) {
        int k = s[i] == UINT32_MAX ? -1 : AT(phrases, struct phrase, s[i])->taken;
        bool first = k >= 0 && k != INT32_MAX && i + 1 < samples.n &&
                     AT(joined, struct pair_count, k)->key == ((uint64_t)s[i] << 32 | s[i + 1]);
        s[to] = first ? AT(joined, struct pair_count, k)->n : s[i];
        i += first;
    }
    samples.n = to;
    free(joined.p);
    return joined.n != 0;
}

/* --- coding --- */

/* Bytes of the code of ${s}, ${n} long; 0: it is no phrase. */
static uint32_t
phrase_cost(const char *s, uint32_t n, uint32_t *phrase)
{
    uint32_t slot = n <= ALPS_PHRASE_MOST ? *phrase_slot(s, n) : 0;

    *phrase = slot - 1;
    return !slot ? 0 : slot - 1 < 96 ? 1 : 2;
}

/* ${name} in the fewest bytes, from word to word; ${use}: its phrases are counted.  Returns the length, at most 255. */
static uint32_t
words_code(const char *name, uint8_t *out, bool use)
{
    enum { MOST = 512 };
    uint32_t n = (uint32_t)strlen(name), ends = 0, end[MOST], best[MOST] = { 0 }, from[MOST] = { 0 }, which[MOST], w = 0;
    uint32_t path[MOST], steps = 0;

    if (n >= MOST)
        die((struct place){ name, 0 }, "longer than a name may be");
    for (end[0] = 0; end[ends] < n; ends++)
        end[ends + 1] = end[ends] + word_length(name + end[ends]);
    for (uint32_t k = 1; k <= ends; k++) {
        best[k] = UINT32_MAX;
        for (uint32_t j = k; j-- > 0 && end[k] - end[j] <= ALPS_PHRASE_MOST;) {
            uint32_t phrase, cost = phrase_cost(name + end[j], end[k] - end[j], &phrase);
            if (!cost && j + 1 == k) {
                cost = end[k] - end[j];
                phrase = UINT32_MAX;                /* letter by letter */
            }
            if (cost && best[j] + cost < best[k]) {
                best[k] = best[j] + cost;
                from[k] = j;
                which[k] = phrase;
            }
        }
    }
    for (uint32_t k = ends; k; k = from[k])
        path[steps++] = k;
    while (steps--) {
        uint32_t k = path[steps], p = which[k];
        if (use && p != UINT32_MAX)
            AT(phrases, struct phrase, p)->uses++;
        for (uint32_t i = end[from[k]]; p == UINT32_MAX && i < end[k]; i++) {
            if (name[i] < ALPS_PHRASE_LITERAL || name[i] == 0x7f)
                die((struct place){ name, 0 }, "not a name");
            out[w++] = (uint8_t)name[i];
        }
        if (p != UINT32_MAX && p < 96)
            out[w++] = (uint8_t)(p < 32 ? p : ALPS_PHRASE_ONE + p - 32);
        else if (p != UINT32_MAX) {
            out[w++] = (uint8_t)(ALPS_PHRASE_TWO + ((p - 96) >> 8));
            out[w++] = (uint8_t)(p - 96);
        }
    }
    if (w > 255)
        die((struct place){ name, 0 }, "longer than a name may be, in codes");
    return w;
}

static int
by_use(const void *a, const void *b)
{
    const struct phrase *x = a, *y = b;

    return x->uses != y->uses ? (x->uses < y->uses) - (x->uses > y->uses) :
           x->n != y->n ? (x->n > y->n) - (x->n < y->n) : memcmp(x->p, y->p, x->n);
}

/* Keep what saves more than its row and its text take, the most used first. */
static void
keep_phrases(void)
{
    uint32_t kept = 0;

    qsort(phrases.p, phrases.n, sizeof(struct phrase), by_use);
    for (uint32_t i = 0; i < phrases.n && kept < PHRASES; i++) {
        struct phrase p = *AT(phrases, struct phrase, i);
        uint32_t cost = kept < 96 ? 1 : 2;
        if (p.n > cost && p.uses * (p.n - cost) > p.n + ROW)
            *AT(phrases, struct phrase, kept++) = p;
    }
    phrases.n = kept;
    memset(phrase_hash, 0, PAIRS * sizeof *phrase_hash);
    for (uint32_t i = 0; i < phrases.n; i++) {
        struct phrase *p = AT(phrases, struct phrase, i);
        p->uses = 0;
        *phrase_slot(p->p, p->n) = i + 1;
    }
}

/* Find the phrases for all that was sampled. */
static void
words_settle(void)
{
    uint8_t out[512];

    for (unsigned i = 0; i < ROUNDS && join_pairs(); i++)
        ;
    for (unsigned pass = 0; pass < 3; pass++) {
        for (uint32_t i = 0; i < sampled.n; i++)
            (void)words_code(*AT(sampled, const char *, i), out, true);
        keep_phrases();
    }
}

#endif
