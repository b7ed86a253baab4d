/* analyzer/iac/iac.c: which reader a file is for, and what the readers share. */
#include "analyzer/iac/iac.h"

#include "analyzer/embed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ALPS_EMBED(alps_tsv_iac_names, "analyzer/tables/iac-names.tsv");

enum { FILE_MAX = 2 * 1024 * 1024, LONG = 1000 };

const char alps_iac_any[] = { TEXT_ANY, 0 };

bool
alps_iac_known(const char *text)
{
    return *text && !strchr(text, TEXT_ANY);
}

const char *
alps_iac_join(struct alps_mem *mem, const char *a, const char *b)
{
    return strlen(a) + strlen(b) > LONG ? alps_iac_any : alps_mem_print(mem, "%s%s", a, b);
}

char *
alps_iac_file(struct alps_project *p, const char *path, size_t *n)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char *text = NULL;
    ssize_t got;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
        text = alps_mem_take(p->mem, (size_t)st.st_size + 1);
        got = read(fd, text, (size_t)st.st_size);
        *n = got < 0 ? 0 : (size_t)got;
    }
    close(fd);
    return text;
}

struct alps_function *
alps_iac_function(struct alps_project *p, struct alps_place at, unsigned line, const char *platform)
{
    struct alps_function *f = ALPS_MEM(p->mem, struct alps_function);

    f->place = alps_mem_print(p->mem, "%s:%u", at.shown, line);
    f->platform = platform;
    f->language = "";
    f->has_iac = true;
    return f;
}

void
alps_iac_add(struct alps_project *p, struct alps_function *f)
{
    struct alps_function **at = &p->function;

    while (*at && strcmp((*at)->name, f->name) < 0)
        at = &(*at)->next;
    f->next = *at;
    *at = f;
}

void
alps_iac_code(struct alps_project *p, struct alps_function *f, const char *folder, const char *uri)
{
    char *real, *path = alps_mem_text(p->mem, uri, strlen(uri));

    while (*path && path[strlen(path) - 1] == '/')
        path[strlen(path) - 1] = '\0';
    f->path = *path ? path : ".";
    path = *path == '/' ? path : alps_mem_print(p->mem, "%s/%s", folder, f->path);
    real = realpath(path, NULL);
    f->root = real ? alps_mem_name(p->mem, real, strlen(real)) : path;
    free(real);
}

void
alps_iac_set(struct alps_project *p, struct alps_function *f, const struct alps_variable *v)
{
    unsigned k = 0;

    while (k < f->n_variables && strcmp(f->variable[k].name, v->name) != 0)
        k++;
    if (k == f->n_variables) {
        f->variable = alps_mem_grow(p->mem, f->variable, f->n_variables, sizeof *f->variable);
        f->n_variables++;
    }
    f->variable[k] = *v;
}

void
alps_iac_variable(struct alps_project *p, struct alps_function *f, const char *name, const char *value, struct alps_place at,
                  unsigned line)
{
    struct alps_variable v = { name, strcmp(value, alps_iac_any) == 0 ? NULL : value,
                               alps_mem_print(p->mem, "%s:%u", at.shown, line) };

    alps_iac_set(p, f, &v);
}

void
alps_iac_trigger(struct alps_project *p, struct alps_function *f, const char *type, const char *arn)
{
    f->trigger = alps_mem_grow(p->mem, f->trigger, f->n_triggers, sizeof *f->trigger);
    f->trigger_arn = alps_mem_grow(p->mem, f->trigger_arn, f->n_triggers, sizeof *f->trigger_arn);
    f->trigger[f->n_triggers] = type;
    f->trigger_arn[f->n_triggers++] = arn;
}

static bool
entry_at(struct alps_project *p, struct alps_function *f, const char *file)
{
    struct stat st;

    if (stat(alps_mem_print(p->mem, "%s/%s", f->root, file), &st) != 0 || !S_ISREG(st.st_mode) || !alps_lang_of(file))
        return false;
    f->entry_file = file;
    f->language = alps_lang_of(file)->name;
    return true;
}

bool
alps_iac_handler(struct alps_project *p, struct alps_function *f, const char *handler)
{
    static const char *const tails[] = { ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".py" };
    const char *dot = strrchr(handler, '.'), *slash = strrchr(handler, '/');
    unsigned n;
    const char **go = alps_project_package(p, f->root, &n);
    char *module;

    if (n) {                                            /* Go: the handler is the program's own name */
        f->entry_name = "main";
        return entry_at(p, f, strrchr(go[0], '/') + 1);
    }
    if (!dot || (slash && dot < slash))
        return false;
    module = alps_mem_text(p->mem, handler, (size_t)(dot - handler));
    if (strncmp(module, "./", 2) == 0)
        module += 2;
    f->entry_name = dot + 1;
    for (int dotted = 0; dotted < 2; dotted++) {
        for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
            if (entry_at(p, f, alps_mem_print(p->mem, "%s%s", module, tails[i])))
                return true;
        for (char *c = module; *c; c++)                 /* Python: "pkg.app.handler" */
            if (*c == '.')
                *c = '/';
    }
    return false;
}

bool
alps_iac_target(struct alps_project *p, struct alps_function *f, const char *name)
{
    /* where the vendor's buildpacks look: main.py; package.json's "main", index.js, function.js (or what they are made of) */
    static const char *const usual[] = { "main.py", "index.js", "index.mjs", "index.cjs", "function.js", "index.ts",
                                         "src/index.ts", "src/index.js" };
    size_t n;
    unsigned files;
    char *text = alps_iac_file(p, alps_mem_print(p->mem, "%s/package.json", f->root), &n);
    const char *main = text ? alps_tree_text(alps_tree_get(alps_yaml_read(p, text, n, "package.json"), "main")) : "";

    f->entry_name = name;
    if (alps_project_package(p, f->root, &files) && files)
        return entry_at(p, f, strrchr(alps_project_package(p, f->root, &files)[0], '/') + 1);
    if (*main && entry_at(p, f, main))
        return true;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (entry_at(p, f, usual[i]))
            return true;
    return false;
}

void
alps_iac_no_entry(struct alps_project *p, const struct alps_function *f, struct alps_place at, unsigned line, const char *what)
{
    alps_project_note(p, at.shown, line, 0, "no-entry", true,
                      alps_mem_print(p->mem, "function %s: its handler \"%s\" names no source file below %s", f->name, what,
                                     f->path ? f->path : "."));
}

/* One row of the table into its cells; false at the end. */
static bool
next_row(const char **at, alps_slice cell[4])
{
    while (**at) {
        alps_slice rest = { (const uint8_t *)*at, strcspn(*at, "\n") };
        unsigned n = 0;

        *at += rest.n + ((*at)[rest.n] == '\n');
        if (!rest.n || rest.p[0] == '#')
            continue;
        while (n < 3 && alps_slice_cut(rest, '\t', &cell[n], &rest))
            n++;
        cell[n] = rest;
        if (n == 3)
            return true;
    }
    return false;
}

const char *
alps_iac_own(struct alps_mem *mem, const char *type)
{
    const char *at = alps_tsv_iac_names;
    alps_slice cell[4];

    while (next_row(&at, cell))
        if (alps_slice_eq(cell[0], alps_slice_of(type)))
            return alps_mem_text(mem, (const char *)cell[1].p, cell[1].n);
    return NULL;
}

const char *
alps_iac_attribute(struct alps_mem *mem, const char *type, const char *attribute, const char *name)
{
    const char *at = alps_tsv_iac_names;
    alps_slice cell[4];
    char *out;
    size_t w = 0;

    do
        if (!next_row(&at, cell))
            return NULL;
    while (!alps_slice_eq(cell[0], alps_slice_of(type)) || !alps_slice_eq(cell[2], alps_slice_of(attribute)));
    out = alps_mem_take(mem, cell[3].n + strlen(name) + 1);
    for (size_t i = 0; i < cell[3].n; i++) {
        uint8_t c = cell[3].p[i];
        bool own = c == 'N' && (i == 0 || strchr(":/=", cell[3].p[i - 1])) && (i + 1 == cell[3].n || strchr("./;-:", cell[3].p[i + 1]));

        if (own) {
            memcpy(out + w, name, strlen(name));
            w += strlen(name);
        } else
            out[w++] = c == '*' ? TEXT_ANY : (char)c;
    }
    return out;
}

static bool
is_named(const char *shown, const char *names)
{
    const char *base = strrchr(shown, '/');
    size_t n;

    base = base ? base + 1 : shown;
    n = strlen(base);
    for (const char *p = names; (p = strstr(p, base)) != NULL; p++)
        if ((p == names || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

bool
alps_iac_read(struct alps_project *p, const char *file, const char *folder, const char *shown)
{
    struct alps_place at = { folder, shown };
    const char *base = strrchr(shown, '/');
    struct alps_tree *t;
    size_t n;
    char *text;

    base = base ? base + 1 : shown;
    if (is_named(shown, "package.json package-lock.json tsconfig.json local.settings.json"))
        return false;
    if (is_named(shown, "host.json"))
        return alps_host_read(p, at);
    text = alps_iac_file(p, file, &n);
    if (!text || !n)
        return false;
    if (strlen(base) > 3 && strcmp(base + strlen(base) - 3, ".tf") == 0)
        return false;                                   /* its whole folder is read at once */
    if (strlen(base) > 6 && strcmp(base + strlen(base) - 6, ".bicep") == 0)
        return alps_bicep_read(p, text, n, at);
    if (strncmp(base, "Dockerfile", 10) == 0)
        return alps_dockerfile_read(p, text, at);
    if (is_named(shown, "serverless.yml serverless.yaml serverless.json"))
        return (t = alps_yaml_read(p, text, n, shown)) && alps_serverless_read(p, t, at);
    if (is_named(shown, "functions.yaml") && strstr(text, "endpoints"))
        return (t = alps_yaml_read(p, text, n, shown)) && alps_firebase_read(p, t, at);
    if (strstr(text, "serving.knative.dev/"))
        return (t = alps_yaml_read(p, text, n, shown)) && alps_knative_read(p, t, at);
    if (strstr(text, "deploymentTemplate.json#"))
        return (t = alps_yaml_read(p, text, n, shown)) && alps_arm_read(p, t, at);
    if (strstr(text, "Resources") && (strstr(text, "AWS::Serverless::Function") || strstr(text, "AWS::Lambda::Function")))
        return (t = alps_yaml_read(p, text, n, shown)) && alps_cfn_read(p, t, at);
    return false;
}

/* Terraform's folders, each once; files come in the order of their names, so a folder's stand together. */
static unsigned
terraform_folders(struct alps_project *p, const char *root, const char *const *file, unsigned n, struct alps_place **folder)
{
    size_t skip = strcmp(root, "/") ? strlen(root) + 1 : 1;
    unsigned k = 0;

    for (unsigned i = 0; i < n; i++) {
        const char *slash = strrchr(file[i], '/'), *path;
        bool known = false;

        if (strcmp(slash + strlen(slash) - 3, ".tf") != 0)
            continue;
        path = alps_mem_name(p->mem, file[i], (size_t)(slash - file[i]));
        for (unsigned j = 0; j < k && !known; j++)
            known = (*folder)[j].folder == path;
        if (known)
            continue;
        *folder = alps_mem_grow(p->mem, *folder, k, sizeof **folder);
        (*folder)[k++] = (struct alps_place){ path, strlen(path) > skip ? path + skip : "" };
    }
    return k;
}

bool
alps_iac_project(struct alps_project *p, const char *root, const char *const *file, unsigned n)
{
    struct alps_place *folder = NULL;
    size_t skip = strcmp(root, "/") ? strlen(root) + 1 : 1;
    unsigned folders = terraform_folders(p, root, file, n, &folder);
    bool found = alps_terraform_read(p, folder, folders);

    /* images last: a Dockerfile beside a template is what the template deploys */
    for (int images = 0; images < 2; images++)
        for (unsigned i = 0; i < n && !(images && found); i++)
            if (is_named(file[i] + skip, "Dockerfile") == images)
                found |= alps_iac_read(p, file[i], alps_mem_text(p->mem, file[i], (size_t)(strrchr(file[i], '/') - file[i])),
                                       file[i] + skip);
    alps_host_settings(p);
    return found;
}
