/* sidecar/main.c: alps-sidecar, one table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "sidecar/sidecar.h"

static const struct subcommand { const char *name; int (*run)(int, char **); const char *summary; } table[] = {
    { "egress", alps_sidecar_egress, "hold a cgroup, or one command, to a list of flows" },
    { "probe",  alps_sidecar_probe,  "what this kernel allows, each feature by trying it" },
};
enum { SUBCOMMANDS = sizeof table / sizeof *table };

int
main(int argc, char **argv)
{
    int help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);

    for (int i = 0; argc > 1 && i < SUBCOMMANDS; i++)
        if (strcmp(argv[1], table[i].name) == 0)
            return table[i].run(argc - 1, argv + 1);
    if (argc > 1 && !help)
        fprintf(stderr, "alps-sidecar: no such subcommand: %s\n", argv[1]);
    fputs("usage: alps-sidecar SUBCOMMAND [--help]\n\n", help ? stdout : stderr);
    for (int i = 0; i < SUBCOMMANDS; i++)
        fprintf(help ? stdout : stderr, "  %-8s %s\n", table[i].name, table[i].summary);
    return help ? 0 : 2;
}
