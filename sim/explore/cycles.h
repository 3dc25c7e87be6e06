/* cycles.h: the strongly connected sets of a graph in which a run can stay for ever.
 *
 * Shape   a *cycle* here is a maximal strongly connected set of states with at least one step inside, in the graph
 *         without its removed edges. Sets are told one after the other, every one once; states without an edge back
 *         are never told.
 * Units   12 bytes a state, and 16 for each state on the way of the search.
 * Owner   what the callback sees lives until it returns.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED, or what the callback answered.
 * Source  R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Computing 1, 1972, with the call stack
 *         kept by hand. Unlike order.h it starts from every state, since a removed edge may have been the only way. */
#ifndef EXPLORE_CYCLES_H
#define EXPLORE_CYCLES_H

#include "explore/graph.h"
#include "explore/work.h"

/* A set of edges or states, one bit each. */
static inline bool bits_have(const uint64_t *bits, uint64_t number)
{
    return bits[number / 64] >> (number % 64) & 1;
}
static inline void bits_add(uint64_t *bits, uint64_t number)
{
    bits[number / 64] |= UINT64_C(1) << (number % 64);
}
static inline uint64_t bits_words(uint64_t count)
{
    return count / 64 + 1;
}

typedef struct Cycle {
    const StateId *states; /* in no order that matters, but the same in each run */
    uint64_t count;
    const uint32_t *component_of; /* by state: equal for the states of one set; only those of this set and of sets
                                     found before have their final number */
    uint32_t component;           /* the number of this set */
} Cycle;

/* Does the edge stay in the set? */
static inline bool cycle_has(const Cycle *cycle, const Graph *graph, const uint64_t *removed, EdgeId edge)
{
    return cycle->component_of[graph->edge_to[edge]] == cycle->component &&
           (removed == NULL || !bits_have(removed, edge));
}

/* `removed`: one bit an edge; NULL: none. */
Status cycles_find(const Graph *graph, const uint64_t *removed, Work *work,
                   Status (*found)(void *context, const Cycle *cycle), void *context);

/* True when no edge leads to a state of a lower or the same number, which is enough (but not needed) to know that there
 * is no cycle. Costs a look at each edge. */
bool cycles_cannot_be(const Graph *graph);

#endif
