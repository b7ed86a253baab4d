/* analyzer/golang.h: what only Go has: packages of several files, declarations in any order, types that say what a value
 * is before anything was assigned to it, several results. */
#ifndef ALPS_GOLANG_H
#define ALPS_GOLANG_H

#include "analyzer/flow.h"

/* A package-level name; its value is made when it is first asked for, as Go orders initialisation. */
struct alps_late { const char *name; const struct alps_node *node; struct alps_module *module; bool started; };

struct alps_package {
    struct alps_package *next;
    const char *key;                        /* its folder; a file of a folder that holds several programs */
    struct alps_scope *scope;
    struct alps_module **file;
    unsigned n_files;
    struct alps_late *late;
    unsigned n_late;
    struct alps_value **init;               /* init() of each file */
    unsigned n_inits;
    bool running;
};

/* The package that a file is part of; run at first use: constants, variables, then every init(). */
struct alps_package *alps_go_package(struct alps_flow *, struct alps_module *);
/* A package-level name as a file sees it; NULL: there is none. */
struct alps_value *alps_go_name(struct alps_flow *, const struct alps_module *, const char *name);

/* Nodes that only Go has; bindings of several results; parameters. */
struct alps_value *alps_go_eval(struct alps_flow *, const struct alps_node *);
void alps_go_bind(struct alps_flow *, const struct alps_node *list, struct alps_value *, bool declare);
void alps_go_parameters(struct alps_flow *, const struct alps_value *fn, struct alps_args *, bool entry);
/* What a "return" without values returns: the named results, or NULL. */
struct alps_value *alps_go_results(struct alps_flow *);
struct alps_value *alps_go_tuple_at(struct alps_flow *, struct alps_value *, unsigned i);
bool alps_go_is_tuple(const struct alps_value *);

/* Types (go_types.c).  ${type}: a node of a type, seen from f->scope; or what it evaluates to.
 * ${open}: somebody else made the value; else it is Go's zero value. */
struct alps_value *alps_go_typed(struct alps_flow *, const struct alps_node *type, unsigned roots, const char *name,
                                 bool open);
struct alps_value *alps_go_type_node(struct alps_flow *, const struct alps_node *);
struct alps_value *alps_go_of_type(struct alps_flow *, struct alps_value *type, unsigned roots, const char *name,
                                   bool open);
struct alps_value *alps_go_composite(struct alps_flow *, const struct alps_node *);
/* A field, or what an embedded one has; NULL: neither. */
struct alps_value *alps_go_field(struct alps_flow *, struct alps_value *instance, const char *name,
                                 const struct alps_node *at);
/* A method of a value whose type is an interface, or that is not known: NULL when nothing can be said. */
struct alps_value *alps_go_interface(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                     const struct alps_node *site);

#endif
