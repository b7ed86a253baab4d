/* analyzer/project.c: finding functions and reading their files.  Only regular files below the given path are
 * opened, each once;
 * what other people wrote (node_modules, site-packages, virtual environments) is not looked at. */
#include "analyzer/project.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 20000, DEPTH_MAX = 32 };

void
alps_project_note(struct alps_project *p, const char *file, unsigned line, unsigned column, const char *code,
                  bool error, const char *text)
{
    struct alps_note **list = p->current ? &p->current_note : &p->note, *n;

    for (n = *list; n; n = n->next)
        if (n->line == line && n->column == column && strcmp(n->file, file) == 0 && strcmp(n->code, code) == 0 &&
            strcmp(n->text, text) == 0)
            return;
    n = ALPS_MEM(p->mem, struct alps_note);
    *n = (struct alps_note){ .next = *list, .file = file, .line = line, .column = column, .code = code, .error = error,
                             .text = alps_mem_text(p->mem, text, strlen(text)) };
    *list = n;
    p->failed |= error;
}

const struct alps_variable *
alps_project_variable(const struct alps_project *p, const char *name)
{
    for (unsigned i = 0; p->current && i < p->current->n_variables; i++)
        if (strcmp(p->current->variable[i].name, name) == 0)
            return &p->current->variable[i];
    return NULL;
}

/* The path as output names it: relative to the function's folder. */
static const char *
shown(const struct alps_project *p, const char *file)
{
    size_t n = p->current && p->current->root ? strlen(p->current->root) : 0;

    if (n && strncmp(file, p->current->root, n) == 0 && file[n] == '/')
        return file + n + 1;
    return n && strcmp(p->current->root, "/") == 0 ? file + 1 : file;
}

static char *
file_read(struct alps_project *p, const char *file, size_t *n)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    char *text = NULL;
    ssize_t got = 0;

    *n = 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        errno = ENXIO;
        goto close_fd;
    }
    if (st.st_size > ALPS_SOURCE_MAX) {                 /* alps_lang_read says so */
        *n = (size_t)st.st_size;
        text = alps_mem_text(p->mem, "", 0);
        goto close_fd;
    }
    text = alps_mem_take(p->mem, (size_t)st.st_size + 1);
    while (*n < (size_t)st.st_size && (got = read(fd, text + *n, (size_t)st.st_size - *n)) > 0)
        *n += (size_t)got;
    if (got < 0)
        text = NULL;
close_fd:
    close(fd);
    return text;
}

static void
module_parse(struct alps_project *p, struct alps_module *m)
{
    if (memchr(m->source.text, '\0', m->source.n < 4096 ? m->source.n : 4096))
        alps_project_note(p, m->source.path, 1, 1, "syntax", true,
                          "the file holds NUL bytes; it is analysed as far as it parses");
    alps_lang_read(p->mem, &m->source);
    for (unsigned i = 0; i < m->source.n_mistakes; i++)
        alps_project_note(p, m->source.path, m->source.mistake[i].line, m->source.mistake[i].column, "syntax", true,
                          m->source.mistake[i].text);
}

/* The entry file that is written in a template: told from a file by its name alone. */
static struct alps_module *
inline_module(struct alps_project *p)
{
    struct alps_module *m = ALPS_MEM(p->mem, struct alps_module);

    m->file = alps_mem_print(p->mem, "%s/%s", p->current->root, p->current->entry_file);
    m->source.path = p->current->entry_file;
    m->source.lang = alps_lang_of(m->file);
    m->source.text = p->current->source_text;
    m->source.n = strlen(m->source.text);
    m->next = p->module;
    p->module = m;
    module_parse(p, m);
    return m;
}

struct alps_module *
alps_project_module(struct alps_project *p, const char *file)
{
    struct alps_module *m;
    char *real, *text;
    const char *path;
    size_t n;

    if (p->current && p->current->source_text)
        return p->module ? p->module : inline_module(p);
    real = realpath(file, NULL);
    if (!real) {
        alps_project_note(p, shown(p, file), 0, 0, "unreadable", true,
                          alps_mem_print(p->mem, "cannot be read: %s", strerror(errno)));
        return NULL;
    }
    path = alps_mem_name(p->mem, real, strlen(real));
    free(real);
    for (m = p->module; m; m = m->next)
        if (m->file == path)
            return m;
    m = ALPS_MEM(p->mem, struct alps_module);
    m->file = path;
    m->source.path = alps_mem_text(p->mem, shown(p, path), strlen(shown(p, path)));
    m->source.lang = alps_lang_of(path);
    m->next = p->module;
    p->module = m;
    if (!m->source.lang)
        return m;
    text = file_read(p, path, &n);
    if (!text) {
        alps_project_note(p, m->source.path, 0, 0, "unreadable", true,
                          alps_mem_print(p->mem, "cannot be read: %s", strerror(errno)));
        return m;
    }
    m->source.text = text;
    m->source.n = n;
    module_parse(p, m);
    return m;
}

static bool
is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Does the path, links resolved, still lie in the function's own folder (or the project's)? */
static bool
is_own(const struct alps_project *p, const char *file)
{
    char *real = realpath(file, NULL);
    bool own = real != NULL && !strstr(real, "/node_modules/") && !strstr(real, "/site-packages/") &&
        !strstr(real, "/dist-packages/");

    (void)p;
    free(real);
    return own;
}

static struct alps_module *
try_file(struct alps_project *p, const char *path)
{
    return is_file(path) && is_own(p, path) && alps_lang_of(path) ? alps_project_module(p, path) : NULL;
}

static const char *
folder_of(struct alps_mem *mem, const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash ? alps_mem_text(mem, file, (size_t)(slash - file)) : ".";
}

static struct alps_module *
import_js(struct alps_project *p, const struct alps_module *from, const char *name)
{
    static const char *const tails[] = { "", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", "/index.js",
        "/index.mjs",
                                         "/index.cjs", "/index.ts", "/index.tsx" };
    const char *base, *dot;
    struct alps_module *m;

    if (name[0] == '.' && (name[1] == '/' || name[1] == '\0' ||
                           (name[1] == '.' && (name[2] == '/' || name[2] == '\0'))))
        base = alps_mem_print(p->mem, "%s/%s", folder_of(p->mem, from->file), name);
    else if (name[0] == '/' && strncmp(name, "/opt/", 5) != 0)
        base = name;
    else
        return NULL;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        if ((m = try_file(p, alps_mem_print(p->mem, "%s%s", base, tails[i]))) != NULL)
            return m;
    dot = strrchr(base, '.');                           /* TypeScript imports "./x.js" and means x.ts */
    if (dot && (strcmp(dot, ".js") == 0 || strcmp(dot, ".mjs") == 0))
        return try_file(p, alps_mem_print(p->mem, "%.*s%s", (int)(dot - base), base, dot[1] == 'j' ? ".ts" : ".mts"));
    return NULL;
}

static struct alps_module *
import_python(struct alps_project *p, const struct alps_module *from, const char *name)
{
    const char *folder = folder_of(p->mem, from->file),
        *place[2] = { folder, p->current && p->current->root ? p->current->root : folder };
    unsigned places = 2, dots = 0;
    char *path;
    struct alps_module *m;

    while (name[dots] == '.')
        dots++;
    for (unsigned i = 1; i < dots; i++)
        folder = folder_of(p->mem, folder);
    if (dots) {
        place[0] = folder;
        places = 1;
    }
    path = alps_mem_text(p->mem, name + dots, strlen(name + dots));
    for (char *c = path; *c; c++)
        if (*c == '.')
            *c = '/';
    for (unsigned i = 0; i < places; i++) {
        if (*path && (m = try_file(p, alps_mem_print(p->mem, "%s/%s.py", place[i], path))) != NULL)
            return m;
        if ((m = try_file(p, alps_mem_print(p->mem, "%s/%s/__init__.py", place[i], path))) != NULL)
            return m;
    }
    return NULL;
}

struct alps_module *
alps_project_import(struct alps_project *p, const struct alps_module *from, const char *name)
{
    if (!*name || strlen(name) > 512)
        return NULL;
    return from->source.lang->dotted_modules ? import_python(p, from, name) : import_js(p, from, name);
}

static bool
is_skipped(const char *name)
{
    static const char *const skipped[] = { "node_modules", "site-packages", "dist-packages", "__pycache__", "venv",
        "bower_components",
                                           "coverage", "__tests__", "__mocks__", "cdk.out", "vendor", "testdata" };

    for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++)
        if (strcmp(skipped[i], name) == 0)
            return true;
    return name[0] == '.';
}

static bool
is_test(const char *name)
{
    return strstr(name, ".test.") || strstr(name, ".spec.") || strstr(name, ".d.ts") ||
        strncmp(name, "test_", 5) == 0 ||
           strcmp(name, "conftest.py") == 0 || strcmp(name, "setup.py") == 0 || strstr(name, ".min.js") ||
        strstr(name, "_test.go");
}

const char **
alps_project_package(struct alps_project *p, const char *folder, unsigned *n)
{
    DIR *d = opendir(folder);
    const char **file = NULL;

    *n = 0;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        const char *dot = strrchr(e->d_name, '.'), *path;

        if (!dot || strcmp(dot, ".go") != 0 || e->d_name[0] == '.' || e->d_name[0] == '_' || is_test(e->d_name))
            continue;
        path = alps_mem_print(p->mem, "%s/%s", folder, e->d_name);
        if (!is_file(path) || *n >= FILES_MAX)
            continue;
        file = alps_mem_grow(p->mem, file, *n, sizeof *file);
        file[(*n)++] = path;
    }
    if (d)
        closedir(d);
    if (*n)
        qsort(file, *n, sizeof *file, alps_mem_text_order);
    return file;
}

/* "module example.com/app" of the go.mod in ${folder}; NULL without one. */
static const char *
module_path(struct alps_project *p, const char *folder)
{
    FILE *in = fopen(alps_mem_print(p->mem, "%s/go.mod", folder), "re");
    char line[512], name[512] = "";

    while (in && fgets(line, sizeof line, in) && sscanf(line, "module %511s", name) != 1)
        ;
    if (in)
        fclose(in);
    return *name ? alps_mem_name(p->mem, name, strlen(name)) : NULL;
}

static const char *
package_at(struct alps_project *p, const char *root, const char *rest)
{
    const char *folder = alps_mem_print(p->mem, "%s%s%s", root, *rest ? "/" : "", rest);
    unsigned n;

    alps_project_package(p, folder, &n);
    return n ? alps_mem_name(p->mem, folder, strlen(folder)) : NULL;
}

/* By the nearest go.mod.  Without one, below a folder that is called as the repository is ("github.com/owner/REPO/x"). */
const char *
alps_project_package_folder(struct alps_project *p, const struct alps_module *from, const char *path)
{
    const char *rest = path, *repository = path;
    unsigned depth = 0;

    for (const char *folder = folder_of(p->mem, from->file); *folder && depth < DEPTH_MAX;
         folder = folder_of(p->mem, folder), depth++) {
        const char *module = module_path(p, folder);
        size_t n = module ? strlen(module) : 0;

        if (module && strncmp(path, module, n) == 0 && (path[n] == '/' || !path[n]))
            return package_at(p, folder, path[n] ? path + n + 1 : "");
        if (module)
            return NULL;
    }
    for (unsigned i = 0; i < 2 && strchr(path, '.') && strchr(rest, '/'); i++)
        repository = rest = strchr(rest, '/') + 1;
    rest = strchr(repository, '/');
    for (const char *folder = folder_of(p->mem, from->file); *folder && depth < 2 * DEPTH_MAX;
         folder = folder_of(p->mem, folder), depth++) {
        const char *slash = strrchr(folder, '/');
        size_t n = rest ? (size_t)(rest - repository) : strlen(repository);

        if (slash && strlen(slash + 1) == n && strncmp(slash + 1, repository, n) == 0)
            return package_at(p, folder, rest ? rest + 1 : "");
    }
    return NULL;
}

struct walk { struct alps_project *p; const char **file; unsigned n; bool templates; };

/* Every file of interest below a folder, in the order of their names.  Links to folders are not followed. */
static void
walk_folder(struct walk *w, const char *folder, unsigned depth)
{
    DIR *d = depth < DEPTH_MAX ? opendir(folder) : NULL;
    const char **name = NULL;
    unsigned n = 0;

    if (!d) {
        alps_project_note(w->p, folder, 0, 0, "unreadable", true, depth < DEPTH_MAX
                          ? alps_mem_print(w->p->mem, "cannot be read: %s", strerror(errno))
                          : "is nested deeper than 32 folders");
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (!is_skipped(e->d_name)) {
            name = alps_mem_grow(w->p->mem, name, n, sizeof *name);
            name[n++] = alps_mem_text(w->p->mem, e->d_name, strlen(e->d_name));
        }
    closedir(d);
    if (n)
        qsort(name, n, sizeof *name, alps_mem_text_order);
    for (unsigned i = 0; i < n && w->n < FILES_MAX; i++) {
        const char *path = alps_mem_print(w->p->mem, "%s/%s", folder, name[i]), *dot = strrchr(name[i], '.');
        bool iac = dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || strcmp(dot, ".template") == 0 ||
                           strcmp(dot, ".json") == 0 || strcmp(dot, ".tf") == 0 || strcmp(dot, ".bicep") == 0);
        struct stat st;

        if (lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            walk_folder(w, path, depth + 1);
        } else if (w->templates ? S_ISREG(st.st_mode) && (iac || strcmp(name[i], "Dockerfile") == 0)
                   : alps_lang_of(name[i]) != NULL && !is_test(name[i])) {
            if (!S_ISREG(st.st_mode) && !is_file(path)) {
                alps_project_note(w->p, path, 0, 0, "unreadable", true, "is no regular file, or a link to none");
                continue;
            }
            w->file = alps_mem_grow(w->p->mem, w->file, w->n, sizeof *w->file);
            w->file[w->n++] = path;
        }
    }
}

bool
alps_project_files(struct alps_project *p, const char *folder, const char ***file, unsigned *n)
{
    struct walk w = { .p = p };

    walk_folder(&w, folder, 0);
    *file = w.file;
    *n = w.n;
    return w.n > 0;
}

/* Without infrastructure code: the files as one function. */
static void
plain_function(struct alps_project *p, const char *path, const char *root, const char **file, unsigned n)
{
    struct alps_function *f = ALPS_MEM(p->mem, struct alps_function), **at;
    const char *slash = strrchr(root, '/'), *base = strrchr(path, '/');

    f->name = n == 1 && file[0] == path
        ? alps_mem_text(p->mem, base ? base + 1 : path, strcspn(base ? base + 1 : path, "."))
                                        : slash && slash[1] ? slash + 1 : root;
    f->path = path;
    f->root = root;
    f->file = file;
    f->n_files = n;
    f->language = n ? alps_lang_of(file[0])->name : "";
    for (at = &p->function; *at && strcmp((*at)->name, f->name) <= 0; at = &(*at)->next)
        ;
    f->next = *at;
    *at = f;
}

bool
alps_project_open(struct alps_project *p, const char *path)
{
    struct walk w = { .p = p, .templates = true };
    struct stat st;
    char *real = realpath(path, NULL);
    const char *root, **file;
    unsigned n;

    if (!real || stat(real, &st) != 0) {
        alps_project_note(p, path, 0, 0, "unreadable", true,
                          alps_mem_print(p->mem, "cannot be read: %s", strerror(errno)));
        free(real);
        return false;
    }
    root = alps_mem_name(p->mem, real, strlen(real));
    free(real);
    if (!S_ISDIR(st.st_mode)) {
        const char **one = alps_mem_take(p->mem, sizeof *one);

        if (S_ISREG(st.st_mode) && alps_lang_of(root)) {
            *one = root;
            plain_function(p, root, folder_of(p->mem, root), one, 1);
        } else if (!S_ISREG(st.st_mode) || !alps_iac_read(p, root, folder_of(p->mem, root), path)) {
            alps_project_note(p, path, 0, 0, "unreadable", true,
                              "is neither source in a language that is known nor a template");
            return false;
        }
        return true;
    }
    walk_folder(&w, root, 0);
    if (alps_iac_project(p, root, w.file, w.n))
        return true;
    if (alps_project_files(p, root, &file, &n))
        plain_function(p, path, root, file, n);
    else
        alps_project_note(p, path, 0, 0, "no-source", true, "there is no source in a language that is known");
    return true;
}
