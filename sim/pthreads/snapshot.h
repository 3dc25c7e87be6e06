/* snapshot.h: what a step left behind, as simulated and on real threads, in one and the same row of numbers.
 *
 * Shape   each object: its value (lock: who owns it + 1; condition, barrier: how many stand there; queue: length, closed, then its items); each thread: the
 *         point where it stands (0 ended), then its locals; at last the number of prints, where the output counts. */
#ifndef PTHREADS_SNAPSHOT_H
#define PTHREADS_SNAPSHOT_H

#include "base/text.h"
#include "pthreads/rig.h"

uint32_t snapshot_size(const Program *program);
/* How many of the first numbers belong to objects: all that counts once an error has stopped the execution. */
uint32_t snapshot_objects(const Program *program);
void snapshot_of_state(const Machine *machine, const Word *state, int64_t *row);
/* Everybody stands still. */
void snapshot_of_rig(const Rig *rig, int64_t *row);
/* "counter is 2, simulated 1" */
void snapshot_explain(const Program *program, uint32_t number, int64_t simulated, int64_t real, Text *out);

#endif
