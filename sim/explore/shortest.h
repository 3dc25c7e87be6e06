/* shortest.h: the easiest schedule to a state, an edge, or a pair of steps: fewest preemptions, then fewest switches,
 * then fewest steps, then first in the order of thread and choice.
 *
 * Method  Dijkstra over (state, thread that stepped last) with the cost (preemptions, switches, steps) compared in
 *         that order; a switch is a step by another thread than the step before, a preemption if the thread before
 *         has a step in that state. There are three kinds of steps only, each adds the same cost every time, and
 *         nodes are taken in ascending order: three plain queues do for a heap (after Dial, "Algorithm 360", CACM
 *         1969). Nodes exist once they are reached, and the pass goes on only as far as the goals asked so far need:
 *         a deadlock with one preemption in a graph of millions of states touches few of them. All goals share what
 *         was computed. Ties: steps are part of the cost, so schedules of equal cost have equal length. Each node
 *         keeps all nodes from which it is reached at its cost; for the nodes above a goal, and no others, the first
 *         schedule is chosen, from the top down, by comparing two schedules from where they part. A node is resolved
 *         once for all goals. Then a schedule is a walk up the parents.
 *         Where that goes far in a graph without cycles, the costs of all nodes are found in one pass instead (costs.h); nodes
 *         are then made from the goals upwards.
 * Memory  4 bytes a state of the graph; 32 a node reached, 8 a tie, up to 8 a node while it waits; or that of costs.h. */
#ifndef EXPLORE_SHORTEST_H
#define EXPLORE_SHORTEST_H

#include "explore/order.h"
#include "trace/schedule.h"

typedef struct Shortest Shortest;

/* Where a schedule may end: in `state`; or, with edge != NO_EDGE, after that edge of `state`; with second_edge too,
 * after `edge` and then `second_edge` (an edge of the state that `edge` leads to). The steps of both count in the cost.
 */
#define NO_EDGE UINT64_MAX
typedef struct Goal {
    StateId state;
    EdgeId edge, second_edge;
} Goal;

typedef struct Cost {
    uint32_t preemptions, switches, steps;
} Cost;

typedef struct EasiestSchedule {
    ScheduleStep *steps; /* mem_free */
    uint32_t count;
    Cost cost;
    uint32_t goal; /* which goal it reaches */
} EasiestSchedule;

/* The graph must outlive it. Work is done when schedules are asked for, and may take a while: `keep_going` (may be
 * NULL) is called every some thousand nodes; when it returns false the call ends with STATUS_INTERRUPTED. A later call
 * goes on from there. */
Status shortest_new(const Graph *graph, bool (*keep_going)(void *context), void *context, Shortest **out);
void shortest_free(Shortest *shortest);
/* An order of the graph (order_build) that is known already, so that it need not be looked for; it must outlive it. */
void shortest_know_order(Shortest *shortest, const Order *order);
/* Finds the costs of all nodes at once, now rather than when it turns out to pay. Changes no answer; without effect where the graph has cycles,
 * or there is no memory for it. STATUS_INTERRUPTED. */
Status shortest_find_all(Shortest *shortest);
/* The easiest schedule that reaches one of the goals; goals that cannot be reached are passed over; STATUS_INVALID when
 * none can. Of goals with the same schedule the first counts. The schedule is empty, but not NULL, for the start. */
Status shortest_schedule(Shortest *shortest, const Goal *goals, uint32_t goal_count, EasiestSchedule *out);

/* After a call that found a schedule of cost `best`: whether one of a goal at least `steps` steps behind the state may cost no
 * more. It costs little to ask: a finding may have millions of goals, nearly all of them far from the easiest. */
bool shortest_may_reach(const Shortest *shortest, StateId state, uint32_t steps, Cost best);

#endif
