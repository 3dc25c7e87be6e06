/* bounded.h: all executions with few preemptions, those with fewer first.
 *
 * Terms   a switch is a step by another thread than the step before, a preemption where the thread before could have
 *         gone on (as in shortest.h).
 * Method  level by level: level n takes every step that some execution takes after n preemptions, and not after fewer.
 *         What may follow a step depends on the state and on who made it, so a pair (state, thread before) is gone on
 *         with once, at the first level that comes to it: the thread goes on at the same level (anybody, if it cannot),
 *         the others on the next one. A state is expanded again for each thread that comes to it, and once for the
 * rest. Answer  the partial graph (partial.h) of all states that such executions pass. An execution within the bound
 * never leaves it, so the easiest schedule of whatever happens within the bound is exact. Without a step left for a
 *         further level the graph is the whole one.
 * Memory  beside the graph 8 bytes a state for each 62 threads, and 8 a waiting pair.
 * Errors  as search.h. STATUS_LIMIT and STATUS_INTERRUPTED leave the levels before the last one whole.
 * Source  Musuvathi, Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007.
 *         There without a store of states; here a pair that is reached again needs no second look, since levels come
 *         in order. */
#ifndef EXPLORE_BOUNDED_H
#define EXPLORE_BOUNDED_H

#include "explore/partial.h"

/* `*levels` (the number of levels that are whole): all executions with fewer preemptions than that were explored. */
Status bounded_search(Machine *machine, const SearchOptions *options, uint32_t preemptions, const Monitor *monitor,
                      uint32_t *levels, Graph **out);

#endif
