/* analyzer/project.h: functions, the files they are made of, and what infrastructure code says of them. */
#ifndef ALPS_PROJECT_H
#define ALPS_PROJECT_H

#include "analyzer/flow.h"

struct alps_module {                    /* a local source file, run at most once per function */
    struct alps_module *next;
    struct alps_source source;
    const char *file;                   /* where it is, symbolic links resolved */
    struct alps_scope *scope;
    struct alps_value *exports;         /* JavaScript: module.exports; Python: NULL, the scope is the namespace */
    struct alps_package *package;       /* Go: what the file is part of */
    bool entered, done;
};

struct alps_variable { const char *name, *value,
    *place; };     /* value: NULL when IaC does not tell; place: "template.yaml:31" */

struct alps_statement {                 /* of a policy that infrastructure code declares: what AWS allows the function */
    struct alps_statement *next;        /* in the order of the files */
    const char **action, **resource;    /* patterns; in resources a hole is "*" */
    unsigned n_actions, n_resources;
    const char *place;                  /* "template.yaml:40" */
};

struct alps_function {                  /* what is deployed as one */
    struct alps_function *next;
    const char *name;
    const char *path;                   /* its folder, as output names it */
    const char *root;                   /* the same, to open */
    const char *entry_file;             /* relative to root; NULL: every file given */
    const char *entry_name;             /* the handler; NULL: not known */
    const char *language, *platform;    /* platform: "aws", "gcp", "azure"; NULL: found without infrastructure code */
    const char *source_text;            /* the entry file itself, where the template holds it; NULL: it is a file */
    const char *place;                  /* where IaC declares it; NULL: found without */
    struct alps_variable *variable;
    unsigned n_variables;
    const char **trigger;               /* services whose events it is given ("sqs"), implied permissions */
    const char **trigger_arn;
    unsigned n_triggers;
    struct alps_statement *declared;
    const char **managed;               /* policies that are declared by name alone */
    unsigned n_managed;
    const char **file;                  /* files to look at when there is no entry */
    unsigned n_files;
    bool has_iac;
};

struct alps_note { struct alps_note *next; const char *file, *code, *text; unsigned line, column; bool error; };

struct alps_project {
    struct alps_mem *mem;
    struct alps_function *function;     /* sorted by name */
    struct alps_note *note;             /* of the project as a whole */
    struct alps_function *app;          /* settings that are declared of Azure's apps (iac/azure.c), in no order */
    struct alps_function *current;
    struct alps_module *module;         /* of the current function */
    struct alps_note *current_note;
    bool failed;                        /* something could not be read */
};

/* Look at PATH: a file, a folder, a project.  False: it cannot be read at all (a note says why). */
bool alps_project_open(struct alps_project *, const char *path);

/* The source files below a folder, in the order of their names; false when there is none. */
bool alps_project_files(struct alps_project *, const char *folder, const char ***file, unsigned *n);

/* iac/iac.c: the functions that infrastructure code declares.  One file: true when it declares some.  All files of a
 * project, with the settings of one found in another. */
bool alps_iac_read(struct alps_project *, const char *file, const char *folder, const char *shown);
bool alps_iac_project(struct alps_project *, const char *root, const char *const *file, unsigned n);

/* The module at ${file} (a path that can be opened), read if need be; NULL when it cannot be. */
struct alps_module *alps_project_module(struct alps_project *, const char *file);
/* The local file that an import names, or NULL when it is no local file.  ${from}: the importing module. */
struct alps_module *alps_project_import(struct alps_project *, const struct alps_module *from, const char *name);

/* Go's files in a folder, without tests, in the order of their names; and the folder of a package, NULL if not local. */
const char **alps_project_package(struct alps_project *, const char *folder, unsigned *n);
const char *alps_project_package_folder(struct alps_project *, const struct alps_module *from, const char *path);

const struct alps_variable *alps_project_variable(const struct alps_project *, const char *name);

/* Something the user should know about the current function (or, without one, the project). */
void alps_project_note(struct alps_project *, const char *file, unsigned line, unsigned column, const char *code,
                       bool error,
                       const char *text);

#endif
