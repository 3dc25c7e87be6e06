/* acyclic.h: a heap of edges, and whether they close a cycle.
 *
 * Units   8 bytes an edge; while it is checked, 4 more, and 8 a state.
 * Owner   edges_free. The budget must outlive the edges.
 * Errors  false: no memory, or the budget was hit.
 * Source  A. B. Kahn, "Topological sorting of large networks", CACM 5, 1962. */
#ifndef EXPLORE_ACYCLIC_H
#define EXPLORE_ACYCLIC_H

#include "explore/graph.h"

enum { EDGE_BYTES = 2 * sizeof(StateId) };

typedef struct Edges {
    Stretch memory;
    uint64_t count;
    Budget *budget;
} Edges;

bool edges_open(Edges *edges, Budget *budget);
void edges_free(Edges *edges); /* leaves it closed */
bool edges_add(Edges *edges, StateId from, StateId to);
/* `states`: all numbers are below it. */
bool edges_check(const Edges *edges, uint64_t states, bool *is_acyclic);

#endif
