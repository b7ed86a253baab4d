/* cli/program.h: programs that are about to be run: where they are, and whether a preloaded library can hold them. */
#ifndef ALPS_PROGRAM_H
#define ALPS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The file that execvp would run for ${name}; false with errno. */
bool alps_program_find(const char *name, char *path, size_t cap);

/* Can the guard hold ${argv} (a command line; scripts are followed to their interpreter)?  If not, ${why} says so: "/bin/x is
 * linked statically, …". */
bool alps_program_can_be_held(char *const *argv, char *why, size_t cap);

/* libalps_guard.so beside the running executable, or in ../lib/alps; false if it is in neither place. */
bool alps_guard_find(char *path, size_t cap);

/* Put ${guard} in front of what LD_PRELOAD names; false, with a message for the subcommand ${who}. */
bool alps_guard_preload(const char *who, const char *guard);

#endif
