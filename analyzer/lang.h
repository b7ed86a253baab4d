/* analyzer/lang.h: the languages.  A language is a row: suffixes, a grammar, and query files that say how it spells
 * calls,
 * names, functions and so on (analyzer/queries).  Source text becomes a tree of nodes in one vocabulary for all
 * languages; nothing after this file knows a grammar. */
#ifndef ALPS_LANG_H
#define ALPS_LANG_H

#include "analyzer/mem.h"

/* What a node is.  The names are those that the query files use. */
#define ALPS_KINDS(K)                                                                                              \
    K(other) K(nothing) K(block) K(block_open) K(same) K(name) K(this) K(super) K(null) K(true) K(false) K(number) \
    K(regex) K(string) K(template) K(concat) K(call) K(new) K(member) K(index) K(object) K(pair) K(entry)          \
    K(computed) K(shorthand) K(spread) K(spread_pairs) K(array) K(assign) K(augment) K(declare) K(binary) K(unary) \
    K(if) K(branch) K(loop) K(return) K(yield) K(define) K(function) K(method) K(class) K(field)                   \
    K(object_pattern) K(array_pattern) K(default) K(rest) K(rest_pairs) K(typed) K(import) K(import_from)          \
    K(export) K(alias) K(dotted) K(decorated) K(comprehension) K(outer) K(bind) K(enum)                             \
    K(list) K(receiver) K(results) K(variable) K(typedef) K(struct) K(interface) K(signature) K(pointer)           \
    K(slice_of) K(map_of) K(composite) K(braces) K(assert) K(cut) K(send) K(repeat) K(range) K(cases)

/* What a part of a node is to it. */
#define ALPS_PARTS(P)                                                                                              \
    P(body) P(value) P(hole) P(function) P(argument) P(object) P(name) P(key) P(element) P(target) P(operator)     \
    P(condition) P(then) P(else) P(parameter) P(static) P(base) P(member) P(source) P(default_name) P(all)         \
    P(one) P(statement) P(star) P(open) P(close) P(decorator) P(getter) P(initial) P(type) P(result) P(tag)

enum alps_kind {
#define K(name) ALPS_K_##name,
    ALPS_KINDS(K)
#undef K
    ALPS_KIND_COUNT
};
enum alps_part_role {
#define P(name) ALPS_P_##name,
    ALPS_PARTS(P)
#undef P
    ALPS_PART_COUNT
};

struct alps_node;
struct alps_part { uint8_t role; struct alps_node *node; };

struct alps_node {
    uint8_t kind;
    uint16_t n_parts;
    uint16_t visits;                        /* a function: how often it was entered */
    uint32_t start, end;                    /* bytes of the source */
    uint32_t line, column;                  /* from 1; the column counts bytes */
    const struct alps_source *source;
    struct alps_part *part;                 /* in the order of the source */
};

struct alps_mistake { uint32_t line, column; const char *text; };

struct alps_source {                        /* one file that has been read */
    const char *path;                       /* as diagnostics name it */
    const char *text;
    size_t n;
    const struct alps_lang *lang;
    struct alps_node *root;
    struct alps_mistake *mistake;           /* where it does not parse; at most ALPS_MISTAKES */
    unsigned n_mistakes;
};

enum { ALPS_MISTAKES = 8, ALPS_NEST_MAX = 1000, ALPS_SOURCE_MAX = 4 * 1024 * 1024, ALPS_PARSE_MS = 4000 };

struct alps_lang {
    const char *name;                       /* "javascript" in output */
    const char *suffixes;                   /* ".js .mjs" */
    bool dotted_modules;                    /* Python: modules named by dots; a module's variables are its exports */
    bool packages;                          /* Go: the files of a folder are one module (golang.h) */
    const char *tag;                        /* "js", "py", "go": before the names of code that is not read */
};

/* The language of a file name, or NULL. */
const struct alps_lang *alps_lang_of(const char *path);

/* Fill in ${source}->root and its mistakes from path, text, n and lang.  False when the text cannot be read as
 * source at all
 * (too large, too slow to parse): mistake[0] says why, root is then NULL. */
bool alps_lang_read(struct alps_mem *, struct alps_source *);

/* The first part with that role, or NULL. */
struct alps_node *alps_node_part(const struct alps_node *, enum alps_part_role);
alps_slice alps_node_text(const struct alps_node *);

/* Frees what is kept between files (compiled queries); runs by itself when the process ends. */
__attribute__((destructor)) void alps_lang_done(void);

#endif
