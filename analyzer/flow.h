/* analyzer/flow.h: runs a function on values instead of data: from its entry, through its calls, across its local
 * files, both
 * sides of every branch, every loop once.  What the SDK does with a value is calls.h; what a file is, project.h.
 * Everything is bounded: steps, depth, contexts of one function; what is cut off is said (alps_flow_note). */
#ifndef ALPS_FLOW_H
#define ALPS_FLOW_H

#include "analyzer/value.h"

enum {
    FLOW_STEPS    = 3000000,        /* nodes evaluated for one entry */
    FLOW_NEST     = 2500,           /* nested evaluations */
    FLOW_CALLS    = 64,             /* nested calls */
    FLOW_REENTRY  = 3,              /* one function on the stack */
    FLOW_CONTEXTS = 256             /* one function entered */
};

struct alps_frame {                 /* one activation of a function (or a module's own code) */
    struct alps_frame *caller;
    const struct alps_node *function, *site;    /* what runs, and the call that started it; NULL for a module */
    struct alps_module *module;
    struct alps_value *self, *returns, *yields;
    unsigned branch, loop;          /* nesting of code that may not run, or run again */
};

struct alps_scope {
    struct alps_scope *parent;
    struct alps_object vars;
    struct alps_frame *frame;
    unsigned branch;                /* of the frame, when the scope was opened */
    bool function;                  /* a function's own scope: "var" and Python names go here */
    bool klass;                     /* a class body: not seen from its methods */
    const char **outer;             /* Python: names declared global or nonlocal */
    unsigned n_outer;
    struct alps_module *module;
};

struct alps_args {
    struct alps_value **item;
    unsigned n;
    struct alps_object *named;      /* keyword arguments; NULL: none */
    bool open;                      /* more may follow that nobody knows */
};

struct alps_pending { struct alps_value *function; struct alps_pending *next; };

struct alps_flow {
    struct alps_mem *mem;
    struct alps_project *project;
    struct alps_calls *calls;
    struct alps_frame *frame;
    struct alps_scope *scope;
    unsigned steps, nest, depth;
    bool tired;                     /* a limit was met */
    struct alps_pending *pending;   /* functions that a framework may call */
    struct alps_package *packages;  /* Go (golang.h) */
    unsigned embedded;              /* nested look-ups in embedded structs */
    struct alps_name { const char *length, *prototype, *constructor, *init, *self_default; } name;
};

/* What a node evaluates to; never NULL. */
struct alps_value *alps_flow_eval(struct alps_flow *, const struct alps_node *);
/* Run a file's own code in its own scope. */
void alps_flow_module(struct alps_flow *, struct alps_module *);

/* Names. */
const char *alps_flow_name(struct alps_flow *, const struct alps_node *);              /* a node's text as a name */
struct alps_scope *alps_scope_open(struct alps_flow *, struct alps_scope *parent, bool function);
struct alps_value *alps_scope_get(struct alps_flow *, struct alps_scope *, const char *name);     /* NULL: not bound */
void alps_scope_declare(struct alps_flow *, struct alps_scope *, const char *name, struct alps_value *);
void alps_scope_assign(struct alps_flow *, const char *name, struct alps_value *);
/* Bind a pattern.  ${declare}: new names in the current scope; else assignment to what is there. */
void alps_flow_bind(struct alps_flow *, const struct alps_node *pattern, struct alps_value *, bool declare);

/* Members. */
struct alps_value *alps_flow_member(struct alps_flow *, struct alps_value *, const char *name,
                                    const struct alps_node *at);
struct alps_value *alps_flow_index(struct alps_flow *, struct alps_value *, struct alps_value *key,
                                   const struct alps_node *at);
struct alps_value *alps_flow_elements(struct alps_flow *, struct alps_value *);        /* what a loop over it yields */
/* The same in batches, for lists that are longer than a set of values can be: NULL after the last. */
struct alps_value *alps_flow_batch(struct alps_flow *, struct alps_value *, unsigned i);
void alps_flow_store(struct alps_flow *, struct alps_value *into, const char *name, struct alps_value *);

/* Calls. */
struct alps_value *alps_flow_call(struct alps_flow *, struct alps_value *callee, struct alps_value *self,
                                  struct alps_args *,
                                  const struct alps_node *site);
struct alps_value *alps_flow_new(struct alps_flow *, struct alps_value *klass, struct alps_args *,
                                 const struct alps_node *site);
struct alps_value *alps_flow_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                    const struct alps_node *site);
/* Code that is not analysed got these: the functions among them may be called with anything. */
void alps_flow_escape(struct alps_flow *, struct alps_args *, unsigned roots, const struct alps_node *site);
/* Call as an event would: parameters that are not given are unknown. */
struct alps_value *alps_flow_enter(struct alps_flow *, struct alps_value *function, struct alps_args *);
struct alps_value *alps_flow_superclass(struct alps_flow *, struct alps_args *, const struct alps_node *site);

/* ${a} op ${b}, of whichever language; ${n}: where it stands. */
struct alps_value *alps_flow_binary(struct alps_flow *, const struct alps_node *n, alps_slice op, struct alps_value *a,
                                    struct alps_value *b);
/* Functions, classes, enumerations: their value, bound to their name (define.c).  An object's literal. */
struct alps_value *alps_flow_define(struct alps_flow *, const struct alps_node *);
struct alps_value *alps_flow_literal(struct alps_flow *, const struct alps_node *);
/* Statements that bind what another file exports, or export. */
struct alps_value *alps_flow_import(struct alps_flow *, const struct alps_node *);
/* The exports of a file, as require() or import sees them. */
struct alps_value *alps_flow_exports(struct alps_flow *, struct alps_module *);
/* require("x"), import("x"), importlib.import_module("x"). */
struct alps_value *alps_flow_require(struct alps_flow *, const char *name);

/* What the language's own library does: NULL when it is not known here. */
struct alps_value *alps_builtin_external(struct alps_flow *, const char *path, struct alps_args *,
                                         const struct alps_node *);
struct alps_value *alps_builtin_method(struct alps_flow *, struct alps_value *, const char *name, struct alps_args *,
                                       const struct alps_node *);

struct alps_value *alps_args_at(const struct alps_args *, unsigned i);                  /* NULL: not there */
struct alps_value *alps_args_named(struct alps_flow *, const struct alps_args *, const char *name, int at);
unsigned alps_args_roots(const struct alps_args *);
struct alps_value *alps_flow_string(struct alps_flow *, const struct alps_node *);     /* literals and templates */
struct alps_object *alps_flow_object(struct alps_flow *);                              /* owned by this activation */
int alps_flow_truth(const struct alps_value *);                                        /* 1, 0, or -1: not known */

/* alps_mem_name of a C string. */
const char *alps_flow_intern(struct alps_flow *, const char *);

#endif
