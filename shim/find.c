#include "shim/find.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/machine.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static struct known {
    uintptr_t base;
    const ElfW(Phdr) *phdr;
    unsigned n_phdr, round;                     /* of the last walk that saw it */
} known[FIND_OBJECTS];
static unsigned n_known, round_no;

/* ---- objects ----------------------------------------------------------------------------------------------------- */

static const void *
address(const struct find_object *o, ElfW(Addr) v)
{
    return (const void *)(v < o->base ? v + o->base : v);      /* the loader may have relocated the entry already */
}

static const ElfW(Dyn) *
dynamic_of(uintptr_t base, const ElfW(Phdr) *phdr, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(base + phdr[i].p_vaddr);
    return NULL;
}

static void
read_dynamic(struct find_object *o)
{
    const ElfW(Dyn) *d = dynamic_of(o->base, o->phdr, o->n_phdr);

    for (; d && d->d_tag != DT_NULL; d++)
        switch (d->d_tag) {
        case DT_SYMTAB:   o->sym = address(o, d->d_un.d_ptr); break;
        case DT_STRTAB:   o->str = address(o, d->d_un.d_ptr); break;
        case DT_GNU_HASH: o->gnu_hash = address(o, d->d_un.d_ptr); break;
        case DT_HASH:     o->hash = address(o, d->d_un.d_ptr); break;
        case DT_TEXTREL:  o->text_relocations = true; break;
        case DT_FLAGS:    o->text_relocations |= (d->d_un.d_val & DF_TEXTREL) != 0; break;
        default:          break;
        }
    if (!o->str)
        o->sym = NULL;
}

struct walk { find_fn *visit; void *ctx; bool full; bool moved; };

static void
walk_object(struct walk *w, const char *name, uintptr_t base, const ElfW(Phdr) *phdr, unsigned n)
{
    struct find_object o = { .name = name, .base = base, .phdr = phdr, .n_phdr = n };

    for (unsigned i = 0; i < n_known; i++)
        if (known[i].base == base && known[i].phdr == phdr) {
            known[i].round = round_no;
            return;
        }
    if (n_known == FIND_OBJECTS) {
        w->full = true;
        return;
    }
    known[n_known++] = (struct known){ base, phdr, n, round_no };
    read_dynamic(&o);
    w->visit(w->ctx, &o);
}

#ifdef __GLIBC__
static int
on_phdr(struct dl_phdr_info *info, size_t size, void *ctx)
{
    static unsigned long long last_adds, last_subs;
    struct walk *w = ctx;

    if (!w->moved && size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs) {
        if (info->dlpi_adds == last_adds && info->dlpi_subs == last_subs)
            return 1;
        last_adds = info->dlpi_adds;
        last_subs = info->dlpi_subs;
    }
    w->moved = true;
    walk_object(w, info->dlpi_name, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum);
    return 0;
}

/* dl_iterate_phdr shows the caller's name space alone; the others (dlmopen) hang on r_debug. */
static void
walk_name_spaces(struct walk *w)
{
    struct r_debug *volatile base = find_loader();      /* volatile: the loader may have put a longer one there */
    const struct r_debug_extended *r = (const struct r_debug_extended *)base;

    for (r = base->r_version >= 2 ? r->r_next : NULL; r; r = r->r_next)
        for (const struct link_map *l = r->base.r_map; l; l = l->l_next) {
            const ElfW(Ehdr) *e = (const ElfW(Ehdr) *)l->l_addr;

            if (l->l_addr && memcmp(e->e_ident, ELFMAG, SELFMAG) == 0)
                walk_object(w, l->l_name, l->l_addr, (const ElfW(Phdr) *)(l->l_addr + e->e_phoff), e->e_phnum);
        }
}

struct r_debug *
find_loader(void)
{
    return &_r_debug;
}

static void
walk_all(struct walk *w)
{
    dl_iterate_phdr(on_phdr, w);
    if (w->moved)                       /* its counters cover every name space */
        walk_name_spaces(w);
}
#else
/* musl tells in one place alone: the program's own dynamic section.  Its dl_iterate_phdr takes the lock that is held while it
 * tells of new objects. */
struct r_debug *
find_loader(void)
{
    const ElfW(Phdr) *phdr = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    unsigned n = (unsigned)getauxval(AT_PHNUM);
    uintptr_t base = 0;

    for (unsigned i = 0; i < n; i++)
        if (phdr[i].p_type == PT_PHDR)
            base = (uintptr_t)phdr - phdr[i].p_vaddr;
    for (const ElfW(Dyn) *d = dynamic_of(base, phdr, n); d && d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_DEBUG)
            return (struct r_debug *)d->d_un.d_ptr;
    return NULL;
}

static void
walk_all(struct walk *w)
{
    const struct r_debug *r = find_loader();

    w->moved = true;
    for (const struct link_map *l = r ? r->r_map : NULL; l; l = l->l_next) {
        const ElfW(Ehdr) *e = (const ElfW(Ehdr) *)l->l_addr;
        bool program = l == r->r_map;

        if (program)
            walk_object(w, "", l->l_addr, (const ElfW(Phdr) *)getauxval(AT_PHDR), (unsigned)getauxval(AT_PHNUM));
        else if (l->l_addr && memcmp(e->e_ident, ELFMAG, SELFMAG) == 0)
            walk_object(w, l->l_name, l->l_addr, (const ElfW(Phdr) *)(l->l_addr + e->e_phoff), e->e_phnum);
    }
}
#endif

static int
on_code(struct dl_phdr_info *info, size_t size, void *ctx)
{
    alps_slice *at = ctx;

    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        const uint8_t *from = (const uint8_t *)(info->dlpi_addr + p->p_vaddr);

        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) && (uintptr_t)at->p - (uintptr_t)from < p->p_memsz) {
            *at = (alps_slice){ from, p->p_memsz };
            return 1;
        }
    }
    return 0;
}

alps_slice
find_code(const void *p)
{
    alps_slice at = { p, 0 };

    return dl_iterate_phdr(on_code, &at) ? at : (alps_slice){ NULL, 0 };
}

bool
find_new(find_fn *visit, void *ctx)
{
    struct walk w = { visit, ctx, false, false };
    unsigned kept = 0;

    round_no++;
    walk_all(&w);
    if (!w.moved)
        return true;
    for (unsigned i = 0; i < n_known; i++)
        if (known[i].round == round_no)
            known[kept++] = known[i];
    n_known = kept;
    return !w.full;
}

bool
find_knows(const struct find_object *o)
{
    for (unsigned i = 0; i < n_known; i++)
        if (known[i].base == o->base && known[i].phdr == o->phdr)
            return true;
    return false;
}

bool
find_holds(const void *at)
{
    for (unsigned i = 0; i < n_known; i++)
        for (unsigned k = 0; k < known[i].n_phdr; k++) {
            const ElfW(Phdr) *p = &known[i].phdr[k];

            if (p->p_type == PT_LOAD && (uintptr_t)at - (known[i].base + p->p_vaddr) < p->p_memsz)
                return true;
        }
    return false;
}

/* ---- exported symbols -------------------------------------------------------------------------------------------- */

static struct find_function
function_of(const struct find_object *o, const ElfW(Sym) *s)
{
    return (struct find_function){ (uint8_t *)(o->base + s->st_value), s->st_size };
}

static bool
is_function(const struct find_object *o, const ElfW(Sym) *s, const char *name)
{
    return s->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(s->st_info) == STT_FUNC && strcmp(o->str + s->st_name, name) == 0;
}

static struct find_function
find_gnu(const struct find_object *o, const char *name, unsigned nth)
{
    const uint32_t *h = o->gnu_hash, n_buckets = h[0], first = h[1], n_bloom = h[2], shift = h[3];
    const ElfW(Addr) *bloom = (const ElfW(Addr) *)(h + 4);
    const uint32_t *bucket = (const uint32_t *)(bloom + n_bloom), *chain = bucket + n_buckets;
    enum { BITS = 8 * sizeof *bloom };
    uint32_t hash = 5381, i;

    for (const char *c = name; *c; c++)
        hash = hash * 33 + (uint8_t)*c;
    if (!n_buckets || !n_bloom || !(bloom[hash / BITS % n_bloom] >> (hash % BITS) & bloom[hash / BITS % n_bloom] >>
        ((hash >> shift) % BITS) & 1))
        return (struct find_function){ NULL, 0 };
    i = bucket[hash % n_buckets];
    if (i < first)
        return (struct find_function){ NULL, 0 };
    for (;; i++) {
        uint32_t have = chain[i - first];

        if ((have | 1) == (hash | 1) && is_function(o, &o->sym[i], name) && nth-- == 0)
            return function_of(o, &o->sym[i]);
        if (have & 1)
            return (struct find_function){ NULL, 0 };
    }
}

static struct find_function
find_sysv(const struct find_object *o, const char *name, unsigned nth)
{
    const uint32_t *h = o->hash, n_buckets = h[0];
    uint32_t hash = 0;

    for (const char *c = name; *c; c++) {
        hash = (hash << 4) + (uint8_t)*c;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    for (uint32_t i = n_buckets ? h[2 + hash % n_buckets] : 0; i; i = h[2 + n_buckets + i])
        if (is_function(o, &o->sym[i], name) && nth-- == 0)
            return function_of(o, &o->sym[i]);
    return (struct find_function){ NULL, 0 };
}

struct find_function
find_exported(const struct find_object *o, const char *name, unsigned nth)
{
    if (o->sym && o->gnu_hash)
        return find_gnu(o, name, nth);
    if (o->sym && o->hash)
        return find_sysv(o, name, nth);
    return (struct find_function){ NULL, 0 };
}

/* ---- strings and the code that refers to them -------------------------------------------------------------------- */

static alps_slice
segment(const struct find_object *o, const ElfW(Phdr) *p)
{
    return (alps_slice){ (const uint8_t *)(o->base + p->p_vaddr), p->p_filesz };
}

/* The first ${text} of ${n} bytes in ${s} from ${at}, or NULL.  All rodata of a process goes through here before its
 * first instruction: two bytes of the text are compared at sixteen places at once. */
static const uint8_t *
search(alps_slice s, size_t at, const char *text, size_t n)
{
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8(text[0]), late = _mm_set1_epi8(text[n - 2]);

    for (; s.n >= n + 16 && at <= s.n - n - 16; at += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(s.p + at));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s.p + at + n - 2));
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, late)));

        for (; hits; hits &= hits - 1) {
            const uint8_t *p = s.p + at + __builtin_ctz(hits);

            if (memcmp(p, text, n) == 0)
                return p;
        }
    }
#endif
    return at < s.n ? memmem(s.p + at, s.n - at, text, n) : NULL;
}

/* Where ${text} is in the read-only data.  ${whole}: a string of its own; ${n} counts its end then. */
static const uint8_t *
search_constants(const struct find_object *o, const char *text, size_t n, bool whole)
{
    bool separate = false;

    for (unsigned i = 0; i < o->n_phdr; i++)
        separate |= o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & (PF_R | PF_W | PF_X)) == PF_R;
    for (unsigned i = 0; i < o->n_phdr; i++) {
        unsigned flags = o->phdr[i].p_flags & (PF_R | PF_W | PF_X);
        alps_slice s = segment(o, &o->phdr[i]);

        if (o->phdr[i].p_type != PT_LOAD || (flags != PF_R && (separate || flags != (PF_R | PF_X))))
            continue;
        for (const uint8_t *hit = s.p; (hit = search(s, (size_t)(hit - s.p), text, n)); hit++)
            if (!whole || (hit > s.p && hit[-1] == 0))
                return hit;
    }
    return NULL;
}

const char *
find_string(const struct find_object *o, const char *text)
{
    return (const char *)search_constants(o, text, strlen(text) + 1, true);
}

bool
find_text(const struct find_object *o, const char *text)
{
    return search_constants(o, text, strlen(text), false) != NULL;
}

/* The unwind tables list where functions begin, sorted, in every program that can unwind; stripping leaves them. */
struct find_function
find_function_at(const struct find_object *o, const uint8_t *pc)
{
    const uint8_t *hdr = NULL;
    const int32_t (*row)[2];
    uint32_t n, lo = 0, hi;

    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_GNU_EH_FRAME)
            hdr = (const uint8_t *)(o->base + o->phdr[i].p_vaddr);
    if (!hdr || hdr[0] != 1 || hdr[1] != 0x1b || hdr[2] != 0x03 || hdr[3] != 0x3b)     /* as every linker has it */
        return (struct find_function){ NULL, 0 };
    memcpy(&n, hdr + 8, sizeof n);
    row = (const int32_t (*)[2])(hdr + 12);
    for (hi = n; lo < hi;) {            /* first row beyond pc */
        uint32_t mid = lo + (hi - lo) / 2;

        if (hdr + row[mid][0] <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return (struct find_function){ NULL, 0 };
    return (struct find_function){ (uint8_t *)(uintptr_t)(hdr + row[lo - 1][0]),
                                   lo < n ? (size_t)(row[lo][0] - row[lo - 1][0]) : 0 };
}

unsigned
find_referring(const struct find_object *o, const char *string, struct find_function *out, unsigned cap)
{
    unsigned n = 0;

    for (unsigned i = 0; i < o->n_phdr; i++) {
        alps_slice s = segment(o, &o->phdr[i]);

        if (o->phdr[i].p_type != PT_LOAD || !(o->phdr[i].p_flags & PF_X))
            continue;
        for (size_t k = 0; k + MACHINE_LOAD <= s.n; k += MACHINE_STEP) {
            struct find_function f;

            if (!machine_refers(s.p, s.p + k, (uintptr_t)string))
                continue;
            f = find_function_at(o, s.p + k);
            for (unsigned j = 0; j < n && f.at; j++)
                if (out[j].at == f.at)
                    f.at = NULL;
            if (f.at && n < cap)
                out[n++] = f;
        }
    }
    return n;
}

/* ---- the symbol table in the file -------------------------------------------------------------------------------- */

static void
look_up(const struct find_object *o, alps_slice file, const ElfW(Shdr) *syms, const ElfW(Shdr) *strs,
        const char *const *name, struct find_function *out, unsigned n)
{
    const ElfW(Sym) *sym = (const ElfW(Sym) *)(file.p + syms->sh_offset);
    const char *str = (const char *)file.p + strs->sh_offset;

    for (size_t i = 0; i < syms->sh_size / sizeof *sym; i++) {
        const char *s = str + sym[i].st_name;

        if (sym[i].st_name >= strs->sh_size || sym[i].st_shndx == SHN_UNDEF ||
            ELF64_ST_TYPE(sym[i].st_info) != STT_FUNC)
            continue;
        for (unsigned k = 0; k < n; k++)
            if (!out[k].at && s[0] == name[k][0] && strcmp(s, name[k]) == 0)
                out[k] = function_of(o, &sym[i]);
    }
}

static bool
inside(alps_slice file, uint64_t at, uint64_t n)
{
    return at <= file.n && n <= file.n - at;
}

bool
find_in_file(const struct find_object *o, const char *const *name, struct find_function *out, unsigned n)
{
    int fd = open(o->name[0] ? o->name : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const ElfW(Ehdr) *e;
    const ElfW(Shdr) *sh;
    alps_slice file = { NULL, 0 };
    struct stat st;
    bool found = false;

    memset(out, 0, n * sizeof *out);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof *e)
        file = (alps_slice){ mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0), (size_t)st.st_size };
    close(fd);
    if (!file.p || file.p == MAP_FAILED)
        return false;
    e = (const ElfW(Ehdr) *)file.p;
    sh = (const ElfW(Shdr) *)(file.p + e->e_shoff);
    if (memcmp(e->e_ident, ELFMAG, SELFMAG) == 0 && e->e_shentsize == sizeof *sh &&
        inside(file, e->e_shoff, (uint64_t)e->e_shnum * sizeof *sh) &&
        inside(file, e->e_phoff, o->n_phdr * sizeof *o->phdr) &&
        memcmp(file.p + e->e_phoff, o->phdr, o->n_phdr * sizeof *o->phdr) == 0)
        for (unsigned i = 0; i < e->e_shnum && !found; i++)
            if (sh[i].sh_type == SHT_SYMTAB && sh[i].sh_link < e->e_shnum &&
                inside(file, sh[i].sh_offset, sh[i].sh_size) &&
                inside(file, sh[sh[i].sh_link].sh_offset, sh[sh[i].sh_link].sh_size) && sh[sh[i].sh_link].sh_size &&
                file.p[sh[sh[i].sh_link].sh_offset + sh[sh[i].sh_link].sh_size - 1] == 0) {
                found = true;
                look_up(o, file, &sh[i], &sh[sh[i].sh_link], name, out, n);
            }
    munmap((void *)(uintptr_t)file.p, file.n);
    return found;
}
