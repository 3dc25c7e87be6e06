/* classes.h: one execution for each class of equivalent ones, and no other: optimal dynamic partial order reduction.
 *
 * Classes  Two executions are equivalent when they consist of the same steps and order all conflicting ones in the same
 *          way (dependence.h says which conflict): Mazurkiewicz traces. No visited states are kept: the memory is that
 *          of one path and of the wake-up trees along it.
 *
 * Keeps    every way in which executions can end: deadlocks, outcomes, broken assertions, `always` and `finally`,
 *          misuse, runtime errors, lost updates; and data races, as two accesses of a run with nothing between them
 *          that orders them. It does not keep the number of interleavings.
 *
 * Needs    executions that end. One that is longer than `max_steps`, or comes back to a state, ends it all: the answer is
 *          incomplete then.
 *
 * Optimal  no run is redundant, and none ends because all that could go on sleeps (`faults` stays 0).
 *
 * Source   Abdulla, Aronis, Jonsson, Sagonas, J. ACM 64(4), 2017 (Optimal-DPOR). Departures from the paper:
 *          - Steps that cannot be taken in the run race, too. For a thread that stands at an operation that others may
 *            disable, each step e that may have done so gives what might have happened instead: all that does not come
 *            after e, then the operation, if it can be taken there. So a lock that was blocked races with the lock
 *            ahead, also where an unlock stands between.
 *          - Where steps that conflict with the operation, but not with e, decide whether it can be taken or what it
 *            touches, every consistent part of them is tried (await on several variables, a writer behind readers).
 *          - A step with several results is several steps that exclude each other; each races with the one taken.
 *          - A step that ends the execution races with the next steps of all other threads.
 *          - A thread that is moved on by another's step (woken, taken through a rendezvous) might have stepped itself.
 *          - The step behind a race is executed at its new place, since it may touch something else there.
 *          - A race is found when its second step is taken, not once more with each run that has it; and of the
 *            sequence that turns it round only a beginning is entered (reversal.c says which, and why that is enough).
 *
 * Errors   STATUS_OK also where it is not complete (ClassesResult says why); STATUS_NO_MEMORY; what `visit` returns;
 *          STATUS_INVALID when the dependence relation turns out to be wrong (`faults`). STATUS_RELAYOUT never leaves:
 *          the machine is laid out anew, `restart` called, and everything starts over. */
#ifndef EXPLORE_CLASSES_H
#define EXPLORE_CLASSES_H

#include "explore/dependence.h"

typedef struct ClassStep {
    ThreadId thread;
    uint32_t choice, choices;
    FootprintId footprint;
    uint32_t point; /* at which its thread stood */
} ClassStep;

/* One run: state k is states + k * machine_words, 0 .. count. Valid during the call. */
typedef struct ClassRun {
    Machine *machine;
    Dependence *dependence;
    const ClassStep *steps;
    const Word *states;
    uint32_t count;
    bool is_dropped; /* by an assume */
    const struct ClassPath *path;
} ClassRun;

/* Event k comes before event `at` in all runs of the class, or is it; k <= at. */
bool class_run_happens(const ClassRun *run, uint32_t k, uint32_t at);

typedef struct ClassesOptions {
    uint32_t max_steps;                                  /* of a run; 0: 100,000 */
    uint64_t max_runs;                                   /* 0: none */
    double max_seconds;                                  /* 0: none */
    Status (*visit)(void *context, const ClassRun *run); /* NULL: only count */
    /* Each new step, the last of the run so far: with what went wrong in it, and the steps of others that it conflicts
     * with, with nothing between them that orders the two, where it does not need them to be taken. NULL: nobody
     * listens. */
    Status (*event)(void *context, const ClassRun *run, const Issue *issues, uint32_t issue_count,
                    const uint32_t *races, uint32_t race_count);
    void (*restart)(void *context);                      /* NULL: nothing to forget */
    void *context;
    /* Called now and then; false ends it. May be NULL. */
    bool (*progress)(void *context, uint64_t runs, uint64_t steps, double seconds);
    void *progress_context;
} ClassesOptions;

typedef enum ClassesLimit {
    CLASSES_NO_LIMIT,
    CLASSES_MAX_STEPS,
    CLASSES_MAX_RUNS,
    CLASSES_MAX_SECONDS,
    CLASSES_STOPPED,
    CLASSES_ENDLESS /* a run came back to a state */
} ClassesLimit;

typedef struct ClassesResult {
    uint64_t classes; /* those dropped left out */
    uint64_t dropped;
    uint64_t faults; /* runs that ended asleep, steps that were not what they should have been: 0, or we are wrong */
    uint64_t steps;  /* executed */
    uint32_t max_depth;
    bool is_complete;
    ClassesLimit limit;
} ClassesResult;

Status classes_run(Machine *machine, const ClassesOptions *options, ClassesResult *result);

#endif
