#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cmd_help(int argc, char **argv);

#define ALLOWLIST { "--allowlist", "FILE", "the allowlist; ./allowlist.json if not given" }
#define JSON      { "--json", NULL, "print JSON instead of text" }

static const struct alps_command table[] = {
    { "analyze", "find out what a function's code needs", "PATH...",
      "PATH is a function's file or folder, or a project with its infrastructure code; then every function in it is analyzed.\n"
      "Prints the calls found, with file and line. Nothing is run and no network is reached.",
      alps_cmd_analyze,
      { { "--out", "DIR", "write allowlist.json and the clouds' policies there, a folder per function" },
        { "--snippets", NULL, "write there also pieces for SAM, Terraform, Bicep" },
        { "--level", "service|object|entity", "how narrow resources are named; entity if not given" },
        { "--html", NULL, "print a page for a browser" },
        { "--sarif", NULL, "print findings as code hosts take them (SARIF 2.1.0)" }, JSON }, false },
    { "run", "run a program under its allowlist", "-- CMD [ARG...]",
      "What the allowlist does not name does not leave: the program's SDK gets the cloud's own 403.\n"
      "The allowlist is checked first; if it is broken nothing is started and the exit status is 2. Otherwise the exit status "
      "is the program's.",
      alps_cmd_run,
      { ALLOWLIST,
        { "--mode", "enforce|observe", "refuse what is not listed (the default), or only tell" },
        { "--via", "auto|guard|supervisor|proxy", "how the program is held; auto if not given" },
        { "--log", "FILE", "append decisions as JSON Lines; refusals go to standard error as text without it" },
        { "--function", "NAME", "the function's name in the log" } }, true },
    { "explain", "why a request was decided so, and what would allow it", "[FILE]",
      "FILE (standard input if not given) holds lines of a log, or one raw HTTP/1.1 request. A single access can be asked "
      "about with --action and --resource.\n"
      "Exit status 1 if something is not allowed.",
      alps_cmd_explain,
      { ALLOWLIST,
        { "--log", "FILE", "the same as FILE" },
        { "--action", "ACTION", "ask about one access: dynamodb:PutItem" },
        { "--resource", "NAME", "its resource; * if not given" },
        { "--platform", NULL, "print the calls that a platform's own runtime makes, which are always allowed" }, JSON }, false },
    { "map", "which cloud call a request is", "[FILE...]",
      "Each FILE holds one raw HTTP/1.1 request. Without FILE, JSON Lines are read from standard input: "
      "{\"id\",\"sni\",\"method\",\"target\",\"headers\":[[name,value]],\"body_base64\"}; HTTP/2 requests carry \"http\":2 "
      "and their pseudo headers. Prints JSON Lines in the order of the input.\n"
      "Exit status 1 if a request is not understood, or not allowed by --allowlist.",
      alps_cmd_map,
      { { "--allowlist", "FILE", "say also what this allowlist decides" },
        { "--json", NULL, "JSON Lines (there is no other output)" } }, false },
    { "diff", "what one allowlist, or version of the code, allows and another does not", "A B",
      "A and B are allowlists, or source files, folders, projects, which are analyzed and compared function by function. Access by "
      "access: gained, lost, widened, narrowed.\n"
      "Exit status 1 if they differ.",
      alps_cmd_diff, { JSON }, false },
    { "learn", "run a program, refuse nothing, and write the allowlist of what it used", "-- CMD [ARG...]",
      "The allowlist names each resource that was used; values of the environment become ${env:NAME} again, the function's own "
      "account and region ${account} and ${region}. The same calls give the same text.\n"
      "With --merge what earlier runs found is kept, and rules that were widened by hand stay as they are. With --diff is "
      "printed what was used and the analyzed allowlist would refuse (missing), and what it allows and nobody used (unused).\n"
      "The exit status is the program's if that is not 0; else 1 if something is missing, was not understood, or nothing was "
      "seen at all.",
      alps_cmd_learn,
      { { "--out", "FILE", "write it there (-o FILE is the same); else to standard output, and CMD's own goes to standard error" },
        { "--merge", "FILE", "an allowlist of earlier runs; it need not be there the first time" },
        { "--diff", "ANALYZED", "the allowlist that alps analyze made" },
        { "--function", "NAME", "the function's name in the allowlist" } }, true },
    { "doctor", "what this machine allows ALPS to do, each probed by trying", "",
      "Everything is tried in a child process of its own. Exit status 1 if the guard cannot work here.",
      alps_cmd_doctor, { JSON }, false },
    { "help", "this text, or that of one subcommand", "[SUBCOMMAND]",
      "The manual page and the shells' completions are made from the same table as this text.",
      cmd_help,
      { { "--man", NULL, "print the manual page (read it with: alps help --man | man -l -)" },
        { "--completion", "bash|zsh|fish", "print completion for a shell" } }, false },
};
enum { COMMANDS = sizeof table / sizeof *table };

static const struct alps_command *
command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* Arguments */

static int
option_find(const struct alps_command *c, const char *word, size_t n)
{
    for (int i = 0; i < ALPS_OPTIONS && c->option[i].name; i++)
        if (strlen(c->option[i].name) == n && strncmp(c->option[i].name, word, n) == 0)
            return i;
    return -1;
}

static bool
bad_use(const struct alps_command *c, const char *what, const char *word)
{
    fprintf(stderr, "alps %s: %s%s%s; see: alps %s --help\n", c->name, what, *word ? " " : "", word, c->name);
    return false;
}

/* "enforce|observe": is ${value} one of them?  An argument in capitals is any text. */
static bool
is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);

    if (!strchr(choices, '|'))
        return true;
    for (const char *p = choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (strncmp(p, value, n) == 0 && (p[n] == '|' || p[n] == '\0'))
            return true;
    return false;
}

bool
alps_args_read(int argc, char **argv, struct alps_args *a)
{
    int at = 1;

    *a = (struct alps_args){ .command = command_find(argv[0]), .rest = argv + 1 };
    for (; at < argc; at++) {
        const char *word = argv[at], *equals = strchr(word, '=');
        size_t n = equals ? (size_t)(equals - word) : strlen(word);
        int option;

        if (word[0] != '-' || word[1] == '\0') {
            if (a->command->program)
                break;
            a->rest[a->n_rest++] = argv[at];
            continue;
        }
        if (strcmp(word, "--") == 0) {
            at++;
            break;
        }
        option = option_find(a->command, word, n);
        if (option < 0)
            return bad_use(a->command, "unknown option", word);
        if (!a->command->option[option].argument && equals)
            return bad_use(a->command, "no argument belongs to", a->command->option[option].name);
        if (a->command->option[option].argument && !equals && ++at == argc)
            return bad_use(a->command, "an argument is missing behind", word);
        a->value[option] = !a->command->option[option].argument ? "" : equals ? equals + 1 : argv[at];
        if (a->command->option[option].argument && !is_choice(a->command->option[option].argument, a->value[option]))
            return bad_use(a->command, a->command->option[option].argument, "is what it may be");
    }
    if (a->command->program)
        a->rest = argv + at;
    while (at < argc)
        a->rest[a->n_rest++] = argv[at++];
    return true;
}

const char *
alps_args_value(const struct alps_args *a, const char *name)
{
    int i = option_find(a->command, name, strlen(name));

    return i < 0 ? NULL : a->value[i];
}

/* Help */

/* Lines of at most 100 columns, ${indent} blanks in front of each. */
static void
print_wrapped(FILE *f, const char *text, int indent)
{
    int column = 0;

    while (*text) {
        int n = (int)strcspn(text, " \n");

        if (column && column + 1 + n > 100 - indent) {
            fputc('\n', f);
            column = 0;
        }
        fprintf(f, "%*s%.*s", column ? 1 : indent, "", n, text);
        column += n + (column != 0);
        text += n;
        if (*text == '\n') {
            fputc('\n', f);
            column = 0;
        }
        text += *text != '\0';
    }
    fputc('\n', f);
}

static void
print_usage(FILE *f, const struct alps_command *c)
{
    fprintf(f, "alps %s", c->name);
    for (int i = 0; i < ALPS_OPTIONS && c->option[i].name; i++)
        fprintf(f, " [%s%s%s]", c->option[i].name, c->option[i].argument ? " " : "",
                c->option[i].argument ? c->option[i].argument : "");
    fprintf(f, "%s%s\n", *c->operands ? " " : "", c->operands);
}

static void
print_help(FILE *f, const struct alps_command *c)
{
    fprintf(f, "alps %s: %s\n\nUsage: ", c->name, c->summary);
    print_usage(f, c);
    fputc('\n', f);
    print_wrapped(f, c->description, 0);
    fputc('\n', f);
    for (int i = 0; i < ALPS_OPTIONS && c->option[i].name; i++) {
        char head[64];

        snprintf(head, sizeof head, "%s%s%s", c->option[i].name, c->option[i].argument ? " " : "",
                 c->option[i].argument ? c->option[i].argument : "");
        fprintf(f, "  %-36s %s\n", head, c->option[i].help);
    }
    fprintf(f, "  %-36s %s\n", "--help", "this text");
}

static void
print_overview(FILE *f)
{
    fprintf(f, "alps: a serverless function held to what its code needs\n\nUsage: alps SUBCOMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(f, "  %-10s %s\n", table[i].name, table[i].summary);
    fprintf(f, "\nalps SUBCOMMAND --help tells more. Exit status: 0 fine, 1 finding, 2 usage or input error.\n");
}

/* Text for roff: a backslash, or a dot or quote that starts a line, would be obeyed. */
static void
print_roff(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\n')
            fputs("\n.PP\n", stdout);
        else
            putchar(*text);
        start = *text == '\n';
    }
    putchar('\n');
}

static void
print_man(void)
{
    printf(".TH ALPS 1\n.SH NAME\nalps \\- a serverless function held to what its code needs\n.SH SYNOPSIS\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf(".B alps %s\n", table[i].name);
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++)
            printf("[\\fB\\-\\-%s\\fR%s\\fI%s\\fR]\n", table[i].option[k].name + 2, table[i].option[k].argument ? " " : "",
                   table[i].option[k].argument ? table[i].option[k].argument : "");
        if (*table[i].operands)
            print_roff(table[i].operands);
        printf(".br\n");
    }
    printf(".SH SUBCOMMANDS\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf(".SS %s\n", table[i].name);
        print_roff(table[i].summary);
        printf(".PP\n");
        print_roff(table[i].description);
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++) {
            printf(".TP\n\\fB\\-\\-%s\\fR \\fI%s\\fR\n", table[i].option[k].name + 2,
                   table[i].option[k].argument ? table[i].option[k].argument : "");
            print_roff(table[i].option[k].help);
        }
    }
    printf(".SH EXIT STATUS\n0 fine, 1 finding, 2 usage or input error; that of the program for\n.BR \"alps run\" .\n");
}

static void
print_bash(void)
{
    printf("_alps() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
           "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("%s%s", i ? " " : "", table[i].name);
    printf("'\n    else\n        case ${COMP_WORDS[1]}:$prev in\n");
    for (size_t i = 0; i < COMMANDS; i++)
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++)
            if (table[i].option[k].argument && strchr(table[i].option[k].argument, '|')) {
                printf("        %s:%s) words='", table[i].name, table[i].option[k].name);
                for (const char *p = table[i].option[k].argument; *p; p++)
                    putchar(*p == '|' ? ' ' : *p);
                printf("' ;;\n");
            }
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("        %s:*) words='--help", table[i].name);
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++)
            printf(" %s", table[i].option[k].name);
        printf("' ;;\n");
    }
    printf("        esac\n        case $cur in -*) ;; *) [[ $words == --help* ]] && words= ;; esac\n    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
           "complete -o default -F _alps alps\n");
}

/* In single quotes, whatever the shell. */
static void
print_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (*text == '[' || *text == ']' || *text == ':')
            printf("%s%c", "\\", *text);
        else
            putchar(*text);
    putchar('\'');
}

static void
print_zsh(void)
{
    printf("#compdef alps\n_alps() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("\n            '%s:%s'", table[i].name, table[i].summary);
    printf(")\n        _describe subcommand commands\n        return\n    fi\n    shift words; (( CURRENT-- ))\n"
           "    case $words[1] in\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("    %s) _arguments '--help[this text]'", table[i].name);
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++) {
            const char *argument = table[i].option[k].argument;

            printf(" '%s['", table[i].option[k].name);
            print_quoted(table[i].option[k].help);
            printf("']");
            if (argument && strchr(argument, '|')) {
                printf(":value:(");
                for (const char *p = argument; *p; p++)
                    putchar(*p == '|' ? ' ' : *p);
                printf(")");
            } else if (argument) {
                printf(":%s:_files", argument);
            }
            printf("'");
        }
        printf(" '*:file:_files' ;;\n");
    }
    printf("    esac\n}\n_alps \"$@\"\n");
}

static void
print_fish(void)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("complete -c alps -n __fish_use_subcommand -f -a %s -d \"%s\"\n", table[i].name, table[i].summary);
        for (int k = 0; k < ALPS_OPTIONS && table[i].option[k].name; k++) {
            const char *argument = table[i].option[k].argument;

            printf("complete -c alps -n '__fish_seen_subcommand_from %s' -l %s", table[i].name, table[i].option[k].name + 2);
            if (argument && strchr(argument, '|')) {
                printf(" -x -a '");
                for (const char *p = argument; *p; p++)
                    putchar(*p == '|' ? ' ' : *p);
                printf("'");
            } else if (argument) {
                printf(" -r");
            }
            printf(" -d \"%s\"\n", table[i].option[k].help);
        }
    }
}

static int
cmd_help(int argc, char **argv)
{
    static const struct { const char *shell; void (*print)(void); } shells[] = {
        { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish }
    };
    struct alps_args a;
    const char *shell;

    if (!alps_args_read(argc, argv, &a))
        return ALPS_BAD_USE;
    shell = alps_args_value(&a, "--completion");
    if (alps_args_value(&a, "--man")) {
        print_man();
    } else if (shell) {
        for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
            if (strcmp(shells[i].shell, shell) == 0)
                shells[i].print();
    } else if (a.n_rest == 0) {
        print_overview(stdout);
    } else if (command_find(a.rest[0])) {
        print_help(stdout, command_find(a.rest[0]));
    } else {
        fprintf(stderr, "alps help: no subcommand \"%s\"\n", a.rest[0]);
        return ALPS_BAD_USE;
    }
    return ALPS_FINE;
}

/* Is help asked for, before operands that are a program of their own? */
static bool
wants_help(const struct alps_command *c, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
        if (c->program && argv[i][0] != '-' && (i == 1 || strchr(argv[i - 1], '=') || argv[i - 1][0] != '-'))
            return false;
    }
    return false;
}

/* Standard output may be a full disk: then the answer did not arrive, and saying "fine" would be wrong. */
static int
flushed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "alps: standard output: %s\n", strerror(errno));
    return ALPS_BAD_USE;
}

int
main(int argc, char **argv)
{
    const struct alps_command *c = argc > 1 ? command_find(argv[1]) : NULL;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_overview(stdout);
        return flushed(ALPS_FINE);
    }
    if (!c) {
        if (argc > 1)
            fprintf(stderr, "alps: no subcommand \"%s\"\n\n", argv[1]);
        print_overview(stderr);
        return ALPS_BAD_USE;
    }
    if (wants_help(c, argc - 1, argv + 1)) {
        print_help(stdout, c);
        return flushed(ALPS_FINE);
    }
    return flushed(c->run(argc - 1, argv + 1));
}
