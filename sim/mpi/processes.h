/* processes.h: the processes that mpirun started, as peers of an exploration. Part of snarl-mpi only.
 *
 * Output  the process of rank 0 speaks for all: the others read and write nothing.
 * Errors  MPI's own: a process that dies ends all of them.
 * Speed   up to 56 bytes travel with the lengths, in one MPI_Alltoall: meetings cost one round. Longer parcels follow
 *         one by one. */
#ifndef MPI_PROCESSES_H
#define MPI_PROCESSES_H

#include "snarl/snarl.h"

void processes_begin(int *argc, char ***argv);
/* All of them. */
void processes_end(void);
const SnPeers *processes_peers(void);
/* What the first process knows, to all: `*bytes` (malloc) and `*length`. Collective. */
void processes_share(char **bytes, size_t *length);
/* Whether somebody says so. Collective. */
bool processes_any(bool mine);

#endif
