/* processes.h: the processes of a scenario as real ones. Under a schedule only (GATED).
 *
 * Shape   Each process worker is a child made by fork(), by the thread that the scenario says: the runner for declared ones, the worker that does `fork`,
 *         `spawn process` or `submit` for the others. All that belongs to the rig lies in shared memory (shared.h) with process-shared objects, so gates, baton,
 *         locks and queues work between them as between threads. Not shared are the variables without `mapped`: they lie in the memory of each process,
 *         the same address in all of them, and fork() copies them. For the comparison each process reports its own behind every step.
 * End     Who forks stays to the end of the schedule and reaps; a child dies with the thread that forked it (PR_SET_PDEATHSIG), so with the runner. What is stuck
 *         is killed and reaped by processes_kill. */
#ifndef PTHREADS_PROCESSES_H
#define PTHREADS_PROCESSES_H

#include "pthreads/rig.h"

bool processes_are_real(const Program *program);
/* The private variables. */
Status processes_new(Rig *rig);
void processes_free(Rig *rig);
/* Where the variable lies for whoever calls. */
static inline _Atomic int64_t *processes_variable(Rig *rig, ObjectId object) {
    return rig->cell_of == NULL || rig->cell_of[object] == NO_ID ? &rig->objects[object].value : &rig->cells[rig->cell_of[object]];
}
/* The worker's process writes its variables where all can compare them. */
void processes_report(const Worker *worker);
/* Forks; the child calls live(worker) and exits. `forker`: NULL is the runner. False with errno. */
bool processes_start(Worker *worker, const Worker *forker, void *(*live)(void *worker));
/* Waits for the children that the worker forked. */
void processes_reap(const Worker *forker);
/* The runner's: has its child ended? */
bool processes_has_ended(Worker *worker);
/* Kills all that are left, and waits until they are gone. */
void processes_kill(Rig *rig);

#endif
