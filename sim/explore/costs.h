/* costs.h: the least cost of a schedule to each (state, thread that stepped last), all in one pass over a graph without cycles.
 *
 * Method  dynamic programming along a topological order: what leads to a state is known before its own steps are looked at. After a state a
 *         step by another thread costs the same whoever it is, so a state asks its threads once, and each of its edges one of them. Dijkstra
 *         (shortest.h) looks at a state once for each thread that led to it, and waits for memory at every node: where most of the graph has
 *         to be looked at this is some ten times as fast.
 * Shape   rows[state * width + thread]: COST_MOST less the cost, 0 where no step of the thread leads there. The last number of a row is the
 *         first of the edges that lead to the state, + 1, and `in[edge]` where it comes from and the next one, + 1: these lists descend.
 * Units   a cost is one number, compared as such: preemptions << 22 | switches << 11 | steps. 4 bytes a state and thread, 4 a state, 8 an edge.
 * Errors  STATUS_LIMIT: the graph has cycles, threads or edges beyond number, or a cheapest schedule of more than COST_STEPS_MAX steps;
 *         STATUS_NO_MEMORY; STATUS_INTERRUPTED. Nothing is left then. */
#ifndef EXPLORE_COSTS_H
#define EXPLORE_COSTS_H

#include "explore/order.h"

enum { COST_THREADS_MAX = 32, COST_STEPS_MAX = 1000 };
enum { COST_STEP = 1, COST_SWITCH = 1 << 11, COST_PREEMPTION = 1 << 22 };
#define COST_MOST UINT32_MAX

typedef struct EdgeIn {
    StateId from;
    uint32_t next;
} EdgeIn;

typedef struct Costs {
    Budget budget; /* without a limit of its own */
    Stretch row_memory, in_memory;
    uint32_t *rows;
    EdgeIn *in;
    uint32_t threads, width; /* width: threads + 1 */
} Costs;

/* `order`: that of the graph, or NULL: it is looked for. `costs` must stay where it is. State 0 is the start; a step from there is no switch, and nothing leads to it. */
Status costs_find(const Graph *graph, const Order *order, Work *work, Costs *costs);
void costs_free(Costs *costs);

/* Of the thread that led to the state: preemptions << 22 | switches << 11 | steps; COST_MOST: it never does. */
static inline uint32_t costs_of(const Costs *costs, StateId state, uint32_t thread)
{
    return COST_MOST - costs->rows[(size_t)state * costs->width + thread];
}
static inline uint32_t costs_first_in(const Costs *costs, StateId state)
{
    return costs->rows[(size_t)state * costs->width + costs->threads];
}

#endif
