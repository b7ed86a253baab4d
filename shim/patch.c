#include "shim/patch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/patch_machine.h"

enum { WATCHED = 2048 };

static uintptr_t
page_size(void)
{
    return (uintptr_t)sysconf(_SC_PAGESIZE);    /* arm64 has three kinds */
}

static uintptr_t
page_down(uintptr_t at)
{
    return at & ~(page_size() - 1);
}

static uintptr_t
page_up(uintptr_t at)
{
    return page_down(at + page_size() - 1);
}

/* Memory for ${n} bytes as near to ${to} as there is: below it, else above it, else anywhere. */
static uint8_t *
map_near(const uint8_t *to, size_t n)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    uintptr_t at = page_down((uintptr_t)to), best = 0, end = 0x10000, from, till;
    char line[512];
    void *p;

    while (maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &from, &till) != 2)
            continue;
        if (from >= end + n) {
            uintptr_t top = from - n;       /* the highest place of this gap; above the target the lowest one */

            if (top < at)
                best = top;
            else if (!best || at - best > PATCH_REACH)
                best = end + 0x2000000 + n < from ? end + 0x2000000 : end;  /* room for the heap, which grows up */
        }
        end = till;
        if (from > at && best)
            break;
    }
    if (maps)
        fclose(maps);
    if (maps && best && patch_near(to, (void *)best)) {
        p = mmap((void *)best, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (p != MAP_FAILED)
            return p;
    }
    for (uintptr_t step = 0x1000000; step < PATCH_REACH; step += 0x1000000)      /* no /proc: ask here and there */
        for (unsigned above = 0; above < 2; above++) {
            if (!above && at <= step)
                continue;
            p = mmap((void *)(above ? at + step : at - step), n, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p != MAP_FAILED && patch_near(to, p))
                return p;
            if (p != MAP_FAILED)
                munmap(p, n);
        }
    if (!PATCH_FAR)
        return NULL;
    p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Where /proc/self/mem is not to be written: a changed copy of the page takes the page's place in one step. */
static bool
swap_pages(const struct plan *plan)
{
    uint8_t *first = (uint8_t *)page_down((uintptr_t)plan->at);
    size_t n = page_up((uintptr_t)plan->at + plan->n) - (uintptr_t)first;
    uint8_t *copy = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (copy == MAP_FAILED)
        return false;
    memcpy(copy, first, n);
    memcpy(copy + (plan->at - first), plan->bytes, plan->n);
    if (mprotect(copy, n, PROT_READ | PROT_EXEC) == 0 &&
        mremap(copy, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, first) == first)
        return true;
    munmap(copy, n);
    return false;
}

/* Emulators (qemu, as containers for other machines use it) see a page being exchanged, but not a write from outside. */
static bool
write_text(int mem, const struct plan *plan, bool ran)
{
    if (ran && swap_pages(plan))
        return true;
    if (mem >= 0 && pwrite(mem, plan->bytes, plan->n, (off_t)(uintptr_t)plan->at) == (ssize_t)plan->n &&
        memcmp(plan->at, plan->bytes, plan->n) == 0)
        return true;
    return swap_pages(plan);
}

/* ---- what is to stay ---------------------------------------------------------------------------------------------- */

static struct watched { const uint8_t *at; uint8_t n, bytes[PATCH_WATCHED]; } watched[WATCHED];
static unsigned n_watched;
static pthread_mutex_t watching = PTHREAD_MUTEX_INITIALIZER;    /* held while objects are unloaded */
static bool unloading;

void
patch_watch(const void *at, size_t n)
{
    bool locked = !unloading && pthread_mutex_lock(&watching) == 0;

    if (n_watched < WATCHED) {
        struct watched *w = &watched[n_watched++];

        *w = (struct watched){ .at = at, .n = (uint8_t)(n < PATCH_WATCHED ? n : PATCH_WATCHED) };
        memcpy(w->bytes, at, w->n);
    }
    if (locked)
        pthread_mutex_unlock(&watching);
}

const void *
patch_undone(void)
{
    const void *at = NULL;

    if (pthread_mutex_trylock(&watching) != 0)
        return NULL;
    for (unsigned i = 0; i < n_watched && !at; i++)
        if (memcmp(watched[i].at, watched[i].bytes, watched[i].n) != 0)
            at = watched[i].at;
    pthread_mutex_unlock(&watching);
    return at;
}

void
patch_unload(void)
{
    if (!unloading)
        pthread_mutex_lock(&watching);
    unloading = true;
}

void
patch_unloaded(bool (*holds)(const void *at))
{
    unsigned kept = 0;

    if (!unloading)
        return;
    for (unsigned i = 0; i < n_watched; i++)
        if (holds(watched[i].at))
            watched[kept++] = watched[i];
    n_watched = kept;
    unloading = false;
    pthread_mutex_unlock(&watching);
}

/* The cells are ready, and so is what goes over each place. */
static const char *
apply(uint8_t *cells, size_t room, const struct plan *plan, const struct patch_site *site, unsigned n, unsigned *failed)
{
    const char *why = NULL;
    int mem;

    if (mprotect(cells, room, PROT_READ | PROT_EXEC) != 0) {
        munmap(cells, room);
        return "memory cannot be made executable";
    }
    patch_seal(cells, room);
    __builtin___clear_cache((char *)cells, (char *)cells + room);
    mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    for (unsigned i = 0; i < n && !why; i++)
        if (plan[i].n && !write_text(mem, &plan[i], site[i].ran)) {
            *failed = i;
            why = "text cannot be written";
        } else if (plan[i].n)
            patch_watch(plan[i].at, plan[i].n);
    if (mem >= 0)
        close(mem);
    return why;
}

const char *
patch_apply(struct patch_site *site, unsigned n, unsigned *failed)
{
    struct plan plan[PATCH_SITES];
    size_t room = page_up((size_t)n * PATCH_CELL);
    const char *why = NULL;
    uint8_t *cells;

    *failed = 0;
    if (n == 0)
        return NULL;
    if (n > PATCH_SITES)
        return "too many functions";
    cells = map_near(site[0].at, room);
    if (!cells)
        return "no memory near enough";
    for (unsigned i = 0; i < n && !why; i++) {
        plan[i].n = 0;
        if (site[i].replacement && (why = patch_plan(&site[i], cells + (size_t)i * PATCH_CELL, &plan[i])))
            *failed = i;
    }
    if (why) {
        munmap(cells, room);
        return why;
    }
    return apply(cells, room, plan, site, n, failed);
}

const char *
patch_calls(struct patch_site *site, alps_slice text)
{
    struct plan plan[PATCH_SITES];
    struct patch_site each[PATCH_SITES];
    uint8_t *cells = map_near(site->at, page_up(PATCH_CELL));
    unsigned n = 0, failed;

    if (!cells)
        return "no memory near enough";
    for (size_t at = 0; n < PATCH_SITES && patch_plan_call(site, text, &at, cells, &plan[n]); n++)
        each[n] = *site;
    if (n == 0 || n == PATCH_SITES) {
        munmap(cells, page_up(PATCH_CELL));
        return "its callers cannot be told";
    }
    return apply(cells, page_up(PATCH_CELL), plan, each, n, &failed);
}

void
patch_seal(void *at, size_t n)
{
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
    uintptr_t from = page_down((uintptr_t)at);
    uintptr_t to = page_up((uintptr_t)at + n);

    (void)syscall(SYS_mseal, from, to - from, 0ul);
}
