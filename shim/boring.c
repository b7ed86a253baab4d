#include "shim/boring.h"

#include <stdlib.h>

#include "shim/deny.h"
#include "shim/guard.h"
#include "shim/machine.h"

enum {
    WORD = sizeof(uintptr_t), CANDIDATES = 4096, RANGES = 16,
    TABLE_RUN = 18, X509_RUN = 14,      /* functions in a row: fewer than any version has */
    WAITING = 64, JUMPS = 64
};

typedef struct { uintptr_t from, to; } range;

struct layout { range code[RANGES], data[RANGES]; unsigned n_code, n_data; };

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static void
add_range(range *r, unsigned *n, const struct find_object *o, const ElfW(Phdr) *p, size_t size)
{
    uintptr_t from = o->base + p->p_vaddr;

    if (*n < RANGES && size)
        r[(*n)++] = (range){ from, from + size };
}

/* Constants that hold addresses are in what the loader protects after it has relocated them; in a program with a fixed
 * address they need no relocation and are where all constants are. */
static void
read_layout(const struct find_object *o, struct layout *l)
{
    bool protected = false;

    *l = (struct layout){ .n_code = 0 };
    for (unsigned i = 0; i < o->n_phdr; i++) {
        const ElfW(Phdr) *p = &o->phdr[i];

        if (p->p_type == PT_GNU_RELRO && p->p_memsz) {
            add_range(l->data, &l->n_data, o, p, p->p_memsz);
            protected = true;
        } else if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
            add_range(l->code, &l->n_code, o, p, p->p_memsz);
        else if (p->p_type == PT_LOAD && p->p_flags == PF_R && o->base == 0)
            add_range(l->data, &l->n_data, o, p, p->p_filesz);
    }
    for (unsigned i = 0; i < o->n_phdr && !protected; i++)
        if (o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & (PF_W | PF_X)) == PF_W)
            add_range(l->data, &l->n_data, o, &o->phdr[i], o->phdr[i].p_filesz);
}

static bool
within(const range *r, unsigned n, uintptr_t v)
{
    for (unsigned i = 0; i < n; i++)
        if (v >= r[i].from && v < r[i].to)
            return true;
    return false;
}

static bool
run_of_code(const struct layout *l, uintptr_t at, unsigned n)
{
    const uintptr_t *w = (const uintptr_t *)at;

    if (at % WORD || !within(l->data, l->n_data, at) || !within(l->data, l->n_data, at + n * WORD - 1))
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!within(l->code, l->n_code, w[i]))
            return false;
    return true;
}

/* Words 0 or 1 that are followed by many functions, in order of address.  False: there are too many. */
static bool
find_candidates(const struct layout *l, uintptr_t *out, unsigned *n)
{
    for (unsigned i = 0; i < l->n_data; i++) {
        const uintptr_t *w = (const uintptr_t *)((l->data[i].from + WORD - 1) & ~(uintptr_t)(WORD - 1));
        const uintptr_t *end = (const uintptr_t *)(l->data[i].to & ~(uintptr_t)(WORD - 1));
        unsigned run = 0;

        while (end > w) {               /* backwards, so that the run that follows is known */
            uintptr_t v = *--end;

            if (within(l->code, l->n_code, v)) {
                run++;
                continue;
            }
            if (v <= 1 && run >= TABLE_RUN) {
                if (*n == CANDIDATES)
                    return false;
                out[(*n)++] = (uintptr_t)end;
            }
            run = 0;
        }
    }
    return true;
}

static int
by_address(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

    return (x > y) - (x < y);
}

static bool
is_version(uintptr_t v)
{
    return v == 0 || (v >= 0x301 && v <= 0x304) || v == 0xfeff || v == 0xfefd;
}

static unsigned
add_table(struct boring_table out[static BORING_FOUND], unsigned n, uintptr_t at)
{
    for (unsigned i = 0; i < n && i < BORING_FOUND; i++)
        if ((uintptr_t)out[i].at == at)
            return n;
    if (n < BORING_FOUND)
        out[n] = (struct boring_table){ (uintptr_t *)at, *(uintptr_t *)at == 1 };
    return n + 1;
}

unsigned
boring_find(const struct find_object *o, struct boring_table out[static BORING_FOUND])
{
    static uintptr_t candidate[CANDIDATES];     /* the loader's lock is held */
    struct layout l;
    unsigned n_candidates = 0, n = 0;

    read_layout(o, &l);
    if (!find_candidates(&l, candidate, &n_candidates) || n_candidates == 0)
        return 0;
    qsort(candidate, n_candidates, sizeof *candidate, by_address);
    for (unsigned i = 0; i < l.n_data; i++) {
        const uintptr_t *w = (const uintptr_t *)((l.data[i].from + WORD - 1) & ~(uintptr_t)(WORD - 1));
        const uintptr_t *end = (const uintptr_t *)(l.data[i].to & ~(uintptr_t)(WORD - 1));

        for (; w + 3 <= end; w++)       /* SSL_METHOD: version, table, certificate functions */
            if (is_version(w[0]) && w[1] >= candidate[0] && w[1] <= candidate[n_candidates - 1] &&
                bsearch(&w[1], candidate, n_candidates, sizeof *candidate, by_address) &&
                run_of_code(&l, w[2], X509_RUN))
                n = add_table(out, n, w[1]);
    }
    return n;
}

/* ---- a second opinion -------------------------------------------------------------------------------------------- */

static bool
ends_with(const struct find_object *o, const char *at, const char *end)
{
    size_t n = strlen(end);

    for (unsigned i = 0; i < o->n_phdr; i++) {
        uintptr_t from = o->base + o->phdr[i].p_vaddr;
        const char *stop;

        if (o->phdr[i].p_type != PT_LOAD || (uintptr_t)at < from || (uintptr_t)at >= from + o->phdr[i].p_filesz)
            continue;
        stop = memchr(at, 0, from + o->phdr[i].p_filesz - (uintptr_t)at);
        return stop && (size_t)(stop - at) >= n && memcmp(stop - n, end, n) == 0;
    }
    return false;
}

/* Does a part of a function load the address of a string that ends like ${file}?  Jumps that leave it go to
 * ${away}. */
static bool
loads(const struct find_object *o, struct find_function f, const char *file, const uint8_t **away, unsigned *n_away)
{
    for (size_t i = 0; i + MACHINE_LOAD <= f.size; i += MACHINE_STEP) {
        const uint8_t *p = f.at + i, *to;
        uintptr_t data;

        if (machine_loads(f.at, p, &data)) {
            if (ends_with(o, (const char *)data, file))
                return true;
        } else if (machine_jumps(p, &to) && (to < f.at || to >= f.at + f.size) && *n_away < JUMPS)
            away[(*n_away)++] = to;
    }
    return false;
}

static bool
refers(const struct find_object *o, const uint8_t *function, const char *file)
{
    const uint8_t *away[JUMPS];
    unsigned n = 0, none = JUMPS;

    if (loads(o, find_function_at(o, function), file, away, &n))
        return true;
    for (unsigned i = 0; i < n; i++) {  /* GCC puts what is seldom run elsewhere */
        struct find_function part = find_function_at(o, away[i]);

        if (part.at && loads(o, part, file, away, &none))
            return true;
    }
    return false;
}

bool
boring_fits(const struct find_object *o, const struct boring_table *t)
{
    static const bool packet[] = { false, true, true, true, true, false };     /* of words 6 to 11 */
    bool same = true, any = false;

    for (unsigned i = 0; i < sizeof packet / sizeof *packet; i++) {
        bool is = refers(o, (const uint8_t *)t->at[6 + i], "s3_pkt.cc");

        any |= is;
        same &= is == packet[i];
    }
    return same || !any;
}

/* ---- when -------------------------------------------------------------------------------------------------------- */

/* Builds with a function of their own that seals records for the caller to send: what they write does not pass
 * the table.  (wreq 0.13) */
static const char *const seals_itself[] = { "SSL_seal_app_data" };

typedef void constructor(int argc, char **argv, char **env);

static struct waiting {
    struct find_object object;
    constructor **array, **original;    /* array: ours, then room for the ${n} original ones */
    size_t n;
} waiting[WAITING];
static unsigned n_waiting;

static void
guard_now(const struct find_object *o)
{
    struct boring_table t[BORING_FOUND];
    unsigned n = boring_find(o, t);
    const char *why = NULL;

    for (unsigned i = 0; n && i < sizeof seals_itself / sizeof *seals_itself; i++)
        if (find_text(o, seals_itself[i]))
            n = 0;
    if (n == 0) {
        deny_object(o);
        return;
    }
    if (n > BORING_FOUND)
        why = "it has too many tables of them";
    for (unsigned i = 0; i < n && !why; i++)
        if (!t[i].datagrams && !boring_fits(o, &t[i]))
            why = "they are not in the order we know";
    for (unsigned i = 0; i < n && !why; i++)
        why = boring_hook(o, &t[i]);
    for (unsigned i = 0; i < n && !why; i++)
        boring_seal(o, &t[i]);
    if (why)
        guard_give_up(*o->name ? o->name : "the program", "BoringSSL's functions", why);
}

/* Among the constructors of an object that has just been relocated, as all that came with it. */
static void
before_constructors(int argc, char **argv, char **env)
{
    (void)argc, (void)argv, (void)env;
    while (n_waiting) {
        struct waiting w = waiting[--n_waiting];

        memcpy(w.array + 1, w.original, w.n * sizeof *w.original);
        guard_now(&w.object);
    }
}

static ElfW(Dyn) *
dynamic(const struct find_object *o, ElfW(Sxword) tag)
{
    ElfW(Dyn) *d = NULL;

    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_DYNAMIC)
            d = (ElfW(Dyn) *)(o->base + o->phdr[i].p_vaddr);
    for (; d && d->d_tag != DT_NULL; d++)
        if (d->d_tag == tag)
            return d;
    return NULL;
}

static bool
is_writable(const struct find_object *o, const void *p)
{
    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & PF_W) &&
            (uintptr_t)p - (o->base + o->phdr[i].p_vaddr) < o->phdr[i].p_memsz)
            return true;
    return false;
}

/* The loader tells of objects before it relocates them, and nothing of theirs is run before it has. */
void
boring_guard(const struct find_object *o)
{
    ElfW(Dyn) *array = dynamic(o, DT_INIT_ARRAY), *size = dynamic(o, DT_INIT_ARRAYSZ);
    struct waiting w = { .object = *o };
    struct layout l;

    read_layout(o, &l);
    if (array && size && size->d_un.d_val >= WORD) {
        w.original = (constructor **)(array->d_un.d_ptr + o->base);
        w.n = size->d_un.d_val / WORD;
    }
    if (o->base == 0 || (w.n && within(l.code, l.n_code, (uintptr_t)w.original[0]))) {
        guard_now(o);
        return;
    }
    w.array = w.n && n_waiting < WAITING && is_writable(o, array) && is_writable(o, size)
        ? calloc(w.n + 1, sizeof *w.array) : NULL;
    if (!w.array) {
        guard_give_up(*o->name ? o->name : "the program", "TLS functions", "it has no constructor to wait for");
        return;
    }
    w.array[0] = before_constructors;
    array->d_un.d_ptr = (uintptr_t)w.array - o->base;
    size->d_un.d_val = (w.n + 1) * WORD;
    waiting[n_waiting++] = w;
}

void
boring_sweep(void)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < n_waiting; i++)
        if (find_knows(&waiting[i].object))
            waiting[kept++] = waiting[i];
    n_waiting = kept;
}
