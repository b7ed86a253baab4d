/* sidecar/sidecar.h: the subcommands of alps-sidecar.  Each takes its own argv, its name first, and returns an exit
 * status: 0 fine, 1 a finding, 2 usage or not started; or the status of the command that it ran. */
#ifndef ALPS_SIDECAR_H
#define ALPS_SIDECAR_H

int alps_sidecar_egress(int argc, char **argv);
int alps_sidecar_probe(int argc, char **argv);

#endif
