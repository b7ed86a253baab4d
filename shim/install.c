#include "shim/hooks.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "shim/boring.h"
#include "shim/deny.h"
#include "shim/find.h"
#include "shim/guard.h"
#include "shim/libc.h"
#include "shim/patch.h"

enum { LIBRARIES = 256, HOOK_POOL = 8192 };

static const struct row { const char *name; unsigned n_args; const char *clue; } row[HOOKS] = {
#define HOOK(function, arguments, clue) { #function, arguments, clue },
#define CALL(result, function, parameters)
#define REFUSE(function, result)
#include "shim/hooks.def"
#undef HOOK
#undef CALL
};
static const struct { const char *name; size_t at; } call[] = {
#define HOOK(function, arguments, clue)
#define CALL(result, function, parameters) { #function, offsetof(struct library, function) },
#include "shim/hooks.def"
#undef HOOK
#undef CALL
#undef REFUSE
};
static const struct { const char *name; intptr_t result; } refused[] = {
#define HOOK(function, arguments, clue)
#define CALL(result, function, parameters)
#define REFUSE(function, result) { #function, result },
#include "shim/hooks.def"
#undef HOOK
#undef CALL
#undef REFUSE
};
enum { CALLS = sizeof call / sizeof *call, REFUSALS = sizeof refused / sizeof *refused };

static struct library library[LIBRARIES];
static struct hook pool[HOOK_POOL];
static unsigned n_libraries, n_hooks;

struct batch {                          /* one object's functions on their way to being patched */
    const struct find_object *object;
    struct library *library;
    struct patch_site site[PATCH_SITES];
    unsigned n;
    bool full;
    bool foreign;                       /* no OpenSSL */
};

static struct hook *
new_hook(struct batch *b, struct find_function f, unsigned n_args, void *replacement)
{
    for (unsigned i = 0; i < b->n; i++)
        if (b->site[i].at == f.at)      /* one function under two names, or versions */
            return NULL;
    if (b->n == PATCH_SITES || n_hooks == HOOK_POOL) {
        b->full = true;
        return NULL;
    }
    b->site[b->n++] = (struct patch_site){ .at = f.at, .size = f.size, .n_args = n_args, .replacement = replacement,
                                               .context = &pool[n_hooks] };
    return &pool[n_hooks++];
}

static void
add(struct batch *b, enum hook_id id, struct find_function f)
{
    struct hook *h = new_hook(b, f, row[id].n_args, hook_replacement[id]);

    if (h)
        *h = (struct hook){ .library = b->library, .id = id, .name = row[id].name };
    b->library->has[id] = true;
}

/* Its arguments do not matter: the context may take the place of the first. */
static void
add_refused(struct batch *b)
{
    for (unsigned i = 0; i < REFUSALS; i++) {
        struct find_function f;

        for (unsigned nth = 0; (f = find_exported(b->object, refused[i].name, nth)).at; nth++) {
            struct hook *h = new_hook(b, f, 0, (void *)hook_refused);

            if (h)
                *h = (struct hook){ .library = b->library, .id = REFUSED, .name = refused[i].name,
                                    .result = refused[i].result };
        }
    }
}

static bool
has_refused(const struct find_object *o)
{
    for (unsigned i = 0; i < REFUSALS; i++)
        if (find_exported(o, refused[i].name, 0).at)
            return true;
    return false;
}

static void
set_call(struct library *l, unsigned i, struct find_function f)
{
    memcpy((char *)l + call[i].at, &f.at, sizeof f.at);
}

static void
add_exported(struct batch *b)
{
    for (unsigned id = 0; id < HOOKS; id++) {
        struct find_function f;

        for (unsigned nth = 0; (f = find_exported(b->object, row[id].name, nth)).at; nth++)
            add(b, (enum hook_id)id, f);
    }
    for (unsigned i = 0; i < CALLS; i++)
        set_call(b->library, i, find_exported(b->object, call[i].name, 0));
}

/* Linked in and not exported, but the file still has its symbol table. */
static void
add_named(struct batch *b)
{
    const char *name[HOOKS + CALLS];
    struct find_function f[HOOKS + CALLS];

    for (unsigned i = 0; i < HOOKS; i++)
        name[i] = row[i].name;
    for (unsigned i = 0; i < CALLS; i++)
        name[HOOKS + i] = call[i].name;
    if (!find_in_file(b->object, name, f, HOOKS + CALLS) || !f[HOOK_SSL_write].at)
        return;
    for (unsigned i = 0; i < HOOKS; i++)
        if (f[i].at)
            add(b, (enum hook_id)i, f[i]);
    for (unsigned i = 0; i < CALLS; i++)
        set_call(b->library, i, f[HOOKS + i]);
}

static bool
among(const struct find_function *set, unsigned n, const uint8_t *at)
{
    for (unsigned i = 0; i < n; i++)
        if (set[i].at == at)
            return true;
    return false;
}

static unsigned
referring(const struct batch *b, const char *text, struct find_function out[static FIND_REFERENCES])
{
    const char *s = find_string(b->object, text);

    return s ? find_referring(b->object, s, out, FIND_REFERENCES) : 0;
}

/* Stripped: the error records still name the functions, and the compiler put the internal ones into each public one. */
static void
add_referring(struct batch *b)
{
    struct find_function family[FIND_REFERENCES], own[FIND_REFERENCES];
    const char *last = "";
    unsigned n_family = 0;

    for (unsigned pass = 0; pass < 2; pass++)           /* first those that name themselves, then the rest */
        for (unsigned id = 0; id < HOOKS; id++) {
            bool names_itself = row[id].clue[0] == '=';
            const char *clue = row[id].clue + names_itself;
            unsigned n_own = names_itself && pass == 0 ? referring(b, row[id].name, own) : 0;

            if (!*row[id].clue || names_itself != (pass == 0))
                continue;
            if (*clue && strcmp(clue, last) != 0)
                n_family = referring(b, last = clue, family);
            for (unsigned i = 0; i < n_own; i++)
                if (!*clue || among(family, n_family, own[i].at))
                    add(b, (enum hook_id)id, own[i]);
            for (unsigned i = 0; !names_itself && i < n_family; i++)
                if (id != HOOK_SSL_write_ex || patch_args(family[i].at, family[i].size) == 4)
                    add(b, (enum hook_id)id, family[i]);
        }
}

static bool
writes_and_reads(const struct library *l)
{
    return (l->has[HOOK_SSL_write] || l->has[HOOK_SSL_write_ex] || l->has[HOOK_SSL_write_ex2]) &&
        (l->has[HOOK_SSL_read] || l->has[HOOK_SSL_read_ex]) && (l->has[HOOK_SSL_new] || l->has[HOOK_SSL_free]);
}

static bool
is_ourselves(const struct find_object *o)
{
    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_LOAD && (uintptr_t)&guard - (o->base + o->phdr[i].p_vaddr) < o->phdr[i].p_memsz)
            return true;
    return false;
}

static void
seal_text(const struct find_object *o)
{
    for (unsigned i = 0; i < o->n_phdr; i++)
        if (o->phdr[i].p_type == PT_LOAD && (o->phdr[i].p_flags & PF_X))
            patch_seal((void *)(o->base + o->phdr[i].p_vaddr), o->phdr[i].p_memsz);
}

static const char *
guard_object(struct batch *b, const char **function)
{
    const char *why;
    unsigned failed = 0;

    *function = "TLS functions";
    if (b->full)
        return "there are too many of them";
    if (!b->foreign && !writes_and_reads(b->library))
        return "not all of them could be found";
    if (b->object->text_relocations)
        return "its code is still to be relocated";
    why = patch_apply(b->site, b->n, &failed);
    if (why)
        *function = ((struct hook *)b->site[failed].context)->name;
    else
        seal_text(b->object);
    return why;
}

/* OpenSSL by the best names there are; other libraries' doors by exported ones. */
static void
collect(struct batch *b)
{
    if (b->foreign) {
        add_refused(b);
        return;
    }
    add_exported(b);
    if (!writes_and_reads(b->library))
        add_named(b);
    if (!writes_and_reads(b->library))
        add_referring(b);
}

static void
on_object(void *ctx, const struct find_object *o)
{
    struct batch b = { .object = o };
    const char *function, *why;
    bool openssl, tls, foreign;

    (void)ctx;
    if (is_ourselves(o))
        return;
    libc_patch(o);
    openssl = find_exported(o, row[HOOK_SSL_write].name, 0).at;
    tls = !openssl && find_text(o, "c ap traffic");     /* TLS 1.3 needs that label (RFC 8446), whoever speaks it */
    openssl |= tls && find_string(o, "ssl_write_internal");
    foreign = !openssl && has_refused(o);
    if (tls && !openssl && !foreign)
        boring_guard(o);
    b.foreign = foreign && !guard.observe;
    if (!openssl && !b.foreign)
        return;
    if (n_libraries == LIBRARIES) {
        guard_give_up(o->name, "TLS functions", "too many TLS libraries in one process");
        return;
    }
    b.library = &library[n_libraries++];
    b.library->name = *o->name ? o->name : "the program";
    collect(&b);
    why = guard_object(&b, &function);
    for (unsigned i = 0; i < b.n; i++)
        ((struct hook *)b.site[i].context)->original = b.site[i].original;
    if (why)
        guard_give_up(b.library->name, function, why);
}

/* Called by the loader, its lock held, when its list of objects is about to change and when it has. */
static void
on_loader(void *ctx)
{
    const struct r_debug *debug = find_loader();

    (void)ctx;
    if (debug && debug->r_state == RT_DELETE)
        patch_unload();
    if (!find_new(on_object, NULL))
        guard_give_up("the program", "loaded objects", "there are too many of them");
    if (!debug || debug->r_state == RT_CONSISTENT)
        patch_unloaded(find_holds);
    boring_sweep();
    deny_sweep();
}

void
hooks_open(void)
{
    const struct r_debug *debug = find_loader();
    struct patch_site loader = { .at = debug ? (uint8_t *)debug->r_brk : NULL, .replacement = (void *)on_loader,
                                 .ran = true };
    const char *why;
    unsigned failed;

    on_loader(NULL);
    why = loader.at ? patch_apply(&loader, 1, &failed) : "the loader does not tell";
    if (why && loader.at)
        why = patch_calls(&loader, find_code(loader.at));       /* musl for size: another function right behind it */
    if (why)
        guard_give_up("the loader", "_dl_debug_state", why);
    patch_seal(loader.at, 1);
}

/* ${name} of the crypto library that ${l} uses, or NULL. */
static void *
beside(const struct library *l, const char *name)
{
    void *handle = dlopen(strcmp(l->name, "the program") == 0 ? NULL : l->name, RTLD_LAZY | RTLD_NOLOAD);
    void *f = handle ? dlsym(handle, name) : NULL;

    if (handle)
        dlclose(handle);                /* it was loaded, and stays for as long as others have it */
    return f;
}

void
hooks_clear_errors(struct library *l)
{
    if (!l->ERR_clear_error)
        *(void **)&l->ERR_clear_error = beside(l, "ERR_clear_error");
    if (l->ERR_clear_error)
        l->ERR_clear_error();
}

bool
hooks_verified(struct library *l, const void *ssl, alps_slice name)
{
    void *cert;
    int rc;

    if (!l->SSL_get_verify_result || !(l->SSL_get1_peer_certificate || l->SSL_get_peer_certificate))
        return true;
    if (l->SSL_get_verify_result(ssl) != 0)
        return false;
    if (!l->X509_check_host)
        *(void **)&l->X509_check_host = beside(l, "X509_check_host");
    if (!l->X509_free)
        *(void **)&l->X509_free = beside(l, "X509_free");
    if (!l->X509_check_host || !l->X509_free)
        return true;
    cert = l->SSL_get1_peer_certificate ? l->SSL_get1_peer_certificate(ssl) : l->SSL_get_peer_certificate(ssl);
    if (!cert)
        return false;
    rc = l->X509_check_host(cert, (const char *)name.p, name.n, 0, NULL);
    l->X509_free(cert);
    return rc == 1;
}
