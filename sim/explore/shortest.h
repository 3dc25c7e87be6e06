/* shortest.h: the easiest schedule to a state, an edge, or a pair of steps: fewest preemptions, then fewest switches, then fewest steps,
 * then first in the order of thread and choice.
 *
 * Method  Dijkstra over (state, thread that stepped last) with the cost (preemptions, switches, steps) compared in that order; a switch is a step by
 *         another thread than the step before, a preemption if the thread before has a step in that state. One pass serves all goals.
 *         Among schedules of equal cost the lexicographically first is built by a walk over the optimal edges only. */
#ifndef EXPLORE_SHORTEST_H
#define EXPLORE_SHORTEST_H

#include "explore/graph.h"
#include "trace/schedule.h"

typedef struct Shortest Shortest;

/* Where a schedule may end: in `state`; or, with edge != NO_EDGE, after that edge of `state`; with second_edge too, after `edge` and then
 * `second_edge` (an edge of the state that `edge` leads to). */
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
    uint32_t goal;       /* which goal it reaches */
} EasiestSchedule;

/* Computes the distances once; may take a while: `keep_going` (may be NULL) returning false ends it with STATUS_INTERRUPTED. */
Status shortest_new(const Graph *graph, bool (*keep_going)(void *context), void *context, Shortest **shortest);
void shortest_free(Shortest *shortest);
/* The easiest schedule that reaches one of the goals; goals that cannot be reached are passed over; STATUS_INVALID when none can. */
Status shortest_schedule(Shortest *shortest, const Goal *goals, uint32_t goal_count, EasiestSchedule *out);

#endif
