/* cli/command.h: the `alps` command: one table of subcommands (main.c), from which come dispatch, --help, the man page and
 * shell completion. Exit status of every subcommand: 0 fine, 1 finding, 2 usage or input error. */
#ifndef ALPS_COMMAND_H
#define ALPS_COMMAND_H

#include <stdbool.h>

enum { ALPS_FINE, ALPS_FINDING, ALPS_BAD_USE };
enum { ALPS_OPTIONS = 8 };

struct alps_option {
    const char *name;                   /* "--allowlist" */
    const char *argument;               /* "FILE", "enforce|observe" (completion offers the words); NULL: none */
    const char *help;
};

struct alps_command {
    const char *name, *summary;         /* "map", "which cloud call a request is" */
    const char *operands;               /* "[FILE...]"; "" for none */
    const char *description;            /* paragraphs; '\n' between them */
    int (*run)(int argc, char **argv);  /* argv[0] is the subcommand's name */
    struct alps_option option[ALPS_OPTIONS];    /* ends with an empty row */
    bool program;                       /* operands are a program: what follows the first one is its own */
};

struct alps_args {
    const struct alps_command *command;
    const char *value[ALPS_OPTIONS];    /* in the order of the table; "" for an option without argument; NULL: not there */
    char **rest;                        /* operands */
    int n_rest;
};

/* Read ${argv} by the table's row. False, with a message on standard error, if it does not fit (return ALPS_BAD_USE). */
bool alps_args_read(int argc, char **argv, struct alps_args *);
/* The value of an option, NULL if it was not given. */
const char *alps_args_value(const struct alps_args *, const char *name);

int alps_cmd_analyze(int argc, char **argv);
int alps_cmd_run(int argc, char **argv);
int alps_cmd_explain(int argc, char **argv);
int alps_cmd_map(int argc, char **argv);
int alps_cmd_diff(int argc, char **argv);
int alps_cmd_learn(int argc, char **argv);
int alps_cmd_doctor(int argc, char **argv);

#endif
