/* persistent.h: in each state, threads whose next steps are enough to take.
 *
 * Rule    A set of threads is closed when it has, with each thread that can step, everyone whose future conflicts with
 *         that step; and with each thread that waits, somebody without whom it waits for ever: the owner of what it
 *         waits for, a thread that it joins, or else everyone who may ever change what it waits for. Whatever the
 *         others do before the next step of such a thread, then, commutes with all of them: the steps of a closed set
 *         are a persistent set. Of the closures of each thread that can step, the one with the fewest threads that can
 *         step is taken, the first of these.
 * Keeps   where no execution is endless: one interleaving at least of each class, and so all ends, with their
 *         values; everything that happens on a step (assertion, misuse, runtime error, lost update, and the values that
 *         an `always` passes); a state for each data race in which both accesses are possible (a step that brings
 *         either about, or that conflicts with it, is in the set as soon as one of the two is); locks that are asked
 *         for while others are owned. And every endless execution leaves one that is endless, so that none goes
 *         unnoticed.
 * Loses   the number of interleavings and of states; loops (livelock, starvation, `eventually`); states in which a
 *         cycle of waiting threads is closed while somebody goes on who is blocked in the end, too.
 * Needs   what steps may touch, supposed only where it was seen (uses.h). And a step that ends the execution takes all others' steps away, so steps that can must be known (uses_add_stop)
 *         when they are met. To suppose of all others that they cannot is sound: the first of a class that does is
 *         met like any other step.
 * Source  P. Godefroid, LNCS 1032, 1996, chapter 4 (persistent sets; the algorithm of Overman with conflicts between
 *         operations); A. Valmari, "Stubborn sets for reduced state space generation", 1991, from where the treatment
 *         of waiting threads is. */
#ifndef EXPLORE_PERSISTENT_H
#define EXPLORE_PERSISTENT_H

#include "explore/uses.h"

/* The threads of a state. */
typedef struct Crowd {
    ThreadSet enabled; /* that have a step */
    ThreadSet alive;   /* born, and not ended */
    uint32_t points[USES_THREADS_MAX];
    StepKind kinds[USES_THREADS_MAX]; /* of those alive */
} Crowd;

/* Fills in points, kinds and who is alive; `expansion` are the steps of the state. */
void crowd_read(Crowd *crowd, const Uses *uses, const Machine *machine, const Word *state, const Expansion *expansion);

/* Of the threads that have a step, those that are enough. */
ThreadSet persistent_find(const Uses *uses, const Machine *machine, const Word *state, const Crowd *crowd);

#endif
