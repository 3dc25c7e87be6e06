/* snapshot.h: what a machine learned while it explored, kept in a file.
 *
 * Shape   slots for spawned threads, room in queues without a bound, the ranges of all fields, and the tables of stops
 *         and outputs, to which states refer by number. With it another machine of the same program reads the packed
 *         states of this one.
 * Errors  machine_restore: STATUS_INVALID when it does not fit the program; the machine may be half restored then. */
#ifndef MACHINE_SNAPSHOT_H
#define MACHINE_SNAPSHOT_H

#include "base/record.h"
#include "machine/machine.h"

/* False: see record.h. */
bool machine_save(const Machine *machine, Record *record);
/* Into a machine that has not executed anything. */
Status machine_restore(Machine *machine, Record *record);

#endif
