#include "cli/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"

enum { ARENA_MIN = 1 << 20, ARENA_PER_BYTE = 128, READ_MAX = 1 << 30 };

static void
no_memory(void)
{
    fprintf(stderr, "alps: out of memory\n");
    exit(2);
}

void
alps_bytes_put(struct alps_bytes *b, const void *p, size_t n)
{
    if (b->cap - b->n < n + 1) {
        b->cap = 2 * b->cap + n + 4096;
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            no_memory();
    }
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void
alps_bytes_add(struct alps_bytes *b, const char *text)
{ alps_bytes_put(b, text, strlen(text)); }

void
alps_bytes_free(struct alps_bytes *b)
{
    free(b->p);
    *b = (struct alps_bytes){ NULL, 0, 0 };
}

bool
alps_file_read(const char *path, struct alps_bytes *out)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    struct stat st;
    char room[65536];
    size_t n;
    bool ok = false;

    out->n = 0;
    alps_bytes_put(out, "", 0);
    if (!f)
        return false;
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        goto close;
    }
    while ((n = fread(room, 1, sizeof room, f)) > 0 && out->n < READ_MAX)
        alps_bytes_put(out, room, n);
    ok = !ferror(f);
close:
    if (f != stdin)
        fclose(f);
    return ok;
}

struct telling { const char *who, *path; };

static void
warn(void *ctx, const struct alps_allow_rule *rule, const char *variable)
{
    const struct telling *t = ctx;

    fprintf(stderr, "alps %s: %s:%u:%u: %s is not set (or holds no name), so the rule on %.*s matches nothing\n", t->who, t->path,
            rule->line, rule->column, variable, (int)rule->resource.n, (const char *)rule->resource.p);
}

static const char *
env(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

bool
alps_load_text(const char *who, const char *path, alps_slice json, bool quiet, struct alps_loaded *l)
{
    struct telling telling = { who, path };
    struct alps_allow_error err;
    struct alps_arena arena;

    *l = (struct alps_loaded){ .path = path, .block = malloc(ARENA_MIN + json.n * ARENA_PER_BYTE) };
    if (!l->block)
        no_memory();
    arena = (struct alps_arena){ l->block, (uint8_t *)l->block + ARENA_MIN + json.n * ARENA_PER_BYTE };
    l->allow = alps_allow_read(&arena, &alps_catalog_builtin, json, &err);
    if (l->allow)
        l->policy = alps_allow_policy(&arena, &alps_catalog_builtin, l->allow, env, quiet ? NULL : warn, &telling, &err);
    if (l->policy)
        return true;
    fprintf(stderr, "alps %s: %s:%u:%u: %s\n", who, path, err.line, err.column, err.text);
    alps_loaded_free(l);
    return false;
}

bool
alps_load(const char *who, const char *path, bool quiet, struct alps_loaded *l)
{
    struct alps_bytes json = { NULL, 0, 0 };
    bool ok;

    if (alps_file_read(path ? path : "allowlist.json", &json)) {
        ok = alps_load_text(who, path ? path : "allowlist.json", (alps_slice){ (uint8_t *)json.p, json.n }, quiet, l);
    } else {
        fprintf(stderr, "alps %s: %s: %s%s\n", who, path ? path : "allowlist.json", strerror(errno),
                path ? "" : " (name an allowlist with --allowlist FILE)");
        *l = (struct alps_loaded){ .path = path };
        ok = false;
    }
    alps_bytes_free(&json);
    return ok;
}

void
alps_loaded_free(struct alps_loaded *l)
{
    free(l->block);
    l->block = NULL;
}

static void
print_by(FILE *f, void (*add)(struct alps_text *, alps_slice), alps_slice s)
{
    struct alps_text t = { NULL, 0, 0 };
    char room[1024], *p = room;

    add(&t, s);
    if (t.n > sizeof room && !(p = malloc(t.n)))
        no_memory();
    t = (struct alps_text){ p, 0, t.n };
    add(&t, s);
    fwrite(p, 1, t.n, f);
    if (p != room)
        free(p);
}

void
alps_json_print(FILE *f, alps_slice s)
{ print_by(f, alps_text_string, s); }

void
alps_shown_print(FILE *f, alps_slice s)
{ print_by(f, alps_text_shown, s); }
