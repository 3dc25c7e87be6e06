/* cut.h: the part of a graph that is reached before something has happened.
 *
 * Shape   the states that a path from state 0 reaches through states that are not stops, and the stops at its rim,
 *         which have lost their edges. States keep their order, edges of a state their order, and so steps their
 *         choices; numbers are new.
 * Owner   cut_free. The cut graph has no packed states: `whole` tells which state of the whole graph each is.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED, with an empty cut. */
#ifndef EXPLORE_CUT_H
#define EXPLORE_CUT_H

#include "explore/graph.h"
#include "explore/work.h"

typedef struct Cut {
    Graph *graph;
    StateId *whole; /* ascending */
} Cut;

/* `stops`: one bit a state of the graph. */
Status cut_build(const Graph *graph, const uint64_t *stops, Work *work, Cut *cut);
void cut_free(Cut *cut);
/* The number of a state of the whole graph in the cut, which has it. */
StateId cut_state(const Cut *cut, StateId whole);

#endif
