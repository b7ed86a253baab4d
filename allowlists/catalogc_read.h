/* allowlists/catalogc_read.h: the first half of catalogc.c: lists, text, and the tables as they are written. */
#ifndef ALPS_CATALOGC_READ_H
#define ALPS_CATALOGC_READ_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/catalog.h"
#include "core/catalog_data.h"

struct place { const char *file; unsigned line; };
struct list { void *p; uint32_t n, cap; size_t size; };
struct op { const char *name, *request, *accesses, *members; struct place at; uint32_t id; bool inferred; };
struct pair { const char *a, *b; struct place at; };
struct svc {
    const char *name, *prefix;
    /* struct op; const char *; struct pair (host, front); struct pair; struct pair */
    struct list op, scope, host, api, platform;
    struct list rpc;                                /* struct rpc */
    const char *versions;                           /* what "@" in a path stands for */
    enum alps_vendor vendor;
    uint32_t first, platform_first;                 /* its first operation, its first row of platforms */
    uint16_t id, traits;
    bool inferred;                                  /* the rows that follow are */
    bool any_region, spelt;                         /* spelt: the tables write a version out */
};
struct act { const char *name, *arns; struct place at; enum alps_vendor vendor; bool used; };
struct arm { const char *method, *kind, *type, *action; struct place at; };
struct rpc { const char *name, *operation, *recipe; struct place at; };

static struct list services = { .size = sizeof(struct svc) }, actions = { .size = sizeof(struct act) };
static struct list arns = { .size = sizeof(const char *) }, suffixes = { .size = sizeof(struct pair) };
static struct list suffix_vendor = { .size = sizeof(uint32_t) }, regions = { .size = sizeof(struct pair) };
/* Azure's */
static struct list known = { .size = sizeof(struct act) }, arm = { .size = sizeof(struct arm) };
static struct list text = { .size = 1 };

static void
die(struct place at, const char *form, ...)
{
    va_list ap;

    va_start(ap, form);
    fprintf(stderr, "%s:%u: ", at.file, at.line);
    vfprintf(stderr, form, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

static void *
list_add(struct list *l)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->p = realloc(l->p, l->cap * l->size);
        if (!l->p)
            exit(1);
    }
    return memset((char *)l->p + l->n++ * l->size, 0, l->size);
}

#define AT(l, type, i) ((type *)(l).p + (i))

/* --- text: each string once, NUL-terminated --- */

/* Text that all services share comes first in the catalogue; the offsets are from its first byte. */
enum { TEXT_BASE = sizeof(struct alps_catalog) };
#define TEXT(at) ((char *)text.p + (at) - TEXT_BASE)
static uint32_t text_hash[1 << 18];

static uint32_t
text_slot(const char *s, size_t n)
{
    uint32_t i = alps_catalog_hash((const uint8_t *)s, (uint32_t)n);

    for (;; i++) {
        uint32_t at = text_hash[i & 0x3ffff];
        if (!at || strcmp(TEXT(at), s) == 0)
            return i & 0x3ffff;
    }
}

static uint32_t
text_put(const char *s)
{
    size_t n = strlen(s);
    uint32_t slot, at;

    if (!text.n)
        list_add(&text);
    if (!n)
        return TEXT_BASE;
    slot = text_slot(s, n);
    if (text_hash[slot])
        return text_hash[slot];
    at = TEXT_BASE + text.n;
    for (size_t i = 0; i <= n; i++)
        *(char *)list_add(&text) = s[i];
    text_hash[slot] = at;
    return at;
}

static const char *
copy_slice(alps_slice s)
{
    char *p = malloc(s.n + 1);

    if (!p)
        exit(1);
    memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return p;
}

/* --- reading --- */

static struct svc *
service_named(const char *name, enum alps_vendor vendor)
{
    struct svc *s;

    for (uint32_t i = 0; i < services.n; i++)
        if (AT(services, struct svc, i)->vendor == vendor && strcmp(AT(services, struct svc, i)->name, name) == 0)
            return AT(services, struct svc, i);
    s = list_add(&services);
    *s = (struct svc){ .name = name, .prefix = "", .versions = "", .vendor = vendor };
    s->op.size = sizeof(struct op);
    s->scope.size = sizeof(const char *);
    s->host.size = s->api.size = s->platform.size = sizeof(struct pair);
    s->rpc.size = sizeof(struct rpc);
    return s;
}

static unsigned
split(char *line, char **col, unsigned most)
{
    unsigned n = 0;

    for (char *p = line; n < most; p++) {
        col[n++] = p;
        p += strcspn(p, "\t");
        if (!*p)
            break;
        *p = 0;
    }
    return n;
}

static void
add_pair(struct list *l, const char *a, const char *b, struct place at)
{
    *(struct pair *)list_add(l) = (struct pair){ a, b, at };
}

static uint16_t
trait_named(const char *name, struct place at)
{
    static const char *const names[] = { "arm", "storage", "dfs", "odata", "colon", "fold", "shared", "anyport" };

    for (uint16_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (uint16_t)(1u << i);             /* enum alps_trait */
    die(at, "no trait '%s'", name);
    return 0;
}

static void
directive(struct svc **svc, char **col, unsigned n, struct place at, enum alps_vendor vendor)
{
    const char *what = col[0] + 1;

    if (strcmp(what, "action") == 0 && n == 4) {
        *(struct act *)list_add(&actions) = (struct act){ col[1], col[3], at, vendor, false };
    } else if (strcmp(what, "known") == 0 && n == 2) {
        *(struct act *)list_add(&known) = (struct act){ col[1], "-", at, vendor, false };
    } else if (strcmp(what, "arm") == 0 && n == 5) {
        *(struct arm *)list_add(&arm) = (struct arm){ col[1], col[2], col[3], col[4], at };
    } else if (strcmp(what, "arn") == 0 && n == 3) {
        *(const char **)list_add(&arns) = col[2];
    } else if (strcmp(what, "suffix") == 0 && n == 4) {
        static const char *const names[] = { "none", "aws", "gcp", "azure" };
        uint32_t v = 0;
        while (v < 4 && strcmp(names[v], col[1]) != 0)
            v++;
        if (v == 4)
            die(at, "no vendor '%s'", col[1]);
        add_pair(&suffixes, col[2], col[3], at);
        *(uint32_t *)list_add(&suffix_vendor) = v;
    } else if (strcmp(what, "region") == 0 && n == 3) {
        add_pair(&regions, col[1], col[2], at);
    } else if (strcmp(what, "service") == 0 && n == 2) {
        *svc = service_named(col[1], vendor);
        (*svc)->inferred = false;
    } else if (!*svc) {
        die(at, "%s before @service", col[0]);
    } else if (strcmp(what, "prefix") == 0 && n == 2) {
        (*svc)->prefix = strcmp(col[1], "-") ? col[1] : "";
    } else if (strcmp(what, "trait") == 0 && n == 2) {
        (*svc)->traits |= trait_named(col[1], at);
    } else if (strcmp(what, "scope") == 0 && n == 2) {
        *(const char **)list_add(&(*svc)->scope) = col[1];
    } else if (strcmp(what, "host") == 0 && (n == 2 || n == 3)) {
        add_pair(&(*svc)->host, col[1], n == 3 ? col[2] : "", at);
    } else if (strcmp(what, "nohost") == 0) {
        (*svc)->host.n = 0;
    } else if (strcmp(what, "noscope") == 0) {
        (*svc)->scope.n = 0;
    } else if (strcmp(what, "inferred") == 0 && n == 1) {
        (*svc)->inferred = true;
    } else if (strcmp(what, "anyregion") == 0 && n == 1) {
        (*svc)->any_region = true;
    } else if (strcmp(what, "protocol") == 0 && n == 3) {
        add_pair(&(*svc)->api, col[1], col[2], at);
    } else if (strcmp(what, "version") == 0 && n == 2) {
        (*svc)->versions = col[1];
    } else if (strcmp(what, "rpc") == 0 && n == 4) {
        *(struct rpc *)list_add(&(*svc)->rpc) = (struct rpc){ col[1], col[2], col[3], at };
    } else if (strcmp(what, "platform") == 0 && n == 3) {
        add_pair(&(*svc)->platform, col[2], col[1], at);
    } else {
        die(at, "not understood: %s with %u columns", col[0], n);
    }
}

static void
row(struct svc *svc, char **col, unsigned n, struct place at, bool override)
{
    struct op *op = NULL;

    if (!svc || n != 4)
        die(at, "a row has 4 columns under a @service, not %u", n);
    for (uint32_t i = 0; i < svc->op.n && !op; i++)
        if (strcmp(AT(svc->op, struct op, i)->name, col[0]) == 0)
            op = AT(svc->op, struct op, i);
    if (op && !override)
        die(at, "%s.%s is there twice", svc->name, col[0]);
    if (!op) {
        op = list_add(&svc->op);
        *op = (struct op){ .name = col[0], .request = col[1], .accesses = col[2], .members = col[3], .at = at,
                           .inferred = svc->inferred };
        if (strcmp(col[1], "=") == 0 || strcmp(col[2], "=") == 0)
            die(at, "%s.%s: there is no row for '=' to keep", svc->name, col[0]);
        return;
    }
    op->at = at;
    op->inferred = false;
    if (strcmp(col[1], "=") != 0)
        op->request = col[1];
    if (strcmp(col[2], "=") != 0) {
        op->accesses = col[2];
        op->members = col[3];
    }
}

static void
read_file(const char *name)
{
    struct place at = { name, 0 };
    struct svc *svc = NULL;
    enum alps_vendor vendor = strstr(name, "/gcp/") ? ALPS_GCP : strstr(name, "/azure/") ? ALPS_AZURE : ALPS_AWS;
    bool override = strstr(name, "/override/") != NULL;
    FILE *f = fopen(name, "r");
    char *line = NULL, *col[6];
    size_t cap = 0;
    ssize_t n;

    if (!f)
        die(at, "cannot be read");
    while ((n = getline(&line, &cap, f)) >= 0) {
        at.line++;
        if (n && line[n - 1] == '\n')
            line[n - 1] = 0;
        if (!*line || *line == '#')
            continue;
        unsigned cols = split(line, col, 6);
        if (*line == '@')
            directive(&svc, col, cols, at, vendor);
        else
            row(svc, col, cols, at, override);
        line = NULL;                                /* its text is kept */
        cap = 0;
    }
    free(line);
    fclose(f);
}

#endif
