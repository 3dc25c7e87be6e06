/* spread.h: the search of every reachable state (search.h) by several processes, each of which owns a share of the
 * states.
 *
 * Shares  a hash of the packed state says whose it is. The owner alone keeps it, expands it, keeps its edges, and tells
 *         its own monitor of it; successors travel to their owners. So the store, which is what a search fills its
 *         memory with, is spread over the processes.
 * Numbers states get the ids that search.h gives: breadth first, in the order of expansion. All processes work on one
 *         level at a time. A state of the next level remembers the least (parent, step) that leads to it; sorting those,
 *         each process a range of parents, gives the ids. A process expands its states in order of their ids.
 * Places  a process knows its states by *place*: 0, 1, ... in order of their ids. Its monitor hears places as state ids,
 *         and its own edges as edge ids; spread_state_id and spread_edge translate.
 * Limits  --max-states cuts where one process would. The other limits, of any process, end the search with the levels
 *         before: all states below are then expanded, those of the level are open.
 * Graph   in the end the process of rank 0 gets the graph: the edges of all, and behind graph_state the states that
 *         somebody asks for, brought from their owners in blocks of 64. The others serve until it lets go of the graph.
 *         What it will need for the edges is watched during the search: it counts as memory in use.
 * Owner   spread_free, after the graph.
 * Errors  as search.h, on all processes the same.
 * Source  Stern and Dill, "Parallelizing the Murphi verifier", CAV 1997: states owned by hash. */
#ifndef EXPLORE_SPREAD_H
#define EXPLORE_SPREAD_H

#include "explore/peers.h"
#include "explore/search.h"

typedef struct Spread Spread;

/* Collective, as all that follows. `*graph`: on rank 0 alone; on the others `*has_graph` says that it is there. */
Status spread_run(Machine *machine, const SearchOptions *options, const Peers *peers, const Monitor *monitor,
                  Spread **out, Graph **graph, bool *has_graph);
/* The others, until rank 0 calls spread_dismiss. */
void spread_serve(Spread *spread);
void spread_dismiss(Spread *spread);
/* All: from here on they serve once more. */
void spread_resume(Spread *spread);
void spread_free(Spread *spread);

/* Of a place; UINT32_MAX where the search was cut before it was expanded. */
StateId spread_state_id(const Spread *spread, uint32_t place);
/* The state, and which of its steps an edge of this process is; the state is UINT32_MAX as above. */
StateId spread_edge(Spread *spread, EdgeId edge, uint32_t *step);
/* Rank 0: brings the blocks of these states at once, so that graph_state does not ask for them one by one. */
void spread_bring(Spread *spread, const StateId *states, uint64_t count);

#endif
