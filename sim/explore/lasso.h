/* lasso.h: a walk round a set of states that a fair scheduler can repeat for ever.
 *
 * Rule    the walk leaves `start`, stays in the set, and comes back to `start`. Repeated for ever it is weakly fair: a
 *         thread that has a step in each state that it passes takes one on it. Where `wanted` is given, it passes one
 *         of these edges, too.
 * Method  breadth-first over (state, duties fulfilled): the walk is the shortest there is, and the first of these in
 *         the order of edges. Where that would take too many pairs, duty after duty is fulfilled by a shortest way
 *         from where the last one was, which gives a walk, but not the shortest.
 * Owner   *edges: mem_free.
 * Errors  STATUS_NO_MEMORY; STATUS_INVALID when the set does not admit such a walk, which livelock.h rules out for the
 *         sets that are found. */
#ifndef EXPLORE_LASSO_H
#define EXPLORE_LASSO_H

#include "explore/graph.h"

typedef struct LassoPlan {
    const Graph *graph;
    const StateId *states; /* the set, ascending; strongly connected */
    uint64_t count;
    StateId start;
    const uint64_t *removed; /* edges not to be taken, one bit each; NULL: none */
    const uint64_t *faults;  /* edges that enable nobody, one bit each; NULL: none */
    const uint64_t *wanted;  /* NULL: none */
    uint32_t thread_count;
} LassoPlan;

Status lasso_find(const LassoPlan *plan, EdgeId **edges, uint32_t *count);

#endif
