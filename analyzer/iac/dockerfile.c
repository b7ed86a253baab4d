/* analyzer/iac/dockerfile.c: an image's entry point and environment.  Lambda's images name the handler in CMD; Google's
 * functions-framework has --target. */
#include "analyzer/iac/iac.h"

#include <strings.h>

/* The words of CMD or ENTRYPOINT, exec form (a JSON array) or plain. */
static unsigned
words(struct alps_project *p, const char *text, const char **word, unsigned room)
{
    unsigned n = 0;

    while (*text && n < room) {
        size_t k;

        text += strspn(text, " \t[],\"");
        k = strcspn(text, " \t[],\"");
        if (k)
            word[n++] = alps_mem_text(p->mem, text, k);
        text += k;
    }
    return n;
}

static void
environment(struct alps_project *p, struct alps_function *f, const char *text, struct alps_place at, unsigned line)
{
    while (*text) {
        size_t name = strcspn(text, "= \t"), value;
        const char *v = text + name + (text[name] != '\0');
        bool quoted = *v == '"';

        value = quoted ? strcspn(v + 1, "\"") : text[name] == '=' ? strcspn(v, " \t") : strlen(v);
        if (name && text[name])
            alps_iac_variable(p, f, alps_mem_text(p->mem, text, name), alps_mem_text(p->mem, v + quoted, value), at, line);
        text = v + value + (quoted ? 1 + (v[1 + value] != '\0') : 0);
        text += strspn(text, " \t");
    }
}

/* "app.handler" of Lambda's base images, "--target=hello" of the functions framework. */
static bool
command(struct alps_project *p, struct alps_function *f, const char *text)
{
    const char *word[16];
    unsigned n = words(p, text, word, 16);

    for (unsigned i = 0; i < n; i++)
        if (strncmp(word[i], "--target", 8) == 0) {
            const char *target = word[i][8] == '=' ? word[i] + 9 : i + 1 < n ? word[i + 1] : "";

            f->platform = "gcp";
            return *target && alps_iac_target(p, f, target);
        }
    return n && alps_iac_handler(p, f, word[n - 1]);
}

bool
alps_dockerfile_read(struct alps_project *p, const char *text, struct alps_place at)
{
    struct alps_function *f = alps_iac_function(p, at, 1, "aws");
    const char *slash;
    unsigned line = 0;
    bool found = false;

    alps_iac_code(p, f, at.folder, "");
    slash = strrchr(f->root, '/');
    f->name = slash && slash[1] ? slash + 1 : f->root;
    for (const char *end; *text; text = *end ? end + 1 : end) {
        const char *rest;

        line++;
        end = text + strcspn(text, "\n");
        rest = alps_mem_text(p->mem, text, (size_t)(end - text));
        if (strncasecmp(rest, "ENV ", 4) == 0)
            environment(p, f, rest + 4, at, line);
        else if (strncasecmp(rest, "CMD ", 4) == 0 || strncasecmp(rest, "ENTRYPOINT ", 11) == 0)
            found |= command(p, f, strchr(rest, ' ') + 1);
    }
    if (found)
        alps_iac_add(p, f);
    return found;
}
