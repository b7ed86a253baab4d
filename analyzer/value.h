/* analyzer/value.h: what an expression may be.  A value is a text with holes, an object, a function, a client of an
 * SDK, … or
 * several of them at once (both branches of an if).  Values are shared and never changed; objects are. */
#ifndef ALPS_VALUE_H
#define ALPS_VALUE_H

#include "analyzer/lang.h"

/* Bytes with a meaning inside a text; source text never contains them (they are replaced by ONE).
 * ENV NAME [OR DEFAULT] END is a variable of the function's environment. */
enum { TEXT_ANY = 2, TEXT_ONE = 3, TEXT_ENV = 4, TEXT_OR = 5, TEXT_END = 6 };

enum alps_root {                    /* where a value comes from; a set of bits */
    ROOT_LITERAL = 1, ROOT_ENV = 2, ROOT_IAC = 4, ROOT_PARAMETER = 8, ROOT_EVENT = 16, ROOT_NONE = 32
};

enum alps_value_kind {
    V_UNKNOWN,                      /* text: how people would name it ("event.bucket"), or NULL */
    V_NULL, V_TRUE, V_FALSE,
    V_TEXT,                         /* text, n */
    V_OBJECT,                       /* object */
    V_ARRAY,                        /* object: elements under "0", "1", …; any: the rest */
    V_FUNCTION,                     /* node, scope, self */
    V_CLASS,                        /* node, scope, base; object: static members; self: an instance of it */
    V_INSTANCE,                     /* object: its fields; base: its class */
    V_MODULE,                       /* module: a local file */
    V_EXTERNAL,                     /* text: "js:aws-sdk.S3", "py:boto3.client": code that is not the function's */
    V_CLIENT,                       /* text: service; type: which kind; object: members bound to it (a Table's name) */
    V_COMMAND,                      /* a v3 command: operation, base: its parameters */
    V_METHOD,                       /* base: the receiver; text: the method's name (NULL: the base is what is called);
                                     * object, self: arguments bound already, by place and by name */
    V_SET                           /* item, n_items */
};

struct alps_field { const char *name; struct alps_value *value; };
struct alps_object {
    struct alps_field *field;
    unsigned n;
    bool open;                      /* members that nobody knows may be there */
    const void *owner;              /* the activation that made it: only that one may overwrite a member for certain */
    struct alps_value *any;         /* what was stored under a name that is not known */
};

struct alps_scope;
struct alps_module;

struct alps_value {
    uint8_t kind, roots;
    const char *text;
    size_t n;
    struct alps_object *object;
    const struct alps_node *node;
    struct alps_scope *scope;
    struct alps_module *module;
    struct alps_value *self, *base;
    struct alps_value **item;
    unsigned n_items;
    unsigned operation;             /* V_COMMAND: alps_operation_id */
    const char *type;               /* V_CLIENT: "client", "document", or a resource type of the boto3 resource API;
                                     * V_FUNCTION: "property", "static", "class", or NULL; Go: "tuple" of a V_ARRAY,
                                     * the external type of a V_OBJECT */
    struct alps_value *region;      /* V_CLIENT: where it was told to go; NULL: where the function runs */
    const char *because;            /* the first unknown that went into a text */
    const struct alps_node *place;  /* where the text was written down */
};

enum { VALUE_ITEMS = 24, VALUE_TEXT = 1024 };

struct alps_value *alps_value_new(struct alps_mem *, enum alps_value_kind);
struct alps_value *alps_value_unknown(struct alps_mem *, unsigned roots, const char *name);
/* Literal source text; control bytes become "one unknown byte". */
struct alps_value *alps_value_literal(struct alps_mem *, const char *p, size_t n);
struct alps_value *alps_value_env(struct alps_mem *, const char *name, const struct alps_value *otherwise);
struct alps_value *alps_value_external(struct alps_mem *, const char *path, const char *member);
struct alps_value *alps_value_object(struct alps_mem *);

/* Either of the two.  NULL stands for "never assigned". */
struct alps_value *alps_value_join(struct alps_mem *, struct alps_value *, struct alps_value *);
/* The possible values one by one. */
unsigned alps_value_count(const struct alps_value *);
struct alps_value *alps_value_at(struct alps_value *, unsigned i);

/* The text of one value (not a set) when it is put into a text; unknowns become ANY. */
struct alps_value *alps_value_text(struct alps_mem *, struct alps_value *);
/* Every text that the two can make one after the other. */
struct alps_value *alps_value_concat(struct alps_mem *, struct alps_value *, struct alps_value *);

struct alps_value *alps_object_get(const struct alps_object *,
                                   const char *name);      /* NULL: not there.  Names are interned */
void alps_object_set(struct alps_mem *, struct alps_object *, const char *name, struct alps_value *, bool weak);
void alps_object_copy(struct alps_mem *, struct alps_object *into, const struct alps_object *from, bool weak);

/* Text without holes. */
bool alps_value_is_literal(const struct alps_value *);

#endif
